//! One job of an order is out at a time.

use super::*;
use crate::domain::depot::Depot;
use crate::domain::ids::{Fingerprint, JobId, OrderId};
use crate::domain::job::Task;
use crate::domain::shipment::fixtures;
use crate::domain::time::{Moment, Timestamp};
use crate::flow::{fixtures as plain, intake, notes};
use crate::store::{Setting, StoreOptions};

fn rules() -> Arc<Rules> {
    Arc::new(plain::rules())
}

fn at(seconds: u64) -> Now {
    let wall = fixtures::at("2026-07-02T09:00:00Z");
    Now { wall: Timestamp(wall.0), mono: Moment(seconds * 1000) }
}

fn put(store: &Store, now: Now, changes: Changes) {
    store.write(now, move |_| Ok::<_, FlowError>((changes, ()))).expect("written");
}

/// A store with one order whose create is ready to go out.
fn ready(place: &tempfile::TempDir) -> (Store, OrderId, JobId) {
    let store = Store::open(&place.path().join("db"), StoreOptions::default()).expect("opens");
    let resolution = fixtures::resolution();
    let depot = Depot {
        id: resolution.depot.id.clone(),
        name: resolution.depot.name.clone(),
        stock_location: (resolution.stock_location.id, resolution.stock_location.name),
        methods: vec![resolution.method],
    };
    let mut changes = Changes::new();
    changes.set(Setting::Depots { at: Timestamp(0), depots: vec![depot] });
    put(&store, at(1), changes);
    let source = fixtures::order();
    let order = source.id;
    intake::accept(&store, at(1), &rules(), vec![source], Vec::new()).expect("taken in");
    let jobs = store.read(move |view| view.jobs_of(order)).expect("readable");
    let create = jobs.iter().find(|job| matches!(job.task, Task::Create { .. }));
    let create = create.expect("a create, because the order is complete").id;
    (store, order, create)
}

fn note(store: &Store, order: OrderId) -> Job {
    let number =
        store.read(move |view| view.order(order)).expect("readable").expect("there").number;
    let job = Job {
        id: JobId(900),
        order,
        number,
        task: Task::Note { marker: Fingerprint(7), text: "a note".into() },
        state: JobState::Waiting { due: Moment(0), resend: false },
        attempts: 0,
        created_at: Timestamp(0),
        last_error: None,
        prepared: None,
    };
    let mut changes = Changes::new();
    changes.put_job(job.clone());
    put(store, at(2), changes);
    job
}

#[test]
fn an_order_whose_note_is_out_is_not_sent_at_that_moment_and_no_other_is_held_up() {
    let place = tempfile::tempdir().expect("a folder");
    let (store, order, create) = ready(&place);
    note(&store, order);
    let taken = notes::claim(&store, at(3), rules()).expect("claimed").expect("the note is out");
    assert!(matches!(claim(&store, at(3), rules()), Ok(Claim::Moved)));
    let waits = store.read(move |view| view.job(create)).expect("readable").expect("there");
    assert!(matches!(waits.state, JobState::Waiting { due, .. } if due > at(3).mono));
    notes::settle(&store, at(4), rules(), taken, notes::NoteOutcome::There, 0).expect("settled");
    let Ok(Claim::Batch(batch)) = claim(&store, at(5), rules()) else { panic!("it goes out") };
    assert_eq!(batch.first.taken.job.id, create);
}

#[test]
fn no_note_is_written_on_an_order_that_is_going_out() {
    let place = tempfile::tempdir().expect("a folder");
    let (store, order, _) = ready(&place);
    assert!(matches!(claim(&store, at(2), rules()), Ok(Claim::Batch(_))));
    note(&store, order);
    assert!(notes::claim(&store, at(3), rules()).expect("claimed").is_none());
}
