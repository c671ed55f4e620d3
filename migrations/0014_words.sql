-- Words that a team shares: the labels that it sorts chats by, and replies that it keeps at hand.

create table labels (
    id uuid primary key,
    organization_id uuid not null references organizations on delete cascade,
    -- as chats carry it
    name text not null,
    -- in small letters, as the server writes them: a database's locale may not know all
    key text collate "C" not null,
    color text not null,
    created_at timestamptz not null
);
create unique index labels_key on labels (organization_id, key);

create table quick_replies (
    id uuid primary key,
    organization_id uuid not null references organizations on delete cascade,
    shortcut text not null,
    key text collate "C" not null,
    content text not null,
    created_by uuid,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create unique index quick_replies_key on quick_replies (organization_id, key);
