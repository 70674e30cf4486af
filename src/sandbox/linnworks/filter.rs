//! `FieldsFilter`, as far as it is modelled. A filter that is not modelled is refused loudly: to
//! ignore it would answer more orders than a caller counted on.

use serde_json::Value;

use super::order::Order;
use crate::sandbox::encoding::{as_bool, as_text, member, member_text};

/// A condition on one field.
enum Condition {
    Text { field: TextField, how: How, text: String },
    Parked(bool),
    Locked(bool),
}

#[derive(Clone, Copy)]
enum TextField {
    Vendor,
    Service,
    Tracking,
    Reference,
    Postcode,
    Number,
}

#[derive(Clone, Copy)]
enum How {
    Equal,
    Contains,
    StartsWith,
    EndsWith,
}

/// All conditions must hold.
pub(super) struct Filter(Vec<Condition>);

impl Filter {
    /// Reads a filter; the error names what is not modelled.
    pub fn read(value: Option<&Value>) -> Result<Self, String> {
        let mut conditions = Vec::new();
        let Some(value) = value else { return Ok(Self(conditions)) };
        for entry in list(value, "TextFields") {
            if let Some(condition) = text_condition(entry)? {
                conditions.push(condition);
            }
        }
        for entry in list(value, "BooleanFields") {
            let wanted = member(entry, "Value").is_some_and(as_bool);
            match field_code(entry).as_str() {
                "NONE" => {}
                "GENERAL_INFO_PARKED" => conditions.push(Condition::Parked(wanted)),
                "GENERAL_INFO_LOCKED" => conditions.push(Condition::Locked(wanted)),
                other => return Err(format!("a filter by {other} is not modelled")),
            }
        }
        for name in ["NumericFields", "DateFields", "ListFields"] {
            if let Some(entry) = list(value, name).iter().find(|e| field_code(e) != "NONE") {
                return Err(format!("a filter {name} by {} is not modelled", field_code(entry)));
            }
        }
        Ok(Self(conditions))
    }

    /// Whether an order meets every condition.
    pub fn holds(&self, order: &Order) -> bool {
        self.0.iter().all(|condition| match condition {
            Condition::Parked(wanted) => order.parked == *wanted,
            Condition::Locked(wanted) => order.hold == *wanted,
            Condition::Text { field, how, text } => match field {
                TextField::Vendor => how.holds(&order.vendor, text),
                TextField::Service => how.holds(&order.service, text),
                TextField::Tracking => how.holds(&order.tracking, text),
                TextField::Reference => how.holds(&order.reference, text),
                TextField::Postcode => how.holds(&order.address.postcode, text),
                TextField::Number => how.holds(&order.number.to_string(), text),
            },
        })
    }
}

impl How {
    fn holds(self, value: &str, text: &str) -> bool {
        let (value, text) = (value.as_bytes(), text.as_bytes());
        let length = text.len();
        match self {
            Self::Equal => value.eq_ignore_ascii_case(text),
            Self::Contains => {
                length == 0 || value.windows(length).any(|part| part.eq_ignore_ascii_case(text))
            }
            Self::StartsWith => value.get(..length).is_some_and(|s| s.eq_ignore_ascii_case(text)),
            Self::EndsWith => {
                let start = value.len().checked_sub(length);
                start.is_some_and(|at| value[at..].eq_ignore_ascii_case(text))
            }
        }
    }
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    member(value, name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn field_code(entry: &Value) -> String {
    let code = member_text(entry, "FieldCode").to_ascii_uppercase();
    if code.is_empty() { "NONE".to_owned() } else { code }
}

fn text_condition(entry: &Value) -> Result<Option<Condition>, String> {
    let field = match field_code(entry).as_str() {
        "NONE" => return Ok(None),
        "SHIPPING_INFORMATION_VENDOR" => TextField::Vendor,
        "SHIPPING_INFORMATION_SERVICE" => TextField::Service,
        "SHIPPING_INFORMATION_TRACKING_NUMBER" => TextField::Tracking,
        "GENERAL_INFO_REFERENCE_NUMBER" => TextField::Reference,
        "CUSTOMER_ADDRESS_POSTCODE" => TextField::Postcode,
        "GENERAL_INFO_ORDER_ID" => TextField::Number,
        other => return Err(format!("a filter by {other} is not modelled")),
    };
    let how = match member(entry, "Type").map(as_text).unwrap_or_default().as_str() {
        "" | "0" | "Equal" => How::Equal,
        "1" | "Contains" => How::Contains,
        "2" | "StartWith" => How::StartsWith,
        "3" | "EndsWith" => How::EndsWith,
        other => return Err(format!("filter type {other} does not exist")),
    };
    Ok(Some(Condition::Text { field, how, text: member_text(entry, "Text") }))
}
