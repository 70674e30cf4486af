//! Both systems as a command asks them that runs without a daemon: clients of its own, nothing kept, and a
//! transport that notices clocks by the way.

use std::sync::Arc;

use super::{RunError, parts};
use crate::api::linnworks::{Linnworks, LinnworksSettings};
use crate::api::stream::Stream;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::domain::time::Moment;
use crate::http::Transport;
use crate::logging::Redactor;
use crate::probe::dated::Dated;

/// What clients are made with.
pub(super) struct Systems {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) dated: Arc<Dated>,
    pub(super) redactor: Redactor,
}

impl Systems {
    /// Through the proxy and with the authorities of this configuration.
    pub(super) fn new(config: &Config) -> Result<Self, RunError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::continuing(Moment(0)));
        let dated = Arc::new(Dated::new(parts::transport(config)?, clock.clone()));
        Ok(Self { clock, dated, redactor: Redactor::default() })
    }

    pub(super) fn transport(&self) -> Arc<dyn Transport> {
        self.dated.clone()
    }

    pub(super) fn linnworks(&self, config: &Config) -> (Linnworks, LinnworksSettings) {
        let settings = parts::linnworks(config, &self.redactor, None);
        (Linnworks::new(self.transport(), settings.clone()), settings)
    }

    pub(super) fn stream(&self, config: &Config) -> Stream {
        let settings = parts::stream(config, &self.redactor, self.clock.now().mono);
        Stream::new(self.transport(), settings, fastrand::u64(..))
    }
}
