//! Disks that fail, damaged records, newer files.

use std::os::unix::fs::PermissionsExt as _;

use redb::ReadableTable as _;

use super::*;
use crate::domain::job::{Class, JobKind, JobWord};
use crate::store::records::seal;
use crate::store::{Change, Create, StoreOptions, tables as t};

/// Changes a stored value behind the store's back; the pages stay sound.
fn meddle(disk: &Disk, table: t::Table, key: &[u8], value: &[u8]) {
    let db = redb::Database::builder().create_with_backend(disk.clone()).unwrap();
    let tx = db.begin_write().unwrap();
    {
        let mut table = tx.open_table(table.definition()).unwrap();
        assert!(table.get(key).unwrap().is_some(), "there is such a record");
        table.insert(key, value).unwrap();
    }
    tx.commit().unwrap();
}

#[test]
fn after_a_failed_disk_the_store_opens_again_by_itself_and_more_slowly_each_time() {
    let disk = Disk::default();
    let store = disk.store().unwrap();
    let write = |ms| put(&store, at(ms), |c| c.put_order(order(ms, OrderState::Waiting)));
    write(1).unwrap();
    disk.fail(true);
    assert!(matches!(write(2), Err(StoreError::Io { .. })));
    // At once after the first failure; the disk is still full, so a second delay begins.
    assert!(write(3).is_err());
    let held_off = write(4);
    assert!(matches!(held_off, Err(StoreError::Unavailable { .. })), "{held_off:?}");
    assert!(matches!(store.read(|v| v.counts()), Err(StoreError::Unavailable { .. })));
    disk.fail(false);
    assert!(matches!(write(1002), Err(StoreError::Unavailable { .. })));
    write(1003).unwrap();
    assert_eq!(see(&store, |v| v.order(order_id(1))).map(|o| o.id), Some(order_id(1)));
    disk.fail(true);
    assert!(matches!(write(1004), Err(StoreError::Io { .. })));
    disk.fail(false);
    write(1005).unwrap();
}

#[test]
fn a_disk_that_fails_at_any_write_loses_nothing_acknowledged_and_the_store_recovers_alone() {
    for failing in 1..40 {
        let disk = Disk::default();
        let store = disk.store().unwrap();
        disk.countdown.store(failing, Ordering::SeqCst);
        let mut acknowledged = Vec::new();
        for n in 1..=12 {
            // A minute between writes: longer than any delay before the next opening.
            let written = put(&store, at(n * 60_000), |c| {
                c.put_order(order(n, OrderState::Waiting));
                c.put_job(job(n, n, create(), waiting(1)));
            });
            acknowledged.extend(written.is_ok().then_some(n));
        }
        assert!(acknowledged.len() >= 11, "failure {failing}: {acknowledged:?}");
        for n in acknowledged {
            assert!(see(&store, |v| v.order(order_id(n))).is_some(), "failure {failing}");
            assert!(see(&store, |v| v.job(JobId(n))).is_some(), "failure {failing}");
        }
    }
}

#[test]
fn a_panic_inside_the_engine_fails_the_write_and_the_store_goes_on_after_a_check() {
    let disk = Disk::default();
    let store = disk.store().unwrap();
    let write = |ms| put(&store, at(ms), |c| c.put_order(order(ms, OrderState::Waiting)));
    write(1).unwrap();
    disk.panics.store(true, Ordering::SeqCst);
    assert!(matches!(write(2), Err(StoreError::Engine { .. })));
    write(3).unwrap();
    assert!(see(&store, |v| v.order(order_id(1))).is_some());
    assert!(see(&store, |v| v.order(order_id(3))).is_some());
}

#[test]
fn a_store_that_opens_again_finds_all_that_was_acknowledged() {
    let disk = Disk::default();
    {
        let store = disk.store().unwrap();
        put(&store, at(77), |c| c.put_order(order(1, OrderState::Sent))).unwrap();
        disk.fail(true);
        assert!(put(&store, at(78), |c| c.put_order(order(2, OrderState::Sent))).is_err());
    }
    disk.fail(false);
    let store = disk.store().unwrap();
    assert!(see(&store, |v| v.order(order_id(1))).is_some());
    assert_eq!(store.last_moment().unwrap(), Moment(77));
}

#[test]
fn a_damaged_record_is_named_and_the_next_open_checks_the_file_once() {
    let disk = Disk::default();
    let store = disk.store().unwrap();
    put(&store, at(1), |c| c.put_order(order(1, OrderState::Sent))).unwrap();
    store.close().unwrap();
    meddle(&disk, t::ORDERS, &order_id(1).bytes(), b"not an order");
    let store = disk.store().unwrap();
    let opened = disk.opened.load(Ordering::SeqCst);
    let read = || store.read(|v| v.order(order_id(1)));
    match read() {
        Err(error @ StoreError::Damaged { table: "orders", .. }) => {
            assert!(error.to_string().contains("aaaaaaaaaaaaaaaa0000000000000001"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    for _ in 0..3 {
        assert!(matches!(read(), Err(StoreError::Damaged { .. })));
    }
    assert_eq!(disk.opened.load(Ordering::SeqCst), opened + 1, "checked once, not at each read");
    put(&store, at(2), |c| c.put_order(order(2, OrderState::Sent))).unwrap();
}

#[test]
fn a_value_that_turns_up_under_another_key_is_not_believed() {
    let disk = Disk::default();
    let store = disk.store().unwrap();
    put(&store, at(1), |c| (1..=2).for_each(|n| c.put_order(order(n, OrderState::Sent)))).unwrap();
    store.close().unwrap();
    let number = |n: u64| t::number_key(OrderNumber(n));
    let wrong = seal(t::NUMBERS, &number(100_002), &order_id(2).bytes());
    meddle(&disk, t::NUMBERS, &number(100_001), &wrong);
    let store = disk.store().unwrap();
    let found = store.read(|v| v.order_by_number(OrderNumber(100_001)));
    assert!(matches!(found, Err(StoreError::Damaged { table: "order_numbers", .. })));
}

#[test]
fn a_job_that_cannot_be_read_is_parked_with_its_bytes_and_delays_no_other() {
    let disk = Disk::default();
    let store = disk.store().unwrap();
    put(&store, at(1), |c| {
        c.put_order(order(1, OrderState::Waiting));
        c.put_job(job(1, 1, create(), waiting(1)));
        c.put_shipment(JobId(1), shipment(1));
        c.put_job(job(2, 2, create(), waiting(2)));
    })
    .unwrap();
    store.close().unwrap();
    // Sound bytes of a version that is not known: the checksum is right.
    let key = t::job_key(JobId(1));
    meddle(&disk, t::JOBS, &key, &seal(t::JOBS, &key, &[99, 1, 2]));
    let store = disk.store().unwrap();
    assert_eq!(see(&store, |v| v.due(Class::Read, Moment(9), 9)), [JobId(1), JobId(2)]);
    assert!(matches!(store.read(|v| v.job(JobId(1))), Err(StoreError::Damaged { .. })));
    put(&store, at(2), |c| c.push(Change::ParkDamaged(JobId(1)))).unwrap();
    assert_eq!(see(&store, |v| v.due(Class::Read, Moment(9), 9)), [JobId(2)]);
    let parked = see(&store, |v| v.job(JobId(1))).expect("a parked job in its place");
    assert_eq!(parked.state.word(), JobWord::Parked);
    assert_eq!((parked.order, parked.number), (order_id(1), OrderNumber(100_001)));
    assert_eq!(see(&store, |v| v.jobs_in(JobWord::Parked, None, 9)), [JobId(1)]);
    let live = see(&store, |v| v.live_job(order_id(1), JobKind::Create, 1));
    assert_eq!(live, Some(JobId(1)), "nothing is sent a second time for it");
    let counts = see(&store, |v| v.counts());
    assert_eq!((counts.jobs[&JobWord::Waiting], counts.jobs[&JobWord::Parked]), (1, 1));
    let kept = see(&store, |v| v.raw.get(t::DAMAGED, &key)).expect("its bytes");
    assert_eq!(&kept[..3], [99, 1, 2]);
    // What can be read is left alone.
    put(&store, at(3), |c| c.push(Change::ParkDamaged(JobId(2)))).unwrap();
    assert_eq!(see(&store, |v| v.due(Class::Read, Moment(9), 9)), [JobId(2)]);
}

#[test]
fn a_flipped_byte_anywhere_gives_a_sentence_or_the_truth_and_never_a_wrong_value() {
    let disk = Disk::default();
    let store = disk.store().unwrap();
    put(&store, at(1), |c| (1..=40).for_each(|n| c.put_order(order(n, OrderState::Sent)))).unwrap();
    store.close().unwrap();
    let sound = disk.bytes.lock().unwrap().clone();
    let used: Vec<usize> = (0..sound.len()).filter(|at| sound[*at] != 0).collect();
    for flip in used.iter().step_by(used.len() / 120) {
        let mut bytes = sound.clone();
        bytes[*flip] ^= 0x55;
        let damaged = Disk { bytes: Arc::new(Mutex::new(bytes)), ..Disk::default() };
        let Ok(store) = damaged.store() else { continue };
        for n in 1..=40 {
            if let Ok(found) = store.read(|v| v.order(order_id(n))) {
                assert_eq!(found, Some(order(n, OrderState::Sent)), "byte {flip}");
            }
        }
        let _ = put(&store, at(2), |c| c.put_order(order(99, OrderState::Sent)));
    }
}

fn refusal(opened: Result<Store, StoreError>) -> StoreError {
    opened.err().expect("it is refused")
}

#[test]
fn a_newer_format_is_refused_with_advice() {
    let disk = Disk::default();
    disk.store().unwrap().close().unwrap();
    let later = seal(t::META, t::META_SCHEMA, &(t::SCHEMA + 1).to_be_bytes());
    meddle(&disk, t::META, t::META_SCHEMA, &later);
    let error = refusal(disk.store());
    assert!(matches!(error, StoreError::Newer { found: 3, known: 2 }));
    assert!(error.to_string().contains("install that version again"));
}

#[test]
fn a_second_opening_of_one_file_is_refused_and_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("linnstream.redb");
    let store = Store::open(&path, StoreOptions::default()).unwrap();
    assert!(store.bytes() > 0);
    let error = refusal(Store::open(&path, StoreOptions::default()));
    assert!(matches!(error, StoreError::AlreadyOpen { .. }), "{error}");
    assert!(error.to_string().contains("already open by another linnstream"));
    assert!(error.to_string().contains("linnstream.redb"));
    store.close().unwrap();
    Store::open(&path, StoreOptions::default()).unwrap();
}

#[test]
fn a_new_file_is_for_its_owner_alone_and_none_is_made_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.redb");
    let never = StoreOptions { create: Create::Never, ..StoreOptions::default() };
    assert!(matches!(refusal(Store::open(&path, never)), StoreError::Missing { .. }));
    assert!(!path.exists());
    drop(Store::open(&path, StoreOptions::default()).unwrap());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    drop(Store::open(&path, never).unwrap());
    let nowhere = folder.path().join("none").join("a.redb");
    let error = refusal(Store::open(&nowhere, StoreOptions::default()));
    assert!(matches!(error, StoreError::Open { .. }), "{error}");
}

#[test]
fn a_start_that_was_interrupted_while_creating_begins_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.redb");
    std::fs::write(folder.path().join("a.redb.new"), b"half of a header").unwrap();
    drop(Store::open(&path, StoreOptions::default()).unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.redb");
    std::fs::write(&path, vec![b'x'; 8192]).unwrap();
    let error = refusal(Store::open(&path, StoreOptions::default()));
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), vec![b'x'; 8192]);
}
