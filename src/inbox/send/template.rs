//! Sending a template: looked up among those that are known, and written out as the customer will read it.

use serde_json::{Map, Value};
use sqlx::PgConnection;

use super::{Draft, SendRequest};
use crate::chat;
use crate::error::{Error, Result};
use crate::id::ChannelId;
use crate::template::store;

/// Checks a template against what the network approved, and gives the draft its text. Where no templates of the channel are
/// known yet, the network decides.
pub(super) async fn fill(
    connection: &mut PgConnection,
    chat: &chat::Row,
    request: &SendRequest,
    draft: &mut Draft,
) -> Result<()> {
    let metadata: Map<String, Value> = serde_json::from_str(&draft.metadata).unwrap_or_default();
    let text = |field: &str| metadata.get(field).and_then(Value::as_str).unwrap_or_default();
    let (name, language) = (text("name"), text("language"));
    let channel_id = ChannelId(chat.channel_id);
    let Some(known) = store::find(&mut *connection, channel_id, name, language).await? else {
        if store::any(&mut *connection, channel_id).await? {
            let message =
                format!("This channel has no template `{name}` in `{language}`; list its templates, or sync them.");
            return Err(Error::invalid("template.name", message));
        }
        return Ok(());
    };
    if !known.can_be_sent() {
        let reason = known.reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
        let message = format!("The template `{name}` cannot be sent: it is {}{reason}.", known.status);
        return Err(Error::invalid("template.name", message));
    }
    let rendered = known.render(&metadata).map_err(|missing| Error::invalid("template.components", missing))?;
    if request.content.is_empty() && !rendered.is_empty() {
        draft.content = rendered;
    }
    Ok(())
}
