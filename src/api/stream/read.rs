//! The shapes of Stream's answers: strict where a yes would end our care for an order, lenient
//! everywhere else.

use super::error::{Answer, refusal, remarks, says_no, says_yes};
use super::{Deleted, Standing};
use crate::api::lenient::{Bad, Node};
use crate::domain::answer::{Failure, Found, Look, Receipt};
use crate::domain::depot::{DeliveryMethod, Depot, MethodKind};
use crate::domain::ids::{ConsignmentNo, RunId, StreamOrderNo, TrackingNumber};
use crate::domain::plan::{Goods, Plan};
use crate::domain::time::Day;

/// Legs between depots say nothing about the customer.
const TRUNK: &str = "TRUNK";

fn unclear(what: &str, bad: &Bad) -> Failure {
    Failure::Unknown { what: format!("{what}: {bad}") }
}

/// Reads the answer to a create. Yes only when every fact is there that makes it one; no only when
/// Stream said so itself; everything else may have been carried out.
pub fn receipt(answer: &Answer, ours: &StreamOrderNo) -> Result<Receipt, Failure> {
    let Some(envelope) = answer.envelope() else { return Err(answer.unclear()) };
    let decides_no = answer.is_success() || matches!(answer.status, 400 | 404 | 409 | 422);
    if decides_no && says_no(&envelope) {
        return Err(refusal(&envelope));
    }
    if !(answer.is_success() && says_yes(&envelope)) {
        return Err(answer.unclear());
    }
    let read = |name: &str| envelope.strict_text(name).map_err(|bad| unclear("a yes", &bad));
    let echo = envelope.need_text("orderNo").map_err(|bad| unclear("a yes", &bad))?;
    if echo.trim() != ours.as_str() {
        let what = "a yes for another order number than ours".to_owned();
        return Err(Failure::Unknown { what });
    }
    Ok(Receipt {
        consignment: ConsignmentNo(read("consignmentNo")?),
        tracking: TrackingNumber(read("trackingId")?),
        // Only shown: a yes is not doubted for its sake.
        tracking_url: envelope.text("trackingURL").unwrap_or_default(),
        warnings: remarks(&envelope),
    })
}

/// Whether a read was answered with an explicit "no such order". A no without a word is one; a no that
/// gives other reasons is none: taken for an absence, it would send the order a second time.
fn is_absence(answer: &Answer, envelope: &Node<'_>, not_found: &[String]) -> bool {
    if !(matches!(answer.status, 200 | 404 | 422) && says_no(envelope)) {
        return false;
    }
    let reasons = remarks(envelope);
    reasons.is_empty()
        || reasons.iter().any(|reason| {
            let said = reason.to_string().to_lowercase();
            not_found.iter().any(|words| said.contains(words))
        })
}

/// What a read that found nothing and is no absence came to.
fn not_said(answer: &Answer, envelope: &Node<'_>) -> Failure {
    if says_no(envelope) { refusal(envelope) } else { answer.unclear() }
}

/// Reads the answer to a look.
pub fn look(answer: &Answer, asked: &StreamOrderNo, not_found: &[String]) -> Result<Look, Failure> {
    let Some(envelope) = answer.envelope() else { return Err(answer.unclear()) };
    if !answer.is_success() && !matches!(answer.status, 404 | 422) {
        return Err(answer.unclear());
    }
    match envelope.object("order").map_err(|bad| unclear("a look", &bad))? {
        Some(order) => {
            let found = found(&order, asked).map_err(|bad| unclear("a look", &bad))?;
            Ok(Look::Found(Box::new(found)))
        }
        None if is_absence(answer, &envelope, not_found) => Ok(Look::Absent),
        None => Err(not_said(answer, &envelope)),
    }
}

fn found(order: &Node<'_>, asked: &StreamOrderNo) -> Result<Found, Bad> {
    let header = order.need_object("header")?;
    if header.need_text("orderNo")?.trim() != asked.as_str() {
        return Err(header.bad_member("orderNo", "is another than the one asked for"));
    }
    let groups = order.objects("groups")?;
    let leg = deciding_leg(&groups, header.text("orderType")?.trim())?;
    let (name, postcode) = match leg {
        Some(leg) => recipient(leg)?,
        None => match header.object("customer")? {
            Some(customer) => recipient(&customer)?,
            None => (String::new(), String::new()),
        },
    };
    let items = match leg {
        Some(leg) => leg.need_objects("items")?,
        None => Vec::new(),
    };
    let tracking = order.text("trackingId")?;
    let collection = header.text("orderType")?.trim().eq_ignore_ascii_case("COLLECTION");
    Ok(Found {
        reference: header.text("customerOrderNo")?,
        collection,
        plan: match leg {
            Some(leg) => plan(leg, &header),
            None => None,
        },
        goods: goods(&items, collection),
        consignment: ConsignmentNo(header.need_text("consignmentNo")?),
        tracking: (!tracking.trim().is_empty()).then_some(TrackingNumber(tracking)),
        tracking_url: order.text("trackingURL")?,
        status: header.text("orderStatus")?,
        name,
        postcode,
        items: items
            .iter()
            .map(|item| Ok((item.text("code")?, item.need_whole("quantity")?)))
            .collect::<Result<_, Bad>>()?,
    })
}

/// The run a leg is on. Absent, null or with empty values while it is on none. A member that cannot be
/// read counts as missing: whether the order is there does not depend on it.
fn plan(leg: &Node<'_>, header: &Node<'_>) -> Option<Plan> {
    let run = leg.object("runDetails").ok().flatten()?;
    let of = |name: &str| run.text(name).unwrap_or_default();
    let (id, text) = (of("id"), of("description"));
    let unset = |text: &str| matches!(text.trim(), "" | "0");
    if unset(&id) && text.trim().is_empty() {
        return None;
    }
    let inner = |name: &str, member: &str| match (leg.object(name), run.object(name)) {
        (Ok(Some(node)), _) | (_, Ok(Some(node))) => node.text(member).unwrap_or_default(),
        _ => String::new(),
    };
    // The first that is set: what the planner sees today, then what was planned.
    let leaves = inner("start", "plannedDateTime");
    let days = [
        leg.text("estimateArrivalDateTime").unwrap_or_default(),
        leaves.clone(),
        inner("planned", "fromDateTime"),
        header.text("deliveryDate").unwrap_or_default(),
    ];
    let or = |first: String, second: String| if unset(&first) { second } else { first };
    let place = run.whole("groupSequence").ok().flatten();
    let flag = |name: &str| run.flag(name).unwrap_or(false);
    Some(Plan {
        // A run without an id is told by its text.
        run: RunId(if unset(&id) { text.trim().to_owned() } else { id.trim().to_owned() }),
        day: days.iter().find_map(|text| Day::as_written(text)),
        sequence: place.and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0),
        driver: or(of("driverName"), of("driver")),
        vehicle: or(of("vehicleName"), of("vehicle")),
        leaves: if unset(&leaves) { String::new() } else { leaves },
        dispatched: flag("dispatched") || flag("departed"),
        completed: flag("completed"),
        text,
    })
}

/// Lines that say nothing of themselves count as not arrived.
fn goods(items: &[Node<'_>], collection: bool) -> Goods {
    let member = if collection { "collected" } else { "delivered" };
    let arrived = |item: &&Node<'_>| {
        item.flag(member).unwrap_or(false)
            || item.number(member).ok().flatten().is_some_and(|amount| amount > 0.0)
    };
    Goods { arrived: items.iter().filter(arrived).count(), lines: items.len() }
}

fn recipient(holder: &Node<'_>) -> Result<(String, String), Bad> {
    match holder.object("address")? {
        Some(address) => Ok((address.text("name")?, address.text("postcode")?)),
        None => Ok((String::new(), String::new())),
    }
}

/// The leg of the order's own type, else the first that is no trunk: the words are not published.
fn deciding_leg<'n, 'a>(
    groups: &'n [Node<'a>],
    order_type: &str,
) -> Result<Option<&'n Node<'a>>, Bad> {
    let mut other = None;
    for group in groups {
        let kind = group.text("type")?;
        let kind = kind.trim();
        if kind.eq_ignore_ascii_case(TRUNK) {
            continue;
        }
        if !kind.is_empty() && kind.eq_ignore_ascii_case(order_type) {
            return Ok(Some(group));
        }
        other = other.or(Some(group));
    }
    Ok(other)
}

/// Reads the answer to a short status read; `None`: no such order.
pub fn status(answer: &Answer, not_found: &[String]) -> Result<Option<String>, Failure> {
    let Some(envelope) = answer.envelope() else { return Err(answer.unclear()) };
    if is_absence(answer, &envelope, not_found) {
        return Ok(None);
    }
    if !(answer.is_success() && says_yes(&envelope)) {
        return Err(not_said(answer, &envelope));
    }
    let status = envelope.need_text("orderStatus").map_err(|bad| unclear("a status", &bad))?;
    Ok(Some(status))
}

/// Reads the answer to a deletion. An order that is not there is as good as deleted.
pub fn deleted(answer: &Answer) -> Result<Deleted, Failure> {
    let Some(envelope) = answer.envelope() else { return Err(answer.unclear()) };
    match answer.status {
        200..=299 if says_yes(&envelope) => Ok(Deleted::Gone),
        404 if says_no(&envelope) => Ok(Deleted::Gone),
        200..=299 | 400 | 409 | 422 if says_no(&envelope) => Err(refusal(&envelope)),
        _ => Err(answer.unclear()),
    }
}

/// Reads the answer to a change: a yes says that it was carried out, nothing of it is believed without
/// a look.
pub fn accepted(answer: &Answer) -> Result<(), Failure> {
    let Some(envelope) = answer.envelope() else { return Err(answer.unclear()) };
    match answer.status {
        200..=299 if says_yes(&envelope) => Ok(()),
        200..=299 | 400 | 404 | 409 | 422 if says_no(&envelope) => Err(refusal(&envelope)),
        _ => Err(answer.unclear()),
    }
}

/// Reads the list of subscriptions.
pub fn subscriptions(answer: &Answer) -> Result<Vec<Standing>, Failure> {
    let Some(envelope) = answer.envelope() else { return Err(answer.unclear()) };
    if says_no(&envelope) && (answer.is_success() || matches!(answer.status, 400 | 422)) {
        return Err(refusal(&envelope));
    }
    if !(answer.is_success() && says_yes(&envelope)) {
        return Err(answer.unclear());
    }
    let one = |row: &Node<'_>| {
        Ok(Standing {
            id: id(row)?,
            event: row.text("event")?,
            event_type: row.text("event_type")?,
            url: row.text("url_path")?,
        })
    };
    // A list that is missing is no empty list: each would be made a second time.
    let rows =
        envelope.need_objects("subscriptions").map_err(|bad| unclear("subscriptions", &bad))?;
    rows.iter().map(one).collect::<Result<_, Bad>>().map_err(|bad| unclear("subscriptions", &bad))
}

/// Reads the answer to a subscription.
pub fn subscribed(answer: &Answer) -> Result<u64, Failure> {
    accepted(answer)?;
    let Some(envelope) = answer.envelope() else { return Err(answer.unclear()) };
    id(&envelope).map_err(|bad| unclear("a subscription", &bad))
}

fn id(row: &Node<'_>) -> Result<u64, Bad> {
    let id = row.need_whole("id")?;
    u64::try_from(id).map_err(|_| row.bad_member("id", "is negative"))
}

/// Reads the depots and their delivery methods.
pub fn depots(answer: &Answer) -> Result<Vec<Depot>, Failure> {
    let Some(envelope) = answer.envelope() else { return Err(answer.unclear()) };
    if says_no(&envelope) && (answer.is_success() || matches!(answer.status, 400 | 422)) {
        return Err(refusal(&envelope));
    }
    if !(answer.is_success() && says_yes(&envelope)) {
        return Err(answer.unclear());
    }
    let rows = envelope.need_objects("depots").map_err(|bad| unclear("depots", &bad))?;
    rows.iter().map(depot).collect::<Result<_, Bad>>().map_err(|bad| unclear("depots", &bad))
}

fn depot(row: &Node<'_>) -> Result<Depot, Bad> {
    let name = match row.object("address")? {
        Some(address) => address.text("name")?,
        None => String::new(),
    };
    let stock_location = match row.object("stockLocation")? {
        Some(location) => (location.text("id")?, location.text("name")?),
        None => (String::new(), String::new()),
    };
    let methods = row.objects("deliveryMethods")?;
    Ok(Depot {
        id: row.need_text("id")?,
        name,
        stock_location,
        methods: methods.iter().map(delivery_method).collect::<Result<_, Bad>>()?,
    })
}

fn delivery_method(row: &Node<'_>) -> Result<DeliveryMethod, Bad> {
    let word = row.text("type")?;
    let kind = match word.trim().to_ascii_uppercase().as_str() {
        "DELIVERY" => MethodKind::Delivery,
        "COLLECTION" => MethodKind::Collection,
        "COURIER" => MethodKind::Courier,
        TRUNK => MethodKind::Trunk,
        _ => MethodKind::Other(word),
    };
    Ok(DeliveryMethod { id: row.text("id")?, name: row.text("name")?, kind })
}
