//! Jobs and their indexes, compared with a naive model.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::job::{Class, Doubt, End, JobKind, JobWord, Prepared};
use crate::domain::time::Delay;

const DAY: u64 = Delay::mins(24 * 60).0;

fn done() -> JobState {
    JobState::Done { at: Timestamp(1), end: End::Completed }
}

fn unsure(due: u64) -> JobState {
    JobState::Unsure {
        attempt: 1,
        since: Moment(1),
        doubt: Doubt::Lost,
        looks: 0,
        due: Moment(due),
    }
}

#[test]
fn due_jobs_come_in_the_order_in_which_they_are_due() {
    let store = memory();
    put(&store, at(1), |c| {
        c.put_job(job(1, 1, Task::Identifiers, waiting(30)));
        c.put_job(job(2, 2, Task::Identifiers, waiting(10)));
        c.put_job(job(3, 3, Task::Identifiers, waiting(20)));
        c.put_job(job(4, 4, create(), waiting(5)));
    })
    .unwrap();
    let due = |now, limit| see(&store, |v| v.due(Class::Identifiers, Moment(now), limit));
    assert_eq!(due(20, 9), [JobId(2), JobId(3)]);
    assert_eq!(due(99, 1), [JobId(2)]);
    let later = see(&store, |v| v.waiting_later(Class::Identifiers, Moment(10), 9));
    assert_eq!(later, [JobId(3), JobId(1)]);
    assert_eq!(see(&store, |v| v.next_due(Class::Identifiers)), Some(Moment(10)));
    assert_eq!(see(&store, |v| v.next_due(Class::Read)), Some(Moment(5)));
    assert_eq!(see(&store, |v| v.next_due(Class::Look)), None);
}

#[test]
fn a_lane_has_one_holder_and_is_free_when_the_job_waits_again() {
    let store = memory();
    put(&store, at(1), |c| c.put_job(job(1, 1, create(), sending(50)))).unwrap();
    assert_eq!(see(&store, |v| v.lane(order_id(1))), Some(JobId(1)));
    let note = || Task::Note { marker: Fingerprint(9), text: "a note".into() };
    let second = move |c: &mut Changes| c.put_job(job(2, 1, note(), sending(60)));
    assert!(matches!(put(&store, at(2), second), Err(StoreError::Invariant(_))));
    put(&store, at(3), move |c| {
        c.put_job(job(1, 1, create(), waiting(3)));
        second(c);
    })
    .unwrap();
    assert_eq!(see(&store, |v| v.lane(order_id(1))), Some(JobId(2)));
    assert_eq!(see(&store, |v| v.lapsed(Moment(60), 9)), [JobId(2)]);
    assert_eq!(see(&store, |v| v.lapsed(Moment(59), 9)), []);
}

#[test]
fn an_order_never_has_two_live_creates_of_one_generation() {
    let store = memory();
    put(&store, at(1), |c| c.put_job(job(1, 1, create(), waiting(1)))).unwrap();
    let live = || see(&store, |v| v.live_job(order_id(1), JobKind::Create, 1));
    assert_eq!(live(), Some(JobId(1)));
    let parked = JobState::Parked { at: Timestamp(2), reason: "look".into() };
    put(&store, at(2), |c| c.put_job(job(1, 1, create(), parked))).unwrap();
    assert_eq!(live(), Some(JobId(1)), "a parked job is live");
    let second = |c: &mut Changes| c.put_job(job(2, 1, create(), waiting(3)));
    assert!(matches!(put(&store, at(3), second), Err(StoreError::Invariant(_))));
    put(&store, at(4), |c| c.put_job(job(1, 1, create(), done()))).unwrap();
    assert_eq!(live(), None);
    put(&store, at(5), second).unwrap();
    assert_eq!(live(), Some(JobId(2)));
    assert_eq!(see(&store, |v| v.jobs_of(order_id(1))).len(), 2);
}

#[test]
fn a_job_never_becomes_another_orders_job() {
    let store = memory();
    put(&store, at(1), |c| c.put_job(job(1, 1, create(), waiting(1)))).unwrap();
    let moved = put(&store, at(2), |c| c.put_job(job(1, 2, create(), waiting(1))));
    assert!(matches!(moved, Err(StoreError::Invariant(_))));
}

#[test]
fn what_a_job_sends_may_change_until_it_may_have_been_sent() {
    let store = memory();
    put(&store, at(1), |c| {
        c.put_job(job(1, 1, create(), waiting(1)));
        c.put_shipment(JobId(1), shipment(1));
    })
    .unwrap();
    put(&store, at(2), |c| c.put_shipment(JobId(1), shipment(2))).unwrap();
    let mut sent = job(1, 1, create(), sending(9));
    sent.attempts = 1;
    put(&store, at(3), |c| c.put_job(sent.clone())).unwrap();
    let changed = put(&store, at(4), |c| c.put_shipment(JobId(1), shipment(3)));
    assert!(matches!(changed, Err(StoreError::Invariant(_))));
    put(&store, at(5), |c| c.put_shipment(JobId(1), shipment(2))).unwrap();
    let resend = JobState::Waiting { due: Moment(6), resend: true };
    put(&store, at(6), |c| c.put_job(job(1, 1, create(), resend))).unwrap();
    let changed = put(&store, at(7), |c| c.put_shipment(JobId(1), shipment(3)));
    assert!(matches!(changed, Err(StoreError::Invariant(_))));
    assert!(see(&store, |v| v.shipment(JobId(1))) == Some(shipment(2)));
}

#[test]
fn a_job_done_is_kept_a_day_and_then_goes_with_its_payload_a_few_a_commit() {
    let store = memory();
    put(&store, at(10), |c| {
        for n in 1..=20 {
            c.put_job(job(n, n, create(), done()));
            c.put_shipment(JobId(n), shipment(1));
        }
    })
    .unwrap();
    let left = || see(&store, |v| v.counts()).done_24h;
    put(&store, at(9 + DAY), |c| c.put_order(order(1, OrderState::Waiting))).unwrap();
    assert_eq!(left(), 20);
    put(&store, at(10 + DAY), |c| c.put_order(order(1, OrderState::Waiting))).unwrap();
    assert_eq!(left(), 12);
    assert_eq!(see(&store, |v| v.job(JobId(8))), None);
    assert!(see(&store, |v| v.shipment(JobId(8))).is_none());
    assert_eq!(see(&store, |v| v.jobs_of(order_id(8))), []);
    assert!(see(&store, |v| v.shipment(JobId(9))).is_some());
    // Written again without becoming another job, it does not start its day anew.
    put(&store, at(11 + DAY), |c| c.put_job(job(20, 20, create(), done()))).unwrap();
    put(&store, at(12 + DAY), |c| c.put_order(order(1, OrderState::Waiting))).unwrap();
    assert_eq!(left(), 0);
    assert_eq!(see(&store, |v| v.jobs_in(JobWord::Done, None, 99)), []);
}

/// One step: which job, into which state, when it is due.
fn step() -> impl Strategy<Value = (u64, u8, u64)> {
    (1..=8u64, 0..7u8, 1..50u64)
}

fn state(which: u8, due: u64) -> JobState {
    match which {
        0 | 1 => waiting(due),
        2 => JobState::Reserved { until: Moment(due), resend: false },
        3 => sending(due),
        4 => unsure(due),
        5 => done(),
        _ => JobState::Parked { at: Timestamp(1), reason: "look".into() },
    }
}

/// Two jobs an order: a create and a tracking job.
fn any_job(n: u64, which: u8, due: u64) -> Job {
    let generation = Generation::FIRST;
    let task = if n.is_multiple_of(2) { create() } else { Task::Tracking { generation } };
    let mut job = job(n, n / 2, task, state(which, due));
    if which == 1 {
        job.prepared = Some(Prepared { fingerprint: Fingerprint(1), read_at: Moment(1) });
    }
    job
}

fn sorted_due(model: &BTreeMap<u64, Job>, class: Class) -> Vec<JobId> {
    let mut due: Vec<_> = model
        .values()
        .filter(|job| job.class() == class)
        .filter_map(|job| job.state.due().map(|due| (due, job.id)))
        .collect();
    due.sort_unstable();
    due.into_iter().map(|(_, id)| id).collect()
}

fn agree(store: &Store, model: &BTreeMap<u64, Job>) {
    let ids = |keep: &dyn Fn(&Job) -> bool| -> Vec<JobId> {
        model.values().filter(|job| keep(job)).map(|job| job.id).collect()
    };
    let view = |f: &dyn Fn(&View<'_>) -> Result<Vec<JobId>, StoreError>| see(store, f);
    for class in Class::ALL {
        let due = sorted_due(model, class);
        assert_eq!(view(&|v| v.due(class, Moment(99), 99)), due);
        assert_eq!(see(store, |v| v.next_due(class)).is_some(), !due.is_empty());
    }
    let counts = see(store, |v| v.counts());
    for word in JobWord::ALL {
        let expected = ids(&|job| job.state.word() == word);
        assert_eq!(view(&|v| v.jobs_in(word, None, 99)), expected);
        assert_eq!(counts.jobs[&word], expected.len() as u64);
    }
    let mut lapsed = view(&|v| v.lapsed(Moment(99), 99));
    lapsed.sort_unstable();
    assert_eq!(lapsed, ids(&|job| job.state.lease().is_some()));
    let unsure = |job: &Job| job.state.word() == JobWord::Unsure;
    assert_eq!(view(&|v| v.unfinished(99)), ids(&|j| j.state.lease().is_some() || unsure(j)));
    for n in 0..=4 {
        let holder = model.values().find(|job| job.order == order_id(n) && job.holds_lane());
        assert_eq!(see(store, |v| v.lane(order_id(n))), holder.map(|job| job.id));
    }
    for job in model.values() {
        let live = see(store, |v| v.live_job(job.order, job.task.kind(), job.task.key()));
        assert_eq!(live.is_some(), job.state.word() != JobWord::Done);
        assert_eq!(see(store, |v| v.job(job.id)).as_ref(), Some(job));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_indexes_always_say_what_the_records_say(steps in prop::collection::vec(step(), 1..40)) {
        let store = memory();
        let mut model = BTreeMap::new();
        for (n, (id, which, due)) in (1u64..).zip(steps) {
            let next = any_job(id, which, due);
            let taken = model.values().any(|job: &Job| {
                job.id != next.id && job.order == next.order && job.holds_lane()
            });
            let written = put(&store, at(n), |c| c.put_job(next.clone()));
            if taken && next.holds_lane() {
                prop_assert!(matches!(written, Err(StoreError::Invariant(_))));
            } else {
                prop_assert!(written.is_ok());
                model.insert(id, next);
            }
            agree(&store, &model);
        }
    }
}
