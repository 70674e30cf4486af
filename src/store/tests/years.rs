//! What a database needs over years: older formats, copies, checks, what is old goes, what is personal goes.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use super::format::{self, fixture, shipped_order};
use super::*;
use crate::domain::event::Event;
use crate::domain::job::{End, JobWord};
use crate::domain::order::{CancelledBy, StateWord};
use crate::store::records::seal;
use crate::store::{
    Change, Create, Setting, StoreOptions, inspect, nobody_has, rewrite, shrink, tables as t,
};

const NONE: Option<crate::store::Aged> = None;

fn open(path: &Path) -> Store {
    Store::open(path, StoreOptions::default()).expect("opens")
}

fn names(folder: &Path, part: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    names.filter(|name| name.contains(part)).collect()
}

/// A closed order with everything an order can have.
fn closed(n: u64) -> Order {
    let mut order = shipped_order();
    order.id = order_id(n);
    order.number = OrderNumber(100_000 + n);
    order.state = OrderState::Processed;
    order.next_read = None;
    order.updated_at = Timestamp(1_000 * i64::try_from(n).unwrap());
    order.shipped.as_mut().expect("shipped").consignment = format!("C-{n}").as_str().into();
    order
}

fn fill(store: &Store, count: u64) {
    for n in 1..=count {
        let done = JobState::Done { at: Timestamp(1), end: End::Completed };
        put(store, at(n), |c| {
            c.put_order(closed(n));
            c.happened(&closed(n), Event::Refused("no postcode like CANARY-1".into()));
            c.put_job(job(n, n, create(), waiting(5)));
            c.put_shipment(JobId(n), shipment(3));
        })
        .unwrap();
        put(store, at(n), |c| c.put_job(job(n, n, create(), done))).unwrap();
    }
}

#[test]
fn a_database_of_the_first_format_is_upgraded_and_kept_beside_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db.redb");
    std::fs::copy(fixture("store-v1.redb"), &path).unwrap();
    let store = open(&path);
    // Of the states that the fixture has: processed, cancelled twice.
    let over = see(&store, |v| v.closed_before(Timestamp(i64::MAX), NONE, 99));
    assert_eq!(over.len(), 3);
    store.close().unwrap();
    let kept = names(folder.path(), "before-upgrade");
    let [kept] = kept.as_slice() else { panic!("{kept:?}") };
    assert!(kept.starts_with("db.redb.before-upgrade-1-to-2-20"), "{kept}");
    let kept = folder.path().join(kept);
    assert_eq!(inspect(&kept).unwrap().schema, 1);
    assert_eq!(kept.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    // Only once.
    open(&path).close().unwrap();
    assert_eq!(names(folder.path(), "before-upgrade").len(), 1);
    assert_eq!(inspect(&path).unwrap().schema, 2);
}

#[test]
#[ignore = "writes tests/fixtures/store-v2.redb, which is done once for each format"]
fn write_the_fixture_of_the_second_format() {
    let path = fixture("store-v2.redb");
    let _ = std::fs::remove_file(&path);
    let store = open(&path);
    format::fill(&store);
    put(&store, at(1000), |c| c.set(Setting::Quarantine { since: Timestamp(7) })).unwrap();
    store.close().unwrap();
}

#[test]
fn a_database_of_the_second_format_is_opened_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db.redb");
    std::fs::copy(fixture("store-v2.redb"), &path).unwrap();
    let found = inspect(&path).unwrap();
    assert_eq!((found.schema, found.damaged), (2, 0));
    let store = open(&path);
    assert_eq!(names(folder.path(), "before-upgrade"), Vec::<String>::new());
    assert_eq!(see(&store, |v| v.order(order_id(1))), Some(shipped_order()));
    assert_eq!(see(&store, |v| v.closed_before(Timestamp(i64::MAX), NONE, 99)).len(), 3);
    assert_eq!(see(&store, |v| v.quarantine()), Some(Timestamp(7)));
}

#[test]
fn an_upgrade_that_is_interrupted_at_any_write_leaves_the_old_format_or_the_new_one() {
    let bytes = std::fs::read(fixture("store-v1.redb")).unwrap();
    let (mut failed, mut done) = (0, 0);
    for point in 1..60 {
        let disk = Disk::default();
        *disk.bytes.lock().unwrap() = bytes.clone();
        disk.countdown.store(point, Ordering::SeqCst);
        match disk.store() {
            Ok(_) => done += 1,
            Err(_) => failed += 1,
        }
        disk.countdown.store(0, Ordering::SeqCst);
        let store = disk.store().expect("opens after it");
        let over = see(&store, |v| v.closed_before(Timestamp(i64::MAX), NONE, 99));
        assert_eq!(over.len(), 3, "point {point}");
        assert_eq!(see(&store, |v| v.order(order_id(1))), Some(shipped_order()), "point {point}");
    }
    assert!(failed > 3 && done > 3, "{failed} {done}");
}

#[test]
fn an_upgrade_without_room_for_the_copy_is_refused_and_nothing_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db.redb");
    std::fs::copy(fixture("store-v1.redb"), &path).unwrap();
    // A folder stands where each name would.
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o500)).unwrap();
    let opened = Store::open(&path, StoreOptions::default());
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    if rustix_is_root() {
        // Whom no mode keeps from writing.
        assert!(opened.is_ok());
        return;
    }
    assert!(matches!(opened, Err(StoreError::Upgrade { .. })));
    assert_eq!(inspect(&path).unwrap().schema, 1);
}

fn rustix_is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn what_is_over_is_found_by_age_and_leaves_the_list_when_it_is_opened_again() {
    let store = memory();
    fill(&store, 4);
    let ids = |until| {
        let found = see(&store, |v| v.closed_before(Timestamp(until), NONE, 99));
        found.into_iter().map(|(_, id)| id).collect::<Vec<_>>()
    };
    assert_eq!(ids(3_000), [order_id(1), order_id(2)]);
    assert_eq!(ids(i64::MAX).len(), 4);
    assert_eq!(see(&store, |v| v.first_closed(Timestamp(1_500))), Some(Timestamp(2_000)));
    let mut open = closed(2);
    open.state = OrderState::Sent;
    put(&store, at(9), |c| c.put_order(open)).unwrap();
    assert_eq!(ids(3_000), [order_id(1)]);
    let page = see(&store, |v| v.closed_before(Timestamp(i64::MAX), NONE, 1));
    let next = see(&store, |v| v.closed_before(Timestamp(i64::MAX), page.first().copied(), 9));
    assert_eq!(next.iter().map(|(_, id)| *id).collect::<Vec<_>>(), [order_id(3), order_id(4)]);
}

#[test]
fn an_order_that_is_purged_leaves_nothing_behind_and_others_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db.redb");
    let store = open(&path);
    fill(&store, 2);
    let rows = |name: &str| {
        let found = inspect(&path).unwrap();
        assert_eq!(found.damage, []);
        found.tables.iter().find(|table| table.name == name).unwrap().rows
    };
    let everywhere = [
        "orders",
        "order_numbers",
        "order_states",
        "timeline",
        "jobs",
        "jobs_of_order",
        "job_words",
        "done_jobs",
        "shipments",
        "runs",
        "consignments",
        "closed_orders",
    ];
    store.close().unwrap();
    for name in everywhere {
        assert_eq!(rows(name), 2, "{name}");
    }
    let store = open(&path);
    put(&store, at(9), |c| c.push(Change::PurgeOrder(order_id(1)))).unwrap();
    assert_eq!(see(&store, |v| v.order(order_id(1))), None);
    assert_eq!(see(&store, |v| v.order_by_number(OrderNumber(100_001))), None);
    assert_eq!(see(&store, |v| v.counts()).orders[&StateWord::Processed], 1);
    assert_eq!(see(&store, |v| v.counts()).jobs[&JobWord::Done], 1);
    assert_eq!(see(&store, |v| v.order(order_id(2))), Some(closed(2)));
    // What is not there is no error, and another order may have its number.
    put(&store, at(10), |c| c.push(Change::PurgeOrder(order_id(1)))).unwrap();
    let mut other = order(7, OrderState::Waiting);
    other.number = OrderNumber(100_001);
    put(&store, at(11), |c| c.put_order(other)).unwrap();
    put(&store, at(12), |c| c.push(Change::PurgeOrder(order_id(7)))).unwrap();
    store.close().unwrap();
    for name in everywhere {
        assert_eq!(rows(name), 1, "{name}");
    }
}

#[test]
fn a_copy_is_one_instant_of_a_database_that_is_written_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db.redb");
    let copy = folder.path().join("copy.redb");
    let store = Arc::new(open(&path));
    fill(&store, 300);
    let writer = {
        let store = Arc::clone(&store);
        std::thread::spawn(move || {
            for n in 1_000..1_200 {
                put(&store, at(n), |c| {
                    c.put_order(order(n, OrderState::Waiting));
                    c.put_job(job(n, n, create(), waiting(1)));
                })
                .unwrap();
            }
        })
    };
    let file =
        std::fs::File::options().read(true).write(true).create_new(true).open(&copy).unwrap();
    store.copy_into(file, Timestamp(77)).unwrap();
    writer.join().unwrap();
    let found = inspect(&copy).unwrap();
    assert_eq!((found.damaged, found.copied_at), (0, Some(Timestamp(77))));
    // Each order of that commit with its job, or neither.
    assert_eq!(found.orders[&StateWord::Waiting], found.jobs[&JobWord::Waiting]);
    let copied = open(&copy);
    assert_eq!(see(&copied, |v| v.order(order_id(300))), Some(closed(300)));
    assert_eq!(copied.last_moment().unwrap().0.max(300), copied.last_moment().unwrap().0);
}

#[test]
fn a_copy_is_given_up_when_the_database_is_to_be_closed() {
    let store = memory();
    fill(&store, 3);
    store.engine.want();
    let error = store.copy_into(tempfile::tempfile().unwrap(), Timestamp(1)).expect_err("given up");
    assert!(matches!(error, StoreError::GivenUp), "{error}");
}

#[test]
fn a_check_names_the_table_and_the_key_of_what_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db.redb");
    let store = open(&path);
    fill(&store, 3);
    store.close().unwrap();
    let before = std::fs::read(&path).unwrap();
    assert_eq!(inspect(&path).unwrap().damaged, 0);
    assert!(std::fs::read(&path).unwrap() == before, "a check writes nothing");
    let db = redb::Database::open(&path).unwrap();
    let tx = db.begin_write().unwrap();
    {
        let mut orders = tx.open_table(t::ORDERS.definition()).unwrap();
        orders.insert(order_id(2).bytes().as_slice(), b"nonsense".as_slice()).unwrap();
        let mut counts = tx.open_table(t::COUNTS.definition()).unwrap();
        let key = t::order_count_key(StateWord::Processed);
        let wrong = seal(t::COUNTS, &key, &9u64.to_be_bytes());
        counts.insert(key.as_slice(), wrong.as_slice()).unwrap();
    }
    tx.commit().unwrap();
    drop(db);
    let found = inspect(&path).unwrap();
    let places: Vec<_> = found.damage.iter().map(|d| (d.table.as_str(), d.key.as_str())).collect();
    let key = order_id(2).bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(places, [("orders", key.as_str()), ("counts", "processed")]);
}

#[test]
fn garbage_in_any_form_ends_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db.redb");
    let store = open(&path);
    fill(&store, 40);
    store.close().unwrap();
    let sound = std::fs::read(&path).unwrap();
    let bad = folder.path().join("bad.redb");
    let mut seen = 0;
    for n in 0..60_usize {
        let mut bytes = sound.clone();
        let place = n * 7_919 % bytes.len();
        match n % 3 {
            0 => bytes.truncate(place),
            1 => {
                let end = (place + 4096).min(bytes.len());
                bytes[place..end].fill(0);
            }
            _ => bytes[place] ^= 0x55,
        }
        std::fs::write(&bad, &bytes).unwrap();
        let found = inspect(&bad);
        seen += usize::from(found.as_ref().map_or(true, |found| found.damaged > 0));
        if let Ok(found) = found
            && found.damaged == 0
        {
            // It hit what is in no use, or was put right: everything is there.
            assert_eq!(found.orders[&StateWord::Processed], 40, "{n}");
        }
    }
    assert!(seen >= 20, "{seen}");
    for text in [&b""[..], b"x", b"not a database at all, but a text"] {
        std::fs::write(&bad, text).unwrap();
        assert!(matches!(inspect(&bad), Err(StoreError::Corrupt { .. })), "{text:?}");
    }
    let foreign = folder.path().join("foreign.redb");
    let db = redb::Database::create(&foreign).unwrap();
    let tx = db.begin_write().unwrap();
    tx.open_table(redb::TableDefinition::<u64, u64>::new("theirs")).unwrap();
    tx.commit().unwrap();
    drop(db);
    assert!(matches!(inspect(&foreign), Err(StoreError::Corrupt { .. })));
    let nowhere = folder.path().join("nowhere");
    assert!(matches!(inspect(&nowhere), Err(StoreError::Missing { .. })));
}

#[test]
fn a_database_that_is_open_is_neither_checked_nor_rewritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db.redb");
    let store = open(&path);
    fill(&store, 1);
    assert!(matches!(nobody_has(&path), Err(StoreError::AlreadyOpen { .. })));
    assert!(matches!(inspect(&path), Err(StoreError::AlreadyOpen { .. })));
    assert!(matches!(rewrite(&path), Err(StoreError::AlreadyOpen { .. })));
    assert!(matches!(shrink(&path), Err(StoreError::AlreadyOpen { .. })));
    store.close().unwrap();
    nobody_has(&path).unwrap();
}

#[test]
fn a_rewritten_database_is_smaller_says_the_same_and_holds_nothing_of_what_was_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db.redb");
    let store = open(&path);
    fill(&store, 200);
    for n in 2..=200 {
        put(&store, at(1_000 + n), |c| c.push(Change::PurgeOrder(order_id(n)))).unwrap();
    }
    put(&store, at(9_000), |c| {
        c.push(Change::EraseTimeline(order_id(1)));
        c.push(Change::EraseJournal((1..=200).collect()));
        c.push(Change::ForgetJobs(order_id(1)));
    })
    .unwrap();
    store.close().unwrap();
    let holds = |path: &Path| {
        let bytes = std::fs::read(path).unwrap();
        bytes.windows(8).any(|part| part == b"CANARY-1")
    };
    assert!(holds(&path), "pages that are free keep what was in them");
    let before = std::fs::metadata(&path).unwrap();
    let done = rewrite(&path).unwrap();
    assert!(done.before == before.len() && done.after < done.before, "{done:?}");
    assert!(!holds(&path));
    assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    let found = inspect(&path).unwrap();
    assert_eq!((found.damaged, found.orders[&StateWord::Processed]), (0, 1));
    let store = open(&path);
    assert_eq!(see(&store, |v| v.order(order_id(1))), Some(closed(1)));
    let timeline = see(&store, |v| v.timeline(order_id(1)));
    assert_eq!((timeline[0].what.as_str(), timeline[0].detail.as_str()), ("refused", ""));
    store.close().unwrap();
    shrink(&path).unwrap();
    assert_eq!(inspect(&path).unwrap().damaged, 0);
    assert_eq!(names(folder.path(), "compacting"), Vec::<String>::new());
}

#[test]
fn a_rewrite_that_fails_leaves_the_database_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db.redb");
    open(&path).close().unwrap();
    std::fs::create_dir(folder.path().join("db.redb.compacting")).unwrap();
    assert!(matches!(rewrite(&path), Err(StoreError::Open { .. })));
    assert_eq!(inspect(&path).unwrap().damaged, 0);
    let missing = folder.path().join("none.redb");
    assert!(matches!(rewrite(&missing), Err(StoreError::Missing { .. })));
}

#[test]
fn cancelled_orders_are_over_whoever_cancelled_them() {
    let store = memory();
    for (n, by) in [(1, CancelledBy::Person), (2, CancelledBy::Linnworks)] {
        put(&store, at(n), |c| c.put_order(order(n, OrderState::Cancelled(by)))).unwrap();
    }
    assert_eq!(see(&store, |v| v.closed_before(Timestamp(i64::MAX), NONE, 9)).len(), 2);
    let purge = crate::store::Purge {
        began: at(3),
        orders: Timestamp(1),
        webhooks: Timestamp(2),
        labels: Timestamp(3),
        manifests: Timestamp(4),
        forgotten: Timestamp(5),
    };
    put(&store, at(3), |c| c.set(Setting::Purge(purge))).unwrap();
    assert_eq!(see(&store, |v| v.purge()), Some(purge));
    let options = StoreOptions { create: Create::Never, ..StoreOptions::default() };
    assert!(Store::open(Path::new("/nonexistent/db"), options).is_err());
}
