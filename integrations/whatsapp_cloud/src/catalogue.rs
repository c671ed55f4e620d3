//! The templates of a WhatsApp Business Account, page by page
//! (<https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/template-management>).

use std::time::Duration;

use contract::{Account, OpenError, Template};
use serde_json::Value;

use crate::WhatsappCloud;
use crate::graph::{Graph, id, not_opened};

const PATIENCE: Duration = Duration::from_secs(60);
const FIELDS: &str = "name,language,status,category,quality_score,components";
const PAGE: &str = "100";
/// An account holds at most 6,000 templates.
const MAX_PAGES: usize = 100;

/// # Errors
/// [`OpenError::Refused`] where the channel does not know its WABA.
pub async fn list(cloud: &WhatsappCloud, account: &Account) -> Result<Vec<Template>, OpenError> {
    let waba_id = account.credential("wabaId").ok_or_else(|| OpenError::Refused {
        message: "set credentials.wabaId, the WhatsApp Business Account's id, to list templates".into(),
    })?;
    let graph = Graph::new(cloud, account, PATIENCE).map_err(not_opened)?;
    let mut templates = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let mut query = vec![("fields", FIELDS), ("limit", PAGE)];
        query.extend(after.as_deref().map(|cursor| ("after", cursor)));
        let page = graph.get(&[waba_id, "message_templates"], &query).await.map_err(not_opened)?;
        let items = page["data"].as_array().map(Vec::as_slice).unwrap_or_default();
        templates.extend(items.iter().filter_map(read));
        // the address in `next` is never followed: it holds the token, and need not be Meta's
        let next = id(&page["paging"]["cursors"]["after"]).filter(|_| page["paging"]["next"].is_string());
        if next.is_none() || next == after || items.is_empty() {
            break;
        }
        after = next;
    }
    Ok(templates)
}

fn read(template: &Value) -> Option<Template> {
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let quality = &template["quality_score"];
    Some(Template {
        name: text(&template["name"])?,
        language: text(&template["language"])?,
        status: text(&template["status"]).unwrap_or_else(|| "UNKNOWN".to_owned()),
        category: text(&template["category"]),
        quality: text(&quality["score"]).or_else(|| text(quality)),
        components: template
            .get("components")
            .filter(|list| list.is_array())
            .cloned()
            .unwrap_or_else(|| Value::Array(Vec::new())),
    })
}
