//! Orders and jobs as they are measured: of the size that real ones have.

use std::collections::BTreeSet;

use linnstream::domain::ids::{
    ConsignmentNo, Fingerprint, Generation, JobId, OrderId, OrderNumber, Tag, TrackingNumber,
};
use linnstream::domain::job::{Job, JobEvent, JobState, Settle, Task, next};
use linnstream::domain::order::{Contact, Order, OrderState, Shipped};
use linnstream::domain::time::{Delay, Moment, Now, Timestamp};

/// Numbers of orders begin here: far from those that the model of Linnworks hands out.
pub const NUMBERS_FROM: u64 = 50_000_000;

/// A moment of the benchmark.
pub fn now(mono: u64) -> Now {
    Now { wall: Timestamp(1_795_413_600_000), mono: Moment(mono) }
}

fn id(n: u64) -> OrderId {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    OrderId::from_bytes(bytes)
}

/// An order in a state.
pub fn order(n: u64, state: OrderState) -> Order {
    Order {
        reference: format!("SHOP-{n}"),
        service: "Two Man (Leeds Depot)".into(),
        postcode: "LS1 4AP".into(),
        depot: Some("Leeds Depot".into()),
        method: Some("Two Man".into()),
        received: Some(Timestamp(1_795_400_000_000)),
        state,
        content: Fingerprint(n),
        contact: Contact::Known,
        ..Order::unknown(id(n), OrderNumber(NUMBERS_FROM + n), Timestamp(1_795_413_600_000))
    }
}

/// An order that is over, as most of a database are.
pub fn closed(n: u64) -> Order {
    let mut order = order(n, OrderState::Processed);
    order.shipped = Some(Shipped {
        generation: Generation::FIRST,
        consignment: ConsignmentNo(format!("CN{n:08}")),
        tracking: TrackingNumber(format!("TRK{n:08}S0000")),
        tracking_url: format!("https://www.demo.go2stream.net/track/TRK{n:08}S0000"),
        at: Timestamp(1_795_413_600_000),
        adopted: false,
    });
    order.tags = BTreeSet::from([Tag::from("SENT TO STREAM")]);
    order
}

/// The create job of an order.
pub fn job(n: u64) -> Job {
    Job {
        id: JobId(n + 1),
        order: id(n),
        number: OrderNumber(NUMBERS_FROM + n),
        task: Task::Create { generation: Generation::FIRST },
        state: JobState::Waiting { due: Moment(1), resend: false },
        attempts: 0,
        created_at: Timestamp(1_795_413_600_000),
        last_error: None,
        prepared: None,
    }
}

/// The job after an event.
pub fn after(job: &Job, event: &JobEvent, mono: u64) -> Job {
    let state = next(&job.state, event, now(mono), &Settle::default()).expect("allowed");
    Job { state, ..job.clone() }
}

/// The job as its worker has it when the call goes out: the intent.
pub fn started(job: &Job, mono: u64) -> Job {
    let until = Moment(mono).after(Delay::secs(90));
    let reserved = after(job, &JobEvent::Reserved { until }, mono);
    after(&reserved, &JobEvent::Started { attempt: 1, lease_until: until }, mono)
}
