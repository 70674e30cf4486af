//! Subscriptions: whether they can be listed and ended. They lead to an address that exists nowhere.

use serde_json::{Value, json};

use super::Bench;
use crate::http::Method;

const HOOKS: &str = "/webhooks/webhooks";

/// RFC 2606: no such host will ever be.
const ADDRESS: &str = "https://measure.invalid/linnstream";

/// Makes two that are alike, lists them, ends them.
pub(super) fn all(bench: &mut Bench<'_>) {
    let body = json!({"event": "ORDERSTATUS", "event_type": "CONSHEADER", "url_path": ADDRESS,
        "http_method": "POST", "content_type": "application/json"});
    let ids: Vec<String> = (0..2).filter_map(|_| subscribe(bench, &body)).collect();
    let question = "Does subscribing twice make two subscriptions?";
    let (answer, means) = match ids.as_slice() {
        [] => (
            "none could be made".to_owned(),
            "Notifications do not work here: the sweep finds every change.",
        ),
        [one] => (format!("the second was refused; the first is {one}"), "Nothing to set."),
        [one, two, ..] if one == two => (format!("no: both are {one}"), "Nothing to set."),
        _ => ("yes".to_owned(), "They are listed before one is made, as it is."),
    };
    bench.tell("subscribe-twice", question, answer, means);
    let list = bench.caller.call(Method::Get, HOOKS, &Value::Null);
    let listed = list.envelope()["subscriptions"].as_array().cloned();
    let question = "Can subscriptions be listed, and with what?";
    let (answer, means) = match &listed {
        None => (
            list.shape(),
            "Ours cannot be told from others': old ones stay. End them in Stream by hand.",
        ),
        Some(rows) => {
            let ours = rows.iter().find(|row| ids.contains(&text(&row["id"])));
            let members: Vec<&str> = ours
                .and_then(Value::as_object)
                .map_or(Vec::new(), |row| row.keys().map(String::as_str).collect());
            let means = if members.contains(&"url_path") {
                "Ours are known by their address and renewed when it changes."
            } else {
                "Ours are known by the ids that were kept alone."
            };
            (format!("yes, {} of them, each with {}", rows.len(), members.join(", ")), means)
        }
    };
    bench.tell("subscriptions-listed", question, answer, means);
    let Some(first) = ids.first() else { return };
    let ended = bench.caller.call(Method::Delete, &format!("{HOOKS}/{first}"), &Value::Null);
    let after = bench.caller.call(Method::Get, HOOKS, &Value::Null);
    let stands = stands(&after.json, first);
    let question = "Can a subscription be ended?";
    let (answer, means) = if ended.is_yes() && !stands {
        bench.hooks.remove(first);
        (format!("yes: {}", ended.shape()), "Those of an old address are ended by themselves.")
    } else {
        (ended.shape(), "Old ones stay: end them in Stream by hand when the address changes.")
    };
    bench.tell_of(Some("webhooks.enabled"), "subscription-ended", question, answer, means);
}

fn subscribe(bench: &mut Bench<'_>, body: &Value) -> Option<String> {
    let made = bench.caller.call(Method::Post, HOOKS, body);
    let id = text(&made.envelope()["id"]);
    if id.is_empty() {
        return None;
    }
    bench.hooks.insert(id.clone());
    Some(id)
}

fn text(id: &Value) -> String {
    match id {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn stands(list: &Value, id: &str) -> bool {
    let rows = list["response"]["subscriptions"].as_array();
    rows.is_some_and(|rows| rows.iter().any(|row| text(&row["id"]) == id))
}

/// Ends what still stands; answers what could not be ended.
pub(super) fn tidy(bench: &mut Bench<'_>) -> Vec<String> {
    let made = std::mem::take(&mut bench.hooks);
    for id in &made {
        bench.caller.call(Method::Delete, &format!("{HOOKS}/{id}"), &Value::Null);
    }
    if made.is_empty() {
        return Vec::new();
    }
    let list = bench.caller.call(Method::Get, HOOKS, &Value::Null);
    let known = list.envelope()["subscriptions"].is_array();
    let left = made.into_iter().filter(|id| !known || stands(&list.json, id));
    left.map(|id| format!("subscription {id}")).collect()
}
