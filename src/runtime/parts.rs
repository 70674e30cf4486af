//! The configuration becomes the rules of decisions and the settings of the two clients.

use std::sync::Arc;

use secrecy::SecretString;

use super::RunError;
use crate::api::linnworks::LinnworksSettings;
use crate::api::stream::StreamSettings;
use crate::config::Config;
use crate::domain::job::Settle;
use crate::domain::options::{ServiceRule, ShippingOptions};
use crate::domain::rules::{Rules, Thresholds};
use crate::domain::time::{Delay, Moment};
use crate::flow::purge::Kept;
use crate::http::ureq::{UreqOptions, UreqTransport};
use crate::logging::Redactor;

/// Every call to Linnworks ends within this; bulk reads of a hundred orders take a few seconds.
const LINNWORKS_TIMEOUT: Delay = Delay::secs(60);

/// What decisions depend on.
pub(super) fn rules(config: &Config) -> Rules {
    let longest = config.stream.timeout.max(LINNWORKS_TIMEOUT);
    Rules {
        mode: config.sync.orders,
        dispatch: config.sync.dispatch,
        changes: config.sync.changes,
        sequence: config.identifiers.sequence,
        mark_processed: config.delivered.mark_processed,
        sweep_interval: config.sync.sweep_interval,
        webhooks: config.webhooks.enabled,
        public: config.listener.public_url.is_some(),
        alarms: Thresholds {
            error_age: config.alarms.error_age,
            silence: config.alarms.silence,
            before_dispatch: config.alarms.unplanned_before_dispatch,
        },
        removed: false,
        lookback_days: config.sync.lookback_days,
        vendor: config.linnworks.vendor.clone(),
        batch: config.stream.batch,
        settle: Settle::new(config.stream.settle.clone()),
        names: config.identifiers.names.clone(),
        shipping: shipping(config),
        locations: config.linnworks.locations.clone().unwrap_or_default(),
        poll_interval: config.sync.poll_interval,
        // The pace is within 0.1 and 1000 a second; a saturating cast is exact enough for a sentence.
        creates_per_minute: (config.stream.requests_per_second * 60.0) as u32,
        lease: crate::flow::lease(longest),
    }
}

/// How long what is kept.
pub(super) fn kept(config: &Config) -> Kept {
    let part = &config.store;
    Kept { orders: part.keep_closed, webhooks: part.keep_webhooks, labels: part.keep_labels }
}

fn shipping(config: &Config) -> ShippingOptions {
    let partner = match (&config.partner.id, &config.partner.name) {
        (None, None) => None,
        (id, name) => Some((id.clone().unwrap_or_default(), name.clone().unwrap_or_default())),
    };
    let services = config.services.iter().map(|one| ServiceRule {
        name: one.name.clone(),
        depot: one.depot.clone(),
        method: one.method.clone(),
        order_type: one.kind,
        service_level: one.service_level.clone(),
        skip_composite_parent: one.skip_composite_parent,
        override_packaging_split: one.override_packaging_split,
    });
    ShippingOptions {
        zone: config.site.time_zone.clone(),
        booking_required: config.stream.booking_required,
        services: config.stream.services.clone(),
        method_field: config.stream.method_field,
        partner,
        use_default_location: config.warehouse.use_default_location,
        default_location: config.warehouse.default_location.clone(),
        location_map: config.warehouse.map.clone(),
        pickup_today: config.dates.pickup_today,
        weight_unit: config.linnworks.weight_unit,
        rules: services.collect(),
    }
}

/// Settings of the Linnworks client. Without credentials they are empty and it calls nobody.
pub(super) fn linnworks(
    config: &Config,
    redactor: &Redactor,
    resumed_at: Option<Moment>,
) -> LinnworksSettings {
    let part = &config.linnworks;
    LinnworksSettings {
        auth_url: part.auth_url.as_str().to_owned(),
        application_id: part.application_id.clone().unwrap_or_default(),
        application_secret: known(part.application_secret.as_ref(), redactor),
        token: known(part.token.as_ref(), redactor),
        vendor: part.vendor.clone(),
        calls_percent: u32::from(part.calls_percent),
        timeout: LINNWORKS_TIMEOUT,
        resumed_at,
    }
}

/// Settings of the Stream client. Without credentials they are empty and it calls nobody.
pub(super) fn stream(config: &Config, redactor: &Redactor, now: Moment) -> StreamSettings {
    let part = &config.stream;
    StreamSettings {
        base_url: part.base_url.as_str().to_owned(),
        client_id: part.client_id.clone().unwrap_or_default(),
        client_secret: known(part.client_secret.as_ref(), redactor),
        timeout: part.timeout,
        requests_per_second: part.requests_per_second,
        burst: part.burst,
        not_found: part.not_found.clone(),
        started_at: now,
    }
}

/// A secret, which from here on no line of the log shows.
fn known(secret: Option<&SecretString>, redactor: &Redactor) -> SecretString {
    let secret = secret.cloned().unwrap_or_else(|| SecretString::from(String::new()));
    redactor.register(&secret);
    secret
}

/// The transport to both systems.
pub(super) fn transport(config: &Config) -> Result<Arc<UreqTransport>, RunError> {
    let ca_file = match &config.network.ca_file {
        None => None,
        Some(path) => Some(std::fs::read(path).map_err(|source| RunError::File {
            key: "network.ca_file",
            path: path.clone(),
            source,
        })?),
    };
    let options =
        UreqOptions { proxy: config.network.proxy.clone(), ca_file, ..UreqOptions::default() };
    Ok(Arc::new(UreqTransport::new(&options)?))
}
