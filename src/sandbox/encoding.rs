//! Arguments of a call in any encoding the real servers take: query, form (fields or `request=`),
//! JSON (wrapped in `request` or not). Names are compared without case, as their servers do.

use serde_json::{Map, Value};

use crate::http::{Request, Response};

/// The all-zero GUID: the location "Default", a real id.
pub(super) const ZERO_GUID: &str = "00000000-0000-0000-0000-000000000000";

/// Named arguments, names in lower case.
#[derive(Default)]
pub(super) struct Params(Map<String, Value>);

/// Why the arguments could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

impl Params {
    /// Reads the arguments of a call.
    pub fn of(request: &Request) -> Result<Self, Unreadable> {
        let mut params = Self::default();
        params.take_form(request.query());
        let text = std::str::from_utf8(&request.body).map_err(|_| Unreadable)?;
        let kind = request.header("content-type").unwrap_or_default().to_ascii_lowercase();
        if text.trim().is_empty() {
            return Ok(params);
        }
        if kind.contains("json") {
            let value: Value = serde_json::from_str(text).map_err(|_| Unreadable)?;
            params.take_object(value)?;
        } else {
            params.take_form(text);
        }
        Ok(params)
    }

    fn take_form(&mut self, text: &str) {
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (percent_decode(name), percent_decode(value));
            let parsed = if value.starts_with(['{', '[', '"']) || value == "null" {
                serde_json::from_str(&value).unwrap_or(Value::String(value))
            } else {
                Value::String(value)
            };
            self.put(&name, parsed);
        }
    }

    fn take_object(&mut self, value: Value) -> Result<(), Unreadable> {
        let Value::Object(members) = value else { return Err(Unreadable) };
        for (name, value) in members {
            self.put(&name, value);
        }
        Ok(())
    }

    fn put(&mut self, name: &str, value: Value) {
        match value {
            Value::Object(members) if name.eq_ignore_ascii_case("request") => {
                for (name, value) in members {
                    self.0.insert(name.to_ascii_lowercase(), value);
                }
            }
            value => {
                self.0.insert(name.to_ascii_lowercase(), value);
            }
        }
    }

    /// The value of an argument, `None` when absent or null.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(&name.to_ascii_lowercase()).filter(|value| !value.is_null())
    }

    /// A text or number as text; empty when absent.
    pub fn text(&self, name: &str) -> String {
        self.value(name).map(as_text).unwrap_or_default()
    }

    /// A whole number.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.value(name).and_then(as_int)
    }

    /// A truth value.
    pub fn bool(&self, name: &str) -> bool {
        self.value(name).is_some_and(as_bool)
    }

    /// A GUID in lower case; the zero GUID when absent.
    pub fn guid(&self, name: &str) -> String {
        let text = self.text(name).to_ascii_lowercase();
        if text.is_empty() { ZERO_GUID.to_owned() } else { text }
    }

    /// A list of GUIDs in lower case; a single one stands for a list of one.
    pub fn guids(&self, name: &str) -> Option<Vec<String>> {
        match self.value(name)? {
            Value::Array(items) => Some(items.iter().map(|i| as_text(i).to_lowercase()).collect()),
            Value::String(one) => Some(vec![one.to_lowercase()]),
            _ => None,
        }
    }
}

/// A member of an object, its name compared without case; `None` when absent or null.
pub(super) fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let members = value.as_object()?;
    members
        .get(name)
        .or_else(|| members.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v))
        .filter(|value| !value.is_null())
}

/// A member as text; empty when absent.
pub(super) fn member_text(value: &Value, name: &str) -> String {
    member(value, name).map(as_text).unwrap_or_default()
}

/// Text of a text, number or truth value.
pub(super) fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => String::new(),
    }
}

/// A whole number, also from text.
pub(super) fn as_int(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// A number, also from text.
pub(super) fn as_float(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// A truth value, also from text.
pub(super) fn as_bool(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| as_text(value).eq_ignore_ascii_case("true"))
}

/// Decodes `%XX` and `+`. What is no valid escape stays as it is.
pub(super) fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match (bytes[at], hex.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Decodes the `%XX` of one path segment, where `+` is a plus.
pub(super) fn segment_decode(text: &str) -> String {
    percent_decode(&text.replace('+', "%2B"))
}

/// A JSON answer.
pub(super) fn json(status: u16, body: &Value) -> Response {
    json_text(status, body.to_string())
}

/// A JSON answer already written out.
pub(super) fn json_text(status: u16, body: String) -> Response {
    let header = ("Content-Type".to_owned(), "application/json; charset=utf-8".to_owned());
    Response { status, headers: vec![header], body: body.into_bytes() }
}

/// An answer without a body.
pub(super) fn empty(status: u16) -> Response {
    Response { status, headers: Vec::new(), body: Vec::new() }
}
