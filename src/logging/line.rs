//! One record as one line: bounded, without control characters, cleaned of secrets.

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

/// The line of a record, without its end.
pub(super) fn line(record: &Record, style: Style, now: &TellTime, redactor: &Redactor) -> String {
    let mut line = match style {
        Style::Journal => format!("<{}>", priority(record.level())),
        Style::Plain => format!("{} {:<5} ", now().wall.rfc3339(), record.level()),
    };
    let mut text = record.args().to_string();
    // The fields cannot fail to be written to a string.
    let _ = record.key_values().visit(&mut Fields(&mut text));
    cut(&mut text, TEXT_BYTES_MAX);
    line.push_str(&one_line(&redactor.clean(&text)));
    cut(&mut line, LINE_BYTES_MAX);
    line
}

/// Syslog priorities (sd-daemon(3)).
fn priority(level: Level) -> u8 {
    match level {
        Level::Error => 3,
        Level::Warn => 4,
        Level::Info => 6,
        Level::Debug | Level::Trace => 7,
    }
}

struct Fields<'t>(&'t mut String);

impl<'kvs> VisitSource<'kvs> for Fields<'_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
        write!(self.0, " {key}={value}").map_err(Error::from)
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
        let record = "x".repeat(10 * 1024 * 1024);
        let now: TellTime = Box::new(|| Now { wall: Timestamp(0), mono: Moment(0) });
        let line = line(
            &Record::builder().args(format_args!("{record}")).build(),
            Style::Plain,
            &now,
            &Redactor::default(),
        );
        assert!(line.len() <= LINE_BYTES_MAX);
    }
}
