//! From facts to warnings. Each names the order or the run and the next step.

use std::collections::BTreeMap;

use super::{Code, Wanted};
use crate::domain::explain::Reach;
use crate::domain::ids::{OrderNumber, RunId};
use crate::domain::order::{Cause, Order, OrderState, StateWord};
use crate::domain::plan::{Plan, RunText};
use crate::domain::rules::{Mode, Rules};
use crate::domain::tags::NUMBER_MAX;
use crate::domain::time::{Day, Delay, Now, Timestamp};

/// What is written to Linnworks is there within seconds; after this somebody should look.
const WRITING_MAX: Delay = Delay::mins(10);

/// A create in doubt settles within minutes; after this somebody should look.
const UNSURE_MAX: Delay = Delay::mins(10);

/// Below this the disk of the database is nearly full: room for a busy day, and for a person to come.
pub const DISK_FREE_MIN: u64 = 256 * 1024 * 1024;

/// Order numbers named in one warning.
const NAMED_MAX: usize = 5;

/// Everything warnings follow from.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// Now.
    pub now: Now,
    /// The rules in force.
    pub rules: &'a Rules,
    /// Linnworks.
    pub linnworks: Reach,
    /// Stream.
    pub stream: Reach,
    /// Who paused creating.
    pub paused: Option<String>,
    /// Orders that are refused, in doubt, with Stream, or need a person, each with whether it carries
    /// the wanted identifiers.
    pub orders: &'a [(Order, bool)],
    /// Whether labels are printed through us: the integration is installed in Linnworks.
    pub prints: bool,
    /// Services of ours that resolved and do not any more, each with what is wrong.
    pub services: Vec<(String, String)>,
    /// Subscriptions that Stream refused: the event and why.
    pub refused_pairs: Vec<(String, String)>,
    /// Standing subscriptions.
    pub subscribed: usize,
    /// When the last notification came.
    pub last_webhook: Option<Timestamp>,
    /// Since when we listen for them.
    pub listening_since: Timestamp,
    /// When the sweep last found a change that no notification had told of.
    pub untold_at: Option<Timestamp>,
    /// Unreadable notifications.
    pub unreadable: u64,
    /// When the shipment that was not read for the longest time was read.
    pub oldest_read: Option<Timestamp>,
    /// Jobs that wait for a person.
    pub parked: u64,
    /// Bytes that are free on the disk of the database; `None` when that cannot be told.
    pub disk_free: Option<u64>,
}

/// The warnings that should stand.
pub fn standing(facts: &Facts<'_>) -> Vec<Wanted> {
    let mut all = Vec::new();
    switches(facts, &mut all);
    systems(facts, &mut all);
    orders(facts, &mut all);
    plans(facts, &mut all);
    notifications(facts, &mut all);
    all
}

fn push(all: &mut Vec<Wanted>, code: Code, text: String) {
    all.push(Wanted { code, about: String::new(), text });
}

fn switches(facts: &Facts<'_>, all: &mut Vec<Wanted>) {
    let rules = facts.rules;
    if rules.mode != Mode::On {
        return;
    }
    if !rules.dispatch {
        let text = "what Stream reports is not written to Linnworks: sync.dispatch is false";
        push(all, Code::DispatchOff, text.to_owned());
        if !rules.told() {
            let text = "nothing of what Stream plans and delivers reaches Linnworks: notifications and dispatch \
                        synchronisation are both off. Set sync.dispatch = true, or listener.public_url and \
                        webhooks.enabled";
            push(all, Code::NoUpdates, text.to_owned());
        }
    }
    if let Some(by) = &facts.paused {
        let text =
            format!("{by} paused sending: nothing is created in Stream until: linnstream resume");
        push(all, Code::Paused, text);
    }
}

fn systems(facts: &Facts<'_>, all: &mut Vec<Wanted>) {
    let show = |at| facts.rules.shipping.zone.show(at);
    for (name, reach, down, refuses) in [
        ("Linnworks", facts.linnworks, Code::LinnworksDown, Code::LinnworksRefuses),
        ("Stream", facts.stream, Code::StreamDown, Code::StreamRefuses),
    ] {
        match reach {
            Reach::Up | Reach::Throttled { .. } | Reach::Unconfigured => {}
            Reach::Down { since, .. } => {
                let text = format!(
                    "{name} does not answer since {}: work waits and goes on by itself when it does",
                    show(since)
                );
                push(all, down, text);
            }
            Reach::Unauthorised { since } => {
                let text = format!(
                    "{name} refuses our credentials since {}: put the right ones where the configuration names \
                     them and reload linnstream",
                    show(since)
                );
                push(all, refuses, text);
            }
        }
    }
    for (service, what) in &facts.services {
        let text = format!("the service \"{service}\" leads nowhere in Stream any more: {what}");
        all.push(Wanted { code: Code::ServiceGone, about: service.clone(), text });
    }
    if let Some(free) = facts.disk_free.filter(|free| *free < DISK_FREE_MIN) {
        let text = format!(
            "the disk of the database has {} MB left: make room. When it is full, notifications are refused and \
             nothing is sent until there is room again",
            free / 1_000_000
        );
        push(all, Code::DiskFull, text);
    }
    if facts.parked > 0 {
        let text = format!(
            "{} jobs wait for a person: linnstream jobs --state parked says why",
            facts.parked
        );
        push(all, Code::Parked, text);
    }
}

/// One warning for all orders of a kind: how many, and the first of them by number.
fn about(
    all: &mut Vec<Wanted>,
    code: Code,
    facts: &Facts<'_>,
    is_it: impl Fn(&Order, bool) -> bool,
    text: &str,
) {
    let mut numbers: Vec<OrderNumber> = facts
        .orders
        .iter()
        .filter(|(order, right)| is_it(order, *right))
        .map(|(order, _)| order.number)
        .collect();
    if numbers.is_empty() {
        return;
    }
    numbers.sort_unstable();
    let named: Vec<String> = numbers.iter().take(NAMED_MAX).map(ToString::to_string).collect();
    let more = numbers.len().saturating_sub(NAMED_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let word = if numbers.len() == 1 { "order" } else { "orders" };
    push(all, code, format!("{word} {}{more} {text}", named.join(", ")));
}

fn orders(facts: &Facts<'_>, all: &mut Vec<Wanted>) {
    let age = |at: Timestamp| facts.now.wall.since(at);
    let old = |order: &Order, most: Delay| age(order.updated_at) >= most;
    let stage = |order: &Order| order.state.stage().is_some();
    let cause = |order: &Order, wanted: Cause| matches!(&order.state, OrderState::Attention(cause, _) if *cause == wanted);
    about(
        all,
        Code::NotDelivered,
        facts,
        |order, _| cause(order, Cause::Delivery),
        "came back or was delivered in part: see Stream, and linnstream why",
    );
    about(
        all,
        Code::Attention,
        facts,
        |order, _| order.state.word() == StateWord::Attention && !cause(order, Cause::Delivery),
        "need a person: linnstream why NUMBER says what to do",
    );
    let error = facts.rules.alarms.error_age;
    about(
        all,
        Code::ErrorAge,
        facts,
        |order, _| order.state.word() == StateWord::Refused && old(order, error),
        "could not be sent and nobody has corrected it yet: linnstream why NUMBER says what to do",
    );
    about(
        all,
        Code::Unsure,
        facts,
        |order, _| order.state == OrderState::Unsure && old(order, UNSURE_MAX),
        "may be in Stream and is still looked for there",
    );
    about(
        all,
        Code::ChangedLate,
        facts,
        |order, _| order.unfollowed.is_some() && stage(order),
        "changed in Linnworks after it was put on a run: tell the planner, nothing was changed in Stream",
    );
    if !facts.rules.dispatch || facts.rules.mode != Mode::On {
        return;
    }
    about(
        all,
        Code::TrackingMissing,
        facts,
        |order, _| {
            let late = order.shipped.as_ref().is_some_and(|s| age(s.at) >= WRITING_MAX);
            stage(order) && order.tracked.is_none() && late
        },
        "has no tracking number in Linnworks yet: linnstream why NUMBER says what stands in the way",
    );
    about(
        all,
        Code::IdentifiersLate,
        facts,
        |order, right| stage(order) && !right && old(order, WRITING_MAX),
        "does not carry the identifiers it should: linnstream why NUMBER says what stands in the way",
    );
}

/// One run and its stops.
struct Run<'a> {
    plan: &'a Plan,
    stops: Vec<(&'a Order, bool)>,
}

fn plans(facts: &Facts<'_>, all: &mut Vec<Wanted>) {
    let mut runs: BTreeMap<(&RunId, Option<Day>), Run<'_>> = BTreeMap::new();
    for (order, right) in facts.orders {
        let Some(plan) = &order.standing.plan else { continue };
        if plan.completed || matches!(order.state, OrderState::Delivered | OrderState::Processed) {
            continue;
        }
        let run = runs.entry((&plan.run, plan.day)).or_insert(Run { plan, stops: Vec::new() });
        run.stops.push((order, *right));
    }
    for run in runs.values() {
        let name = name_of(run.plan);
        let id = run.plan.run.as_str();
        let mut raise = |code, text| {
            all.push(Wanted { code, about: id.to_owned(), text });
        };
        match run.plan.run_text() {
            RunText::Number(_) => {}
            RunText::Beyond(number) => raise(
                Code::RunBeyond,
                format!(
                    "the run {name} has the number {number}: only RUN 01 to RUN {NUMBER_MAX} have identifiers, its \
                     orders show day and place alone"
                ),
            ),
            RunText::Unreadable => raise(
                Code::RunText,
                format!("the run {name} shows no number: name it like RUN 01 in Stream"),
            ),
        }
        if facts.rules.sequence {
            places(run, &name, &mut raise);
        }
        leaving(run, &name, facts, &mut raise);
    }
}

fn name_of(plan: &Plan) -> String {
    let text = if plan.text.trim().is_empty() { plan.run.as_str() } else { plan.text.trim() };
    match plan.day {
        Some(day) => format!("\"{text}\" of {} {day}", day.short_name()),
        None => format!("\"{text}\""),
    }
}

fn places(run: &Run<'_>, name: &str, raise: &mut impl FnMut(Code, String)) {
    let mut taken: BTreeMap<u32, OrderNumber> = BTreeMap::new();
    let (mut beyond, mut twice) = (Vec::new(), None);
    for (order, _) in &run.stops {
        let Some(place) = order.standing.plan.as_ref().and_then(|plan| plan.sequence) else {
            continue;
        };
        if place > u32::from(NUMBER_MAX) {
            beyond.push(order.number.to_string());
        }
        if let Some(other) = taken.insert(place, order.number) {
            twice = Some((other, order.number, place));
        }
    }
    if !beyond.is_empty() {
        beyond.truncate(NAMED_MAX);
        let text = format!(
            "the run {name} has places after {NUMBER_MAX}, which have no identifier: order {}",
            beyond.join(", ")
        );
        raise(Code::PlaceBeyond, text);
    }
    if let Some((one, other, place)) = twice {
        let text =
            format!("on the run {name} the orders {one} and {other} both show place {place}");
        raise(Code::PlaceTwice, text);
    }
}

/// A run that leaves soon: each of its orders must be ready to be loaded.
fn leaving(run: &Run<'_>, name: &str, facts: &Facts<'_>, raise: &mut impl FnMut(Code, String)) {
    if run.plan.dispatched {
        return;
    }
    let Some(leaves) = run.plan.leaves_at(&facts.rules.shipping.zone) else { return };
    let now = facts.now.wall;
    let soon = leaves.since(now) <= facts.rules.alarms.before_dispatch;
    if !soon || now.since(leaves) > Delay::mins(24 * 60) {
        return;
    }
    let bad: Vec<String> = run
        .stops
        .iter()
        .filter(|(order, right)| {
            let tracked = !facts.rules.dispatch || order.tracked.is_some();
            let labelled = !facts.prints || order.labelled.is_some();
            let ready = order.state.stage().is_some() && order.unfollowed.is_none();
            !(ready && *right && tracked && labelled)
        })
        .map(|(order, _)| order.number.to_string())
        .take(NAMED_MAX)
        .collect();
    if !bad.is_empty() {
        let text = format!(
            "the run {name} leaves at {} and these orders are not ready: {}. See: linnstream why NUMBER",
            facts.rules.shipping.zone.show(leaves),
            bad.join(", ")
        );
        raise(Code::RunLeaves, text);
    }
}

fn notifications(facts: &Facts<'_>, all: &mut Vec<Wanted>) {
    for (event, why) in &facts.refused_pairs {
        let text = format!(
            "Stream refused to tell us of {event} ({why}): the sweep finds such changes, later. It is asked for \
             again every hour"
        );
        all.push(Wanted { code: Code::SubscriptionRefused, about: event.clone(), text });
    }
    if facts.unreadable > 0 {
        let text = format!(
            "{} notifications could not be read: see linnstream webhooks; what they told of is found by the sweep",
            facts.unreadable
        );
        push(all, Code::WebhookUnreadable, text);
    }
    let now = facts.now.wall;
    if facts.rules.told() && facts.subscribed > 0 {
        let heard = facts.last_webhook.unwrap_or(facts.listening_since).max(facts.listening_since);
        // Silence says nothing on a quiet day: only a change nobody told of makes it a fault.
        let missed = facts.untold_at.is_some_and(|untold| untold > heard);
        if missed && now.since(heard) >= facts.rules.alarms.silence {
            let text = format!(
                "Stream has told us of nothing since {}, and the sweep found changes meanwhile: see whether \
                 listener.public_url reaches this server",
                facts.rules.shipping.zone.show(heard)
            );
            push(all, Code::WebhooksSilent, text);
        }
    }
    let most = Delay(facts.rules.sweep_interval.0.saturating_mul(4)).max(Delay::mins(60));
    if let Some(oldest) = facts.oldest_read.filter(|oldest| now.since(*oldest) >= most) {
        let text = format!(
            "some shipments were last read in Stream at {}: there are more of them than the call budget \
             (stream.requests_per_second) allows, or Stream does not answer",
            facts.rules.shipping.zone.show(oldest)
        );
        push(all, Code::ReadsLate, text);
    }
}
