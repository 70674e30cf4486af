//! Requests of the Linnworks shipping protocol as they come, and its replies. Names are compared without
//! case, numbers may be texts, what is missing is empty, what is unknown is ignored. Source: the shipping
//! integration of the Linnworks SDK and its API documentation.

use serde_json::{Map, Value, json};

use crate::listener::server::Answer;

/// One object of a request.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(Option<&'a Map<String, Value>>);

/// Reads a request; a byte order mark is no part of it.
pub(super) fn parse(body: &[u8]) -> Option<Value> {
    let body = body.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(body);
    if body.is_empty() {
        return Some(json!({}));
    }
    serde_json::from_slice(body).ok().filter(Value::is_object)
}

impl<'a> Fields<'a> {
    pub(super) fn of(value: &'a Value) -> Self {
        Self(value.as_object())
    }

    /// The first of these names that is there and not null.
    pub(super) fn any(self, names: &[&str]) -> Option<&'a Value> {
        let object = self.0?;
        names.iter().find_map(|name| {
            let found = object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value).filter(|value| !value.is_null())
        })
    }

    /// A text; a number or a truth value as it is written.
    pub(super) fn text(self, name: &str) -> String {
        self.any(&[name]).map(text_of).unwrap_or_default()
    }

    /// A number, also one that is a text.
    pub(super) fn number(self, name: &str) -> Option<f64> {
        let number = match self.any(&[name])? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.filter(|number: &f64| number.is_finite())
    }

    /// A whole number, also one that is a text; none when it has a fraction.
    pub(super) fn whole(self, names: &[&str]) -> Option<i64> {
        match self.any(names)? {
            Value::Number(number) => number.as_i64().or_else(|| {
                let whole = number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < 1e15);
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "whole and bounded just before"
                )]
                whole.map(|n| n as i64)
            }),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// The objects of a list.
    pub(super) fn list(self, names: &[&str]) -> Vec<Fields<'a>> {
        let list = self.any(names).and_then(Value::as_array);
        list.map(|all| all.iter().map(Fields::of).collect()).unwrap_or_default()
    }
}

/// A value as text: what is no text is as it is written.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

/// A truth value in any of the ways clients write it; empty means no.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "" | "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// A request in one form, whatever the case of its names and the form of its numbers, without the token: two
/// requests that ask the same are the same.
pub(super) fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let inner = object.iter().filter(|(key, _)| !key.eq_ignore_ascii_case(TOKEN));
            let inner = inner.filter(|(_, value)| !value.is_null());
            Value::Object(inner.map(|(k, v)| (k.to_ascii_lowercase(), canonical(v))).collect())
        }
        Value::Array(all) => Value::Array(all.iter().map(canonical).collect()),
        Value::Number(number) => number.as_f64().map_or(Value::Null, |n| json!(n)),
        Value::String(_) | Value::Bool(_) | Value::Null => value.clone(),
    }
}

/// In every request but the first.
pub(super) const TOKEN: &str = "AuthorizationToken";

/// A reply that went well: `fields` and the two that say so.
pub(super) fn good(mut fields: Value) -> Answer {
    fields["IsError"] = json!(false);
    fields["ErrorMessage"] = Value::Null;
    Answer::json(200, &fields)
}

/// A reply that did not: `fields` are what is empty then.
pub(super) fn bad(mut fields: Value, why: &str) -> Answer {
    fields["IsError"] = json!(true);
    fields["ErrorMessage"] = json!(why);
    Answer::json(200, &fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_case_numbers_as_text_and_missing_fields_are_read() {
        let body = b"\xef\xbb\xbf{\"ORDERID\":\"104233\",\"weight\":1.5,\"Name\":null,\"packages\":[{\"a\":1},7]}";
        let value = parse(body).expect("read");
        let fields = Fields::of(&value);
        assert_eq!(fields.whole(&["OrderReference", "OrderId"]), Some(104_233));
        assert_eq!(fields.number("Weight"), Some(1.5));
        assert_eq!((fields.text("Name"), fields.text("Nothing")), (String::new(), String::new()));
        assert_eq!(fields.list(&["Packages"]).len(), 2);
        assert!(parse(b"[1]").is_none() && parse(b"nonsense").is_none());
    }

    #[test]
    fn requests_that_ask_the_same_are_the_same() {
        let one =
            json!({"OrderId": 1, "AuthorizationToken": "a", "Packages": [{"PackageWeight": 2}]});
        let two = json!({"packages": [{"packageweight": 2.0}], "orderid": 1.0, "Email": null});
        assert_eq!(canonical(&one), canonical(&two));
        let three = json!({"OrderId": 1, "Packages": [{"PackageWeight": 3}]});
        assert_ne!(canonical(&one), canonical(&three));
    }

    #[test]
    fn truth_is_read_in_every_way_it_is_written() {
        for (text, truth_) in
            [("True", Some(true)), ("1", Some(true)), ("", Some(false)), ("maybe", None)]
        {
            assert_eq!(truth(text), truth_, "{text}");
        }
    }
}
