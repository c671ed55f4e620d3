-- Configured connections to networks, and what one node holds at a time.

create table channels (
    id uuid primary key,
    organization_id uuid not null references organizations on delete cascade,
    name text not null,
    provider text not null,
    mode text check (mode in ('polling', 'webhook')),
    -- sealed with SECRETS_KEY
    credentials bytea not null,
    webhook_secret bytea not null,
    -- bot id or phone number id: one channel each, over all organizations
    identity text,
    status text not null default 'connecting'
        check (status in ('connected', 'connecting', 'qr', 'disconnected', 'error')),
    last_error text,
    -- where the next poll goes on; moved in the transaction that stores the updates
    poll_offset bigint,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create unique index channels_identity on channels (provider, identity) where identity is not null;
create index channels_organization on channels (organization_id, id);

-- What one node at a time may do: poll a bot, open a channel. Times are the database's, so that clocks of nodes do not matter.
create unlogged table leases (
    name text primary key,
    holder uuid not null,
    expires_at timestamptz not null
);

-- What the database was made with; a node whose keys differ refuses to start.
create table installation (
    key text primary key,
    value text not null
);
