//! SQL of templates.

use contract::TemplateNews;
use sqlx::{PgConnection, PgExecutor};

use super::{Row, Template};
use crate::id::{ChannelId, OrganizationId};

macro_rules! select_templates {
    ($tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select name, language, status, category, quality, reason, components::text as "components!", updated_at
            from templates
            "# + $tail $(, $argument)*
        )
    };
}

/// The templates of a channel, by name and language.
///
/// # Errors
/// Those of the database.
pub async fn list(executor: impl PgExecutor<'_>, channel_id: ChannelId) -> sqlx::Result<Vec<Template>> {
    let rows =
        select_templates!("where channel_id = $1 order by name, language", channel_id.0).fetch_all(executor).await?;
    Ok(rows.into_iter().map(Row::present).collect())
}

/// One template of a channel.
///
/// # Errors
/// Those of the database.
pub async fn find(
    executor: impl PgExecutor<'_>,
    channel_id: ChannelId,
    name: &str,
    language: &str,
) -> sqlx::Result<Option<Row>> {
    select_templates!("where channel_id = $1 and name = $2 and language = $3", channel_id.0, name, language)
        .fetch_optional(executor)
        .await
}

/// Whether any template of a channel is known.
///
/// # Errors
/// Those of the database.
pub async fn any(executor: impl PgExecutor<'_>, channel_id: ChannelId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"select exists (select 1 from templates where channel_id = $1) as "any!""#, channel_id.0)
        .fetch_one(executor)
        .await
}

/// Puts a channel's templates in place of those that were known.
///
/// # Errors
/// Those of the database.
pub async fn replace(
    connection: &mut PgConnection,
    organization_id: OrganizationId,
    channel_id: ChannelId,
    listed: &[contract::Template],
) -> sqlx::Result<()> {
    sqlx::query!("delete from templates where channel_id = $1", channel_id.0).execute(&mut *connection).await?;
    let text = |pick: fn(&contract::Template) -> &str| listed.iter().map(|one| clean(pick(one))).collect::<Vec<_>>();
    let components: Vec<String> =
        listed.iter().map(|one| one.components.to_string().replace("\\u0000", "\\uFFFD")).collect();
    let categories: Vec<Option<String>> = listed.iter().map(|one| one.category.clone()).collect();
    let qualities: Vec<Option<String>> = listed.iter().map(|one| one.quality.clone()).collect();
    sqlx::query!(
        r#"
        insert into templates (channel_id, organization_id, name, language, status, category, quality, components)
        select $1, $2, name, language, status, category, quality, components::json
        from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
            as n (name, language, status, category, quality, components)
        on conflict do nothing
        "#,
        channel_id.0,
        organization_id.0,
        &text(|one| &one.name),
        &text(|one| &one.language),
        &text(|one| &one.status),
        &categories as &[Option<String>],
        &qualities as &[Option<String>],
        &components,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes over what changed of a template; one that is not known is kept without its text until templates are listed again.
///
/// # Errors
/// Those of the database.
pub async fn apply(
    connection: &mut PgConnection,
    organization_id: OrganizationId,
    channel_id: ChannelId,
    news: &TemplateNews,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into templates as t (channel_id, organization_id, name, language, status, category, quality, reason)
        values ($1, $2, $3, $4, coalesce($5::text, 'UNKNOWN'), $6::text, $7::text, $8::text)
        on conflict (channel_id, name, language) do update set
            status = coalesce($5::text, t.status), category = coalesce($6::text, t.category),
            quality = coalesce($7::text, t.quality), updated_at = now(),
            reason = case when $5::text is null then t.reason else $8::text end
        "#,
        channel_id.0,
        organization_id.0,
        clean(&news.name),
        clean(&news.language),
        news.status,
        news.category,
        news.quality,
        news.reason
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn clean(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}
