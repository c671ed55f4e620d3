-- Lists of chats that are narrowed to few of very many: what leads to those few without a look at all the others.

-- open ones have chats_open; the rest is what most chats are in the end
create index chats_waiting on chats (organization_id, status) where status in ('pending', 'snoozed');
create index chats_labels on chats using gin (labels);

-- Parts of names. pg_trgm comes with PostgreSQL, and its database's owner may turn it on; where it is missing or forbidden, a
-- search by name reads all contacts, which takes a second for a million.
do $$
begin
    create extension if not exists pg_trgm;
    create index contacts_names on contacts using gin (name gin_trgm_ops, username gin_trgm_ops, phone gin_trgm_ops);
    create index chats_titles on chats using gin (title gin_trgm_ops) where title is not null;
exception
    when insufficient_privilege or undefined_file or feature_not_supported or undefined_object then
        raise notice 'pg_trgm is not there (%): searches by name read all contacts', sqlerrm;
end $$;

-- what nobody has read is looked at all day, and is little beside the rest
create index chat_activity_unread on chat_activity (organization_id, active_at desc, chat_id desc)
    where incoming_count > read_count;
