//! Health, readiness and metrics, on an address of their own that only this machine reaches.

use std::fmt::Write as _;

use serde_json::json;

use super::server::{Answer, Incoming, Verb};

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
    /// Requests that the gate refused, by status.
    pub refusals: Vec<(u16, u64)>,
    /// Standing warnings, by code.
    pub alarms: Vec<String>,
    /// Bytes of the database.
    pub store_bytes: u64,
    /// Age of the oldest read of a shipment, in seconds.
    pub oldest_read_s: f64,
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
                reasons.push(format!("{} is {}", api.name, api.state));
            }
            verdict(&reasons)
        }
        "/metrics" => Answer::text(200, "text/plain; version=0.0.4", metrics(&facts)),
        _ => Answer::empty(404),
    }
}

fn verdict(reasons: &[String]) -> Answer {
    let ok = reasons.is_empty();
    Answer::json(if ok { 200 } else { 503 }, &json!({"ok": ok, "reasons": reasons}))
}

/// Prometheus text: names are added, never changed.
fn metrics(facts: &Facts) -> String {
    let mut text = String::new();
    let mut family = |name: &str, kind: &str, help: &str, rows: &[(String, f64)]| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in rows {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    };
    let by = |label: &str, rows: &[(String, u64)]| -> Vec<(String, f64)> {
        rows.iter().map(|(word, n)| (format!("{{{label}=\"{word}\"}}"), *n as f64)).collect()
    };
    let one = |value: f64| vec![(String::new(), value)];
    family("linnstream_orders", "gauge", "Orders by state.", &by("state", &facts.orders));
    family("linnstream_jobs", "gauge", "Jobs of the outbox by state.", &by("state", &facts.jobs));
    family(
        "linnstream_oldest_job_seconds",
        "gauge",
        "Age of the oldest job that is not done.",
        &one(facts.oldest_job_s),
    );
    family(
        "linnstream_webhooks",
        "gauge",
        "Notifications kept, by state.",
        &by("state", &facts.webhooks),
    );
    let refused: Vec<(String, u64)> =
        facts.refusals.iter().map(|(status, n)| (status.to_string(), *n)).collect();
    family(
        "linnstream_listener_refused_total",
        "counter",
        "Requests that the gate refused, by status.",
        &by("status", &refused),
    );
    let api = |value: &dyn Fn(&ApiFacts) -> f64| -> Vec<(String, f64)> {
        facts.apis.iter().map(|api| (format!("{{api=\"{}\"}}", api.name), value(api))).collect()
    };
    let up = api(&|api| f64::from(u8::from(api.answers)));
    family("linnstream_api_up", "gauge", "Whether the API answered last time.", &up);
    let calls = api(&|api| api.calls_last_minute as f64);
    family("linnstream_api_calls_last_minute", "gauge", "Calls in the last 60 s.", &calls);
    let alarms: Vec<(String, u64)> = facts.alarms.iter().map(|code| (code.clone(), 1)).collect();
    family("linnstream_alarm", "gauge", "Standing warnings by code.", &by("code", &alarms));
    family(
        "linnstream_store_bytes",
        "gauge",
        "Size of the database.",
        &one(facts.store_bytes as f64),
    );
    family(
        "linnstream_oldest_read_seconds",
        "gauge",
        "Age of the oldest read of an open shipment.",
        &one(facts.oldest_read_s),
    );
    text
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
        };
        Facts {
            apis: vec![api("linnworks", true), api("stream", false)],
            orders: vec![("sent".into(), 3)],
            refusals: vec![(413, 2)],
            alarms: vec!["stream-down".into()],
            ..Facts::default()
        }
    }

    #[test]
    fn alive_is_not_ready_while_a_system_does_not_answer() {
        let gather: Gather = Box::new(|| Ok(facts()));
        assert_eq!(answer(&get("/healthz"), &gather).status, 200);
        let ready = answer(&get("/readyz"), &gather);
        assert_eq!(ready.status, 503);
        assert!(String::from_utf8_lossy(&ready.body).contains("stream is down"));
        let broken: Gather = Box::new(|| Err("no disk".into()));
        assert_eq!(answer(&get("/healthz"), &broken).status, 503);
    }

    #[test]
    fn every_family_of_metrics_has_its_help_its_type_and_its_rows() {
        let text = metrics(&facts());
        assert!(text.contains("linnstream_orders{state=\"sent\"} 3\n"), "{text}");
        assert!(text.contains("linnstream_listener_refused_total{status=\"413\"} 2\n"));
        assert!(text.contains("linnstream_alarm{code=\"stream-down\"} 1\n"));
        let families = text.matches("# TYPE ").count();
        assert_eq!(families, text.matches("# HELP ").count());
        assert_eq!(families, 10);
    }
}
