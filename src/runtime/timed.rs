//! The transport with a watch in its hand: how long one system takes to answer, and what it said last about
//! each order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::api::linnworks::{self, About};
use crate::api::stream;
use crate::clock::Clock;
use crate::console::exchanges::{Exchanges, Named, System};
use crate::domain::time::Delay;
use crate::http::ureq::UreqTransport;
use crate::http::{Request, Response, Transport, TransportError};
use crate::logging::Redactor;
use crate::tally::{Histogram, Reading};

/// What [`Timed::took`] holds before the first answer.
const NEVER: u64 = u64::MAX;

/// Sends to one system, and remembers how long it took.
pub(super) struct Timed {
    inner: Arc<UreqTransport>,
    clock: Arc<dyn Clock>,
    took: AtomicU64,
    times: Histogram,
    exchanges: Arc<Exchanges>,
}

impl Timed {
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
        let begin = self.clock.now();
        let answer = self.inner.send(request);
        let end = self.clock.now();
        let took = end.mono.since(begin.mono);
        self.took.store(took.0, Ordering::Relaxed);
        self.times.observe(took);
        if let Some(about) = about(request) {
            self.exchanges.record(about, (begin, end), request, &answer);
        }
        answer
    }
}

/// With whom, and about which order, when it is about one.
fn about(request: &Request) -> Option<(System, Named)> {
    if let Some(number) = stream::about(request) {
        return Some((System::Stream, Named::Number(number)));
    }
    let named = match linnworks::about(request)? {
        About::Id(id) => Named::Id(id),
        About::Number(number) => Named::Number(number),
    };
    Some((System::Linnworks, named))
}

/// The watches of both systems, and what was said last about each order.
#[derive(Clone)]
pub(super) struct Watches {
    pub(super) linnworks: Arc<Timed>,
    pub(super) stream: Arc<Timed>,
    pub(super) exchanges: Arc<Exchanges>,
}

impl Watches {
    pub(super) fn new(
        inner: &Arc<UreqTransport>,
        clock: &Arc<dyn Clock>,
        redactor: &Arc<Redactor>,
    ) -> Self {
        let exchanges = Arc::new(Exchanges::new(Arc::clone(redactor)));
        let watch = || {
            Arc::new(Timed {
                inner: Arc::clone(inner),
                clock: Arc::clone(clock),
                took: AtomicU64::new(NEVER),
                times: Histogram::default(),
                exchanges: Arc::clone(&exchanges),
            })
        };
        Self { linnworks: watch(), stream: watch(), exchanges }
    }
}
