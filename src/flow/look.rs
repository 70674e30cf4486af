//! Looks in Stream for creates that may have happened: before a resend, after one, after a refusal,
//! and for what was sent before we knew of it.

use std::sync::Arc;

use super::create::{retry_at, shipped};
use super::{
    FlowError, ORDER_UNREADABLE, Settled, Taken, job_or_aside, marks, park, quarantine, readable,
    standing, step_job, step_order, still,
};
use crate::domain::answer::{Failure, Found, Look, Receipt};
use crate::domain::event::Event;
use crate::domain::ids::{Generation, StreamOrderNo};
use crate::domain::job::{Class, Doubt, Job, JobEvent, JobState, Sight, Task};
use crate::domain::order::{Cause, Contact, Order, OrderEvent, Refusal, RefusedBy, SentAs};
use crate::domain::rules::Rules;
use crate::domain::shipment::{Match, Shipment};
use crate::domain::time::{Delay, Now};
use crate::domain::trail::{Trail, Width};
use crate::store::{Changes, Store, StoreError, View};

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
    /// What Stream is asked for, one number after the other, and what it showed.
    pub trail: Trail,
    /// What it is compared with, when it was built.
    pub shipment: Option<Shipment>,
}

impl Looking {
    /// Whether a further number may be looked at: nobody else has taken the look meanwhile.
    pub fn may_go_on(&self, now: Now) -> bool {
        self.taken.job.state.due().is_some_and(|due| now.mono < due)
    }
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
            let Ok(shipment) = view.shipment(job.id) else {
                unreadable(view, job, now, &rules, &mut changes)?;
                return Ok((changes, None));
            };
            let trail = Trail::new(job.number, generation, width(view, &job, now)?);
            looking = Some(Looking { taken: Taken { job }, trail, shipment });
        }
        Ok::<_, FlowError>((changes, looking))
    })?)
}

/// Under how many numbers it is looked for: under several where our records may know less than was sent.
fn width(view: &View<'_>, job: &Job, now: Now) -> Result<Width, StoreError> {
    let JobState::Unsure { doubt, .. } = &job.state else { return Ok(Width::One) };
    let wide = match doubt {
        // A call of ours was answered since.
        Doubt::Resent | Doubt::Refused(_) => return Ok(Width::One),
        Doubt::Unrecorded => Width::Sought,
        Doubt::Lost | Doubt::Inherited | Doubt::Seen | Doubt::Quarantined => Width::Several,
    };
    let order = readable(view.order(job.order))?;
    let concerned = match &order {
        Some(order) => quarantine::on(view, order, now)?.is_some(),
        None => false,
    };
    Ok(if concerned { wide } else { Width::One })
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

/// What a look saw, and what it means.
struct Saw {
    /// The number that counts.
    generation: Generation,
    sight: Sight,
    found: Option<Found>,
    /// Why it gave no clear answer.
    unread: Option<String>,
    /// For the timeline, when the sight alone does not say it.
    text: Option<String>,
}

/// Writes what a look saw. `outcome`: whether every number could be looked at.
///
/// # Errors
/// [`FlowError`]; nothing was written, the look is made again later.
pub fn settle(
    store: &Store,
    now: Now,
    rules: Arc<Rules>,
    looking: Looking,
    outcome: Result<(), Failure>,
) -> Result<Settled, FlowError> {
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let Some(mut job) = still(view, &looking.taken)? else {
            return Ok((changes, Settled::TooLate));
        };
        let Some(mut order) = readable(view.order(job.order))? else {
            park(job, ORDER_UNREADABLE, now, &rules, &mut changes)?;
            return Ok((changes, Settled::Yes));
        };
        let saw = saw(&job, &order, &looking, outcome, now, &rules);
        if saw.generation != generation_of(&job) {
            job = go_over(view, job, &saw, &looking, now, &rules, &mut changes)?;
            order.generation = saw.generation;
        }
        apply_sight(view, job, order, saw, &looking, now, &rules, &mut changes)?;
        Ok::<_, FlowError>((changes, Settled::Yes))
    })?)
}

fn saw(
    job: &Job,
    order: &Order,
    looking: &Looking,
    outcome: Result<(), Failure>,
    now: Now,
    rules: &Rules,
) -> Saw {
    let shipment = looking.shipment.as_ref();
    let outcome = outcome.map(|()| looking.trail.first());
    let mut saw = if looking.trail.is_wide() && outcome.is_ok() {
        let quarantine::Seen { generation, sight, found, text } =
            quarantine::see(job, order, shipment, &looking.trail, now, rules);
        Saw { generation, sight, found, unread: None, text }
    } else {
        let sight = sight(job, shipment, &outcome, now);
        let (found, unread) = match outcome {
            Ok(Look::Found(found)) => (Some(*found), None),
            Ok(Look::Absent) => (None, None),
            Err(failure) => (None, Some(failure.to_string())),
        };
        Saw { generation: generation_of(job), sight, found, unread, text: None }
    };
    if let Some(found) = &saw.found {
        saw.unread = Some("it has no tracking number".to_owned());
        saw.sight = tracked(job, saw.sight, found, now);
    }
    saw
}

/// Stream has or had the order under another number than the job's: a job of that one takes its place.
fn go_over(
    view: &View<'_>,
    mut job: Job,
    saw: &Saw,
    looking: &Looking,
    now: Now,
    rules: &Rules,
    changes: &mut Changes,
) -> Result<Job, FlowError> {
    let order_no = StreamOrderNo::of(job.number, saw.generation);
    let task = Task::Create { generation: saw.generation };
    let next = Job { id: view.next_job_id()?, task, ..job.clone() };
    let over = Sight::Elsewhere(format!("Stream has or had the order as {order_no}"));
    step_job(&mut job, &JobEvent::Looked(over), now, &rules.settle)?;
    changes.put_job(job);
    if let Some(shipment) = looking.shipment.clone() {
        changes.put_shipment(next.id, Shipment { order_no, ..shipment });
    }
    Ok(next)
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
            tracked(job, sight, found, now)
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

/// What is there counts only with what the packer and the customer need.
fn tracked(job: &Job, sight: Sight, found: &Found, now: Now) -> Sight {
    if sight != Sight::Same || found.tracking.is_some() {
        return sight;
    }
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
    saw: Saw,
    looking: &Looking,
    now: Now,
    rules: &Rules,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    let JobState::Unsure { doubt, .. } = job.state.clone() else { return Ok(()) };
    let Saw { sight, found, unread, text, .. } = saw;
    step_job(&mut job, &JobEvent::Looked(sight.clone()), now, &rules.settle)?;
    match (&unread, &sight) {
        // Looks without an answer may be many: the first says it for all that are alike.
        (Some(why), Sight::Unclear(_)) => {
            let why = format!("no clear answer from Stream, looking again: {why}");
            if job.last_error.as_ref() != Some(&why) {
                changes.happened(&order, Event::Looked(why.clone()));
            }
            job.last_error = Some(why);
        }
        (_, sight) => {
            let text = text.unwrap_or_else(|| sight_text(sight).to_owned());
            changes.happened(&order, Event::Looked(text));
        }
    }
    if sight == Sight::Absent && order.contact == Contact::None {
        order.contact = Contact::Known;
    }
    match (&job.state, found) {
        (JobState::Done { .. }, _) if sight == Sight::Absent && doubt == Doubt::Seen => {
            return next_generation(view, job, order, now, changes);
        }
        (JobState::Done { .. }, _) if sight == Sight::Absent && doubt == Doubt::Quarantined => {
            return send_anew(view, job, order, now, changes);
        }
        (JobState::Done { .. }, Some(found)) => {
            adopt(view, &mut order, &doubt, found, looking, now, rules, changes)?;
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

/// Stream has it, and it is taken for what we sent.
#[expect(clippy::too_many_arguments, reason = "one decision; its inputs have no other home")]
fn adopt(
    view: &View<'_>,
    order: &mut Order,
    doubt: &Doubt,
    found: Found,
    looking: &Looking,
    now: Now,
    rules: &Rules,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    let Some(receipt) = receipt(found.clone()) else { return Ok(()) };
    // What a predecessor sent is not ours to compare with, and what differs from what we would send was
    // sent of the order as it was before.
    let ours = looking
        .shipment
        .as_ref()
        .filter(|shipment| *doubt != Doubt::Inherited && shipment.matches(&found) == Match::Same);
    order.sent_as = ours
        .map(|shipment| SentAs { whole: shipment.fingerprint(), leg: shipment.leg_fingerprint() });
    shipped(view, order, &receipt, *doubt != Doubt::Resent, now, rules, changes)?;
    if looking.trail.is_wide() {
        // It was planned long ago, perhaps: what Linnworks shows of that is right and stays.
        order.tracked = order.tracked.take().or_else(|| looking.trail.tracking_before());
        standing::learn(view, order, &found, now, rules, changes)?;
    }
    Ok(())
}

/// Stream does not have it: it is read from Linnworks and sent as it is now, and looked at once more
/// afterwards, because what was sent before the loss may come later than anything is believed to.
fn send_anew(
    view: &View<'_>,
    job: Job,
    mut order: Order,
    now: Now,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    step_order(&mut order, &OrderEvent::NotNow, now)?;
    let task = Task::Create { generation: order.generation };
    let mut next = marks::new_job(view, &order, task, now)?;
    next.state = JobState::Waiting { due: now.mono, resend: true };
    changes.put_order(order);
    changes.put_job(job);
    changes.put_job(next);
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
    let next = quarantine::create_next(view, &mut order, now)?;
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
        Sight::Elsewhere(what) => what,
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
mod tests;
