//! Orders that wait to be sent, go out, or may be in Stream.

use super::{Answer, Reach, Site, duration, out_of_reach};
use crate::domain::ids::OrderNumber;
use crate::domain::job::{Class, Doubt, Job, JobState};
use crate::domain::order::Order;
use crate::domain::rules::Mode;
use crate::domain::time::{Delay, Moment};

pub(super) fn waiting(order: &Order, create: Option<&Job>, site: &Site) -> Answer {
    let number = order.number;
    if let Some(answer) = switched_off(order, site) {
        return answer;
    }
    if let Some((by, since)) = &site.paused {
        return Answer::new(
            format!(
                "Order {number} is ready, but sending was paused by {by} at {}.",
                site.at(*since)
            ),
            "Run: linnstream resume.",
        );
    }
    let Some(create) = create else {
        return Answer::new(
            format!("Order {number} is ready to be sent."),
            format!("Nothing: it is taken up at {}.", site.poll()),
        );
    };
    if let Some(reach) = barred(create, site) {
        return Answer::new(
            format!("Order {number} waits to be sent: {}.", reach.text),
            format!("{}.", reach.next),
        );
    }
    if let Some(answer) = put_off(number, create, site) {
        return answer;
    }
    queued(number, create, site)
}

/// Nothing is sent at all.
fn switched_off(order: &Order, site: &Site) -> Option<Answer> {
    let number = order.number;
    let on = "Set sync.orders = \"on\" in the configuration and reload linnstream (systemctl reload linnstream).";
    match site.mode {
        Mode::On => None,
        Mode::DryRun => {
            let place = match (&order.depot, &order.method) {
                (Some(depot), Some(method)) => format!(" to {depot} › {method}"),
                _ => String::new(),
            };
            let text = format!("Order {number} would be sent{place}, but this is a dry run.");
            Some(Answer::new(text, on))
        }
        Mode::Off => Some(Answer::new(
            format!("Order {number} was ready when order synchronisation was switched off."),
            on,
        )),
    }
}

/// The system whose turn it is cannot be called.
fn barred(create: &Job, site: &Site) -> Option<Answer> {
    match create.class() {
        Class::Read => out_of_reach("Linnworks", site.linnworks, site)
            .or_else(|| out_of_reach("Stream", site.stream, site)),
        Class::Create
        | Class::Look
        | Class::Tracking
        | Class::Identifiers
        | Class::Note
        | Class::Process
        | Class::Amend => out_of_reach("Stream", site.stream, site),
    }
}

fn put_off(number: OrderNumber, create: &Job, site: &Site) -> Option<Answer> {
    let due = create.state.due().filter(|due| *due > site.now.mono)?;
    let why = create.last_error.as_deref().unwrap_or("another change of the order is under way");
    Some(Answer::new(
        format!("Order {number} waits to be sent: the last attempt was put off ({why})."),
        format!(
            "Nothing: it is tried again at {}. To try at once, run: linnstream retry {}.",
            site.moment(due),
            create.id
        ),
    ))
}

fn queued(number: OrderNumber, create: &Job, site: &Site) -> Answer {
    let again = match create.state {
        JobState::Waiting { resend: true, .. } | JobState::Reserved { resend: true, .. } => {
            " again, because a first attempt brought no answer and Stream does not have it"
        }
        JobState::Waiting { .. }
        | JobState::Reserved { .. }
        | JobState::Sending { .. }
        | JobState::Unsure { .. }
        | JobState::Done { .. }
        | JobState::Parked { .. } => "",
    };
    let place = match site.ahead {
        0 => "it is next".to_owned(),
        1 => "one order is ahead of it".to_owned(),
        ahead => format!("{ahead} orders are ahead of it"),
    };
    let minutes = site.ahead as u64 / u64::from(site.pace.max(1)) + 1;
    Answer::new(
        format!("Order {number} waits to be sent{again}: {place}."),
        format!("Nothing: it goes out within about {}.", duration(Delay::mins(minutes))),
    )
}

pub(super) fn sending(order: &Order, create: Option<&Job>, site: &Site) -> Answer {
    let lease = create.and_then(|job| job.state.lease()).unwrap_or(site.now.mono);
    Answer::new(
        format!("Order {} is being sent to Stream at this moment.", order.number),
        format!("Nothing: what became of it is known by {} at the latest.", site.moment(lease)),
    )
}

pub(super) fn unsure(order: &Order, create: Option<&Job>, site: &Site) -> Answer {
    let number = order.number;
    let Some((doubt, due)) = create.and_then(doubt_of) else {
        return Answer::new(
            format!("Order {number} may be in Stream, and what should find out is missing."),
            "Restart linnstream (systemctl restart linnstream); if that does not help, see in Stream whether the \
             order is there.",
        );
    };
    let why = match doubt {
        Doubt::Lost => {
            "Stream gave no clear answer when it was sent, and it is looked for before anything is sent \
                        again"
        }
        Doubt::Resent => "it was sent a second time, and it is checked that Stream has it once",
        Doubt::Refused(_) => {
            "Stream rejected it, and it is checked that Stream does not have it already"
        }
        Doubt::Unrecorded => {
            "Linnworks shows it as sent and we have no record of it, so it is looked for in Stream \
                              first"
        }
        Doubt::Seen => {
            "something else stood there under its number, and it is looked at again because somebody says it \
                        was put right"
        }
        Doubt::Inherited => {
            "it is older than this installation, so it is looked for in Stream first"
        }
        Doubt::Quarantined => {
            "the database was built anew or restored after it was received, so it is looked for under all its \
             numbers first"
        }
    };
    let text = format!("Order {number} may be in Stream: {why}.");
    match out_of_reach("Stream", site.stream, site) {
        Some(reach) if !matches!(site.stream, Reach::Up) => Answer::new(
            text.trim_end_matches('.').to_owned() + "; " + &reach.text + ".",
            reach.next + ".",
        ),
        Some(_) | None => {
            let when = site.moment(due.max(site.now.mono));
            Answer::new(text, format!("Nothing: the next look is made at {when}."))
        }
    }
}

fn doubt_of(job: &Job) -> Option<(&Doubt, Moment)> {
    match &job.state {
        JobState::Unsure { doubt, due, .. } => Some((doubt, *due)),
        JobState::Waiting { .. }
        | JobState::Reserved { .. }
        | JobState::Sending { .. }
        | JobState::Done { .. }
        | JobState::Parked { .. } => None,
    }
}
