-- Conversations. `chats` changes seldom; what changes with every message sits in the narrow `chat_activity`, whose row is
-- also the chat's lock: whoever changes a chat or its messages' order takes it first.

create table chats (
    id uuid primary key,
    organization_id uuid not null,
    channel_id uuid not null,
    contact_id uuid not null,
    external_id text not null,
    is_group boolean not null default false,
    title text,
    status text not null default 'open' check (status in ('open', 'pending', 'snoozed', 'resolved')),
    priority text not null default 'normal' check (priority in ('low', 'normal', 'high', 'urgent')),
    labels text[] not null default '{}',
    assigned_user_id uuid,
    team_id uuid,
    snoozed_until timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create unique index chats_external on chats (channel_id, external_id);
create index chats_contact on chats (contact_id);
create index chats_assigned on chats (organization_id, assigned_user_id) where assigned_user_id is not null;
create index chats_snoozed on chats (snoozed_until) where status = 'snoozed';

create table chat_activity (
    chat_id uuid primary key,
    organization_id uuid not null,
    -- number of the newest message: the order in which messages of the chat were stored
    last_seq bigint not null default 0,
    -- customer messages so far, and how many of them the team has read: unread is the difference
    incoming_count bigint not null default 0,
    read_count bigint not null default 0,
    -- newest message that is no private note
    last_message_id uuid,
    -- its time, or the chat's creation: what lists are sorted by
    active_at timestamptz not null default now(),
    -- the customer's last message by provider time
    customer_at timestamptz
) with (fillfactor = 50);
create index chat_activity_list on chat_activity (organization_id, active_at desc, chat_id desc);

-- How far each operator has read, in customer messages.
create table chat_reads (
    chat_id uuid not null,
    user_id uuid not null,
    read_count bigint not null,
    read_at timestamptz not null default now(),
    primary key (chat_id, user_id)
);
