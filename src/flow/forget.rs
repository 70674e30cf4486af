//! Erases what is personal of one order that is over: numbers, states and times stay.
//!
//! What leads to a person stands in many places. They are looked for first, reading only; then everything is
//! erased in one transaction.

use std::sync::Arc;

use super::commands::Acted;
use super::{FlowError, readable};
use crate::domain::event::Event;
use crate::domain::ids::{Generation, OrderId, OrderNumber, StreamOrderNo, WebhookId};
use crate::domain::job::JobWord;
use crate::domain::order::{CancelledBy, Order, OrderState};
use crate::domain::rules::Rules;
use crate::domain::time::Now;
use crate::domain::webhook::WebhookState;
use crate::store::{Change, Changes, Store, StoreError, View};

/// Notifications, lines of the journal or manifests read at once.
const PAGE: usize = 500;

/// What is written behind: erased from the records, and how it leaves the file.
const DONE: &str = "what was personal of it is erased from the records; numbers, states and times stay. Room \
                    in the file that is free now may still hold it until: linnstream compact (with the daemon \
                    stopped). Backups and other copies made before this hold it, too";

/// Where the order stands written.
#[derive(Default)]
struct Traces {
    bodies: Vec<WebhookId>,
    lines: Vec<u64>,
    manifests: Vec<String>,
}

/// Erases what is personal of an order.
///
/// # Errors
/// [`FlowError`]; nothing was erased.
pub fn forget(
    store: &Store,
    now: Now,
    rules: Arc<Rules>,
    number: OrderNumber,
    by: String,
) -> Result<Acted, FlowError> {
    let found = store.read(|view| {
        let Some(order) = view.order_by_number(number)? else { return Ok(Err(unknown())) };
        Ok(refusal(view, &order)?.map_or(Ok(order), Err))
    })?;
    let order = match found {
        Ok(order) => order,
        Err(refused) => return Ok(refused),
    };
    let mut traces = Traces::default();
    if !notifications(store, &order, &mut traces)? {
        let text = "a notification that names it is being handled: ask again in a moment";
        return Ok(Acted::Refused(text.to_owned()));
    }
    journal(store, order.id, &mut traces)?;
    manifests(store, number, &mut traces)?;
    let id = order.id;
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let Some(order) = view.order(id)? else { return Ok((changes, unknown())) };
        if let Some(refused) = refusal(view, &order)? {
            return Ok((changes, refused));
        }
        erase(order, traces, now, &by, &rules, &mut changes);
        Ok::<_, FlowError>((changes, Acted::Done(DONE.to_owned())))
    })?)
}

fn unknown() -> Acted {
    Acted::Refused("there is no record of this order".into())
}

/// Why it stays. An order that is open in Linnworks would be read again, with everything.
fn refusal(view: &View<'_>, order: &Order) -> Result<Option<Acted>, StoreError> {
    let no = |text: &str| Some(Acted::Refused(text.to_owned()));
    match &order.state {
        OrderState::Processed | OrderState::Cancelled(CancelledBy::Linnworks) => {}
        OrderState::Cancelled(CancelledBy::Person) => {
            return Ok(no(
                "it was cancelled from here and may still be open in Linnworks, from where it would be read again: \
                 process or cancel it there, ask for: linnstream resend, and then for this again",
            ));
        }
        state => {
            let word = state.word().word();
            return Ok(no(&format!(
                "it is {word} and open in Linnworks, from where it would be read again: it can be forgotten when it \
                 is processed or cancelled there"
            )));
        }
    }
    let live = |word| match word {
        JobWord::Waiting | JobWord::Sending | JobWord::Unsure | JobWord::Parked => true,
        JobWord::Done => false,
    };
    if view.jobs_of(order.id)?.iter().any(|job| live(job.state.word())) {
        return Ok(no("something is still to be done for it; see: linnstream order"));
    }
    Ok(None)
}

fn erase(
    mut order: Order,
    traces: Traces,
    now: Now,
    by: &str,
    rules: &Rules,
    changes: &mut Changes,
) {
    let (id, number) = (order.id, order.number);
    order.reference.clear();
    order.postcode.clear();
    for note in &mut order.notes {
        note.text.clear();
    }
    if let Some(shipped) = &mut order.shipped {
        // The page shows where it went.
        shipped.tracking_url.clear();
    }
    if let Some(plan) = &mut order.standing.plan {
        plan.driver.clear();
    }
    let day = rules.shipping.zone.show(now.wall);
    changes.push(Change::EraseTimeline(id));
    changes.push(Change::EraseJournal(traces.lines));
    changes.push(Change::ForgetJobs(id));
    changes.push(Change::ForgetLabels(id));
    changes.push(Change::ForgetDemand(number));
    for body in traces.bodies {
        changes.push(Change::EraseBody(body));
    }
    for manifest in traces.manifests {
        changes.push(Change::EraseFromManifest(manifest, number));
    }
    changes.happened(&order, Event::Forgotten(format!("by {by}, {day}")));
    changes.put_order(order);
}

/// Notifications whose body names the order. Answers whether all of them were handled before.
fn notifications(store: &Store, order: &Order, traces: &mut Traces) -> Result<bool, FlowError> {
    let mut names = vec![order.number.to_string()];
    names.extend(order.shipped.as_ref().map(|shipped| shipped.consignment.to_string()));
    names.retain(|name| !name.is_empty());
    let mine = |reference: &String| {
        names.contains(reference)
            || (1..=order.generation.0).any(|generation| {
                StreamOrderNo::of(order.number, Generation(generation)).as_str() == reference
            })
    };
    let (mut after, mut handled) = (None, true);
    loop {
        let last = store.read(|view| {
            let page = view.webhooks(after, PAGE)?;
            for id in &page {
                let Some(webhook) = readable(view.webhook(*id))? else { continue };
                let Some(body) = view.webhook_body(*id)? else { continue };
                if webhook.hint.references.iter().any(mine) || contains(&body, &names) {
                    handled &= webhook.state != WebhookState::New;
                    traces.bodies.push(*id);
                }
            }
            Ok(page.last().copied().filter(|_| page.len() == PAGE))
        })?;
        match last {
            Some(last) => after = Some(last),
            None => return Ok(handled),
        }
    }
}

fn contains(body: &[u8], names: &[String]) -> bool {
    names.iter().any(|name| body.windows(name.len()).any(|part| part == name.as_bytes()))
}

fn journal(store: &Store, order: OrderId, traces: &mut Traces) -> Result<(), FlowError> {
    let mut after = 0;
    loop {
        let page = store.read(|view| view.journal(after, PAGE))?;
        let Some(last) = page.last().map(|line| line.seq) else { return Ok(()) };
        let mine =
            |line: &&crate::store::JournalEntry| line.order.is_some_and(|(id, _)| id == order);
        traces.lines.extend(page.iter().filter(mine).map(|line| line.seq));
        after = last;
    }
}

fn manifests(store: &Store, number: OrderNumber, traces: &mut Traces) -> Result<(), FlowError> {
    let mut after: Option<String> = None;
    loop {
        let page = store.read(|view| view.manifests(after.as_deref(), 20))?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.reference.clone());
        let names = |rows: &[crate::domain::demand::ManifestRow]| {
            rows.iter().any(|row| row.number == number)
        };
        let mine = page.into_iter().filter(|manifest| names(&manifest.rows));
        traces.manifests.extend(mine.map(|manifest| manifest.reference));
    }
}

#[cfg(test)]
mod tests;
