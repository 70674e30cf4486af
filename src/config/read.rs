//! From keys to parts: the defaults, the ranges, and what must fit together.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::address::{self, BaseUrl, Bind};
use super::document::Document;
use super::duration;
use super::keys::{self, SecretKey};
use super::parts::*;
use super::secrets::{self, Origin, SecretError};
use super::{Config, Environment, identifiers};
use crate::domain::options::{MethodField, WeightUnit};
use crate::domain::rules::Mode;
use crate::domain::shipment::OrderType;
use crate::domain::time::{Delay, Zone};
use crate::domain::validate::country;

const DAY: Delay = Delay::mins(24 * 60);

/// Intervals and keeping times: from a second, which tests and trials use, to ten years.
const INTERVAL: RangeInclusive<Delay> = Delay::secs(1)..=Delay::mins(10 * 365 * 24 * 60);

/// One call to Stream: the longest keeps a lease, which must outlast it, under ten minutes.
const TIMEOUT: RangeInclusive<Delay> = Delay(100)..=Delay::mins(5);

/// Looks after an unknown outcome.
const SETTLE: RangeInclusive<Delay> = Delay(100)..=DAY;

/// The words of `linnworks.weight_unit`.
pub(super) const WEIGHT_UNITS: [(&str, WeightUnit); 2] =
    [("g", WeightUnit::Grams), ("kg", WeightUnit::Kilograms)];

/// The words of `stream.method_field`.
pub(super) const METHOD_FIELDS: [(&str, MethodField); 2] =
    [("name", MethodField::Name), ("id", MethodField::Id)];

/// The words of `labels.format`.
pub(super) const LABEL_FORMATS: [(&str, LabelFormat); 4] = [
    ("default", LabelFormat::Default),
    ("portrait-without-qr", LabelFormat::PortraitWithoutQr),
    ("portrait", LabelFormat::Portrait),
    ("compact", LabelFormat::Compact),
];

/// The words of `labels.reference`.
pub(super) const LABEL_REFERENCES: [(&str, LabelReference); 2] = [
    ("order-id", LabelReference::OrderId),
    ("channel-reference", LabelReference::ChannelReference),
];

/// The words of `sync.orders`.
pub(super) const MODES: [(&str, Mode); 3] =
    [("off", Mode::Off), ("dry-run", Mode::DryRun), ("on", Mode::On)];

/// The words of a service's `type`.
pub(super) const ORDER_TYPES: [(&str, Option<OrderType>); 2] =
    [("delivery", Some(OrderType::Delivery)), ("collection", Some(OrderType::Collection))];

/// The words of `log.level`.
pub(super) const LEVELS: [(&str, log::LevelFilter); 5] = [
    ("error", log::LevelFilter::Error),
    ("warn", log::LevelFilter::Warn),
    ("info", log::LevelFilter::Info),
    ("debug", log::LevelFilter::Debug),
    ("trace", log::LevelFilter::Trace),
];

/// Most looks: each is a call, and an order waits for the last of them.
const SETTLE_LOOKS_MAX: usize = 10;

/// Reads every part. What is wrong is noted in the document and stands as its default here.
pub(super) fn config(document: &mut Document, env: &Environment) -> Config {
    let doc = document;
    Config {
        site: site(doc, env),
        store: store(doc),
        admin: admin(doc),
        listener: listener(doc, env),
        ops: ops(doc),
        network: network(doc),
        linnworks: linnworks(doc, env),
        stream: stream(doc, env),
        partner: PartnerConfig { id: doc.text("partner.id"), name: doc.text("partner.name") },
        sender: sender(doc),
        warehouse: warehouse(doc),
        dates: DatesConfig { pickup_today: doc.flag_or("dates.pickup_today", false) },
        labels: labels(doc),
        identifiers: identifiers::read(doc),
        sync: sync(doc),
        webhooks: WebhooksConfig { enabled: doc.flag_or("webhooks.enabled", true) },
        delivered: DeliveredConfig {
            mark_processed: doc.flag_or("delivered.mark_processed", false),
        },
        services: services(doc),
        alarms: alarms(doc),
        log: LogConfig { level: level(doc) },
        source: super::Source::default(),
    }
}

fn site(doc: &mut Document, env: &Environment) -> SiteConfig {
    let zone = doc.parsed("site.time_zone", |name| {
        Zone::named(name).ok_or_else(|| {
            format!("{name:?} is no known time zone: write a name such as \"Europe/London\"")
        })
    });
    let london = || Zone::named("Europe/London").expect("the time zones are built in");
    SiteConfig {
        name: doc
            .text("site.name")
            .or_else(|| env.host_name.clone())
            .unwrap_or_else(|| "linnstream".to_owned()),
        time_zone: zone.unwrap_or_else(london),
    }
}

pub(super) fn store(doc: &mut Document) -> StoreConfig {
    let path = doc.parsed("store.path", |text| {
        let path = PathBuf::from(text);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        match folder.unwrap_or(Path::new(".")) {
            folder if folder.is_dir() => Ok(path),
            folder => Err(format!("the directory {} does not exist: create it", folder.display())),
        }
    });
    StoreConfig {
        path: path.unwrap_or_else(|| PathBuf::from("/var/lib/linnstream/linnstream.redb")),
        keep_closed: doc.delay("store.keep_closed", Delay(90 * DAY.0), INTERVAL),
        keep_webhooks: doc.delay("store.keep_webhooks", Delay(30 * DAY.0), INTERVAL),
        keep_labels: doc.delay("store.keep_labels", Delay(14 * DAY.0), INTERVAL),
    }
}

pub(super) fn admin(doc: &mut Document) -> AdminConfig {
    AdminConfig {
        socket: doc
            .parsed("admin.socket", address::socket_path)
            .unwrap_or_else(|| PathBuf::from("/run/linnstream/admin.sock")),
        operators: doc.text("admin.operators"),
    }
}

fn listener(doc: &mut Document, env: &Environment) -> ListenerConfig {
    let bind = doc.parsed("listener.bind", Bind::parse);
    let bind = bind.unwrap_or_else(|| Bind::Tcp(([127, 0, 0, 1], 7780).into()));
    let allow_remote = doc.flag_or("listener.allow_remote", false);
    if !bind.is_local() && !allow_remote && !doc.is_wrong("listener.allow_remote") {
        doc.wrong(
            "listener.bind",
            format!(
                "other machines could reach \"{bind}\": bind to loopback behind a proxy or tunnel that ends \
                 TLS, or set listener.allow_remote = true"
            ),
        );
    }
    let path_token = secret(doc, env, &keys::PATH_TOKEN);
    if let Some(token) = &path_token {
        use secrecy::ExposeSecret;
        let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if !token.expose_secret().bytes().all(safe) {
            doc.wrong(
                keys::PATH_TOKEN.file,
                "the token has characters other than letters, digits and -._~",
            );
        }
    }
    ListenerConfig {
        bind,
        allow_remote,
        public_url: doc.parsed("listener.public_url", BaseUrl::parse),
        path_token,
        webhook_secret: secret(doc, env, &keys::WEBHOOK_SECRET),
        require_webhook_secret: doc.flag_or("listener.require_webhook_secret", false),
    }
}

fn ops(doc: &mut Document) -> OpsConfig {
    let bind = doc.parsed("ops.bind", |text| match Bind::parse(text)? {
        Bind::None => Ok(Bind::None),
        Bind::Tcp(address) if address.ip().is_loopback() => Ok(Bind::Tcp(address)),
        Bind::Tcp(_) | Bind::Unix(_) => {
            Err(format!("{text:?} is not on loopback: write 127.0.0.1:PORT"))
        }
    });
    OpsConfig { bind: bind.unwrap_or(Bind::None) }
}

fn network(doc: &mut Document) -> NetworkConfig {
    let ca_file = doc.parsed("network.ca_file", |text| match std::fs::metadata(text) {
        Ok(found) if found.is_file() => Ok(PathBuf::from(text)),
        Ok(_) => Err(format!("{text} is no file")),
        Err(error) => Err(format!("{text} cannot be read: {error}")),
    });
    NetworkConfig { proxy: doc.parsed("network.proxy", address::proxy), ca_file }
}

fn linnworks(doc: &mut Document, env: &Environment) -> LinnworksConfig {
    let locations = doc.texts("linnworks.locations");
    if locations.as_ref().is_some_and(Vec::is_empty) {
        doc.wrong(
            "linnworks.locations",
            "names no location: leave the key out to take all of them",
        );
    }
    let percent = doc.whole("linnworks.calls_percent", 90, 1..=100);
    LinnworksConfig {
        auth_url: base_url(doc, "linnworks.auth_url", "https://api.linnworks.net"),
        application_id: doc.text("linnworks.application_id"),
        application_secret: secret(doc, env, &keys::APPLICATION_SECRET),
        token: secret(doc, env, &keys::TOKEN),
        vendor: doc.text_or("linnworks.vendor", "Stream"),
        locations,
        calls_percent: u8::try_from(percent).unwrap_or(90),
        weight_unit: doc.choice("linnworks.weight_unit", WeightUnit::Grams, &WEIGHT_UNITS),
    }
}

fn base_url(doc: &mut Document, key: &str, default: &str) -> BaseUrl {
    let found = doc.parsed(key, BaseUrl::parse);
    found.unwrap_or_else(|| BaseUrl::parse(default).expect("the defaults are good addresses"))
}

fn stream(doc: &mut Document, env: &Environment) -> StreamConfig {
    let base_url = base_url(doc, "stream.base_url", "https://www.demo.go2stream.net");
    if base_url.as_str().ends_with("/api") {
        let found = base_url.as_str();
        doc.wrong(
            "stream.base_url",
            format!("{found:?} ends in /api: leave that out, it is added"),
        );
    }
    let timeout = doc.delay("stream.timeout", Delay::secs(30), TIMEOUT);
    StreamConfig {
        base_url,
        client_id: doc.text("stream.client_id"),
        client_secret: secret(doc, env, &keys::CLIENT_SECRET),
        requests_per_second: doc.number("stream.requests_per_second", 2.0, 0.1..=1000.0),
        burst: doc.whole("stream.burst", 30, 1..=10_000),
        timeout,
        batch: doc.whole("stream.batch", 10, 1..=10) as usize,
        settle: settle(doc, timeout),
        booking_required: doc.flag_or("stream.booking_required", true),
        services: doc.texts("stream.services").unwrap_or_default(),
        method_field: doc.choice("stream.method_field", MethodField::Name, &METHOD_FIELDS),
        not_found: not_found(doc),
    }
}

/// How Stream says that an order is not there. No list of its error codes is published, and another
/// refusal of a look, taken for an absence, would send the order twice.
const NOT_FOUND: [&str; 4] = ["not found", "does not exist", "no such order", "unknown order"];

fn not_found(doc: &mut Document) -> Vec<String> {
    const KEY: &str = "stream.not_found";
    let words = doc.list(KEY, |word| {
        let word = word.trim();
        if word.len() < 4 {
            return Err(format!(
                "{word:?} is too short to tell refusals apart: write at least four letters, such as \"not found\""
            ));
        }
        Ok(word.to_lowercase())
    });
    if words.as_ref().is_some_and(Vec::is_empty) {
        doc.wrong(KEY, "names no words: write some, such as [\"not found\"]");
    }
    words.unwrap_or_else(|| NOT_FOUND.map(str::to_owned).to_vec())
}

/// The looks after an unknown outcome. The last decides that an order is not there, so whatever was
/// on its way when the call timed out must have arrived by then.
fn settle(doc: &mut Document, timeout: Delay) -> Vec<Delay> {
    const KEY: &str = "stream.settle";
    let looks = doc
        .delays(KEY, SETTLE)
        .unwrap_or_else(|| vec![Delay::secs(5), Delay::secs(30), Delay::secs(120)]);
    let line = doc.line(KEY).or_else(|| doc.line("stream.timeout"));
    if looks.len() > SETTLE_LOOKS_MAX {
        let count = looks.len();
        doc.note(KEY, line, format!("has {count} looks: at most {SETTLE_LOOKS_MAX} are allowed"));
    }
    if let Some(pair) = looks.windows(2).find(|pair| pair[0] >= pair[1]) {
        let (earlier, later) = (duration::show(pair[0]), duration::show(pair[1]));
        let text = "each look must be later than the one before it";
        doc.note(KEY, line, format!("{text}, and \"{later}\" comes after \"{earlier}\""));
    }
    if doc.is_wrong(KEY) || doc.is_wrong("stream.timeout") {
        // Compared with a default, they would be blamed for a mistake that is named already.
        return looks;
    }
    match looks.last() {
        None => doc.note(KEY, line, "names no look: an unknown outcome could never be settled"),
        Some(last) if last.0 < timeout.0.saturating_mul(2) => doc.note(
            KEY,
            line,
            format!(
                "the last look (\"{}\") must be at least twice stream.timeout (\"{}\"): by then nothing is on \
                 its way any more",
                duration::show(*last),
                duration::show(timeout)
            ),
        ),
        Some(_) => {}
    }
    looks
}

fn sender(doc: &mut Document) -> SenderConfig {
    SenderConfig {
        contact_name: doc.text("sender.contact_name"),
        company: doc.text("sender.company"),
        address: ["sender.address1", "sender.address2", "sender.address3"].map(|key| doc.text(key)),
        city: doc.text("sender.city"),
        region: doc.text("sender.region"),
        country: doc.parsed("sender.country", |name| match country::code(name) {
            Some(_) => Ok(name.to_owned()),
            None => Err(format!(
                "{name:?} is not a known country: write its English name or its ISO code, such as \"GB\""
            )),
        }),
        postcode: doc.text("sender.postcode"),
        phone: doc.text("sender.phone"),
    }
}

fn warehouse(doc: &mut Document) -> WarehouseConfig {
    let location = doc.text("warehouse.default_location");
    let use_it = doc.flag_or("warehouse.use_default_location", false);
    if use_it && location.is_none() && doc.line("warehouse.default_location").is_none() {
        doc.wrong(
            "warehouse.default_location",
            "is needed by warehouse.use_default_location = true",
        );
    }
    WarehouseConfig {
        use_default_location: use_it,
        default_location: location,
        map: doc.map(keys::WAREHOUSE_MAP),
    }
}

fn labels(doc: &mut Document) -> LabelsConfig {
    let dpi = doc.whole_of("labels.dpi", 203, &[203, 300]);
    LabelsConfig {
        format: doc.choice("labels.format", LabelFormat::Default, &LABEL_FORMATS),
        copies: u8::try_from(doc.whole("labels.copies", 1, 1..=5)).unwrap_or(1),
        reference: doc.choice("labels.reference", LabelReference::OrderId, &LABEL_REFERENCES),
        dpi: u16::try_from(dpi).unwrap_or(203),
    }
}

fn sync(doc: &mut Document) -> SyncConfig {
    SyncConfig {
        orders: doc.choice("sync.orders", Mode::Off, &MODES),
        dispatch: doc.flag_or("sync.dispatch", true),
        changes: doc.flag_or("sync.changes", true),
        poll_interval: doc.delay("sync.poll_interval", Delay::secs(60), INTERVAL),
        sweep_interval: doc.delay("sync.sweep_interval", Delay::mins(15), INTERVAL),
        lookback_days: doc.whole("sync.lookback_days", 7, 1..=90),
    }
}

fn services(doc: &mut Document) -> Vec<ServiceConfig> {
    let mut names: Vec<String> = Vec::new();
    doc.tables(keys::SERVICES, keys::SERVICE_KEYS, |entry| {
        let needed = |entry: &mut Document, key: &str| {
            let found = entry.text(key);
            if found.is_none() && entry.line(key).is_none() {
                entry.wrong(
                    key,
                    "is missing: every [[services]] entry has a name, a depot and a method",
                );
            }
            found
        };
        let (name, depot, method) =
            (needed(entry, "name"), needed(entry, "depot"), needed(entry, "method"));
        let kind = entry.choice("type", None, &ORDER_TYPES);
        let service_level = entry.text("service_level");
        let skip_composite_parent = entry.flag("skip_composite_parent");
        let override_packaging_split = entry.flag("override_packaging_split");
        let name = name?;
        let plain = name.trim().to_lowercase();
        if names.contains(&plain) {
            entry.wrong("name", format!("the service {name:?} has an entry already"));
        }
        names.push(plain);
        Some(ServiceConfig {
            name,
            depot: depot?,
            method: method?,
            kind,
            service_level,
            skip_composite_parent,
            override_packaging_split,
        })
    })
}

fn alarms(doc: &mut Document) -> AlarmsConfig {
    AlarmsConfig {
        error_age: doc.delay("alarms.error_age", Delay::mins(60), INTERVAL),
        silence: doc.delay("alarms.silence", Delay::mins(30), INTERVAL),
        unplanned_before_dispatch: doc.delay(
            "alarms.unplanned_before_dispatch",
            Delay::mins(30),
            INTERVAL,
        ),
        command: doc.words("alarms.command").unwrap_or_default(),
    }
}

fn level(doc: &mut Document) -> log::LevelFilter {
    doc.choice("log.level", log::LevelFilter::Info, &LEVELS)
}

/// A secret: from the file that its key names, else from the credential of its name. A key that
/// names a file which is not there is a mistake; a credential that is not there is not yet given. Nor
/// is a blank one: that is what the unit hands over for a file that is not there, because systemd
/// does not start a service whose credential it cannot find.
fn secret(doc: &mut Document, env: &Environment, key: &SecretKey) -> Option<SecretString> {
    let beside = env.credentials_are_beside;
    if doc.line(key.file).is_some() {
        let credentials = env.credentials_directory.as_deref().filter(|_| !beside);
        return doc.parsed(key.file, |text| {
            let path = Path::new(text);
            let within = credentials.is_some_and(|folder| path.parent() == Some(folder));
            let origin = if within { Origin::Credential } else { Origin::Named };
            // Without the path: somebody may have written the secret itself here.
            secrets::read(path, origin).map_err(|error| format!("the file that it names: {error}"))
        });
    }
    let path = env.credentials_directory.as_deref()?.join(key.credential);
    let origin = if beside { Origin::Named } else { Origin::Credential };
    match secrets::read(&path, origin) {
        Ok(secret) => Some(secret),
        Err(SecretError::Absent | SecretError::Empty) => None,
        // Root's own: the unit hands them over, and an operator need not be able to read them.
        Err(SecretError::Unreadable(error))
            if beside && error.kind() == std::io::ErrorKind::PermissionDenied =>
        {
            None
        }
        Err(error) => {
            doc.note(key.file, None, format!("the credential {}: {error}", key.credential));
            None
        }
    }
}
