//! What is kept of an exchange, for how long, and what nobody is shown.

use secrecy::SecretString;
use serde_json::json;

use super::*;
use crate::http::{Method, Sent};

const ID: &str = "05d47a64-3aaf-43cd-a99c-a48b7d84365e";

fn at(ms: u64) -> Now {
    let wall = i64::try_from(ms).expect("small");
    Now { wall: Timestamp(wall), mono: Moment(ms) }
}

fn request(path: &str) -> Request {
    Request {
        method: Method::Get,
        url: format!("https://stream.example{path}"),
        headers: vec![("Authorization".into(), "Bearer canary-token".into())],
        body: Vec::new(),
        timeout: Delay::secs(1),
        fresh_connection: false,
    }
}

fn answered(status: u16, body: &str) -> Result<Response, TransportError> {
    Ok(Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() })
}

fn exchanges() -> Exchanges {
    let redactor = Arc::new(Redactor::default());
    redactor.register(&SecretString::from("canary-secret"));
    Exchanges::new(redactor)
}

fn id() -> OrderId {
    OrderId::parse(ID).expect("a key")
}

fn record(all: &Exchanges, number: u64, ms: u64, answer: &Result<Response, TransportError>) {
    let about = (System::Stream, Named::Number(OrderNumber(number)));
    all.record(about, (at(ms), at(ms + 300)), &request("/api/orders/orders/7"), answer);
}

fn last(all: &Exchanges, number: u64, reveal: bool, ms: u64) -> Vec<Exchange> {
    all.last(OrderNumber(number), id(), reveal, Moment(ms))
}

#[test]
fn the_last_exchange_with_each_system_is_shown_the_latest_first() {
    let all = exchanges();
    record(&all, 7, 1_000, &answered(200, "{}"));
    record(
        &all,
        7,
        2_000,
        &answered(422, r#"{"response":{"valid":false,"errors":[{"code":"E1"}]}}"#),
    );
    let about = (System::Linnworks, Named::Id(id()));
    let failed = Err(TransportError { sent: Sent::Maybe, what: "timed out after 30 s".into() });
    all.record(
        about,
        (at(3_000), at(33_000)),
        &request("/api/Orders/GetOrderNotes?orderId=x"),
        &failed,
    );
    let shown = last(&all, 7, false, 40_000);
    assert_eq!(shown.len(), 2);
    assert_eq!(shown[0].ended, Ended::Failed("timed out after 30 s".into()));
    assert_eq!(
        (shown[0].took, shown[0].path.as_str()),
        (Delay::secs(30), "/api/Orders/GetOrderNotes")
    );
    assert!(!shown[0].masked && shown[0].body.is_empty(), "nothing came");
    assert_eq!((shown[1].ended.clone(), shown[1].took), (Ended::Answered(422), Delay(300)));
    assert!(shown[1].body.contains(r#""code":"E1""#), "{}", shown[1].body);
    assert!(last(&all, 8, false, 40_000).iter().all(|one| one.system == System::Linnworks));
}

#[test]
fn personal_data_is_masked_until_it_is_asked_for_and_secrets_are_never_there() {
    let all = exchanges();
    let body = json!({"response": {"valid": true, "secret": "canary-secret", "errors": [
        {"code": "E-7", "description": "postcode LS18 4QB of canary-secret is odd, ring 01632 960110"}],
        "order": {"header": {"orderNo": "7", "orderStatus": "PLANNED", "access_token": "q1w2e3r4t5y6"},
            "lat": 53.79, "customer": {"name": "Canary Name", "address1": "1 Canary Street",
                "postcode": "LS18 4QB", "tel1": 1_632_960_110_u64, "email": "jo@canary.example"},
            "groups": [{"items": [{"code": "SKU-1", "quantity": 2, "notes": ["Canary note"]}]}]}}});
    record(&all, 7, 1_000, &answered(200, &body.to_string()));
    let masked = last(&all, 7, false, 2_000).remove(0);
    assert!(masked.masked);
    for gone in ["Canary", "LS18", "4QB", "960110", "1632960110", "canary", "53.79", "q1w2"] {
        assert!(!masked.body.contains(gone), "{gone}: {}", masked.body);
    }
    for kept in ["E-7", "PLANNED", "SKU-1", r#""quantity":2"#, r#""valid":true"#] {
        assert!(masked.body.contains(kept), "{kept}: {}", masked.body);
    }
    let whole = last(&all, 7, true, 2_000).remove(0);
    assert!(!whole.masked && whole.body.contains("Canary Street"), "{}", whole.body);
    assert!(
        !whole.body.contains("canary-secret") && !whole.body.contains("q1w2"),
        "{}",
        whole.body
    );
    // The whole of it is forgotten when nobody can have asked for it any more.
    let later = last(&all, 7, true, 300 + 3_601_000).remove(0);
    assert!(later.masked && !later.body.contains("Canary"), "{}", later.body);
}

#[test]
fn an_answer_that_is_no_json_is_not_shown_without_asking_and_a_long_one_is_cut() {
    let all = exchanges();
    record(&all, 7, 1_000, &answered(502, "<html>Canary Name</html>"));
    let page = last(&all, 7, false, 2_000).remove(0);
    assert_eq!(page.body, "24 bytes that are no JSON, or too many to be shown");
    let long = json!({"message": "x".repeat(5_000)}).to_string();
    record(&all, 7, 3_000, &answered(200, &long));
    for reveal in [false, true] {
        let cut = last(&all, 7, reveal, 4_000).remove(0);
        assert!(cut.cut && cut.body.chars().count() == BODY_CHARS_MAX, "{reveal}");
    }
}

#[test]
fn the_oldest_make_room_and_an_order_can_be_forgotten() {
    let all = exchanges();
    for number in 0..=2 * ORDERS_MAX as u64 {
        record(&all, number, number, &answered(200, "{}"));
    }
    assert!(last(&all, 0, false, 9_000).is_empty(), "the first has gone");
    assert_eq!(last(&all, 1, false, 9_000).len(), 1);
    assert_eq!(last(&all, 2 * ORDERS_MAX as u64, false, 9_000).len(), 1);
    all.forget(OrderNumber(1), id());
    assert!(last(&all, 1, false, 9_000).is_empty());
}
