//! Looks again at those who hold connections open: whose token has ended, and who may no longer enter.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::gate::Gate;
use super::{Caller, Who};

/// What became of a caller that was proven before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Stays,
    /// With more rights than before; the token ends when it did.
    Changed(Arc<Caller>),
    /// Expired, removed, logged out, deleted or demoted.
    Goes,
}

impl Gate {
    /// How callers stand now, in their order, with one round of questions to the store for all. Where that cannot be
    /// asked, only those whose token has ended go; the next look is soon.
    pub async fn review(&self, callers: &[Arc<Caller>]) -> Vec<Standing> {
        let now = self.now();
        let mut standing: Vec<Standing> = callers
            .iter()
            .map(|caller| if caller.expires_at.is_some_and(|at| at <= now) { Standing::Goes } else { Standing::Stays })
            .collect();
        // one question for all connections of a session or key
        let mut questions: Vec<Caller> = Vec::new();
        let mut places: HashMap<_, usize> = HashMap::new();
        for (caller, _) in callers.iter().zip(&standing).filter(|(_, standing)| **standing == Standing::Stays) {
            places.entry(key(caller)).or_insert_with(|| {
                questions.push(Caller { expires_at: None, ..Caller::clone(caller) });
                questions.len() - 1
            });
        }
        if questions.is_empty() {
            return standing;
        }
        let answers = match self.recheck(&questions).await {
            Ok(answers) => answers,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "connections cannot be checked");
                return standing;
            }
        };
        for (caller, standing) in
            callers.iter().zip(&mut standing).filter(|(_, standing)| **standing == Standing::Stays)
        {
            let answer = places.get(&key(caller)).and_then(|place| answers.get(*place)?.as_ref());
            match answer.filter(|now| now.role() >= caller.role()) {
                Some(now) if now.who == caller.who => {}
                Some(now) => {
                    let now = Caller { expires_at: caller.expires_at, ..now.clone() };
                    *standing = Standing::Changed(Arc::new(now));
                }
                None => *standing = Standing::Goes,
            }
        }
        standing
    }
}

/// Callers that stand and fall together, apart from the end of their tokens.
fn key(caller: &Caller) -> (Uuid, Uuid, Option<Uuid>) {
    let organization_id = caller.organization_id.0;
    match caller.who {
        Who::User { id, session_id, .. } => (organization_id, id.0, session_id.map(|id| id.0)),
        Who::ApiKey { id, .. } => (organization_id, id.0, None),
        Who::Guest { contact_id, chat_id } => (organization_id, contact_id.0, Some(chat_id.0)),
    }
}
