//! Golden bytes of one example of each record, and a database of the first format.
//!
//! Both files under `tests/fixtures/` were written by the first version and are never written again:
//! a test that fails here says that databases in the field would be read wrongly.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::*;
use crate::domain::alarm::{Code, Raised};
use crate::domain::answer::Reason;
use crate::domain::demand::{
    Choice, Content, Demand, DemandState, Manifest, ManifestRow, Offered, Piece, Printed,
};
use crate::domain::event::Event;
use crate::domain::ids::{ConsignmentNo, RunId, Tag, TrackingNumber, WebhookId};
use crate::domain::job::{Class, Doubt, JobWord, Prepared, Then};
use crate::domain::order::{
    CancelledBy, Cause, Contact, Haste, HeldReason, NextRead, Noted, Refusal, RefusedBy, SentAs,
    Shipped, Standing, StateWord,
};
use crate::domain::plan::Plan;
use crate::domain::profile::{Profile, Stage, WizardSettings};
use crate::domain::source::Payment;
use crate::domain::time::Day;
use crate::domain::webhook::{Hint, Webhook, WebhookState};
use crate::store::records::encode;
use crate::store::records::entry::{EntryRec, JournalRec};
use crate::store::records::job::JobRec;
use crate::store::records::label::{DemandRec, LabelsRec, ManifestRec};
use crate::store::records::order::OrderRec;
use crate::store::records::settings::SettingRec;
use crate::store::records::shipment::ShipmentRec;
use crate::store::records::webhook::WebhookRec;
use crate::store::{Change, Purge, QuarantineBegun, Setting, StoreOptions, Subscription};

pub(super) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

pub(super) fn shipped_order() -> Order {
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
    order.sent_as = Some(SentAs { whole: Fingerprint(0xAA), leg: Fingerprint(0xBB) });
    order.unfollowed = Some(Fingerprint(0xCC));
    order.standing = Standing {
        status: "PLANNED".into(),
        plan: Some(Plan {
            run: RunId("RUN0031184".into()),
            text: "RUN 03".into(),
            day: Day::parse("2026-11-26"),
            sequence: Some(7),
            driver: "D".into(),
            vehicle: "V".into(),
            leaves: "2026-11-26T07-00Z".into(),
            dispatched: true,
            completed: false,
        }),
        read_at: Some(Timestamp(1_790_000_000_600)),
        absent_since: Some(Moment(50)),
        planned_at: Some(Timestamp(1)),
        dispatched_at: Some(Timestamp(2)),
        delivered_at: Some(Timestamp(3)),
    };
    order.next_read = Some(NextRead { haste: Haste::Near, due: Moment(77) });
    order.hinted = 5;
    order.tracked = Some(TrackingNumber("T-0".into()));
    order.tags = [Tag::from("SENT TO STREAM")].into();
    order.demanded = true;
    order.labelled = Some(Timestamp(4));
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
        OrderState::Cancelled(CancelledBy::Linnworks),
        OrderState::Attention(Cause::Create, "look".into()),
        OrderState::Planned,
        OrderState::Dispatched,
        OrderState::Delivered,
        OrderState::Cancelled(CancelledBy::Person),
        OrderState::Attention(Cause::Delivery, "part".into()),
        OrderState::Attention(Cause::Deleted, "gone".into()),
        OrderState::Attention(Cause::Gone, "cancelled".into()),
        OrderState::Attention(Cause::Processing, "refused".into()),
        OrderState::Held(HeldReason::Removed),
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
        job(6, 6, Task::Process { generation: Generation(2) }, waiting(400)),
        job(7, 7, cancel(Then::Renew), waiting(500)),
        job(8, 8, cancel(Then::Close(CancelledBy::Person)), waiting(600)),
        job(9, 9, cancel(Then::Close(CancelledBy::Linnworks)), waiting(700)),
        job(10, 10, Task::Change { generation: Generation(1) }, waiting(800)),
    ]
}

fn cancel(then: Then) -> Task {
    Task::Cancel { generation: Generation(1), then }
}

fn webhook() -> Webhook {
    Webhook {
        id: WebhookId(1_790_000_000_700),
        at: Timestamp(1_790_000_000_700),
        last_at: Timestamp(1_790_000_000_800),
        times: 2,
        hash: [7; 32],
        hint: Hint {
            event: "LOCKPLANNING".into(),
            event_type: "LOADHEADER".into(),
            references: vec!["C-1".into()],
            run: "RUN 03".into(),
            run_id: "RUN0031184".into(),
        },
        state: WebhookState::Asked,
        detail: "one read".into(),
        left: 1,
    }
}

fn settings() -> Vec<Setting> {
    let alarm = Raised {
        code: Code::RunText,
        about: "RUN0031184".into(),
        text: "no number".into(),
        since: Timestamp(8),
    };
    let subscription = Subscription {
        id: 41_207,
        event: "ORDERSTATUS".into(),
        event_type: "CONSHEADER".into(),
        made_with: [9; 32],
    };
    let profile = Profile {
        account: "b2f6".into(),
        name: "Stream".into(),
        tokens: vec![[3; 32]],
        stage: Stage::Active,
        at: Timestamp(9),
    };
    let wizard = WizardSettings {
        values: [("labels.copies".into(), "2".into())].into(),
        secret_file: Some("stream-secret-1".into()),
    };
    let offered = Offered {
        id: uuid::Uuid::from_bytes([4; 16]),
        depot: ("LDS".into(), "Leeds".into()),
        method: ("M".into(), "Two Man".into()),
    };
    vec![
        Setting::Alarms(vec![alarm]),
        Setting::Subscriptions(vec![subscription]),
        Setting::Profile(profile),
        Setting::Wizard(wizard),
        Setting::Learned([("two man".into(), choice())].into()),
        Setting::Offered(vec![offered]),
    ]
}

fn choice() -> Choice {
    Choice {
        depot: "LDS".into(),
        method: "M".into(),
        override_packaging_split: true,
        skip_composite_parent: false,
    }
}

fn demand() -> Demand {
    let content = Content { name: "N".into(), lines: vec!["L".into()], ..Content::default() };
    Demand {
        number: OrderNumber(100_001),
        order: Some(order_id(1)),
        asked_at: Timestamp(5),
        asked: Moment(6),
        choice: choice(),
        state: DemandState::Read { at: Moment(7), content: Box::new(content) },
    }
}

fn printed() -> Printed {
    Printed {
        asked: [5; 32],
        generation: Generation(2),
        consignment: ConsignmentNo("C-1".into()),
        tracking: TrackingNumber("T-1".into()),
        at: Timestamp(8),
        size: (400, 600),
        copies: 2,
        content: Content { town: "Leeds".into(), ..Content::default() },
        note: "bell".into(),
        pieces: vec![Piece { sequence: -1, weight_g: 9, units: 3 }],
        sheets: vec![0],
    }
}

fn manifest() -> Manifest {
    let row = ManifestRow {
        number: OrderNumber(100_001),
        consignment: ConsignmentNo("C-1".into()),
        tracking: TrackingNumber("T-1".into()),
        postcode: "LS1 4AP".into(),
        depot: "Leeds".into(),
        method: "Two Man".into(),
        packages: 1,
    };
    let reference = "STR-20261123-0001".to_owned();
    Manifest { reference, at: Timestamp(10), set: [6; 32], rows: vec![row] }
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
    add("webhook".into(), encode(&WebhookRec::of(&webhook())).unwrap());
    add("demand".into(), encode(&DemandRec::of(&demand())).unwrap());
    add("labels".into(), encode(&LabelsRec::of(&printed())).unwrap());
    add("manifest".into(), encode(&ManifestRec::of(&manifest())).unwrap());
    for setting in settings() {
        let (name, rec) = SettingRec::of(&setting);
        add(String::from_utf8_lossy(name).into_owned(), encode(&rec).unwrap());
    }
    add("polled".into(), encode(&SettingRec::of(&Setting::Polled(Timestamp(7))).1).unwrap());
    all
}

/// Records that came after the first format.
fn examples_since() -> BTreeMap<String, Vec<u8>> {
    let purge = Purge {
        began: at(5),
        orders: Timestamp(1),
        webhooks: Timestamp(2),
        labels: Timestamp(3),
        manifests: Timestamp(4),
        forgotten: Timestamp(5),
    };
    let begun = QuarantineBegun { since: Timestamp(7), at: Moment(8), rebuilding: true };
    let setting = |setting: Setting| {
        let (name, rec) = SettingRec::of(&setting);
        (String::from_utf8_lossy(name).into_owned(), encode(&rec).unwrap())
    };
    let state = JobState::Unsure {
        attempt: 0,
        since: Moment(5),
        doubt: Doubt::Quarantined,
        looks: 0,
        due: Moment(9),
    };
    let job = JobRec::of(&job(1, 1, create(), state), Moment(0));
    [
        setting(Setting::Quarantine { since: Timestamp(7) }),
        setting(Setting::QuarantineBegun(begun)),
        setting(Setting::Purge(purge)),
        ("job quarantined".into(), encode(&job).unwrap()),
    ]
    .into()
}

fn listing(examples: BTreeMap<String, Vec<u8>>) -> String {
    let line = |(name, bytes): (String, Vec<u8>)| {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{name}: {hex}\n")
    };
    examples.into_iter().map(line).collect()
}

#[test]
fn every_record_is_written_as_the_first_version_wrote_it() {
    let golden = std::fs::read_to_string(fixture("store-v1.records.txt")).unwrap();
    assert_eq!(listing(examples()), golden);
}

#[test]
fn a_record_added_since_is_written_as_the_version_that_added_it_wrote_it() {
    let golden = std::fs::read_to_string(fixture("store-v2.records.txt")).unwrap();
    assert_eq!(listing(examples_since()), golden);
}

pub(super) fn fill(store: &Store) {
    put(store, at(1000), |c| {
        c.put_order(shipped_order());
        for (n, state) in (2u64..).zip(states()) {
            c.put_order(order(n, state));
        }
        c.happened(&shipped_order(), Event::Ready("to Leeds Depot › Two Man".into()));
        for job in jobs() {
            c.put_job(job);
        }
        c.put_shipment(JobId(3), shipment(2));
        c.push(Change::PutBody(webhook().id, b"{}".to_vec()));
        c.push(Change::PutWebhook(Box::new(webhook())));
        c.push(Change::Hint(order_id(1), webhook().id));
        c.push(Change::Mention("C-9".into(), webhook().id));
        c.push(Change::PutDemand(Box::new(demand())));
        c.push(Change::PutLabels(order_id(1), Box::new(printed()), vec![b"PNG".to_vec()]));
        c.push(Change::PutManifest(Box::new(manifest())));
        for setting in settings() {
            c.set(setting);
        }
        c.set(Setting::Polled(Timestamp(7)));
    })
    .unwrap();
}

#[test]
#[ignore = "writes tests/fixtures/store-v1.*, which is done once for each format"]
fn write_the_fixtures() {
    std::fs::create_dir_all(fixture("")).unwrap();
    std::fs::write(fixture("store-v1.records.txt"), listing(examples())).unwrap();
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
    assert_eq!(see(&store, |v| v.counts()).orders[&StateWord::Held], 4);
    assert_eq!(see(&store, |v| v.webhook(webhook().id)), Some(webhook()));
    assert_eq!(see(&store, |v| v.webhook_by_hash(&[7; 32])), Some(webhook().id));
    assert_eq!(see(&store, |v| v.webhook_body(webhook().id)).as_deref(), Some(&b"{}"[..]));
    assert_eq!(see(&store, |v| v.webhooks_in(WebhookState::Asked, 9)), [webhook().id]);
    assert_eq!(see(&store, |v| v.hints_of(order_id(1))), [webhook().id]);
    assert_eq!(see(&store, |v| v.mentions("C-9")), [webhook().id]);
    assert_eq!(see(&store, |v| v.reads_due(Haste::Near, Moment(77), 9)), [order_id(1)]);
    assert_eq!(see(&store, |v| v.on_runs(Day::parse("2026-11-26"), None, 9)), [order_id(1)]);
    let consignment = ConsignmentNo("C-1".into());
    assert_eq!(see(&store, |v| v.order_by_consignment(&consignment)), Some(shipped_order()));
    assert_eq!(see(&store, |v| v.alarms()).len(), 1);
    assert_eq!(see(&store, |v| v.subscriptions()).len(), 1);
    assert_eq!(see(&store, |v| v.demand(OrderNumber(100_001))), Some(demand()));
    assert_eq!(see(&store, |v| v.labels(order_id(1))), Some(printed()));
    assert_eq!(see(&store, |v| v.pictures(order_id(1), 1)), [b"PNG".to_vec()]);
    assert_eq!(see(&store, |v| v.labels_before(Timestamp(9), None, 9)).len(), 1);
    assert_eq!(see(&store, |v| v.manifest("STR-20261123-0001")), Some(manifest()));
    assert_eq!(see(&store, |v| v.manifest_of(&[6; 32])).as_deref(), Some("STR-20261123-0001"));
    assert_eq!(see(&store, |v| v.learned())["two man"], choice());
    assert_eq!(see(&store, |v| v.profile()).map(|p| p.stage), Some(Stage::Active));
    assert_eq!(see(&store, |v| v.wizard()).values.len(), 1);
    assert_eq!(see(&store, |v| v.offered()).len(), 1);
    assert_eq!(see(&store, |v| v.polled()), Some(Timestamp(7)));
    assert_eq!(store.last_moment().unwrap(), Moment(1000));
    put(&store, at(1001), |c| c.put_order(order(1, OrderState::Processed))).unwrap();
}
