//! Every fault on every kind of call, and what it is taken for.

use uuid::Uuid;

use super::{A, TOKEN, client, id};
use crate::api::linnworks::Linnworks;
use crate::api::scripted::{Kind, Reply, at, faults, kind, reply};
use crate::domain::answer::{Failure, Reason};
use crate::domain::ids::{LocationId, OrderNumber, PostalServiceId, Tag, TrackingNumber};
use crate::domain::source::Shipping;
use crate::domain::time::Delay;

type Call = fn(&Linnworks) -> Result<(), Failure>;

const CALLS: [(&str, Call); 15] = [
    ("stock_locations", |linnworks| linnworks.stock_locations(at(0)).map(drop)),
    ("postal_services", |linnworks| linnworks.postal_services(at(0)).map(drop)),
    ("all_open_orders", |linnworks| {
        linnworks.all_open_orders(at(0), LocationId(Uuid::nil())).map(drop)
    }),
    ("open_order_details", |linnworks| linnworks.open_order_details(at(0), &[id(A)]).map(drop)),
    ("orders_by_id", |linnworks| linnworks.orders_by_id(at(0), &[id(A)]).map(drop)),
    ("order_by_number", |linnworks| linnworks.order_by_number(at(0), OrderNumber(7)).map(drop)),
    ("identifiers", |linnworks| linnworks.identifiers(at(0)).map(drop)),
    ("save_identifier", |linnworks| {
        linnworks.save_identifier(at(0), &Tag::from("RUN 01"), "RUN 01").map(drop)
    }),
    ("assign_identifier", |linnworks| {
        linnworks.assign_identifier(at(0), &Tag::from("RUN 01"), &[id(A)]).map(drop)
    }),
    ("unassign_identifier", |linnworks| {
        linnworks.unassign_identifier(at(0), &Tag::from("RUN 01"), &[id(A)]).map(drop)
    }),
    ("order_notes", |linnworks| linnworks.order_notes(at(0), id(A)).map(drop)),
    ("identifiers_of", |linnworks| linnworks.identifiers_of(at(0), &[id(A)]).map(drop)),
    ("add_note", |linnworks| linnworks.add_note(at(0), &[id(A)], "text", true)),
    ("process_orders", |linnworks| {
        let here = crate::domain::ids::LocationId::from_bytes([0; 16]);
        linnworks.process_orders(at(0), here, &[id(A)]).map(drop)
    }),
    ("set_tracking", |linnworks| {
        let current = Shipping {
            vendor: String::new(),
            service_id: PostalServiceId(Uuid::nil()),
            service: String::new(),
            total_weight: 0.0,
            item_weight: 0.0,
            postage_cost: 0.0,
            tracking: String::new(),
            manual_adjust: false,
        };
        linnworks.set_tracking(at(0), id(A), &current, &TrackingNumber::from("T")).map(drop)
    }),
];

fn outcome(call: Call, answer: Reply) -> Result<(), Failure> {
    let (_, linnworks) = client(vec![answer]);
    call(&linnworks)
}

fn refusal(text: &str) -> Failure {
    Failure::No(vec![Reason { code: String::new(), text: text.to_owned() }])
}

#[test]
fn every_fault_on_every_call_is_taken_for_what_it_is_and_none_for_a_yes() {
    for (call_name, call) in CALLS {
        for (fault, answer, expected) in faults("{}") {
            // An order without notes.
            let expected = match (call_name, fault) {
                ("order_notes", "200 null") => Kind::Yes,
                _ => expected,
            };
            let result = outcome(call, answer);
            assert_eq!(kind(&result), expected, "{fault} on {call_name}: {result:?}");
        }
    }
}

#[test]
fn an_answer_of_a_wrong_type_decides_nothing() {
    for body in [r#""text""#, "true", "[5]", "[[]]", r#"{"OrderId": 5}"#, r#"{"Orders": 5}"#] {
        for (call_name, call) in CALLS {
            let result = outcome(call, reply(200, body));
            // An element that is no order makes the orders asked for unreadable, not the answer.
            let details = matches!(call_name, "open_order_details" | "orders_by_id");
            let expected = if details && body.starts_with('[') { Kind::Yes } else { Kind::Unknown };
            assert_eq!(kind(&result), expected, "{body} on {call_name}: {result:?}");
        }
    }
}

#[test]
fn a_refusal_is_kept_word_for_word() {
    let text = "Object reference not set to an instance of an object.";
    for status in [400, 409, 422] {
        let result = outcome(CALLS[8].1, reply(status, &format!(r#"{{"Message": "{text}"}}"#)));
        assert_eq!(result, Err(refusal(text)), "{status}");
    }
    for body in ["", "{}", "<html></html>", r#"{"Message": {}}"#, r#"{"Message": ""}"#] {
        assert_eq!(kind(&outcome(CALLS[8].1, reply(400, body))), Kind::Unknown, "{body}");
    }
}

#[test]
fn a_wrong_path_says_so() {
    let message = "No HTTP resource was found that matches the request URI 'x'.";
    let result = outcome(CALLS[8].1, reply(404, &format!(r#"{{"Message": "{message}"}}"#)));
    assert_eq!(result, Err(refusal(&format!("wrong path or method: {message}"))));
    let result = outcome(CALLS[8].1, reply(404, "<html></html>"));
    assert_eq!(result, Err(refusal("wrong path or method: Linnworks answered 404")));
}

#[test]
fn an_exceeded_quota_is_a_wait_on_any_status_and_the_same_words_in_data_are_not() {
    let body = r#"{"Message": "API calls quota exceeded! Maximum admitted 150 per Minute."}"#;
    for status in [200, 400, 403, 404, 429, 500, 503] {
        for (_, call) in CALLS {
            assert_eq!(kind(&outcome(call, reply(status, body))), Kind::Throttled, "{status}");
        }
    }
    let (_, linnworks) = client(vec![reply(200, r#"[{"Note": "Quota exceeded, ring"}]"#)]);
    assert_eq!(linnworks.order_notes(at(0), id(A)), Ok(vec!["Quota exceeded, ring".to_owned()]));
}

#[test]
fn the_delay_that_linnworks_asks_for_is_passed_on() {
    let (_, answer, _) = faults("{}").remove(8);
    let throttled = Failure::Throttled { retry_after: Some(Delay::secs(7)) };
    assert_eq!(outcome(CALLS[0].1, answer), Err(throttled));
}

#[test]
fn no_failure_holds_a_token_or_what_a_page_said() {
    let page = format!("<html>{TOKEN} Margaret Ellison</html>");
    let message = format!(r#"{{"Message": "bad {TOKEN}"}}"#);
    for status in [200, 302, 400, 401, 403, 404, 409, 429, 500, 502] {
        for (_, call) in CALLS {
            for body in [&page, &message] {
                let failure = format!("{:?}", outcome(call, reply(status, body)));
                assert!(!failure.contains(TOKEN) && !failure.contains("Margaret"), "{failure}");
            }
        }
    }
}
