//! The bytes of a create request.

use serde_json::Value;

use super::{day, shipment};
use crate::api::stream::render;
use crate::domain::shipment::{Item, OrderType, Party, Shipment};

fn text(shipment: &Shipment) -> String {
    String::from_utf8(render(shipment)).expect("UTF-8")
}

#[test]
fn a_delivery_is_written_exactly_so() {
    let party = concat!(
        r#""address":{"name":"Margaret Ellison","address1":"14 Beechwood Crescent","#,
        r#""address2":"Horsforth","address4":"Leeds","address5":"West Yorkshire","#,
        r#""country":"GB","postcode":"LS18 4QB"},"#,
        r#""contact":{"name":"Margaret Ellison","tel1":"01632 960482","#,
        r#""mobile":"07700 900482","email":"m.ellison@example.com","#,
        r#""optOutEmail":false,"optOutSms":false}"#,
    );
    let expected = [
        r#"{"header":{"orderNo":"104512","orderDate":"2026-11-23","orderType":"DELIVERY","#,
        r#""serviceLevel":"Two Man Room of Choice","services":[{"code":"STREAM"}],"#,
        r#""customer":{"name":"Margaret Ellison","#,
        party,
        r#"},"customerOrderNo":"SHOP-77120","driverNotes":"Ring first","#,
        r#""cutOffTimeMet":true,"updateAddresses":false},"delivery":{"#,
        party,
        r#","deliveryMethod":"Leeds","bookingRequired":true,"updateAddresses":false,"#,
        r#""items":[{"sequence":1,"code":"OAK-TBL-150","description":"Oak dining table 150cm","#,
        r#""quantity":1,"weight":38.0,"cube":0.64,"stockLocation":"Leeds","#,
        r#""onHandDate":"2026-11-23"}]}}"#,
    ];
    assert_eq!(text(&shipment()), expected.concat());
    assert_eq!(render(&shipment()), render(&shipment()));
}

#[test]
fn a_collection_with_little_in_it_leaves_out_what_is_empty() {
    let bare = Shipment {
        order_type: OrderType::Collection,
        services: Vec::new(),
        partner: Some(("NWFUR000000000001".into(), "Northway".into())),
        customer_order_no: String::new(),
        driver_notes: String::new(),
        party: Party {
            name: "Haider \"& Sons\" 🚚".into(),
            lines: ["Unit 9".into(), String::new(), String::new()],
            postcode: "BD1 4SJ".into(),
            country: "GB".into(),
            ..Party::default()
        },
        required: Some(("2026-11-26T08:00:00Z".into(), "2026-11-26T16:00:00Z".into())),
        method: "Leeds Click & Collect".into(),
        booking_required: false,
        stock_location: String::new(),
        on_hand: None,
        items: vec![Item {
            sequence: 2,
            parent: Some(1),
            code: "SOFA".into(),
            description: "Sofa".into(),
            quantity: 3,
            weight_grams: 4200,
            volume_cm3: None,
        }],
        order_date: day("2026-02-03"),
        ..shipment()
    };
    let party = concat!(
        r#""address":{"name":"Haider \"& Sons\" 🚚","address1":"Unit 9","#,
        r#""country":"GB","postcode":"BD1 4SJ"},"#,
        r#""contact":{"optOutEmail":false,"optOutSms":false}"#,
    );
    let expected = [
        r#"{"header":{"orderNo":"104512","orderDate":"2026-02-03","orderType":"COLLECTION","#,
        r#""serviceLevel":"Two Man Room of Choice","#,
        r#""partner":{"id":"NWFUR000000000001","name":"Northway"},"#,
        r#""customer":{"name":"Haider \"& Sons\" 🚚","#,
        party,
        r#"},"cutOffTimeMet":true,"updateAddresses":false},"collection":{"#,
        party,
        r#","required":{"fromDateTime":"2026-11-26T08:00:00Z","#,
        r#""toDateTime":"2026-11-26T16:00:00Z"},"#,
        r#""collectionMethod":"Leeds Click & Collect","bookingRequired":false,"#,
        r#""items":[{"sequence":2,"parentSequence":1,"code":"SOFA","description":"Sofa","#,
        r#""quantity":3,"weight":4.2}]}}"#,
    ];
    assert_eq!(text(&bare), expected.concat());
}

#[test]
fn weights_and_volumes_are_written_without_noise() {
    let mut one = shipment();
    for grams in (0..200_000_i64).step_by(37) {
        one.items[0].weight_grams = grams;
        one.items[0].volume_cm3 = Some(grams);
        let body: Value = serde_json::from_slice(&render(&one)).expect("JSON");
        let item = &body["delivery"]["items"][0];
        let digits = |value: &Value| value.to_string().len();
        assert!(digits(&item["weight"]) <= 7, "{}", item["weight"]);
        assert!(digits(&item["cube"]) <= 8, "{}", item["cube"]);
        let back = item["weight"].as_f64().expect("a number") * 1000.0;
        assert_eq!(back.round() as i64, grams);
    }
}
