-- One person under several ids: on several channels by an operator's word, on one channel by the network's.

alter table contacts
    -- the contact that stands for this one; never one that is merged itself
    add column merged_into uuid,
    -- fields that operators wrote: networks leave them alone
    add column edited text[] not null default '{}';
create index contacts_merged on contacts (merged_into) where merged_into is not null;
create index contacts_phone on contacts (organization_id, phone) where phone is not null;
create index contacts_email on contacts (organization_id, lower(email)) where email is not null;

-- Merges that can be undone, the newest of a contact first.
create table contact_merges (
    id uuid primary key,
    organization_id uuid not null,
    contact_id uuid not null,
    into_id uuid not null,
    -- contacts that were merged into `contact_id` before and went along
    moved uuid[] not null,
    merged_by uuid,
    created_at timestamptz not null default now()
);
create unique index contact_merges_contact on contact_merges (contact_id);

-- Outside ids of chats that live under another one now.
create table chat_aliases (
    channel_id uuid not null references channels on delete cascade,
    external_id text not null,
    target text not null,
    -- message ids of the old chat mean other messages in the new one: they are kept with this prefix
    message_prefix text,
    created_at timestamptz not null default now(),
    primary key (channel_id, external_id)
);
create index chat_aliases_target on chat_aliases (channel_id, target);
