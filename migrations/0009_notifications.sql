-- What a member of an organization is told personally.

create table notifications (
    -- made in order of time: a list is sorted by it
    id uuid primary key,
    organization_id uuid not null references organizations on delete cascade,
    user_id uuid not null references users on delete cascade,
    type text not null,
    title text not null,
    body text not null,
    -- an object, kept as it came
    data json not null,
    created_at timestamptz not null,
    read_at timestamptz
);
create index notifications_member on notifications (organization_id, user_id, id desc);
create index notifications_unread on notifications (organization_id, user_id, id desc) where read_at is null;
create index notifications_age on notifications (created_at);

-- A channel that was connected and whose loss nobody was told of yet.
alter table channels add column loss_untold boolean not null default false;
update channels set loss_untold = true where status = 'connected';
