//! The transport with a watch in its hand: how long each system took to answer last.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::Clock;
use crate::domain::time::Delay;
use crate::http::ureq::UreqTransport;
use crate::http::{Request, Response, Transport, TransportError};

/// Hosts remembered: two systems, and the server that Linnworks names at sign-in.
const HOSTS_MAX: usize = 16;

/// Sends, and remembers how long it took.
pub(super) struct Timed {
    inner: Arc<UreqTransport>,
    clock: Arc<dyn Clock>,
    took: Mutex<BTreeMap<String, Delay>>,
}

impl Timed {
    pub(super) fn new(inner: Arc<UreqTransport>, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock, took: Mutex::default() }
    }

    /// How long the last answer of a host took; `wanted` says which.
    pub(super) fn took(&self, wanted: impl Fn(&str) -> bool) -> Option<Delay> {
        let took = self.took.lock().unwrap_or_else(PoisonError::into_inner);
        took.iter().find(|(host, _)| wanted(host)).map(|(_, took)| *took)
    }
}

impl Transport for Timed {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let begin = self.clock.now().mono;
        let answer = self.inner.send(request);
        let host = request.url.split('/').nth(2).unwrap_or_default();
        let mut took = self.took.lock().unwrap_or_else(PoisonError::into_inner);
        if took.len() < HOSTS_MAX || took.contains_key(host) {
            took.insert(host.to_owned(), self.clock.now().mono.since(begin));
        }
        answer
    }
}
