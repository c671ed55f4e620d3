//! SQL of channels and of the leases under which one node at a time serves them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::id::{ChannelId, OrganizationId};

/// A channel as stored; secrets are sealed.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: Uuid,
    pub organization_id: Uuid,
    pub name: String,
    pub provider: String,
    pub mode: Option<String>,
    pub credentials: Vec<u8>,
    pub webhook_secret: Vec<u8>,
    pub identity: Option<String>,
    pub business: Option<String>,
    /// JSON text of an object.
    pub account: String,
    pub status: String,
    pub last_error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

macro_rules! select_channels {
    ($tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select id, organization_id, name, provider, mode, credentials, webhook_secret, identity, business,
                account::text as "account!", status, last_error, created_at, updated_at
            from channels
            "# + $tail $(, $argument)*
        )
    };
}

/// Stores a channel.
///
/// # Errors
/// Those of the database; a unique violation of `channels_identity` where the account belongs to another channel.
pub async fn insert(executor: impl PgExecutor<'_>, row: &Row) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into channels (id, organization_id, name, provider, mode, credentials, webhook_secret, identity, status,
            last_error, created_at, updated_at, business)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        "#,
        row.id,
        row.organization_id,
        row.name,
        row.provider,
        row.mode,
        row.credentials,
        row.webhook_secret,
        row.identity,
        row.status,
        row.last_error,
        row.created_at,
        row.updated_at,
        row.business
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Writes what an administrator changed.
///
/// # Errors
/// As [`insert`].
pub async fn update(executor: impl PgExecutor<'_>, row: &Row) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        update channels set name = $2, mode = $3, credentials = $4, identity = $5, status = $6, last_error = $7,
            updated_at = $8, business = $9,
            -- after a time with a webhook the network may count from elsewhere
            poll_offset = case when mode is distinct from $3 then null else poll_offset end
        where id = $1
        "#,
        row.id,
        row.name,
        row.mode,
        row.credentials,
        row.identity,
        row.status,
        row.last_error,
        row.updated_at,
        row.business
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// One channel, whoever owns it: for addresses that name a channel.
///
/// # Errors
/// Those of the database.
pub async fn find(executor: impl PgExecutor<'_>, id: ChannelId) -> sqlx::Result<Option<Row>> {
    select_channels!("where id = $1", id.0).fetch_optional(executor).await
}

/// One channel of the organization, locked until the transaction ends.
///
/// # Errors
/// Those of the database.
pub async fn lock(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    id: ChannelId,
) -> sqlx::Result<Option<Row>> {
    select_channels!("where id = $1 and organization_id = $2 for update", id.0, organization_id.0)
        .fetch_optional(executor)
        .await
}

/// The channel of an outside account.
///
/// # Errors
/// Those of the database.
pub async fn find_by_identity(
    executor: impl PgExecutor<'_>,
    provider: &str,
    identity: &str,
) -> sqlx::Result<Option<Row>> {
    select_channels!("where provider = $1 and identity = $2", provider, identity).fetch_optional(executor).await
}

/// The channels of accounts that belong to one business at their network.
///
/// # Errors
/// Those of the database.
pub async fn list_by_business(executor: impl PgExecutor<'_>, provider: &str, business: &str) -> sqlx::Result<Vec<Row>> {
    select_channels!("where provider = $1 and business = $2 order by id", provider, business).fetch_all(executor).await
}

/// Channels of the organization after an id, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn list(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    after: Option<ChannelId>,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    select_channels!(
        "where organization_id = $1 and ($2::uuid is null or id > $2) order by id limit $3",
        organization_id.0,
        after.map(|id| id.0),
        limit
    )
    .fetch_all(executor)
    .await
}

/// All channels of the installation, for the tasks that serve them.
///
/// # Errors
/// Those of the database.
pub async fn list_all(executor: impl PgExecutor<'_>) -> sqlx::Result<Vec<Row>> {
    select_channels!("order by id").fetch_all(executor).await
}

/// Writes a channel's state; `None` where it was so already, or the channel is gone. `Some(true)` where a channel that was
/// connected does not work any more, once until it is connected again.
///
/// # Errors
/// Those of the database.
pub async fn set_status(
    executor: impl PgExecutor<'_>,
    id: ChannelId,
    status: &str,
    last_error: Option<&str>,
) -> sqlx::Result<Option<bool>> {
    sqlx::query_scalar!(
        r#"
        with stored as (
            select id, loss_untold, $2 in ('disconnected', 'error') as down from channels where id = $1 for update
        )
        update channels c set status = $2, last_error = $3, loss_untold = $2 = 'connected' or (s.loss_untold and not s.down)
        from stored s where c.id = s.id and (c.status, c.last_error) is distinct from ($2, $3)
        returning s.loss_untold and s.down as "lost!"
        "#,
        id.0,
        status,
        last_error
    )
    .fetch_optional(executor)
    .await
}

/// Writes what is known of an account.
///
/// # Errors
/// Those of the database.
pub async fn set_account(executor: impl PgExecutor<'_>, id: ChannelId, account: &str) -> sqlx::Result<()> {
    sqlx::query!("update channels set account = $2::text::json where id = $1", id.0, account).execute(executor).await?;
    Ok(())
}

/// Where the next poll goes on.
///
/// # Errors
/// Those of the database.
pub async fn find_poll_offset(executor: impl PgExecutor<'_>, id: ChannelId) -> sqlx::Result<Option<i64>> {
    Ok(sqlx::query_scalar!("select poll_offset from channels where id = $1", id.0)
        .fetch_optional(executor)
        .await?
        .flatten())
}

/// Moves the offset of polled channels, in the transaction that stores their updates.
///
/// # Errors
/// Those of the database.
pub async fn set_poll_offset(executor: impl PgExecutor<'_>, id: ChannelId, offset: i64) -> sqlx::Result<()> {
    sqlx::query!("update channels set poll_offset = $2 where id = $1", id.0, offset).execute(executor).await?;
    Ok(())
}

/// Deletes a channel's row; its chats must be gone.
///
/// # Errors
/// Those of the database.
pub async fn delete(executor: impl PgExecutor<'_>, id: ChannelId) -> sqlx::Result<()> {
    sqlx::query!("delete from channels where id = $1", id.0).execute(executor).await?;
    Ok(())
}

/// Deletes everything that a channel holds, in one transaction with its row.
///
/// # Errors
/// Those of the database.
pub async fn delete_contents(connection: &mut PgConnection, id: ChannelId) -> sqlx::Result<()> {
    sqlx::query!("delete from outbound_messages where channel_id = $1", id.0).execute(&mut *connection).await?;
    sqlx::query!("delete from outbound_chats where channel_id = $1", id.0).execute(&mut *connection).await?;
    sqlx::query!("delete from outbound_pace where id = $1", id.0).execute(&mut *connection).await?;
    sqlx::query!("delete from parked where channel_id = $1", id.0).execute(&mut *connection).await?;
    sqlx::query!(
        r#"
        with gone as (
                delete from messages where chat_id in (select id from chats where channel_id = $1) returning id
            ),
            files as (delete from attachments where message_id in (select id from gone))
        delete from reactions where message_id in (select id from gone)
        "#,
        id.0
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        r#"
        with gone as (delete from chats where channel_id = $1 returning id),
            reads as (delete from chat_reads where chat_id in (select id from gone)),
            ends as (delete from resolutions where chat_id in (select id from gone))
        delete from chat_activity where chat_id in (select id from gone)
        "#,
        id.0
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("delete from contacts where channel_id = $1", id.0).execute(connection).await?;
    Ok(())
}

/// Takes or keeps leases, and gives those that the holder has now. Times are the database's.
///
/// # Errors
/// Those of the database.
pub async fn hold_leases(
    executor: impl PgExecutor<'_>,
    names: &[String],
    holder: Uuid,
    length: Duration,
) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"
        insert into leases as l (name, holder, expires_at)
        select name, $2, now() + make_interval(secs => $3) from unnest($1::text[]) as n (name) order by name
        on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
        where l.holder = excluded.holder or l.expires_at < now()
        returning name
        "#,
        names,
        holder,
        length.as_secs_f64()
    )
    .fetch_all(executor)
    .await
}

/// Ids of a channel's chats.
///
/// # Errors
/// Those of the database.
pub async fn list_chat_ids(executor: impl PgExecutor<'_>, id: ChannelId) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!("select id from chats where channel_id = $1", id.0).fetch_all(executor).await
}

/// Gives all leases of a holder back.
///
/// # Errors
/// Those of the database.
pub async fn drop_leases(executor: impl PgExecutor<'_>, holder: Uuid) -> sqlx::Result<()> {
    sqlx::query!("delete from leases where holder = $1", holder).execute(executor).await?;
    Ok(())
}
