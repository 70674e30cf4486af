//! Decisions that fail, groups, many writers.

use super::*;
use crate::domain::event::Event;
use crate::store::Change;

#[test]
fn a_decision_that_fails_writes_nothing_and_uses_up_no_job_id() {
    let store = memory();
    let refused = store.write(at(1), |view| {
        view.next_job_id()?;
        Err::<(Changes, ()), _>(Refused::No)
    });
    assert!(matches!(refused, Err(WriteError::Refused(Refused::No))));
    assert_eq!(store.commits(), 0);
    assert_eq!(store.last_moment().unwrap(), Moment(0));
    let id = store.write(at(2), |v| Ok::<_, Refused>((Changes::new(), v.next_job_id()?))).unwrap();
    assert_eq!(id, JobId(1));
    let id = store.write(at(3), |v| Ok::<_, Refused>((Changes::new(), v.next_job_id()?))).unwrap();
    assert_eq!(id, JobId(2), "an id that was handed out is kept although nothing else was written");
}

#[test]
fn a_job_id_is_never_used_again_not_even_after_a_restart() {
    let disk = Disk::default();
    let store = disk.store().unwrap();
    put(&store, at(1), |c| c.put_job(job(41, 1, create(), waiting(1)))).unwrap();
    store.close().unwrap();
    let store = disk.store().unwrap();
    let id = store.write(at(2), |v| Ok::<_, Refused>((Changes::new(), v.next_job_id()?))).unwrap();
    assert_eq!(id, JobId(42));
    assert!(matches!(store.read(|v| v.next_job_id()), Err(StoreError::ReadOnly)));
}

#[test]
fn a_decision_that_panics_fails_alone() {
    let store = memory();
    let panicked = store.write(at(1), |_| -> Result<(Changes, ()), Refused> { panic!("a bug") });
    assert!(matches!(panicked, Err(WriteError::Store(StoreError::Panicked))));
    put(&store, at(2), |c| c.put_order(order(1, OrderState::Waiting))).unwrap();
    assert!(see(&store, |v| v.order(order_id(1))).is_some());
}

#[test]
fn changes_that_break_a_rule_halfway_leave_nothing_behind() {
    let store = memory();
    put(&store, at(1), |c| c.put_job(job(1, 1, create(), sending(9)))).unwrap();
    let commits = store.commits();
    let refused = put(&store, at(2), |c| {
        c.put_order(order(1, OrderState::Waiting));
        c.daemon(Event::Daemon("half".into()));
        c.put_job(job(2, 1, create(), sending(9)));
    });
    assert!(matches!(refused, Err(StoreError::Invariant(_))));
    assert_eq!(store.commits(), commits);
    assert_eq!(see(&store, |v| v.order(order_id(1))), None);
    assert_eq!(see(&store, |v| v.journal_head()), 0);
}

#[test]
fn a_decision_without_changes_flushes_nothing() {
    let store = memory();
    store.write(at(1), |_| Ok::<_, Refused>((Changes::new(), ()))).unwrap();
    assert_eq!(store.commits(), 0);
}

/// Adds one to a number kept as an order's reference: lost if two writers do not see each other.
fn count_up(store: &Store, n: u64) -> Result<u64, WriteError<Refused>> {
    store.write(at(n), |view| {
        let kept = view.order(order_id(1))?;
        let mut subject = kept.unwrap_or_else(|| order(1, OrderState::Waiting));
        let next = subject.reference.parse::<u64>().unwrap_or(0) + 1;
        subject.reference = next.to_string();
        let mut changes = Changes::new();
        changes.put_order(subject);
        Ok((changes, next))
    })
}

#[test]
fn members_of_a_group_see_each_other_and_share_commits() {
    const THREADS: u64 = 8;
    const WRITES: u64 = 50;
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("s.redb"), Default::default()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let store = &store;
            scope.spawn(move || {
                for n in 0..WRITES {
                    count_up(store, thread * WRITES + n).unwrap();
                    if n % 10 == 3 {
                        // A member that breaks a rule spoils its group's transaction, nobody else's work.
                        let broken = put(store, at(n), |c| {
                            c.put_order(order(2, OrderState::Waiting));
                            let mut twin = order(3, OrderState::Waiting);
                            twin.number = OrderNumber(100_002);
                            c.put_order(twin);
                        });
                        assert!(matches!(broken, Err(StoreError::Invariant(_))));
                    }
                }
            });
        }
    });
    let reference = see(&store, |v| v.order(order_id(1))).unwrap().reference;
    assert_eq!(reference, (THREADS * WRITES).to_string());
    assert_eq!(see(&store, |v| v.order(order_id(2))), None);
    assert!(store.commits() < THREADS * WRITES, "{} commits", store.commits());
    assert_eq!(store.last_moment().unwrap(), Moment(THREADS * WRITES - 1));
}

#[test]
fn after_closing_every_call_says_so() {
    let store = memory();
    store.close().unwrap();
    store.close().unwrap();
    assert!(matches!(store.read(|v| v.counts()), Err(StoreError::Closed)));
    let refused = put(&store, at(1), |c| c.push(Change::ParkDamaged(JobId(1))));
    assert!(matches!(refused, Err(StoreError::Closed)));
}
