//! A shipment as Stream takes it (`POST /orders/orders`). Equal shipments give equal bytes: a create
//! that is repeated must be the same request. Members are written in the order of the structs below,
//! and what is empty is left out. Latitude and longitude are never sent: a wrong place is worse than
//! none.

use serde::Serialize;
use serde_json::json;

use super::Subscribe;
use crate::domain::shipment::{Item, OrderType, Party, Shipment};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OrderBody<'a> {
    header: Header<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<Leg<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    collection: Option<Leg<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Header<'a> {
    order_no: &'a str,
    order_date: String,
    order_type: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    service_level: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    services: Vec<Service<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partner: Option<Partner<'a>>,
    customer: Customer<'a>,
    #[serde(skip_serializing_if = "str::is_empty")]
    customer_order_no: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    driver_notes: &'a str,
    cut_off_time_met: bool,
    update_addresses: bool,
}

#[derive(Serialize)]
struct Service<'a> {
    code: &'a str,
}

#[derive(Serialize)]
struct Partner<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
}

#[derive(Serialize)]
struct Customer<'a> {
    name: &'a str,
    address: Address<'a>,
    contact: Contact<'a>,
}

#[derive(Serialize)]
struct Address<'a> {
    name: &'a str,
    address1: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    address2: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    address3: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    address4: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    address5: &'a str,
    country: &'a str,
    postcode: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Contact<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    tel1: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    mobile: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    email: &'a str,
    opt_out_email: bool,
    opt_out_sms: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Leg<'a> {
    address: Address<'a>,
    contact: Contact<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    required: Option<Window<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    delivery_method: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    collection_method: &'a str,
    booking_required: bool,
    /// Deliveries only.
    #[serde(skip_serializing_if = "Option::is_none")]
    update_addresses: Option<bool>,
    items: Vec<ItemLine<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Window<'a> {
    from_date_time: &'a str,
    to_date_time: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemLine<'a> {
    sequence: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_sequence: Option<u32>,
    code: &'a str,
    description: &'a str,
    quantity: i64,
    weight: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cube: Option<f64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    stock_location: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_hand_date: Option<String>,
}

/// The body of the create request of a shipment.
pub fn render(shipment: &Shipment) -> Vec<u8> {
    let leg = leg(shipment);
    let (delivery, collection) = match shipment.order_type {
        OrderType::Delivery => (Some(leg), None),
        OrderType::Collection => (None, Some(leg)),
    };
    let body = OrderBody { header: header(shipment), delivery, collection };
    serde_json::to_vec(&body).expect("texts, whole and finite numbers always make JSON")
}

/// The body of an update of a shipment's header: what of it may change without its leg.
pub fn render_header(shipment: &Shipment) -> Vec<u8> {
    let header = json!({"header": {
        "serviceLevel": shipment.service_level,
        "customerOrderNo": shipment.customer_order_no,
        "driverNotes": shipment.driver_notes,
    }});
    header.to_string().into_bytes()
}

/// The body of a subscription.
pub fn render_subscription(wish: &Subscribe<'_>) -> Vec<u8> {
    let body = json!({
        "event": wish.event,
        "event_type": wish.event_type,
        "url_path": wish.url,
        "http_method": "POST",
        "content_type": "application/json",
        "auth_header": wish.secret,
    });
    body.to_string().into_bytes()
}

fn header(shipment: &Shipment) -> Header<'_> {
    Header {
        order_no: shipment.order_no.as_str(),
        order_date: shipment.order_date.to_string(),
        order_type: match shipment.order_type {
            OrderType::Delivery => "DELIVERY",
            OrderType::Collection => "COLLECTION",
        },
        service_level: &shipment.service_level,
        services: shipment.services.iter().map(|code| Service { code }).collect(),
        partner: shipment.partner.as_ref().map(|(id, name)| Partner { id, name }),
        customer: Customer {
            name: &shipment.party.name,
            address: address(&shipment.party),
            contact: contact(&shipment.party),
        },
        customer_order_no: &shipment.customer_order_no,
        driver_notes: &shipment.driver_notes,
        cut_off_time_met: true,
        update_addresses: false,
    }
}

fn leg(shipment: &Shipment) -> Leg<'_> {
    let (delivery_method, collection_method, update_addresses) = match shipment.order_type {
        OrderType::Delivery => (shipment.method.as_str(), "", Some(false)),
        OrderType::Collection => ("", shipment.method.as_str(), None),
    };
    Leg {
        address: address(&shipment.party),
        contact: contact(&shipment.party),
        required: shipment
            .required
            .as_ref()
            .map(|(from, to)| Window { from_date_time: from, to_date_time: to }),
        delivery_method,
        collection_method,
        booking_required: shipment.booking_required,
        update_addresses,
        items: shipment.items.iter().map(|item| item_line(shipment, item)).collect(),
    }
}

fn address(party: &Party) -> Address<'_> {
    let [address1, address2, address3] = &party.lines;
    Address {
        name: &party.name,
        address1,
        address2,
        address3,
        address4: &party.town,
        address5: &party.county,
        country: &party.country,
        postcode: &party.postcode,
    }
}

fn contact(party: &Party) -> Contact<'_> {
    Contact {
        name: &party.contact,
        tel1: &party.tel,
        mobile: &party.mobile,
        email: &party.email,
        opt_out_email: false,
        opt_out_sms: false,
    }
}

fn item_line<'a>(shipment: &'a Shipment, item: &'a Item) -> ItemLine<'a> {
    ItemLine {
        sequence: item.sequence,
        parent_sequence: item.parent,
        code: &item.code,
        description: &item.description,
        quantity: item.quantity,
        weight: scaled(item.weight_grams, 1e3),
        cube: item.volume_cm3.map(|volume| scaled(volume, 1e6)),
        stock_location: &shipment.stock_location,
        on_hand_date: shipment.on_hand.map(|day| day.to_string()),
    }
}

/// One division of two whole numbers is rounded once, so the shortest text of the result is the
/// decimal number itself: 4200 g are written 4.2.
fn scaled(whole: i64, unit: f64) -> f64 {
    whole as f64 / unit
}
