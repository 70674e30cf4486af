//! `identifiers.*`: what the marks are called, and that no two of them are called the same.
//!
//! Knows how names are compared in Linnworks; what the marks stand for is `domain::tags`.

use std::collections::BTreeSet;

use super::document::Document;
use super::parts::IdentifiersConfig;
use crate::domain::tags::{Mark, TagNames};

const SENT: &str = "identifiers.names.sent";
const ERROR: &str = "identifiers.names.error";
const RUN: &str = "identifiers.names.run";
const SEQUENCE: &str = "identifiers.names.sequence";

/// The keys of the weekdays, Monday first.
pub(super) const DAYS: [&str; 7] = [
    "identifiers.names.monday",
    "identifiers.names.tuesday",
    "identifiers.names.wednesday",
    "identifiers.names.thursday",
    "identifiers.names.friday",
    "identifiers.names.saturday",
    "identifiers.names.sunday",
];

/// Reads the section.
pub(super) fn read(doc: &mut Document) -> IdentifiersConfig {
    let default = TagNames::default();
    let mut name = |key: &str, default: &str| doc.text_or(key, default);
    let mut days = default.days.clone();
    for (day, key) in days.iter_mut().zip(DAYS) {
        *day = name(key, day);
    }
    let names = TagNames {
        sent: name(SENT, &default.sent),
        error: name(ERROR, &default.error),
        days,
        run: name(RUN, &default.run),
        sequence: name(SEQUENCE, &default.sequence),
    };
    refuse_shared(doc, &names);
    IdentifiersConfig { sequence: doc.flag_or("identifiers.sequence", true), names }
}

/// Notes every two keys that give one name, once, at the later of them in the file. No two defaults
/// are alike, so one of the keys is always there.
fn refuse_shared(doc: &mut Document, names: &TagNames) {
    let named: Vec<(&str, String)> =
        names.all().into_iter().map(|(mark, name)| (key_of(mark), name)).collect();
    // A default that stands for a mistake is not to blame for anything more.
    let mistaken: BTreeSet<&str> =
        named.iter().map(|(key, _)| *key).filter(|key| doc.is_wrong(key)).collect();
    let mut said = BTreeSet::new();
    for (index, (key, name)) in named.iter().enumerate() {
        for (other, same) in &named[index + 1..] {
            let apart = key == other || folded(name) != folded(same);
            if apart || mistaken.contains(key) || mistaken.contains(other) {
                continue;
            }
            if !said.insert((*key, *other)) {
                continue;
            }
            let (late, name, early) = if doc.line(key) > doc.line(other) {
                (key, name, other)
            } else {
                (other, same, key)
            };
            doc.wrong(late, format!("{name:?} is given by {early} too: no two may be alike"));
        }
    }
}

/// As Linnworks compares: without case and without space around.
fn folded(name: &str) -> String {
    name.trim().to_uppercase()
}

/// The key that gives a mark its name.
fn key_of(mark: Mark) -> &'static str {
    match mark {
        Mark::Sent => SENT,
        Mark::Error => ERROR,
        Mark::Run(_) => RUN,
        Mark::Sequence(_) => SEQUENCE,
        Mark::Day(day) => DAYS.get(usize::from(day)).copied().unwrap_or_default(),
    }
}
