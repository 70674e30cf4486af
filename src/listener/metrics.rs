//! Numbers for Prometheus, in its text format. Names and labels are added, never changed.

use std::fmt::Write as _;

use super::ops::{ApiFacts, Facts};
use crate::tally::{BOUNDS_MS, Reading};

/// Content type of the text.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4";

/// Labels and the value.
type Row = (String, f64);

/// All families.
pub(super) fn text(facts: &Facts) -> String {
    let mut page = Page(String::new());
    work(&mut page, facts);
    notifications(&mut page, facts);
    page.systems(&facts.apis);
    process(&mut page, facts);
    page.0
}

struct Page(String);

fn work(page: &mut Page, facts: &Facts) {
    page.gauge("linnstream_orders", "Orders by state.", by("state", &facts.orders));
    page.gauge("linnstream_jobs", "Jobs of the outbox by state.", by("state", &facts.jobs));
    let oldest = "Age of the oldest job that is not done.";
    page.gauge("linnstream_oldest_job_seconds", oldest, one(facts.oldest_job_s));
    let oldest = "Age of the oldest read of an open shipment.";
    page.gauge("linnstream_oldest_read_seconds", oldest, one(facts.oldest_read_s));
    let alarms = facts.alarms.iter().map(|code| (labels(&[("code", code)]), 1.0));
    let mut alarms: Vec<Row> = alarms.collect();
    // Several may stand of one code.
    alarms.dedup();
    page.gauge("linnstream_alarm", "Standing warnings by code.", alarms);
}

fn notifications(page: &mut Page, facts: &Facts) {
    page.gauge(
        "linnstream_webhooks",
        "Notifications kept, by state.",
        by("state", &facts.webhooks),
    );
    let received: Vec<Row> = facts
        .received
        .iter()
        .map(|(result, n)| (labels(&[("result", result)]), *n as f64))
        .collect();
    let help = "Notifications that came: kept; refused for their secret; failed to be stored.";
    page.counter("linnstream_webhooks_received_total", help, received);
    let mut statuses = std::collections::BTreeMap::<u16, u64>::new();
    for ((status, _), n) in &facts.refusals {
        *statuses.entry(*status).or_default() += n;
    }
    let status = |status: u16| status.to_string();
    let refused = statuses.iter().map(|(s, n)| (labels(&[("status", &status(*s))]), *n as f64));
    let help = "Requests that the gate refused, by status.";
    page.counter("linnstream_listener_refused_total", help, refused.collect());
    let rejections = facts.refusals.iter().map(|((s, reason), n)| {
        (labels(&[("status", &status(*s)), ("reason", reason)]), *n as f64)
    });
    let help = "Requests that the gate refused, by status and reason.";
    page.counter("linnstream_listener_rejections_total", help, rejections.collect());
    let help = "Connections to the listener that are open.";
    page.gauge("linnstream_listener_connections", help, one(facts.connections as f64));
}

fn process(page: &mut Page, facts: &Facts) {
    page.gauge("linnstream_store_bytes", "Size of the database.", one(facts.store_bytes as f64));
    let help = "How long transactions took to be on disk.";
    page.histogram("linnstream_commit_seconds", help, &[(String::new(), &facts.commits)]);
    let ages = facts.loops.iter().map(|(name, age)| (labels(&[("loop", name)]), *age));
    let help = "How long ago each loop last came round.";
    page.gauge("linnstream_loop_age_seconds", help, ages.collect());
    let stuck = one(facts.stuck.len() as f64);
    page.gauge("linnstream_loops_stuck", "Loops that are stuck.", stuck);
    let (fed, withheld) = facts.watchdog;
    let fed = [("fed", fed), ("withheld", withheld)];
    let fed = fed.map(|(state, n)| (labels(&[("state", state)]), n as f64));
    let help = "Looks at which the service manager's watchdog was fed, or not because the work did not go on.";
    page.counter("linnstream_watchdog_total", help, fed.to_vec());
    let help = "When the program started, in seconds since 1970.";
    page.gauge("linnstream_start_time_seconds", help, one(facts.started_at_s));
    page.gauge("linnstream_uptime_seconds", "Since it started.", one(facts.uptime_s));
    let build = vec![(labels(&[("version", env!("CARGO_PKG_VERSION"))]), 1.0)];
    page.gauge("linnstream_build_info", "The version that runs.", build);
}

fn one(value: f64) -> Vec<Row> {
    vec![(String::new(), value)]
}

fn by(label: &str, rows: &[(String, u64)]) -> Vec<Row> {
    rows.iter().map(|(word, n)| (labels(&[(label, word)]), *n as f64)).collect()
}

/// Names and values as they stand behind the name of a family.
fn labels(pairs: &[(&str, &str)]) -> String {
    let one = |(name, value): &(&str, &str)| format!("{name}=\"{}\"", escaped(value));
    let pairs: Vec<String> = pairs.iter().map(one).collect();
    if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

impl Page {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{line}");
    }

    fn family(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
    }

    fn rows(&mut self, name: &str, rows: &[Row]) {
        for (labels, value) in rows {
            self.line(format_args!("{name}{labels} {value}"));
        }
    }

    fn gauge(&mut self, name: &str, help: &str, rows: Vec<Row>) {
        self.family(name, "gauge", help);
        self.rows(name, &rows);
    }

    fn counter(&mut self, name: &str, help: &str, rows: Vec<Row>) {
        self.family(name, "counter", help);
        self.rows(name, &rows);
    }

    /// Labels come without their braces.
    fn histogram(&mut self, name: &str, help: &str, all: &[(String, &Reading)]) {
        self.family(name, "histogram", help);
        for (labels, reading) in all {
            let comma = if labels.is_empty() { "" } else { "," };
            let count = reading.count;
            for (bound, at_most) in BOUNDS_MS.iter().zip(&reading.at_most) {
                let bound = *bound as f64 / 1000.0;
                self.line(format_args!("{name}_bucket{{{labels}{comma}le=\"{bound}\"}} {at_most}"));
            }
            self.line(format_args!("{name}_bucket{{{labels}{comma}le=\"+Inf\"}} {count}"));
            let braced = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
            let sum = reading.sum_ms as f64 / 1000.0;
            self.line(format_args!("{name}_sum{braced} {sum}"));
            self.line(format_args!("{name}_count{braced} {count}"));
        }
    }

    fn systems(&mut self, apis: &[ApiFacts]) {
        let api = |value: &dyn Fn(&ApiFacts) -> f64| -> Vec<Row> {
            apis.iter().map(|api| (labels(&[("api", api.name)]), value(api))).collect()
        };
        let up = api(&|api| f64::from(u8::from(api.answers)));
        self.gauge("linnstream_api_up", "Whether the API answered last time.", up);
        let calls = api(&|api| api.calls_last_minute as f64);
        self.gauge("linnstream_api_calls_last_minute", "Calls in the last 60 s.", calls);
        let states =
            apis.iter().map(|api| (labels(&[("api", api.name), ("state", api.state)]), 1.0));
        self.gauge("linnstream_api_state", "The state of the API.", states.collect());
        let outcomes = apis.iter().flat_map(|api| {
            api.calls.iter().map(|((method, outcome), n)| {
                let names = [("api", api.name), ("method", *method), ("outcome", *outcome)];
                (labels(&names), *n as f64)
            })
        });
        let help = "Calls by method and how they ended: yes; no, it was refused; throttled; unauthorised; down, \
                    nothing was sent; unknown.";
        self.counter("linnstream_api_calls_total", help, outcomes.collect());
        let budget = |pick: &dyn Fn(u32, u32) -> u32| -> Vec<Row> {
            let rows = apis.iter().flat_map(|api| api.budgets.iter().map(move |b| (api.name, *b)));
            rows.map(|(api, (method, left, of))| {
                (labels(&[("api", api), ("method", method)]), f64::from(pick(left, of)))
            })
            .collect()
        };
        let left = budget(&|left, _| left);
        self.gauge("linnstream_api_budget_left", "Calls that could be made at once.", left);
        let of = budget(&|_, of| of);
        self.gauge("linnstream_api_budget_limit", "The most that could be made at once.", of);
        let latencies: Vec<(String, &Reading)> =
            apis.iter().map(|api| (format!("api=\"{}\"", api.name), &api.latency)).collect();
        self.histogram("linnstream_api_seconds", "How long calls took.", &latencies);
    }
}

#[cfg(test)]
mod tests;
