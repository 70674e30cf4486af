//! The text as a flat list of keys with values and lines, and typed ways to take a value.
//!
//! A value that is missing gives the default; a value that is wrong is noted as a problem and gives
//! the default too, so that reading goes on and every problem is found. Knows TOML and the names of
//! the keys; what the values are for is `read`.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::Problem;
use super::{duration, keys};
use crate::domain::time::Delay;

/// The document, and what was found wrong with it so far.
pub(super) struct Document<'t> {
    text: &'t str,
    /// What key names stand for: empty for the file itself, else what an entry of a list is called.
    prefix: String,
    leaves: BTreeMap<String, Leaf<'t>>,
    problems: Vec<Problem>,
}

/// The line of a key that is not in the file.
const NO_LINE: usize = 0;

struct Leaf<'t> {
    value: DeValue<'t>,
    line: usize,
}

impl<'t> Document<'t> {
    /// Reads the text; what is not TOML and what is not a key is noted.
    pub(super) fn parse(text: &'t str) -> Self {
        let (root, errors) = DeTable::parse_recoverable(text);
        let mut document =
            Self { text, prefix: String::new(), leaves: BTreeMap::new(), problems: Vec::new() };
        for error in errors {
            let line = error.span().map(|span| document.line_at(span.start));
            // The message alone: the excerpt that belongs to it could show a secret.
            document.problems.push(Problem {
                key: String::new(),
                line,
                text: error.message().replace('\n', ", "),
            });
        }
        document.flatten("", root.into_inner());
        document
    }

    /// Adds what is set elsewhere, in the same form, to keys that are not here. It has no lines.
    pub(super) fn overlay(&mut self, text: &'t str) {
        let other = Self::parse(text);
        for (key, leaf) in other.leaves {
            self.leaves.entry(key).or_insert(Leaf { line: NO_LINE, ..leaf });
        }
    }

    /// Everything found wrong, by line. Lines that are not TOML are reported as that alone.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        let broken: Vec<_> =
            self.problems.iter().filter(|p| p.key.is_empty()).map(|p| p.line).collect();
        self.problems.retain(|p| p.key.is_empty() || p.line.is_none() || !broken.contains(&p.line));
        self.problems.sort_by_key(|p| (p.line.is_none(), p.line));
        self.problems
    }

    fn line_at(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().get(..offset).unwrap_or(self.text.as_bytes());
        1 + before.iter().filter(|byte| **byte == b'\n').count()
    }

    fn flatten(&mut self, above: &str, table: DeTable<'t>) {
        for (key, value) in table {
            let line = self.line_at(key.span().start);
            let part = key.into_inner();
            let name = if above.is_empty() { part.to_string() } else { format!("{above}.{part}") };
            if part.contains('.') {
                // A quoted dot would make one name of two different spellings.
                self.note(&name, Some(line), "is no key: dots separate parts and are not quoted");
                continue;
            }
            match value.into_inner() {
                DeValue::Table(inner) if keys::is_section(&name) => self.flatten(&name, inner),
                value if keys::is_key(&name) => {
                    self.leaves.insert(name, Leaf { value, line });
                }
                _ => self.unknown(&name, line),
            }
        }
    }

    fn unknown(&mut self, name: &str, line: usize) {
        if let Some(secret) = keys::SECRETS.iter().find(|secret| secret.inline == name) {
            let text = format!(
                "a secret may not stand in this file: put it in a file that only the daemon's user can \
                 read (chmod 600) and name that with {} = \"PATH\", or hand it over as the systemd \
                 credential {}",
                secret.file, secret.credential
            );
            return self.note(name, Some(line), text);
        }
        if keys::is_section(name) {
            return self.note(name, Some(line), format!("is a section: write [{name}]"));
        }
        let keys = keys::KEYS.iter().copied();
        let (what, near) = if name.contains('.') {
            ("key", keys::nearest(name, keys))
        } else {
            ("key or section", keys::nearest(name, keys::sections().into_iter().chain(keys)))
        };
        self.note(name, Some(line), format!("there is no such {what}; the nearest is {near}"));
    }

    /// Notes a problem.
    pub(super) fn note(&mut self, key: &str, line: Option<usize>, text: impl Display) {
        let key =
            if self.prefix.is_empty() { key.to_owned() } else { format!("{}.{key}", self.prefix) };
        let line = line.filter(|line| *line != NO_LINE);
        self.problems.push(Problem { key, line, text: text.to_string() });
    }

    /// Notes a problem on the line of the key, when it is there.
    pub(super) fn wrong(&mut self, key: &str, text: impl Display) {
        self.note(key, self.line(key), text);
    }

    /// Whether a problem was noted at this key: then what stands for it is only the default.
    pub(super) fn is_wrong(&self, key: &str) -> bool {
        self.problems.iter().any(|problem| problem.key == key)
    }

    /// The line of every key that is there; 0 for those set elsewhere.
    pub(super) fn lines(&self) -> BTreeMap<String, usize> {
        self.leaves.iter().map(|(key, leaf)| (key.clone(), leaf.line)).collect()
    }

    /// The line of a key that is there.
    pub(super) fn line(&self, key: &str) -> Option<usize> {
        self.leaves.get(key).map(|leaf| leaf.line)
    }

    /// Takes a value with a function that says what is wanted instead when it does not fit.
    fn take<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&DeValue) -> Result<T, String>,
    ) -> Option<T> {
        debug_assert!(!self.prefix.is_empty() || keys::is_key(key), "{key} is not among the keys");
        match read(&self.leaves.get(key)?.value) {
            Ok(value) => Some(value),
            Err(text) => {
                self.wrong(key, text);
                None
            }
        }
    }

    /// A text read further by `read`.
    pub(super) fn parsed<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.take(key, |value| read(plain(value)?))
    }

    /// A text that is not blank.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        self.parsed(key, |text| Ok(text.to_owned()))
    }

    /// A text that is not blank, or the default.
    pub(super) fn text_or(&mut self, key: &str, default: &str) -> String {
        self.text(key).unwrap_or_else(|| default.to_owned())
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&mut self, key: &str, default: T, words: &[(&str, T)]) -> T {
        let found = self.parsed(key, |text| {
            let word = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
            word.ok_or_else(|| {
                let known: Vec<_> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
                format!("{text:?} is not one of {}", known.join(", "))
            })
        });
        found.unwrap_or(default)
    }

    /// True or false.
    pub(super) fn flag(&mut self, key: &str) -> Option<bool> {
        self.take(key, |value| value.as_bool().ok_or_else(|| wanted("true or false", value)))
    }

    /// True or false, or the default.
    pub(super) fn flag_or(&mut self, key: &str, default: bool) -> bool {
        self.flag(key).unwrap_or(default)
    }

    /// A whole number in a range.
    pub(super) fn whole(&mut self, key: &str, default: u32, range: RangeInclusive<u32>) -> u32 {
        let found = self.take(key, |value| {
            let number = value.as_integer().ok_or_else(|| wanted("a whole number", value))?;
            let number = i64::from_str_radix(number.as_str(), number.radix()).ok();
            let within = number
                .and_then(|number| u32::try_from(number).ok())
                .filter(|number| range.contains(number));
            within.ok_or_else(|| {
                let found = shown(value);
                format!("must be from {} to {}, not {found}", range.start(), range.end())
            })
        });
        found.unwrap_or(default)
    }

    /// One of a few whole numbers.
    pub(super) fn whole_of(&mut self, key: &str, default: u32, known: &[u32]) -> u32 {
        let found = self.take(key, |value| {
            let number = value.as_integer().ok_or_else(|| wanted("a whole number", value))?;
            let number = u32::from_str_radix(number.as_str(), number.radix()).ok();
            number.filter(|number| known.contains(number)).ok_or_else(|| {
                let known: Vec<_> = known.iter().map(u32::to_string).collect();
                format!("must be {}, not {}", known.join(" or "), shown(value))
            })
        });
        found.unwrap_or(default)
    }

    /// A number in a range.
    pub(super) fn number(&mut self, key: &str, default: f64, range: RangeInclusive<f64>) -> f64 {
        let found = self.take(key, |value| {
            let number: Option<f64> = match value {
                DeValue::Integer(number) => {
                    i32::from_str_radix(number.as_str(), number.radix()).ok().map(f64::from)
                }
                DeValue::Float(number) => number.as_str().parse().ok(),
                other => return Err(wanted("a number", other)),
            };
            number.filter(|number| range.contains(number)).ok_or_else(|| {
                let found = shown(value);
                format!("must be from {} to {}, not {found}", range.start(), range.end())
            })
        });
        found.unwrap_or(default)
    }

    /// A duration in a range.
    pub(super) fn delay(
        &mut self,
        key: &str,
        default: Delay,
        range: RangeInclusive<Delay>,
    ) -> Delay {
        self.parsed(key, |text| delay_in(text, &range)).unwrap_or(default)
    }

    /// A list of durations, each in a range.
    pub(super) fn delays(&mut self, key: &str, range: RangeInclusive<Delay>) -> Option<Vec<Delay>> {
        self.list(key, |text| delay_in(text, &range))
    }

    /// A list of texts, none blank.
    pub(super) fn texts(&mut self, key: &str) -> Option<Vec<String>> {
        self.list(key, |text| Ok(text.to_owned()))
    }

    /// A list of texts, each read further by `read`. What is wrong is noted for each entry, on the
    /// entry's own line.
    pub(super) fn list<T>(
        &mut self,
        key: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        let entry = |value: &DeValue| match value.as_str() {
            Some(text) if text.trim().is_empty() => Err("is empty: leave it out".to_owned()),
            _ => read(plain(value)?),
        };
        let entries = self.take(key, |value| {
            let list = value.as_array().ok_or_else(|| wanted("a list of texts", value))?;
            Ok(list.iter().map(|one| (one.span().start, entry(one.get_ref()))).collect::<Vec<_>>())
        })?;
        let mut found = Vec::with_capacity(entries.len());
        for (index, (start, entry)) in entries.into_iter().enumerate() {
            match entry {
                Ok(value) => found.push(value),
                Err(text) => {
                    let line = self.line_at(start);
                    self.note(key, Some(line), format!("entry {}: {text}", index + 1));
                }
            }
        }
        (!self.is_wrong(key)).then_some(found)
    }

    /// A text cut at its spaces, or a list of texts as they stand: a command.
    pub(super) fn words(&mut self, key: &str) -> Option<Vec<String>> {
        if self.leaves.get(key).is_some_and(|leaf| leaf.value.is_array()) {
            return self.texts(key);
        }
        self.parsed(key, |text| Ok(text.split_whitespace().map(str::to_owned).collect()))
    }

    /// A table with names of the site's own choosing.
    pub(super) fn map(&mut self, key: &str) -> BTreeMap<String, String> {
        let mut map = BTreeMap::new();
        let Some(leaf) = self.leaves.remove(key) else { return map };
        let DeValue::Table(table) = leaf.value else {
            let text = wanted("a table of names", &leaf.value);
            self.note(key, Some(leaf.line), text);
            return map;
        };
        for (name, value) in table {
            let line = self.line_at(name.span().start);
            match plain(value.get_ref()) {
                Ok(text) => {
                    map.insert(name.into_inner().into_owned(), text.to_owned());
                }
                Err(text) => self.note(&format!("{key}.{}", name.get_ref()), Some(line), text),
            }
        }
        map
    }

    /// Reads each table of a list with `read`, which sees it as a document of its own.
    pub(super) fn tables<T>(
        &mut self,
        key: &str,
        known: &[&'static str],
        mut read: impl FnMut(&mut Self) -> Option<T>,
    ) -> Vec<T> {
        let Some(leaf) = self.leaves.remove(key) else { return Vec::new() };
        let DeValue::Array(entries) = leaf.value else {
            let text = format!(
                "{}; write [[{key}]] above each entry",
                wanted("a list of tables", &leaf.value)
            );
            self.note(key, Some(leaf.line), text);
            return Vec::new();
        };
        let mut found = Vec::new();
        for (index, entry) in entries.into_iter().enumerate() {
            let prefix = format!("{key}[{index}]");
            let line = self.line_at(entry.span().start);
            let DeValue::Table(table) = entry.into_inner() else {
                self.note(&prefix, Some(line), "is no table: write [[services]] above each entry");
                continue;
            };
            let mut inner =
                Self { text: self.text, prefix, leaves: BTreeMap::new(), problems: Vec::new() };
            inner.fill(table, known);
            found.extend(read(&mut inner));
            self.problems.append(&mut inner.problems);
        }
        found
    }

    fn fill(&mut self, table: DeTable<'t>, known: &[&'static str]) {
        for (name, value) in table {
            let line = self.line_at(name.span().start);
            let name = name.into_inner();
            if known.contains(&name.as_ref()) {
                self.leaves
                    .insert(name.into_owned(), Leaf { value: Spanned::into_inner(value), line });
            } else {
                let near = keys::nearest(&name, known.iter().copied());
                self.note(
                    &name,
                    Some(line),
                    format!("there is no such key; the nearest is {near}"),
                );
            }
        }
    }
}

fn delay_in(text: &str, range: &RangeInclusive<Delay>) -> Result<Delay, String> {
    let delay = duration::parse(text)?;
    if range.contains(&delay) {
        return Ok(delay);
    }
    let (from, to) = (duration::show(*range.start()), duration::show(*range.end()));
    Err(format!("must be from \"{from}\" to \"{to}\", not {text:?}"))
}

/// A number as it stands in the file. Only keys that take numbers show what they were given.
fn shown(value: &DeValue) -> String {
    match value {
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.as_str().to_owned(),
        _ => String::new(),
    }
}

/// A text that is not blank.
fn plain<'v>(value: &'v DeValue<'_>) -> Result<&'v str, String> {
    let text = value.as_str().ok_or_else(|| wanted("a text in quotes", value))?;
    if text.trim().is_empty() {
        return Err("is empty: leave the key out instead".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err("has a line break or another control character in it".to_owned());
    }
    Ok(text)
}

/// Names the type and not the value, which might be a secret on the wrong line.
fn wanted(what: &str, found: &DeValue) -> String {
    format!(
        "must be {what}, not {}",
        match found {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a point",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        }
    )
}
