-- Who may enter: organizations, the people in them, their sessions and keys.

create table organizations (
    id uuid primary key,
    name text not null,
    created_at timestamptz not null default now()
);

create table users (
    id uuid primary key,
    -- lower case; the one name that is unique over all organizations
    email text not null unique,
    password_hash text not null,
    name text not null,
    username text,
    avatar_url text,
    -- may see figures of the whole server
    server_admin boolean not null default false,
    last_seen_at timestamptz,
    created_at timestamptz not null default now()
);

create table memberships (
    organization_id uuid not null references organizations on delete cascade,
    user_id uuid not null references users on delete cascade,
    role text not null check (role in ('user', 'moderator', 'admin')),
    active boolean not null default true,
    created_at timestamptz not null default now(),
    primary key (organization_id, user_id)
);
create index memberships_user on memberships (user_id);

-- One login: a family of refresh tokens, of which the newest is good.
create table sessions (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    organization_id uuid not null references organizations on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz
);
create index sessions_user on sessions (user_id);

create table refresh_tokens (
    token_hash bytea primary key,
    session_id uuid not null references sessions on delete cascade,
    -- the token that it was exchanged for last; forgiven while that one is unused
    successor_hash bytea,
    used_at timestamptz,
    created_at timestamptz not null default now()
);
create index refresh_tokens_session on refresh_tokens (session_id);

create table api_keys (
    id uuid primary key,
    organization_id uuid not null references organizations on delete cascade,
    name text not null,
    role text not null check (role in ('user', 'moderator', 'admin')),
    key_hash bytea not null unique,
    created_by uuid,
    last_used_at timestamptz,
    created_at timestamptz not null default now()
);
create index api_keys_organization on api_keys (organization_id);

-- Failed logins by account and by address; losing them in a crash costs nothing.
create unlogged table login_failures (
    key text not null,
    failed_at timestamptz not null default now()
);
create index login_failures_key on login_failures (key, failed_at);
