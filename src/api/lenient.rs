//! Reading JSON that others wrote: members in any case, numbers as text, missing and null members,
//! JSON inside a JSON string. Lenient, but never silently wrong: a value of a kind that cannot mean
//! what it should is an error that names its place and shows none of the data.

use std::fmt;

use serde_json::Value;
use uuid::Uuid;

use crate::domain::time::Timestamp;

/// Largest whole number that a double holds exactly.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// A value that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bad {
    /// Where: `Items[2].Quantity`; empty for the answer as a whole.
    pub path: String,
    /// What is the matter: `is not a whole number`.
    pub problem: &'static str,
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "the answer" } else { &self.path };
        write!(f, "{path} {}", self.problem)
    }
}

/// Parses a body, also one whose JSON is wrapped in a JSON string. `None`: not JSON.
pub fn parse(body: &[u8]) -> Option<Value> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let value = serde_json::from_slice(body).ok()?;
    match value {
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
            Some(serde_json::from_str(&text).unwrap_or(Value::String(text)))
        }
        other => Some(other),
    }
}

/// A value and its place.
pub struct Node<'a> {
    value: &'a Value,
    path: String,
}

impl<'a> Node<'a> {
    /// The answer as a whole.
    pub fn root(value: &'a Value) -> Self {
        Self { value, path: String::new() }
    }

    /// The same value as the start of a path of its own.
    pub fn as_root(&self) -> Self {
        Self::root(self.value)
    }

    /// The error that this value has some problem.
    pub fn bad(&self, problem: &'static str) -> Bad {
        Bad { path: self.path.clone(), problem }
    }

    /// The error that a member has some problem.
    pub fn bad_member(&self, name: &str, problem: &'static str) -> Bad {
        Bad { path: self.path_of(name), problem }
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// Whether it is an object without members.
    pub fn is_empty(&self) -> bool {
        self.value.as_object().is_some_and(serde_json::Map::is_empty)
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        self.value.is_array()
    }

    /// Itself, when it is an object.
    pub fn must_be_object(self) -> Result<Self, Bad> {
        if self.value.is_object() { Ok(self) } else { Err(self.bad("is not an object")) }
    }

    /// Whether the member stands there, even as null.
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    fn find(&self, name: &str) -> Option<&'a Value> {
        let members = self.value.as_object()?;
        members.get(name).or_else(|| {
            members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        })
    }

    /// The member's value; missing and null are the same.
    fn member(&self, name: &str) -> Option<&'a Value> {
        self.find(name).filter(|value| !value.is_null())
    }

    /// An object, or `None` when missing.
    pub fn object(&self, name: &str) -> Result<Option<Self>, Bad> {
        match self.member(name) {
            None => Ok(None),
            Some(value) if value.is_object() => Ok(Some(Self { value, path: self.path_of(name) })),
            Some(_) => Err(self.bad_member(name, "is not an object")),
        }
    }

    /// An object that must be there.
    pub fn need_object(&self, name: &str) -> Result<Self, Bad> {
        self.object(name)?.ok_or_else(|| self.bad_member(name, "is missing"))
    }

    /// The elements, when this value is a list.
    pub fn elements(&self) -> Result<Vec<Self>, Bad> {
        let list = self.value.as_array().ok_or_else(|| self.bad("is not a list"))?;
        let place = |at: usize| format!("{}[{at}]", self.path);
        Ok(list.iter().enumerate().map(|(at, value)| Self { value, path: place(at) }).collect())
    }

    /// The elements of a list; none when it is missing.
    pub fn list(&self, name: &str) -> Result<Vec<Self>, Bad> {
        match self.member(name) {
            None => Ok(Vec::new()),
            Some(value) => Self { value, path: self.path_of(name) }.elements(),
        }
    }

    /// The elements of a list whose member must stand there, if only as null.
    pub fn need_list(&self, name: &str) -> Result<Vec<Self>, Bad> {
        if self.has(name) { self.list(name) } else { Err(self.bad_member(name, "is missing")) }
    }

    /// The elements, when this value is a list of objects.
    pub fn rows(&self) -> Result<Vec<Self>, Bad> {
        self.elements()?.into_iter().map(Self::must_be_object).collect()
    }

    /// The elements of a list of objects; none when it is missing.
    pub fn objects(&self, name: &str) -> Result<Vec<Self>, Bad> {
        self.list(name)?.into_iter().map(Self::must_be_object).collect()
    }

    /// The elements of a list of objects whose member must stand there, if only as null.
    pub fn need_objects(&self, name: &str) -> Result<Vec<Self>, Bad> {
        self.need_list(name)?.into_iter().map(Self::must_be_object).collect()
    }

    /// This value as a text, when it is one.
    pub fn as_text(&self) -> Option<&'a str> {
        self.value.as_str()
    }

    /// A text; empty when missing. A number is taken as its digits.
    pub fn text(&self, name: &str) -> Result<String, Bad> {
        match self.member(name) {
            None => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(Value::Number(number)) => Ok(number.to_string()),
            Some(_) => Err(self.bad_member(name, "is not a text")),
        }
    }

    /// A text that must be there and not blank.
    pub fn need_text(&self, name: &str) -> Result<String, Bad> {
        let text = self.text(name)?;
        if text.trim().is_empty() { Err(self.bad_member(name, "is missing")) } else { Ok(text) }
    }

    /// A text that must be there, not blank, and written as one: no number is taken for it.
    pub fn strict_text(&self, name: &str) -> Result<String, Bad> {
        match self.member(name) {
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(text.clone()),
            Some(Value::String(_)) | None => Err(self.bad_member(name, "is missing")),
            Some(_) => Err(self.bad_member(name, "is not a text")),
        }
    }

    /// A finite number.
    pub fn number(&self, name: &str) -> Result<Option<f64>, Bad> {
        let read = match self.member(name) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_f64(),
            Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        match read.filter(|number: &f64| number.is_finite()) {
            Some(number) => Ok(Some(number)),
            None => Err(self.bad_member(name, "is not a number")),
        }
    }

    /// A whole number; `2.0` is one.
    pub fn whole(&self, name: &str) -> Result<Option<i64>, Bad> {
        let exact = match self.member(name) {
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(_) | None => None,
        };
        if exact.is_some() {
            return Ok(exact);
        }
        match self.number(name) {
            Ok(None) => Ok(None),
            Ok(Some(number)) if number.fract() == 0.0 && number.abs() < EXACT_MAX => {
                Ok(Some(number as i64))
            }
            Ok(Some(_)) | Err(_) => Err(self.bad_member(name, "is not a whole number")),
        }
    }

    /// A whole number that must be there.
    pub fn need_whole(&self, name: &str) -> Result<i64, Bad> {
        self.whole(name)?.ok_or_else(|| self.bad_member(name, "is missing"))
    }

    /// Yes or no; no when missing.
    pub fn flag(&self, name: &str) -> Result<bool, Bad> {
        let word = match self.member(name) {
            None => return Ok(false),
            Some(Value::Bool(flag)) => return Ok(*flag),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::String(text)) => text.trim().to_ascii_lowercase(),
            Some(_) => String::new(),
        };
        match word.as_str() {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(self.bad_member(name, "is not true or false")),
        }
    }

    /// True or false, written as exactly that and nothing else.
    pub fn strict_flag(&self, name: &str) -> Option<bool> {
        self.member(name)?.as_bool()
    }

    /// A GUID; the all-zero one is one like any other.
    pub fn guid(&self, name: &str) -> Result<Option<Uuid>, Bad> {
        match self.member(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(Value::String(text)) => match Uuid::try_parse(text.trim()) {
                Ok(guid) => Ok(Some(guid)),
                Err(_) => Err(self.bad_member(name, "is not a GUID")),
            },
            Some(_) => Err(self.bad_member(name, "is not a GUID")),
        }
    }

    /// A GUID that must be there.
    pub fn need_guid(&self, name: &str) -> Result<Uuid, Bad> {
        self.guid(name)?.ok_or_else(|| self.bad_member(name, "is missing"))
    }

    /// This value as a GUID.
    pub fn as_guid(&self) -> Result<Uuid, Bad> {
        let text = self.value.as_str().map(str::trim);
        text.and_then(|text| Uuid::try_parse(text).ok()).ok_or_else(|| self.bad("is not a GUID"))
    }

    /// A date-time; the year 1 means none.
    pub fn date(&self, name: &str) -> Result<Option<Timestamp>, Bad> {
        match self.member(name) {
            None => Ok(None),
            Some(Value::String(text)) => {
                let text = text.trim();
                match Timestamp::parse_lenient(text) {
                    Some(at) => Ok(Some(at)),
                    None if text.is_empty() || text.starts_with("0001-01-01") => Ok(None),
                    None => Err(self.bad_member(name, "is not a date")),
                }
            }
            Some(_) => Err(self.bad_member(name, "is not a date")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_texts_flags_guids_and_dates_are_read_in_every_form_seen() {
        let value = json!({
            "a": "12", "b": 12, "c": 12.0, "d": "12.0", "e": null, "f": "", "g": 1.5, "h": [],
            "i": "TRUE", "j": 0, "k": "yes", "l": "00000000-0000-0000-0000-000000000000",
            "m": "not a guid", "n": "0001-01-01T00:00:00", "o": "soon", "p": {}, "q": 1e300, "r": "NaN",
        });
        let node = Node::root(&value);
        for name in ["a", "b", "c", "d", "A"] {
            assert_eq!(node.whole(name), Ok(Some(12)), "{name}");
        }
        for name in ["e", "f", "z"] {
            assert_eq!(node.whole(name), Ok(None), "{name}");
        }
        for name in ["g", "h", "k", "q", "r"] {
            assert_eq!(node.whole(name).expect_err(name).problem, "is not a whole number");
        }
        assert_eq!(node.number("r").expect_err("NaN").to_string(), "r is not a number");
        assert_eq!(node.text("b"), Ok("12".to_owned()));
        assert_eq!(node.text("h").expect_err("a list").to_string(), "h is not a text");
        assert!(node.strict_text("b").is_err());
        assert_eq!(
            (node.flag("i"), node.flag("j"), node.flag("z")),
            (Ok(true), Ok(false), Ok(false))
        );
        assert_eq!(node.flag("k").expect_err("a word").problem, "is not true or false");
        assert_eq!(node.guid("l"), Ok(Some(Uuid::nil())));
        assert_eq!(node.guid("m").expect_err("a text").problem, "is not a GUID");
        assert_eq!(node.date("n"), Ok(None));
        assert_eq!(node.date("o").expect_err("a word").problem, "is not a date");
        assert_eq!(node.object("h").err().expect("a list").problem, "is not an object");
        assert_eq!(node.list("p").err().expect("an object").problem, "is not a list");
    }

    #[test]
    fn member_names_are_compared_without_case_but_the_exact_one_wins() {
        let value = json!({"ORDERID": 1, "OrderId": 2, "pkorderid": 3});
        let node = Node::root(&value);
        assert_eq!(node.whole("OrderId"), Ok(Some(2)));
        assert_eq!(node.whole("pkOrderID"), Ok(Some(3)));
    }

    #[test]
    fn a_path_leads_to_the_member_that_cannot_be_read() {
        let value = json!({"Items": [{}, {"Box": {"Width": "wide"}}]});
        let items = Node::root(&value).list("Items").expect("a list");
        let bad = items[1].need_object("Box").expect("an object").number("Width");
        assert_eq!(bad.expect_err("a word").to_string(), "Items[1].Box.Width is not a number");
    }

    #[test]
    fn json_inside_a_json_string_is_unwrapped_and_other_text_is_not_json() {
        assert_eq!(parse(br#""{\"a\":1}""#), Some(json!({"a": 1})));
        assert_eq!(parse(b"\xEF\xBB\xBF[1]"), Some(json!([1])));
        assert_eq!(parse(br#""plain""#), Some(json!("plain")));
        assert_eq!(parse(b"<html></html>"), None);
        assert_eq!(parse(br#"{"a": "#), None);
        assert_eq!(parse("[".repeat(100_000).as_bytes()), None);
    }
}
