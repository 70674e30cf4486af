//! Each situation an order can be in: one sentence that names it, and a next step.

use std::collections::BTreeSet;

use super::*;
use crate::domain::answer::Reason;
use crate::domain::ids::{
    ConsignmentNo, Fingerprint, Generation, OrderId, OrderNumber, RunId, TrackingNumber,
};
use crate::domain::job::{Doubt, Prepared, Task, Then};
use crate::domain::order::{
    CancelledBy, Cause, Haste, HeldReason, NextRead, Refusal, RefusedBy, Shipped,
};
use crate::domain::plan::Plan;
use crate::domain::source::Payment;
use crate::domain::time::Day;

const NOON: Timestamp = Timestamp(1_795_435_200_000);

fn site() -> Site {
    Site {
        now: Now { wall: NOON, mono: Moment(1_000_000) },
        zone: Zone::named("Europe/London").expect("known"),
        mode: Mode::On,
        dispatch: true,
        sequence: true,
        poll_interval: Delay::secs(60),
        next_poll: Some(NOON.after(Delay::secs(20))),
        paused: None,
        linnworks: Reach::Up,
        stream: Reach::Up,
        ahead: 0,
        pace: 120,
    }
}

fn order(state: OrderState) -> Order {
    Order {
        service: "Two Man (Leeds)".into(),
        depot: Some("Leeds".into()),
        method: Some("Two Man".into()),
        state,
        ..Order::unknown(OrderId::from_bytes([1; 16]), OrderNumber(104_512), NOON)
    }
}

fn shipped(state: OrderState) -> Order {
    let mut order = order(state);
    order.shipped = Some(Shipped {
        generation: Generation::FIRST,
        consignment: ConsignmentNo("CN7".into()),
        tracking: TrackingNumber("TRK7".into()),
        tracking_url: String::new(),
        at: NOON,
        adopted: false,
    });
    order.next_read = Some(NextRead { haste: Haste::Rest, due: Moment(1_300_000) });
    order
}

fn job(task: Task, state: JobState) -> Job {
    Job {
        id: JobId(17),
        order: OrderId::from_bytes([1; 16]),
        number: OrderNumber(104_512),
        task,
        state,
        attempts: 1,
        created_at: NOON,
        last_error: None,
        prepared: Some(Prepared { fingerprint: Fingerprint(1), read_at: Moment(1_000_000) }),
    }
}

fn create(state: JobState) -> Job {
    job(Task::Create { generation: Generation::FIRST }, state)
}

fn waiting(seconds: u64) -> JobState {
    JobState::Waiting { due: Moment(1_000_000).after(Delay::secs(seconds)), resend: false }
}

fn unsure(doubt: Doubt) -> JobState {
    JobState::Unsure { attempt: 1, since: Moment(0), doubt, looks: 0, due: Moment(1_005_000) }
}

fn parked_with(reason: &str) -> JobState {
    JobState::Parked { at: NOON, reason: reason.into() }
}

fn tracking(state: JobState) -> Job {
    job(Task::Tracking { generation: Generation::FIRST }, state)
}

/// A situation: what is known, a part of the sentence, a part of the next step.
type Case = (Order, Vec<Job>, Site, &'static str, &'static str);

fn held_cases() -> Vec<Case> {
    let held = |reason| order(OrderState::Held(reason));
    let unpaid = |payment| held(HeldReason::NotPaid(payment));
    let s = site;
    vec![
        (held(HeldReason::SyncOff), vec![], s(), "synchronisation is off", "sync.orders"),
        (held(HeldReason::Parked), vec![], s(), "parked", "Unpark the order"),
        (held(HeldReason::OnHold), vec![], s(), "on hold", "off hold"),
        (unpaid(Payment::Unpaid), vec![], s(), "not paid", "as paid"),
        (unpaid(Payment::Pending), vec![], s(), "pending", "as paid"),
        (unpaid(Payment::Return), vec![], s(), "a return", "new order"),
        (unpaid(Payment::Other(9)), vec![], s(), "payment status 9", "as paid"),
        (held(HeldReason::OtherVendor("DPD".into())), vec![], s(), "\"DPD\"", "Stream service"),
        (held(HeldReason::NoService), vec![], s(), "no shipping service", "Assign"),
        (held(HeldReason::OutsideLookback { days: 7 }), vec![], s(), "7 days", "lookback_days"),
        (held(HeldReason::NoDate), vec![], s(), "no date", "date of receipt"),
    ]
}

fn waiting_cases() -> Vec<Case> {
    let at = |site: Site, jobs: Vec<Job>, text, next| {
        (order(OrderState::Waiting), jobs, site, text, next)
    };
    let due = || vec![create(waiting(0))];
    let mut failed = create(waiting(30));
    failed.last_error = Some("not reached: refused".into());
    let mut to_be_read = create(waiting(0));
    to_be_read.prepared = None;
    let again = create(JobState::Waiting { due: Moment(0), resend: true });
    let paused = Site { paused: Some(("pat".into(), NOON)), ..site() };
    let down = Reach::Down { since: NOON, again: NOON.after(Delay::secs(15)) };
    let refused = Reach::Unauthorised { since: NOON };
    let later = Reach::Throttled { until: NOON.after(Delay::secs(60)) };
    vec![
        at(Site { mode: Mode::DryRun, ..site() }, vec![], "Leeds › Two Man", "sync.orders"),
        at(Site { mode: Mode::Off, ..site() }, due(), "switched off", "sync.orders"),
        at(paused, due(), "paused by pat", "linnstream resume"),
        at(site(), vec![], "ready", "next poll"),
        at(Site { stream: down, ..site() }, due(), "Stream does not answer", "by itself"),
        at(Site { stream: refused, ..site() }, due(), "refuses our credentials", "reload"),
        at(Site { stream: later, ..site() }, due(), "fewer calls until", "by itself"),
        at(Site { stream: Reach::Unconfigured, ..site() }, due(), "no credentials", "Name the"),
        at(Site { linnworks: down, ..site() }, vec![to_be_read], "Linnworks does not", "by itself"),
        at(site(), vec![failed], "not reached: refused", "linnstream retry j17"),
        at(site(), vec![again], "a first attempt brought no answer", "goes out"),
        at(Site { ahead: 600, ..site() }, due(), "600 orders are ahead", "6 minutes"),
        at(site(), due(), "it is next", "60 seconds"),
    ]
}

fn work_cases() -> Vec<Case> {
    let sending = JobState::Sending { attempt: 1, lease_until: Moment(1_060_000), resend: false };
    let at = |doubt, text| {
        (order(OrderState::Unsure), vec![create(unsure(doubt))], site(), text, "next look")
    };
    let reason = Reason { code: String::new(), text: "exists".into() };
    let down = Reach::Down { since: NOON, again: NOON };
    vec![
        (order(OrderState::Sending), vec![create(sending)], site(), "being sent", "12:01:00"),
        at(Doubt::Lost, "no clear answer"),
        at(Doubt::Resent, "a second time"),
        at(Doubt::Refused(vec![reason]), "rejected"),
        at(Doubt::Unrecorded, "no record"),
        at(Doubt::Seen, "put right"),
        at(Doubt::Inherited, "older than this installation"),
        at(Doubt::Quarantined, "under all its numbers"),
        (
            order(OrderState::Unsure),
            vec![create(unsure(Doubt::Lost))],
            Site { stream: down, ..site() },
            "Stream does not answer since",
            "tried again by itself",
        ),
    ]
}

fn refusal(by: RefusedBy) -> OrderState {
    OrderState::Refused(Refusal { by, reasons: vec!["the postcode is missing".into()] })
}

fn after_cases() -> Vec<Case> {
    let sent = |jobs, site, text, next| (shipped(OrderState::Sent), jobs, site, text, next);
    let mut failed = tracking(waiting(40));
    failed.last_error = Some("no clear answer: timed out".into());
    let down = Reach::Down { since: NOON, again: NOON };
    let marks = job(Task::Identifiers, parked_with("Linnworks refused the identifiers: no"));
    let conflict = attention(Cause::Create, "Stream already has an order 104512");
    vec![
        (order(refusal(RefusedBy::Us)), vec![], site(), "was not sent", "Correct that"),
        (order(refusal(RefusedBy::Stream)), vec![], site(), "rejected by", "resend 104512"),
        sent(vec![], site(), "CN7 with tracking number TRK7; it is on no run", "refresh 104512"),
        sent(vec![tracking(waiting(0))], site(), "being written", "a minute or two"),
        sent(vec![failed], site(), "timed out", "retry j17"),
        sent(vec![tracking(parked_with("no"))], site(), "could not be written", "retry j17"),
        sent(vec![marks], site(), "its identifiers could not", "retry j17"),
        sent(
            vec![tracking(waiting(0))],
            Site { linnworks: down, ..site() },
            "Linnworks does not answer",
            "by itself",
        ),
        sent(vec![], Site { dispatch: false, ..site() }, "dispatch", "sync.dispatch"),
        (shipped(OrderState::Processed), vec![], site(), "is processed", "Nothing."),
        (order(OrderState::Processed), vec![], site(), "before it was sent", "reopen"),
        (
            order(OrderState::Cancelled(CancelledBy::Linnworks)),
            vec![],
            site(),
            "Stream does not have it",
            "open again",
        ),
        (
            order(conflict),
            vec![create(parked_with("conflict"))],
            site(),
            "needs a person",
            "resend 104512",
        ),
    ]
}

fn attention(cause: Cause, text: &str) -> OrderState {
    OrderState::Attention(cause, text.into())
}

fn on_run(state: OrderState, text: &str, place: Option<u32>) -> Order {
    let mut order = shipped(state);
    order.standing.plan = Some(Plan {
        run: RunId("R1".into()),
        text: text.into(),
        day: Day::parse("2026-11-26"),
        sequence: place,
        driver: String::new(),
        vehicle: String::new(),
        leaves: String::new(),
        dispatched: false,
        completed: false,
    });
    order.standing.read_at = Some(NOON);
    order
}

fn planned_cases() -> Vec<Case> {
    let planned = || on_run(OrderState::Planned, "RUN 03", Some(7));
    let cancel = |then| Task::Cancel { generation: Generation::FIRST, then };
    let process = || Task::Process { generation: Generation::FIRST };
    let mut late = planned();
    late.unfollowed = Some(Fingerprint(1));
    let off = Site { sequence: false, ..site() };
    let by_hand = CancelledBy::Person;
    vec![
        (planned(), vec![], site(), "on RUN 03, Thu 2026-11-26, place 7", "refresh 104512"),
        (
            on_run(OrderState::Planned, "Van A", Some(7)),
            vec![],
            site(),
            "shows no number",
            "RUN 01",
        ),
        (on_run(OrderState::Planned, "RUN 21", Some(7)), vec![], site(), "run 21 has no", "RUN 01"),
        (on_run(OrderState::Planned, "RUN 03", None), vec![], site(), "no place", "planner"),
        (planned(), vec![], off, "places on the run are not shown", "identifiers.sequence"),
        (
            on_run(OrderState::Dispatched, "RUN 03", Some(7)),
            vec![],
            site(),
            "dispatched",
            "Nothing.",
        ),
        (on_run(OrderState::Delivered, "RUN 03", Some(7)), vec![], site(), "delivered", "Nothing."),
        (
            on_run(OrderState::Delivered, "RUN 03", Some(7)),
            vec![job(process(), waiting(0))],
            site(),
            "being processed in Linnworks",
            "a minute or two",
        ),
        (late, vec![], site(), "changed in Linnworks after it was sent", "Tell the planner"),
        (
            shipped(OrderState::Sent),
            vec![job(cancel(Then::Renew), waiting(0))],
            site(),
            "sent again",
            "Nothing",
        ),
        (
            shipped(OrderState::Sent),
            vec![job(cancel(Then::Close(by_hand)), waiting(0))],
            site(),
            "being cancelled",
            "Nothing",
        ),
        (
            shipped(OrderState::Sent),
            vec![job(Task::Change { generation: Generation::FIRST }, waiting(0))],
            site(),
            "its header is being changed",
            "Nothing",
        ),
    ]
}

fn amiss_cases() -> Vec<Case> {
    let process = || Task::Process { generation: Generation::FIRST };
    let by_hand = CancelledBy::Person;
    vec![
        (order(OrderState::Cancelled(by_hand)), vec![], site(), "somebody asked", "resend 104512"),
        (
            on_run(attention(Cause::Delivery, "it was delivered in part"), "RUN 03", Some(7)),
            vec![],
            site(),
            "delivered in part",
            "refresh 104512",
        ),
        (
            order(attention(Cause::Deleted, "the order was deleted in Stream")),
            vec![],
            site(),
            "deleted in Stream",
            "resend 104512",
        ),
        (
            shipped(attention(Cause::Gone, "the order was cancelled after it was sent")),
            vec![],
            site(),
            "cancelled after",
            "cancel 104512",
        ),
        (
            on_run(attention(Cause::Processing, "Linnworks refuses"), "RUN 03", Some(7)),
            vec![job(process(), parked_with("scan first"))],
            site(),
            "Linnworks refuses",
            "retry j17",
        ),
    ]
}

fn check(cases: Vec<Case>) {
    let mut seen = BTreeSet::new();
    for (order, jobs, site, text, next) in cases {
        let answer = explain(&order, &jobs, &site);
        assert!(answer.text.contains(text), "{text:?} is not in {answer:?}");
        assert!(answer.next.contains(next), "{next:?} is not in {answer:?}");
        assert!(answer.text.starts_with("Order 104512 "), "{answer:?}");
        assert!(answer.text.ends_with('.') && answer.next.ends_with('.'), "{answer:?}");
        assert!(!answer.text.contains("..") && !answer.next.contains(".."), "{answer:?}");
        assert!(seen.insert(answer.text.clone()), "two situations read alike: {answer:?}");
    }
}

#[test]
fn r114_an_order_that_is_held_says_which_of_the_reasons_it_is() {
    check(held_cases());
}

#[test]
fn r120_r125_an_order_that_waits_says_for_what_and_how_long() {
    check(waiting_cases());
}

#[test]
fn an_order_that_may_be_in_stream_says_why_and_when_the_next_look_is_made() {
    check(work_cases());
}

#[test]
fn r116_r117_r119_what_was_refused_sent_or_is_over_says_what_is_missing_and_what_to_do() {
    check(after_cases());
}

#[test]
fn r121_r122_what_is_planned_changed_or_delivered_says_what_is_not_shown_and_why() {
    check(planned_cases());
}

#[test]
fn r110_what_was_cancelled_deleted_or_not_delivered_says_what_to_do() {
    check(amiss_cases());
}

#[test]
fn lengths_of_time_are_read_in_the_unit_that_fits_and_never_promise_too_little() {
    for (delay, text) in [
        (Delay(1), "1 second"),
        (Delay::secs(60), "60 seconds"),
        (Delay::secs(121), "3 minutes"),
        (Delay::mins(119), "119 minutes"),
        (Delay::mins(121), "3 hours"),
    ] {
        assert_eq!(duration(delay), text);
    }
}
