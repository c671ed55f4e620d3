-- What networks say of the accounts that channels are connected to.

alter table channels
    -- what several accounts share at the network (Meta's WABA id): news of it concern them all
    add column business text,
    -- facts worth showing: name, phone, quality, pendingUpdates …
    add column account json not null default '{}';
create index channels_business on channels (provider, business) where business is not null;
