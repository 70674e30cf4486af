//! The messages both sides speak, and nothing else: imports only `std`, `serde` and `postcard`.
//!
//! Postcard is positional: to reorder a field or a variant is a silent change of format. So every
//! change raises [`VERSION`], the greeting that carries it has a layout that never changes, and
//! golden files pin the bytes of one example of every message. Times are milliseconds since
//! 1970-01-01T00:00:00Z.
//!
//! - [`views`]: what is shown
//! - [`screens`]: what an attached console is shown, and how it asks
//! - `frame`: messages on a stream of bytes

pub mod frame;
pub mod screens;
pub mod views;

use serde::{Deserialize, Serialize};

use screens::{Snapshot, Watch};

use views::{
    ActedView, AuditView, BackupView, EndpointsView, JobView, LogLevelView, OrderDetailView,
    OrderView, RunView, ServicesView, StatusView, WebhookView, WhyView,
};

/// Number of this protocol; both sides must have the same.
pub const VERSION: u16 = 5;

/// Rows in one page of a list. Lists are asked for page by page until one is not full.
pub const PAGE_ROWS_MAX: u32 = 500;

/// What a client asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// One screen.
    Status,
    /// A page of orders by number.
    Orders {
        /// Only in this state (one of the twelve words).
        state: Option<String>,
        /// Only those whose number, reference, tracking number or postcode contains this.
        search: Option<String>,
        /// After this order number.
        after: Option<u64>,
        /// At most [`PAGE_ROWS_MAX`].
        limit: u32,
    },
    /// One order whole.
    Order {
        /// Linnworks order number.
        number: u64,
    },
    /// A page of jobs by id. Without a state: those that are not done.
    Jobs {
        /// `waiting`, `sending`, `unsure`, `parked` or `done`.
        state: Option<String>,
        /// After this job.
        after: Option<u64>,
        /// At most [`PAGE_ROWS_MAX`].
        limit: u32,
    },
    /// Depots, methods, and how each Linnworks service resolves.
    Services,
    /// The no-loss account.
    Audit {
        /// Our own records only.
        local: bool,
    },
    /// Why an order is where it is, and what to do next.
    Why {
        /// Linnworks order number.
        number: u64,
    },
    /// Delivery runs and their stops.
    Runs {
        /// Only of this day, YYYY-MM-DD.
        day: Option<String>,
    },
    /// A page of notifications, by id.
    Webhooks {
        /// After this notification.
        after: Option<u64>,
        /// At most [`PAGE_ROWS_MAX`].
        limit: u32,
    },
    /// The addresses to register with both systems; operators only: they hold a secret.
    Endpoints,
    /// Something to be done; operators only.
    Act(Action),
    /// Log at another level for a while; for operators.
    LogLevel {
        /// `error`, `warn`, `info`, `debug` or `trace`.
        level: String,
        /// For how long.
        lasts_ms: u64,
    },
    /// The labels of an order again; operators only: an address stands on them.
    Label {
        /// Linnworks order number.
        number: u64,
        /// Drawn anew in this layout; as they were printed without one.
        format: Option<String>,
    },
    /// A screen, when it changes.
    Watch(Watch),
    /// A copy of the database; operators only. Fetched part by part.
    Backup,
    /// A part of it.
    BackupPart {
        /// Of which copy.
        id: u64,
        /// From which byte on.
        offset: u64,
    },
}

/// What an operator may ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// Send orders again after a refusal, or after a person put them right in Stream.
    Resend {
        /// Linnworks order numbers, at most [`ACTIONS_MAX`].
        numbers: Vec<u64>,
    },
    /// Try jobs again.
    Retry {
        /// Their ids as they are shown, at most [`ACTIONS_MAX`].
        jobs: Vec<String>,
    },
    /// Try parked jobs again, at most [`ACTIONS_MAX`] by id.
    RetryParked {
        /// After this job (its [`views::JobView::key`]).
        after: Option<u64>,
    },
    /// Read the shipments of orders in Stream now.
    Refresh {
        /// Linnworks order numbers, at most [`ACTIONS_MAX`].
        numbers: Vec<u64>,
    },
    /// Cancel the shipments of orders in Stream.
    Cancel {
        /// Linnworks order numbers, at most [`ACTIONS_MAX`].
        numbers: Vec<u64>,
    },
    /// Handle a notification once more.
    Replay {
        /// Its id as it is shown.
        id: String,
    },
    /// Create nothing in Stream until resumed.
    Pause,
    /// Create again.
    Resume,
    /// Personal data is to be shown for an hour; it is recorded who asked.
    Reveal,
    /// Erase what is personal of orders that are over.
    Forget {
        /// Linnworks order numbers, at most [`ACTIONS_MAX`].
        numbers: Vec<u64>,
    },
}

/// Orders or jobs in one request.
pub const ACTIONS_MAX: usize = 500;

/// Bytes in one part of a backup.
pub const BACKUP_PART_BYTES_MAX: usize = 1024 * 1024;

/// What the daemon answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// To [`Request::Status`].
    Status(Box<StatusView>),
    /// To [`Request::Orders`].
    Orders(Vec<OrderView>),
    /// To [`Request::Order`].
    Order(Box<OrderDetailView>),
    /// To [`Request::Jobs`].
    Jobs(Vec<JobView>),
    /// To [`Request::Services`].
    Services(Box<ServicesView>),
    /// To [`Request::Audit`].
    Audit(AuditView),
    /// To [`Request::Why`].
    Why(WhyView),
    /// To [`Request::Runs`].
    Runs(Vec<RunView>),
    /// To [`Request::Webhooks`].
    Webhooks(Vec<WebhookView>),
    /// To [`Request::Endpoints`].
    Endpoints(EndpointsView),
    /// To [`Request::Act`]: one line for each order or job.
    Acted(Vec<ActedView>),
    /// The question cannot be answered: a sentence.
    Error {
        /// Why, so that scripts can tell it.
        kind: ErrorKind,
        /// What failed and what to do.
        text: String,
    },
    /// The daemon closes the connection.
    Goodbye {
        /// Why.
        text: String,
    },
    /// To [`Request::LogLevel`].
    LogLevel(LogLevelView),
    /// To [`Request::Label`]: a PNG for each piece.
    Labels(Vec<Vec<u8>>),
    /// To [`Request::Watch`].
    Screen(Box<Snapshot>),
    /// To [`Request::Backup`].
    Backup(BackupView),
    /// To [`Request::BackupPart`]: at most [`BACKUP_PART_BYTES_MAX`]; nothing after the end.
    BackupPart(Vec<u8>),
}

/// Why a question cannot be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErrorKind {
    /// There is no such order or job.
    NotFound,
    /// The question makes no sense, such as an unknown state.
    BadRequest,
    /// The peer may not do this.
    Refused,
    /// A system could not be read.
    Unavailable,
    /// A defect of the daemon.
    Internal,
}
