-- What waits to be handed to a network. A chat's queue is claimed as a whole, so that one message of a chat is under way at a time.

create table outbound_chats (
    chat_id uuid primary key,
    organization_id uuid not null,
    channel_id uuid not null,
    due_at timestamptz not null,
    lease_id uuid,
    lease_until timestamptz
) with (fillfactor = 50);
create index outbound_chats_due on outbound_chats (due_at);
create index outbound_chats_channel on outbound_chats (channel_id);

create table outbound_messages (
    message_id uuid primary key,
    chat_id uuid not null,
    organization_id uuid not null,
    channel_id uuid not null,
    -- place in the chat's queue; a retried message gets a new one at the end
    place bigint generated always as identity,
    attempt integer not null default 0,
    -- set before the network is called, cleared when its answer is written: what is left after a crash had an unknown outcome
    attempt_started_at timestamptz,
    last_code text,
    queued_at timestamptz not null default now()
) with (fillfactor = 70);
create index outbound_messages_chat on outbound_messages (chat_id, place);
create index outbound_messages_channel on outbound_messages (channel_id);

-- When a channel, or a chat of it, may send next (generic cell rate algorithm), and pauses that a network asked for.
create table outbound_pace (
    -- a channel or a chat
    id uuid primary key,
    -- theoretical arrival time of the next message
    next_at timestamptz not null default now(),
    paused_until timestamptz,
    -- length of the last pause without a hint, which doubles
    pause_secs integer not null default 0
) with (fillfactor = 50);

-- Answers to requests with an Idempotency-Key, kept for 24 hours.
create table idempotency_keys (
    organization_id uuid not null,
    key text not null,
    request_hash bytea not null,
    response text,
    created_at timestamptz not null default now(),
    primary key (organization_id, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);
