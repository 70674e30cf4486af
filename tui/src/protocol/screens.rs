//! What an attached console asks for and is shown: one screen at a time, filtered, sorted and cut to its
//! size by the daemon, so that nothing grows on a console's behalf.

use serde::{Deserialize, Serialize};

use super::views::{
    JobView, OrderDetailView, OrderView, PausedView, RunView, ServicesView, StatusView, WebhookView,
};

/// Rows of one screen at most: more than any terminal has.
pub const SCREEN_ROWS_MAX: u32 = 500;

/// A screen is wanted, now if it changed since `seen`, else as soon as it does. A later message on the same
/// connection supersedes it without an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// Given back with the answer.
    pub asked: u64,
    /// [`Snapshot::seen`] of the last answer to the same; 0 for an answer at once.
    pub seen: u64,
    /// Whether personal data is shown. It is recorded who did.
    pub reveal: bool,
    /// Which screen.
    pub query: Query,
}

/// Which part of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// Words that each row must contain; `field:value` for one field.
    pub filter: String,
    /// By which column, in the order in which the screen names them; 0 is the list's own order.
    pub sort: u8,
    /// The other way round.
    pub descending: bool,
    /// Rows before the first one wanted.
    pub offset: u32,
    /// At most [`SCREEN_ROWS_MAX`].
    pub rows: u32,
    /// The row that is to be among them wherever it stands now, by its key.
    pub focus: Option<u64>,
}

/// Which screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Query {
    /// Is all well.
    Overview,
    /// Orders that are not over.
    Orders(Listing),
    /// One order.
    Order {
        /// Linnworks order number.
        number: u64,
    },
    /// Jobs that are not done.
    Queue(Listing),
    /// Orders that need somebody, by cause.
    Errors(Listing),
    /// Runs of a day and after; without one, from yesterday on.
    Runs {
        /// YYYY-MM-DD.
        day: Option<String>,
    },
    /// Notifications, the newest first.
    Webhooks(Listing),
    /// Depots, methods, services.
    Services,
    /// The journal after a line; without one, its end.
    Activity {
        /// Number of the last line that is known.
        after: Option<u64>,
    },
    /// The configuration that holds.
    Settings,
}

/// A screen at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// [`Watch::asked`].
    pub asked: u64,
    /// To be given back with the next [`Watch`].
    pub seen: u64,
    /// What stands on every screen.
    pub head: HeadView,
    /// The screen.
    pub body: Body,
}

/// What stands on every screen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadView {
    /// `site.name`.
    pub site: String,
    /// `site.time_zone`.
    pub zone: String,
    /// Of the daemon.
    pub version: String,
    /// The daemon's clock.
    pub now: i64,
    /// Whether this peer may act.
    pub operator: bool,
    /// Who this peer is.
    pub user: String,
    /// Creating is paused.
    pub paused: Option<PausedView>,
    /// `off`, `dry-run`, `on`.
    pub sync_orders: String,
    /// Orders refused or in need of a person.
    pub errors: u64,
    /// Orders that are not over.
    pub orders: u64,
    /// Jobs that are not done.
    pub jobs: u64,
    /// Standing warnings.
    pub alarms: u64,
}

/// A list as far as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// Rows that match.
    pub total: u32,
    /// Rows before the first one here.
    pub offset: u32,
    /// Where the row that was to be among them stands; `None` when it is gone.
    pub focus: Option<u32>,
    /// The rows.
    pub rows: Vec<T>,
}

/// How far a system's budget is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeterView {
    /// What is limited: a method of Linnworks, or all requests.
    pub what: String,
    /// Calls in the last minute.
    pub calls: u32,
    /// Of so many.
    pub of: u32,
    /// How long the last answer took.
    pub took_ms: Option<u64>,
}

/// Is all well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverviewView {
    /// Counts, systems, warnings, what is stuck.
    pub status: StatusView,
    /// Linnworks' budget.
    pub linnworks: MeterView,
    /// Stream's budget.
    pub stream: MeterView,
    /// Shipments created in each of the last 60 minutes, the latest last.
    pub sent: Vec<u32>,
    /// Refusals in the same minutes.
    pub refused: Vec<u32>,
}

/// One order, with why it is where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderScreen {
    /// The order.
    pub detail: OrderDetailView,
    /// Why, in one sentence.
    pub why: String,
    /// The next step.
    pub next: String,
    /// What was last said about it with each system, the latest first.
    pub exchanges: Vec<ExchangeView>,
}

/// What was last said with a system about an order. Secrets are never in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeView {
    /// `Stream` or `Linnworks`.
    pub system: String,
    /// When it began.
    pub at: i64,
    /// `GET`, `POST`, `PATCH`, `DELETE`.
    pub method: String,
    /// Path without its query.
    pub path: String,
    /// Status of the answer; `None`: there was none.
    pub status: Option<u16>,
    /// Why there was none.
    pub error: Option<String>,
    /// How long it took.
    pub took_ms: u64,
    /// The answer, as far as it is kept and shown.
    pub body: String,
    /// Whether it was longer.
    pub cut: bool,
    /// Whether personal data in it is masked.
    pub masked: bool,
}

/// Orders of one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CauseView {
    /// Made from the cause; stays the same while it stands.
    pub key: u64,
    /// `refused` or `attention`.
    pub state: String,
    /// In words; the part that differs between the orders is `…`.
    pub cause: String,
    /// How many orders.
    pub count: u32,
    /// When the first of them came to it.
    pub first_at: i64,
    /// And the last.
    pub last_at: i64,
    /// The next step, from one of them.
    pub next: String,
    /// Their numbers, at most [`SCREEN_ROWS_MAX`].
    pub numbers: Vec<u64>,
}

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineView {
    /// Rising by one.
    pub seq: u64,
    /// When.
    pub at: i64,
    /// Linnworks order number.
    pub order: Option<u64>,
    /// A few words.
    pub what: String,
    /// More.
    pub detail: String,
}

/// One key of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingView {
    /// The key.
    pub key: String,
    /// Its value; of a secret, whether it is set.
    pub value: String,
    /// Where it comes from.
    pub origin: String,
}

/// A screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// To [`Query::Overview`].
    Overview(Box<OverviewView>),
    /// To [`Query::Orders`].
    Orders(Page<OrderView>),
    /// To [`Query::Order`].
    Order(Box<OrderScreen>),
    /// To [`Query::Queue`].
    Queue(Page<JobView>),
    /// To [`Query::Errors`].
    Errors(Page<CauseView>),
    /// To [`Query::Runs`].
    Runs(Vec<RunView>),
    /// To [`Query::Webhooks`].
    Webhooks(Page<WebhookView>),
    /// To [`Query::Services`].
    Services(Box<ServicesView>),
    /// To [`Query::Activity`].
    Activity(Vec<LineView>),
    /// To [`Query::Settings`].
    Settings(Vec<SettingView>),
    /// It cannot be shown: a sentence.
    Nothing(String),
}
