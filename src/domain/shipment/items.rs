//! The item lines of a shipment.
//!
//! Charges are not goods. Of a composite either the parent or its components are shipped, never
//! both; a component's quantity is already the total, so nothing is multiplied. Whether Linnworks'
//! packaging split is overridden makes no difference to the lines: the order data holds no
//! packages, so either way the same flat lines go, with the same total of items.
//!
//! Must not know about addresses, depots or dates.

use super::Item;
use crate::domain::ids::Fingerprint;
use crate::domain::options::WeightUnit;
use crate::domain::source::Line;
use crate::domain::validate::text::{self, CODE_MAX, DESCRIPTION_MAX};
use crate::domain::validate::{Problem, Uncut};

/// More than this of one line is a slip of the keyboard, not an order.
pub const QUANTITY_MAX: i64 = 100_000;

/// A hundred tonnes: more is a wrong unit, not a weight.
const GRAMS_MAX: f64 = 1e8;

/// A thousand cubic metres: more is a wrong unit, not a size.
const CM3_MAX: f64 = 1e9;

/// Length of a code made from a title, before the part that tells cut titles apart.
const TITLE_CODE_MAX: usize = 24;

/// The lines that are goods, composites resolved.
pub fn goods(lines: &[Line], skip_composite_parent: bool) -> Vec<&Line> {
    let mut found = Vec::with_capacity(lines.len());
    for line in lines.iter().filter(|line| !line.is_service) {
        let children = if skip_composite_parent { goods(&line.children, true) } else { Vec::new() };
        // A parent without shippable components is goods itself.
        if children.is_empty() {
            found.push(line);
        } else {
            found.extend(children);
        }
    }
    found
}

/// Everything that keeps the lines from being shipped.
pub fn problems(lines: &[Line], skip_composite_parent: bool) -> Vec<Problem> {
    let goods = goods(lines, skip_composite_parent);
    if goods.is_empty() {
        return vec![Problem::NoItems];
    }
    let mut problems = Vec::new();
    for (n, line) in goods.into_iter().enumerate() {
        let number = n + 1;
        if !(1..=QUANTITY_MAX).contains(&line.quantity) {
            problems.push(Problem::Quantity { line: number, quantity: line.quantity });
        }
        match code(line) {
            None => problems.push(Problem::NoCode { line: number }),
            Some(code) if text::chars(&code) > CODE_MAX => {
                problems.push(Problem::TooLong { what: Uncut::StockCode(number), max: CODE_MAX });
            }
            Some(_) => {}
        }
    }
    problems
}

/// The item lines, and a warning for each weight or size that was left out as unbelievable. Lines
/// for which [`problems`] finds something are left out here.
pub fn build(
    lines: &[Line],
    skip_composite_parent: bool,
    unit: WeightUnit,
    warnings: &mut Vec<String>,
) -> Vec<Item> {
    let goods = goods(lines, skip_composite_parent);
    let coded = goods.into_iter().filter_map(|line| code(line).map(|code| (line, code)));
    let numbered = (1_u32..).zip(coded);
    numbered
        .map(|(sequence, (line, code))| {
            let title = text::clean(&line.title);
            let description = if title.is_empty() { text::clean(&code) } else { title };
            Item {
                sequence,
                parent: None,
                // Cut without a warning: the code beside it says exactly what the goods are.
                description: text::cut(&description, DESCRIPTION_MAX).0,
                quantity: line.quantity,
                weight_grams: grams(line.weight, unit).unwrap_or_else(|| {
                    warnings.push(format!("weight of item {sequence} is not usable: sent as 0"));
                    0
                }),
                // A side of zero is how Linnworks says that a size is not known.
                volume_cm3: line.size_cm.filter(|size| !size.contains(&0.0)).and_then(|size| {
                    let volume = cm3(size);
                    if volume.is_none() {
                        warnings.push(format!("size of item {sequence} is not usable: left out"));
                    }
                    volume
                }),
                code,
            }
        })
        .collect()
}

/// The stock code, else the channel's, else one made from the title.
fn code(line: &Line) -> Option<String> {
    let given = [&line.sku, &line.channel_sku].map(|code| text::clean_code(code));
    given
        .into_iter()
        .find(|code| !code.is_empty())
        .or_else(|| title_code(&text::clean(&line.title)))
}

/// A code for a line that has only a title: the same title always gives the same code, and two
/// titles that begin alike give two codes.
fn title_code(title: &str) -> Option<String> {
    let words = title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let whole = words.collect::<Vec<_>>().join("-").to_uppercase();
    match text::cut(&whole, TITLE_CODE_MAX) {
        (code, false) => (!code.is_empty()).then_some(code),
        (code, true) => {
            let hash = Fingerprint::of(whole.as_bytes()).to_string();
            Some(format!("{}-{}", code.trim_end_matches('-'), hash[..8].to_uppercase()))
        }
    }
}

/// A weight of Linnworks in grams; `None` when no weight could be so.
#[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
pub fn grams(weight: f64, unit: WeightUnit) -> Option<i64> {
    let grams = match unit {
        WeightUnit::Grams => weight,
        WeightUnit::Kilograms => weight * 1000.0,
    };
    (0.0..=GRAMS_MAX).contains(&grams).then(|| grams.round() as i64)
}

#[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
fn cm3([width, height, depth]: [f64; 3]) -> Option<i64> {
    let volume = width * height * depth;
    let sides_fit = [width, height, depth].into_iter().all(|side| side > 0.0);
    (sides_fit && volume <= CM3_MAX).then(|| volume.round() as i64)
}
