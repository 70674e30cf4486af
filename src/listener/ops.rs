//! Health and readiness, and the way to the metrics, on an address of their own that only this machine reaches.

use std::collections::BTreeMap;

use serde_json::json;

use super::metrics;
use super::server::{Answer, Incoming, Verb};
use crate::tally::Reading;

/// One API, as the probes see it.
#[derive(Clone, Debug)]
pub struct ApiFacts {
    /// `linnworks`, `stream`.
    pub name: &'static str,
    /// `up`, `throttled`, `down`, `unauthorised`, `unconfigured`.
    pub state: &'static str,
    /// Whether it answered when it was asked last.
    pub answers: bool,
    /// Calls in the last 60 s.
    pub calls_last_minute: u64,
    /// Calls by method and how they ended.
    pub calls: BTreeMap<(&'static str, &'static str), u64>,
    /// Budgets: of what, calls that could be made at once, the most that could be.
    pub budgets: Vec<(&'static str, u32, u32)>,
    /// How long calls took.
    pub latency: Reading,
}

/// What the endpoints show.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Why the program is not alive; empty when it is.
    pub stuck: Vec<String>,
    /// Both APIs.
    pub apis: Vec<ApiFacts>,
    /// Orders by state.
    pub orders: Vec<(String, u64)>,
    /// Jobs by state.
    pub jobs: Vec<(String, u64)>,
    /// Age of the oldest job that is not done, in seconds.
    pub oldest_job_s: f64,
    /// Notifications by state.
    pub webhooks: Vec<(String, u64)>,
    /// Notifications that came, by what became of them.
    pub received: Vec<(&'static str, u64)>,
    /// Requests that the gate refused, by status and reason.
    pub refusals: Vec<((u16, &'static str), u64)>,
    /// Connections that are open.
    pub connections: usize,
    /// Standing warnings, by code.
    pub alarms: Vec<String>,
    /// Bytes of the database.
    pub store_bytes: u64,
    /// Age of the oldest read of a shipment, in seconds.
    pub oldest_read_s: f64,
    /// How long commits took.
    pub commits: Reading,
    /// How long ago each loop last came round, in seconds.
    pub loops: Vec<(&'static str, f64)>,
    /// How often the watchdog was fed, and how often not.
    pub watchdog: (u64, u64),
    /// Start of the program, in seconds since 1970.
    pub started_at_s: f64,
    /// Since then, in seconds.
    pub uptime_s: f64,
}

/// Gathers the facts.
pub type Gather = Box<dyn Fn() -> Result<Facts, String> + Send + Sync>;

/// Whether there is such a path.
pub fn is_path(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz" | "/metrics")
}

/// Answers a request.
pub fn answer(incoming: &Incoming, gather: &Gather) -> Answer {
    if incoming.verb == Verb::Post {
        return Answer::empty(405);
    }
    let facts = match gather() {
        Ok(facts) => facts,
        Err(why) => {
            let body =
                json!({"ok": false, "reasons": [format!("the store cannot be read: {why}")]});
            return Answer::json(503, &body);
        }
    };
    match incoming.path.as_str() {
        "/healthz" => verdict(&facts.stuck),
        "/readyz" => {
            let mut reasons = facts.stuck.clone();
            for api in facts.apis.iter().filter(|api| !api.answers) {
                // Failed once or never asked yet is not down.
                let why = match api.state {
                    "up" | "throttled" => "has not answered last time",
                    state => state,
                };
                let is = if why == api.state { "is " } else { "" };
                reasons.push(format!("{} {is}{why}", api.name));
            }
            verdict(&reasons)
        }
        "/metrics" => Answer::text(200, metrics::CONTENT_TYPE, metrics::text(&facts)),
        _ => Answer::empty(404),
    }
}

fn verdict(reasons: &[String]) -> Answer {
    let ok = reasons.is_empty();
    Answer::json(if ok { 200 } else { 503 }, &json!({"ok": ok, "reasons": reasons}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str) -> Incoming {
        Incoming { verb: Verb::Get, path: path.into(), headers: Vec::new(), body: Vec::new() }
    }

    fn facts() -> Facts {
        let api = |name, answers| ApiFacts {
            name,
            state: if answers { "up" } else { "down" },
            answers,
            calls_last_minute: 7,
            calls: BTreeMap::new(),
            budgets: Vec::new(),
            latency: Reading::default(),
        };
        Facts { apis: vec![api("linnworks", true), api("stream", false)], ..Facts::default() }
    }

    #[test]
    fn alive_is_not_ready_while_a_system_does_not_answer() {
        let gather: Gather = Box::new(|| Ok(facts()));
        assert_eq!(answer(&get("/healthz"), &gather).status, 200);
        let ready = answer(&get("/readyz"), &gather);
        assert_eq!(ready.status, 503);
        assert!(String::from_utf8_lossy(&ready.body).contains("stream is down"));
        let gather: Gather = Box::new(|| {
            let mut facts = facts();
            facts.apis[1].state = "up";
            facts.stuck = vec!["the loop poll is stuck".to_owned()];
            Ok(facts)
        });
        let alive = answer(&get("/healthz"), &gather);
        assert_eq!(alive.status, 503);
        assert_eq!(alive.body, br#"{"ok":false,"reasons":["the loop poll is stuck"]}"#);
        let ready = answer(&get("/readyz"), &gather);
        let body = String::from_utf8_lossy(&ready.body).into_owned();
        assert!(
            body.contains("stream has not answered last time") && body.contains("stuck"),
            "{body}"
        );
        let broken: Gather = Box::new(|| Err("no disk".into()));
        assert_eq!(answer(&get("/healthz"), &broken).status, 503);
    }
}
