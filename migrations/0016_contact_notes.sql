-- What operators write down of a person, and whom they do not want to hear.

create table contact_notes (
    id uuid primary key,
    organization_id uuid not null references organizations on delete cascade,
    contact_id uuid not null references contacts on delete cascade,
    -- null for an API key
    user_id uuid,
    content text not null,
    created_at timestamptz not null
);
create index contact_notes_contact on contact_notes (contact_id, id);

-- A person is blocked where one of its contacts is: the few of them, by who stands for them.
create index contacts_blocked on contacts (coalesce(merged_into, id)) where blocked_at is not null;
