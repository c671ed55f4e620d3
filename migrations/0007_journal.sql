-- The journal: every fact, in the order of its organization. Positions are handed out under the row lock of
-- `event_positions`, as the last step before commit, so they become visible in order and without holes.

create table event_positions (
    organization_id uuid primary key references organizations on delete cascade,
    position bigint not null default 0
) with (fillfactor = 50);

create table events (
    organization_id uuid not null,
    position bigint not null,
    id uuid not null,
    event text not null,
    -- `org_{id}`, `user_{id}`, `chat_{id}` or a name of the publisher
    rooms text[] not null,
    -- the chat it speaks of, for guests and for erasing
    chat_id uuid,
    -- false: for operators alone (private notes)
    public boolean not null default true,
    -- the payload without `eventId` and `cursor`
    data json not null,
    created_at timestamptz not null default now(),
    primary key (organization_id, position, created_at)
) partition by range (created_at);

-- Raw bodies as they were received: the proof behind every 2xx. No index: read by hand, dropped by day.
create table updates (
    received_at timestamptz not null default now(),
    provider text not null,
    channel_id uuid,
    body bytea not null
) partition by range (received_at);

-- Makes the partitions of a table from today to `days` ahead.
create function ensure_day_partitions(parent text, days integer) returns void language plpgsql as $$
declare
    day date;
begin
    for day in select generate_series((now() at time zone 'UTC')::date, (now() at time zone 'UTC')::date + days, '1 day') loop
        if to_regclass(format('%I', parent || to_char(day, '_YYYYMMDD'))) is null then
            execute format('create table if not exists %I partition of %I for values from (%L) to (%L)',
                parent || to_char(day, '_YYYYMMDD'), parent, day::text || ' 00:00:00+00', (day + 1)::text || ' 00:00:00+00');
        end if;
    end loop;
end $$;

-- Drops the partitions of a table that are older than `days`.
create function drop_day_partitions(parent text, days integer) returns void language plpgsql as $$
declare
    name text;
begin
    for name in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = parent::regclass
          and c.relname < parent || to_char((now() at time zone 'UTC')::date - days, '_YYYYMMDD')
    loop
        execute format('drop table %I', name);
    end loop;
end $$;

select ensure_day_partitions('events', 3);
select ensure_day_partitions('updates', 3);

-- What was delivered and not understood, with the body that `replay` reads again.
create table dead_letters (
    id uuid primary key,
    -- null: no channel of ours was named
    organization_id uuid,
    channel_id uuid,
    provider text not null,
    kind text not null,
    reason text not null,
    body bytea not null,
    body_hash bytea not null,
    created_at timestamptz not null default now(),
    replayed_at timestamptz
);
create unique index dead_letters_body on dead_letters
    (provider, coalesce(channel_id, '00000000-0000-0000-0000-000000000000'::uuid), body_hash);
create index dead_letters_organization on dead_letters (organization_id, id);
