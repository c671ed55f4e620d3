-- What ingest remembers of a chat to store a plain message without a look at it: the chat's state and whom it is with. The
-- version beside the activity rises with each change of those, kept up by the database, so that nobody can forget it and what
-- is remembered is never taken for true afterwards. Counters of messages move without it: those are read as they are.

alter table chat_activity add column version bigint not null default 0;

drop trigger chat_status_follows on chats;
drop trigger chat_status_begins on chats;
drop function chat_status_follows();

create function chat_activity_follows() returns trigger language plpgsql as $$
begin
    update chat_activity set status = new.status, version = version + 1 where chat_id = new.id;
    return null;
end $$;
create trigger chat_activity_follows after update on chats for each row execute function chat_activity_follows();
-- where one statement writes both, whichever it writes first
create trigger chat_activity_follows_first after insert on chats for each row
when (new.status <> 'open') execute function chat_activity_follows();

-- a person is all contacts that one stands for: blocked as one of them is blocked as all
create function chat_activity_follows_contact() returns trigger language plpgsql as $$
declare
    people uuid[] := array[coalesce(old.merged_into, old.id), coalesce(new.merged_into, new.id)];
begin
    update chat_activity set version = version + 1 where chat_id in (
        select c.id from contacts p join chats c on c.contact_id = p.id
        where p.id = any(people) or p.merged_into = any(people)
    );
    return null;
end $$;
create trigger chat_activity_follows_contact after update on contacts for each row
execute function chat_activity_follows_contact();
