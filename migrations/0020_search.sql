-- Search that costs as much as what it finds, however long the history is and however many organizations share it: beside its
-- words a message is indexed by its organization, and by its organization and the time that its id begins with, so that the
-- newest are looked through first and nobody else's are ever touched.

-- The terms that a message is found by. Words have no spaces, so the others cannot be among them. An id is a UUID of version
-- 7: 6 hexadecimal digits of it are 4.7 hours, 5 are 3 days, 4 are 50 days.
create function message_terms(id uuid, organization_id uuid, content text) returns tsvector
language sql immutable parallel safe as $$
    select to_tsvector('russian', left(content, 100000)) || array_to_tsvector(array[
        organization_id || ' ', organization_id || ' ' || left(id::text, 4), organization_id || ' ' || left(id::text, 5),
        organization_id || ' ' || left(id::text, 6)
    ])
$$;

drop index messages_search;
create index messages_search on messages using gin (message_terms(id, organization_id, content));
