//! What the demo's operators have at hand: labels with their colors, quick replies, teams.

use crate::error::Result;
use crate::id::{LabelId, QuickReplyId, TeamId};
use crate::inbox::Inbox;
use crate::label::{Label, store as labels};
use crate::operator::Caller;
use crate::quick_reply::{QuickReply, store as quick_replies};
use crate::team::{NewTeam, Team, store as teams};
use crate::time::Millis;

use super::script::{TEAMS, Who};
use super::seed::People;

const LABELS: [(&str, &str); 12] = [
    ("app", "#7c3aed"),
    ("billing", "#0891b2"),
    ("damaged", "#dc2626"),
    ("delivery", "#2563eb"),
    ("order", "#16a34a"),
    ("pickup", "#ca8a04"),
    ("гарантия", "#db2777"),
    ("доставка", "#2563eb"),
    ("заказ", "#16a34a"),
    ("кофемашины", "#92400e"),
    ("оплата", "#0891b2"),
    ("сайт", "#7c3aed"),
];

const QUICK_REPLIES: [(&str, &str); 8] = [
    ("hello", "Hello! Thank you for writing to us. How can I help?"),
    ("hours", "We are here every day from ten to eight, Canal Street 4."),
    ("delivery", "Delivery takes two to three days; the courier calls an hour before."),
    ("sorry", "I am very sorry about that. Could you send a photo, so that we can set it right today?"),
    ("привет", "Здравствуйте! Спасибо, что написали нам. Чем могу помочь?"),
    ("часы", "Мы работаем каждый день с десяти до восьми, Садовая, 12."),
    ("доставка", "Доставка занимает два-три дня, курьер позвонит за час."),
    ("спасибо", "Спасибо, что выбрали нас! Хорошего дня 🌿"),
];

/// Makes each list that is still empty.
pub(super) async fn lay_out(inbox: &Inbox, people: &People) -> Result<()> {
    let Caller { organization_id, .. } = people.you;
    let (pool, now) = (&inbox.pool, Millis(inbox.clock.now()));
    if labels::list(pool, organization_id, None, 1).await?.is_empty() {
        for (name, color) in LABELS {
            let label = Label { id: LabelId::new(), name: name.to_owned(), color: color.to_owned(), created_at: now };
            labels::insert(pool, organization_id, &label).await?;
        }
    }
    if quick_replies::list(pool, organization_id, None, None, 1).await?.is_empty() {
        for (shortcut, content) in QUICK_REPLIES {
            let (id, created_by) = (QuickReplyId::new(), people.caller(Who::Anna).user_id());
            let (shortcut, content) = (shortcut.to_owned(), content.to_owned());
            let reply = QuickReply { id, shortcut, content, created_by, created_at: now, updated_at: now };
            quick_replies::insert(pool, organization_id, &reply).await?;
        }
    }
    if list_teams(inbox, people).await?.is_empty() {
        for (name, members) in TEAMS {
            let ids = members.iter().filter_map(|who| people.caller(*who).user_id());
            let team = NewTeam { name: name.to_owned(), user_ids: ids.map(|id| id.to_string()).collect() };
            inbox.create_team(&people.you, team).await?;
        }
    }
    Ok(())
}

/// The id of a team; `None` where it was deleted meanwhile.
pub(super) async fn find_team(inbox: &Inbox, people: &People, name: &str) -> Result<Option<TeamId>> {
    let teams = list_teams(inbox, people).await?;
    Ok(teams.into_iter().find(|team| team.name == name).map(|team| team.id))
}

async fn list_teams(inbox: &Inbox, people: &People) -> Result<Vec<Team>> {
    Ok(teams::list(&inbox.pool, people.you.organization_id, None, 100).await?)
}
