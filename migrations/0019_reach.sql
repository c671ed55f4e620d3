-- Ways to rows that would else be looked for in a whole table.

-- sessions that are over, and tokens that were exchanged long ago
create index sessions_expired on sessions (expires_at);
create index refresh_tokens_used on refresh_tokens (used_at) where used_at is not null;

-- pages of keys
create index api_keys_page on api_keys (organization_id, id);
drop index api_keys_organization;

-- whether a name is taken, and who is meant by it
create index users_username on users (lower(username)) where username is not null;

-- what somebody uploaded and has not sent yet
create index attachments_unsent_owner on attachments (organization_id, owner) where message_id is null;

-- files that wait, and those under way: these are few, so that a long queue does not slow down who takes from it
create index media_fetches_waiting on media_fetches (due_at) where lease_until is null;
create index media_fetches_underway on media_fetches (channel_id, lease_until) where lease_until is not null;
