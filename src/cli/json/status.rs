//! The status as JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use tui::protocol::views::{ApiView, StatusView};

use super::time;

#[derive(Serialize)]
pub(in crate::cli) struct Status {
    version: String,
    site: String,
    since: String,
    paused: Option<Paused>,
    orders: BTreeMap<String, u64>,
    jobs: BTreeMap<String, u64>,
    linnworks: Api,
    stream: Api,
    webhooks: Webhooks,
    sync: Sync,
    alarms: Vec<Alarm>,
    store: Store,
}

#[derive(Serialize)]
struct Paused {
    by: String,
    at: String,
}

#[derive(Serialize)]
struct Api {
    state: String,
    last_ok_at: Option<String>,
    calls_last_minute: u64,
}

#[derive(Serialize)]
struct Webhooks {
    received: u64,
    unreadable: u64,
    last_at: Option<String>,
    subscribed: u64,
}

#[derive(Serialize)]
struct Sync {
    orders: String,
    last_poll_at: Option<String>,
    next_poll_at: Option<String>,
    last_sweep_at: Option<String>,
    oldest_read_at: Option<String>,
}

#[derive(Serialize)]
struct Alarm {
    code: String,
    text: String,
    since: String,
}

#[derive(Serialize)]
struct Store {
    bytes: u64,
}

fn api(view: &ApiView) -> Api {
    Api {
        state: view.state.clone(),
        last_ok_at: view.last_ok_at.map(time),
        calls_last_minute: view.calls_last_minute,
    }
}

/// The whole screen.
pub(in crate::cli) fn status(view: &StatusView) -> Status {
    let view = view.clone();
    let job = |(word, count): (String, u64)| {
        (if word == "done" { "done_24h".to_owned() } else { word }, count)
    };
    Status {
        version: view.version,
        site: view.site,
        since: time(view.since),
        paused: view.paused.map(|paused| Paused { by: paused.by, at: time(paused.at) }),
        orders: view.orders.into_iter().collect(),
        jobs: view.jobs.into_iter().map(job).collect(),
        linnworks: api(&view.linnworks),
        stream: api(&view.stream),
        webhooks: Webhooks {
            received: view.webhooks_received,
            unreadable: view.webhooks_unreadable,
            last_at: view.webhooks_last_at.map(time),
            subscribed: view.webhooks_subscribed,
        },
        sync: Sync {
            orders: view.sync_orders,
            last_poll_at: view.last_poll_at.map(time),
            next_poll_at: view.next_poll_at.map(time),
            last_sweep_at: view.last_sweep_at.map(time),
            oldest_read_at: view.oldest_read_at.map(time),
        },
        alarms: view
            .alarms
            .into_iter()
            .map(|alarm| Alarm { code: alarm.code, text: alarm.text, since: time(alarm.since) })
            .collect(),
        store: Store { bytes: view.store_bytes },
    }
}

#[cfg(test)]
pub(in crate::cli) mod tests {
    use super::super::tests::keys;
    use super::*;
    use crate::domain::job::JobWord;
    use crate::domain::order::StateWord;
    use tui::protocol::views::StuckView;

    pub(in crate::cli) fn example() -> StatusView {
        let api = |state: &str| ApiView {
            state: state.into(),
            last_ok_at: Some(1_795_413_600_000),
            calls_last_minute: 38,
        };
        StatusView {
            version: "0.1.0".into(),
            site: "Leeds DC".into(),
            zone: "Europe/London".into(),
            now: 1_795_413_660_000,
            since: 1_795_400_000_000,
            paused: None,
            orders: StateWord::ALL
                .into_iter()
                .zip(0..)
                .map(|(word, n)| (word.word().to_owned(), n))
                .collect(),
            jobs: JobWord::ALL
                .into_iter()
                .zip(0..)
                .map(|(word, n)| (word.word().to_owned(), n))
                .collect(),
            oldest_job_at: Some(1_795_413_648_000),
            linnworks: api("up"),
            stream: api("up"),
            webhooks_received: 0,
            webhooks_unreadable: 0,
            webhooks_last_at: None,
            webhooks_subscribed: 0,
            sync_orders: "on".into(),
            last_poll_at: Some(1_795_413_640_000),
            next_poll_at: Some(1_795_413_700_000),
            last_sweep_at: None,
            oldest_read_at: None,
            alarms: Vec::new(),
            stuck: vec![StuckView {
                number: 104_512,
                state: "refused".into(),
                since: 1_795_411_200_000,
                reason: "Not sent to Stream: the postcode is missing".into(),
            }],
            store_bytes: 1_589_248,
        }
    }

    #[test]
    fn the_status_has_the_keys_scripts_rely_on() {
        let document = serde_json::to_value(status(&example())).expect("JSON");
        let wanted = [
            "alarms",
            "jobs",
            "linnworks",
            "orders",
            "paused",
            "since",
            "site",
            "store",
            "stream",
            "sync",
            "version",
            "webhooks",
        ];
        assert_eq!(keys(&document), wanted);
        assert_eq!(keys(&document["jobs"]), ["done_24h", "parked", "sending", "unsure", "waiting"]);
        let mut states: Vec<&str> = StateWord::ALL.into_iter().map(StateWord::word).collect();
        states.sort_unstable();
        assert_eq!(keys(&document["orders"]), states);
        assert_eq!(keys(&document["linnworks"]), ["calls_last_minute", "last_ok_at", "state"]);
        let sync = ["last_poll_at", "last_sweep_at", "next_poll_at", "oldest_read_at", "orders"];
        assert_eq!(keys(&document["sync"]), sync);
        assert_eq!(
            keys(&document["webhooks"]),
            ["last_at", "received", "subscribed", "unreadable"]
        );
        assert!(document["paused"].is_null() && document["sync"]["last_sweep_at"].is_null());
        assert_eq!(document["store"]["bytes"], 1_589_248);
    }
}
