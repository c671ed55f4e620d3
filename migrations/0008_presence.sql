-- The nodes that live, and who is here where there is no Redis. All of it is made anew by the living nodes after a crash,
-- so nothing is logged.

create unlogged table nodes (
    id uuid primary key,
    started_at timestamptz not null default now(),
    seen_at timestamptz not null default now()
);

-- Connections of users; a user is online while it has one in the organization.
create unlogged table presence_connections (
    id uuid primary key,
    organization_id uuid not null,
    user_id uuid not null,
    node_id uuid not null
);
create index presence_connections_user on presence_connections (organization_id, user_id);
create index presence_connections_node on presence_connections (node_id);

-- Which connection is in which chat; a user is present while one is.
create unlogged table presence_members (
    chat_id uuid not null,
    user_id uuid not null,
    connection_id uuid not null,
    primary key (chat_id, user_id, connection_id)
);
create index presence_members_connection on presence_members (connection_id);

-- Counters, and the rows that order the changes of a chat and of an organization.
create unlogged table presence_chats (
    chat_id uuid primary key,
    members bigint not null default 0,
    -- grows by one with each change of the member set
    version bigint not null,
    changed_at timestamptz not null default now()
);
create unlogged table presence_totals (
    organization_id uuid primary key,
    total bigint not null default 0
);

-- Applies changes of connections of a node, in their order, and notifies of what came of them. The kinds are `enter`, `join` and
-- `leave` (a chat), `part`. Doing one again changes nothing. Rows are locked by id, organizations before chats, so that
-- nodes do not lock each other out; a user's connections and a chat's members change only under those locks.
create function presence_change(
    channel text, node uuid, teller uuid, now_ms bigint,
    kinds text[], connections uuid[], organizations uuid[], users uuid[], chats uuid[], profiles text[]
) returns void language plpgsql set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
    told text[] := '{}';
    parting uuid[];
    touched uuid[];
    before jsonb;
    chat uuid;
    one record;
    letter text := '';
    packet text;
begin
    insert into presence_totals (organization_id)
        select distinct o from unnest(organizations) as o order by o on conflict do nothing;
    perform from presence_totals where organization_id = any (organizations) order by organization_id for update;
    parting := array(select connections[i] from generate_subscripts(kinds, 1) as i where kinds[i] = 'part');
    touched := array(
        select c from unnest(chats) as c where c is not null
        union select m.chat_id from presence_members m where m.connection_id = any (parting) order by 1);
    -- which locks those that are there, also against who forgets empty ones
    insert into presence_chats (chat_id, version) select c, now_ms from unnest(touched) as c order by c
        on conflict (chat_id) do update set changed_at = now();
    select jsonb_object_agg(t.organization_id, t.total) into before
        from presence_totals t where t.organization_id = any (organizations);

    for i in 1 .. coalesce(array_length(kinds, 1), 0) loop
        if kinds[i] in ('enter', 'join') then
            insert into presence_connections (id, organization_id, user_id, node_id)
                values (connections[i], organizations[i], users[i], node) on conflict do nothing;
            if found and not exists (select from presence_connections c where c.organization_id = organizations[i]
                    and c.user_id = users[i] and c.id <> connections[i]) then
                update presence_totals t set total = t.total + 1 where t.organization_id = organizations[i];
                told := told || format('{"user":{"organization_id":"%s","user_id":"%s","online":true,"at_ms":%s,"nth":%s}}',
                    organizations[i], users[i], now_ms, i);
            end if;
        end if;
        if kinds[i] = 'join' then
            insert into presence_members (chat_id, user_id, connection_id)
                values (chats[i], users[i], connections[i]) on conflict do nothing;
            if found and not exists (select from presence_members m where m.chat_id = chats[i]
                    and m.user_id = users[i] and m.connection_id <> connections[i]) then
                update presence_chats c set members = c.members + 1, version = c.version + 1
                    where c.chat_id = chats[i] returning c.members, c.version into one;
                told := told || format('{"joined":{"organization_id":"%s","chat_id":"%s","user_id":"%s","profile":%s,"count":%s,"version":%s}}',
                    organizations[i], chats[i], users[i], profiles[i], one.members, one.version);
            end if;
        end if;
        if kinds[i] in ('leave', 'part') then
            for chat in delete from presence_members m where m.connection_id = connections[i]
                    and (kinds[i] = 'part' or m.chat_id = chats[i]) returning m.chat_id loop
                continue when exists (select from presence_members m where m.chat_id = chat and m.user_id = users[i]);
                update presence_chats c set members = c.members - 1, version = c.version + 1
                    where c.chat_id = chat returning c.members, c.version into one;
                told := told || format('{"left":{"organization_id":"%s","chat_id":"%s","user_id":"%s","count":%s,"version":%s}}',
                    organizations[i], chat, users[i], one.members, one.version);
            end loop;
        end if;
        if kinds[i] = 'part' then
            delete from presence_connections c where c.id = connections[i];
            if found and not exists (select from presence_connections c where c.organization_id = organizations[i]
                    and c.user_id = users[i]) then
                update presence_totals t set total = t.total - 1 where t.organization_id = organizations[i];
                told := told || format('{"user":{"organization_id":"%s","user_id":"%s","online":false,"at_ms":%s,"nth":%s}}',
                    organizations[i], users[i], now_ms, i);
            end if;
        end if;
    end loop;

    -- totals once, after all of it: within a transaction Postgres notifies of the same text but once
    for one in select t.organization_id, t.total from presence_totals t
            where t.organization_id = any (organizations) and t.total <> (before ->> t.organization_id::text)::bigint loop
        told := told || format('{"total":{"organization_id":"%s","total":%s}}', one.organization_id, one.total);
    end loop;
    foreach packet in array told loop
        if octet_length(letter) + octet_length(packet) > 7600 then
            perform pg_notify(channel, format('{"from":"%s","packets":[%s]}', teller, letter));
            letter := '';
        end if;
        letter := concat_ws(',', nullif(letter, ''), format('{"presence":%s}', packet));
    end loop;
    if letter <> '' then
        perform pg_notify(channel, format('{"from":"%s","packets":[%s]}', teller, letter));
    end if;
end $$;
