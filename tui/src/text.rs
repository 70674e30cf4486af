//! Texts cut by the width they have on a screen, and times as people read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Columns a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Without anything that moves the cursor or rings a bell.
pub fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Cut at its end, for names and sentences.
pub fn cut(text: &str, columns: usize) -> String {
    let text = clean(text);
    if text.width() <= columns {
        return text;
    }
    if columns == 0 {
        return String::new();
    }
    format!("{}…", begin(&text, columns - 1))
}

/// Cut in its middle, for codes: both ends tell them apart.
pub fn cut_middle(text: &str, columns: usize) -> String {
    let text = clean(text);
    if text.width() <= columns {
        return text;
    }
    if columns < 3 {
        return cut(&text, columns);
    }
    let front = columns / 2;
    let back: String = text.chars().rev().collect();
    let back: String = begin(&back, columns - 1 - front).chars().rev().collect();
    format!("{}…{back}", begin(&text, front))
}

fn begin(text: &str, columns: usize) -> String {
    let mut kept = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > columns {
            break;
        }
        kept.push(c);
    }
    kept
}

/// A column of exactly so many columns, its text at the left.
pub fn left(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    let space = columns.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(space))
}

/// The same, its text at the right.
pub fn right(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    let space = columns.saturating_sub(text.width());
    format!("{}{text}", " ".repeat(space))
}

/// A reason where its state stands beside it: without what the state says already.
pub fn brief(reason: &str) -> String {
    let rest = reason.strip_prefix("Not sent to Stream: ").unwrap_or(reason);
    let mut letters = rest.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// Words wrapped into lines of at most so many columns.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in clean(text).split_whitespace() {
        let last = lines.last().map_or(0, |line| line.width());
        if last > 0 && last + 1 + word.width() > columns {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&cut(word, columns));
        }
    }
    lines
}

/// A text without words cut into lines of at most so many columns, after a comma where there is one near the
/// end; nothing of it is left out.
pub fn fold(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut used) = (String::new(), 0);
    for c in clean(text).chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide > columns && !line.is_empty() {
            let comma = line.rfind([',', ' ']).map(|at| at + 1).filter(|at| 2 * at > line.len());
            let rest = comma.map_or_else(String::new, |at| line.split_off(at));
            used = rest.width();
            lines.push(std::mem::replace(&mut line, rest));
        }
        line.push(c);
        used += wide;
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// A count with its thousands apart.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 order`, `3 orders`.
pub fn counted(number: u64, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{} {one}s", count(number)) }
}

/// How long ago, in one unit: `12s`, `4m`, `2h`, `3d`.
pub fn age(now: i64, at: i64) -> String {
    let seconds = now.saturating_sub(at).max(0) / 1000;
    match seconds {
        0..=59 => format!("{seconds}s"),
        60..=3_599 => format!("{}m", seconds / 60),
        3_600..=172_799 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// How long ago or until, in a sentence.
pub fn long_age(now: i64, at: i64) -> String {
    let seconds = (now - at).abs() / 1000;
    let (count, unit) = match seconds {
        0..=59 => (seconds, "s"),
        60..=7_199 => (seconds / 60, "min"),
        7_200..=172_799 => (seconds / 3_600, "h"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{count} {unit}")
}

/// A moment in the zone of the site.
fn zoned(zone: &str, at: i64) -> Option<jiff::Zoned> {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    Timestamp::from_millisecond(at).ok().map(|at| at.to_zoned(zone))
}

/// `Mon 23 Nov 14:05`.
pub fn clock(zone: &str, at: i64) -> String {
    zoned(zone, at).map_or_else(String::new, |at| at.strftime("%a %-d %b %H:%M").to_string())
}

/// `14:05:02`, with the day before when it is another one than `now`'s.
pub fn moment(zone: &str, now: i64, at: i64) -> String {
    let (Some(now), Some(at)) = (zoned(zone, now), zoned(zone, at)) else { return String::new() };
    let format = if now.date() == at.date() { "%H:%M:%S" } else { "%-d %b %H:%M" };
    at.strftime(format).to_string()
}

/// `Mon 23 Nov 14:05:02 GMT`: the whole of it.
pub fn exact(zone: &str, at: i64) -> String {
    zoned(zone, at).map_or_else(String::new, |at| at.strftime("%a %-d %b %H:%M:%S %Z").to_string())
}

/// `Tue 24 Nov` of `2026-11-24`.
pub fn day(text: &str) -> String {
    let day: Option<jiff::civil::Date> = text.parse().ok();
    day.map_or_else(|| text.to_owned(), |day| day.strftime("%a %-d %b").to_string())
}

/// The day so many days after another.
pub fn day_after(text: &str, days: i32) -> Option<String> {
    let day: jiff::civil::Date = text.parse().ok()?;
    let span = jiff::Span::new().try_days(days).ok()?;
    day.checked_add(span).ok().map(|day| day.to_string())
}

/// The day of a moment, as `2026-11-24`.
pub fn day_of(zone: &str, at: i64) -> String {
    zoned(zone, at).map_or_else(String::new, |at| at.date().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_by_the_columns_they_take() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut_middle("SO-88121-LONG", 7), "SO-…ONG");
        assert_eq!((left("ab", 4), right("ab", 4)), ("ab  ".into(), "  ab".into()));
        assert_eq!(cut("a\u{1b}[31mb", 20), "a [31mb");
        assert_eq!(cut("anything", 0), "");
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(fold("abcd日本e", 3), ["abc", "d日", "本e"]);
        assert_eq!(fold("ab,cdefg,h", 5), ["ab,", "cdefg", ",h"]);
        assert_eq!(fold("a,bcdefgh", 5), ["a,bcd", "efgh"]);
        assert!(fold("", 3).is_empty());
        assert_eq!(brief("Not sent to Stream: postcode is missing"), "Postcode is missing");
    }

    #[test]
    fn times_are_those_of_the_site_also_over_a_change_of_clocks() {
        // 25 October 2026, 00:30 and 01:30 UTC: London goes back at 01:00 UTC.
        let (before, after) = (1_792_888_200_000, 1_792_891_800_000);
        assert_eq!(exact("Europe/London", before), "Sun 25 Oct 01:30:00 BST");
        assert_eq!(exact("Europe/London", after), "Sun 25 Oct 01:30:00 GMT");
        assert_eq!(age(after, before), "1h");
        assert_eq!(day("2026-11-24"), "Tue 24 Nov");
        assert_eq!(day_after("2026-11-30", 1).as_deref(), Some("2026-12-01"));
    }

    #[test]
    fn counts_have_their_thousands_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1_204, "1,204"), (1_000_000, "1,000,000")] {
            assert_eq!(count(number), text);
        }
        assert_eq!(
            (counted(1, "order"), counted(3, "order")),
            ("1 order".into(), "3 orders".into())
        );
    }
}
