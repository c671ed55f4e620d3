-- Files of messages: who uploaded them, which are still to be fetched, and which are to be removed from the object store.

alter table attachments
    -- of an upload: `user:ID`, `key:ID`, or `guest:CHAT_ID`
    add column owner text,
    -- MIME type of the small picture that is kept beside the file; null: there is none
    add column thumbnail_type text;
create index attachments_unsent on attachments (created_at) where message_id is null;

-- Files that a network keeps for us until we have fetched them. `due_at` moves with every try that failed.
create table media_fetches (
    attachment_id uuid primary key,
    organization_id uuid not null,
    channel_id uuid not null,
    attempt integer not null default 0,
    due_at timestamptz not null default now(),
    lease_id uuid,
    lease_until timestamptz
) with (fillfactor = 50);
create index media_fetches_channel on media_fetches (channel_id, due_at);
insert into media_fetches (attachment_id, organization_id, channel_id)
select a.id, a.organization_id, m.channel_id from attachments a join messages m on m.id = a.message_id
where a.status = 'pending';

-- Objects whose attachment is gone. Written by a trigger, since attachments go with their chat, their channel or their age,
-- and whoever forgets one of these places would leave files behind for ever.
create table media_garbage (
    attachment_id uuid primary key,
    organization_id uuid not null
);
create function media_discard() returns trigger language plpgsql as $$
begin
    insert into media_garbage (attachment_id, organization_id) select id, organization_id from gone on conflict do nothing;
    delete from media_fetches f using gone where f.attachment_id = gone.id;
    return null;
end $$;
create trigger attachments_gone after delete on attachments
    referencing old table as gone for each statement execute function media_discard();
