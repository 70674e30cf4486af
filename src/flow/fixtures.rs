//! The rules of a plain site, for the tests of this layer.

use crate::domain::job::Settle;
use crate::domain::options::ShippingOptions;
use crate::domain::rules::{Mode, Rules, Thresholds};
use crate::domain::tags::TagNames;
use crate::domain::time::Delay;

/// Every call ends within this.
pub const LONGEST: Delay = Delay::secs(30);

/// Everything on, everything as configured by default; the lookback as long as it may be.
pub fn rules() -> Rules {
    Rules {
        mode: Mode::On,
        dispatch: true,
        changes: true,
        sequence: true,
        mark_processed: false,
        sweep_interval: Delay::mins(15),
        webhooks: true,
        public: false,
        alarms: Thresholds::default(),
        removed: false,
        lookback_days: 90,
        vendor: String::new(),
        batch: 10,
        settle: Settle::default(),
        names: TagNames::default(),
        shipping: ShippingOptions::default(),
        locations: Vec::new(),
        poll_interval: Delay::secs(60),
        creates_per_minute: 120,
        lease: super::lease(LONGEST),
    }
}
