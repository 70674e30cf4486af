//! Stored shape of a notification. FROZEN, see the parent module.

use serde::{Deserialize, Serialize};

use crate::domain::ids::WebhookId;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Hint, Webhook, WebhookState};

/// A notification; its id is the key.
#[derive(Serialize, Deserialize)]
pub(in crate::store) enum WebhookRec {
    V1(WebhookV1),
}

#[derive(Serialize, Deserialize)]
pub(in crate::store) struct WebhookV1 {
    at: i64,
    last_at: i64,
    times: u32,
    hash: [u8; 32],
    event: String,
    event_type: String,
    references: Vec<String>,
    run: String,
    run_id: String,
    state: StateV1,
    detail: String,
    left: u32,
}

#[derive(Serialize, Deserialize)]
enum StateV1 {
    New,
    Done,
    Ignored,
    Unreadable,
    Failed,
    Asked,
}

impl WebhookRec {
    pub(in crate::store) fn of(webhook: &Webhook) -> Self {
        let hint = webhook.hint.clone();
        Self::V1(WebhookV1 {
            at: webhook.at.0,
            last_at: webhook.last_at.0,
            times: webhook.times,
            hash: webhook.hash,
            event: hint.event,
            event_type: hint.event_type,
            references: hint.references,
            run: hint.run,
            run_id: hint.run_id,
            state: match webhook.state {
                WebhookState::New => StateV1::New,
                WebhookState::Asked => StateV1::Asked,
                WebhookState::Done => StateV1::Done,
                WebhookState::Ignored => StateV1::Ignored,
                WebhookState::Unreadable => StateV1::Unreadable,
                WebhookState::Failed => StateV1::Failed,
            },
            detail: webhook.detail.clone(),
            left: webhook.left,
        })
    }

    pub(in crate::store) fn webhook(self, id: WebhookId) -> Webhook {
        let Self::V1(v1) = self;
        Webhook {
            id,
            at: Timestamp(v1.at),
            last_at: Timestamp(v1.last_at),
            times: v1.times,
            hash: v1.hash,
            hint: Hint {
                event: v1.event,
                event_type: v1.event_type,
                references: v1.references,
                run: v1.run,
                run_id: v1.run_id,
            },
            state: match v1.state {
                StateV1::New => WebhookState::New,
                StateV1::Asked => WebhookState::Asked,
                StateV1::Done => WebhookState::Done,
                StateV1::Ignored => WebhookState::Ignored,
                StateV1::Unreadable => WebhookState::Unreadable,
                StateV1::Failed => WebhookState::Failed,
            },
            detail: v1.detail,
            left: v1.left,
        }
    }
}
