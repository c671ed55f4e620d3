//! Teams: groups of operators that chats are given to.

pub mod store;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Error, Result};
use crate::id::{TeamId, UserId};
use crate::operator::user::Check;
use crate::time::Millis;

/// Members of one team.
const MEMBERS: usize = 1_000;

/// A team as clients see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Team {
    pub id: TeamId,
    pub name: String,
    /// Active members of the organization, by id; who was shut out is back when let in again.
    pub user_ids: Vec<UserId>,
    #[schema(value_type = DateTime<Utc>)]
    pub created_at: Millis,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewTeam {
    /// 1 to 200 characters.
    pub name: String,
    /// Up to 1,000 active members of the organization.
    #[serde(default)]
    #[schema(value_type = Vec<UserId>)]
    pub user_ids: Vec<String>,
}

/// What to change; a field that is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TeamChange {
    pub name: Option<String>,
    /// All of them.
    #[schema(value_type = Option<Vec<UserId>>)]
    pub user_ids: Option<Vec<String>>,
}

/// Trims, and takes 1 to 200 characters.
///
/// # Errors
/// [`Error::Invalid`].
pub fn checked_name(mut name: String) -> Result<String> {
    let mut check = Check::default();
    check.name("name", &mut name);
    check.finish()?;
    Ok(name)
}

/// Each member once.
///
/// # Errors
/// [`Error::Invalid`] for too many, [`Error::NotFound`] for what is no id.
pub fn checked_members(ids: &[String]) -> Result<Vec<UserId>> {
    if ids.len() > MEMBERS {
        return Err(Error::invalid("userIds", "must name at most 1,000 users"));
    }
    let ids: std::result::Result<Vec<UserId>, _> = ids.iter().map(|id| id.parse()).collect();
    let mut ids = ids.map_err(|_| Error::NotFound("user"))?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}
