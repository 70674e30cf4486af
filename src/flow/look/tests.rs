//! What one look means.

use super::*;
use crate::domain::answer::Look;
use crate::domain::ids::{ConsignmentNo, Generation, JobId, OrderId, OrderNumber, TrackingNumber};
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
        state: JobState::Unsure { attempt: 1, since: Moment(0), doubt, looks: 0, due: Moment(0) },
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
    let seen = sight(&unsure(Doubt::Inherited), None, &found(Some("T"), "PLANNED"), at(Delay(0)));
    assert_eq!(seen, Sight::Same);
}
