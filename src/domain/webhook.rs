//! A notification of Stream and what it hints at. Its content decides nothing: it says which shipments
//! to read again, and what people see in the list of notifications.
//!
//! Two public receivers of Stream's notifications expect two shapes: everything below `webhook`, or at
//! the top level. Both are read; any member may be missing or null.

use std::fmt;

use serde_json::Value;

use super::ids::WebhookId;
use super::time::Timestamp;

/// Longest text of a member that is kept: references and event codes are short.
const TEXT_CHARS_MAX: usize = 100;

/// References of one notification that are followed. A run has some tens of stops; a longer list is
/// followed as far as this, and the sweep finds the rest.
pub const REFERENCES_MAX: usize = 200;

/// What a notification says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// `event_code`, else the subscribed event.
    pub event: String,
    /// The kind of record, as subscribed.
    pub event_type: String,
    /// Orders as Stream names them: consignment or order numbers, each once.
    pub references: Vec<String>,
    /// The run as people call it, else its id.
    pub run: String,
    /// The id of the run.
    pub run_id: String,
}

/// What became of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WebhookState {
    /// Kept; nobody has looked at it yet.
    New,
    /// The reads it hints at are asked for.
    Asked,
    /// What it hints at was read.
    Done,
    /// Nothing of ours, or notifications are switched off.
    Ignored,
    /// It could not be read; its bytes are kept.
    Unreadable,
    /// What it hints at could not be read in the end.
    Failed,
}

impl WebhookState {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::New, Self::Asked, Self::Done, Self::Ignored, Self::Unreadable, Self::Failed];

    /// As in JSON. Until what it hints at was read, it is new.
    pub const fn word(self) -> &'static str {
        match self {
            Self::New | Self::Asked => "new",
            Self::Done => "done",
            Self::Ignored => "ignored",
            Self::Unreadable => "unreadable",
            Self::Failed => "failed",
        }
    }
}

/// A notification as it is kept; its body is kept apart.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Key.
    pub id: WebhookId,
    /// When it came first.
    pub at: Timestamp,
    /// When it came last.
    pub last_at: Timestamp,
    /// How often the same bytes came.
    pub times: u32,
    /// SHA-256 of its body: its identity.
    pub hash: [u8; 32],
    /// What it says; empty before it was looked at, and when it cannot be read.
    pub hint: Hint,
    /// What became of it.
    pub state: WebhookState,
    /// In words.
    pub detail: String,
    /// Orders that are still to be read for it.
    pub left: u32,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Webhook({} {} {})", self.id, self.hint.event, self.state.word())
    }
}

/// Reads a notification.
///
/// # Errors
/// A sentence without any of its content.
pub fn read(body: &[u8]) -> Result<Hint, String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        format!("it is no JSON (line {}, column {})", error.line(), error.column())
    })?;
    let Some(top) = value.as_object() else { return Err("it is no JSON object".to_owned()) };
    let root = match top.get("webhook") {
        Some(Value::Object(_)) => &value["webhook"],
        Some(_) | None => &value,
    };
    let at = |path: &[&str]| {
        let found = path.iter().try_fold(root, |node, name| node.get(name));
        found.map(text).unwrap_or_default()
    };
    let or = |first: String, second: String| if first.is_empty() { second } else { first };
    let run_id = or(at(&["run", "loadId"]), at(&["group", "loadId"]));
    let hint = Hint {
        event: or(at(&["event", "event_code"]), at(&["subscription", "event"])),
        event_type: at(&["subscription", "event_type"]),
        references: references(root),
        run: or(at(&["run", "description"]), run_id.clone()),
        run_id,
    };
    if hint.event.is_empty() && hint.references.is_empty() && hint.run_id.is_empty() {
        return Err("it names no event, no order and no run".to_owned());
    }
    Ok(hint)
}

fn references(root: &Value) -> Vec<String> {
    let one = root.get("order").map(|order| match order {
        Value::Object(members) => members.get("id").map(text).unwrap_or_default(),
        other => text(other),
    });
    let many = root.get("orders").and_then(Value::as_array).into_iter().flatten();
    let many = many.map(|stop| match stop {
        Value::Object(members) => {
            members.get("order").or_else(|| members.get("id")).map(text).unwrap_or_default()
        }
        other => text(other),
    });
    let mut found = Vec::new();
    for reference in one.into_iter().chain(many) {
        if !reference.is_empty() && !found.contains(&reference) {
            found.push(reference);
        }
        if found.len() == REFERENCES_MAX {
            break;
        }
    }
    found
}

/// A text or number; anything else is as good as missing.
fn text(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
    };
    text.chars().filter(|c| !c.is_control()).take(TEXT_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCKED: &str = r#"{"subscription":{"event":"RUNSTATUS","event_type":"LOADHEADER"},
        "event":{"event_code":"LOCKPLANNING"},"run":{"loadId":"RUN0031184","description":"RUN 03"},
        "orders":[{"sequence":1,"order":"CN1"},{"sequence":2,"order":"CN2"},{"sequence":9,"order":"CN1"}]}"#;

    #[test]
    fn a_notification_is_read_wrapped_and_unwrapped_alike() {
        let plain = read(LOCKED.as_bytes()).expect("read");
        let wrapped = read(format!(r#"{{"webhook":{LOCKED}}}"#).as_bytes()).expect("read");
        assert_eq!(plain, wrapped);
        assert_eq!(
            (plain.event.as_str(), plain.event_type.as_str()),
            ("LOCKPLANNING", "LOADHEADER")
        );
        assert_eq!(plain.references, ["CN1", "CN2"]);
        assert_eq!((plain.run.as_str(), plain.run_id.as_str()), ("RUN 03", "RUN0031184"));
    }

    #[test]
    fn every_member_may_be_missing_null_or_of_another_type() {
        for body in [
            r#"{"event":{"event_code":"DELIVERED"}}"#,
            r#"{"event":{"event_code":"DELIVERED"},"order":null,"orders":null,"run":null,"group":null}"#,
            r#"{"event":{"event_code":"DELIVERED"},"order":{"id":null},"orders":[null,7.5,{}],"run":[]}"#,
            r#"{"webhook":null,"event":{"event_code":"DELIVERED"}}"#,
        ] {
            let hint = read(body.as_bytes()).expect("read");
            assert_eq!(hint.event, "DELIVERED", "{body}");
        }
        let named = read(br#"{"order":104512}"#).expect("read");
        assert_eq!(named.references, ["104512"]);
    }

    #[test]
    fn what_says_nothing_is_unreadable_and_the_reason_shows_none_of_it() {
        for body in ["", "secret", "[1]", "{}", "\"secret\"", r#"{"webhook":{"secret":1}}"#] {
            let error = read(body.as_bytes()).expect_err(body);
            assert!(!error.contains("secret"), "{error}");
        }
        assert!(read(&[0xff, 0xfe]).is_err());
    }

    #[test]
    fn a_list_without_end_is_followed_as_far_as_the_limit() {
        let stops: Vec<String> = (0..5_000).map(|n| format!(r#"{{"order":"C{n}"}}"#)).collect();
        let hint = read(format!(r#"{{"orders":[{}]}}"#, stops.join(",")).as_bytes()).expect("read");
        assert_eq!(hint.references.len(), REFERENCES_MAX);
    }
}
