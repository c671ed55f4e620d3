-- Messages that networks approved beforehand, as they were last listed or reported.

create table templates (
    channel_id uuid not null references channels on delete cascade,
    organization_id uuid not null,
    name text not null,
    language text not null,
    status text not null,
    category text,
    quality text,
    -- why it was refused or paused
    reason text,
    components json not null default '[]',
    updated_at timestamptz not null default now(),
    primary key (channel_id, name, language)
);
