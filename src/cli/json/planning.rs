//! Runs, notifications and addresses as JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use tui::protocol::views::{EndpointsView, RunView, WebhookView};

use super::time;

#[derive(Serialize)]
pub(in crate::cli) struct Run {
    run: Option<u32>,
    run_text: String,
    run_id: String,
    day: Option<String>,
    depot: Option<String>,
    driver: Option<String>,
    vehicle: Option<String>,
    status: String,
    leaves_at: Option<String>,
    stops: Vec<Stop>,
}

#[derive(Serialize)]
struct Stop {
    sequence: Option<u32>,
    number: u64,
    reference: String,
    postcode: String,
    state: String,
    problem: Option<String>,
}

pub(in crate::cli) fn run(view: &RunView) -> Run {
    let view = view.clone();
    let stops = view.stops.into_iter().map(|stop| Stop {
        sequence: stop.sequence,
        number: stop.number,
        reference: stop.reference,
        postcode: stop.postcode,
        state: stop.state,
        problem: stop.problem,
    });
    Run {
        run: view.run,
        run_text: view.run_text,
        run_id: view.run_id,
        day: view.day,
        depot: view.depot,
        driver: view.driver,
        vehicle: view.vehicle,
        status: view.status,
        leaves_at: view.leaves_at.map(time),
        stops: stops.collect(),
    }
}

#[derive(Serialize)]
pub(in crate::cli) struct Webhook {
    id: String,
    at: String,
    event: String,
    event_type: String,
    order: Option<u64>,
    order_ref: Option<String>,
    run: Option<String>,
    state: String,
    detail: String,
}

pub(in crate::cli) fn webhook(view: &WebhookView) -> Webhook {
    let view = view.clone();
    Webhook {
        id: view.id,
        at: time(view.at),
        event: view.event,
        event_type: view.event_type,
        order: view.order,
        order_ref: view.order_ref,
        run: view.run,
        state: view.state,
        detail: view.detail,
    }
}

#[derive(Serialize)]
pub(in crate::cli) struct Endpoints {
    linnworks: BTreeMap<String, String>,
    stream_webhook: Option<String>,
}

pub(in crate::cli) fn endpoints(view: &EndpointsView) -> Endpoints {
    Endpoints {
        linnworks: view.linnworks.iter().cloned().collect(),
        stream_webhook: view.stream_webhook.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::keys;
    use super::*;

    #[test]
    fn runs_notifications_and_addresses_have_the_keys_scripts_rely_on() {
        let document =
            serde_json::to_value(run(&crate::cli::runs::tests::example())).expect("JSON");
        for key in
            ["run", "run_text", "run_id", "day", "depot", "driver", "vehicle", "status", "stops"]
        {
            assert!(keys(&document).contains(&key.to_owned()), "{key}");
        }
        for key in ["sequence", "number", "postcode", "state"] {
            assert!(keys(&document["stops"][0]).contains(&key.to_owned()), "{key}");
        }
        let document = serde_json::to_value(webhook(&crate::cli::webhooks::tests::example()));
        assert_eq!(
            keys(&document.expect("JSON")),
            ["at", "detail", "event", "event_type", "id", "order", "order_ref", "run", "state"]
        );
        let none = EndpointsView { linnworks: Vec::new(), stream_webhook: None };
        let document = serde_json::to_value(endpoints(&none)).expect("JSON");
        assert_eq!(keys(&document), ["linnworks", "stream_webhook"]);
    }
}
