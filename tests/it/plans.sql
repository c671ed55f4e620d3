-- As many rows that a planner sees what each index is worth. Ids are the kind of row and its number.

create function pg_temp.id(kind text, n bigint) returns uuid language sql immutable as
    $$ select (substr(md5(kind), 1, 8) || lpad(to_hex(n), 24, '0'))::uuid $$;

insert into organizations (id, name) select pg_temp.id('org', n), 'Org' from generate_series(0, 49) n;
insert into users (id, email, password_hash, name, username)
    select pg_temp.id('user', n), n || '@example.com', '', 'Ada', 'ada' || n from generate_series(0, 1999) n;
insert into memberships (organization_id, user_id, role)
    select pg_temp.id('org', n % 50), pg_temp.id('user', n), 'user' from generate_series(0, 1999) n;
insert into sessions (id, user_id, organization_id, expires_at)
    select pg_temp.id('session', n), pg_temp.id('user', n % 2000), pg_temp.id('org', n % 50), now() + n * interval '1 minute'
    from generate_series(0, 3999) n;
insert into refresh_tokens (token_hash, session_id, used_at)
    select decode(md5(n::text), 'hex'), pg_temp.id('session', n), now() - n * interval '1 minute' from generate_series(0, 3999) n;
insert into api_keys (id, organization_id, name, role, key_hash)
    select pg_temp.id('key', n), pg_temp.id('org', n % 50), 'Key', 'user', decode(md5(n::text), 'hex')
    from generate_series(0, 999) n;
insert into login_failures (key, failed_at)
    select n::text, now() - n * interval '1 second' from generate_series(0, 1999) n;
insert into channels (id, organization_id, name, provider, credentials, webhook_secret, identity, business)
    select pg_temp.id('channel', n), pg_temp.id('org', n % 50), 'Channel', 'telegram', '', '', n::text, n::text
    from generate_series(0, 999) n;
insert into leases (name, holder, expires_at) select 'poll:' || n, pg_temp.id('node', 1), now() from generate_series(0, 999) n;
insert into nodes (id) select pg_temp.id('node', n) from generate_series(0, 3) n;

insert into contacts (id, organization_id, channel_id, external_id, name, username, phone, email, blocked_at, merged_into)
    select pg_temp.id('contact', n), pg_temp.id('org', n % 50), pg_temp.id('channel', n % 1000), n::text, 'Ada ' || n,
        'ada' || n, n::text, n || '@example.com', case when n % 100 = 0 then now() end,
        case when n % 50 = 1 then pg_temp.id('contact', n - 1) end
    from generate_series(0, 9999) n;
insert into contact_merges (id, organization_id, contact_id, into_id, moved)
    select pg_temp.id('merge', n), pg_temp.id('org', n % 50), pg_temp.id('contact', n), pg_temp.id('contact', n - 1), '{}'
    from generate_series(1, 9999, 50) n;
insert into contact_notes (id, organization_id, contact_id, content, created_at)
    select pg_temp.id('note', n), pg_temp.id('org', n % 50), pg_temp.id('contact', n), 'x', now() from generate_series(0, 4999) n;
insert into teams (id, organization_id, name, created_at, deleted_at)
    select pg_temp.id('team', n), pg_temp.id('org', n % 50), 'Team', now(), case when n % 50 = 0 then now() end
    from generate_series(0, 999) n;
insert into team_members (team_id, user_id)
    select pg_temp.id('team', n % 1000), pg_temp.id('user', n) from generate_series(0, 1999) n;
insert into chats (id, organization_id, channel_id, contact_id, external_id, status, labels, assigned_user_id, team_id,
        snoozed_until)
    select pg_temp.id('chat', n), pg_temp.id('org', n % 50), pg_temp.id('channel', n % 1000), pg_temp.id('contact', n), n::text,
        (array['open', 'pending', 'snoozed', 'resolved'])[n % 4 + 1], case when n % 20 = 0 then '{vip}'::text[] else '{}' end,
        case when n % 3 = 0 then pg_temp.id('user', n % 2000) end, case when n % 5 = 0 then pg_temp.id('team', n % 1000) end, now()
    from generate_series(0, 9999) n;
insert into chat_activity (chat_id, organization_id, last_seq, incoming_count, read_count, last_message_id, active_at)
    select pg_temp.id('chat', n), pg_temp.id('org', n % 50), 4, 4, n % 5, pg_temp.id('message', n * 4 + 3),
        now() - n * interval '1 minute'
    from generate_series(0, 9999) n;
insert into chat_reads (chat_id, user_id, read_count)
    select pg_temp.id('chat', n), pg_temp.id('user', n % 2000), 1 from generate_series(0, 9999) n;
insert into chat_aliases (channel_id, external_id, target)
    select pg_temp.id('channel', n % 1000), 'old' || n, n::text from generate_series(0, 4999) n;
insert into messages (id, organization_id, chat_id, channel_id, seq, incoming_count, from_me, type, content, metadata, status,
        external_id, created_at)
    select pg_temp.id('message', n), pg_temp.id('org', n / 4 % 50), pg_temp.id('chat', n / 4), pg_temp.id('channel', n / 4 % 1000),
        n % 4 + 1, n % 4 + 1, n % 3 = 0, 'text', 'words ' || n % 500, '{}', case when n % 3 = 0 then 'sent' else 'received' end,
        n::text, now() - n * interval '1 second'
    from generate_series(0, 39999) n;
insert into attachments (id, organization_id, message_id, type, status, created_at)
    select pg_temp.id('file', n), pg_temp.id('org', n % 50), case when n % 10 > 0 then pg_temp.id('message', n) end, 'image', 'ready',
        now() - n * interval '1 minute'
    from generate_series(0, 4999) n;
insert into reactions (message_id, actor, emoji)
    select pg_temp.id('message', n), 'user:' || n % 100, 'x' from generate_series(0, 9999) n;
insert into parked (id, organization_id, channel_id, message_external_id, kind, payload, created_at)
    select pg_temp.id('parked', n), pg_temp.id('org', n % 50), pg_temp.id('channel', n % 1000), n::text, 'status', '{}',
        now() - n * interval '1 minute'
    from generate_series(0, 4999) n;
insert into outbound_chats (chat_id, organization_id, channel_id, due_at)
    select pg_temp.id('chat', n), pg_temp.id('org', n % 50), pg_temp.id('channel', n % 1000), now() + n * interval '1 second'
    from generate_series(0, 4999) n;
insert into outbound_messages (message_id, chat_id, organization_id, channel_id)
    select pg_temp.id('message', n), pg_temp.id('chat', n / 4), pg_temp.id('org', n / 4 % 50), pg_temp.id('channel', n / 4 % 1000)
    from generate_series(0, 19999) n;
insert into outbound_pace (id) select pg_temp.id('chat', n) from generate_series(0, 4999) n;
insert into idempotency_keys (organization_id, key, request_hash, created_at)
    select pg_temp.id('org', n % 50), n::text, '', now() - n * interval '1 second' from generate_series(0, 4999) n;
insert into event_positions (organization_id, position) select id, 200 from organizations;
insert into events (organization_id, position, id, event, rooms, chat_id, data)
    select pg_temp.id('org', n % 50), n / 50, pg_temp.id('event', n), 'message:new', '{org}', pg_temp.id('chat', n), '{}'
    from generate_series(0, 9999) n;
insert into updates (provider, channel_id, body)
    select 'telegram', pg_temp.id('channel', n % 1000), '' from generate_series(0, 9999) n;
insert into dead_letters (id, organization_id, channel_id, provider, kind, reason, body, body_hash)
    select pg_temp.id('letter', n), pg_temp.id('org', n % 50), pg_temp.id('channel', n % 1000), 'telegram', 'x', 'x', '',
        decode(md5(n::text), 'hex')
    from generate_series(0, 4999) n;
insert into presence_connections (id, organization_id, user_id, node_id)
    select pg_temp.id('connection', n), pg_temp.id('org', n % 50), pg_temp.id('user', n % 2000), pg_temp.id('node', n % 4)
    from generate_series(0, 4999) n;
insert into presence_members (chat_id, user_id, connection_id)
    select pg_temp.id('chat', n), pg_temp.id('user', n % 2000), pg_temp.id('connection', n) from generate_series(0, 4999) n;
insert into presence_chats (chat_id, version, changed_at)
    select pg_temp.id('chat', n), 1, now() - n * interval '1 second' from generate_series(0, 4999) n;
insert into presence_totals (organization_id) select id from organizations;
insert into notifications (id, organization_id, user_id, type, title, body, data, created_at, read_at)
    select pg_temp.id('notice', n), pg_temp.id('org', n % 50), pg_temp.id('user', n % 2000), 'x', 'x', 'x', '{}',
        now() - n * interval '1 minute', case when n % 2 = 0 then now() end
    from generate_series(0, 9999) n;
insert into media_fetches (attachment_id, organization_id, channel_id, due_at)
    select pg_temp.id('file', n), pg_temp.id('org', n % 50), pg_temp.id('channel', n % 1000), now() + n * interval '1 second'
    from generate_series(0, 4999) n;
insert into media_garbage (attachment_id, organization_id)
    select pg_temp.id('gone', n), pg_temp.id('org', n % 50) from generate_series(0, 4999) n;
insert into templates (channel_id, organization_id, name, language, status)
    select pg_temp.id('channel', n % 1000), pg_temp.id('org', n % 50), n::text, 'en', 'APPROVED' from generate_series(0, 4999) n;
insert into labels (id, organization_id, name, key, color, created_at)
    select pg_temp.id('label', n), pg_temp.id('org', n % 50), n::text, n::text, '', now() from generate_series(0, 999) n;
insert into quick_replies (id, organization_id, shortcut, key, content, created_at, updated_at)
    select pg_temp.id('reply', n), pg_temp.id('org', n % 50), n::text, n::text, '', now(), now() from generate_series(0, 999) n;
insert into ticket_numbers (organization_id, number) select id, 200 from organizations;
insert into tickets (id, organization_id, number, chat_id, title, description, status, priority, created_at, updated_at)
    select pg_temp.id('ticket', n), pg_temp.id('org', n % 50), n, pg_temp.id('chat', n), 'x', 'x',
        (array['open', 'in_progress', 'resolved', 'closed'])[n % 4 + 1], 'normal', now(), now()
    from generate_series(0, 9999) n;
insert into resolutions (organization_id, chat_id, channel_id, resolved_at, last_seq, incoming_count)
    select pg_temp.id('org', n % 50), pg_temp.id('chat', n), pg_temp.id('channel', n % 1000), now() - n * interval '1 minute', 1, 1
    from generate_series(0, 9999) n;
analyze;
