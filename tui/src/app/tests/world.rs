//! What the screens of the tests show.

use crate::app::model::{Link, Model, Options, Screen};
use crate::protocol::screens::{
    Body, CauseView, ExchangeView, HeadView, LineView, MeterView, OrderScreen, OverviewView, Page,
    SettingView, Snapshot,
};
use crate::protocol::views::{
    AlarmView, ApiView, DepotView, EntryView, JobView, MethodView, OrderDetailView, OrderView,
    RunView, ServiceView, ServicesView, StatusView, StopView, StuckView, WebhookView,
};

/// Monday 23 November 2026, 14:05 in London.
const NOW: i64 = 1_795_442_700_000;

/// How full the world is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Empty,
    Busy,
    Disconnected,
    Overlong,
}

impl State {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Busy => "busy",
            Self::Disconnected => "disconnected",
            Self::Overlong => "overlong",
        }
    }
}

/// A model that has seen the screen.
pub(crate) fn model(screen: Screen, state: State, size: (u16, u16)) -> Model {
    let mut model = Model::new(Options::default(), size, 1_000_000);
    model.screen = screen;
    if let Screen::Order(_) = screen {
        model.trail.push(Screen::Orders);
    }
    model.shown(shown(&model, state));
    if state == State::Disconnected {
        model.local += 41_000;
        let why = "it ended, or was restarted".to_owned();
        model.link = Link::Lost { since: 1_000_000, attempt: 3, why };
    }
    model
}

fn minutes_ago(minutes: i64) -> i64 {
    NOW - minutes * 60_000
}

fn long(state: State, text: &str) -> String {
    if state == State::Overlong {
        format!("{text} – Ünïcödé 日本語の長い名前 🚚 {}", "and more and more ".repeat(8))
    } else {
        text.to_owned()
    }
}

fn head(state: State) -> HeadView {
    let busy = u64::from(state != State::Empty);
    HeadView {
        site: long(state, "Leeds DC"),
        zone: "Europe/London".into(),
        version: "0.1.0".into(),
        now: NOW,
        operator: true,
        user: "pat".into(),
        paused: None,
        sync_orders: "on".into(),
        errors: 15 * busy,
        orders: 1_984 * busy,
        jobs: 17 * busy,
        alarms: busy,
    }
}

/// What the daemon answers to the model's question.
pub(crate) fn shown(model: &Model, state: State) -> Snapshot {
    let body = match model.screen {
        Screen::Overview => Body::Overview(Box::new(overview(state))),
        Screen::Orders => Body::Orders(page(orders(state), model.list_rows())),
        Screen::Order(number) => Body::Order(Box::new(order_screen(state, number))),
        Screen::Queue => Body::Queue(page(jobs(state), model.list_rows())),
        Screen::Errors => Body::Errors(page(causes(state), model.list_rows())),
        Screen::Runs => Body::Runs(runs(state)),
        Screen::Webhooks => Body::Webhooks(page(webhooks(state), model.list_rows())),
        Screen::Services => Body::Services(Box::new(services(state))),
        Screen::Activity => Body::Activity(lines(state)),
        Screen::Settings => Body::Settings(settings(state)),
    };
    Snapshot { asked: model.asked, seen: 5, head: head(state), body }
}

fn page<T>(mut rows: Vec<T>, most: usize) -> Page<T> {
    let total = u32::try_from(rows.len()).expect("few");
    rows.truncate(most);
    Page { total, offset: 0, focus: None, rows }
}

fn status(state: State) -> StatusView {
    let busy = state != State::Empty;
    let count = |n: u64| if busy { n } else { 0 };
    let api = |word: &str, calls| ApiView {
        state: word.into(),
        last_ok_at: Some(NOW - 2_000),
        calls_last_minute: calls,
    };
    StatusView {
        version: "0.1.0".into(),
        site: "Leeds DC".into(),
        zone: "Europe/London".into(),
        now: NOW,
        since: minutes_ago(6_000),
        paused: None,
        orders: [
            ("waiting", 17),
            ("sent", 412),
            ("planned", 388),
            ("dispatched", 120),
            ("delivered", 64),
            ("refused", 12),
            ("attention", 3),
        ]
        .map(|(word, n)| (word.to_owned(), count(n)))
        .to_vec(),
        jobs: [("waiting", 17), ("sending", 0), ("unsure", 0), ("parked", 1)]
            .map(|(word, n)| (word.to_owned(), count(n)))
            .to_vec(),
        oldest_job_at: busy.then_some(NOW - 12_000),
        linnworks: api("up", 212),
        stream: api(if busy { "throttled" } else { "up" }, 38),
        webhooks_received: count(1_204),
        webhooks_unreadable: 0,
        webhooks_last_at: busy.then_some(NOW - 8_000),
        webhooks_subscribed: 4,
        sync_orders: "on".into(),
        last_poll_at: Some(NOW - 20_000),
        next_poll_at: Some(NOW + 40_000),
        last_sweep_at: Some(NOW - 4_000),
        oldest_read_at: busy.then_some(minutes_ago(4)),
        alarms: Vec::new(),
        stuck: Vec::new(),
        store_bytes: 12_000_000,
    }
}

fn overview(state: State) -> OverviewView {
    let meter =
        |what: &str, calls, of, ms| MeterView { what: what.into(), calls, of, took_ms: Some(ms) };
    let busy = state != State::Empty;
    let stuck = |number, word: &str, minutes, reason: &str| StuckView {
        number,
        state: word.into(),
        since: minutes_ago(minutes),
        reason: long(state, reason),
    };
    let mut status = status(state);
    if busy {
        status.stuck = vec![
            stuck(
                104_512,
                "refused",
                41,
                "the postcode is missing. Add it in Linnworks; it is sent again by itself",
            ),
            stuck(
                104_498,
                "refused",
                38,
                "service \"Courier (Leeds)\" has no depot. See the services",
            ),
            stuck(104_377, "attention", 12, "the address changed after RUN 03 was made"),
        ];
        status.alarms = vec![AlarmView {
            code: "run-leaves".into(),
            text: long(
                state,
                "the run \"RUN 03\" leaves at Mon 23 Nov 14:23 and these orders are not ready: 104381. See: linnstream why NUMBER",
            ),
            since: minutes_ago(12),
        }];
    }
    let minute = |n: u32| if busy { (n * 7) % 15 } else { 0 };
    OverviewView {
        status,
        linnworks: meter("Orders/SetOrderShippingInfo", 112, 225, 310),
        stream: meter("requests", 38, 120, 4_120),
        sent: (0..60).map(minute).collect(),
        refused: (0..60).map(|n| u32::from(busy && n % 20 == 0)).collect(),
    }
}

fn order(state: State, number: u64, word: &str) -> OrderView {
    let planned = word == "planned";
    OrderView {
        number,
        id: "05d47a64-3aaf-43cd-a99c-a48b7d84365e".into(),
        reference: long(state, "SO-88121"),
        state: word.into(),
        reason: matches!(word, "refused" | "attention")
            .then(|| long(state, "the postcode is missing")),
        service: long(state, "Two Man (Leeds Depot)"),
        depot: Some(long(state, "Leeds Depot")),
        method: Some("Two Man".into()),
        postcode: "LS18 …".into(),
        tracking_number: planned.then(|| "TRK481000SDBD8".into()),
        tracking_url: planned.then(|| "https://track.example/TRK481000SDBD8".into()),
        consignment: planned.then(|| "CN00481000".into()),
        run: planned.then_some(3),
        run_text: planned.then(|| long(state, "RUN 03")),
        run_id: planned.then(|| "RUN0031184".into()),
        day: planned.then(|| "2026-11-24".into()),
        sequence: planned.then_some(4),
        generation: 1,
        updated_at: minutes_ago(i64::try_from(number % 97).expect("small")),
    }
}

fn orders(state: State) -> Vec<OrderView> {
    if state == State::Empty {
        return Vec::new();
    }
    let words = ["refused", "planned", "sent", "attention", "waiting"];
    (0..60)
        .map(|n| order(state, 104_512 + n, words[usize::try_from(n).expect("small") % 5]))
        .collect()
}

fn order_screen(state: State, number: u64) -> OrderScreen {
    let entry = |minutes: i64, what: &str, detail: &str| EntryView {
        at: minutes_ago(minutes),
        what: what.into(),
        detail: long(state, detail),
    };
    let empty = state == State::Empty;
    OrderScreen {
        detail: OrderDetailView {
            order: order(state, number, if empty { "waiting" } else { "planned" }),
            identifiers: vec!["SENT TO STREAM".into(), "RUN 03".into()],
            identifiers_wanted: vec!["SENT TO STREAM".into(), "RUN 03".into(), "SEQ 04".into()],
            notes: if empty {
                Vec::new()
            } else {
                vec![long(state, "Not sent to Stream: the postcode is missing.")]
            },
            timeline: vec![
                entry(41, "found in Linnworks", "service Two Man (Leeds Depot)"),
                entry(41, "refused", "the postcode is missing"),
                entry(40, "identifiers changed", "added ERROR FROM STREAM"),
                entry(7, "created in Stream", "consignment CN00481000, tracking TRK481000SDBD8"),
            ],
            jobs: if empty { Vec::new() } else { jobs(state).into_iter().take(2).collect() },
            zone: "Europe/London".into(),
            now: NOW,
        },
        why: long(state, "Order 104512 is on RUN 03 of Tue 24 Nov, place 4."),
        next: "Nothing: its identifiers are being brought in line.".into(),
        exchanges: if empty { Vec::new() } else { exchanges(state) },
    }
}

fn exchanges(state: State) -> Vec<ExchangeView> {
    let refused = r#"{"response":{"errors":[{"code":"E-EXAMPLE-7","description":"the delivery method is not known"}],"order":{"customer":{"name":"…","postcode":"…"}},"valid":false}}"#;
    let body = if state == State::Overlong { refused.repeat(12) } else { refused.to_owned() };
    let stream = ExchangeView {
        system: "Stream".into(),
        at: minutes_ago(7),
        method: "POST".into(),
        path: "/api/orders/orders".into(),
        status: Some(422),
        error: None,
        took_ms: 4_120,
        cut: state == State::Overlong,
        masked: true,
        body,
    };
    let linnworks = ExchangeView {
        system: "Linnworks".into(),
        at: minutes_ago(9),
        method: "POST".into(),
        path: "/api/Orders/SetOrderShippingInfo".into(),
        status: None,
        error: Some(long(state, "timed out after 60 s")),
        took_ms: 60_000,
        body: String::new(),
        cut: false,
        masked: false,
    };
    vec![stream, linnworks]
}

fn jobs(state: State) -> Vec<JobView> {
    if state == State::Empty {
        return Vec::new();
    }
    let words = ["parked", "unsure", "sending", "waiting", "waiting"];
    let job = |n: u64| {
        let word = words[usize::try_from(n).expect("small").min(4)];
        JobView {
            id: format!("j{n}"),
            key: n,
            kind: ["create", "tracking", "identifiers", "note"]
                [usize::try_from(n % 4).expect("small")]
            .into(),
            order: 104_500 + n,
            state: word.into(),
            attempt: u32::try_from(n % 5).expect("small"),
            due_at: Some(NOW + i64::try_from(n).expect("small") * 7_000 - 9_000),
            last_error: (n < 3).then(|| long(state, "Stream answered 503")),
            created_at: minutes_ago(9),
        }
    };
    (0..17).map(job).collect()
}

fn causes(state: State) -> Vec<CauseView> {
    if state == State::Empty {
        return Vec::new();
    }
    let cause = |key: u64, count: u64, word: &str, text: &str| {
        CauseView {
        key,
        state: word.into(),
        cause: long(state, text),
        count: u32::try_from(count).expect("few"),
        first_at: minutes_ago(290),
        last_at: minutes_ago(3),
        next: "Add the postcode in Linnworks: the order is read again at every poll and sent by itself.".into(),
        numbers: (0..count).map(|n| 104_500 + 100 * key + n).collect(),
    }
    };
    vec![
        cause(1, 12, "refused", "the postcode is missing"),
        cause(2, 2, "refused", "service … has no depot and delivery method"),
        cause(3, 1, "attention", "the address changed after … was made"),
    ]
}

fn runs(state: State) -> Vec<RunView> {
    if state == State::Empty {
        return Vec::new();
    }
    let stop = |place: u32, number, problem: Option<&str>| StopView {
        sequence: Some(place),
        number,
        reference: "SO-88121".into(),
        postcode: "LS6 …".into(),
        state: "planned".into(),
        problem: problem.map(|text| long(state, text)),
    };
    let run = |n: u32, stops: Vec<StopView>| RunView {
        run: Some(n),
        run_text: long(state, &format!("RUN {n:02}")),
        run_id: format!("R{n}"),
        day: Some("2026-11-24".into()),
        depot: Some("Leeds Depot".into()),
        driver: (n != 4).then(|| long(state, "A. Driver")),
        vehicle: Some("Luton 3".into()),
        status: "planned".into(),
        leaves_at: Some(NOW + 16 * 3_600_000),
        stops,
    };
    vec![
        run(
            3,
            vec![stop(1, 104_377, None), stop(2, 104_381, Some("its label was not printed yet"))],
        ),
        run(4, vec![stop(1, 104_390, None)]),
    ]
}

fn webhooks(state: State) -> Vec<WebhookView> {
    if state == State::Empty {
        return Vec::new();
    }
    let one = |n: u64| WebhookView {
        id: format!("w{n}"),
        key: 1_000 - n,
        at: minutes_ago(i64::try_from(n).expect("small")),
        event: ["PLANNED", "DELIVERED", "OPENPLANNING"][usize::try_from(n % 3).expect("small")]
            .into(),
        event_type: "CONSIGNMENT".into(),
        order: (n % 3 != 2).then_some(104_500 + n),
        order_ref: None,
        run: (n % 3 == 2).then(|| "RUN 03".into()),
        state: if n == 4 { "unreadable" } else { "done" }.into(),
        detail: long(state, if n % 3 == 2 { "9 orders" } else { "" }),
    };
    (0..30).map(one).collect()
}

fn services(state: State) -> ServicesView {
    if state == State::Empty {
        return ServicesView { depots: Vec::new(), services: Vec::new() };
    }
    let service = |name: &str, depot: Option<&str>, problem: Option<&str>| ServiceView {
        name: long(state, name),
        depot: depot.map(str::to_owned),
        method: depot.map(|_| "Two Man".to_owned()),
        rule: if depot.is_some() { "name" } else { "none" }.into(),
        problem: problem.map(|text| long(state, text)),
    };
    ServicesView {
        depots: vec![DepotView {
            id: "LEEDS".into(),
            name: "Leeds Depot".into(),
            methods: vec![MethodView {
                id: "2M".into(),
                name: "Two Man".into(),
                kind: "DELIVERY".into(),
            }],
        }],
        services: vec![
            service("Two Man (Leeds Depot)", Some("Leeds Depot"), None),
            service(
                "Courier (Leeds)",
                None,
                Some("there is no depot \"Leeds\": choose one for it in the shipping integration"),
            ),
        ],
    }
}

fn lines(state: State) -> Vec<LineView> {
    if state == State::Empty {
        return Vec::new();
    }
    let line = |n: u64| LineView {
        seq: n + 1,
        at: minutes_ago(30 - i64::try_from(n).expect("small")),
        order: (!n.is_multiple_of(4)).then_some(104_500 + n),
        what: ["daemon", "found in Linnworks", "refused", "created in Stream"]
            [usize::try_from(n % 4).expect("small")]
        .into(),
        detail: long(state, "what there is to say of it"),
    };
    (0..30).map(line).collect()
}

fn settings(state: State) -> Vec<SettingView> {
    let one = |key: &str, value: &str, origin: &str| SettingView {
        key: key.into(),
        value: long(state, value),
        origin: origin.into(),
    };
    vec![
        one("site.name", "Leeds DC", "line 2"),
        one("stream.client_secret_file", "set", "credential stream-secret"),
        one("sync.orders", "on", "Linnworks"),
        one("labels.copies", "1", "default"),
    ]
}
