//! Orders that Stream has, those that are over, and those that need a person.

use super::{Answer, Site, live, out_of_reach, parked};
use crate::domain::job::{Job, JobKind, Task, Then};
use crate::domain::order::{CancelledBy, Cause, Order, OrderState};
use crate::domain::time::Timestamp;

/// What is still to be written to Linnworks for an order that was sent.
const OWED: [(JobKind, &str); 3] = [
    (JobKind::Tracking, "its tracking number"),
    (JobKind::Identifiers, "its identifiers"),
    (JobKind::Note, "a note"),
];

pub(super) fn sent(order: &Order, jobs: &[Job], site: &Site) -> Answer {
    if let Some(answer) = amended(order, jobs, site) {
        return answer;
    }
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
                "Order {number} is in Stream{place}{}; none of that is written to Linnworks because dispatch \
                 synchronisation is off.",
                standing(order, site)
            ),
            "Nothing, if that is meant. Otherwise set sync.dispatch = true in the configuration and reload linnstream \
             (systemctl reload linnstream).",
        );
    }
    came(order, jobs, site)
}

/// A change or a cancellation that is under way, or that came too late.
fn amended(order: &Order, jobs: &[Job], site: &Site) -> Option<Answer> {
    let number = order.number;
    let job = live(jobs, JobKind::Cancel).or_else(|| live(jobs, JobKind::Change));
    if let Some(job) = job {
        let what = match job.task {
            Task::Cancel { then: Then::Renew, .. } => {
                "changed after it was sent: it is taken back in Stream and sent again as it is now"
            }
            Task::Cancel { then: Then::Close(_), .. } => "is being cancelled in Stream",
            _ => "changed after it was sent: its header is being changed in Stream",
        };
        let text = format!("Order {number} {what}");
        if let Some((id, reason)) = parked(job) {
            let next = format!("Put that right and run: linnstream retry {id}.");
            return Some(Answer::new(format!("{text}, but that stopped: {reason}."), next));
        }
        if let Some(reach) = out_of_reach("Stream", site.stream, site) {
            return Some(Answer::new(
                format!("{text}; {}.", reach.text),
                format!("{}.", reach.next),
            ));
        }
        let due = job.state.due().filter(|due| *due > site.now.mono);
        return Some(match (due, &job.last_error) {
            (Some(due), Some(why)) => Answer::new(
                format!("{text}; the last attempt failed ({why})."),
                format!("Nothing: it is tried again at {}.", site.moment(due)),
            ),
            _ => Answer::new(format!("{text}."), "Nothing: it is done within a minute or two."),
        });
    }
    order.unfollowed?;
    Some(Answer::new(
        format!(
            "Order {number} changed in Linnworks after it was sent, and that is not in Stream{}; a note on the order \
             says why.",
            standing(order, site)
        ),
        "Tell the planner what changed. Taken off its run in Stream, the order is brought in line by itself.",
    ))
}

/// How far it has come, and what is not shown of it.
fn came(order: &Order, jobs: &[Job], site: &Site) -> Answer {
    let number = order.number;
    let text = format!("Order {number} is in Stream{}{}", place(order), standing(order, site));
    if let Some(job) = live(jobs, JobKind::Process) {
        let later = job.last_error.as_ref().map(|why| format!(" The last attempt failed ({why})."));
        return Answer::new(
            format!("{text} and is being processed in Linnworks.{}", later.unwrap_or_default()),
            "Nothing: it is done within a minute or two, unless Linnworks is slow.",
        );
    }
    let Some(plan) = &order.standing.plan else {
        return Answer::new(
            format!("{text}; it is on no run yet."),
            format!(
                "Nothing here: the planner puts it on a run in Stream. {}",
                next_read(order, site)
            )
            .trim_end(),
        );
    };
    if let Some(warning) = plan.warning(site.sequence) {
        return Answer::new(
            format!("{text}, but {warning}."),
            format!(
                "Name the run like RUN 01 in Stream; the orders follow. {}",
                next_read(order, site)
            ),
        );
    }
    if plan.sequence.is_none() && site.sequence {
        return Answer::new(
            format!("{text}; Stream shows no place on the run yet."),
            format!(
                "Nothing here: the planner orders the stops in Stream. {}",
                next_read(order, site)
            ),
        );
    }
    if !site.sequence {
        let next =
            "Nothing. To show places, set identifiers.sequence = true and reload linnstream.";
        return Answer::new(format!("{text}; places on the run are not shown, by setting."), next);
    }
    Answer::new(format!("{text}."), format!("Nothing. {}", next_read(order, site)).trim_end())
}

/// `, on RUN 03, Thu 2026-11-26, place 7, dispatched`.
fn standing(order: &Order, site: &Site) -> String {
    let at =
        |at: Option<Timestamp>| at.map_or(String::new(), |at| format!(" since {}", site.at(at)));
    let plan = order.standing.plan.as_ref().map_or(String::new(), |plan| format!(", on {plan}"));
    match &order.state {
        OrderState::Dispatched => format!("{plan}, dispatched{}", at(order.standing.dispatched_at)),
        OrderState::Delivered => format!("{plan}, delivered{}", at(order.standing.delivered_at)),
        _ => plan,
    }
}

fn next_read(order: &Order, site: &Site) -> String {
    let read =
        order.standing.read_at.map(|at| format!("It was last read in Stream at {}", site.at(at)));
    let Some(next) = order.next_read else { return read.map_or(String::new(), |read| read + ".") };
    let due = site.moment(next.due.max(site.now.mono));
    let read =
        read.map_or("It is read in Stream".to_owned(), |read| format!("{read} and is read again"));
    format!(
        "{read} at {due} or as soon as Stream tells of a change; at once: linnstream refresh {}.",
        order.number
    )
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

pub(super) fn cancelled(order: &Order, by: CancelledBy, site: &Site) -> Answer {
    let number = order.number;
    match by {
        CancelledBy::Linnworks => Answer::new(
            format!(
                "Order {number} was cancelled, merged or split in Linnworks, and Stream does not have it."
            ),
            format!("Nothing. If it is open again in Linnworks, it is taken at {}.", site.poll()),
        ),
        CancelledBy::Person => Answer::new(
            format!("Order {number} was cancelled in Stream because somebody asked for it."),
            format!(
                "Nothing. If it is to be delivered after all, run: linnstream resend {number}."
            ),
        ),
    }
}

pub(super) fn attention(order: &Order, cause: Cause, reason: &str, jobs: &[Job]) -> Answer {
    let number = order.number;
    let text = format!("Order {number} needs a person: {}.", reason.trim_end_matches('.'));
    let next = match cause {
        Cause::Create if live(jobs, JobKind::Create).and_then(parked).is_some() => format!(
            "Put that right in Stream, then run: linnstream resend {number}. Stream is asked first: what is there as it \
             should be is taken over, and only what is not there is sent."
        ),
        Cause::Create => "Compare what Linnworks and Stream show for this order.".to_owned(),
        Cause::Deleted => format!(
            "If it is to be delivered, run: linnstream resend {number}; otherwise cancel the order in Linnworks."
        ),
        Cause::Delivery => format!(
            "See in Stream what the customer has. Planned again there, the order goes on by itself; to be looked at at \
             once: linnstream refresh {number}."
        ),
        Cause::Gone => format!(
            "While it is not on the road, run: linnstream cancel {number}. Otherwise tell the planner; the order stays \
             in this list until Stream cancels it."
        ),
        Cause::Processing => match live(jobs, JobKind::Process) {
            Some(job) => format!(
                "Put right in Linnworks what it says, then run: linnstream retry {}; or process the order by hand.",
                job.id
            ),
            None => "Process the order in Linnworks by hand.".to_owned(),
        },
    };
    Answer::new(text, next)
}
