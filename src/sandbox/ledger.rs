//! The ledger: every call that arrived, and the counts that tests ask for.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use super::fault::Api;
use crate::domain::time::{Delay, Moment, Now, Timestamp};
use crate::http::Method;

/// Entries kept; later calls are only counted. A soak makes millions of calls.
pub const LEDGER_MAX: usize = 200_000;

/// The window that limits and their truth are measured in.
pub(super) const WINDOW: Delay = Delay::secs(60);

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it arrived.
    pub at: Timestamp,
    /// At which system.
    pub api: Api,
    /// HTTP method.
    pub method: Method,
    /// Path without query.
    pub path: String,
    /// HTTP status; 0 when the connection was closed before the call was carried out.
    pub status: u16,
    /// The order it concerned, when it was one.
    pub order: Option<String>,
}

impl Entry {
    fn json(&self) -> Value {
        json!({"at": self.at.rfc3339(), "api": self.api.as_str(), "method": self.method.as_str(),
            "path": self.path, "status": self.status, "order": number(self.order.as_deref())})
    }
}

/// An order as its Linnworks number where it has one: `104512-2` is order 104512.
fn number(order: Option<&str>) -> Value {
    let Some(order) = order else { return Value::Null };
    let base = order.split(['-', '(']).next().unwrap_or(order);
    base.parse::<u64>().map_or_else(|_| json!(order), |number| json!(number))
}

/// Arrivals of one method in the last 60 s, and the most there ever were.
#[derive(Default)]
struct Window {
    recent: VecDeque<Moment>,
    most: usize,
    calls: u64,
}

/// All calls.
#[derive(Default)]
pub(super) struct Ledger {
    entries: Vec<Entry>,
    beyond: u64,
    windows: BTreeMap<(Api, String), Window>,
    throttled: u64,
}

impl Ledger {
    /// Writes one call down.
    pub fn add(&mut self, now: Now, kind: &str, entry: Entry) {
        if entry.status != 0 {
            let key = (entry.api, kind.to_owned());
            let window = self.windows.entry(key).or_default();
            while window.recent.front().is_some_and(|at| now.mono.since(*at) >= WINDOW) {
                window.recent.pop_front();
            }
            window.recent.push_back(now.mono);
            window.most = window.most.max(window.recent.len());
            window.calls += 1;
            self.throttled += u64::from(entry.status == 429);
        }
        if self.entries.len() < LEDGER_MAX {
            self.entries.push(entry);
        } else {
            self.beyond += 1;
        }
    }

    /// What is kept, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Calls that came after the ledger was full.
    pub fn beyond(&self) -> u64 {
        self.beyond
    }

    /// Calls answered 429.
    pub fn throttled(&self) -> u64 {
        self.throttled
    }

    /// Per method: how many calls in all, and the most in any 60 s.
    pub fn per_method(&self) -> impl Iterator<Item = (Api, &str, u64, usize)> {
        self.windows.iter().map(|((api, kind), w)| (*api, kind.as_str(), w.calls, w.most))
    }

    /// As `GET /ledger` answers.
    pub fn json(&self) -> Value {
        Value::Array(self.entries.iter().map(Entry::json).collect())
    }
}
