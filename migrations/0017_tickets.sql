-- What is to be done beyond a conversation.

-- The last number that was given out; locked until the transaction ends, so that numbers have no holes.
create table ticket_numbers (
    organization_id uuid primary key references organizations on delete cascade,
    number bigint not null
);

create table tickets (
    id uuid primary key,
    organization_id uuid not null references organizations on delete cascade,
    number bigint not null,
    -- null: of no chat, or of one that is gone
    chat_id uuid,
    title text not null,
    description text not null,
    status text not null check (status in ('open', 'in_progress', 'resolved', 'closed')),
    priority text not null check (priority in ('low', 'normal', 'high', 'urgent')),
    assigned_user_id uuid,
    -- null: a program
    created_by uuid,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    closed_at timestamptz
);
create unique index tickets_number on tickets (organization_id, number desc);
create index tickets_chat on tickets (chat_id) where chat_id is not null;
