//! Writes notifications and everything derived from them: hash and state indexes, counts.

use super::apply::Writer;
use super::error::StoreError;
use super::records::encode;
use super::records::webhook::WebhookRec;
use super::tables as t;
use crate::domain::ids::WebhookId;
use crate::domain::webhook::Webhook;

impl Writer<'_> {
    pub(super) fn put_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError> {
        let id = webhook.id;
        let key = t::webhook_key(id);
        let old = self.view.webhook(id)?;
        match &old {
            Some(old) if old.hash != webhook.hash => {
                return Err(StoreError::Invariant(format!(
                    "{id} would become another notification"
                )));
            }
            Some(_) => {}
            None => self.put(t::HASHES, &webhook.hash, &key)?,
        }
        let before = old.as_ref().map(|old| old.state);
        if before != Some(webhook.state) {
            if let Some(before) = before {
                self.remove(t::WEBHOOK_STATES, &t::webhook_state_key(before, id))?;
            }
            self.put(t::WEBHOOK_STATES, &t::webhook_state_key(webhook.state, id), &[])?;
        }
        let after = Some(t::webhook_count_key(webhook.state));
        self.recount(before.map(t::webhook_count_key), after)?;
        let value = encode(&WebhookRec::of(webhook))?;
        self.put(t::WEBHOOKS, &key, &value)
    }

    pub(super) fn forget_webhook(&mut self, id: WebhookId) -> Result<(), StoreError> {
        let Some(old) = self.view.webhook(id)? else { return Ok(()) };
        let key = t::webhook_key(id);
        self.remove(t::WEBHOOKS, &key)?;
        self.remove(t::BODIES, &key)?;
        self.remove(t::HASHES, &old.hash)?;
        self.remove(t::WEBHOOK_STATES, &t::webhook_state_key(old.state, id))?;
        for reference in &old.hint.references {
            self.remove(t::MENTIONS, &t::mention_key(reference, id))?;
        }
        self.recount(Some(t::webhook_count_key(old.state)), None)
    }
}
