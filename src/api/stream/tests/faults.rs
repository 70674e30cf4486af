//! Every fault on every kind of call, and what it is taken for.

use proptest::prelude::*;

use super::{NOT_FOUND, PLANNED, TOKEN, VALID, client, no, shipment};
use crate::api::scripted::{Kind, Reply, at, faults, kind, reply};
use crate::api::stream::{Stream, Subscribe};
use crate::domain::answer::{Failure, Look};
use crate::http::Response;

type Call = fn(&Stream) -> Result<(), Failure>;

const CALLS: [(&str, Call); 9] = [
    ("create", |stream| stream.create(at(0), &shipment()).map(drop)),
    ("find", |stream| stream.find(at(0), &no()).map(drop)),
    ("status", |stream| stream.status(at(0), &no()).map(drop)),
    ("delete", |stream| stream.delete(at(0), &no()).map(drop)),
    ("depots", |stream| stream.depots(at(0)).map(drop)),
    ("change", |stream| stream.change_header(at(0), &no(), &shipment())),
    ("subscriptions", |stream| stream.subscriptions(at(0)).map(drop)),
    ("subscribe", |stream| {
        let wish = Subscribe { event: "E", event_type: "T", url: "https://h/p", secret: "s" };
        stream.subscribe(at(0), &wish).map(drop)
    }),
    ("unsubscribe", |stream| stream.unsubscribe(at(0), 7).map(drop)),
];

fn outcome(call: Call, answer: Reply) -> Result<(), Failure> {
    let (_, stream) = client(vec![answer]);
    call(&stream)
}

#[test]
fn every_fault_on_every_call_is_taken_for_what_it_is_and_none_for_a_yes() {
    for (call_name, call) in CALLS {
        for (fault, answer, expected) in faults("{}") {
            let result = outcome(call, answer);
            assert_eq!(kind(&result), expected, "{fault} on {call_name}: {result:?}");
        }
    }
}

#[test]
fn an_answer_without_the_envelope_or_with_wrong_types_decides_nothing() {
    for body in [
        r#"{"valid": false}"#,
        r#"{"response": null}"#,
        r#"{"response": []}"#,
        r#"{"response": {}}"#,
        r#"{"response": {"valid": "false"}}"#,
        r#"{"response": {"valid": 1, "order": 5}}"#,
        r#"{"response": {"valid": true}}"#,
        r#"{"response": {"valid": true, "order": {}, "depots": {}}}"#,
        r#"{"response": {"valid": true, "depots": [5], "order": "x", "orderStatus": {}}}"#,
    ] {
        for (call_name, call) in CALLS {
            // A plain yes is all that a deletion or a change asks for.
            let plain = matches!(call_name, "delete" | "unsubscribe" | "change");
            if plain && body.contains("\"valid\": true") {
                continue;
            }
            let result = outcome(call, reply(200, body));
            assert_eq!(kind(&result), Kind::Unknown, "{body} on {call_name}: {result:?}");
        }
    }
}

#[test]
fn a_create_is_a_yes_only_with_every_fact_that_makes_it_one() {
    let spoilt = [
        ("no tracking", VALID.replace("\"TRK0001A7Q4\"", "null")),
        ("blank tracking", VALID.replace("\"TRK0001A7Q4\"", "\" \"")),
        ("tracking of a wrong type", VALID.replace("\"TRK0001A7Q4\"", "17")),
        ("no consignment", VALID.replace("\"CN00481207\"", "\"\"")),
        ("consignment of a wrong type", VALID.replace("\"CN00481207\"", "{}")),
        ("another number", VALID.replace("\"104512\"", "\"104512(1)\"")),
        ("no number", VALID.replace("\"orderNo\": \"104512\",", "")),
        ("valid as text", VALID.replace("true", "\"true\"")),
    ];
    for (name, body) in spoilt {
        assert_ne!(body, VALID, "{name}");
        let (_, stream) = client(vec![reply(200, &body)]);
        assert_eq!(kind(&stream.create(at(0), &shipment())), Kind::Unknown, "{name}");
    }
    for status in [400, 404, 409, 422, 500, 302] {
        let (_, stream) = client(vec![reply(status, VALID)]);
        assert_eq!(kind(&stream.create(at(0), &shipment())), Kind::Unknown, "{status}");
    }
}

#[test]
fn a_refusal_counts_only_on_a_status_that_can_carry_one() {
    for status in [200, 201, 400, 404, 409, 422] {
        let (_, stream) = client(vec![reply(status, NOT_FOUND)]);
        assert_eq!(kind(&stream.create(at(0), &shipment())), Kind::No, "{status}");
    }
    for status in [302, 408, 410, 500, 502, 503, 504] {
        let (_, stream) = client(vec![reply(status, NOT_FOUND)]);
        assert_eq!(kind(&stream.create(at(0), &shipment())), Kind::Unknown, "{status}");
    }
}

#[test]
fn a_look_that_is_refused_for_another_reason_is_not_an_absence() {
    for status in [200, 404, 422] {
        for (text, kind_of_it) in [
            ("Order 104512 not found", None),
            ("Access to this order is denied", Some(Kind::No)),
            ("Account is suspended", Some(Kind::No)),
        ] {
            let body = format!(
                r#"{{"response": {{"valid": false, "order": null, "errors": [{{"description": "{text}"}}]}}}}"#
            );
            let (_, stream) = client(vec![reply(status, &body)]);
            let seen = stream.find(at(0), &no());
            match kind_of_it {
                None => assert_eq!(seen, Ok(Look::Absent), "{status} {text}"),
                Some(wanted) => assert_eq!(kind(&seen), wanted, "{status} {text}"),
            }
        }
    }
}

#[test]
fn a_failed_look_is_not_an_absence() {
    for status in [200, 404, 422] {
        let (_, stream) = client(vec![reply(status, NOT_FOUND)]);
        assert_eq!(stream.find(at(0), &no()), Ok(Look::Absent), "{status}");
    }
    for (status, body) in [
        (404, "<html>Not found</html>"),
        (404, "{}"),
        (404, ""),
        (400, NOT_FOUND),
        (500, NOT_FOUND),
        (500, PLANNED),
        (200, r#"{"response": {"valid": true, "order": null}}"#),
    ] {
        let (_, stream) = client(vec![reply(status, body)]);
        assert_eq!(kind(&stream.find(at(0), &no())), Kind::Unknown, "{status} {body}");
    }
}

#[test]
fn a_look_that_shows_an_unreadable_order_names_the_place_and_none_of_the_data() {
    for (from, to, place) in [
        ("\"quantity\": \"2\"", "\"quantity\": \"Margaret\"", "order.groups[1].items[1].quantity"),
        ("\"CN00481207\"", "null", "order.header.consignmentNo"),
        ("\"LS18 4QB\"", "[\"Margaret\"]", "order.groups[1].address.postcode"),
    ] {
        let body = PLANNED.replace(from, to);
        assert_ne!(body, PLANNED);
        let (_, stream) = client(vec![reply(200, &body)]);
        let failure = stream.find(at(0), &no()).expect_err("unreadable").to_string();
        assert!(failure.contains(place), "{failure}");
        assert!(!failure.contains("Margaret"), "{failure}");
    }
}

#[test]
fn pages_and_redirects_name_the_likely_cause() {
    for answer in [reply(302, ""), reply(200, "<html>Log in</html>"), reply(404, "<html></html>")] {
        let failure = outcome(CALLS[1].1, answer).expect_err("no answer").to_string();
        assert!(failure.contains("stream.base_url wrong or not authorised"), "{failure}");
    }
}

#[test]
fn no_failure_holds_a_token_or_what_the_page_said() {
    let page = format!("<html>Bearer {TOKEN} Margaret Ellison LS18 4QB</html>");
    for status in [200, 302, 400, 401, 403, 404, 409, 422, 429, 500, 502] {
        for (_, call) in CALLS {
            let failure = format!("{:?}", outcome(call, reply(status, &page)));
            for canary in [TOKEN, "Margaret", "LS18"] {
                assert!(!failure.contains(canary), "{failure}");
            }
        }
    }
    let refused = format!(r#"{{"response": {{"valid": false, "errors": ["bad {TOKEN}"]}}}}"#);
    let failure = format!("{:?}", outcome(CALLS[0].1, reply(422, &refused)));
    assert!(!failure.contains(TOKEN), "{failure}");
}

#[test]
fn an_answer_cut_short_anywhere_is_neither_a_yes_nor_a_no() {
    for whole in [VALID, NOT_FOUND, PLANNED] {
        for cut in 0..whole.len() {
            for call in [CALLS[0].1, CALLS[1].1] {
                let result = outcome(call, reply(200, &whole[..cut]));
                assert_eq!(kind(&result), Kind::Unknown, "cut at {cut}");
            }
        }
    }
}

proptest! {
    #[test]
    fn no_body_whatever_ends_the_program_or_passes_for_a_yes(
        status in 200_u16..600,
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let answer = Response { status, headers: Vec::new(), body };
        for (_, call) in CALLS {
            prop_assert_ne!(kind(&outcome(call, Ok(answer.clone()))), Kind::Yes);
        }
    }
}
