//! An order becomes a shipment.
//!
//! Every field has one source, named beside it. The same order, settings and day always give the
//! same shipment, whether a schedule or a label request asked for it. Must not know who asked.

use super::{Shipment, items, party};
use crate::domain::ids::{Generation, StreamOrderNo};
use crate::domain::options::{MethodField, ShippingOptions};
use crate::domain::service::Resolution;
use crate::domain::source::SourceOrder;
use crate::domain::time::Timestamp;
use crate::domain::validate::text::{self, PARTNER_MAX, REFERENCE_MAX, SERVICE_LEVEL_MAX};
use crate::domain::validate::{self, Problem};

/// A shipment, and what was lost or doubtful on the way to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Built {
    /// What to ask Stream for.
    pub shipment: Shipment,
    /// Sentences without personal data; not a reason to hold the order back.
    pub warnings: Vec<String>,
}

/// Builds one generation of an order's shipment. `location_name` is the name of the Linnworks
/// location that fulfils the order; `now` decides the pickup day, and the order day of an order
/// without a received date.
///
/// # Errors
///
/// Every problem of the order's data, as [`validate::check`] finds them.
pub fn build(
    order: &SourceOrder,
    generation: Generation,
    resolution: &Resolution,
    location_name: &str,
    options: &ShippingOptions,
    now: Timestamp,
) -> Result<Built, Vec<Problem>> {
    let skip_parents = resolution.skip_composite_parent;
    let mut problems = items::problems(&order.lines, skip_parents);
    problems.extend(validate::number_problem(order, generation));
    let place = match validate::destination(&order.address) {
        Ok(place) if problems.is_empty() => place,
        Ok(_) => return Err(problems),
        Err(mut address) => {
            address.extend(problems);
            return Err(address);
        }
    };
    let mut warnings = Vec::new();
    warnings.extend(resolution.warning.clone());
    let level = resolution.service_level.as_ref().unwrap_or(&order.shipping.service);
    let shipment = Shipment {
        order_no: StreamOrderNo::of(order.number, generation),
        order_date: options.zone.day(order.received.unwrap_or(now)),
        order_type: resolution.order_type,
        service_level: party::fit(
            &text::clean(level),
            SERVICE_LEVEL_MAX,
            "service level",
            &mut warnings,
        ),
        services: options.services.clone(),
        partner: options.partner.as_ref().map(|(id, name)| {
            (id.clone(), party::fit(&text::clean(name), PARTNER_MAX, "partner name", &mut warnings))
        }),
        customer_order_no: reference(order, &mut warnings),
        // Nothing in the order data is meant for the driver.
        driver_notes: String::new(),
        party: party::build(&order.address, place, &mut warnings),
        required: required(order, options, &mut warnings),
        method: method(resolution, options).to_owned(),
        booking_required: options.booking_required,
        stock_location: stock_location(resolution, location_name, options).to_owned(),
        on_hand: options.pickup_today.then(|| options.zone.day(now)),
        items: items::build(&order.lines, skip_parents, options.weight_unit, &mut warnings),
    };
    Ok(Built { shipment, warnings })
}

/// The sales channel's reference, else the external one.
fn reference(order: &SourceOrder, warnings: &mut Vec<String>) -> String {
    let given = [&order.reference, &order.external_reference].map(|text| text::clean(text));
    let reference = given.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    party::fit(&reference, REFERENCE_MAX, "order reference", warnings)
}

/// The window the customer chose, as the clock on the wall shows it.
fn required(
    order: &SourceOrder,
    options: &ShippingOptions,
    warnings: &mut Vec<String>,
) -> Option<(String, String)> {
    let (from, to) = order.scheduled?;
    if to < from {
        warnings.push("the scheduled delivery ends before it begins and was left out".to_owned());
        return None;
    }
    Some((options.zone.wall_clock(from), options.zone.wall_clock(to)))
}

fn method<'a>(resolution: &'a Resolution, options: &ShippingOptions) -> &'a str {
    match options.method_field {
        MethodField::Name => &resolution.method.name,
        MethodField::Id => &resolution.method.id,
    }
}

/// The site's one location when it has chosen one, else what the location of the order is mapped
/// to, else the depot's own. Configured texts are sent as they stand. A depot whose stock location
/// shows no name has one of the depot's name: that is how Stream fills it.
fn stock_location<'a>(
    resolution: &'a Resolution,
    location_name: &str,
    options: &'a ShippingOptions,
) -> &'a str {
    if options.use_default_location
        && let Some(location) = options.default_location.as_deref().filter(|text| !text.is_empty())
    {
        return location;
    }
    let wanted = text::key(location_name);
    let mut mapped = options.location_map.iter().filter(|(name, _)| text::key(name) == wanted);
    if let Some((_, location)) = mapped.next().filter(|_| !wanted.is_empty()) {
        return location;
    }
    let depot = &resolution.stock_location;
    let by_id = options.method_field == MethodField::Id && !depot.id.is_empty();
    match (by_id, depot.name.is_empty()) {
        (true, _) => &depot.id,
        (false, false) => &depot.name,
        (false, true) => &resolution.depot.name,
    }
}
