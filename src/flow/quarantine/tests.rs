//! What looks under several numbers mean.

use super::*;
use crate::domain::answer::Look;
use crate::domain::ids::{ConsignmentNo, JobId, TrackingNumber};
use crate::domain::plan::Goods;
use crate::domain::shipment::{self, fixtures};
use crate::domain::trail::Width;
use crate::flow::fixtures as plain;

fn at(seconds: u64) -> Now {
    Now { wall: Timestamp(1_795_413_600_000), mono: Moment(seconds * 1000) }
}

fn order() -> Order {
    let source = fixtures::order();
    Order::unknown(source.id, source.number, Timestamp(0))
}

fn job(doubt: Doubt) -> Job {
    Job {
        id: JobId(1),
        order: order().id,
        number: order().number,
        task: Task::Create { generation: Generation::FIRST },
        state: unsure(doubt, Moment(0), at(0)),
        attempts: 0,
        created_at: Timestamp(0),
        last_error: None,
        prepared: None,
    }
}

fn found(status: &str) -> Look {
    Look::Found(Box::new(Found {
        consignment: ConsignmentNo("C-1".into()),
        tracking: Some(TrackingNumber("T-1".into())),
        tracking_url: String::new(),
        status: status.into(),
        name: "Somebody Else".into(),
        postcode: "ZZ1 1ZZ".into(),
        reference: String::new(),
        collection: false,
        plan: None,
        goods: Goods::default(),
        items: vec![("OTHER".into(), 1)],
    }))
}

/// What is seen `seconds` after the mark was taken up, with these statuses under the numbers from the first.
fn seen(doubt: Doubt, statuses: &[Option<&str>], seconds: u64) -> (u32, Sight) {
    let width = if doubt == Doubt::Unrecorded { Width::Sought } else { Width::Several };
    let mut trail = Trail::new(order().number, Generation::FIRST, width);
    let mut statuses = statuses.iter().copied();
    while trail.next().is_some() {
        trail.saw(statuses.next().flatten().map_or(Look::Absent, found));
    }
    let (source, to) = (fixtures::order(), fixtures::resolution());
    let rules = plain::rules();
    let now = at(seconds);
    let built = shipment::build(&source, Generation::FIRST, &to, "", &rules.shipping, now.wall);
    let Ok(built) = built else { panic!("a good order") };
    let seen = see(&job(doubt), &order(), Some(&built.shipment), &trail, now, &rules);
    (seen.generation.0, seen.sight)
}

#[test]
fn what_is_not_there_may_be_sent_only_after_the_last_settle_look() {
    let nowhere = |seconds| seen(Doubt::Quarantined, &[], seconds).1;
    assert_eq!(nowhere(0), Sight::Unclear(Delay::secs(5)));
    assert_eq!(nowhere(5), Sight::Unclear(Delay::secs(25)));
    assert_eq!(nowhere(119), Sight::Unclear(Delay::secs(1)));
    assert_eq!(nowhere(120), Sight::Absent);
    assert_eq!(nowhere(9_000), Sight::Absent);
}

#[test]
fn what_is_there_is_adopted_under_its_number_whatever_it_looks_like() {
    for doubt in [Doubt::Quarantined, Doubt::Unrecorded] {
        assert_eq!(seen(doubt.clone(), &[Some("PLANNED")], 0), (1, Sight::Same));
        assert_eq!(seen(doubt, &[None, Some("ENTERED")], 0), (2, Sight::Same));
    }
    // A create of ours whose answer was lost, or something foreign of before, is compared.
    for doubt in [Doubt::Lost, Doubt::Seen] {
        let (generation, sight) = seen(doubt, &[None, Some("ENTERED")], 0);
        assert!(generation == 2 && matches!(sight, Sight::Different(_)), "{sight:?}");
    }
}

#[test]
fn what_lives_twice_is_a_matter_for_a_person() {
    let (generation, sight) =
        seen(Doubt::Quarantined, &[Some("ENTERED"), None, Some("PLANNED")], 500);
    let Sight::Different(why) = sight else { panic!("a person: {sight:?}") };
    let number = order().number;
    assert!(why.contains(&format!("as {number} and as {number}-3")), "{why}");
    assert_eq!(generation, 3);
}

#[test]
fn a_number_that_was_used_and_cancelled_is_told_to_a_person_and_never_used_again() {
    let (generation, sight) = seen(Doubt::Quarantined, &[None, Some("CANCELLED")], 500);
    assert!(matches!(&sight, Sight::Different(why) if why.contains("resend")), "{sight:?}");
    assert_eq!(generation, 2);
    // Somebody who knows of it asks: the next number is free.
    assert_eq!(seen(Doubt::Seen, &[None, Some("CANCELLED")], 0), (2, Sight::Absent));
}

#[test]
fn an_order_shown_as_sent_that_is_nowhere_is_never_sent_by_itself() {
    assert!(matches!(seen(Doubt::Unrecorded, &[], 60).1, Sight::Unclear(_)));
    for seconds in [120, 9_000] {
        let sight = seen(Doubt::Unrecorded, &[], seconds).1;
        assert!(matches!(&sight, Sight::Different(why) if why.contains("resend")), "{sight:?}");
    }
}
