//! Restoring refuses what it must, keeps what was there, and believes nothing about what was not sent.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use super::*;
use crate::domain::ids::{Generation, JobId, OrderId, OrderNumber};
use crate::domain::job::{Doubt, Job, JobState, JobWord, Task};
use crate::domain::order::{Contact, Order, OrderState, StateWord};
use crate::domain::rules::Mode;
use crate::domain::time::Timestamp;
use crate::flow::{fixtures, rescue};
use crate::poll::audit;
use crate::store::{Changes, StoreOptions};

struct Site {
    place: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        let site = Self { place: tempfile::tempdir().expect("a folder") };
        std::fs::create_dir(site.path("state")).expect("made");
        let text = format!(
            "store.path = {:?}\nadmin.socket = {:?}\n",
            site.database(),
            site.path("admin.sock")
        );
        std::fs::write(site.path("config.toml"), text).expect("written");
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn database(&self) -> PathBuf {
        self.path("state/db.redb")
    }

    fn restore(&self, name: &str, force: bool) -> Result<Restored, OfflineError> {
        restore(&self.path("config.toml"), &self.path(name), force)
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path("state")).expect("a folder");
        let names = entries.map(|one| one.expect("one").file_name());
        let mut names: Vec<String> =
            names.map(|name| name.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

fn order(n: u8, state: OrderState) -> Order {
    let id = OrderId::from_bytes([n; 16]);
    let contact = Contact::Known;
    Order { state, contact, ..Order::unknown(id, OrderNumber(n.into()), Timestamp(5)) }
}

/// A copy with an order in each state in which its create may be.
fn copy(path: &Path) {
    let store = Store::open(path, StoreOptions::default()).expect("opens");
    let now = Now { wall: Timestamp(9), mono: Moment(9_000) };
    let states = [
        (JobState::Waiting { due: Moment(1), resend: false }, OrderState::Waiting),
        (JobState::Waiting { due: Moment(1), resend: true }, OrderState::Waiting),
        (JobState::Reserved { until: Moment(99), resend: false }, OrderState::Waiting),
        (
            JobState::Sending { attempt: 1, lease_until: Moment(99), resend: false },
            OrderState::Sending,
        ),
        (
            JobState::Unsure {
                attempt: 1,
                since: Moment(1),
                doubt: Doubt::Lost,
                looks: 1,
                due: Moment(2),
            },
            OrderState::Unsure,
        ),
    ];
    let mut changes = Changes::new();
    for (n, (job, state)) in (1u8..).zip(states) {
        let order = order(n, state);
        changes.put_job(Job {
            id: JobId(n.into()),
            order: order.id,
            number: order.number,
            task: Task::Create { generation: Generation::FIRST },
            state: job,
            attempts: 1,
            created_at: Timestamp(1),
            last_error: None,
            prepared: None,
        });
        changes.put_order(order);
    }
    store.write(now, move |_| Ok::<_, FlowError>((changes, ()))).expect("written");
    store.close().expect("closed");
}

#[test]
fn a_copy_is_restored_where_there_was_nothing_and_its_account_stays_the_same() {
    let site = Site::new();
    copy(&site.path("copy"));
    let account = |path: &Path| {
        let store = Store::open(path, StoreOptions::default()).expect("opens");
        let account = audit::local(&store, Mode::On).expect("made");
        store.close().expect("closed");
        account
    };
    let before = account(&site.path("copy"));
    let done = site.restore("copy", false).expect("restored");
    assert_eq!((done.kept, done.looked_for), (None, 5));
    assert_eq!(site.names(), ["db.redb", "db.redb.installed"]);
    let mode = std::fs::metadata(site.database()).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let after = account(&site.database());
    assert!(after.is_ok(), "{after:?}");
    assert_eq!((after.waiting, after.shipped), (before.waiting, before.shipped));
    assert_eq!(after.waiting, 5);
}

#[test]
fn after_its_first_start_nothing_of_a_restored_database_goes_out_before_it_is_looked_for() {
    let site = Site::new();
    copy(&site.path("copy"));
    site.restore("copy", false).expect("restored");
    let store = Store::open(&site.database(), StoreOptions::default()).expect("opens");
    assert!(store.read(|view| view.quarantine()).expect("readable").is_some());
    let rules = Arc::new(fixtures::rules());
    let mono = store.last_moment().expect("readable").after(Delay(1));
    rescue::at_start(&store, Now { wall: Timestamp(1), mono }, &rules).expect("started");
    store
        .read(|view| {
            let ready = view.due(crate::domain::job::Class::Create, Moment(u64::MAX), 99)?;
            assert!(ready.is_empty(), "nothing may be sent: {ready:?}");
            let orders = view.orders_in(StateWord::Waiting, None, 99)?;
            assert!(!orders.is_empty());
            for id in orders {
                let order = view.order(id)?.expect("listed");
                assert_eq!(order.contact, Contact::None, "judged anew at the next poll");
            }
            for id in view.jobs_in(JobWord::Unsure, None, 99)? {
                let job = view.job(id)?.expect("listed");
                assert!(matches!(job.task, Task::Create { .. }), "{:?}", job.task);
            }
            Ok(())
        })
        .expect("readable");
}

#[test]
fn a_database_that_is_there_is_replaced_only_by_force_and_kept() {
    let site = Site::new();
    copy(&site.path("copy"));
    Store::open(&site.database(), StoreOptions::default()).expect("made").close().expect("closed");
    assert!(matches!(site.restore("copy", false), Err(OfflineError::Exists { .. })));
    let done = site.restore("copy", true).expect("restored");
    let kept = done.kept.expect("kept");
    assert!(kept.display().to_string().contains("db.redb.replaced-20"), "{}", kept.display());
    assert_eq!(store::inspect(&kept).expect("sound").orders.values().sum::<u64>(), 0);
    assert_eq!(store::inspect(&site.database()).expect("sound").orders.values().sum::<u64>(), 5);
    // Twice in one second.
    site.restore("copy", true).expect("restored");
    site.restore("copy", true).expect("restored");
    assert_eq!(site.names().iter().filter(|name| name.contains("replaced")).count(), 3);
    assert!(!site.names().iter().any(|name| name.contains("restoring")));
}

#[test]
fn what_is_damaged_foreign_in_use_or_itself_is_not_restored_and_nothing_is_changed() {
    let site = Site::new();
    copy(&site.path("copy"));
    site.restore("copy", false).expect("restored");
    let before = std::fs::read(site.database()).expect("read");
    std::fs::write(site.path("garbage"), "no database").expect("written");
    let error = site.restore("garbage", true).expect_err("no copy");
    assert!(error.to_string().contains("name a file that was made by backup"), "{error}");
    assert!(matches!(site.restore("nowhere", true), Err(OfflineError::Store(_))));
    assert!(matches!(site.restore("state/db.redb", true), Err(OfflineError::Itself { .. })));
    let db = redb::Database::open(site.path("copy")).expect("opens");
    let orders = redb::TableDefinition::<&[u8], &[u8]>::new("orders");
    let tx = db.begin_write().expect("begun");
    let key = [3u8; 16];
    tx.open_table(orders).expect("there").insert(&key[..], &b"x"[..]).expect("put");
    tx.commit().expect("committed");
    drop(db);
    let Err(OfflineError::Damaged { count, first, .. }) = site.restore("copy", true) else {
        panic!("damaged")
    };
    assert!(count >= 1 && first.contains("orders 0303"), "{first}");
    assert!(std::fs::read(site.database()).expect("read") == before);
    let held = Store::open(&site.database(), StoreOptions::default()).expect("opens");
    let in_use = |error| matches!(error, OfflineError::Store(StoreError::AlreadyOpen { .. }));
    let config = site.path("config.toml");
    assert!(in_use(site.restore("copy", true).expect_err("in use")));
    assert!(in_use(compact(&config).expect_err("in use")));
    assert!(in_use(inspect(&config, None).expect_err("in use")));
    held.close().expect("closed");
    let socket = std::os::unix::net::UnixListener::bind(site.path("admin.sock")).expect("bound");
    let error = compact(&config).expect_err("a daemon answers");
    assert!(error.to_string().contains("stop it first"), "{error}");
    drop(socket);
    let shrunk = compact(&config).expect("compacted");
    assert!(shrunk.anew && shrunk.sizes.after > 0);
    assert_eq!(inspect(&config, None).expect("checked").1.damaged, 0);
}
