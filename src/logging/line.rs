//! One record as one line with its fields: bounded, without control characters, cleaned of secrets.

use std::borrow::Cow;
use std::fmt::Write;

use log::kv::{Error, Key, Value, VisitSource};
use log::{Level, Record};

use super::redact::Redactor;
use super::{Style, TellTime};

/// Longest line. The journal cuts at 48 KiB (`LineMax=`); nothing of ours needs more than this, and
/// an answer of a megabyte in an error text must not fill the disk.
pub const LINE_BYTES_MAX: usize = 4096;

/// Longest text that is looked through for secrets: beyond it the text is cut first, at the price
/// of one secret that might be cut in two there and is far behind the end of the line.
const TEXT_BYTES_MAX: usize = 16 * LINE_BYTES_MAX;

/// Fields of one record: ids, a handful.
pub const FIELDS_MAX: usize = 16;

/// Longest value of a field: ids and short words.
pub const FIELD_BYTES_MAX: usize = 512;

/// What is written of a record: bounded, on one line, cleaned of secrets in each of its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) level: Level,
    pub(super) target: String,
    /// What happened.
    pub(super) text: String,
    /// Ids and the like.
    pub(super) fields: Vec<(String, String)>,
}

impl Line {
    /// Takes what is to be written out of a record.
    pub(super) fn of(record: &Record, redactor: &Redactor) -> Self {
        let mut text = record.args().to_string();
        cut(&mut text, TEXT_BYTES_MAX);
        let mut text = one_line(&redactor.clean(&text)).into_owned();
        cut(&mut text, LINE_BYTES_MAX);
        let mut fields = Fields(Vec::new(), redactor);
        // Values are written to strings, which cannot fail; one that fails to show itself is left out.
        let _ = record.key_values().visit(&mut fields);
        Self { level: record.level(), target: record.target().to_owned(), text, fields: fields.0 }
    }

    /// The text with the fields behind it.
    pub(super) fn whole(&self) -> String {
        let mut whole = self.text.clone();
        for (key, value) in &self.fields {
            whole.push_str(&format!(" {key}={value}"));
        }
        cut(&mut whole, LINE_BYTES_MAX);
        whole
    }

    /// As a line of a stream, without its end.
    pub(super) fn shown(&self, style: Style, now: &TellTime) -> String {
        let mut line = match style {
            Style::Journal => format!("<{}>", priority(self.level)),
            Style::Plain => format!("{} {:<5} ", now().wall.rfc3339(), self.level),
        };
        line.push_str(&self.whole());
        cut(&mut line, LINE_BYTES_MAX);
        line
    }
}

/// Syslog priorities (sd-daemon(3)).
pub(super) fn priority(level: Level) -> u8 {
    match level {
        Level::Error => 3,
        Level::Warn => 4,
        Level::Info => 6,
        Level::Debug | Level::Trace => 7,
    }
}

struct Fields<'r>(Vec<(String, String)>, &'r Redactor);

impl<'kvs> VisitSource<'kvs> for Fields<'_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
        if self.0.len() >= FIELDS_MAX {
            return Ok(());
        }
        let key = one_line(key.as_str()).into_owned();
        let mut pair = String::new();
        write!(pair, "{key}={value}").map_err(Error::from)?;
        cut(&mut pair, TEXT_BYTES_MAX);
        // Together with its name: what follows the name of a credential is masked as well.
        let clean = self.1.clean(&pair);
        let value = clean.strip_prefix(key.as_str()).and_then(|rest| rest.strip_prefix('='));
        let mut value = one_line(value.unwrap_or_default()).into_owned();
        cut(&mut value, FIELD_BYTES_MAX);
        self.0.push((key, value));
        Ok(())
    }
}

/// The text with line breaks, control characters and marks that turn the direction of writing
/// escaped: a customer's text cannot begin a line of its own or hide one.
pub fn one_line(text: &str) -> Cow<'_, str> {
    let turns = |c: char| matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let escaped = |c: char| c.is_control() || turns(c);
    if !text.contains(escaped) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if escaped(c) {
            clean.extend(c.escape_default());
        } else {
            clean.push(c);
        }
    }
    Cow::Owned(clean)
}

/// Cuts a text between two characters so that with the mark of the cut it has at most `most` bytes.
fn cut(text: &mut String, most: usize) {
    const MARK: &str = " [cut]";
    if text.len() <= most {
        return;
    }
    let mut end = most.saturating_sub(MARK.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text.push_str(MARK);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{Moment, Now, Timestamp};

    #[test]
    fn control_characters_are_escaped_and_the_rest_stays() {
        assert_eq!(one_line("Größe 5 €"), "Größe 5 €");
        assert_eq!(one_line("a\r\nb\tc\u{1b}[2J"), "a\\r\\nb\\tc\\u{1b}[2J");
        assert_eq!(one_line("x\u{202e}y\u{2028}z"), "x\\u{202e}y\\u{2028}z");
    }

    #[test]
    fn a_long_line_is_cut_between_two_characters() {
        let mut text = "€".repeat(LINE_BYTES_MAX);
        cut(&mut text, LINE_BYTES_MAX);
        assert!(text.len() <= LINE_BYTES_MAX && text.ends_with("€ [cut]"));
        let text = "x".repeat(10 * 1024 * 1024);
        let now: TellTime = Box::new(|| Now { wall: Timestamp(0), mono: Moment(0) });
        let line =
            Line::of(&Record::builder().args(format_args!("{text}")).build(), &Redactor::default());
        assert!(line.shown(Style::Plain, &now).len() <= LINE_BYTES_MAX);
    }
}
