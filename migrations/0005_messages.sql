-- Messages and what hangs on them.

create table messages (
    id uuid primary key,
    organization_id uuid not null,
    chat_id uuid not null,
    channel_id uuid not null,
    -- order within the chat
    seq bigint not null,
    -- customer messages of the chat up to and including this one
    incoming_count bigint not null,
    from_me boolean not null,
    sender_user_id uuid,
    sender_contact_id uuid,
    sender_name text,
    type text not null,
    content text not null,
    -- json, not jsonb: kept verbatim, and jsonb can hold numbers that nothing can read back
    metadata json not null,
    reply_to_id uuid,
    -- the provider's id of the answered message, where that one is not stored
    reply_to_external_id text,
    private boolean not null default false,
    status text not null check (status in ('received', 'queued', 'sent', 'delivered', 'read', 'failed')),
    error_code text,
    error_message text,
    external_id text,
    created_at timestamptz not null,
    provider_at timestamptz,
    sent_at timestamptz,
    delivered_at timestamptz,
    read_at timestamptz,
    edited_at timestamptz,
    deleted_at timestamptz
) with (fillfactor = 90);
-- saved once: the key that makes every redelivery the same message; its prefix finds a message by a provider's status
create unique index messages_external on messages (channel_id, external_id, chat_id) where external_id is not null;
create unique index messages_order on messages (chat_id, seq desc);
-- the Russian configuration stems Russian words as Russian and Latin words as English
create index messages_search on messages using gin (to_tsvector('russian', left(content, 100000)));

create table attachments (
    id uuid primary key,
    organization_id uuid not null,
    -- null: uploaded and not sent yet
    message_id uuid,
    position smallint not null default 0,
    type text not null,
    -- where to fetch it from; see `contract::MediaSource`
    source json,
    mime_type text,
    file_name text,
    size_bytes bigint,
    width integer,
    height integer,
    duration_secs integer,
    sha256 text,
    status text not null check (status in ('pending', 'ready', 'failed')),
    error text,
    created_at timestamptz not null default now()
);
create index attachments_message on attachments (message_id, position);

create table reactions (
    message_id uuid not null,
    -- `user:ID` or `contact:EXTERNAL_ID`
    actor text not null,
    emoji text not null,
    name text,
    created_at timestamptz not null default now(),
    primary key (message_id, actor, emoji)
);

-- Statuses, reactions and deletions that came before their message.
create table parked (
    id uuid primary key,
    organization_id uuid not null,
    channel_id uuid not null,
    message_external_id text not null,
    kind text not null,
    payload json not null,
    created_at timestamptz not null default now()
);
create index parked_message on parked (channel_id, message_external_id);
create index parked_age on parked (created_at);
