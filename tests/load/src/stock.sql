-- Two years of the only organization: {chats} chats and {messages} messages, the newest of now. Each chat has as many messages
-- as the others, one in every round of all of them; every third is an answer. What is looked for stands in one message of ten
-- (заказ), of a thousand (возврат), and in one alone (a number).
set synchronous_commit = off;
set maintenance_work_mem = '512MB';
set work_mem = '256MB';

create function pg_temp.stock_id(at timestamptz, n bigint) returns uuid language sql immutable as $$
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n & 4095), 3, '0')
        || '8' || lpad(to_hex(n), 15, '0'))::uuid
$$;

create temp table scene as
select c.organization_id, c.id as channel_id, m.user_id, now() - interval '730 days' as start, interval '730 days' as span
from channels c join memberships m using (organization_id);

create temp table stock_chats as
select n, pg_temp.stock_id(s.start + s.span * (n::float8 / {chats}), n) as chat_id,
    pg_temp.stock_id(s.start + s.span * (n::float8 / {chats}), n) as contact_id
from scene s, generate_series(0, {chats}::bigint - 1) n;

insert into contacts (id, organization_id, channel_id, external_id, name, username, phone)
select c.contact_id, s.organization_id, s.channel_id, 'stock' || c.n,
    (array['Ada', 'Борис', 'Chloe', 'Дарья', 'Emil', 'Фёдор', 'Grace', 'Ирина'])[1 + c.n % 8] || ' '
        || (array['Lovelace', 'Иванов', 'Hopper', 'Смирнова', 'Turing', 'Ким', 'Noether'])[1 + c.n % 7] || ' ' || c.n,
    'customer' || c.n, '+7900' || lpad(c.n::text, 7, '0')
from scene s, stock_chats c;

insert into chats (id, organization_id, channel_id, contact_id, external_id, status, labels, assigned_user_id, created_at)
select c.chat_id, s.organization_id, s.channel_id, c.contact_id, 'stock' || c.n,
    case when c.n % 20 = 0 then 'open' when c.n % 50 = 1 then 'pending' else 'resolved' end,
    case when c.n % 500 = 3 then '{vip}'::text[] when c.n % 100 = 4 then '{billing}' else '{}' end,
    case when c.n % 7 = 0 then s.user_id end, s.start + s.span * (c.n::float8 / {chats})
from scene s, stock_chats c;

create temp table sentences as
select n, (
        select string_agg(word, ' ') from (
            select 'слово' || (3000 * power(random(), 3))::integer as word from generate_series(1, 11) where n >= 0
        ) words
    ) || case when n % 10 = 0 then ' заказ' when n % 1000 = 1 then ' возврат' else '' end as content
from generate_series(0, 4999) n;

create temp table stock_indexes as
select format('drop index %I', indexname) as gone, indexdef as back from pg_indexes
where tablename = 'messages' and indexname <> 'messages_pkey';
do $$ declare index record; begin for index in select * from stock_indexes loop execute index.gone; end loop; end $$;

insert into messages (id, organization_id, chat_id, channel_id, seq, incoming_count, from_me, sender_user_id,
    sender_contact_id, sender_name, type, content, metadata, status, external_id, created_at, provider_at)
select pg_temp.stock_id(k.at, k.n), s.organization_id, c.chat_id, s.channel_id, k.seq, k.seq - k.seq / 3, k.seq % 3 = 0,
    case when k.seq % 3 = 0 then s.user_id end, case when k.seq % 3 <> 0 then c.contact_id end, 'Ada', 'text',
    t.content || case when k.n % 10 = 5 then ' ' || 10000000 + k.n else '' end, '{}',
    case when k.seq % 3 = 0 then 'read' else 'received' end, 'stock' || k.n, k.at, k.at
from (
    select n, n / {chats} + 1 as seq, n * 7919 % {chats} as chat, n % 5000 as sentence,
        s.start + s.span * (n::float8 / {messages}) as at
    from scene s, generate_series(0, {messages}::bigint - 1) n
) k
cross join scene s join stock_chats c on c.n = k.chat join sentences t on t.n = k.sentence;

insert into chat_activity (chat_id, organization_id, last_seq, incoming_count, read_count, last_message_id, active_at, customer_at)
select m.chat_id, m.organization_id, m.seq, m.incoming_count,
    m.incoming_count - case when c.n % 20 = 0 then 1 else 0 end, m.id, m.created_at, m.created_at
from messages m join stock_chats c using (chat_id) where m.seq = {messages} / {chats};

do $$ declare index record; begin for index in select * from stock_indexes loop execute index.back; end loop; end $$;
