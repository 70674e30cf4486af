//! What the daemon says, reduced to numbers, states, times and reasons. A question that it does not answer
//! costs its part of the file and nothing else.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tui::client::Client;
use tui::protocol::screens::{Body, LineView, Query, Watch};
use tui::protocol::views::{JobView, OrderView, ServicesView, StatusView, WebhookView};
use tui::protocol::{Reply, Request};

use super::super::{Failed, ask, json as documents};
use super::words::Words;
use crate::domain::time::Timestamp;

/// Orders in the file, those that changed last.
const ORDERS_MAX: usize = 5_000;

/// Parked jobs in the file.
const PARKED_MAX: u32 = 1_000;

/// Jobs and notifications that are counted.
const COUNTED_MAX: u32 = 20_000;

/// All of it, or why there is nothing.
pub(super) fn said(client: Result<Client, String>) -> Value {
    let mut client = match client {
        Ok(client) => client,
        Err(why) => return json!({"answers": false, "why": why}),
    };
    let status = asked(&mut client, Request::Status, |reply| match reply {
        Reply::Status(status) => Ok(*status),
        other => Err(other),
    });
    let services = asked(&mut client, Request::Services, |reply| match reply {
        Reply::Services(services) => Ok(*services),
        other => Err(other),
    });
    let watch = Watch { asked: 1, seen: 0, reveal: false, query: Query::Activity { after: None } };
    let journal = asked(&mut client, Request::Watch(watch), |reply| match reply {
        Reply::Screen(snapshot) => match snapshot.body {
            Body::Activity(lines) => Ok(lines),
            body => {
                Err(Reply::Screen(Box::new(tui::protocol::screens::Snapshot { body, ..*snapshot })))
            }
        },
        other => Err(other),
    });
    let orders = ask::orders(&mut client, None, None, None);
    let parked = ask::jobs(&mut client, Some("parked"), Some(PARKED_MAX));
    let jobs = ask::jobs(&mut client, None, Some(COUNTED_MAX));
    let webhooks = ask::webhooks(&mut client, Some(COUNTED_MAX));
    let words =
        words(status.as_ref().ok(), services.as_ref().ok(), journal.as_deref().unwrap_or(&[]));
    let own: BTreeMap<u64, OrderView> =
        orders.iter().flatten().map(|order| (order.number, order.clone())).collect();
    let about = Own { words: &words, orders: &own };
    json!({
        "answers": true,
        "status": part(status, |status| shown_status(&status, &words)),
        "services": part(services, |services| shown_services(&services)),
        "orders": part(orders, |orders| shown_orders(orders, &about)),
        "jobs": part(jobs, |jobs| counted(jobs.iter().map(|job| format!("{} {}", job.kind, job.state)))),
        "parked": part(parked, |jobs| jobs.iter().map(|job| about.job(job)).collect()),
        "webhooks": part(webhooks, |webhooks| shown_webhooks(&webhooks)),
        "journal": part(journal, |lines| lines.iter().map(|line| about.line(line)).collect()),
    })
}

fn asked<T>(
    client: &mut Client,
    request: Request,
    read: impl FnOnce(Reply) -> Result<T, Reply>,
) -> Result<T, Failed> {
    read(client.ask(&request)?).map_err(|other| ask::unexpected(&other))
}

fn part<T>(answer: Result<T, Failed>, shown: impl FnOnce(T) -> Value) -> Value {
    answer.map_or_else(|failed| json!({"error": failed.text}), shown)
}

fn time(at: i64) -> String {
    Timestamp(at).rfc3339()
}

/// What may stand in a text, and who may not.
fn words(
    status: Option<&StatusView>,
    services: Option<&ServicesView>,
    journal: &[LineView],
) -> Words {
    let mut words = Words::default();
    if let Some(status) = status {
        words.know(&status.site);
        status.paused.iter().for_each(|paused| words.meet(&paused.by));
    }
    if let Some(view) = services {
        view.services.iter().for_each(|service| words.know(&service.name));
        for depot in &view.depots {
            words.know(&depot.name);
            depot.methods.iter().for_each(|method| words.know(&method.name));
        }
    }
    journal.iter().for_each(|line| words.meet_in(&line.what, &line.detail));
    words
}

/// As `status --json`, with its texts cleaned.
fn shown_status(status: &StatusView, words: &Words) -> Value {
    let mut status = status.clone();
    for alarm in &mut status.alarms {
        alarm.text = words.free(&alarm.text, &[]);
    }
    if let Some(paused) = &mut status.paused {
        paused.by = "somebody".to_owned();
    }
    serde_json::to_value(documents::status(&status)).unwrap_or_default()
}

/// Only how each leads to a depot: the names are the site's own.
fn shown_services(view: &ServicesView) -> Value {
    let one = |one: &tui::protocol::views::ServiceView| json!({"name": one.name, "depot": one.depot, "method": one.method, "rule": one.rule, "problem": one.problem});
    json!({"depots": view.depots.len(), "services": view.services.iter().map(one).collect::<Vec<_>>()})
}

fn shown_orders(mut orders: Vec<OrderView>, about: &Own<'_>) -> Value {
    let all = orders.len();
    orders.sort_by_key(|order| std::cmp::Reverse(order.updated_at));
    orders.truncate(ORDERS_MAX);
    let listed: Vec<Value> = orders.iter().map(|order| about.order(order)).collect();
    json!({"all": all, "left_out": all - listed.len(), "listed": listed})
}

fn shown_webhooks(webhooks: &[WebhookView]) -> Value {
    json!({
        "by_state": counted(webhooks.iter().map(|one| one.state.clone())),
        "by_event": counted(webhooks.iter().map(|one| format!("{}/{}", one.event, one.event_type))),
    })
}

fn counted(words: impl Iterator<Item = String>) -> Value {
    let mut counts = BTreeMap::<String, u64>::new();
    for word in words {
        // What others sent stands in for a kind here: a few are kinds, many are something else.
        if counts.len() < 100 || counts.contains_key(&word) {
            *counts.entry(word.chars().take(60).collect()).or_default() += 1;
        }
    }
    json!(counts)
}

/// Texts about an order, without what belongs to it.
struct Own<'a> {
    words: &'a Words,
    orders: &'a BTreeMap<u64, OrderView>,
}

impl Own<'_> {
    fn free(&self, number: Option<u64>, text: &str) -> String {
        match number.and_then(|number| self.orders.get(&number)) {
            Some(order) => self.words.free(text, &[&order.reference, &order.postcode]),
            None => self.words.free(text, &[]),
        }
    }

    fn order(&self, order: &OrderView) -> Value {
        let reason = order.reason.as_deref().map(|reason| self.free(Some(order.number), reason));
        json!({
            "number": order.number,
            "state": order.state,
            "reason": reason,
            "generation": order.generation,
            "run": order.run,
            "day": order.day,
            "sequence": order.sequence,
            "shipped": order.consignment.is_some(),
            "updated_at": time(order.updated_at),
        })
    }

    fn job(&self, job: &JobView) -> Value {
        json!({
            "id": job.id,
            "kind": job.kind,
            "order": job.order,
            "state": job.state,
            "attempt": job.attempt,
            "due_at": job.due_at.map(time),
            "last_error": job.last_error.as_deref().map(|error| self.free(Some(job.order), error)),
            "created_at": time(job.created_at),
        })
    }

    fn line(&self, line: &LineView) -> Value {
        json!({
            "seq": line.seq,
            "at": time(line.at),
            "order": line.order,
            "what": line.what,
            "detail": self.free(line.order, &line.detail),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::json::{tests_order_example, tests_status_example};
    use super::*;
    use tui::protocol::views::{AlarmView, PausedView};

    #[test]
    fn of_an_order_only_numbers_states_times_and_reasons_are_left() {
        let mut order = tests_order_example().order;
        order.reference = "CANARY-REF".into();
        order.postcode = "LS18 4QB".into();
        order.reason = Some("Stream rejected the order: CANARY-REF of LS18 4QB, Jo Canary".into());
        let number = order.number;
        let own = BTreeMap::from([(number, order.clone())]);
        let words = Words::default();
        let about = Own { words: &words, orders: &own };
        let shown = shown_orders(vec![order], &about);
        let text = shown.to_string();
        for gone in ["CANARY", "Canary", "LS18", "4QB"] {
            assert!(!text.contains(gone), "{gone}: {text}");
        }
        assert_eq!((&shown["all"], &shown["left_out"]), (&json!(1), &json!(0)));
        assert_eq!(shown["listed"][0]["number"], number);
        assert!(text.contains("Stream rejected the order"), "{text}");
        let line = LineView {
            seq: 1,
            at: 0,
            order: Some(number),
            what: "refused".into(),
            detail: "postcode LS18 4QB, reference CANARY-REF".into(),
        };
        assert_eq!(about.line(&line)["detail"], "postcode …, reference …");
    }

    #[test]
    fn whoever_paused_and_what_alarms_quote_stays_in_the_house() {
        let mut status = tests_status_example();
        status.paused = Some(PausedView { by: "patcanary".into(), at: 0 });
        let text = "order 104512 of Jo Canary, asked by patcanary".to_owned();
        status.alarms = vec![AlarmView { code: "c".into(), text, since: 0 }];
        let words = words(Some(&status), None, &[]);
        let shown = shown_status(&status, &words);
        assert!(!shown.to_string().to_lowercase().contains("canary"), "{shown}");
        assert_eq!(shown["alarms"][0]["text"], "order 104512 of … …, asked by …");
        assert_eq!(shown["paused"]["by"], "somebody");
    }

    #[test]
    fn kinds_are_counted_and_a_flood_of_them_is_bounded() {
        let words = (0..500).map(|n| format!("kind {n}")).chain(["kind 1".to_owned()]);
        let counts = counted(words);
        assert_eq!(counts.as_object().map(serde_json::Map::len), Some(100));
        assert_eq!(counts["kind 1"], 2);
    }
}
