-- Lists of chats in one state, in order, without a look at the others: the state stands beside the activity that they are
-- sorted by. It is chats.status, kept up by the database, so that nobody can forget it.

alter table chat_activity add column status text not null default 'open';
update chat_activity a set status = c.status from chats c where c.id = a.chat_id and c.status <> a.status;

create function chat_activity_begins() returns trigger language plpgsql as $$
begin
    new.status := coalesce((select status from chats where id = new.chat_id), new.status);
    return new;
end $$;
create trigger chat_activity_begins before insert on chat_activity for each row execute function chat_activity_begins();

create function chat_status_follows() returns trigger language plpgsql as $$
begin
    update chat_activity set status = new.status where chat_id = new.id;
    return null;
end $$;
create trigger chat_status_follows after update of status on chats for each row
when (old.status is distinct from new.status) execute function chat_status_follows();
-- where one statement writes both, whichever it writes first
create trigger chat_status_begins after insert on chats for each row
when (new.status <> 'open') execute function chat_status_follows();

create index chat_activity_status on chat_activity (organization_id, status, active_at desc, chat_id desc);
