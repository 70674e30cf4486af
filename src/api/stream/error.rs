//! What an answer of Stream means, before its content is read.

use serde_json::Value;

use crate::api::lenient::{self, Node};
use crate::api::outcome::{is_html, retry_after, unsent_or_unknown};
use crate::domain::answer::{Failure, Reason};
use crate::domain::time::Timestamp;
use crate::http::{Response, TransportError};

/// What is most likely wrong when a page or a redirect comes back.
pub const LIKELY: &str = "stream.base_url wrong or not authorised";

/// Severities that do not explain a refusal.
const MILD: [&str; 3] = ["warning", "warn", "info"];

/// An answer that may mean something: its status and its JSON, which may be none.
pub struct Answer {
    /// HTTP status; never 401, 403 or 429.
    pub status: u16,
    /// `None`: not JSON.
    json: Option<Value>,
    html: bool,
}

/// Sorts out what no call needs to look into.
pub fn receive(sent: Result<Response, TransportError>, now: Timestamp) -> Result<Answer, Failure> {
    let response = sent.map_err(|error| unsent_or_unknown(&error))?;
    match response.status {
        401 | 403 => Err(refused_access(&response)),
        429 => Err(Failure::Throttled { retry_after: retry_after(&response, now) }),
        status => {
            let json = lenient::parse(&response.body);
            Ok(Answer { status, json, html: is_html(&response) })
        }
    }
}

fn refused_access(response: &Response) -> Failure {
    let said = lenient::parse(&response.body).as_ref().and_then(access_error);
    let what = said.unwrap_or_else(|| format!("Stream answered {}", response.status));
    Failure::Unauthorised { what }
}

/// What an answer says against our credentials; its shape is that of OAuth.
pub fn access_error(json: &Value) -> Option<String> {
    let root = Node::root(json);
    let member = |name: &str| root.text(name).ok().filter(|text| !text.trim().is_empty());
    member("error_description").or_else(|| member("error"))
}

impl Answer {
    /// Whether the status is a yes.
    pub fn is_success(&self) -> bool {
        (200..=299).contains(&self.status)
    }

    /// Whether Stream itself is answering, even if not what it should.
    pub fn is_intelligible(&self) -> bool {
        self.json.is_some() && matches!(self.status, 200..=299 | 400..=407 | 409..=499)
    }

    /// The `response` envelope that every JSON answer of the interface has.
    pub fn envelope(&self) -> Option<Node<'_>> {
        Node::root(self.json.as_ref()?).object("response").ok().flatten()
    }

    /// The JSON as a whole.
    pub fn json(&self) -> Option<&Value> {
        self.json.as_ref()
    }

    /// Not decided: what was seen, in words.
    pub fn unclear(&self) -> Failure {
        let status = self.status;
        let what = match status {
            300..=399 => format!("Stream answered {status} (a redirect): {LIKELY}"),
            500..=599 => format!("Stream answered {status}"),
            _ if self.html => format!("Stream answered {status} with a page: {LIKELY}"),
            _ if self.json.is_none() => {
                format!("Stream answered {status} with something cut short or not JSON")
            }
            _ => format!("Stream answered {status} without the facts that would decide it"),
        };
        Failure::Unknown { what }
    }

    /// Whether it is a redirect or a page, which no retry mends.
    pub fn is_misdirected(&self) -> bool {
        (300..=399).contains(&self.status) || (self.status < 500 && self.html)
    }
}

/// Whether an envelope says no in so many words.
pub fn says_no(envelope: &Node<'_>) -> bool {
    envelope.strict_flag("valid") == Some(false)
}

/// Whether an envelope says yes in so many words.
pub fn says_yes(envelope: &Node<'_>) -> bool {
    envelope.strict_flag("valid") == Some(true)
}

/// The errors of a refusal, word for word. Warnings are left out unless they are all there is.
pub fn refusal(envelope: &Node<'_>) -> Failure {
    let all = errors(envelope);
    let serious: Vec<Reason> = all
        .iter()
        .filter(|(_, severity)| !MILD.contains(&severity.as_str()))
        .map(|(reason, _)| reason.clone())
        .collect();
    if !serious.is_empty() {
        return Failure::No(serious);
    }
    if !all.is_empty() {
        return Failure::No(all.into_iter().map(|(reason, _)| reason).collect());
    }
    Failure::No(vec![Reason {
        code: String::new(),
        text: "Stream refused it without saying why".to_owned(),
    }])
}

/// Every entry of `errors`, which may stand beside a yes as well.
pub fn remarks(envelope: &Node<'_>) -> Vec<Reason> {
    errors(envelope).into_iter().map(|(reason, _)| reason).collect()
}

/// Reason and severity (lower case) of each entry. What cannot be read is left out here: an entry
/// of an odd shape must not turn a clear yes or no into something else.
fn errors(envelope: &Node<'_>) -> Vec<(Reason, String)> {
    let entries = envelope.list("errors").unwrap_or_default();
    entries.iter().filter_map(error).collect()
}

fn error(entry: &Node<'_>) -> Option<(Reason, String)> {
    if let Some(text) = entry.as_text() {
        let reason = Reason { code: String::new(), text: text.to_owned() };
        return (!text.is_empty()).then_some((reason, String::new()));
    }
    let member = |name: &str| entry.text(name).ok().filter(|text| !text.trim().is_empty());
    let code = member("code").unwrap_or_default();
    let text = member("description").or_else(|| member("message"));
    if code.is_empty() && text.is_none() {
        return None;
    }
    let severity = member("severity").unwrap_or_default().trim().to_ascii_lowercase();
    Some((Reason { code, text: text.unwrap_or_else(|| "no description".to_owned()) }, severity))
}
