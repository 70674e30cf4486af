//! One test for each field of a create request, each named after what it shows.

mod comparing;
mod mapping;
mod properties;

use super::*;
use crate::domain::ids::Generation;
use crate::domain::options::ShippingOptions;
use crate::domain::service::Resolution;
use crate::domain::shipment::fixtures::{at, order, resolution};
use crate::domain::source::SourceOrder;

/// The fixtures after a change, built at noon of 23 November 2026.
fn built(
    change: impl FnOnce(&mut SourceOrder, &mut Resolution, &mut ShippingOptions),
) -> Result<Built, Vec<crate::domain::validate::Problem>> {
    let (mut order, mut resolution) = (order(), resolution());
    let mut options = ShippingOptions::default();
    change(&mut order, &mut resolution, &mut options);
    let now = at("2026-11-23T12:00:00Z");
    build(&order, Generation::FIRST, &resolution, "Default", &options, now)
}

fn shipment(
    change: impl FnOnce(&mut SourceOrder, &mut Resolution, &mut ShippingOptions),
) -> Shipment {
    built(change).expect("a good order").shipment
}
