//! The settings that decide what a shipment looks like, as plain data.
//!
//! Knows the defaults of the published configuration. Must not know where a value came from
//! (file, wizard or default) nor how it is written down: the configuration layer fills this in.

use std::collections::BTreeMap;

use super::shipment::OrderType;
use super::time::Zone;

/// What is sent as delivery method and stock location (`stream.method_field`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MethodField {
    /// The name, as public clients do.
    #[default]
    Name,
    /// The id.
    Id,
}

/// The unit in which the Linnworks account keeps weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WeightUnit {
    /// Grams: what the published examples show.
    #[default]
    Grams,
    /// Kilograms.
    Kilograms,
}

/// One `[[services]]` entry: how one Linnworks service is shipped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceRule {
    /// Name of the Linnworks service; compared without case or surrounding space.
    pub name: String,
    /// The depot, by name or id.
    pub depot: String,
    /// The delivery method of that depot, by name or id.
    pub method: String,
    /// Overrides the order type that follows from the method's kind.
    pub order_type: Option<OrderType>,
    /// Sent as service level; the service's name when `None`.
    pub service_level: Option<String>,
    /// Ship the components of a composite instead of the composite; as chosen in Linnworks when `None`.
    pub skip_composite_parent: Option<bool>,
    /// Use our own pieces instead of Linnworks' packages; as chosen in Linnworks when `None`.
    pub override_packaging_split: Option<bool>,
}

/// Everything the mapping from an order to a shipment needs to know besides the order.
#[derive(Clone, Debug)]
pub struct ShippingOptions {
    /// The site's time zone (`site.time_zone`).
    pub zone: Zone,
    /// `stream.booking_required`.
    pub booking_required: bool,
    /// `stream.services`: codes.
    pub services: Vec<String>,
    /// `stream.method_field`.
    pub method_field: MethodField,
    /// `partner.id` and `partner.name`, when set.
    pub partner: Option<(String, String)>,
    /// `warehouse.use_default_location`.
    pub use_default_location: bool,
    /// `warehouse.default_location`: what is sent as stock location, as it stands.
    pub default_location: Option<String>,
    /// `warehouse.map`: Linnworks location name to what is sent as stock location.
    pub location_map: BTreeMap<String, String>,
    /// `dates.pickup_today`.
    pub pickup_today: bool,
    /// Unit of the weights in Linnworks.
    pub weight_unit: WeightUnit,
    /// `[[services]]`, in the order written.
    pub rules: Vec<ServiceRule>,
}

impl Default for ShippingOptions {
    fn default() -> Self {
        Self {
            zone: Zone::named("Europe/London").expect("the bundled zone data has Europe/London"),
            booking_required: true,
            services: Vec::new(),
            method_field: MethodField::Name,
            partner: None,
            use_default_location: false,
            default_location: None,
            location_map: BTreeMap::new(),
            pickup_today: false,
            weight_unit: WeightUnit::Grams,
            rules: Vec::new(),
        }
    }
}

impl ShippingOptions {
    /// The entry for a service, compared without case or surrounding space. The first wins: two
    /// entries of one name are a fault that the configuration reports.
    pub fn rule(&self, service: &str) -> Option<&ServiceRule> {
        super::service::rule_for(service, &self.rules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_published_configuration() {
        let options = ShippingOptions::default();
        assert_eq!(options.zone.name(), "Europe/London");
        assert!(options.booking_required);
        assert!(options.services.is_empty());
        assert_eq!(options.method_field, MethodField::Name);
        assert_eq!(options.partner, None);
        assert!(!options.use_default_location);
        assert_eq!(options.default_location, None);
        assert!(options.location_map.is_empty());
        assert!(!options.pickup_today);
        assert_eq!(options.weight_unit, WeightUnit::Grams);
        assert!(options.rules.is_empty());
    }
}
