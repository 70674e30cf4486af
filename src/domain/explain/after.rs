//! Orders that Stream has, those that are over, and those that need a person.

use super::{Answer, Site, live, out_of_reach, parked};
use crate::domain::job::{Job, JobKind};
use crate::domain::order::Order;

/// What is still to be written to Linnworks for an order that was sent.
const OWED: [(JobKind, &str); 3] = [
    (JobKind::Tracking, "its tracking number"),
    (JobKind::Identifiers, "its identifiers"),
    (JobKind::Note, "a note"),
];

pub(super) fn sent(order: &Order, jobs: &[Job], site: &Site) -> Answer {
    let number = order.number;
    let place = place(order);
    for (kind, what) in OWED {
        let Some(job) = live(jobs, kind) else { continue };
        if let Some((id, reason)) = parked(job) {
            return Answer::new(
                format!(
                    "Order {number} is in Stream{place}, but {what} could not be written to Linnworks: {reason}."
                ),
                format!("Put right what is said there and run: linnstream retry {id}."),
            );
        }
        return owed(order, job, what, site);
    }
    if !site.dispatch && order.shipped.is_some() {
        return Answer::new(
            format!(
                "Order {number} is in Stream{place}; its tracking number is not written to Linnworks because dispatch \
                 synchronisation is off."
            ),
            "Nothing, if that is meant. Otherwise set sync.dispatch = true in the configuration and reload linnstream \
             (systemctl reload linnstream).",
        );
    }
    Answer::new(format!("Order {number} is in Stream{place}."), "Nothing.")
}

fn owed(order: &Order, job: &Job, what: &str, site: &Site) -> Answer {
    let (number, place) = (order.number, place(order));
    if let Some(reach) = out_of_reach("Linnworks", site.linnworks, site) {
        return Answer::new(
            format!(
                "Order {number} is in Stream{place}, but {what} is not in Linnworks yet: {}.",
                reach.text
            ),
            format!("{}.", reach.next),
        );
    }
    let later = job.state.due().filter(|due| *due > site.now.mono);
    match (later, &job.last_error) {
        (Some(due), Some(why)) => Answer::new(
            format!(
                "Order {number} is in Stream{place}, but {what} is not in Linnworks yet: the last attempt failed ({why})."
            ),
            format!(
                "Nothing: it is tried again at {}. To try at once, run: linnstream retry {}.",
                site.moment(due),
                job.id
            ),
        ),
        _ => Answer::new(
            format!("Order {number} is in Stream{place}; {what} is being written to Linnworks."),
            "Nothing: it is there within a minute or two, unless Linnworks is slow.",
        ),
    }
}

fn place(order: &Order) -> String {
    match &order.shipped {
        Some(shipped) => format!(
            " as consignment {} with tracking number {}",
            shipped.consignment, shipped.tracking
        ),
        None => String::new(),
    }
}

pub(super) fn processed(order: &Order) -> Answer {
    let number = order.number;
    if order.shipped.is_some() {
        let text = format!(
            "Order {number} was sent to Stream{} and is processed in Linnworks.",
            place(order)
        );
        return Answer::new(text, "Nothing.");
    }
    Answer::new(
        format!("Order {number} was processed in Linnworks before it was sent to Stream."),
        "Nothing, if it was delivered otherwise. If Stream is to deliver it, reopen the order in Linnworks: it is \
         then taken at the next poll.",
    )
}

pub(super) fn cancelled(order: &Order, site: &Site) -> Answer {
    Answer::new(
        format!(
            "Order {} was cancelled, merged or split in Linnworks before it was sent, so nothing was sent.",
            order.number
        ),
        format!("Nothing. If it is open again in Linnworks, it is taken at {}.", site.poll()),
    )
}

pub(super) fn attention(order: &Order, reason: &str, create: Option<&Job>) -> Answer {
    let number = order.number;
    let text = format!("Order {number} needs a person: {}.", reason.trim_end_matches('.'));
    let next = if create.and_then(parked).is_some() {
        format!(
            "Put that right in Stream, then run: linnstream resend {number}. Stream is asked first: what is there as it \
             should be is taken over, and only what is not there is sent."
        )
    } else if order.shipped.is_some() {
        "Cancel the shipment in Stream unless it is to be delivered all the same. The order stays in this list as a \
         reminder."
            .to_owned()
    } else {
        "Compare what Linnworks and Stream show for this order.".to_owned()
    };
    Answer::new(text, next)
}
