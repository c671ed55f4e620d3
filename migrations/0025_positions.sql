-- Hands out positions of a journal: the first is one more than the answer; null where the organization has none. A statement of
-- its own within the one that calls it, so that after waiting for another transaction only the row is read again: PostgreSQL
-- would begin the whole calling statement anew.
create function take_positions(organization uuid, count bigint) returns bigint language plpgsql as $$
declare
    base bigint;
begin
    update event_positions set position = position + count where organization_id = organization
    returning position - count into base;
    return base;
end $$;
