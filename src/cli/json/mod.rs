//! The documents that scripts rely on, as structs of their own: every key is always there, null when
//! unknown; times are RFC 3339 in UTC. Formats are added to, never silently changed.

mod config;
mod order;
mod planning;
mod status;

use std::io::{self, Write};

use serde::Serialize;
use tui::protocol::views::{ActedView, AuditView, LogLevelView, ServicesView, WhyView};

use crate::domain::time::Timestamp;
use crate::probe::check::Check;

pub(super) use config::{check_config, config_show, origin};
#[cfg(test)]
pub(super) use order::tests::example as tests_order_example;
pub(super) use order::{job, order, order_detail};
pub(super) use planning::{endpoints, run, webhook};
pub(super) use status::status;
#[cfg(test)]
pub(super) use status::tests::example as tests_status_example;

/// Prints one document.
pub(super) fn print(out: &mut impl Write, document: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_string_pretty(document).map_err(io::Error::other)?;
    writeln!(out, "{text}")
}

fn time(at: i64) -> String {
    Timestamp(at).rfc3339()
}

#[derive(Serialize)]
pub(super) struct Services {
    depots: Vec<Depot>,
    services: Vec<Service>,
}

#[derive(Serialize)]
struct Depot {
    id: String,
    name: String,
    methods: Vec<Method>,
}

#[derive(Serialize)]
struct Method {
    id: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Serialize)]
struct Service {
    name: String,
    depot: Option<String>,
    method: Option<String>,
    rule: String,
    problem: Option<String>,
}

pub(super) fn services(view: &ServicesView) -> Services {
    let depots = view.depots.iter().cloned().map(|depot| Depot {
        id: depot.id,
        name: depot.name,
        methods: depot
            .methods
            .into_iter()
            .map(|m| Method { id: m.id, name: m.name, kind: m.kind })
            .collect(),
    });
    let services = view.services.iter().cloned().map(|one| Service {
        name: one.name,
        depot: one.depot,
        method: one.method,
        rule: one.rule,
        problem: one.problem,
    });
    Services { depots: depots.collect(), services: services.collect() }
}

#[derive(Serialize)]
pub(super) struct Audit {
    eligible: u64,
    shipped: u64,
    refused: u64,
    waiting: u64,
    attention: u64,
    unexplained: Vec<u64>,
    double: Vec<u64>,
    ok: bool,
}

pub(super) fn audit(view: &AuditView) -> Audit {
    Audit {
        eligible: view.eligible,
        shipped: view.shipped,
        refused: view.refused,
        waiting: view.waiting,
        attention: view.attention,
        unexplained: view.unexplained.clone(),
        double: view.double.clone(),
        ok: view.ok,
    }
}

#[derive(Serialize)]
pub(super) struct Why {
    number: u64,
    state: String,
    text: String,
    next: String,
}

pub(super) fn why(view: &WhyView) -> Why {
    let view = view.clone();
    Why { number: view.number, state: view.state, text: view.text, next: view.next }
}

/// Named by its number, or by its id when it is not about an order.
#[derive(Serialize)]
pub(super) struct Acted {
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    result: String,
    text: String,
}

pub(super) fn acted(view: &ActedView) -> Acted {
    let view = view.clone();
    Acted { number: view.number, id: view.id, result: view.result, text: view.text }
}

/// What the doctor looked at.
#[derive(Serialize)]
pub(super) struct Doctor {
    ok: bool,
    checks: Vec<DoctorCheck>,
}

#[derive(Serialize)]
struct DoctorCheck {
    name: &'static str,
    ok: bool,
    text: String,
    remedy: Option<String>,
}

pub(super) fn doctor(checks: &[Check]) -> Doctor {
    let one = |check: &Check| DoctorCheck {
        name: check.name,
        ok: check.ok,
        text: check.text.clone(),
        remedy: check.remedy.clone(),
    };
    Doctor { ok: checks.iter().all(|check| check.ok), checks: checks.iter().map(one).collect() }
}

#[derive(Serialize)]
pub(super) struct LogLevel {
    level: String,
    until: String,
    then: String,
}

pub(super) fn log_level(view: &LogLevelView) -> LogLevel {
    LogLevel { level: view.level.clone(), until: time(view.until), then: view.then.clone() }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use tui::protocol::views::{DepotView, MethodView, ServiceView};

    pub(in crate::cli) fn keys(value: &Value) -> Vec<String> {
        let mut keys: Vec<String> = value.as_object().expect("an object").keys().cloned().collect();
        keys.sort();
        keys
    }

    #[test]
    fn services_have_the_keys_scripts_rely_on() {
        let view = ServicesView {
            depots: vec![DepotView {
                id: "LDS".into(),
                name: "Leeds Depot".into(),
                methods: vec![MethodView {
                    id: "L2".into(),
                    name: "Two Man".into(),
                    kind: "DELIVERY".into(),
                }],
            }],
            services: vec![ServiceView {
                name: "Stream Express".into(),
                depot: None,
                method: None,
                rule: "none".into(),
                problem: Some("no depot".into()),
            }],
        };
        let document = serde_json::to_value(services(&view)).expect("JSON");
        let wanted = json!({
            "depots": [{"id": "LDS", "name": "Leeds Depot", "methods": [{"id": "L2", "name": "Two Man", "type": "DELIVERY"}]}],
            "services": [{"name": "Stream Express", "depot": null, "method": null, "rule": "none", "problem": "no depot"}],
        });
        assert_eq!(document, wanted);
    }

    #[test]
    fn what_the_doctor_saw_has_the_keys_scripts_rely_on() {
        let checks = [Check::good("disk", "room"), Check::fault("clock", "late", "set it")];
        let document = serde_json::to_value(doctor(&checks)).expect("JSON");
        let wanted = json!({"ok": false, "checks": [
            {"name": "disk", "ok": true, "text": "room", "remedy": null},
            {"name": "clock", "ok": false, "text": "late", "remedy": "set it"}]});
        assert_eq!(document, wanted);
        assert_eq!(serde_json::to_value(doctor(&checks[..1])).expect("JSON")["ok"], true);
    }

    #[test]
    fn the_account_has_the_keys_scripts_rely_on() {
        let view = AuditView {
            eligible: 3,
            shipped: 1,
            refused: 1,
            waiting: 1,
            attention: 0,
            unexplained: vec![7],
            double: vec![],
            ok: false,
        };
        let document = serde_json::to_value(audit(&view)).expect("JSON");
        let wanted = json!({"eligible": 3, "shipped": 1, "refused": 1, "waiting": 1, "attention": 0,
            "unexplained": [7], "double": [], "ok": false});
        assert_eq!(document, wanted);
    }
}
