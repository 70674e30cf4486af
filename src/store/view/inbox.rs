//! Notifications.

use std::collections::BTreeMap;

use super::{HIGH, LOW, View, between};
use crate::domain::ids::{OrderId, WebhookId};
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Webhook, WebhookState};
use crate::store::error::StoreError;
use crate::store::records::webhook::WebhookRec;
use crate::store::tables as t;

impl View<'_> {
    /// A notification.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn webhook(&self, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
        let rec = self.record::<WebhookRec>(t::WEBHOOKS, &t::webhook_key(id))?;
        Ok(rec.map(|rec| rec.webhook(id)))
    }

    /// The bytes of a notification as they came.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn webhook_body(&self, id: WebhookId) -> Result<Option<Vec<u8>>, StoreError> {
        self.raw.get(t::BODIES, &t::webhook_key(id))
    }

    /// The notification with a body of this hash.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn webhook_by_hash(&self, hash: &[u8; 32]) -> Result<Option<WebhookId>, StoreError> {
        let found = self.raw.get(t::HASHES, hash)?;
        Ok(found.map(|value| WebhookId(t::tail_u64(&value))))
    }

    /// An id for a notification that came now: greater than all before. It is the time it came, where
    /// that is possible, so that notifications go by age.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn next_webhook_id(&self, now: Timestamp) -> Result<WebhookId, StoreError> {
        let last = self.raw.last(t::WEBHOOKS, (&LOW[..8], &HIGH[..8]))?;
        let next = last.map_or(1, |key| t::tail_u64(&key).saturating_add(1));
        Ok(WebhookId(next.max(u64::try_from(now.0).unwrap_or(0))))
    }

    /// Notifications by id, after `after`.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn webhooks(
        &self,
        after: Option<WebhookId>,
        limit: usize,
    ) -> Result<Vec<WebhookId>, StoreError> {
        let from = match after {
            None => 0,
            Some(WebhookId(u64::MAX)) => return Ok(Vec::new()),
            Some(WebhookId(id)) => id + 1,
        };
        let keys = self.raw.keys(t::WEBHOOKS, (&from.to_be_bytes(), &HIGH[..8]), limit)?;
        Ok(ids(&keys))
    }

    /// Notifications in a state, the oldest first.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn webhooks_in(
        &self,
        state: WebhookState,
        limit: usize,
    ) -> Result<Vec<WebhookId>, StoreError> {
        let (low, high) = between(&[t::webhook_number(state)], &LOW[..8], &HIGH[..8]);
        Ok(ids(&self.raw.keys(t::WEBHOOK_STATES, (&low, &high), limit)?))
    }

    /// Notifications that wait for a read of an order.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn hints_of(&self, order: OrderId) -> Result<Vec<WebhookId>, StoreError> {
        let (low, high) = between(&order.bytes(), &LOW[..8], &HIGH[..8]);
        Ok(ids(&self.raw.keys(t::HINTS, (&low, &high), usize::MAX)?))
    }

    /// Notifications that named this order before anybody knew it.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn mentions(&self, reference: &str) -> Result<Vec<WebhookId>, StoreError> {
        let (low, high) = between(&t::reference_key(reference), &LOW[..8], &HIGH[..8]);
        Ok(ids(&self.raw.keys(t::MENTIONS, (&low, &high), MENTIONS_MAX)?))
    }

    /// How many notifications are in each state.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn webhook_counts(&self) -> Result<BTreeMap<WebhookState, u64>, StoreError> {
        let count = |state| Ok((state, self.raw.number(t::COUNTS, &t::webhook_count_key(state))?));
        WebhookState::ALL.into_iter().map(count).collect()
    }

    /// The notification that came last.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn last_webhook(&self) -> Result<Option<Webhook>, StoreError> {
        match self.raw.last(t::WEBHOOKS, (&LOW[..8], &HIGH[..8]))? {
            Some(key) => self.webhook(WebhookId(t::tail_u64(&key))),
            None => Ok(None),
        }
    }
}

/// Notifications that named one order too early; more of them say nothing more.
const MENTIONS_MAX: usize = 100;

fn ids(keys: &[Vec<u8>]) -> Vec<WebhookId> {
    keys.iter().map(|key| WebhookId(t::tail_u64(key))).collect()
}
