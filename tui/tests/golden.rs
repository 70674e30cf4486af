//! The bytes of one example of every message. A change here is a change of the protocol: raise its
//! number, then rewrite the file with `cargo test -p linnstream-tui -- --ignored rewrite`.

use std::fmt::Write as _;

use tui::protocol::frame::{decode, encode};
use tui::protocol::screens::{
    Body, HeadView, LineView, Listing, Page, Query, SettingView, Snapshot, Watch,
};
use tui::protocol::views::{
    ActedView, AlarmView, ApiView, AuditView, BackupView, DepotView, EndpointsView, EntryView,
    JobView, LogLevelView, MethodView, OrderDetailView, OrderView, PausedView, RunView,
    ServiceView, ServicesView, StatusView, StopView, StuckView, WebhookView, WhyView,
};
use tui::protocol::{Action, ErrorKind, Reply, Request, VERSION};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden.txt");

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn watch(query: Query) -> Request {
    Request::Watch(Watch { asked: 1, seen: 2, reveal: true, query })
}

fn listing() -> Listing {
    let filter = "state:refused".into();
    Listing { filter, sort: 2, descending: true, offset: 10, rows: 20, focus: Some(104_512) }
}

fn screen(body: Body) -> Reply {
    let head = HeadView { site: "Leeds DC".into(), now: 9, operator: true, ..HeadView::default() };
    Reply::Screen(Box::new(Snapshot { asked: 1, seen: 3, head, body }))
}

fn job() -> JobView {
    JobView {
        id: "j7".into(),
        key: 7,
        kind: "create".into(),
        order: 104_512,
        state: "unsure".into(),
        attempt: 2,
        due_at: Some(1_795_413_605_000),
        last_error: text("timed out"),
        created_at: 1_795_413_600_000,
    }
}

fn order() -> OrderView {
    OrderView {
        number: 104_512,
        id: "05d47a64-3aaf-43cd-a99c-a48b7d84365e".into(),
        reference: "SO-88121".into(),
        state: "sent".into(),
        reason: text("reason"),
        service: "Two Man (Leeds Depot)".into(),
        depot: text("Leeds Depot"),
        method: text("Two Man"),
        postcode: "LS1 4AP".into(),
        tracking_number: text("TRK1"),
        tracking_url: text("https://x.test/1"),
        consignment: text("CN1"),
        run: Some(3),
        run_text: text("RUN 03"),
        run_id: text("R9"),
        day: text("2026-11-24"),
        sequence: Some(4),
        generation: 1,
        updated_at: 1_795_413_600_000,
    }
}

fn api() -> ApiView {
    ApiView { state: "up".into(), last_ok_at: Some(1), calls_last_minute: 38 }
}

fn status() -> StatusView {
    StatusView {
        version: "0.1.0".into(),
        site: "Leeds DC".into(),
        zone: "Europe/London".into(),
        now: 9,
        since: 1,
        paused: Some(PausedView { by: "pat".into(), at: 2 }),
        orders: vec![("sent".into(), 412)],
        jobs: vec![("waiting".into(), 17)],
        oldest_job_at: Some(3),
        linnworks: api(),
        stream: api(),
        webhooks_received: 4,
        webhooks_unreadable: 1,
        webhooks_last_at: Some(5),
        webhooks_subscribed: 3,
        sync_orders: "on".into(),
        last_poll_at: Some(6),
        next_poll_at: Some(7),
        last_sweep_at: Some(8),
        oldest_read_at: Some(9),
        alarms: vec![AlarmView { code: "c".into(), text: "t".into(), since: 1 }],
        stuck: vec![StuckView { number: 7, state: "refused".into(), since: 1, reason: "r".into() }],
        store_bytes: 1_589_248,
    }
}

fn requests() -> Vec<(&'static str, Request)> {
    let page = || (Some(7), 500);
    vec![
        ("Status", Request::Status),
        (
            "Orders",
            Request::Orders {
                state: text("sent"),
                search: text("LS1"),
                after: page().0,
                limit: page().1,
            },
        ),
        ("Order", Request::Order { number: 104_512 }),
        ("Jobs", Request::Jobs { state: None, after: None, limit: 500 }),
        ("Services", Request::Services),
        ("Audit", Request::Audit { local: true }),
        ("Why", Request::Why { number: 104_512 }),
        ("Resend", Request::Act(Action::Resend { numbers: vec![104_512, 7] })),
        ("Retry", Request::Act(Action::Retry { jobs: vec!["j7".into()] })),
        ("RetryParked", Request::Act(Action::RetryParked { after: Some(7) })),
        ("Pause", Request::Act(Action::Pause)),
        ("Resume", Request::Act(Action::Resume)),
        ("Runs", Request::Runs { day: text("2026-11-26") }),
        ("Webhooks", Request::Webhooks { after: Some(7), limit: 500 }),
        ("Endpoints", Request::Endpoints),
        ("Refresh", Request::Act(Action::Refresh { numbers: vec![104_512] })),
        ("Cancel", Request::Act(Action::Cancel { numbers: vec![104_512] })),
        ("Replay", Request::Act(Action::Replay { id: "w7".into() })),
        ("LogLevel", Request::LogLevel { level: "debug".into(), lasts_ms: 900_000 }),
        ("Reveal", Request::Act(Action::Reveal)),
        ("Watch Overview", watch(Query::Overview)),
        ("Watch Orders", watch(Query::Orders(listing()))),
        ("Watch Order", watch(Query::Order { number: 104_512 })),
        ("Watch Queue", watch(Query::Queue(listing()))),
        ("Watch Errors", watch(Query::Errors(listing()))),
        ("Watch Runs", watch(Query::Runs { day: text("2026-11-24") })),
        ("Watch Webhooks", watch(Query::Webhooks(listing()))),
        ("Watch Services", watch(Query::Services)),
        ("Watch Activity", watch(Query::Activity { after: Some(9) })),
        ("Watch Settings", watch(Query::Settings)),
        ("Label", Request::Label { number: 104_512, format: text("compact") }),
        ("Backup", Request::Backup),
        ("BackupPart", Request::BackupPart { id: 7, offset: 1_048_576 }),
        ("Forget", Request::Act(Action::Forget { numbers: vec![104_512] })),
    ]
}

fn answers_to_operators() -> [(&'static str, Reply); 2] {
    [
        (
            "Why",
            Reply::Why(WhyView {
                number: 104_512,
                state: "held".into(),
                text: "t".into(),
                next: "n".into(),
            }),
        ),
        (
            "Acted",
            Reply::Acted(vec![ActedView {
                number: Some(104_512),
                id: text("j7"),
                result: "queued".into(),
                text: "t".into(),
            }]),
        ),
    ]
}

fn replies() -> Vec<(&'static str, Reply)> {
    let detail = OrderDetailView {
        order: order(),
        identifiers: vec!["SENT TO STREAM".into()],
        identifiers_wanted: vec!["SENT TO STREAM".into()],
        notes: vec!["note".into()],
        timeline: vec![EntryView { at: 1, what: "found".into(), detail: "d".into() }],
        jobs: vec![job()],
        zone: "Europe/London".into(),
        now: 9,
    };
    let method = MethodView { id: "L2".into(), name: "Two Man".into(), kind: "DELIVERY".into() };
    let services = ServicesView {
        depots: vec![DepotView {
            id: "LDS".into(),
            name: "Leeds Depot".into(),
            methods: vec![method],
        }],
        services: vec![ServiceView {
            name: "Two Man (Leeds Depot)".into(),
            depot: text("Leeds Depot"),
            method: text("Two Man"),
            rule: "name".into(),
            problem: None,
        }],
    };
    let audit = AuditView {
        eligible: 4,
        shipped: 1,
        refused: 1,
        waiting: 1,
        attention: 1,
        unexplained: vec![7],
        double: vec![8],
        ok: false,
    };
    let mut replies = vec![
        ("Status", Reply::Status(Box::new(status()))),
        ("Orders", Reply::Orders(vec![order()])),
        ("Order", Reply::Order(Box::new(detail))),
        ("Jobs", Reply::Jobs(vec![job()])),
        ("Services", Reply::Services(Box::new(services))),
        ("Audit", Reply::Audit(audit)),
        ("Goodbye", Reply::Goodbye { text: "the daemon stops".into() }),
    ];
    replies.extend(answers_to_operators());
    for (name, kind) in [
        ("Error NotFound", ErrorKind::NotFound),
        ("Error BadRequest", ErrorKind::BadRequest),
        ("Error Refused", ErrorKind::Refused),
        ("Error Unavailable", ErrorKind::Unavailable),
        ("Error Internal", ErrorKind::Internal),
    ] {
        replies.push((name, Reply::Error { kind, text: "t".into() }));
    }
    let level =
        LogLevelView { level: "debug".into(), until: 1_795_413_605_000, then: "info".into() };
    replies.push(("LogLevel", Reply::LogLevel(level)));
    let page = |rows| Page { total: 7, offset: 1, focus: Some(2), rows };
    let line = LineView { seq: 4, at: 5, order: Some(6), what: "w".into(), detail: "d".into() };
    let setting = SettingView { key: "k".into(), value: "v".into(), origin: "default".into() };
    replies.push(("Screen Orders", screen(Body::Orders(page(vec![order()])))));
    replies.push(("Screen Activity", screen(Body::Activity(vec![line]))));
    replies.push(("Screen Settings", screen(Body::Settings(vec![setting]))));
    replies.push(("Screen Nothing", screen(Body::Nothing("text".into()))));
    replies.push(("Labels", Reply::Labels(vec![vec![0x89, 0x50], vec![]])));
    replies.extend(planning());
    replies.extend(backup());
    replies
}

fn backup() -> [(&'static str, Reply); 2] {
    let backup = BackupView {
        id: 7,
        bytes: 1_048_577,
        sha256: vec![1, 2],
        made_at: 3,
        credentials: vec!["/etc/linnstream/token".into()],
    };
    [("Backup", Reply::Backup(backup)), ("BackupPart", Reply::BackupPart(vec![1, 2]))]
}

fn planning() -> [(&'static str, Reply); 3] {
    let stop = StopView {
        sequence: Some(1),
        number: 104_512,
        reference: "SO-88121".into(),
        postcode: "LS1 4AP".into(),
        state: "planned".into(),
        problem: text("p"),
    };
    let run = RunView {
        run: Some(3),
        run_text: "RUN 03".into(),
        run_id: "R9".into(),
        day: text("2026-11-26"),
        depot: text("Leeds Depot"),
        driver: text("d"),
        vehicle: text("v"),
        status: "planned".into(),
        leaves_at: Some(1),
        stops: vec![stop],
    };
    let webhook = WebhookView {
        id: "w7".into(),
        key: 7,
        at: 1,
        event: "DELIVERED".into(),
        event_type: "CONSHEADER".into(),
        order: Some(104_512),
        order_ref: text("CN1"),
        run: text("RUN 03"),
        state: "done".into(),
        detail: "d".into(),
    };
    let endpoints = EndpointsView {
        linnworks: vec![("AddNewUserEndpoint".into(), "u".into())],
        stream_webhook: text("u"),
    };
    [
        ("Runs", Reply::Runs(vec![run])),
        ("Webhooks", Reply::Webhooks(vec![webhook])),
        ("Endpoints", Reply::Endpoints(endpoints)),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn golden() -> String {
    let mut text = format!("protocol {VERSION}\n");
    for (name, message) in requests() {
        let _ = writeln!(text, "Request {name}: {}", hex(&encode(&message).expect("encoded")));
    }
    for (name, message) in replies() {
        let _ = writeln!(text, "Reply {name}: {}", hex(&encode(&message).expect("encoded")));
    }
    text
}

#[test]
fn the_bytes_of_every_message_are_those_of_the_protocols_number() {
    let pinned = std::fs::read_to_string(FILE).expect("the golden file");
    for (ours, pinned) in golden().lines().zip(pinned.lines()) {
        assert_eq!(ours, pinned, "the protocol changed: raise VERSION and rewrite the golden file");
    }
    assert_eq!(golden().lines().count(), pinned.lines().count());
}

#[test]
fn every_message_is_read_back_as_it_was_written() {
    for (name, message) in requests() {
        let bytes = encode(&message).expect("encoded");
        assert_eq!(decode::<Request>(&bytes[4..]).expect(name), message);
    }
    for (name, message) in replies() {
        let bytes = encode(&message).expect("encoded");
        assert_eq!(decode::<Reply>(&bytes[4..]).expect(name), message);
    }
}

#[test]
#[ignore = "rewrites the golden file"]
fn rewrite() {
    std::fs::write(FILE, golden()).expect("written");
}
