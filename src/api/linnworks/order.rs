//! Reading an order (`OrderDetails`). Each order is read on its own, so that one that cannot be
//! read never spoils the others of an answer.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::api::lenient::{Bad, Node};
use crate::domain::ids::{LocationId, OrderId, OrderNumber, PostalServiceId, Tag};
use crate::domain::source::{Address, Details, Line, Payment, Shipping, SourceOrder, Unreadable};
use crate::domain::time::Timestamp;

/// Reads the answer to a bulk read: a list of orders, or an object that holds one.
pub fn details(answer: &Value, asked: &[OrderId]) -> Result<Details, Bad> {
    let root = Node::root(answer);
    let elements = if root.is_list() {
        root.elements()?
    } else {
        root.must_be_object()?.need_list("Orders")?
    };
    let mut details = Details::default();
    let mut open: BTreeSet<OrderId> = asked.iter().copied().collect();
    let mut nameless = false;
    for element in elements {
        let element = element.as_root();
        let Ok(Some(id)) = element.guid("OrderId") else {
            nameless = true;
            continue;
        };
        // Only what was asked for, and each but once.
        if !open.remove(&OrderId(id)) {
            continue;
        }
        match order(&element) {
            Ok(order) => details.orders.push(order),
            Err(bad) => details.unreadable.push(Unreadable {
                id: OrderId(id),
                number: number(&element).ok(),
                what: bad.to_string(),
            }),
        }
    }
    if nameless {
        // It may be any of those not seen; taking them for gone would be a guess.
        let what = "the answer holds an order whose OrderId cannot be read";
        let unseen = open.into_iter();
        details.unreadable.extend(unseen.map(|id| Unreadable {
            id,
            number: None,
            what: what.to_owned(),
        }));
    }
    Ok(details)
}

/// Reads the answer to a read by number: an order of defaults means that there is none.
pub fn by_number(answer: &Value, asked: OrderNumber) -> Result<Option<SourceOrder>, Bad> {
    let root = Node::root(answer).must_be_object()?;
    match root.guid("OrderId")? {
        None if root.is_empty() => return Ok(None),
        None => return Err(root.bad_member("OrderId", "is missing")),
        Some(id) if id.is_nil() => return Ok(None),
        Some(_) => {}
    }
    let order = order(&root)?;
    if order.number == asked {
        Ok(Some(order))
    } else {
        Err(root.bad_member("NumOrderId", "is not the number that was asked for"))
    }
}

fn number(order: &Node<'_>) -> Result<OrderNumber, Bad> {
    let number = order.need_whole("NumOrderId")?;
    u64::try_from(number)
        .map(OrderNumber)
        .map_err(|_| order.bad_member("NumOrderId", "is negative"))
}

fn order(order: &Node<'_>) -> Result<SourceOrder, Bad> {
    let general = order.need_object("GeneralInfo")?;
    let location = match order.guid("FulfilmentLocationId")? {
        Some(location) => location,
        None => general.need_guid("Location")?,
    };
    let customer = order.object("CustomerInfo")?;
    let address = match &customer {
        Some(customer) => customer.object("Address")?,
        None => None,
    };
    Ok(SourceOrder {
        id: OrderId(order.need_guid("OrderId")?),
        number: number(order)?,
        processed: order.flag("Processed")?,
        location: LocationId(location),
        payment: payment(&general)?,
        parked: general.flag("IsParked")?,
        hold_or_cancel: general.flag("HoldOrCancel")?,
        reference: general.text("ReferenceNum")?,
        external_reference: general.text("ExternalReferenceNum")?,
        received: general.date("ReceivedDate")?,
        scheduled: scheduled(&general)?,
        shipping: shipping(&order.need_object("ShippingInfo")?)?,
        address: address.as_ref().map(read_address).transpose()?.unwrap_or_default(),
        lines: order.need_objects("Items")?.iter().map(line).collect::<Result<_, _>>()?,
        tags: general
            .objects("Identifiers")?
            .iter()
            .map(|identifier| identifier.need_text("Tag").map(Tag))
            .collect::<Result<_, _>>()?,
    })
}

/// A number in practice, a word by the published description.
fn payment(general: &Node<'_>) -> Result<Payment, Bad> {
    let word = general.need_text("Status")?;
    let named = match word.trim().to_ascii_uppercase().as_str() {
        "UNPAID" => Some(Payment::Unpaid),
        "PAID" => Some(Payment::Paid),
        "RETURN" => Some(Payment::Return),
        "PENDING" => Some(Payment::Pending),
        "RESEND" => Some(Payment::Resend),
        _ => None,
    };
    match named {
        Some(payment) => Ok(payment),
        None => Ok(match general.need_whole("Status")? {
            0 => Payment::Unpaid,
            1 => Payment::Paid,
            2 => Payment::Return,
            3 => Payment::Pending,
            4 => Payment::Resend,
            other => Payment::Other(other),
        }),
    }
}

/// Both ends or none: half a window is no window.
fn scheduled(general: &Node<'_>) -> Result<Option<(Timestamp, Timestamp)>, Bad> {
    let Some(window) = general.object("ScheduledDelivery")? else { return Ok(None) };
    let from = window.date("From")?;
    let to = window.date("To")?;
    Ok(from.zip(to))
}

/// Writing tracking sends all of this back, so the service must be known for certain: a guess would
/// move the order to another one.
fn shipping(info: &Node<'_>) -> Result<Shipping, Bad> {
    Ok(Shipping {
        vendor: info.text("Vendor")?,
        service_id: PostalServiceId(info.need_guid("PostalServiceId")?),
        service: info.text("PostalServiceName")?,
        total_weight: info.number("TotalWeight")?.unwrap_or_default(),
        item_weight: info.number("ItemWeight")?.unwrap_or_default(),
        postage_cost: info.number("PostageCost")?.unwrap_or_default(),
        tracking: info.text("TrackingNumber")?,
        manual_adjust: info.flag("ManualAdjust")?,
    })
}

fn read_address(address: &Node<'_>) -> Result<Address, Bad> {
    Ok(Address {
        full_name: address.text("FullName")?,
        company: address.text("Company")?,
        lines: [address.text("Address1")?, address.text("Address2")?, address.text("Address3")?],
        town: address.text("Town")?,
        region: address.text("Region")?,
        postcode: address.text("PostCode")?,
        country: address.text("Country")?,
        phone: address.text("PhoneNumber")?,
        email: address.text("EmailAddress")?,
    })
}

fn line(item: &Node<'_>) -> Result<Line, Bad> {
    let size = [item.number("Width")?, item.number("Height")?, item.number("Depth")?];
    let size_cm = match size {
        [Some(width), Some(height), Some(depth)] if width > 0.0 && height > 0.0 && depth > 0.0 => {
            Some([width, height, depth])
        }
        _ => None,
    };
    Ok(Line {
        sku: item.text("SKU")?,
        channel_sku: item.text("ChannelSKU")?,
        title: item.text("Title")?,
        quantity: item.need_whole("Quantity")?,
        weight: item.number("Weight")?.unwrap_or_default(),
        size_cm,
        is_service: item.flag("IsService")?,
        // As deep as the JSON parser allows, which has a limit of its own.
        children: item.objects("CompositeSubItems")?.iter().map(line).collect::<Result<_, _>>()?,
    })
}
