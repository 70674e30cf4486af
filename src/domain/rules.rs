//! The site's rules, as plain data: what of the configuration decisions depend on.

use super::job::Settle;
use super::options::ShippingOptions;
use super::tags::TagNames;
use super::time::Delay;

/// `sync.orders`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Orders are read and held; nothing is sent.
    Off,
    /// Everything is decided and shown, nothing is written to either system.
    DryRun,
    /// Orders are sent.
    On,
}

impl Mode {
    /// As in the configuration and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::DryRun => "dry-run",
            Self::On => "on",
        }
    }
}

/// `alarms.*`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Age of an error on an order.
    pub error_age: Delay,
    /// Silence of notifications while there is something to tell.
    pub silence: Delay,
    /// How long before a run leaves its orders must be in order.
    pub before_dispatch: Delay,
}

impl Default for Thresholds {
    fn default() -> Self {
        let half = Delay::mins(30);
        Self { error_age: Delay::mins(60), silence: half, before_dispatch: half }
    }
}

/// What decisions depend on.
#[derive(Clone, Debug)]
pub struct Rules {
    /// `sync.orders`.
    pub mode: Mode,
    /// `sync.dispatch`: whether tracking is written to Linnworks.
    pub dispatch: bool,
    /// `sync.changes`: whether changes after sending are followed.
    pub changes: bool,
    /// `identifiers.sequence`: whether the place on the run is shown.
    pub sequence: bool,
    /// `delivered.mark_processed`.
    pub mark_processed: bool,
    /// `sync.sweep_interval`.
    pub sweep_interval: Delay,
    /// `webhooks.enabled`: whether a notification that comes is followed.
    pub webhooks: bool,
    /// `listener.public_url` is set: Stream can be told where to send them.
    pub public: bool,
    /// When standing warnings are raised.
    pub alarms: Thresholds,
    /// The integration was removed in Linnworks: nothing is sent until it is added again.
    pub removed: bool,
    /// `sync.lookback_days`.
    pub lookback_days: u32,
    /// `linnworks.vendor`: the order's shipping vendor contains it, compared without case.
    pub vendor: String,
    /// `stream.batch`: creates a worker takes at once, 1 to 10.
    pub batch: usize,
    /// `stream.settle`.
    pub settle: Settle,
    /// `identifiers.names.*`.
    pub names: TagNames,
    /// Mapping of orders to shipments, with the site's zone.
    pub shipping: ShippingOptions,
    /// `linnworks.locations`: names; empty means all.
    pub locations: Vec<String>,
    /// `sync.poll_interval`.
    pub poll_interval: Delay,
    /// Creates a minute at the configured pace of calls, for those who ask how long it takes.
    pub creates_per_minute: u32,
    /// How long a call may be out before its job counts as unsure: longer than any time-out.
    pub lease: Delay,
}

impl Rules {
    /// Whether Stream is to tell us of changes.
    pub const fn told(&self) -> bool {
        self.webhooks && self.public
    }
}
