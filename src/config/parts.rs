//! The configuration as types: one struct per section of the file, in the words of the rest of the
//! program. Only `runtime` sees all of them together.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use secrecy::SecretString;

use super::address::{BaseUrl, Bind};
use crate::domain::options::{MethodField, WeightUnit};
use crate::domain::rules::Mode;
use crate::domain::shipment::OrderType;
use crate::domain::tags::TagNames;
use crate::domain::time::{Delay, Zone};

/// `site.*`
#[derive(Clone, Debug)]
pub struct SiteConfig {
    /// Stands in the console's header.
    pub name: String,
    /// Days, weekdays and the lookback are computed in it.
    pub time_zone: Zone,
}

/// `store.*`
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// The database.
    pub path: PathBuf,
    /// How long orders that are closed are kept.
    pub keep_closed: Delay,
    /// How long notifications are kept.
    pub keep_webhooks: Delay,
    /// How long labels are kept.
    pub keep_labels: Delay,
}

/// `admin.*`
#[derive(Clone, Debug)]
pub struct AdminConfig {
    /// The admin socket.
    pub socket: PathBuf,
    /// Group of the operators; none = the group of the socket.
    pub operators: Option<String>,
}

/// `listener.*`
#[derive(Clone)]
pub struct ListenerConfig {
    /// Where inbound HTTP is taken.
    pub bind: Bind,
    /// Whether an address but loopback was allowed.
    pub allow_remote: bool,
    /// How the outside reaches us; none = no webhook is subscribed.
    pub public_url: Option<BaseUrl>,
    /// The secret path segment; none = one is made at the first start.
    pub path_token: Option<SecretString>,
    /// What notifications must carry; none = one is made.
    pub webhook_secret: Option<SecretString>,
    /// Whether a notification without it is refused.
    pub require_webhook_secret: bool,
}

impl fmt::Debug for ListenerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListenerConfig")
            .field("bind", &self.bind)
            .field("public_url", &self.public_url)
            .finish_non_exhaustive()
    }
}

/// `ops.*`
#[derive(Clone, Debug)]
pub struct OpsConfig {
    /// Health and metrics; loopback, or nothing.
    pub bind: Bind,
}

/// `network.*`: outbound.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    /// An http or https proxy.
    pub proxy: Option<String>,
    /// A further certificate authority, PEM.
    pub ca_file: Option<PathBuf>,
}

/// `linnworks.*`
#[derive(Clone)]
pub struct LinnworksConfig {
    /// Host of the authorisation call; what it answers must be under `linnworks.net` unless this is
    /// loopback.
    pub auth_url: BaseUrl,
    /// Needed to send.
    pub application_id: Option<String>,
    /// Needed to send.
    pub application_secret: Option<SecretString>,
    /// Needed to send.
    pub token: Option<SecretString>,
    /// The order's shipping vendor contains it.
    pub vendor: String,
    /// Names of locations; none = all.
    pub locations: Option<Vec<String>>,
    /// Share of each method's published limit, 1 to 100.
    pub calls_percent: u8,
    /// What its weights are in.
    pub weight_unit: WeightUnit,
}

impl fmt::Debug for LinnworksConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinnworksConfig")
            .field("auth_url", &self.auth_url)
            .field("vendor", &self.vendor)
            .field("complete", &self.is_complete())
            .finish_non_exhaustive()
    }
}

impl LinnworksConfig {
    /// Whether all three credentials are there.
    pub fn is_complete(&self) -> bool {
        self.application_id.is_some() && self.application_secret.is_some() && self.token.is_some()
    }
}

/// `stream.*`
#[derive(Clone)]
pub struct StreamConfig {
    /// Without `/api`.
    pub base_url: BaseUrl,
    /// Needed to send; also the party.
    pub client_id: Option<String>,
    /// Needed to send.
    pub client_secret: Option<SecretString>,
    /// Steady rate of requests.
    pub requests_per_second: f64,
    /// Requests that may go at once after a pause.
    pub burst: u32,
    /// The whole of one call.
    pub timeout: Delay,
    /// Orders in one sending batch, 1 to 10.
    pub batch: usize,
    /// When to look after an unknown outcome, counted from it; rising, never empty.
    pub settle: Vec<Delay>,
    /// `bookingRequired` of a create.
    pub booking_required: bool,
    /// `services[].code` of a create.
    pub services: Vec<String>,
    /// Names or ids.
    pub method_field: MethodField,
    /// Words by which Stream's answer to a look says that an order is not there.
    pub not_found: Vec<String>,
}

impl fmt::Debug for StreamConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamConfig")
            .field("base_url", &self.base_url)
            .field("timeout", &self.timeout)
            .field("settle", &self.settle)
            .field("complete", &self.is_complete())
            .finish_non_exhaustive()
    }
}

impl StreamConfig {
    /// Whether both credentials are there.
    pub fn is_complete(&self) -> bool {
        self.client_id.is_some() && self.client_secret.is_some()
    }
}

/// `partner.*`
#[derive(Clone, Debug, Default)]
pub struct PartnerConfig {
    /// Id in Stream.
    pub id: Option<String>,
    /// Name in Stream.
    pub name: Option<String>,
}

/// `sender.*`: printed on labels.
#[derive(Clone, Default)]
pub struct SenderConfig {
    /// Who to ask for.
    pub contact_name: Option<String>,
    /// Company.
    pub company: Option<String>,
    /// Up to three lines.
    pub address: [Option<String>; 3],
    /// Town or city.
    pub city: Option<String>,
    /// County or region.
    pub region: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Postcode.
    pub postcode: Option<String>,
    /// Phone.
    pub phone: Option<String>,
}

impl fmt::Debug for SenderConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SenderConfig").finish_non_exhaustive()
    }
}

/// `warehouse.*`
#[derive(Clone, Debug, Default)]
pub struct WarehouseConfig {
    /// Whether every shipment uses the default location; then there is one.
    pub use_default_location: bool,
    /// The stock location meant by that.
    pub default_location: Option<String>,
    /// Linnworks location name to stock location name.
    pub map: BTreeMap<String, String>,
}

/// `dates.*`
#[derive(Clone, Copy, Debug, Default)]
pub struct DatesConfig {
    /// Today as the on-hand date.
    pub pickup_today: bool,
}

/// Layout of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelFormat {
    /// 4 by 6 inches, QR code and barcode.
    Default,
    /// Portrait, without the QR code.
    PortraitWithoutQr,
    /// Portrait.
    Portrait,
    /// 100 by 50 mm, without the QR code.
    Compact,
}

impl LabelFormat {
    /// By its word in the configuration.
    pub fn parse(word: &str) -> Option<Self> {
        super::read::LABEL_FORMATS
            .iter()
            .find(|(known, _)| *known == word)
            .map(|(_, format)| *format)
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        let known = super::read::LABEL_FORMATS.iter().find(|(_, format)| *format == self);
        known.map_or("default", |(word, _)| word)
    }

    /// The words there are, for an error.
    pub fn words() -> String {
        super::read::LABEL_FORMATS.map(|(word, _)| word).join(", ")
    }
}

/// What is printed as the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelReference {
    /// The Linnworks order number.
    OrderId,
    /// The sales channel's number.
    ChannelReference,
}

/// `labels.*`
#[derive(Clone, Debug)]
pub struct LabelsConfig {
    /// Layout.
    pub format: LabelFormat,
    /// Of each package, 1 to 5.
    pub copies: u8,
    /// Reference.
    pub reference: LabelReference,
    /// Dots per inch, 203 or 300.
    pub dpi: u16,
}

/// `identifiers.*`
#[derive(Clone, Debug)]
pub struct IdentifiersConfig {
    /// Whether the place on the run is written.
    pub sequence: bool,
    /// What the identifiers are called.
    pub names: TagNames,
}

/// `sync.*`
#[derive(Clone, Debug)]
pub struct SyncConfig {
    /// Whether orders are sent.
    pub orders: Mode,
    /// Whether what Stream reports is written to Linnworks.
    pub dispatch: bool,
    /// Whether changes after sending are followed.
    pub changes: bool,
    /// Between two polls.
    pub poll_interval: Delay,
    /// Between two sweeps.
    pub sweep_interval: Delay,
    /// Age of the oldest order that is taken, 1 to 90 days.
    pub lookback_days: u32,
}

/// `webhooks.*`
#[derive(Clone, Copy, Debug)]
pub struct WebhooksConfig {
    /// Whether we subscribe.
    pub enabled: bool,
}

/// `delivered.*`
#[derive(Clone, Copy, Debug)]
pub struct DeliveredConfig {
    /// Whether a delivered order is processed in Linnworks.
    pub mark_processed: bool,
}

/// One `[[services]]` entry: how a Linnworks service resolves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceConfig {
    /// The service's name in Linnworks.
    pub name: String,
    /// Name or id of the depot.
    pub depot: String,
    /// Name or id of the delivery method.
    pub method: String,
    /// None = by the method's type in Stream.
    pub kind: Option<OrderType>,
    /// None = the service's name.
    pub service_level: Option<String>,
    /// None = as chosen in Linnworks.
    pub skip_composite_parent: Option<bool>,
    /// None = as chosen in Linnworks.
    pub override_packaging_split: Option<bool>,
}

/// `alarms.*`
#[derive(Clone, Debug)]
pub struct AlarmsConfig {
    /// How old a refusal may get.
    pub error_age: Delay,
    /// How long a system may be silent.
    pub silence: Delay,
    /// How long before its dispatch an order may be without a run.
    pub unplanned_before_dispatch: Delay,
    /// Program and arguments, given the alarm on stdin; empty = none.
    pub command: Vec<String>,
}

/// `log.*`
#[derive(Clone, Copy, Debug)]
pub struct LogConfig {
    /// What is logged.
    pub level: log::LevelFilter,
}
