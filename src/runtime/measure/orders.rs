//! Orders: a number that is used twice, deletions, how soon a create is seen, and what comes back of it.

use std::time::Duration;

use serde_json::{Value, json};

use super::caller::Got;
use super::{Bench, last_look, method_member};
use crate::http::Method;

const ORDERS: &str = "/orders/orders";

/// A create that is not seen within this is called unseen.
const SEEN_WITHIN_MS: u64 = 30_000;

/// Between two looks for it.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Header members whose values are looked for in what comes back.
const MARKS: [&str; 4] = ["customerOrderNo", "routeInfo", "externalClientId", "orderNotes"];

fn mark(member: &str) -> String {
    format!("LSM-{member}")
}

/// All questions about orders.
pub(super) fn all(bench: &mut Bench<'_>, [first, second, third]: &[String; 3]) {
    let Some(body) = body(bench, first) else { return };
    let made = make(bench, first, &body);
    let question = "Does it take a plain order, and what is given back?";
    let given: Vec<&str> = ["consignmentNo", "orderNo", "trackingId", "trackingURL"]
        .into_iter()
        .filter(|name| made.envelope()[*name].as_str().is_some_and(|text| !text.is_empty()))
        .collect();
    if !made.is_yes() {
        let means = "Orders like this are refused. What follows about orders could not be asked.";
        bench.tell("create", question, made.shape(), means);
        return;
    }
    let means =
        if given.len() == 4 { "As expected." } else { "What is missing is read afterwards." };
    bench.tell("create", question, format!("yes, {}", given.join(", ")), means);
    read_after_write(bench, first);
    let shown = bench.caller.call(Method::Get, &path(first), &Value::Null);
    comes_back(bench, &shown);
    update(bench, first);
    twice(bench, first, &body, lines(&shown));
    deletion(bench, first, &body);
    several(bench, second, third);
    changed_since(bench);
}

/// Whether a status says that an order is no more.
fn is_cancelled(status: &str) -> bool {
    ["CANCELLED", "CANCELED", "DELETED"].iter().any(|word| status.eq_ignore_ascii_case(word))
}

fn path(number: &str) -> String {
    format!("{ORDERS}/{number}")
}

fn make(bench: &mut Bench<'_>, number: &str, body: &Value) -> Got {
    // It may be there whatever the answer says.
    bench.orders.insert(number.to_owned());
    let made = bench.caller.call(Method::Post, ORDERS, body);
    if let Some(other) =
        made.envelope()["orderNo"].as_str().filter(|other| other.starts_with(number))
    {
        bench.orders.insert(other.to_owned());
    }
    made
}

/// An order from a depot to itself: no person and no other place is in it.
fn body(bench: &mut Bench<'_>, number: &str) -> Option<Value> {
    let depots = bench.caller.call(Method::Get, "/depots/depots", &Value::Null);
    let list = depots.envelope()["depots"].as_array().cloned().unwrap_or_default();
    let found = list.iter().find_map(|depot| {
        let methods = depot["deliveryMethods"].as_array()?;
        let method = methods.iter().find(|method| method["type"] == "DELIVERY")?;
        Some((depot["address"].clone(), method[method_member(bench.config)].as_str()?.to_owned()))
    });
    let Some((place, method)) = found.filter(|(place, _)| place["postcode"].is_string()) else {
        let question = "Is there a depot with a postcode and a delivery method?";
        let means = "Set one up in Stream: nothing about orders could be asked.";
        bench.tell("depots", question, format!("no: {}", depots.shape()), means);
        return None;
    };
    let day: String = bench.caller.wall().rfc3339().chars().take(10).collect();
    let name = "linnstream measure";
    let member = |from: &str, other: &str| place[from].as_str().unwrap_or(other).to_owned();
    let address = json!({"name": name, "address1": member("address1", "Depot"),
        "address4": member("address4", ""), "country": member("country", "GB"),
        "postcode": member("postcode", "")});
    let mut header = json!({"orderNo": number, "orderDate": day, "orderType": "DELIVERY",
        "customer": {"name": name, "address": address}, "driverNotes": mark("driverNotes")});
    for member in MARKS {
        header[member] = json!(mark(member));
    }
    Some(json!({"header": header, "delivery": {"address": address, "contact": {"name": name},
        "deliveryMethod": method, "bookingRequired": false,
        "items": [{"sequence": 1, "code": "LSM-TEST", "description": "measurement, not goods",
            "quantity": 1, "weight": 1.0}]}}))
}

/// Item lines of an order that was read.
fn lines(got: &Got) -> usize {
    let groups = got.envelope()["order"]["groups"].as_array();
    let lines = |group: &Value| group["items"].as_array().map_or(0, Vec::len);
    groups.map_or(0, |groups| groups.iter().map(lines).sum())
}

fn read_after_write(bench: &mut Bench<'_>, number: &str) {
    let began = bench.caller.mono();
    let mut looks = 0;
    let seen = loop {
        let got = bench.caller.call(Method::Get, &path(number), &Value::Null);
        looks += 1;
        let after = bench.caller.mono() - began;
        if got.is_yes() {
            break Some(after);
        }
        if after > SEEN_WITHIN_MS {
            break None;
        }
        std::thread::park_timeout(LOOK_EVERY);
    };
    let last = last_look(bench.config).0;
    let (answer, means) = match seen {
        Some(_) if looks == 1 => (
            "by the first look".to_owned(),
            "The looks of stream.settle are late enough.".to_owned(),
        ),
        Some(after) if 2 * after < last => (
            format!("{:.1} s after it, by look {looks}", after as f64 / 1000.0),
            "The last look of stream.settle is late enough.".to_owned(),
        ),
        Some(after) => (
            format!("{:.1} s after it, by look {looks}", after as f64 / 1000.0),
            format!(
                "Make the last look of stream.settle at least {} s.",
                (2 * after).div_ceil(1000)
            ),
        ),
        None => (
            format!("not within {} s", SEEN_WITHIN_MS / 1000),
            "Do not send from here before this is understood: an order might be sent twice."
                .to_owned(),
        ),
    };
    let question = "How soon is an order seen that was just made?";
    bench.tell_of(Some("stream.settle"), "read-after-write", question, answer, means);
}

fn comes_back(bench: &mut Bench<'_>, shown: &Got) {
    let header = &shown.envelope()["order"]["header"];
    let status = header["orderStatus"].as_str().unwrap_or("no orderStatus").to_owned();
    let means = match status.as_str() {
        "UNCONFIRMED" => {
            "Somebody confirms it in Stream, or an account setting does, before it can be planned."
        }
        _ => "It can be planned at once.",
    };
    bench.tell("status", "In which status does an order arrive?", status, means);
    let text = header.to_string();
    let (back, gone): (Vec<&str>, Vec<&str>) =
        MARKS.iter().partition(|member| text.contains(&mark(member)));
    let means = if back.contains(&"customerOrderNo") {
        "An order is known as ours by its reference (customerOrderNo), as it is."
    } else {
        "The reference does not come back: an order that was lost on its way is compared by its lines alone."
    };
    let list =
        |names: &[&str]| if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    let answer = format!("{}; missing: {}", list(&back), list(&gone));
    bench.tell("fields-back", "Which members of a create come back?", answer, means);
}

fn update(bench: &mut Bench<'_>, number: &str) {
    let changed = json!({"header": {"customerOrderNo": "LSM-changed"}});
    let got = bench.caller.call(Method::Patch, &path(number), &changed);
    let shown = bench.caller.call(Method::Get, &path(number), &Value::Null);
    let taken = shown.envelope()["order"]["header"]["customerOrderNo"] == "LSM-changed";
    let (answer, means) = if taken {
        (
            format!("yes: {}", got.shape()),
            "Changes of reference and notes are followed by an update.",
        )
    } else {
        (
            format!("it does not show: {}", got.shape()),
            "Set sync.changes to false, or a change is made by deleting and sending anew.",
        )
    };
    bench.tell_of(
        Some("sync.changes"),
        "update",
        "Can the header of an order be changed?",
        answer,
        means,
    );
}

fn twice(bench: &mut Bench<'_>, number: &str, body: &Value, before: usize) {
    let again = make(bench, number, body);
    let shown = bench.caller.call(Method::Get, &path(number), &Value::Null);
    let after = lines(&shown);
    let other = again.envelope()["orderNo"].as_str().filter(|other| *other != number);
    let (answer, means) = match (again.is_yes(), other) {
        (false, _) => (
            format!("refused: {}", again.shape()),
            "A create that was lost cannot double the goods; Stream is asked first all the same.",
        ),
        (true, Some(other)) => (
            format!("a second order {other} is made"),
            "The account allows duplicates: switch that off in Stream. Stream is asked before anything is sent again.",
        ),
        (true, None) if after > before => (
            format!("taken, and its lines are there twice: {after} instead of {before}"),
            "A create is never sent again without a look first, as it is.",
        ),
        (true, None) => {
            ("taken, and nothing changed".to_owned(), "A create can be repeated; it is not.")
        }
    };
    let question = "What does the same number twice do while the order is unconfirmed?";
    bench.tell("number-twice", question, answer, means);
}

fn deletion(bench: &mut Bench<'_>, number: &str, body: &Value) {
    let deleted = bench.caller.call(Method::Delete, &path(number), &Value::Null);
    let shown = bench.caller.call(Method::Get, &path(number), &Value::Null);
    let status = shown.envelope()["order"]["header"]["orderStatus"].as_str();
    let (answer, means) = match (deleted.is_yes(), shown.is_yes(), status) {
        (true, false, _) => {
            (format!("it is gone: {}", shown.shape()), "A cancellation is confirmed by that.")
        }
        (true, true, Some(status)) if is_cancelled(status) => {
            (format!("it stays as {status}"), "A cancellation is confirmed by that.")
        }
        (true, true, status) => (
            format!("it is taken, and the order stays as {}", status.unwrap_or("it was")),
            "A cancellation is not confirmed: cancel in Stream by hand, and tell its administrator.",
        ),
        (false, ..) => (
            format!("refused: {}", deleted.shape()),
            "Cancel in Stream by hand; a cancelled order needs attention until that is done.",
        ),
    };
    bench.tell("delete", "What becomes of a deleted order?", answer, means);
    let again = bench.caller.call(Method::Delete, &path(number), &Value::Null);
    let question = "What is the answer to a second deletion?";
    let means = "Repeated deletions are confirmed by a look, whatever the answer.";
    bench.tell("delete-twice", question, again.shape(), means);
    let reused = make(bench, number, body);
    let question = "Can the number of a deleted order be used again?";
    let answer = if reused.is_yes() { "yes".to_owned() } else { format!("no: {}", reused.shape()) };
    let means = "No number is: the next shipment of an order is NUMBER-2, as it is.";
    bench.tell("number-after-delete", question, answer, means);
}

/// Two orders in one request.
fn several(bench: &mut Bench<'_>, second: &str, third: &str) {
    let bodies: Vec<Value> =
        [second, third].into_iter().filter_map(|number| body(bench, number)).collect();
    bench.orders.extend([second.to_owned(), third.to_owned()]);
    let got = bench.caller.call(Method::Post, ORDERS, &Value::Array(bodies));
    let there = [second, third]
        .into_iter()
        .filter(|number| bench.caller.call(Method::Get, &path(number), &Value::Null).is_yes())
        .count();
    let (answer, means) = match there {
        0 => (
            format!("no: {}", got.shape()),
            "Orders go one by one; stream.batch only bounds how many in a row.",
        ),
        _ => (
            format!("{there} of 2 are made: {}", got.shape()),
            "Orders go one by one all the same: an answer about several cannot be settled one by one.",
        ),
    };
    let question = "Are several orders taken in one request?";
    bench.tell_of(Some("stream.batch"), "batch", question, answer, means);
}

fn changed_since(bench: &mut Bench<'_>) {
    let day: String = bench.caller.wall().rfc3339().chars().take(10).collect();
    let got = bench.caller.call(Method::Get, &format!("{ORDERS}?changedSince={day}"), &Value::Null);
    let list = got.envelope()["orders"].is_array();
    let (answer, means) = if list {
        (
            format!("yes: {}", got.shape()),
            "Tell the makers of linnstream: a sweep could be one request.",
        )
    } else {
        (format!("no: {}", got.shape()), "The sweep reads orders one by one, as it is.")
    };
    let question = "Is there a list of orders that changed?";
    bench.tell_of(Some("sync.sweep_interval"), "changed-since", question, answer, means);
}

/// Deletes what is still there; answers what could not be deleted.
pub(super) fn tidy(bench: &mut Bench<'_>) -> Vec<String> {
    let mut left = Vec::new();
    for number in std::mem::take(&mut bench.orders) {
        bench.caller.call(Method::Delete, &path(&number), &Value::Null);
        let shown = bench.caller.call(Method::Get, &path(&number), &Value::Null);
        let status =
            shown.envelope()["order"]["header"]["orderStatus"].as_str().unwrap_or_default();
        let gone = match bench.caller.client_sees_absence(&number) {
            Ok(absent) => absent || is_cancelled(status),
            Err(_) => is_cancelled(status),
        };
        if !gone {
            left.push(format!("order {number}"));
        }
    }
    left
}
