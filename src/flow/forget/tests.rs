//! What is personal is in many places, and afterwards in none, not even in the bytes of the file.

use super::*;
use crate::domain::demand::{Content, Manifest, ManifestRow, Printed};
use crate::domain::depot::Depot;
use crate::domain::ids::{ConsignmentNo, Fingerprint, RunId, TrackingNumber};
use crate::domain::job::{End, JobState};
use crate::domain::order::{Noted, Shipped, Standing};
use crate::domain::plan::Plan;
use crate::domain::shipment::fixtures as orders;
use crate::domain::time::{Moment, Timestamp};
use crate::domain::webhook::{Hint, Webhook};
use crate::flow::{fixtures, intake};
use crate::store::{self, Setting, StoreOptions};

/// In every place where an address or a name can be.
const CANARY: &str = "CANARY-7Q";

fn now() -> Now {
    Now { wall: Timestamp(orders::at("2026-07-02T09:00:00Z").0), mono: Moment(1_000) }
}

fn rules() -> Arc<Rules> {
    Arc::new(fixtures::rules())
}

fn put(store: &Store, fill: impl FnOnce(&mut Changes)) {
    let mut changes = Changes::new();
    fill(&mut changes);
    store.write(now(), move |_| Ok::<_, FlowError>((changes, ()))).expect("written");
}

/// A store with an order that was taken in with its address and is over now.
fn over(place: &tempfile::TempDir) -> (Store, Order) {
    let store = Store::open(&place.path().join("db"), StoreOptions::default()).expect("opens");
    let resolution = orders::resolution();
    let depot = Depot {
        id: resolution.depot.id.clone(),
        name: resolution.depot.name.clone(),
        stock_location: (resolution.stock_location.id, resolution.stock_location.name),
        methods: vec![resolution.method],
    };
    put(&store, |c| c.set(Setting::Depots { at: Timestamp(0), depots: vec![depot] }));
    let mut source = orders::order();
    source.address.full_name = CANARY.into();
    source.reference = CANARY.into();
    source.address.postcode = "LS18 4QB".into();
    intake::accept(&store, now(), &rules(), vec![source.clone()], Vec::new()).expect("taken in");
    let id = source.id;
    let mut order = store.read(|view| view.order(id)).expect("readable").expect("there");
    let jobs = store.read(|view| view.jobs_of(id)).expect("readable");
    order.state = OrderState::Processed;
    order.notes = vec![Noted { marker: Fingerprint(1), text: format!("to {CANARY}") }];
    order.shipped = Some(Shipped {
        generation: Generation::FIRST,
        consignment: ConsignmentNo("C-77".into()),
        tracking: TrackingNumber("T-77".into()),
        tracking_url: format!("https://track.example/{CANARY}"),
        at: now().wall,
        adopted: false,
    });
    order.standing = Standing {
        plan: Some(Plan {
            run: RunId("R1".into()),
            text: "RUN 01".into(),
            day: None,
            sequence: Some(1),
            driver: CANARY.into(),
            vehicle: String::new(),
            leaves: String::new(),
            dispatched: true,
            completed: true,
        }),
        ..Standing::default()
    };
    let written = order.clone();
    put(&store, |c| {
        for mut job in jobs {
            job.state = JobState::Done { at: now().wall, end: End::Completed };
            job.last_error = Some(format!("refused: {CANARY}"));
            c.put_job(job);
        }
        c.happened(&written, Event::Refused(format!("no such street: {CANARY}")));
        c.put_order(written);
    });
    (store, order)
}

fn papers(store: &Store, order: &Order) {
    let content = Content { name: CANARY.into(), ..Content::default() };
    let row = |number, postcode: &str| ManifestRow {
        number,
        consignment: ConsignmentNo("C-77".into()),
        tracking: TrackingNumber("T-77".into()),
        postcode: postcode.into(),
        depot: "Leeds".into(),
        method: "Standard".into(),
        packages: 1,
    };
    let printed = Printed {
        asked: [1; 32],
        generation: Generation::FIRST,
        consignment: ConsignmentNo("C-77".into()),
        tracking: TrackingNumber("T-77".into()),
        at: now().wall,
        size: (400, 600),
        copies: 1,
        content,
        note: CANARY.into(),
        pieces: Vec::new(),
        sheets: vec![0],
    };
    let (id, number) = (order.id, order.number);
    put(store, |c| {
        c.push(Change::PutLabels(id, Box::new(printed), vec![CANARY.as_bytes().to_vec()]));
        c.push(Change::PutManifest(Box::new(Manifest {
            reference: "STR-20260702-0001".into(),
            at: now().wall,
            set: [2; 32],
            rows: vec![row(number, CANARY), row(OrderNumber(5), "LS1 4AP")],
        })));
        for (n, name) in [(1, "104512"), (2, "C-77"), (3, "C-78")] {
            let personal = if n == 3 { "somebody else" } else { CANARY };
            c.push(Change::PutBody(WebhookId(n), format!("{name} {personal}").into_bytes()));
            c.push(Change::PutWebhook(Box::new(Webhook {
                id: WebhookId(n),
                at: now().wall,
                last_at: now().wall,
                times: 1,
                hash: [u8::try_from(n).expect("small"); 32],
                hint: Hint { references: vec![name.into()], ..Hint::default() },
                state: WebhookState::Done,
                detail: String::new(),
                left: 0,
            })));
        }
    });
}

fn holds(path: &std::path::Path) -> bool {
    let bytes = std::fs::read(path).expect("read");
    bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes())
}

#[test]
fn after_forget_and_compact_the_file_holds_nothing_personal_of_the_order_and_all_else() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("db");
    let (store, order) = over(&place);
    papers(&store, &order);
    let done = forget(&store, now(), rules(), order.number, "pat".into()).expect("asked");
    let Acted::Done(text) = done else { panic!("{done:?}") };
    assert!(text.contains("linnstream compact") && text.contains("Backups"), "{text}");
    let after = store.read(|view| view.order(order.id)).expect("readable").expect("kept");
    assert_eq!((after.number, &after.state), (order.number, &OrderState::Processed));
    let shipped = after.shipped.expect("kept");
    assert_eq!((shipped.tracking.as_str(), shipped.tracking_url.as_str()), ("T-77", ""));
    let timeline = store.read(|view| view.timeline(order.id)).expect("readable");
    let last = timeline.last().expect("a line");
    assert!(last.what == "forgotten" && last.detail.starts_with("by pat, "), "{last:?}");
    assert!(timeline.iter().any(|line| line.what == "refused" && line.detail.is_empty()));
    let (body, other) = store
        .read(|view| Ok((view.webhook_body(WebhookId(1))?, view.webhook_body(WebhookId(3))?)))
        .expect("readable");
    assert!(body.is_none() && other.is_some(), "those of others stay");
    let manifest = store.read(|view| view.manifest("STR-20260702-0001")).expect("readable");
    let rows = manifest.expect("kept").rows;
    assert_eq!((rows[0].postcode.as_str(), rows[1].postcode.as_str()), ("", "LS1 4AP"));
    store.close().expect("closed");
    store::rewrite(&path).expect("compacted");
    assert!(!holds(&path));
    assert_eq!(store::inspect(&path).expect("checked").damage, []);
}

#[test]
fn what_is_open_or_has_something_to_be_done_is_not_forgotten_and_says_why() {
    let place = tempfile::tempdir().expect("a folder");
    let (store, order) = over(&place);
    let ask = || match forget(&store, now(), rules(), order.number, "pat".into()) {
        Ok(Acted::Refused(text)) => text,
        other => panic!("{other:?}"),
    };
    for (state, why) in [
        (OrderState::Sent, "processed or cancelled there"),
        (OrderState::Cancelled(CancelledBy::Person), "may still be open in Linnworks"),
    ] {
        put(&store, |c| c.put_order(Order { state, ..order.clone() }));
        let text = ask();
        assert!(text.contains(why), "{text}");
    }
    put(&store, |c| {
        c.put_order(order.clone());
        c.put_job(crate::domain::job::Job {
            id: crate::domain::ids::JobId(900),
            order: order.id,
            number: order.number,
            task: crate::domain::job::Task::Identifiers,
            state: JobState::Waiting { due: Moment(0), resend: false },
            attempts: 0,
            created_at: Timestamp(0),
            last_error: None,
            prepared: None,
        });
    });
    assert!(ask().contains("something is still to be done"));
    let unknown = forget(&store, now(), rules(), OrderNumber(1), "pat".into()).expect("asked");
    assert!(matches!(unknown, Acted::Refused(_)));
}
