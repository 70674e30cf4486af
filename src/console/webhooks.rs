//! Notifications as they are shown, and the addresses they come to.

use tui::protocol::views::{EndpointsView, WebhookView};
use tui::protocol::{PAGE_ROWS_MAX, Reply};

use super::answer::{Desk, failed};
use crate::domain::ids::WebhookId;
use crate::domain::webhook::Webhook;
use crate::flow::inbox;
use crate::store::{StoreError, View};

impl Desk {
    /// Answers `webhooks`.
    pub(super) fn webhooks(&self, after: Option<u64>, limit: u32) -> Reply {
        let limit = limit.min(PAGE_ROWS_MAX) as usize;
        let page = self.store.read(|view| {
            let mut rows = Vec::new();
            for id in view.webhooks(after.map(WebhookId), limit)? {
                if let Some(webhook) = view.webhook(id)? {
                    rows.push(shown(view, webhook)?);
                }
            }
            Ok(rows)
        });
        page.map_or_else(|error| failed(&error), Reply::Webhooks)
    }

    /// Answers `endpoints`.
    pub(super) fn endpoints(&self) -> Reply {
        use secrecy::ExposeSecret as _;
        let endpoints = (self.endpoints)();
        let hook = endpoints.stream_webhook.as_ref();
        Reply::Endpoints(EndpointsView {
            linnworks: endpoints
                .linnworks
                .iter()
                .map(|(key, url)| ((*key).to_owned(), url.expose_secret().to_owned()))
                .collect(),
            stream_webhook: hook.map(|url| url.expose_secret().to_owned()),
        })
    }
}

pub(super) fn shown(view: &View<'_>, webhook: Webhook) -> Result<WebhookView, StoreError> {
    let reference = match webhook.hint.references.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    };
    let order = match &reference {
        Some(reference) => inbox::named(view, reference)?,
        None => None,
    };
    let several = webhook.hint.references.len();
    let mut detail = webhook.detail;
    if several > 1 {
        let more = format!("{several} orders");
        detail = if detail.is_empty() { more } else { format!("{more}; {detail}") };
    }
    if webhook.times > 1 {
        let more = format!("came {} times", webhook.times);
        detail = if detail.is_empty() { more } else { format!("{detail}; {more}") };
    }
    Ok(WebhookView {
        id: webhook.id.to_string(),
        key: webhook.id.0,
        at: webhook.at.0,
        event: webhook.hint.event,
        event_type: webhook.hint.event_type,
        order: order.map(|number| number.0),
        order_ref: reference,
        run: Some(webhook.hint.run).filter(|run| !run.is_empty()),
        state: webhook.state.word().to_owned(),
        detail,
    })
}
