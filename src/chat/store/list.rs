//! SQL of the list of chats, in two steps: the newest are gone through, of a label, a person's own, a state or what is unread only
//! those, and only where too few of them fit is everything that fits gathered by what narrows the list. So a page costs about the
//! same among a thousand chats and among a million.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use super::read::list_by_ids;
use crate::chat::{ChatStatus, Row};
use crate::id::OrganizationId;

/// What a list of chats is narrowed by; `None` does not narrow.
#[derive(Debug, Default)]
pub struct Filter {
    pub status: Option<Vec<String>>,
    pub providers: Option<Vec<String>>,
    pub channel_id: Option<Uuid>,
    pub assigned_user_id: Option<Uuid>,
    pub unassigned: bool,
    pub team_id: Option<Uuid>,
    /// A person's: this contact's, and of those merged into it.
    pub contact_id: Option<Uuid>,
    pub label: Option<String>,
    pub unread: bool,
    /// A part of the title, or of the contact's name, username or phone.
    pub text: Option<String>,
    /// Oldest activity first.
    pub ascending: bool,
    /// Where the page before ended: activity and id of its last chat.
    pub after: Option<(DateTime<Utc>, Uuid)>,
}

/// How the gathering transaction begins: its statements are planned for what they are asked, since what narrows a list to a few
/// chats is another index each time.
const BEGIN: &str = "begin read only; set local plan_cache_mode = force_custom_plan";

/// A page of the organization's chats by newest (or oldest) activity.
///
/// # Errors
/// Those of the database.
pub async fn list(
    pool: &PgPool,
    organization_id: OrganizationId,
    filter: &Filter,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    let pattern = filter.text.as_deref().map(crate::database::containing);
    let mut ids = Vec::new();
    // a person has few chats, which are seldom among the newest
    if filter.contact_id.is_none() {
        ids = walk(pool, organization_id, filter, pattern.as_deref(), limit).await?;
    }
    let is_full = i64::try_from(ids.len()).is_ok_and(|found| found >= limit);
    if !is_full && filter.narrows() {
        ids = gather(pool, organization_id, filter, pattern.as_deref(), limit).await?;
    }
    let mut rows: HashMap<Uuid, Row> = list_by_ids(pool, &ids).await?.into_iter().map(|row| (row.id, row)).collect();
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}

/// What goes through chats in order and leaves others out by itself: each is an index.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Label,
    Unread,
    /// Of one operator, in some states.
    Assignee,
    States,
}

impl Filter {
    fn source(&self) -> Source {
        match self {
            Self { label: Some(_), .. } => Source::Label,
            Self { unread: true, .. } => Source::Unread,
            Self { assigned_user_id: Some(_), .. } => Source::Assignee,
            _ => Source::States,
        }
    }

    /// Whether it leaves chats out that its source does not leave out by itself.
    fn narrows(&self) -> bool {
        let source = self.source();
        (self.status.is_some() && matches!(source, Source::Label | Source::Unread))
            || (self.assigned_user_id.is_some() && source != Source::Assignee)
            || (self.unread && source != Source::Unread)
            || self.providers.is_some()
            || self.channel_id.is_some()
            || self.unassigned
            || self.team_id.is_some()
            || self.contact_id.is_some()
            || self.text.is_some()
    }
}

/// Those that fit among the next thousand of the source. What is looked up of each is looked up one by one, whatever the planner
/// thinks of a limit that it does not know: it ends as soon as the page is full.
async fn walk(
    pool: &PgPool,
    organization_id: OrganizationId,
    filter: &Filter,
    pattern: Option<&str>,
    limit: i64,
) -> sqlx::Result<Vec<Uuid>> {
    let (after_at, after_id) = filter.after.unzip();
    let every = || ChatStatus::ALL.map(|status| status.as_str().to_owned()).to_vec();
    let states = filter.status.clone().unwrap_or_else(every);
    // neither an order, nor where an index is entered, nor which one it is can be chosen by a parameter
    macro_rules! walk {
        ($order:literal, $($source:literal)+) => {
            sqlx::query_scalar!(
                r#"select w.chat_id as "chat_id!" from (select * from ("#
                    $(+ $source)+
                    + ") s order by "
                    + $order
                    + r#" limit 1000) w cross join lateral (
                    select channel_id, contact_id, team_id, title, labels from chats where id = w.chat_id offset 0
                ) c
                where w.status = any($2) and ($5::uuid is null or w.assigned_user_id = $5)
                    and (not $6 or w.assigned_user_id is null) and (not $7 or w.incoming_count > w.read_count)
                    and ($3::text[] is null or c.channel_id in (
                        select id from channels where organization_id = $1 and provider = any($3)
                    ))
                    and ($4::uuid is null or c.channel_id = $4) and ($8::uuid is null or c.team_id = $8)
                    and ($9::text is null or (
                        select concat_ws(E'\n', c.title, ct.name, ct.username, ct.phone, root.name, root.username, root.phone)
                        from contacts ct left join contacts root on root.id = ct.merged_into where ct.id = c.contact_id
                    ) ilike $9)
                    and ($13::text is null or $13 = any(c.labels))
                order by "#
                    + $order
                    + " limit $12",
                organization_id.0,
                &states,
                filter.providers.as_deref() as Option<&[String]>,
                filter.channel_id,
                filter.assigned_user_id,
                filter.unassigned,
                filter.unread,
                filter.team_id,
                pattern,
                after_at,
                after_id,
                limit,
                filter.label
            )
            .fetch_all(pool)
            .await
        };
    }
    macro_rules! of_each_state {
        ($order:literal, $after:literal, $of:literal) => {
            walk!(
                $order,
                "(select a.* from chat_activity a where a.status = 'open' and 'open' = any($2) and " $of $after
                " order by " $order " limit 1000) union all
                (select a.* from chat_activity a where a.status = 'pending' and 'pending' = any($2) and " $of $after
                " order by " $order " limit 1000) union all
                (select a.* from chat_activity a where a.status = 'snoozed' and 'snoozed' = any($2) and " $of $after
                " order by " $order " limit 1000) union all
                (select a.* from chat_activity a where a.status = 'resolved' and 'resolved' = any($2) and " $of $after
                " order by " $order " limit 1000)"
            )
        };
    }
    macro_rules! of_the_source {
        ($order:literal, $after:literal) => {
            match filter.source() {
                Source::Label => walk!(
                    $order,
                    "select a.chat_id, a.active_at, s.status, s.assigned_user_id, s.incoming_count, s.read_count from chat_labels a
                     cross join lateral (select * from chat_activity where chat_id = a.chat_id offset 0) s
                     where a.organization_id = $1 and a.label = $13 and " $after
                ),
                Source::Unread => walk!(
                    $order,
                    "select a.* from chat_activity a where a.organization_id = $1 and a.incoming_count > a.read_count and " $after
                ),
                Source::Assignee => {
                    of_each_state!($order, $after, "a.organization_id = $1 and a.assigned_user_id = $5 and ")
                }
                Source::States => of_each_state!($order, $after, "a.organization_id = $1 and "),
            }
        };
    }
    if filter.ascending {
        of_the_source!(
            "active_at, chat_id",
            "(a.active_at, a.chat_id) > (coalesce($10::timestamptz, '-infinity'), coalesce($11, '00000000-0000-0000-0000-000000000000'::uuid))"
        )
    } else {
        of_the_source!(
            "active_at desc, chat_id desc",
            "(a.active_at, a.chat_id) < (coalesce($10::timestamptz, 'infinity'), coalesce($11, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))"
        )
    }
}

/// Those that fit among all: found by what narrows the list, and then sorted.
async fn gather(
    pool: &PgPool,
    organization_id: OrganizationId,
    filter: &Filter,
    pattern: Option<&str>,
    limit: i64,
) -> sqlx::Result<Vec<Uuid>> {
    let (after_at, after_id) = filter.after.unzip();
    macro_rules! gather {
        ($named:literal, $is_named:literal $(, $pattern:expr)?) => {
            sqlx::query_scalar!(
                $named
                    + r#" hits as materialized (
                    select a.chat_id, a.active_at from chat_activity a join chats c on c.id = a.chat_id
                    where a.organization_id = $1 and c.organization_id = $1
                        and ($2::text[] is null or a.status = any($2))
                        and ($3::text[] is null or c.channel_id in (
                            select id from channels where organization_id = $1 and provider = any($3)
                        ))
                        and ($4::uuid is null or c.channel_id = $4) and ($5::uuid is null or a.assigned_user_id = $5)
                        and (not $6 or a.assigned_user_id is null)
                        and ($7::text is null or a.chat_id = any(array(
                            select chat_id from chat_labels where organization_id = $1 and label = $7
                        )))
                        and ($8::uuid is null or c.team_id = $8)
                        and ($9::uuid is null or c.contact_id = any(array(
                            select id from contacts where id = $9 or merged_into = $9
                        )))
                        and (not $10 or a.incoming_count > a.read_count)
                        and ($12::timestamptz is null or case
                            when $11 then (a.active_at, a.chat_id) > ($12, $13)
                            else (a.active_at, a.chat_id) < ($12, $13)
                        end)"#
                    + $is_named
                    + r#"
                )
                select chat_id from hits
                order by case when $11 then active_at end, case when $11 then chat_id end, active_at desc, chat_id desc
                limit $14"#,
                organization_id.0,
                filter.status.as_deref() as Option<&[String]>,
                filter.providers.as_deref() as Option<&[String]>,
                filter.channel_id,
                filter.assigned_user_id,
                filter.unassigned,
                filter.label,
                filter.team_id,
                filter.contact_id,
                filter.unread,
                filter.ascending,
                after_at,
                after_id,
                limit
                $(, $pattern)?
            )
        };
    }
    let mut transaction = pool.begin_with(BEGIN).await?;
    let ids = match pattern {
        None => gather!("with", "").fetch_all(&mut *transaction).await,
        Some(pattern) => {
            gather!(
                r#"with people as materialized (
                    select id from contacts
                    where organization_id = $1 and (name ilike $15 or username ilike $15 or phone ilike $15)
                ), named as materialized (
                    select id from chats where organization_id = $1 and title ilike $15
                    union
                    select c.id from people p join chats c on c.contact_id = p.id
                    union
                    select c.id from people p join contacts ct on ct.merged_into = p.id join chats c on c.contact_id = ct.id
                ),"#,
                " and c.id in (select id from named)",
                pattern
            )
            .fetch_all(&mut *transaction)
            .await
        }
    };
    transaction.commit().await?;
    ids
}
