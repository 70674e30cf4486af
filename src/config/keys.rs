//! The names of all keys, which ones take their value from a secret file, and the nearest known
//! name of one that is not known.

/// Every key that takes a value, sorted. `services` is a list of tables and `warehouse.map` a table
/// with names of the site's own choosing.
pub(super) const KEYS: &[&str] = &[
    "admin.operators",
    "admin.socket",
    "alarms.command",
    "alarms.error_age",
    "alarms.silence",
    "alarms.unplanned_before_dispatch",
    "dates.pickup_today",
    "delivered.mark_processed",
    "identifiers.names.error",
    "identifiers.names.friday",
    "identifiers.names.monday",
    "identifiers.names.run",
    "identifiers.names.saturday",
    "identifiers.names.sent",
    "identifiers.names.sequence",
    "identifiers.names.sunday",
    "identifiers.names.thursday",
    "identifiers.names.tuesday",
    "identifiers.names.wednesday",
    "identifiers.sequence",
    "labels.copies",
    "labels.dpi",
    "labels.format",
    "labels.reference",
    "linnworks.application_id",
    "linnworks.application_secret_file",
    "linnworks.auth_url",
    "linnworks.calls_percent",
    "linnworks.locations",
    "linnworks.token_file",
    "linnworks.vendor",
    "linnworks.weight_unit",
    "listener.allow_remote",
    "listener.bind",
    "listener.path_token_file",
    "listener.public_url",
    "listener.require_webhook_secret",
    "listener.webhook_secret_file",
    "log.level",
    "network.ca_file",
    "network.proxy",
    "ops.bind",
    "partner.id",
    "partner.name",
    "sender.address1",
    "sender.address2",
    "sender.address3",
    "sender.city",
    "sender.company",
    "sender.contact_name",
    "sender.country",
    "sender.phone",
    "sender.postcode",
    "sender.region",
    SERVICES,
    "site.name",
    "site.time_zone",
    "store.keep_closed",
    "store.keep_labels",
    "store.keep_webhooks",
    "store.path",
    "stream.base_url",
    "stream.batch",
    "stream.booking_required",
    "stream.burst",
    "stream.client_id",
    "stream.client_secret_file",
    "stream.method_field",
    "stream.not_found",
    "stream.requests_per_second",
    "stream.services",
    "stream.settle",
    "stream.timeout",
    "sync.changes",
    "sync.dispatch",
    "sync.lookback_days",
    "sync.orders",
    "sync.poll_interval",
    "sync.sweep_interval",
    "warehouse.default_location",
    WAREHOUSE_MAP,
    "warehouse.use_default_location",
    "webhooks.enabled",
];

/// The list of tables.
pub(super) const SERVICES: &str = "services";

/// The table whose keys are names of Linnworks locations.
pub(super) const WAREHOUSE_MAP: &str = "warehouse.map";

/// Keys of one `[[services]]` entry.
pub(super) const SERVICE_KEYS: &[&str] = &[
    "depot",
    "method",
    "name",
    "override_packaging_split",
    "service_level",
    "skip_composite_parent",
    "type",
];

/// A secret: how people would name it in the file, the key that names its file instead, and the
/// systemd credential that is used without that key.
pub(super) struct SecretKey {
    /// Refused.
    pub inline: &'static str,
    /// Names the file.
    pub file: &'static str,
    /// Name in the credentials directory.
    pub credential: &'static str,
}

/// All secrets that come from outside.
pub(super) const SECRETS: &[SecretKey] =
    &[PATH_TOKEN, WEBHOOK_SECRET, APPLICATION_SECRET, TOKEN, CLIENT_SECRET];

/// The secret path segment.
pub(super) const PATH_TOKEN: SecretKey = SecretKey {
    inline: "listener.path_token",
    file: "listener.path_token_file",
    credential: "path-token",
};

/// What Stream sends back with every notification.
pub(super) const WEBHOOK_SECRET: SecretKey = SecretKey {
    inline: "listener.webhook_secret",
    file: "listener.webhook_secret_file",
    credential: "webhook-secret",
};

/// The application's secret in Linnworks.
pub(super) const APPLICATION_SECRET: SecretKey = SecretKey {
    inline: "linnworks.application_secret",
    file: "linnworks.application_secret_file",
    credential: "linnworks-secret",
};

/// The installation token of the account in Linnworks.
pub(super) const TOKEN: SecretKey = SecretKey {
    inline: "linnworks.token",
    file: "linnworks.token_file",
    credential: "linnworks-token",
};

/// The client secret of Stream.
pub(super) const CLIENT_SECRET: SecretKey = SecretKey {
    inline: "stream.client_secret",
    file: "stream.client_secret_file",
    credential: "stream-secret",
};

/// Whether a key takes a value.
pub(super) fn is_key(name: &str) -> bool {
    KEYS.binary_search(&name).is_ok()
}

/// Whether keys exist below this name.
pub(super) fn is_section(name: &str) -> bool {
    KEYS.iter().any(|key| key.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}

/// The known name that is nearest to a mistaken one: the fewest letters changed, then the first in
/// the alphabet. The whole name counts, and so does its last part alone, for a key that stands in
/// the wrong section.
pub(super) fn nearest<'k>(mistaken: &str, known: impl IntoIterator<Item = &'k str>) -> &'k str {
    let last = |name: &str| name.rsplit('.').next().map(str::to_owned).unwrap_or_default();
    let mistaken_last = last(mistaken);
    known
        .into_iter()
        .min_by_key(|name| {
            let whole = distance(mistaken, name);
            // One more than an equal spelling in full: the right section wins a tie.
            let moved = distance(&mistaken_last, &last(name)) * 2 + 1;
            whole.min(moved)
        })
        .unwrap_or_default()
}

/// Every known name at the depth of a section or a key.
pub(super) fn sections() -> Vec<&'static str> {
    let mut sections: Vec<_> =
        KEYS.iter().map(|key| key.split('.').next().unwrap_or(key)).collect();
    sections.dedup();
    sections
}

/// Levenshtein distance in characters.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, from) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, to) in right.iter().enumerate() {
            let change = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = change.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_are_sorted_and_none_stands_twice() {
        assert!(KEYS.is_sorted_by(|left, right| left < right));
        assert!(SERVICE_KEYS.is_sorted_by(|left, right| left < right));
    }

    #[test]
    fn the_nearest_name_is_the_one_somebody_meant() {
        let near = |name| nearest(name, KEYS.iter().copied());
        assert_eq!(near("sync.poll_intervall"), "sync.poll_interval");
        assert_eq!(near("stream.clientid"), "stream.client_id");
        assert_eq!(near("sync.base_url"), "stream.base_url");
        assert_eq!(nearest("strem", sections()), "stream");
    }

    #[test]
    fn the_distance_counts_single_changes() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
