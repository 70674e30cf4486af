//! Each code raised and cleared.

use std::collections::BTreeSet;

use super::*;
use crate::domain::explain::Reach;
use crate::domain::ids::{
    ConsignmentNo, Fingerprint, Generation, OrderId, OrderNumber, RunId, TrackingNumber,
};
use crate::domain::order::{Cause, Order, OrderState, Refusal, RefusedBy, Shipped};
use crate::domain::plan::Plan;
use crate::domain::rules::Rules;
use crate::domain::time::{Day, Moment, Now};
use crate::flow::fixtures::rules;

/// Thursday 26 November 2026, 06:45 in London.
const NOW: Timestamp = Timestamp(1_795_675_500_000);

fn ago(minutes: u64) -> Timestamp {
    Timestamp(NOW.0 - i64::try_from(minutes * 60_000).expect("fits"))
}

fn facts<'a>(rules: &'a Rules, orders: &'a [(Order, bool)]) -> Facts<'a> {
    Facts {
        now: Now { wall: NOW, mono: Moment(1) },
        rules,
        linnworks: Reach::Up,
        stream: Reach::Up,
        paused: None,
        orders,
        prints: false,
        services: Vec::new(),
        refused_pairs: Vec::new(),
        subscribed: 4,
        last_webhook: None,
        listening_since: ago(600),
        untold_at: None,
        unreadable: 0,
        oldest_read: Some(NOW),
        parked: 0,
        disk_free: Some(u64::MAX),
    }
}

fn order(number: u64, state: OrderState) -> Order {
    let mut order = Order::unknown(OrderId::from_bytes([1; 16]), OrderNumber(number), ago(5));
    order.state = state;
    order
}

/// On a run that leaves at seven, with everything in order.
fn planned(number: u64, place: u32) -> Order {
    let mut order = order(number, OrderState::Planned);
    order.shipped = Some(Shipped {
        generation: Generation::FIRST,
        consignment: ConsignmentNo("C".into()),
        tracking: TrackingNumber("T".into()),
        tracking_url: String::new(),
        at: ago(90),
        adopted: false,
    });
    order.tracked = Some(TrackingNumber("T".into()));
    order.standing.plan = Some(Plan {
        run: RunId("R1".into()),
        text: "RUN 03".into(),
        day: Day::parse("2026-11-26"),
        sequence: Some(place),
        driver: String::new(),
        vehicle: String::new(),
        leaves: "2026-11-26T07-00Z".into(),
        dispatched: false,
        completed: false,
    });
    order
}

fn raised(facts: &Facts<'_>) -> Vec<(Code, String)> {
    standing(facts).into_iter().map(|wanted| (wanted.code, wanted.text)).collect()
}

fn codes(facts: &Facts<'_>) -> BTreeSet<Code> {
    raised(facts).into_iter().map(|(code, _)| code).collect()
}

fn with(orders: Vec<(Order, bool)>) -> Vec<(Code, String)> {
    let rules = rules();
    raised(&facts(&rules, &orders))
}

fn only(orders: Vec<(Order, bool)>, code: Code, words: &str) {
    let found = with(orders);
    assert_eq!(found.iter().map(|(code, _)| *code).collect::<Vec<_>>(), [code], "{found:?}");
    assert!(found[0].1.contains(words), "{found:?}");
}

fn refused_for(minutes: u64) -> Order {
    let refusal = Refusal { by: RefusedBy::Us, reasons: vec!["no postcode".into()] };
    let mut order = order(104_512, OrderState::Refused(refusal));
    order.updated_at = ago(minutes);
    order
}

#[test]
fn nothing_stands_when_all_is_well() {
    assert_eq!(with(vec![(planned(1, 1), true), (planned(2, 2), true)]), []);
    assert_eq!(with(vec![]), []);
}

#[test]
fn r64_r130_switches_that_keep_linnworks_in_the_dark_are_a_standing_warning() {
    let mut rules = rules();
    rules.dispatch = false;
    assert_eq!(codes(&facts(&rules, &[])), BTreeSet::from([Code::DispatchOff, Code::NoUpdates]));
    rules.public = true;
    assert_eq!(codes(&facts(&rules, &[])), BTreeSet::from([Code::DispatchOff]));
    let paused = Facts { paused: Some("pat".into()), ..facts(&rules, &[]) };
    assert!(
        raised(&paused).iter().any(|(code, text)| *code == Code::Paused && text.contains("pat"))
    );
}

#[test]
fn r113_a_system_that_is_away_or_refuses_us_is_named_with_the_time() {
    let rules = rules();
    let down = Reach::Down { since: ago(12), again: NOW };
    let out = Reach::Unauthorised { since: ago(12) };
    let away = Facts { linnworks: down, stream: out, ..facts(&rules, &[]) };
    assert_eq!(codes(&away), BTreeSet::from([Code::LinnworksDown, Code::StreamRefuses]));
    let other = Facts { linnworks: out, stream: down, ..facts(&rules, &[]) };
    assert_eq!(codes(&other), BTreeSet::from([Code::StreamDown, Code::LinnworksRefuses]));
    assert!(raised(&away)[0].1.contains("06:33"), "{:?}", raised(&away));
}

#[test]
fn r110_r124_r128_orders_that_need_somebody_are_named_by_number() {
    let attention = |cause| order(104_512, OrderState::Attention(cause, "x".into()));
    only(vec![(attention(Cause::Create), true)], Code::Attention, "104512");
    only(vec![(attention(Cause::Delivery), true)], Code::NotDelivered, "104512");
    only(vec![(refused_for(61), true)], Code::ErrorAge, "104512");
    assert_eq!(with(vec![(refused_for(59), true)]), []);
    let mut unsure = order(104_512, OrderState::Unsure);
    unsure.updated_at = ago(11);
    only(vec![(unsure, true)], Code::Unsure, "104512");
    let many: Vec<(Order, bool)> = (1..=9)
        .map(|n| (order(n, OrderState::Attention(Cause::Create, "x".into())), true))
        .collect();
    only(many, Code::Attention, "orders 1, 2, 3, 4, 5 and 4 more");
}

#[test]
fn r117_r121_r122_what_is_missing_in_linnworks_for_too_long_is_named() {
    let early = |order: Order| {
        let mut order = order;
        order.standing.plan = None;
        order.state = OrderState::Sent;
        order
    };
    let mut untracked = early(planned(7, 1));
    untracked.tracked = None;
    only(vec![(untracked, true)], Code::TrackingMissing, "order 7 has no tracking");
    let mut bare = early(planned(7, 1));
    bare.updated_at = ago(11);
    only(vec![(bare.clone(), false)], Code::IdentifiersLate, "order 7");
    bare.updated_at = ago(1);
    assert_eq!(with(vec![(bare, false)]), [], "it is being written");
    let mut late = early(planned(7, 1));
    late.unfollowed = Some(Fingerprint(1));
    only(vec![(late, true)], Code::ChangedLate, "order 7 changed");
}

fn renamed(text: &str) -> Order {
    let mut order = planned(7, 1);
    order.standing.plan.as_mut().expect("planned").text = text.into();
    order
}

#[test]
fn r84_r85_r89_r94_r101_a_run_that_cannot_be_shown_is_named_with_what_is_wrong() {
    only(vec![(renamed("Van A"), true)], Code::RunText, "\"Van A\" of Thu 2026-11-26");
    only(vec![(renamed("RUN 21"), true)], Code::RunBeyond, "number 21");
    only(vec![(planned(7, 21), true)], Code::PlaceBeyond, "order 7");
    only(vec![(planned(7, 4), true), (planned(8, 4), true)], Code::PlaceTwice, "7 and 8");
    let mut over = renamed("Van A");
    over.state = OrderState::Delivered;
    assert_eq!(with(vec![(over, true)]), [], "it is over");
}

#[test]
fn a_run_that_leaves_soon_with_an_order_that_is_not_ready_warns_before_it_leaves() {
    only(vec![(planned(7, 1), false), (planned(8, 2), true)], Code::RunLeaves, "not ready: 7.");
    let mut later = planned(7, 1);
    later.standing.plan.as_mut().expect("planned").leaves = "2026-11-26T09-00Z".into();
    assert_eq!(with(vec![(later, false)]), [], "there is time");
    let mut gone = planned(7, 1);
    gone.standing.plan.as_mut().expect("planned").dispatched = true;
    assert_eq!(with(vec![(gone, false)]), [], "it has left");
}

#[test]
fn where_labels_are_printed_through_us_an_order_without_one_is_not_ready_to_leave() {
    let rules = rules();
    let mut printed = planned(7, 1);
    printed.labelled = Some(ago(20));
    let orders = [(printed, true), (planned(8, 2), true)];
    let found = raised(&Facts { prints: true, ..facts(&rules, &orders) });
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0 == Code::RunLeaves && found[0].1.contains("not ready: 8."), "{found:?}");
    assert_eq!(codes(&facts(&rules, &orders)), BTreeSet::new(), "nobody prints through us");
}

#[test]
fn r43_a_service_that_leads_nowhere_any_more_is_named() {
    let rules = rules();
    let services = vec![("Two Man (Leeds)".to_owned(), "no depot Leeds".to_owned())];
    let found = raised(&Facts { services, ..facts(&rules, &[]) });
    assert_eq!(found[0].0, Code::ServiceGone);
    assert!(found[0].1.contains("Two Man (Leeds)") && found[0].1.contains("no depot Leeds"));
}

#[test]
fn r118_r123_silence_is_a_fault_only_when_something_was_to_be_told() {
    let mut rules = rules();
    rules.public = true;
    let quiet = facts(&rules, &[]);
    assert_eq!(codes(&quiet), BTreeSet::new(), "a quiet day");
    let missed = Facts { untold_at: Some(ago(5)), last_webhook: Some(ago(31)), ..quiet.clone() };
    assert_eq!(codes(&missed), BTreeSet::from([Code::WebhooksSilent]));
    let heard = Facts { last_webhook: Some(ago(1)), ..missed };
    assert_eq!(codes(&heard), BTreeSet::new());
    let late = Facts { oldest_read: Some(ago(61)), ..quiet.clone() };
    assert_eq!(codes(&late), BTreeSet::from([Code::ReadsLate]));
    let pairs = vec![("GROUPSTATUS/LOADALLOCPUP".to_owned(), "unknown".to_owned())];
    let refused = Facts { refused_pairs: pairs, unreadable: 2, parked: 3, ..quiet };
    assert_eq!(
        codes(&refused),
        BTreeSet::from([Code::SubscriptionRefused, Code::WebhookUnreadable, Code::Parked])
    );
}

#[test]
fn a_disk_that_is_nearly_full_is_told_of_before_it_is_full() {
    let rules = rules();
    let quiet = facts(&rules, &[]);
    for (free, told) in
        [(Some(DISK_FREE_MIN), false), (None, false), (Some(DISK_FREE_MIN - 1), true)]
    {
        let found = raised(&Facts { disk_free: free, ..quiet.clone() });
        assert_eq!(found.iter().any(|(code, _)| *code == Code::DiskFull), told, "{free:?}");
        assert!(!told || found[0].1.contains("268 MB left"), "{found:?}");
    }
}

#[test]
fn a_warning_keeps_its_beginning_while_it_stands_and_is_cleared_with_its_cause() {
    let wanted =
        |text: &str| Wanted { code: Code::StreamDown, about: String::new(), text: text.to_owned() };
    let (stand, new, over) = compare(&[], vec![wanted("a")], ago(9));
    assert_eq!((stand.len(), new.len(), over.len()), (1, 1, 0));
    let (stand, new, over) = compare(&stand, vec![wanted("b")], NOW);
    assert_eq!((stand[0].since, stand[0].text.as_str()), (ago(9), "b"));
    assert_eq!((new.len(), over.len()), (0, 0));
    let (stand, _, over) = compare(&stand, vec![], NOW);
    assert_eq!((stand.len(), over.len()), (0, 1));
}

#[test]
fn every_code_has_a_word_of_its_own() {
    let words: BTreeSet<&str> = Code::ALL.iter().map(|code| code.word()).collect();
    assert_eq!(words.len(), Code::ALL.len());
    assert!(Code::ALL.iter().all(|code| Code::parse(code.word()) == Some(*code)));
}
