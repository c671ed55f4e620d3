-- People (and groups) on the other side, one row per channel and outside id.

create table contacts (
    id uuid primary key,
    organization_id uuid not null,
    channel_id uuid not null,
    external_id text not null,
    name text,
    username text,
    phone text,
    email text,
    avatar_url text,
    blocked_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create unique index contacts_external on contacts (channel_id, external_id);
create index contacts_organization on contacts (organization_id, id);
