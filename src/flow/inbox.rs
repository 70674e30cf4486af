//! Notifications: kept before they are acknowledged, then turned into reads. What they say decides
//! nothing else: the order is read from Stream.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::Digest as _;

use super::{FlowError, readable};
use crate::domain::event::Event;
use crate::domain::ids::{ConsignmentNo, OrderId, OrderNumber, RunId, StreamOrderNo, WebhookId};
use crate::domain::order::Order;
use crate::domain::rules::Rules;
use crate::domain::time::{Delay, Now};
use crate::domain::webhook::{self, Hint, Webhook, WebhookState};
use crate::store::{Change, Changes, Store, StoreError, View};

/// One action of a planner brings several notifications: those that come within this become one read.
pub const COALESCE: Delay = Delay(500);

/// Notifications looked at in one transaction.
const SORT_MAX: usize = 50;

/// Orders of one run looked through for those that left it.
const RUN_SCAN_MAX: usize = 5_000;

/// Keeps a notification. When this returns, it is on disk; only then may it be acknowledged. The same
/// bytes again are the same notification, and are looked at again all the same: what it told of may have
/// changed since it was read.
///
/// # Errors
/// [`FlowError`]; nothing was kept, and the sender must be told so.
pub fn receive(
    store: &Store,
    now: Now,
    body: Vec<u8>,
    wanted: bool,
) -> Result<WebhookId, FlowError> {
    let hash: [u8; 32] = sha2::Sha256::digest(&body).into();
    let state = if wanted { WebhookState::New } else { WebhookState::Ignored };
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let known = match view.webhook_by_hash(&hash)? {
            Some(id) => readable(view.webhook(id))?,
            None => None,
        };
        let id = match known {
            Some(mut again) => {
                again.last_at = now.wall;
                again.times = again.times.saturating_add(1);
                // One whose reads are asked for asks for them once more.
                if wanted && again.state != WebhookState::Unreadable {
                    again.state = WebhookState::New;
                }
                let id = again.id;
                changes.push(Change::PutWebhook(Box::new(again)));
                id
            }
            None => {
                let id = view.next_webhook_id(now.wall)?;
                let detail = if wanted { "" } else { "notifications are switched off" };
                changes.push(Change::PutBody(id, body.clone()));
                changes.push(Change::PutWebhook(Box::new(Webhook {
                    id,
                    at: now.wall,
                    last_at: now.wall,
                    times: 1,
                    hash,
                    hint: Hint::default(),
                    state,
                    detail: detail.to_owned(),
                    left: 0,
                })));
                id
            }
        };
        Ok::<_, FlowError>((changes, id))
    })?)
}

/// Looks at notifications nobody has looked at yet. Answers how many there were.
///
/// # Errors
/// [`FlowError`]; they are looked at again.
pub fn sort(store: &Store, now: Now, rules: Arc<Rules>) -> Result<usize, FlowError> {
    if store.read(|view| view.webhooks_in(WebhookState::New, 1))?.is_empty() {
        return Ok(0);
    }
    let ids = store.read(|view| view.webhooks_in(WebhookState::New, SORT_MAX))?;
    match sort_these(store, now, &rules, ids.clone()) {
        Err(FlowError::Store(StoreError::Damaged { .. } | StoreError::Invariant(_))) => {}
        done => return done,
    }
    // One that cannot be handled holds up no other.
    for id in &ids {
        if let Err(error) = sort_these(store, now, &rules, vec![*id]) {
            log::error!(webhook:% = id; "notification {id} cannot be handled: {error}");
            set_aside(store, now, *id)?;
        }
    }
    Ok(ids.len())
}

fn set_aside(store: &Store, now: Now, id: WebhookId) -> Result<(), FlowError> {
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        if let Some(mut webhook) = readable(view.webhook(id))? {
            webhook.state = WebhookState::Failed;
            webhook.detail = "it could not be handled: see the log".to_owned();
            changes.push(Change::PutWebhook(Box::new(webhook)));
        }
        Ok::<_, FlowError>((changes, ()))
    })?)
}

fn sort_these(
    store: &Store,
    now: Now,
    rules: &Arc<Rules>,
    ids: Vec<WebhookId>,
) -> Result<usize, FlowError> {
    let rules = Arc::clone(rules);
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let mut asked = BTreeSet::new();
        for id in &ids {
            if let Some(webhook) = view.webhook(*id)?
                && webhook.state == WebhookState::New
            {
                sort_one(view, webhook, &rules, &mut asked, &mut changes)?;
            }
        }
        for order in &asked {
            if let Some(mut order) = readable(view.order(*order))? {
                order.ask_to_read(now.mono.after(COALESCE));
                changes.put_order(order);
            }
        }
        Ok::<_, FlowError>((changes, ids.len()))
    })?)
}

fn sort_one(
    view: &View<'_>,
    mut webhook: Webhook,
    rules: &Rules,
    asked: &mut BTreeSet<OrderId>,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    let body = view.webhook_body(webhook.id)?.unwrap_or_default();
    match webhook::read(&body) {
        Err(why) => {
            changes.daemon(Event::Unreadable(format!("notification {}: {why}", webhook.id)));
            webhook.state = WebhookState::Unreadable;
            webhook.detail = why;
        }
        Ok(hint) => {
            let orders = concerned(view, &hint)?;
            webhook.hint = hint;
            file(view, &mut webhook, &orders, rules, changes)?;
            asked.extend(orders);
        }
    }
    changes.push(Change::PutWebhook(Box::new(webhook)));
    Ok(())
}

/// Says what becomes of a notification that concerns these orders.
fn file(
    view: &View<'_>,
    webhook: &mut Webhook,
    orders: &BTreeSet<OrderId>,
    rules: &Rules,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    if orders.is_empty() {
        webhook.state = WebhookState::Ignored;
        webhook.left = 0;
        webhook.detail = "it names no shipment of ours".to_owned();
        for reference in &webhook.hint.references {
            changes.push(Change::Mention(reference.clone(), webhook.id));
        }
        return Ok(());
    }
    let mut left = 0;
    for order in orders {
        if !view.hints_of(*order)?.contains(&webhook.id) {
            left += 1;
        }
        changes.push(Change::Hint(*order, webhook.id));
    }
    webhook.left = webhook.left.saturating_add(left);
    webhook.state = WebhookState::Asked;
    webhook.detail = if rules.dispatch {
        String::new()
    } else {
        "recorded only: dispatch synchronisation is off".to_owned()
    };
    Ok(())
}

/// The orders with a shipment that a notification concerns: those it names, and those we know to be on
/// the run it names, because an order that left a run is named no more.
fn concerned(view: &View<'_>, hint: &Hint) -> Result<BTreeSet<OrderId>, StoreError> {
    let mut found = BTreeSet::new();
    for reference in &hint.references {
        found.extend(resolve(view, reference)?);
    }
    if !hint.run_id.is_empty() {
        let run = RunId(hint.run_id.clone());
        for id in view.on_runs(None, None, RUN_SCAN_MAX)? {
            let order = readable(view.order(id))?;
            let on_it = |order: &Order| {
                let plan = order.standing.plan.as_ref();
                order.next_read.is_some() && plan.is_some_and(|plan| plan.run == run)
            };
            found.extend(order.filter(on_it).map(|order| order.id));
        }
    }
    Ok(found)
}

/// A reference is a consignment number, or the order number under which we sent it.
fn resolve(view: &View<'_>, reference: &str) -> Result<Option<OrderId>, StoreError> {
    let by_consignment = view.order_by_consignment(&ConsignmentNo(reference.to_owned()))?;
    let order = match by_consignment {
        Some(order) => Some(order),
        None => {
            let digits = reference.split('-').next().unwrap_or_default();
            let number = digits.parse().ok().map(OrderNumber);
            let found = match number {
                Some(number) => view.order_by_number(number)?,
                None => None,
            };
            found.filter(|order| StreamOrderNo(reference.to_owned()) == order.stream_no())
        }
    };
    Ok(order.filter(|order| order.shipped.is_some()).map(|order| order.id))
}

/// The number of the order that a reference names, for people.
///
/// # Errors
/// When the store cannot be read.
pub fn named(view: &View<'_>, reference: &str) -> Result<Option<OrderNumber>, StoreError> {
    match resolve(view, reference)? {
        Some(id) => Ok(view.order(id)?.map(|order| order.number)),
        None => Ok(None),
    }
}

/// After an order became known by its consignment: notifications that came before it was.
pub(super) fn mentioned(
    view: &View<'_>,
    order: &mut Order,
    now: Now,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    let Some(shipped) = &order.shipped else { return Ok(()) };
    let mut early: BTreeSet<WebhookId> = BTreeSet::new();
    early.extend(view.mentions(shipped.consignment.as_str())?);
    early.extend(view.mentions(order.stream_no().as_str())?);
    for id in &early {
        let Some(mut webhook) = readable(view.webhook(*id))? else { continue };
        if webhook.state == WebhookState::Ignored {
            webhook.state = WebhookState::Asked;
            webhook.left = 1;
            webhook.detail = "it came before the order was known to be in Stream".to_owned();
            changes.push(Change::Hint(order.id, *id));
            changes.push(Change::PutWebhook(Box::new(webhook)));
        }
    }
    if !early.is_empty() {
        order.ask_to_read(now.mono);
    }
    Ok(())
}

/// Looks at a notification once more, because somebody asked for it.
///
/// # Errors
/// [`FlowError`]; nothing was changed.
pub fn replay(store: &Store, now: Now, id: WebhookId) -> Result<Option<WebhookState>, FlowError> {
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let Some(mut webhook) = view.webhook(id)? else { return Ok((changes, None)) };
        let before = webhook.state;
        webhook.state = WebhookState::New;
        changes.push(Change::PutWebhook(Box::new(webhook)));
        Ok::<_, FlowError>((changes, Some(before)))
    })?)
}
