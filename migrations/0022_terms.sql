-- The same terms, in a form that PostgreSQL writes out where they are asked for: each of its parts is immutable, which
-- `uuid || text` is not. Called as a function of SQL they took a seventh of the processor time that storing a message takes.
create or replace function message_terms(id uuid, organization_id uuid, content text) returns tsvector
language sql immutable parallel safe as $$
    select to_tsvector('russian', left(content, 100000)) || array_to_tsvector(array[
        organization_id::text || ' ', organization_id::text || ' ' || left(id::text, 4),
        organization_id::text || ' ' || left(id::text, 5), organization_id::text || ' ' || left(id::text, 6)
    ])
$$;
