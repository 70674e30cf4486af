//! The transport with a watch in its hand: how long each system took to answer last, and what it said last
//! about each order.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::api::linnworks::{self, About};
use crate::api::stream;
use crate::clock::Clock;
use crate::console::exchanges::{Exchanges, Named, System};
use crate::domain::time::Delay;
use crate::http::ureq::UreqTransport;
use crate::http::{Request, Response, Transport, TransportError};
use crate::logging::Redactor;

/// Hosts remembered: two systems, and the server that Linnworks names at sign-in.
const HOSTS_MAX: usize = 16;

/// Sends, and remembers how long it took.
pub(super) struct Timed {
    inner: Arc<UreqTransport>,
    clock: Arc<dyn Clock>,
    took: Mutex<BTreeMap<String, Delay>>,
    exchanges: Arc<Exchanges>,
}

impl Timed {
    pub(super) fn new(
        inner: Arc<UreqTransport>,
        clock: Arc<dyn Clock>,
        redactor: Arc<Redactor>,
    ) -> Self {
        let exchanges = Arc::new(Exchanges::new(redactor));
        Self { inner, clock, took: Mutex::default(), exchanges }
    }

    /// What was said last about each order.
    pub(super) fn exchanges(&self) -> Arc<Exchanges> {
        Arc::clone(&self.exchanges)
    }

    /// How long the last answer of a host took; `wanted` says which.
    pub(super) fn took(&self, wanted: impl Fn(&str) -> bool) -> Option<Delay> {
        let took = self.took.lock().unwrap_or_else(PoisonError::into_inner);
        took.iter().find(|(host, _)| wanted(host)).map(|(_, took)| *took)
    }
}

impl Transport for Timed {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let begin = self.clock.now();
        let answer = self.inner.send(request);
        let end = self.clock.now();
        if let Some(about) = about(request) {
            self.exchanges.record(about, (begin, end), request, &answer);
        }
        let host = request.url.split('/').nth(2).unwrap_or_default();
        let mut took = self.took.lock().unwrap_or_else(PoisonError::into_inner);
        if took.len() < HOSTS_MAX || took.contains_key(host) {
            took.insert(host.to_owned(), end.mono.since(begin.mono));
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
