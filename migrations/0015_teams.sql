-- Groups of operators that chats are given to.

create table teams (
    id uuid primary key,
    organization_id uuid not null references organizations on delete cascade,
    name text not null,
    created_at timestamptz not null,
    -- gone for everybody; the row stays until no chat names it
    deleted_at timestamptz
);
create index teams_organization on teams (organization_id, id);
create index teams_deleted on teams (deleted_at) where deleted_at is not null;

create table team_members (
    team_id uuid not null references teams on delete cascade,
    user_id uuid not null references users on delete cascade,
    primary key (team_id, user_id)
);
create index team_members_user on team_members (user_id);

create index chats_team on chats (team_id) where team_id is not null;
