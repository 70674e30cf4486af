//! The last exchange with each system about each order, for somebody who wants to know why it is stuck. In
//! memory alone: nothing of it reaches the disk, and a restart forgets it.
//!
//! Every exchange passes the redaction on its way in: known secrets and whatever has the shape of one are
//! gone for good. Of its content two forms are kept: one with the members that point at nobody, and for an
//! hour the whole, for those who asked to see personal data. Known members are shown and all others are not,
//! so that a new one of the other system is masked until somebody has looked at it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::domain::ids::{OrderId, OrderNumber};
use crate::domain::time::{Delay, Moment, Now, Timestamp};
use crate::http::{Request, Response, TransportError};
use crate::logging::{Redactor, impersonal};

/// Orders whose exchanges are kept: more than anybody looks at in a day. With two systems and two forms of
/// an answer this is at most 4 MiB.
pub const ORDERS_MAX: usize = 512;

/// An answer is kept up to here, in letters: refusals are shorter, and a whole order is seen to its lines.
pub const BODY_CHARS_MAX: usize = 2_048;

/// An answer is looked at up to here. Answers about one order are a tenth of it.
const SCAN_BYTES_MAX: usize = 64 * 1024;

/// A path or an error, in letters.
const LINE_CHARS_MAX: usize = 300;

/// For so long the whole of an answer is kept; as long as somebody is shown personal data.
const WHOLE_FOR: Delay = Delay::mins(60);

/// What stands in place of what is not shown.
const MASK: &str = "…";

/// A system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum System {
    /// Linnworks.
    Linnworks,
    /// Stream.
    Stream,
}

/// The order as the request named it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// By its Linnworks number.
    Number(OrderNumber),
    /// By its Linnworks key.
    Id(OrderId),
}

/// How an exchange ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With an answer of this status.
    Answered(u16),
    /// Without one: why.
    Failed(String),
}

/// What is shown of an exchange. Its body holds personal data when it is whole: no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Exchange {
    /// With whom.
    pub system: System,
    /// When it began.
    pub at: Timestamp,
    /// `GET`, `POST`, `PATCH`, `DELETE`.
    pub method: &'static str,
    /// Path without its query.
    pub path: String,
    /// Status or error.
    pub ended: Ended,
    /// How long it took.
    pub took: Delay,
    /// The answer.
    pub body: String,
    /// Whether it was longer.
    pub cut: bool,
    /// Whether members of it are masked.
    pub masked: bool,
}

struct Text {
    text: String,
    cut: bool,
}

struct Kept {
    /// Counts up: the lowest goes first.
    turn: u64,
    shown: Exchange,
    whole: Option<(Text, Moment)>,
}

#[derive(Default)]
struct Ring {
    turns: u64,
    kept: BTreeMap<(Named, System), Kept>,
}

/// All of them. Shared by whoever sends and whoever shows.
pub struct Exchanges {
    redactor: Arc<Redactor>,
    ring: Mutex<Ring>,
}

impl Exchanges {
    /// None yet.
    pub fn new(redactor: Arc<Redactor>) -> Self {
        Self { redactor, ring: Mutex::default() }
    }

    /// Takes in an exchange that is over. Nothing is locked while its texts are made.
    pub fn record(
        &self,
        (system, named): (System, Named),
        (began, now): (Now, Now),
        request: &Request,
        answer: &Result<Response, TransportError>,
    ) {
        let line = |text: &str| cut(&self.redactor.clean(text), LINE_CHARS_MAX).text;
        let bytes = answer.as_ref().map_or(&[][..], |response| &response.body);
        let scanned = &bytes[..bytes.len().min(SCAN_BYTES_MAX)];
        let raw = String::from_utf8_lossy(scanned);
        let whole = cut(&self.redactor.clean(&raw), BODY_CHARS_MAX);
        let masked = masked(bytes.len(), &raw);
        let masked = cut(&self.redactor.clean(&masked), BODY_CHARS_MAX);
        let shown = Exchange {
            system,
            at: began.wall,
            method: request.method.as_str(),
            path: line(request.path()),
            ended: match answer {
                Ok(response) => Ended::Answered(response.status),
                Err(error) => Ended::Failed(line(&error.what)),
            },
            took: now.mono.since(began.mono),
            body: masked.text,
            cut: masked.cut,
            masked: !bytes.is_empty(),
        };
        let whole = (!bytes.is_empty()).then(|| (whole, now.mono.after(WHOLE_FOR)));
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.forget_wholes(now.mono);
        ring.turns += 1;
        let turn = ring.turns;
        ring.kept.insert((named, system), Kept { turn, shown, whole });
        // Two systems an order; one that is named by its key counts as another.
        if ring.kept.len() > 2 * ORDERS_MAX {
            let oldest = ring.kept.iter().min_by_key(|(_, kept)| kept.turn).map(|(key, _)| *key);
            oldest.and_then(|key| ring.kept.remove(&key));
        }
    }

    /// The last exchange about an order with each system, the latest first.
    pub fn last(
        &self,
        number: OrderNumber,
        id: OrderId,
        reveal: bool,
        now: Moment,
    ) -> Vec<Exchange> {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.forget_wholes(now);
        let mut found: Vec<(u64, Exchange)> = Vec::new();
        for system in [System::Stream, System::Linnworks] {
            let names = [Named::Number(number), Named::Id(id)];
            let named = names.iter().filter_map(|named| ring.kept.get(&(*named, system)));
            found.extend(
                named.max_by_key(|kept| kept.turn).map(|kept| (kept.turn, kept.seen(reveal))),
            );
        }
        found.sort_by_key(|(turn, _)| std::cmp::Reverse(*turn));
        found.into_iter().map(|(_, exchange)| exchange).collect()
    }

    /// Forgets what is known about an order.
    pub fn forget(&self, number: OrderNumber, id: OrderId) {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.kept
            .retain(|(named, _), _| *named != Named::Number(number) && *named != Named::Id(id));
    }
}

impl Ring {
    fn forget_wholes(&mut self, now: Moment) {
        for kept in self.kept.values_mut() {
            kept.whole.take_if(|(_, until)| *until <= now);
        }
    }
}

impl Kept {
    fn seen(&self, reveal: bool) -> Exchange {
        match &self.whole {
            Some((whole, _)) if reveal => Exchange {
                body: whole.text.clone(),
                cut: whole.cut,
                masked: false,
                ..self.shown.clone()
            },
            Some(_) | None => self.shown.clone(),
        }
    }
}

fn cut(text: &str, most: usize) -> Text {
    match text.char_indices().nth(most) {
        Some((at, _)) => Text { text: text[..at].to_owned(), cut: true },
        None => Text { text: text.to_owned(), cut: false },
    }
}

/// Members whose values point at nobody, in lower case: keys, states, times, amounts, and what a system says
/// about a refusal.
const SHOWN: &[&str] = &[
    "actualdatetime",
    "assembly",
    "changed",
    "changedorders",
    "code",
    "collected",
    "collecteddatetime",
    "collectionmethod",
    "collectionstatus",
    "consignmentno",
    "country",
    "cube",
    "customerorderno",
    "delivered",
    "delivereddatetime",
    "deliverydate",
    "deliverymethod",
    "description",
    "error",
    "errors",
    "estimatearrivaldatetime",
    "event",
    "event_type",
    "externalsequence",
    "fromdatetime",
    "groupsequence",
    "id",
    "identifiers",
    "livedate",
    "message",
    "notchanged",
    "numorderid",
    "onhanddate",
    "orderdate",
    "orderid",
    "orderids",
    "orderno",
    "orderstatus",
    "ordertype",
    "orderweight",
    "packagetype",
    "parentsequence",
    "pkorderid",
    "planneddatetime",
    "postalservicename",
    "processed",
    "quantity",
    "reason",
    "sequence",
    "servicelevel",
    "severity",
    "status",
    "statuscode",
    "stocklocation",
    "stockstatus",
    "tag",
    "tags",
    "todatetime",
    "totalweight",
    "trackingid",
    "trackingnumber",
    "trackingurl",
    "type",
    "unload",
    "vehicletype",
    "vendor",
    "weight",
];

/// An answer without what points at a person.
fn masked(bytes: usize, raw: &str) -> String {
    if bytes == 0 {
        return String::new();
    }
    match serde_json::from_str::<Value>(raw) {
        Ok(mut json) => {
            mask(&mut json, false);
            json.to_string()
        }
        Err(_) => format!("{bytes} bytes that are no JSON, or too many to be shown"),
    }
}

fn mask(value: &mut Value, shown: bool) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(_) if shown => {}
        Value::String(text) if shown || text.is_empty() => *text = impersonal(text),
        Value::Number(_) | Value::String(_) => *value = Value::from(MASK),
        // What a list holds is what its name says.
        Value::Array(list) => list.iter_mut().for_each(|one| mask(one, shown)),
        Value::Object(members) => {
            for (name, member) in members {
                mask(member, SHOWN.contains(&name.to_ascii_lowercase().as_str()));
            }
        }
    }
}

#[cfg(test)]
#[path = "exchanges/tests.rs"]
mod tests;
