//! Golden bytes of one example of each record, and a database of the first format.
//!
//! Both files under `tests/fixtures/` were written by the first version and are never written again:
//! a test that fails here says that databases in the field would be read wrongly.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::*;
use crate::domain::answer::Reason;
use crate::domain::event::Event;
use crate::domain::ids::{ConsignmentNo, Tag, TrackingNumber};
use crate::domain::job::{Class, Doubt, JobWord, Prepared};
use crate::domain::order::{Contact, HeldReason, Noted, Refusal, RefusedBy, Shipped, StateWord};
use crate::domain::source::Payment;
use crate::store::records::encode;
use crate::store::records::entry::{EntryRec, JournalRec};
use crate::store::records::job::JobRec;
use crate::store::records::order::OrderRec;
use crate::store::records::settings::SettingRec;
use crate::store::records::shipment::ShipmentRec;
use crate::store::{Setting, StoreOptions};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn shipped_order() -> Order {
    let mut order = order(1, OrderState::Sent);
    order.contact = Contact::Unanswered;
    order.refused_shipment = Some(Fingerprint(0xF00D));
    order.shipped = Some(Shipped {
        generation: Generation(2),
        consignment: ConsignmentNo("C-1".into()),
        tracking: TrackingNumber("T-1".into()),
        tracking_url: "https://track.example/T-1".into(),
        at: Timestamp(1_790_000_000_500),
        adopted: true,
    });
    order.tags = [Tag::from("SENT TO STREAM")].into();
    order.notes = vec![Noted { marker: Fingerprint(9), text: "refused [LS 9]".into() }];
    order
}

fn states() -> Vec<OrderState> {
    let reasons = vec!["no postcode".into(), "no items".into()];
    vec![
        OrderState::Held(HeldReason::NotPaid(Payment::Other(9))),
        OrderState::Held(HeldReason::OutsideLookback { days: 7 }),
        OrderState::Held(HeldReason::OtherVendor("Else".into())),
        OrderState::Waiting,
        OrderState::Sending,
        OrderState::Unsure,
        OrderState::Refused(Refusal { by: RefusedBy::Stream, reasons }),
        OrderState::Processed,
        OrderState::Cancelled,
        OrderState::Attention("look".into()),
    ]
}

fn jobs() -> Vec<Job> {
    let note = Task::Note { marker: Fingerprint(9), text: "a note".into() };
    let doubt = Doubt::Refused(vec![Reason { code: "E1".into(), text: "exists".into() }]);
    let unsure = JobState::Unsure { attempt: 2, since: Moment(5), doubt, looks: 1, due: Moment(9) };
    let mut asked = job(3, 3, create(), unsure);
    asked.attempts = 2;
    asked.last_error = Some("no clear answer".into());
    asked.prepared = Some(Prepared { fingerprint: Fingerprint(8), read_at: Moment(4) });
    let parked = JobState::Parked { at: Timestamp(6), reason: "a person decides".into() };
    vec![
        job(1, 1, Task::Tracking { generation: Generation(2) }, waiting(100)),
        job(2, 2, create(), sending(200)),
        asked,
        job(4, 4, note, parked),
        job(5, 5, Task::Identifiers, JobState::Reserved { until: Moment(300), resend: true }),
    ]
}

fn examples() -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut add = |name: String, bytes: Vec<u8>| assert!(all.insert(name, bytes).is_none());
    add("order sent".into(), encode(&OrderRec::of(&shipped_order())).unwrap());
    for (n, state) in states().into_iter().enumerate() {
        add(format!("order state {n:02}"), encode(&OrderRec::of(&order(2, state))).unwrap());
    }
    for job in jobs() {
        add(format!("job {}", job.id), encode(&JobRec::of(&job, Moment(0))).unwrap());
    }
    add("shipment".into(), encode(&ShipmentRec::of(&shipment(2))).unwrap());
    let event = Event::Looked("absent".into());
    add("entry".into(), encode(&EntryRec::of(Timestamp(5), &event)).unwrap());
    let about = Some((order_id(1), OrderNumber(100_001)));
    add("journal".into(), encode(&JournalRec::of(Timestamp(5), about, &event)).unwrap());
    add("polled".into(), encode(&SettingRec::of(&Setting::Polled(Timestamp(7))).1).unwrap());
    all
}

fn listing() -> String {
    let line = |(name, bytes): (String, Vec<u8>)| {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{name}: {hex}\n")
    };
    examples().into_iter().map(line).collect()
}

#[test]
fn every_record_is_written_as_the_first_version_wrote_it() {
    let golden = std::fs::read_to_string(fixture("store-v1.records.txt")).unwrap();
    assert_eq!(listing(), golden);
}

fn fill(store: &Store) {
    put(store, at(1000), |c| {
        c.put_order(shipped_order());
        for (n, state) in (2u64..).zip(states()) {
            c.put_order(order(n, state));
        }
        c.happened(&shipped_order(), Event::Ready);
        for job in jobs() {
            c.put_job(job);
        }
        c.put_shipment(JobId(3), shipment(2));
        c.set(Setting::Polled(Timestamp(7)));
    })
    .unwrap();
}

#[test]
#[ignore = "writes tests/fixtures/store-v1.*, which is done once for each format"]
fn write_the_fixtures() {
    std::fs::create_dir_all(fixture("")).unwrap();
    std::fs::write(fixture("store-v1.records.txt"), listing()).unwrap();
    let path = fixture("store-v1.redb");
    let _ = std::fs::remove_file(&path);
    let store = Store::open(&path, StoreOptions::default()).unwrap();
    fill(&store);
    store.close().unwrap();
}

#[test]
fn a_database_of_the_first_format_is_opened_and_says_what_it_said_then() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.redb");
    std::fs::copy(fixture("store-v1.redb"), &path).unwrap();
    let store = Store::open(&path, StoreOptions::default()).unwrap();
    assert_eq!(see(&store, |v| v.order(order_id(1))), Some(shipped_order()));
    for (n, state) in (2u64..).zip(states()) {
        assert_eq!(see(&store, |v| v.order(order_id(n))), Some(order(n, state)));
    }
    for job in jobs() {
        assert_eq!(see(&store, |v| v.job(job.id)), Some(job));
    }
    assert!(see(&store, |v| v.shipment(JobId(3))) == Some(shipment(2)));
    assert_eq!(see(&store, |v| v.due(Class::Look, Moment(9), 9)), [JobId(3)]);
    assert_eq!(see(&store, |v| v.lane(order_id(2))), Some(JobId(2)));
    assert_eq!(see(&store, |v| v.jobs_in(JobWord::Parked, None, 9)), [JobId(4)]);
    assert_eq!(see(&store, |v| v.timeline(order_id(1))).len(), 1);
    assert_eq!(see(&store, |v| v.counts()).orders[&StateWord::Held], 3);
    assert_eq!(see(&store, |v| v.polled()), Some(Timestamp(7)));
    assert_eq!(store.last_moment().unwrap(), Moment(1000));
    put(&store, at(1001), |c| c.put_order(order(1, OrderState::Processed))).unwrap();
}
