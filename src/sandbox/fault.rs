//! Faults: what goes wrong with the next matching calls, and how an answer is spoilt.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::encoding::{as_int, as_text, json as json_answer};
use crate::domain::time::Delay;
use crate::http::Response;

/// Faults waiting at once: more is a script gone wrong.
const FAULTS_MAX: usize = 10_000;

/// Which of the two systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Api {
    /// Linnworks.
    Linnworks,
    /// Stream.
    Stream,
}

impl Api {
    /// As it stands in the ledger and in faults.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Linnworks => "linnworks",
            Self::Stream => "stream",
        }
    }
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// A business refusal: Stream answers `valid:false`, Linnworks 400. Nothing is carried out.
    Refuse,
    /// The connection closes before anything is carried out.
    DropBefore,
    /// The call is carried out, then the connection closes without an answer.
    DropAfter,
    /// The call is carried out at once and answered this much later.
    Delay(Delay),
    /// This status with a short body; nothing is carried out.
    Status {
        /// HTTP status.
        status: u16,
        /// Seconds for `Retry-After`, if it is sent.
        retry_after: Option<u64>,
    },
    /// An HTML page with this status (200, 502); nothing is carried out.
    Html {
        /// HTTP status.
        status: u16,
    },
    /// The call is carried out; half of its answer arrives.
    Truncate,
    /// The call is carried out; every value of its answer has another type.
    WrongType,
}

/// One fault and how often it happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `None`: either API.
    pub api: Option<Api>,
    /// The whole path, its end (`Orders/GetOrdersById`), or its beginning followed by `*` or `/`;
    /// `None`: every path.
    pub path: Option<String>,
    /// How many calls it takes.
    pub count: u32,
    /// What happens to them.
    pub kind: FaultKind,
}

/// What is seen on the wire.
#[derive(Debug, PartialEq, Eq)]
pub enum Wire {
    /// An answer.
    Answer {
        /// The answer.
        response: Response,
        /// How long after the request.
        after: Delay,
    },
    /// The connection closed and nothing was carried out.
    DroppedBefore,
    /// The connection closed although the call was, or will be, carried out.
    DroppedAfter,
}

impl Fault {
    /// A fault that hits the next call of that path once.
    pub fn once(api: Api, path: &str, kind: FaultKind) -> Self {
        Self { api: Some(api), path: Some(path.to_owned()), count: 1, kind }
    }

    fn matches(&self, api: Api, path: &str) -> bool {
        if self.api.is_some_and(|wanted| wanted != api) {
            return false;
        }
        let Some(wanted) = &self.path else { return true };
        let (wanted, path) = (wanted.to_ascii_lowercase(), path.to_ascii_lowercase());
        match wanted.strip_suffix('*') {
            Some(start) => path.starts_with(start),
            None if wanted.ends_with('/') => path.starts_with(&wanted),
            None => path == wanted || path.ends_with(&format!("/{}", wanted.trim_matches('/'))),
        }
    }

    /// Reads the body of `POST /faults`.
    pub(super) fn read(body: &Value) -> Result<Self, String> {
        const KNOWN: [&str; 7] =
            ["api", "path", "count", "fault", "status", "retry_after", "delay_ms"];
        let members = body.as_object().ok_or("a fault is a JSON object")?;
        if let Some(unknown) = members.keys().find(|key| !KNOWN.contains(&key.as_str())) {
            return Err(format!("unknown member {unknown}; known are {}", KNOWN.join(", ")));
        }
        let text = |name: &str| members.get(name).map(as_text).filter(|text| !text.is_empty());
        let number = |name: &str| members.get(name).and_then(as_int);
        let positive = |name: &str| number(name).and_then(|n| u64::try_from(n).ok());
        let status =
            |default| positive("status").and_then(|n| u16::try_from(n).ok()).unwrap_or(default);
        let api = match text("api").as_deref() {
            None => None,
            Some("linnworks") => Some(Api::Linnworks),
            Some("stream") => Some(Api::Stream),
            Some(other) => return Err(format!("api {other} is neither linnworks nor stream")),
        };
        let kind = match text("fault").as_deref() {
            Some("refuse") => FaultKind::Refuse,
            Some("drop-before") => FaultKind::DropBefore,
            Some("drop-after") => FaultKind::DropAfter,
            Some("delay") => FaultKind::Delay(Delay(positive("delay_ms").unwrap_or(1000))),
            Some("status") => {
                FaultKind::Status { status: status(500), retry_after: positive("retry_after") }
            }
            Some("html") => FaultKind::Html { status: status(200) },
            Some("truncate") => FaultKind::Truncate,
            Some("wrong-type") => FaultKind::WrongType,
            other => {
                return Err(format!(
                    "fault {} is not one of refuse, drop-before, drop-after, delay, status, html, \
                     truncate, wrong-type",
                    other.unwrap_or("(none)")
                ));
            }
        };
        let count = number("count").unwrap_or(1);
        let count = u32::try_from(count).map_err(|_| format!("count {count} is out of range"))?;
        let path = text("path").filter(|path| path != "*");
        Ok(Self { api, path, count, kind })
    }
}

/// Faults that wait for a call, the oldest first.
#[derive(Default)]
pub(super) struct Faults(VecDeque<Fault>);

impl Faults {
    /// Adds one; `false` when there are too many.
    pub fn add(&mut self, fault: Fault) -> bool {
        if fault.count == 0 {
            return true;
        }
        if self.0.len() >= FAULTS_MAX {
            return false;
        }
        self.0.push_back(fault);
        true
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// How many still wait.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The fault for this call, consumed.
    pub fn take(&mut self, api: Api, path: &str) -> Option<Fault> {
        let at = self.0.iter().position(|fault| fault.matches(api, path))?;
        let fault = self.0[at].clone();
        if fault.count <= 1 {
            self.0.remove(at);
        } else {
            self.0[at].count -= 1;
        }
        Some(fault)
    }
}

/// The business refusal of either system.
pub(super) fn refusal(api: Api) -> Response {
    let text = "Refused because a fault says so";
    match api {
        Api::Linnworks => json_answer(400, &json!({"Message": text})),
        Api::Stream => {
            let error = json!({"code": "E-SBX-FAULT", "description": text, "severity": "error"});
            json_answer(200, &json!({"response": {"valid": false, "errors": [error]}}))
        }
    }
}

/// A bare status.
pub(super) fn bare_status(status: u16, retry_after: Option<u64>) -> Response {
    let text = if status == 429 { "API calls quota exceeded!" } else { "The sandbox failed" };
    let mut response = json_answer(status, &json!({"Message": text}));
    if let Some(seconds) = retry_after {
        response.headers.push(("Retry-After".to_owned(), seconds.to_string()));
    }
    response
}

/// A web page where JSON belongs.
pub(super) fn html_page(status: u16) -> Response {
    let body =
        "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>";
    let header = ("Content-Type".to_owned(), "text/html; charset=utf-8".to_owned());
    Response { status, headers: vec![header], body: body.as_bytes().to_vec() }
}

/// Half the answer.
pub(super) fn truncate(mut response: Response) -> Response {
    response.body.truncate(response.body.len() / 2);
    response
}

/// The answer with every value of another type.
pub(super) fn wrong_type(mut response: Response) -> Response {
    if let Ok(mut value) = serde_json::from_slice::<Value>(&response.body) {
        spoil(&mut value);
        response.body = value.to_string().into_bytes();
    }
    response
}

fn spoil(value: &mut Value) {
    match value {
        Value::Object(members) => members.values_mut().for_each(spoil),
        Value::Array(items) => items.iter_mut().for_each(spoil),
        Value::String(_) => *value = json!({"x": 1}),
        Value::Number(_) | Value::Bool(_) => *value = json!(["x"]),
        Value::Null => {}
    }
}
