//! What an answer of Linnworks means, before its content is read.

use serde_json::Value;

use crate::api::lenient::{self, Node};
use crate::api::outcome::{is_html, retry_after, unsent_or_unknown};
use crate::domain::answer::{Failure, Reason};
use crate::domain::time::Timestamp;
use crate::http::{Response, TransportError};

/// Stands in the message of a refused call over quota, whatever the status.
const OVER_QUOTA: &str = "quota exceeded";

/// The answer's JSON. Every method used here answers with some, so a yes without a body is none.
pub fn classify(sent: Result<Response, TransportError>, now: Timestamp) -> Result<Value, Failure> {
    let response = sent.map_err(|error| unsent_or_unknown(&error))?;
    let status = response.status;
    let json = lenient::parse(&response.body);
    let message = json.as_ref().and_then(message);
    if status == 429 || over_quota(&response, json.as_ref(), message.as_deref()) {
        return Err(Failure::Throttled { retry_after: retry_after(&response, now) });
    }
    let said = || message.clone().unwrap_or_else(|| format!("Linnworks answered {status}"));
    match status {
        200..=299 => json.ok_or_else(|| Failure::Unknown { what: not_json(&response) }),
        401 | 403 => Err(Failure::Unauthorised { what: said() }),
        404 => Err(no(format!("wrong path or method: {}", said()))),
        408 => Err(Failure::Unknown { what: "Linnworks answered 408 (timed out there)".into() }),
        400..=499 => match message {
            Some(message) => Err(no(message)),
            None => Err(Failure::Unknown {
                what: format!("Linnworks answered {status} without saying why"),
            }),
        },
        300..=399 => Err(Failure::Unknown {
            what: format!("Linnworks answered {status} (a redirect): wrong host or not authorised"),
        }),
        _ => Err(Failure::Unknown { what: format!("Linnworks answered {status}") }),
    }
}

fn no(text: String) -> Failure {
    Failure::No(vec![Reason { code: String::new(), text }])
}

fn message(json: &Value) -> Option<String> {
    let text = Node::root(json).text("Message").ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Only the message of an error is looked at: a note on an order may hold the same words.
fn over_quota(response: &Response, json: Option<&Value>, message: Option<&str>) -> bool {
    let says = |text: &str| text.to_ascii_lowercase().contains(OVER_QUOTA);
    if let Some(message) = message {
        return says(message);
    }
    match json {
        Some(Value::String(text)) => says(text),
        Some(_) => false,
        None => response.status >= 400 && says(&String::from_utf8_lossy(&response.body)),
    }
}

fn not_json(response: &Response) -> String {
    let kind = if response.body.trim_ascii().is_empty() {
        "nothing"
    } else if is_html(response) {
        "a page"
    } else {
        "something cut short or not JSON"
    };
    format!("Linnworks answered {} with {kind} where data was due", response.status)
}
