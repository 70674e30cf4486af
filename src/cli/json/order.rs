//! Orders and jobs as JSON.

use serde::Serialize;
use tui::protocol::views::{JobView, OrderDetailView, OrderView};

use super::time;

#[derive(Serialize)]
pub(in crate::cli) struct Order {
    number: u64,
    id: String,
    reference: String,
    state: String,
    reason: Option<String>,
    service: String,
    depot: Option<String>,
    method: Option<String>,
    postcode: String,
    tracking_number: Option<String>,
    tracking_url: Option<String>,
    consignment: Option<String>,
    run: Option<u32>,
    run_text: Option<String>,
    run_id: Option<String>,
    day: Option<String>,
    sequence: Option<u32>,
    generation: u32,
    updated_at: String,
}

/// One order of a list.
pub(in crate::cli) fn order(view: &OrderView) -> Order {
    let view = view.clone();
    Order {
        number: view.number,
        id: view.id,
        reference: view.reference,
        state: view.state,
        reason: view.reason,
        service: view.service,
        depot: view.depot,
        method: view.method,
        postcode: view.postcode,
        tracking_number: view.tracking_number,
        tracking_url: view.tracking_url,
        consignment: view.consignment,
        run: view.run,
        run_text: view.run_text,
        run_id: view.run_id,
        day: view.day,
        sequence: view.sequence,
        generation: view.generation,
        updated_at: time(view.updated_at),
    }
}

#[derive(Serialize)]
pub(in crate::cli) struct OrderDetail {
    #[serde(flatten)]
    order: Order,
    identifiers: Vec<String>,
    identifiers_wanted: Vec<String>,
    notes: Vec<String>,
    timeline: Vec<Entry>,
    jobs: Vec<Job>,
}

#[derive(Serialize)]
struct Entry {
    at: String,
    what: String,
    detail: String,
}

/// One order whole.
pub(in crate::cli) fn order_detail(view: &OrderDetailView) -> OrderDetail {
    let entry = |entry: &tui::protocol::views::EntryView| Entry {
        at: time(entry.at),
        what: entry.what.clone(),
        detail: entry.detail.clone(),
    };
    OrderDetail {
        order: order(&view.order),
        identifiers: view.identifiers.clone(),
        identifiers_wanted: view.identifiers_wanted.clone(),
        notes: view.notes.clone(),
        timeline: view.timeline.iter().map(entry).collect(),
        jobs: view.jobs.iter().map(job).collect(),
    }
}

#[derive(Serialize)]
pub(in crate::cli) struct Job {
    id: String,
    kind: String,
    order: u64,
    state: String,
    attempt: u32,
    due_at: Option<String>,
    last_error: Option<String>,
    created_at: String,
}

/// One job.
pub(in crate::cli) fn job(view: &JobView) -> Job {
    let view = view.clone();
    Job {
        id: view.id,
        kind: view.kind,
        order: view.order,
        state: view.state,
        attempt: view.attempt,
        due_at: view.due_at.map(time),
        last_error: view.last_error,
        created_at: time(view.created_at),
    }
}

#[cfg(test)]
pub(in crate::cli) mod tests {
    use super::super::tests::keys;
    use super::*;
    use tui::protocol::views::EntryView;

    pub(in crate::cli) fn example() -> OrderDetailView {
        let job = JobView {
            id: "j7".into(),
            key: 7,
            kind: "create".into(),
            order: 104_512,
            state: "unsure".into(),
            attempt: 1,
            due_at: Some(1_795_413_605_000),
            last_error: Some("no clear answer: timed out".into()),
            created_at: 1_795_413_600_000,
        };
        let order = OrderView {
            number: 104_512,
            id: "05d47a64-3aaf-43cd-a99c-a48b7d84365e".into(),
            reference: "SO-88121".into(),
            state: "refused".into(),
            reason: Some("Not sent to Stream: the postcode is missing".into()),
            service: "Two Man (Leeds Depot)".into(),
            depot: Some("Leeds Depot".into()),
            method: Some("Two Man".into()),
            postcode: String::new(),
            tracking_number: None,
            tracking_url: None,
            consignment: None,
            run: None,
            run_text: None,
            run_id: None,
            day: None,
            sequence: None,
            generation: 1,
            updated_at: 1_795_413_600_000,
        };
        OrderDetailView {
            order,
            identifiers: vec!["ERROR FROM STREAM".into()],
            identifiers_wanted: vec!["ERROR FROM STREAM".into()],
            notes: vec!["Not sent to Stream: the postcode is missing [LS 01234567]".into()],
            timeline: vec![EntryView {
                at: 1_795_413_600_000,
                what: "refused".into(),
                detail: "Not sent to Stream: the postcode is missing".into(),
            }],
            jobs: vec![job],
            zone: "Europe/London".into(),
            now: 1_795_413_660_000,
        }
    }

    #[test]
    fn an_order_has_the_keys_scripts_rely_on_null_where_unknown() {
        let list = serde_json::to_value(order(&example().order)).expect("JSON");
        let mut wanted = vec![
            "number",
            "id",
            "reference",
            "state",
            "reason",
            "service",
            "depot",
            "method",
            "postcode",
            "tracking_number",
            "tracking_url",
            "consignment",
            "run",
            "run_text",
            "run_id",
            "day",
            "sequence",
            "generation",
            "updated_at",
        ];
        wanted.sort_unstable();
        assert_eq!(keys(&list), wanted);
        assert!(list["tracking_number"].is_null() && list["run"].is_null());
        assert_eq!(list["updated_at"], "2026-11-23T06:00:00.000Z");
        let whole = serde_json::to_value(order_detail(&example())).expect("JSON");
        wanted.extend(["identifiers", "identifiers_wanted", "notes", "timeline", "jobs"]);
        wanted.sort_unstable();
        assert_eq!(keys(&whole), wanted);
        assert_eq!(keys(&whole["timeline"][0]), ["at", "detail", "what"]);
    }

    #[test]
    fn a_job_has_the_keys_scripts_rely_on() {
        let document = serde_json::to_value(job(&example().jobs[0])).expect("JSON");
        let wanted =
            ["attempt", "created_at", "due_at", "id", "kind", "last_error", "order", "state"];
        assert_eq!(keys(&document), wanted);
        assert_eq!(document["due_at"], "2026-11-23T06:00:05.000Z");
    }
}
