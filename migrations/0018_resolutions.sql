-- When chats were resolved, for reports: the journal forgets after a week.

create table resolutions (
    organization_id uuid not null references organizations on delete cascade,
    chat_id uuid not null,
    channel_id uuid not null,
    resolved_at timestamptz not null,
    -- null: a program
    user_id uuid,
    -- the customer's message that opened the spell; null where none came since the resolution before
    opened_at timestamptz,
    -- the chat's last message, and how many were of customers by then: what opens the next spell comes after them
    last_seq bigint not null,
    incoming_count bigint not null,
    primary key (organization_id, resolved_at, chat_id)
);
create index resolutions_chat on resolutions (chat_id, resolved_at desc);

-- How many chats are open is counted from here.
create index chats_open on chats (organization_id) where status = 'open';
