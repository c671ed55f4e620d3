-- What lists of chats are narrowed by all day is listed in the order of activity, so that a page costs the same however many
-- chats are left out: whose a chat is, beside its state, and its labels. The database keeps both up, so that nobody can forget
-- it. Lists of several states are merged from those of each, so the index that knew no state is not needed.

alter table chat_activity add column assigned_user_id uuid, add column has_labels boolean not null default false;
update chat_activity a set assigned_user_id = c.assigned_user_id, has_labels = c.labels <> '{}' from chats c
where c.id = a.chat_id and (c.assigned_user_id is not null or c.labels <> '{}');

create or replace function chat_activity_begins() returns trigger language plpgsql as $$
declare
    chat chats;
begin
    select * into chat from chats where id = new.chat_id;
    if found then
        new.status := chat.status;
        new.assigned_user_id := chat.assigned_user_id;
        new.has_labels := chat.labels <> '{}';
    end if;
    return new;
end $$;

create or replace function chat_activity_follows() returns trigger language plpgsql as $$
begin
    update chat_activity set status = new.status, assigned_user_id = new.assigned_user_id, has_labels = new.labels <> '{}',
        version = version + 1
    where chat_id = new.id;
    return null;
end $$;
drop trigger chat_activity_follows_first on chats;
create trigger chat_activity_follows_first after insert on chats for each row
when (new.status <> 'open' or new.assigned_user_id is not null or new.labels <> '{}')
execute function chat_activity_follows();

create index chat_activity_assigned on chat_activity (organization_id, assigned_user_id, status, active_at desc, chat_id desc)
    where assigned_user_id is not null;
drop index chat_activity_list;
drop index chats_waiting;

create table chat_labels (
    chat_id uuid not null,
    label text not null,
    organization_id uuid not null,
    active_at timestamptz not null,
    primary key (chat_id, label)
);
insert into chat_labels (chat_id, label, organization_id, active_at)
select distinct c.id, label, c.organization_id, a.active_at
from chats c join chat_activity a on a.chat_id = c.id, unnest(c.labels) as l (label);
create index chat_labels_list on chat_labels (organization_id, label, active_at desc, chat_id desc);
drop index chats_labels;

create function list_chat_labels(chat uuid) returns void language plpgsql as $$
begin
    delete from chat_labels where chat_id = chat;
    insert into chat_labels (chat_id, label, organization_id, active_at)
    select distinct c.id, label, c.organization_id, a.active_at
    from chats c join chat_activity a on a.chat_id = c.id, unnest(c.labels) as l (label) where c.id = chat;
end $$;

create function chat_labels_follow_chat() returns trigger language plpgsql as $$
begin
    perform list_chat_labels(coalesce(new.id, old.id));
    return null;
end $$;
-- a chat and its activity may be written by one statement, whichever comes first
create trigger chat_labels_follow_first after insert on chats for each row
when (new.labels <> '{}') execute function chat_labels_follow_chat();
create trigger chat_labels_follow after update of labels on chats for each row
when (old.labels <> new.labels) execute function chat_labels_follow_chat();
create trigger chat_labels_follow_gone after delete on chats for each row
when (old.labels <> '{}') execute function chat_labels_follow_chat();

create function chat_labels_follow_activity() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        perform list_chat_labels(new.chat_id);
    else
        update chat_labels set active_at = new.active_at where chat_id = new.chat_id;
    end if;
    return null;
end $$;
create trigger chat_labels_follow_first after insert on chat_activity for each row
when (new.has_labels) execute function chat_labels_follow_activity();
create trigger chat_labels_follow after update of active_at on chat_activity for each row
when (new.has_labels and old.active_at <> new.active_at) execute function chat_labels_follow_activity();
