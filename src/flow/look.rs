//! Looks in Stream for creates that may have happened: before a resend, after one, after a refusal,
//! and for what was sent before we knew of it.

use std::sync::Arc;

use super::create::{retry_at, sent_as, shipped};
use super::{
    FlowError, ORDER_UNREADABLE, Settled, Taken, job_or_aside, marks, park, readable, step_job,
    step_order, still,
};
use crate::domain::answer::{Failure, Found, Look, Receipt};
use crate::domain::event::Event;
use crate::domain::ids::{Generation, StreamOrderNo};
use crate::domain::job::{Class, Doubt, Job, JobEvent, JobState, Sight, Task};
use crate::domain::order::{Cause, Contact, Order, OrderEvent, Refusal, RefusedBy};
use crate::domain::rules::Rules;
use crate::domain::shipment::{Match, Shipment};
use crate::domain::time::{Delay, Now};
use crate::store::{Changes, Store, View};

/// Wait before a look that gave no clear answer is made again; it grows with the time of doubt.
const LOOK_AGAIN: Delay = Delay::secs(5);

/// However long the doubt lasts, a look is made after this.
const LOOK_AGAIN_MAX: Delay = Delay::mins(5);

/// After so long a person is asked: Stream has the order without a tracking number, or refuses to say
/// whether it has it.
const ANSWER_WAIT_MAX: Delay = Delay::mins(60);

/// A look that is to be made.
#[derive(Clone, Debug)]
pub struct Looking {
    /// The job, unsure.
    pub taken: Taken,
    /// What Stream is asked for.
    pub order_no: StreamOrderNo,
    /// What it is compared with, when it was built.
    pub shipment: Option<Shipment>,
}

/// Takes one look that is due. Looks go on while creating is paused or off.
///
/// # Errors
/// [`FlowError`]; nothing was taken.
pub fn claim(store: &Store, now: Now, rules: Arc<Rules>) -> Result<Option<Looking>, FlowError> {
    if store.read(move |view| view.due(Class::Look, now.mono, 1))?.is_empty() {
        return Ok(None);
    }
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let mut looking = None;
        if let Some(id) = view.due(Class::Look, now.mono, 1)?.first()
            && let Some(mut job) = job_or_aside(view, *id, &mut changes)?
        {
            // Put off by the lease: nobody else takes it meanwhile, and a lost worker delays it
            // no longer than that.
            let due = now.mono.after(rules.lease);
            step_job(&mut job, &JobEvent::NotNow { due }, now, &rules.settle)?;
            changes.put_job(job.clone());
            let Task::Create { generation } = job.task else { return Ok((changes, None)) };
            let order_no = StreamOrderNo::of(job.number, generation);
            let Ok(shipment) = view.shipment(job.id) else {
                unreadable(view, job, now, &rules, &mut changes)?;
                return Ok((changes, None));
            };
            looking = Some(Looking { taken: Taken { job }, order_no, shipment });
        }
        Ok::<_, FlowError>((changes, looking))
    })?)
}

/// What was sent can no longer be read, so what is found cannot be compared with it.
fn unreadable(
    view: &View<'_>,
    job: Job,
    now: Now,
    rules: &Rules,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    let why =
        "what was sent can no longer be read from the database: compare the order with Stream";
    if let Some(mut order) = readable(view.order(job.order))? {
        step_order(&mut order, &OrderEvent::Attend(Cause::Create, why.into()), now)?;
        changes.happened(&order, Event::Attention(why.into()));
        marks::ensure(view, &mut order, rules, now, changes)?;
        changes.put_order(order);
    }
    park(job, why, now, rules, changes)
}

/// Writes what a look saw.
///
/// # Errors
/// [`FlowError`]; nothing was written, the look is made again later.
pub fn settle(
    store: &Store,
    now: Now,
    rules: Arc<Rules>,
    looking: Looking,
    outcome: Result<Look, Failure>,
) -> Result<Settled, FlowError> {
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let Some(job) = still(view, &looking.taken)? else {
            return Ok((changes, Settled::TooLate));
        };
        let Some(order) = readable(view.order(job.order))? else {
            park(job, ORDER_UNREADABLE, now, &rules, &mut changes)?;
            return Ok((changes, Settled::Yes));
        };
        let sight = sight(&job, looking.shipment.as_ref(), &outcome, now);
        let (found, unread) = match outcome {
            Ok(Look::Found(found)) => (Some(*found), Some("it has no tracking number".to_owned())),
            Ok(Look::Absent) => (None, None),
            Err(failure) => (None, Some(failure.to_string())),
        };
        apply_sight(view, job, order, &sight, found, unread, now, &rules, &mut changes)?;
        Ok::<_, FlowError>((changes, Settled::Yes))
    })?)
}

/// What a look's answer means for this job.
fn sight(
    job: &Job,
    shipment: Option<&Shipment>,
    outcome: &Result<Look, Failure>,
    now: Now,
) -> Sight {
    let inherited = matches!(job.state, JobState::Unsure { doubt: Doubt::Inherited, .. });
    let seen = matches!(job.state, JobState::Unsure { doubt: Doubt::Seen, .. });
    let cancelled = |found: &Found| found.status.eq_ignore_ascii_case("CANCELLED");
    match outcome {
        Ok(Look::Absent) => Sight::Absent,
        // What a person cancelled there is as good as gone.
        Ok(Look::Found(found)) if cancelled(found) && seen => Sight::Absent,
        Ok(Look::Found(found)) if cancelled(found) => Sight::Different(format!(
            "Stream has order {} as cancelled. Look at it there before the order is sent again",
            StreamOrderNo::of(job.number, generation_of(job))
        )),
        Ok(Look::Found(found)) => {
            let sight = match shipment {
                Some(shipment) if !inherited => compare(shipment, found),
                Some(_) | None => Sight::Same,
            };
            if sight == Sight::Same && found.tracking.is_none() {
                untracked(job, now)
            } else {
                sight
            }
        }
        Err(failure @ (Failure::Throttled { .. } | Failure::NotBefore(_))) => {
            Sight::Unclear(retry_at(failure, 0, now, 0).since(now.mono))
        }
        Err(failure @ Failure::No(_)) if doubted_for(job, now) >= ANSWER_WAIT_MAX => {
            Sight::Different(format!(
                "Stream refuses to say whether it has order {}: {failure}. Look at it there; if its words mean \
                 that the order is not there, add them to stream.not_found in the configuration",
                StreamOrderNo::of(job.number, generation_of(job))
            ))
        }
        Err(
            Failure::No(_)
            | Failure::Unauthorised { .. }
            | Failure::Down { .. }
            | Failure::Unknown { .. },
        ) => Sight::Unclear(again(doubted_for(job, now))),
    }
}

/// It is there, but what the packer and the customer need is not.
fn untracked(job: &Job, now: Now) -> Sight {
    let doubted = doubted_for(job, now);
    if doubted < ANSWER_WAIT_MAX {
        return Sight::Unclear(again(doubted));
    }
    Sight::Different(format!(
        "Stream has order {} but gave it no tracking number within {} minutes. Look at it there",
        StreamOrderNo::of(job.number, generation_of(job)),
        ANSWER_WAIT_MAX.0 / 60_000
    ))
}

fn doubted_for(job: &Job, now: Now) -> Delay {
    match &job.state {
        JobState::Unsure { since, .. } => now.mono.since(*since),
        JobState::Waiting { .. }
        | JobState::Reserved { .. }
        | JobState::Sending { .. }
        | JobState::Done { .. }
        | JobState::Parked { .. } => Delay::ZERO,
    }
}

/// The longer it is in doubt, the less a further moment matters.
fn again(doubted: Delay) -> Delay {
    Delay(doubted.0 / 4).clamp(LOOK_AGAIN, LOOK_AGAIN_MAX)
}

fn generation_of(job: &Job) -> Generation {
    match job.task {
        Task::Create { generation }
        | Task::Tracking { generation }
        | Task::Process { generation }
        | Task::Cancel { generation, .. }
        | Task::Change { generation } => generation,
        Task::Identifiers | Task::Note { .. } => Generation::FIRST,
    }
}

fn compare(shipment: &Shipment, found: &Found) -> Sight {
    match shipment.matches(found) {
        Match::Same => Sight::Same,
        Match::Doubled => Sight::Different(format!(
            "Stream has order {} with its item lines more than once. Correct or delete it in Stream",
            shipment.order_no
        )),
        Match::Different(what) => Sight::Different(format!(
            "Stream already has an order {} with other content ({what}). Compare the two in Stream",
            shipment.order_no
        )),
    }
}

#[expect(clippy::too_many_arguments, reason = "one decision; its inputs have no other home")]
fn apply_sight(
    view: &View<'_>,
    mut job: Job,
    mut order: Order,
    sight: &Sight,
    found: Option<Found>,
    unread: Option<String>,
    now: Now,
    rules: &Rules,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    let JobState::Unsure { doubt, .. } = job.state.clone() else { return Ok(()) };
    step_job(&mut job, &JobEvent::Looked(sight.clone()), now, &rules.settle)?;
    match (&unread, sight) {
        // Looks without an answer may be many: the first says it for all that are alike.
        (Some(why), Sight::Unclear(_)) => {
            let why = format!("no clear answer from Stream, looking again: {why}");
            if job.last_error.as_ref() != Some(&why) {
                changes.happened(&order, Event::Looked(why.clone()));
            }
            job.last_error = Some(why);
        }
        (_, sight) => changes.happened(&order, Event::Looked(sight_text(sight).to_owned())),
    }
    if *sight == Sight::Absent && order.contact == Contact::None {
        order.contact = Contact::Known;
    }
    match (&job.state, found) {
        (JobState::Done { .. }, _) if doubt == Doubt::Seen && *sight == Sight::Absent => {
            return next_generation(view, job, order, now, changes);
        }
        (JobState::Done { .. }, Some(found)) => {
            if let Some(receipt) = receipt(found) {
                let adopted = doubt != Doubt::Resent;
                // What a predecessor sent is not ours to compare with.
                order.sent_as = match doubt {
                    Doubt::Inherited => None,
                    Doubt::Lost
                    | Doubt::Resent
                    | Doubt::Refused(_)
                    | Doubt::Unrecorded
                    | Doubt::Seen => sent_as(view, &job)?,
                };
                shipped(view, &mut order, &receipt, adopted, now, rules, changes)?;
            }
        }
        (JobState::Done { .. }, None) => {
            let Doubt::Refused(reasons) = doubt else { return Ok(()) };
            let refusal = Refusal {
                by: RefusedBy::Stream,
                reasons: reasons.iter().map(ToString::to_string).collect(),
            };
            order.refused_shipment = job.prepared.map(|prepared| prepared.fingerprint);
            changes.happened(&order, Event::Refused(refusal.text()));
            step_order(&mut order, &OrderEvent::Refuse(refusal), now)?;
        }
        (JobState::Parked { reason, .. }, _) => {
            order.contact = Contact::Seen;
            changes.happened(&order, Event::Attention(reason.clone()));
            step_order(&mut order, &OrderEvent::Attend(Cause::Create, reason.clone()), now)?;
        }
        (JobState::Waiting { .. }, _) => step_order(&mut order, &OrderEvent::NotNow, now)?,
        (JobState::Unsure { .. } | JobState::Reserved { .. } | JobState::Sending { .. }, _) => {}
    }
    marks::ensure(view, &mut order, rules, now, changes)?;
    changes.put_order(order);
    changes.put_job(job);
    Ok(())
}

/// The number was used and is free no more: the order goes out under the next one.
fn next_generation(
    view: &View<'_>,
    job: Job,
    mut order: Order,
    now: Now,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    order.generation = order.generation.next();
    order.contact = Contact::None;
    order.lose_shipment();
    step_order(&mut order, &OrderEvent::NotNow, now)?;
    let task = Task::Create { generation: order.generation };
    let next = marks::new_job(view, &order, task, now)?;
    changes.put_order(order);
    changes.put_job(job);
    changes.put_job(next);
    Ok(())
}

fn sight_text(sight: &Sight) -> &str {
    match sight {
        Sight::Same => "it is there as it was sent",
        Sight::Different(what) => what,
        Sight::Absent => "it is not there",
        Sight::Unclear(_) => "no clear answer; looking again",
    }
}

fn receipt(found: Found) -> Option<Receipt> {
    Some(Receipt {
        consignment: found.consignment,
        tracking: found.tracking?,
        tracking_url: found.tracking_url,
        warnings: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{
        ConsignmentNo, Generation, JobId, OrderId, OrderNumber, TrackingNumber,
    };
    use crate::domain::plan::Goods;
    use crate::domain::time::{Moment, Timestamp};

    fn at(mono: Delay) -> Now {
        Now { wall: Timestamp(1_795_413_600_000), mono: Moment(mono.0) }
    }

    fn unsure(doubt: Doubt) -> Job {
        Job {
            id: JobId(1),
            order: OrderId::from_bytes([1; 16]),
            number: OrderNumber(104_512),
            task: Task::Create { generation: Generation::FIRST },
            state: JobState::Unsure {
                attempt: 1,
                since: Moment(0),
                doubt,
                looks: 0,
                due: Moment(0),
            },
            attempts: 1,
            created_at: Timestamp(0),
            last_error: None,
            prepared: None,
        }
    }

    fn found(tracking: Option<&str>, status: &str) -> Result<Look, Failure> {
        Ok(Look::Found(Box::new(Found {
            consignment: ConsignmentNo("C-1".into()),
            tracking: tracking.map(|text| TrackingNumber(text.into())),
            tracking_url: String::new(),
            status: status.into(),
            name: String::new(),
            postcode: String::new(),
            reference: String::new(),
            collection: false,
            plan: None,
            goods: Goods::default(),
            items: Vec::new(),
        })))
    }

    #[test]
    fn an_order_without_a_tracking_number_is_waited_for_and_then_a_person_is_asked() {
        let job = unsure(Doubt::Lost);
        let see = |after| sight(&job, None, &found(None, "ENTERED"), at(after));
        assert_eq!(see(Delay::secs(5)), Sight::Unclear(LOOK_AGAIN));
        assert_eq!(see(Delay::mins(4)), Sight::Unclear(Delay::mins(1)));
        assert_eq!(see(Delay::mins(59)), Sight::Unclear(LOOK_AGAIN_MAX));
        let Sight::Different(why) = see(Delay::mins(60)) else { panic!("a person") };
        assert!(why.contains("104512") && why.contains("tracking number"), "{why}");
    }

    #[test]
    fn a_cancelled_order_is_a_matter_for_a_person_with_or_without_a_tracking_number() {
        for tracking in [None, Some("T-1")] {
            for doubt in [Doubt::Lost, Doubt::Inherited] {
                let seen = sight(&unsure(doubt), None, &found(tracking, "Cancelled"), at(Delay(0)));
                assert!(matches!(seen, Sight::Different(_)), "{seen:?}");
            }
        }
    }

    #[test]
    fn what_a_predecessor_left_is_taken_as_it_is() {
        let seen =
            sight(&unsure(Doubt::Inherited), None, &found(Some("T"), "PLANNED"), at(Delay(0)));
        assert_eq!(seen, Sight::Same);
    }
}
