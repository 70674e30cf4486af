//! What a shipment that is there means for its order.

use super::super::{FlowError, step_order};
use super::{deleted, withdraw_all};
use crate::domain::answer::Found;
use crate::domain::event::Event;
use crate::domain::ids::Generation;
use crate::domain::order::{Cause, Order, OrderEvent, OrderState, Shipped};
use crate::domain::plan::{Arrival, Stage};
use crate::domain::rules::Rules;
use crate::domain::time::Now;
use crate::store::{Changes, View};

pub(super) fn apply(
    view: &View<'_>,
    order: &mut Order,
    found: &Found,
    now: Now,
    rules: &Rules,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    order.standing.absent_since = None;
    if found.arrival() == Arrival::Cancelled {
        return deleted(view, order, "was cancelled in Stream by somebody", now, rules, changes);
    }
    plan(order, found, rules, now, changes);
    tracking(order, found, changes);
    order.standing.status.clone_from(&found.status);
    match found.arrival() {
        Arrival::Part => attend(order, "was delivered in part", now, changes)?,
        Arrival::Failed => attend(order, "could not be delivered, or came back", now, changes)?,
        Arrival::Open | Arrival::Whole | Arrival::Cancelled => {
            came(order, found.stage(), now, changes)?;
        }
    }
    Ok(())
}

/// The shipment we know of is over and the order was sent anew since: our records were older than that.
pub(super) fn moved(
    view: &View<'_>,
    order: &mut Order,
    (generation, found): (Generation, &Found),
    now: Now,
    rules: &Rules,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    let Some(tracking) = found.tracking.clone() else {
        // Read again when Stream has given it one.
        order.standing.absent_since = None;
        return Ok(());
    };
    let why = "its shipment was taken back, and it was sent anew";
    withdraw_all(view, order.id, why, now, rules, changes)?;
    order.lose_shipment();
    order.generation = generation;
    let text = format!("it was taken back and sent anew: Stream has it as {}", order.stream_no());
    changes.happened(order, Event::InStream(text));
    order.shipped = Some(Shipped {
        generation,
        consignment: found.consignment.clone(),
        tracking,
        tracking_url: found.tracking_url.clone(),
        at: now.wall,
        adopted: true,
    });
    apply(view, order, found, now, rules, changes)
}

/// Takes over run, day and place, and says what changed.
fn plan(order: &mut Order, found: &Found, rules: &Rules, now: Now, changes: &mut Changes) {
    if order.standing.plan == found.plan {
        return;
    }
    match (&order.standing.plan, &found.plan) {
        (Some(old), None) => changes.happened(order, Event::Unplanned(format!("it was on {old}"))),
        (old, Some(new)) => {
            if old.as_ref().is_none_or(|old| old.to_string() != new.to_string()) {
                changes.happened(order, Event::Planned(new.to_string()));
            }
            let warning = new.warning(rules.sequence);
            let before = old.as_ref().and_then(|old| old.warning(rules.sequence));
            if let Some(warning) = warning.filter(|warning| before.as_ref() != Some(warning)) {
                changes.happened(order, Event::Warned(warning));
            }
        }
        (None, None) => {}
    }
    order.standing.plan.clone_from(&found.plan);
    if found.plan.is_some() {
        order.standing.planned_at.get_or_insert(now.wall);
    }
}

/// As far as seen it never changes; if it does, Linnworks shows the one that holds.
fn tracking(order: &mut Order, found: &Found, changes: &mut Changes) {
    let (Some(shipped), Some(number)) = (&mut order.shipped, &found.tracking) else { return };
    if shipped.tracking == *number {
        return;
    }
    let text = format!("the tracking number is now {number}, it was {}", shipped.tracking);
    shipped.tracking.clone_from(number);
    shipped.tracking_url.clone_from(&found.tracking_url);
    changes.happened(order, Event::InStream(text));
}

fn came(order: &mut Order, stage: Stage, now: Now, changes: &mut Changes) -> Result<(), FlowError> {
    match &order.state {
        OrderState::Attention(Cause::Gone | Cause::Create | Cause::Deleted, _) => return Ok(()),
        // Its cause is in Linnworks and lasts while it is delivered.
        OrderState::Attention(Cause::Processing, _) if stage == Stage::Delivered => return Ok(()),
        state if state.stage() == Some(stage) => return Ok(()),
        _ => {}
    }
    step_order(order, &OrderEvent::Came(stage), now)?;
    let run = order.standing.plan.as_ref().map(ToString::to_string).unwrap_or_default();
    match stage {
        Stage::Sent | Stage::Planned => {}
        Stage::Dispatched => {
            order.standing.dispatched_at.get_or_insert(now.wall);
            changes.happened(order, Event::Dispatched(run));
        }
        Stage::Delivered => {
            order.standing.delivered_at.get_or_insert(now.wall);
            changes.happened(order, Event::Delivered);
        }
    }
    Ok(())
}

fn attend(order: &mut Order, what: &str, now: Now, changes: &mut Changes) -> Result<(), FlowError> {
    let text = format!(
        "Stream says that the order {what}: see there what the customer has. It is not processed in Linnworks"
    );
    match &order.state {
        OrderState::Attention(Cause::Gone | Cause::Create | Cause::Deleted, _) => return Ok(()),
        OrderState::Attention(Cause::Delivery, before) if *before == text => return Ok(()),
        _ => {}
    }
    changes.happened(order, Event::Attention(text.clone()));
    step_order(order, &OrderEvent::Attend(Cause::Delivery, text), now)
}
