//! What holds: the value of every key, and where it comes from. Secrets are masked here, before
//! anybody else sees them.
//!
//! Each part is taken apart field by field without `..`, so that a new one cannot be left out; a
//! test compares the keys with those that are read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::keys::{self, SecretKey};
use super::parts::*;
use super::{BaseUrl, Config, Environment, Problems, duration, identifiers, read};
use crate::domain::tags::TagNames;
use crate::domain::time::Delay;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A line of the file.
    Line(usize),
    /// Set in Linnworks.
    Wizard,
    /// A systemd credential of this name.
    Credential(&'static str),
    /// Nobody set it.
    Default,
}

/// One key and what holds for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Effective {
    /// The key.
    pub key: &'static str,
    /// Its value as it would stand in the file; null for none, `set` or `not set` for a secret.
    pub value: Value,
    /// Whether the value is a masked secret.
    pub is_secret: bool,
    /// Where it comes from.
    pub origin: Origin,
}

impl Config {
    /// What holds for every key, by key, when this file is read.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn effective(path: &Path, env: &Environment) -> Result<Vec<Effective>, Problems> {
        let (config, lines) = Self::load_with_lines(path, env)?;
        Ok(config.explained(&lines))
    }

    /// The value of every key, by key; secrets masked.
    pub fn values(&self) -> BTreeMap<&'static str, Value> {
        let mut values = BTreeMap::new();
        self.places(&mut values);
        self.systems(&mut values);
        self.business(&mut values);
        self.work(&mut values);
        for (key, secret) in self.secrets() {
            values.insert(key.file, json!(if secret.is_some() { IS_SET } else { "not set" }));
        }
        values
    }

    /// The keys for which another configuration has another value, also of secrets, by key.
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let (ours, theirs) = (self.values(), other.values());
        let mut keys: BTreeSet<_> = ours
            .iter()
            .filter(|(key, value)| theirs.get(*key) != Some(*value))
            .map(|(key, _)| *key)
            .collect();
        for ((key, ours), (_, theirs)) in self.secrets().into_iter().zip(other.secrets()) {
            let text =
                |secret: Option<&SecretString>| secret.map(|it| it.expose_secret().to_owned());
            if text(ours) != text(theirs) {
                keys.insert(key.file);
            }
        }
        keys.into_iter().collect()
    }

    fn secrets(&self) -> [(&'static SecretKey, Option<&SecretString>); 5] {
        [
            (&keys::PATH_TOKEN, self.listener.path_token.as_ref()),
            (&keys::WEBHOOK_SECRET, self.listener.webhook_secret.as_ref()),
            (&keys::APPLICATION_SECRET, self.linnworks.application_secret.as_ref()),
            (&keys::TOKEN, self.linnworks.token.as_ref()),
            (&keys::CLIENT_SECRET, self.stream.client_secret.as_ref()),
        ]
    }

    pub(super) fn explained(&self, lines: &BTreeMap<String, usize>) -> Vec<Effective> {
        let entry = |(key, value): (&'static str, Value)| {
            let secret = keys::SECRETS.iter().find(|secret| secret.file == key);
            let origin = match (lines.get(key), secret) {
                (Some(0), _) => Origin::Wizard,
                (Some(line), _) => Origin::Line(*line),
                (None, Some(secret)) if value == IS_SET => Origin::Credential(secret.credential),
                (None, _) => Origin::Default,
            };
            Effective { key, value, is_secret: secret.is_some(), origin }
        };
        self.values().into_iter().map(entry).collect()
    }

    fn places(&self, values: &mut Values) {
        let SiteConfig { name, time_zone } = &self.site;
        values.insert("site.name", json!(name));
        values.insert("site.time_zone", json!(time_zone.name()));
        let StoreConfig { path, keep_closed, keep_webhooks, keep_labels } = &self.store;
        values.insert("store.path", shown(path.display()));
        values.insert("store.keep_closed", delay(keep_closed));
        values.insert("store.keep_webhooks", delay(keep_webhooks));
        values.insert("store.keep_labels", delay(keep_labels));
        let AdminConfig { socket, operators } = &self.admin;
        values.insert("admin.socket", shown(socket.display()));
        values.insert("admin.operators", json!(operators));
        let ListenerConfig {
            bind,
            allow_remote,
            public_url,
            path_token: _,
            webhook_secret: _,
            require_webhook_secret,
        } = &self.listener;
        values.insert("listener.bind", shown(bind));
        values.insert("listener.allow_remote", json!(allow_remote));
        values.insert("listener.public_url", json!(public_url.as_ref().map(BaseUrl::as_str)));
        values.insert("listener.require_webhook_secret", json!(require_webhook_secret));
        let OpsConfig { bind } = &self.ops;
        values.insert("ops.bind", shown(bind));
        let NetworkConfig { proxy, ca_file } = &self.network;
        values.insert("network.proxy", json!(proxy));
        values.insert(
            "network.ca_file",
            ca_file.as_ref().map_or(Value::Null, |p| shown(p.display())),
        );
        let LogConfig { level } = &self.log;
        values.insert("log.level", word(&read::LEVELS, *level));
    }

    fn systems(&self, values: &mut Values) {
        let LinnworksConfig {
            auth_url,
            application_id,
            application_secret: _,
            token: _,
            vendor,
            locations,
            calls_percent,
            weight_unit,
        } = &self.linnworks;
        values.insert("linnworks.auth_url", json!(auth_url.as_str()));
        values.insert("linnworks.application_id", json!(application_id));
        values.insert("linnworks.vendor", json!(vendor));
        values.insert("linnworks.locations", json!(locations));
        values.insert("linnworks.calls_percent", json!(calls_percent));
        values.insert("linnworks.weight_unit", word(&read::WEIGHT_UNITS, *weight_unit));
        let StreamConfig {
            base_url,
            client_id,
            client_secret: _,
            requests_per_second,
            burst,
            timeout,
            batch,
            settle,
            booking_required,
            services,
            method_field,
            not_found,
        } = &self.stream;
        values.insert("stream.base_url", json!(base_url.as_str()));
        values.insert("stream.client_id", json!(client_id));
        values.insert("stream.requests_per_second", json!(requests_per_second));
        values.insert("stream.burst", json!(burst));
        values.insert("stream.timeout", delay(timeout));
        values.insert("stream.batch", json!(batch));
        values.insert("stream.settle", settle.iter().map(delay).collect());
        values.insert("stream.booking_required", json!(booking_required));
        values.insert("stream.services", json!(services));
        values.insert("stream.method_field", word(&read::METHOD_FIELDS, *method_field));
        values.insert("stream.not_found", json!(not_found));
    }

    fn business(&self, values: &mut Values) {
        let PartnerConfig { id, name } = &self.partner;
        values.insert("partner.id", json!(id));
        values.insert("partner.name", json!(name));
        let SenderConfig {
            contact_name,
            company,
            address: [address1, address2, address3],
            city,
            region,
            country,
            postcode,
            phone,
        } = &self.sender;
        for (key, text) in [
            ("sender.contact_name", contact_name),
            ("sender.company", company),
            ("sender.address1", address1),
            ("sender.address2", address2),
            ("sender.address3", address3),
            ("sender.city", city),
            ("sender.region", region),
            ("sender.country", country),
            ("sender.postcode", postcode),
            ("sender.phone", phone),
        ] {
            values.insert(key, json!(text));
        }
        let WarehouseConfig { use_default_location, default_location, map } = &self.warehouse;
        values.insert("warehouse.use_default_location", json!(use_default_location));
        values.insert("warehouse.default_location", json!(default_location));
        values.insert(keys::WAREHOUSE_MAP, json!(map));
        let DatesConfig { pickup_today } = &self.dates;
        values.insert("dates.pickup_today", json!(pickup_today));
        let LabelsConfig { format, copies, reference, dpi } = &self.labels;
        values.insert("labels.format", word(&read::LABEL_FORMATS, *format));
        values.insert("labels.copies", json!(copies));
        values.insert("labels.reference", word(&read::LABEL_REFERENCES, *reference));
        values.insert("labels.dpi", json!(dpi));
        values.insert(keys::SERVICES, self.services.iter().map(service).collect());
    }

    fn work(&self, values: &mut Values) {
        let IdentifiersConfig { sequence, names } = &self.identifiers;
        values.insert("identifiers.sequence", json!(sequence));
        let TagNames { sent, error, days, run, sequence } = names;
        for (key, name) in [
            ("identifiers.names.sent", sent),
            ("identifiers.names.error", error),
            ("identifiers.names.run", run),
            ("identifiers.names.sequence", sequence),
        ] {
            values.insert(key, json!(name));
        }
        for (key, name) in identifiers::DAYS.iter().zip(days) {
            values.insert(key, json!(name));
        }
        let SyncConfig { orders, dispatch, changes, poll_interval, sweep_interval, lookback_days } =
            &self.sync;
        values.insert("sync.orders", word(&read::MODES, *orders));
        values.insert("sync.dispatch", json!(dispatch));
        values.insert("sync.changes", json!(changes));
        values.insert("sync.poll_interval", delay(poll_interval));
        values.insert("sync.sweep_interval", delay(sweep_interval));
        values.insert("sync.lookback_days", json!(lookback_days));
        let WebhooksConfig { enabled } = &self.webhooks;
        values.insert("webhooks.enabled", json!(enabled));
        let DeliveredConfig { mark_processed } = &self.delivered;
        values.insert("delivered.mark_processed", json!(mark_processed));
        let AlarmsConfig { error_age, silence, unplanned_before_dispatch, command } = &self.alarms;
        values.insert("alarms.error_age", delay(error_age));
        values.insert("alarms.silence", delay(silence));
        values.insert("alarms.unplanned_before_dispatch", delay(unplanned_before_dispatch));
        let command = Some(command).filter(|command| !command.is_empty());
        values.insert("alarms.command", json!(command));
    }
}

type Values = BTreeMap<&'static str, Value>;

const IS_SET: &str = "set";

fn shown(value: impl fmt::Display) -> Value {
    Value::String(value.to_string())
}

fn delay(delay: &Delay) -> Value {
    Value::String(duration::show(*delay))
}

/// The word that is read as this value.
fn word<T: PartialEq>(words: &[(&str, T)], value: T) -> Value {
    let found = words.iter().find(|(_, known)| *known == value);
    found.map_or(Value::Null, |(word, _)| json!(word))
}

/// One entry, with the keys that were set.
fn service(service: &ServiceConfig) -> Value {
    let ServiceConfig {
        name,
        depot,
        method,
        kind,
        service_level,
        skip_composite_parent,
        override_packaging_split,
    } = service;
    let mut entry = json!({
        "name": name,
        "depot": depot,
        "method": method,
        "type": word(&read::ORDER_TYPES, *kind),
        "service_level": service_level,
        "skip_composite_parent": skip_composite_parent,
        "override_packaging_split": override_packaging_split,
    });
    if let Value::Object(entry) = &mut entry {
        entry.retain(|_, value| !value.is_null());
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(text: &str, env: &Environment) -> Vec<Effective> {
        let (config, lines) = Config::parse_with_lines(text, env).expect("good");
        config.explained(&lines)
    }

    fn found<'e>(all: &'e [Effective], key: &str) -> &'e Effective {
        all.iter().find(|one| one.key == key).expect("every key is there")
    }

    #[test]
    fn every_key_that_is_read_is_shown_and_no_other() {
        let shown: Vec<_> =
            explained("", &Environment::default()).into_iter().map(|one| one.key).collect();
        assert_eq!(shown, keys::KEYS);
    }

    #[test]
    fn a_value_is_shown_as_it_would_stand_in_the_file_with_its_line() {
        let text = "[sync]\norders = \"dry-run\"\npoll_interval = \"120s\"\n[stream]\nrequests_per_second = 3\n\
                    [warehouse.map]\n\"North shed\" = \"N\"\n[[services]]\nname = \"A\"\ndepot = \"D\"\n\
                    method = \"M\"\ntype = \"collection\"\n";
        let all = explained(text, &Environment::default());
        for (key, value, origin) in [
            ("sync.orders", json!("dry-run"), Origin::Line(2)),
            ("sync.poll_interval", json!("2m"), Origin::Line(3)),
            ("stream.requests_per_second", json!(3.0), Origin::Line(5)),
            ("warehouse.map", json!({"North shed": "N"}), Origin::Line(6)),
            ("labels.format", json!("default"), Origin::Default),
            ("stream.settle", json!(["5s", "30s", "2m"]), Origin::Default),
            ("identifiers.names.sunday", json!("SUNDAY"), Origin::Default),
            ("listener.bind", json!("127.0.0.1:7780"), Origin::Default),
            ("ops.bind", json!("none"), Origin::Default),
            ("admin.operators", Value::Null, Origin::Default),
            ("log.level", json!("info"), Origin::Default),
        ] {
            let one = found(&all, key);
            assert_eq!((&one.value, &one.origin), (&value, &origin), "{key}");
        }
        let services = json!([{"name": "A", "depot": "D", "method": "M", "type": "collection"}]);
        assert_eq!(found(&all, "services").value, services);
    }

    #[test]
    fn no_default_is_shown_as_nothing_because_its_word_is_missing() {
        for one in explained("", &Environment::default()) {
            let may_be_unset = ["partner.", "sender.", "network.", "admin.operators"]
                .iter()
                .any(|name| one.key.starts_with(name))
                || [
                    "alarms.command",
                    "linnworks.application_id",
                    "linnworks.locations",
                    "listener.public_url",
                    "stream.client_id",
                    "warehouse.default_location",
                ]
                .contains(&one.key);
            assert_eq!(one.value.is_null(), may_be_unset, "{one:?}");
        }
    }

    #[test]
    fn r25_a_secret_is_shown_as_set_and_never_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["linnworks-token", "mine"] {
            use std::io::Write as _;
            use std::os::unix::fs::OpenOptionsExt as _;
            let mut file = std::fs::OpenOptions::new();
            let path = folder.path().join(name);
            let mut file = file.create(true).write(true).mode(0o600).open(path).expect("made");
            file.write_all(b"canary").expect("written");
        }
        let env = Environment {
            credentials_directory: Some(folder.path().to_owned()),
            ..Environment::default()
        };
        let text = format!("\nstream.client_secret_file = {:?}", folder.path().join("mine"));
        let all = explained(&text, &env);
        assert!(!format!("{all:?}").contains("canary"));
        for (key, value, origin) in [
            ("linnworks.token_file", "set", Origin::Credential("linnworks-token")),
            ("stream.client_secret_file", "set", Origin::Line(2)),
            ("linnworks.application_secret_file", "not set", Origin::Default),
        ] {
            let one = found(&all, key);
            assert_eq!((&one.value, &one.origin), (&json!(value), &origin), "{key}");
            assert!(one.is_secret);
        }
    }
}
