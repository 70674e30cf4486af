//! The transport with a watch in its hand: how long one system takes to answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock::Clock;
use crate::domain::time::Delay;
use crate::http::ureq::UreqTransport;
use crate::http::{Request, Response, Transport, TransportError};
use crate::tally::{Histogram, Reading};

/// What [`Timed::took`] holds before the first answer.
const NEVER: u64 = u64::MAX;

/// Sends to one system, and remembers how long it took.
pub(super) struct Timed {
    inner: Arc<UreqTransport>,
    clock: Arc<dyn Clock>,
    took: AtomicU64,
    times: Histogram,
}

impl Timed {
    pub(super) fn new(inner: &Arc<UreqTransport>, clock: &Arc<dyn Clock>) -> Arc<Self> {
        let (inner, clock) = (Arc::clone(inner), Arc::clone(clock));
        Arc::new(Self { inner, clock, took: AtomicU64::new(NEVER), times: Histogram::default() })
    }

    /// How long the last call took.
    pub(super) fn took(&self) -> Option<Delay> {
        Some(self.took.load(Ordering::Relaxed)).filter(|took| *took != NEVER).map(Delay)
    }

    /// How long all of them took.
    pub(super) fn times(&self) -> Reading {
        self.times.read()
    }
}

impl Transport for Timed {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let begin = self.clock.now().mono;
        let answer = self.inner.send(request);
        let took = self.clock.now().mono.since(begin);
        self.took.store(took.0, Ordering::Relaxed);
        self.times.observe(took);
        answer
    }
}

/// The watches of both systems.
#[derive(Clone)]
pub(super) struct Watches {
    pub(super) linnworks: Arc<Timed>,
    pub(super) stream: Arc<Timed>,
}
