//! What is shown, as plain data. Nothing here may carry serde attributes that postcard cannot keep
//! (`skip_serializing_if`, `flatten`, `untagged`).

use serde::{Deserialize, Serialize};

/// One API in the status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiView {
    /// `up`, `throttled`, `down`, `unauthorised`, `unconfigured`.
    pub state: String,
    /// When it last answered.
    pub last_ok_at: Option<i64>,
    /// Calls in the last 60 s.
    pub calls_last_minute: u64,
}

/// Who paused creating.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PausedView {
    /// A user.
    pub by: String,
    /// When.
    pub at: i64,
}

/// A standing warning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmView {
    /// Short and stable.
    pub code: String,
    /// A sentence.
    pub text: String,
    /// Since when.
    pub since: i64,
}

/// An order that needs a person, for the screen's short list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StuckView {
    /// Linnworks order number.
    pub number: u64,
    /// One of the twelve words.
    pub state: String,
    /// Since when.
    pub since: i64,
    /// Why, and what to do.
    pub reason: String,
}

/// One screen of facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusView {
    /// Of the daemon.
    pub version: String,
    /// `site.name`.
    pub site: String,
    /// `site.time_zone`, for times shown to people.
    pub zone: String,
    /// The daemon's clock.
    pub now: i64,
    /// When the daemon started.
    pub since: i64,
    /// Creating is paused.
    pub paused: Option<PausedView>,
    /// Orders by state, all twelve words in the order in which an order passes through them.
    pub orders: Vec<(String, u64)>,
    /// Jobs by state: waiting, sending, unsure, parked, done within 24 h.
    pub jobs: Vec<(String, u64)>,
    /// Creation of the oldest job that is not done.
    pub oldest_job_at: Option<i64>,
    /// Linnworks.
    pub linnworks: ApiView,
    /// Stream.
    pub stream: ApiView,
    /// Notifications kept.
    pub webhooks_received: u64,
    /// Of them, unreadable.
    pub webhooks_unreadable: u64,
    /// When the last one came.
    pub webhooks_last_at: Option<i64>,
    /// Standing subscriptions.
    pub webhooks_subscribed: u64,
    /// `off`, `dry-run`, `on`.
    pub sync_orders: String,
    /// End of the last poll.
    pub last_poll_at: Option<i64>,
    /// Begin of the next.
    pub next_poll_at: Option<i64>,
    /// End of the last sweep.
    pub last_sweep_at: Option<i64>,
    /// Oldest read of a shipment.
    pub oldest_read_at: Option<i64>,
    /// Standing warnings.
    pub alarms: Vec<AlarmView>,
    /// Orders that need a person, the longest first, at most ten.
    pub stuck: Vec<StuckView>,
    /// Size of the database.
    pub store_bytes: u64,
}

/// One order in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderView {
    /// Linnworks order number.
    pub number: u64,
    /// GUID.
    pub id: String,
    /// Channel reference.
    pub reference: String,
    /// One of the twelve words.
    pub state: String,
    /// Why, where a state has a reason.
    pub reason: Option<String>,
    /// Postal service.
    pub service: String,
    /// Depot name.
    pub depot: Option<String>,
    /// Delivery method name.
    pub method: Option<String>,
    /// Postcode.
    pub postcode: String,
    /// Tracking number.
    pub tracking_number: Option<String>,
    /// Tracking page.
    pub tracking_url: Option<String>,
    /// Stream's key.
    pub consignment: Option<String>,
    /// Run number, 1 to 20.
    pub run: Option<u32>,
    /// Run text as Stream has it.
    pub run_text: Option<String>,
    /// Run id in Stream.
    pub run_id: Option<String>,
    /// Day of delivery, YYYY-MM-DD.
    pub day: Option<String>,
    /// Place on the run.
    pub sequence: Option<u32>,
    /// From 1.
    pub generation: u32,
    /// Last change.
    pub updated_at: i64,
}

/// One entry of a timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryView {
    /// When.
    pub at: i64,
    /// A few words.
    pub what: String,
    /// More.
    pub detail: String,
}

/// One order whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderDetailView {
    /// As in lists.
    pub order: OrderView,
    /// Identifiers of ours on it.
    pub identifiers: Vec<String>,
    /// Identifiers it should have.
    pub identifiers_wanted: Vec<String>,
    /// Texts of notes we wrote.
    pub notes: Vec<String>,
    /// What happened, oldest first.
    pub timeline: Vec<EntryView>,
    /// Its jobs.
    pub jobs: Vec<JobView>,
    /// `site.time_zone`, for times shown to people.
    pub zone: String,
    /// The daemon's clock.
    pub now: i64,
}

/// One job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobView {
    /// Opaque text.
    pub id: String,
    /// For the next page.
    pub key: u64,
    /// `create`, `tracking`, `identifiers`, `note`.
    pub kind: String,
    /// Linnworks order number.
    pub order: u64,
    /// `waiting`, `sending`, `unsure`, `parked`, `done`.
    pub state: String,
    /// Attempts made.
    pub attempt: u32,
    /// Next try or look.
    pub due_at: Option<i64>,
    /// What stood in the way.
    pub last_error: Option<String>,
    /// When it was added.
    pub created_at: i64,
}

/// A delivery method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodView {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// `DELIVERY`, `COLLECTION`, `COURIER`, `TRUNK` or what Stream wrote.
    pub kind: String,
}

/// A depot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepotView {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Methods.
    pub methods: Vec<MethodView>,
}

/// How one Linnworks service resolves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceView {
    /// Postal service name.
    pub name: String,
    /// Depot name.
    pub depot: Option<String>,
    /// Method name.
    pub method: Option<String>,
    /// `config`, `linnworks`, `name`, `none`.
    pub rule: String,
    /// What is wrong, and what to do.
    pub problem: Option<String>,
}

/// Depots and services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServicesView {
    /// From Stream.
    pub depots: Vec<DepotView>,
    /// From Linnworks, of our vendor.
    pub services: Vec<ServiceView>,
}

/// The no-loss account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditView {
    /// shipped + refused + waiting + attention.
    pub eligible: u64,
    /// Sent to processed, with a shipment.
    pub shipped: u64,
    /// Refused.
    pub refused: u64,
    /// Waiting, sending and unsure.
    pub waiting: u64,
    /// Needs a person.
    pub attention: u64,
    /// Numbers of eligible orders nobody accounts for.
    pub unexplained: Vec<u64>,
    /// Numbers of orders with more than one live shipment, or doubled lines.
    pub double: Vec<u64>,
    /// Unexplained and double are empty.
    pub ok: bool,
}

/// Why an order is where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhyView {
    /// Linnworks order number.
    pub number: u64,
    /// One of the twelve words.
    pub state: String,
    /// One sentence.
    pub text: String,
    /// The next step, or that none is needed.
    pub next: String,
}

/// What became of one thing that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActedView {
    /// Linnworks order number, when it is about an order.
    pub number: Option<u64>,
    /// Job id, or what was done; when it is not about an order.
    pub id: Option<String>,
    /// `done`, `refused`, `queued`.
    pub result: String,
    /// A sentence.
    pub text: String,
}

/// What is logged for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLevelView {
    /// The level now.
    pub level: String,
    /// When that ends.
    pub until: i64,
    /// The level after that.
    pub then: String,
}

/// One stop of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopView {
    /// Place on the run, as Stream has it.
    pub sequence: Option<u32>,
    /// Linnworks order number.
    pub number: u64,
    /// Channel reference.
    pub reference: String,
    /// Postcode.
    pub postcode: String,
    /// One of the twelve words.
    pub state: String,
    /// What keeps it from being loaded, when something does.
    pub problem: Option<String>,
}

/// One delivery run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunView {
    /// Run number, 1 to 20.
    pub run: Option<u32>,
    /// Its text as Stream has it.
    pub run_text: String,
    /// Its id in Stream.
    pub run_id: String,
    /// Its day, YYYY-MM-DD.
    pub day: Option<String>,
    /// Depot of its first stop.
    pub depot: Option<String>,
    /// Driver.
    pub driver: Option<String>,
    /// Vehicle.
    pub vehicle: Option<String>,
    /// `planned`, `dispatched`, `completed`.
    pub status: String,
    /// When it is to leave.
    pub leaves_at: Option<i64>,
    /// Its stops in sequence.
    pub stops: Vec<StopView>,
}

/// One notification of Stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookView {
    /// Opaque text.
    pub id: String,
    /// For the next page.
    pub key: u64,
    /// When it came first.
    pub at: i64,
    /// What it tells of.
    pub event: String,
    /// The kind of record.
    pub event_type: String,
    /// Linnworks order number, when it names one order we know.
    pub order: Option<u64>,
    /// The order as Stream named it.
    pub order_ref: Option<String>,
    /// The run.
    pub run: Option<String>,
    /// `new`, `done`, `ignored`, `unreadable`, `failed`.
    pub state: String,
    /// In words.
    pub detail: String,
}

/// Addresses to register. They hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointsView {
    /// Key of the Linnworks manifest, and address.
    pub linnworks: Vec<(String, String)>,
    /// Where Stream sends notifications; `None` when nothing listens.
    pub stream_webhook: Option<String>,
}

/// A copy of the database that is ready to be fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupView {
    /// Which copy.
    pub id: u64,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: Vec<u8>,
    /// Of which instant it is.
    pub made_at: i64,
    /// Files that hold secrets, to be copied beside it.
    pub credentials: Vec<String>,
}
