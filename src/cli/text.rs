//! Tables and times for people.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::domain::time::{Timestamp, Zone};

/// Widest column: longer text is cut with an ellipsis.
const COLUMN_MAX: usize = 60;

/// Where a column's text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// Rows under a heading, aligned by display width, each line cut to its text.
pub(super) fn table(heading: &[(&str, Align)], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = heading.iter().map(|(name, _)| name.width()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width().min(COLUMN_MAX));
        }
    }
    let names: Vec<String> = heading.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut text = String::new();
    for row in std::iter::once(&names).chain(rows) {
        let mut line = String::new();
        for ((cell, width), (_, align)) in row.iter().zip(&widths).zip(heading) {
            line.push_str(&padded(&cut(cell, *width), *width, *align));
            line.push_str("  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn padded(text: &str, width: usize, align: Align) -> String {
    let space = " ".repeat(width.saturating_sub(text.width()));
    match align {
        Align::Left => format!("{text}{space}"),
        Align::Right => format!("{space}{text}"),
    }
}

/// Cut by display width, with an ellipsis at the end.
pub(super) fn cut(text: &str, width: usize) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.width() <= width {
        return text;
    }
    let mut kept = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// How long ago, in one unit.
pub(super) fn age(now: i64, at: i64) -> String {
    let seconds = now.saturating_sub(at).max(0) / 1000;
    match seconds {
        0..=59 => format!("{seconds}s"),
        60..=3599 => format!("{}m", seconds / 60),
        3600..=172_799 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// How long ago, as read in a sentence.
pub(super) fn long_age(now: i64, at: i64) -> String {
    let seconds = now.saturating_sub(at).max(0) / 1000;
    let (count, unit) = match seconds {
        0..=59 => (seconds, "second"),
        60..=3599 => (seconds / 60, "minute"),
        3600..=172_799 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

/// Local time of the site.
pub(super) fn local(zone: &str, at: i64) -> String {
    match Zone::named(zone) {
        Some(zone) => zone.show(Timestamp(at)),
        None => Timestamp(at).rfc3339(),
    }
}

/// `1 order`, `3 orders`.
pub(super) fn counted(count: u64, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_by_display_width_and_numbers_stand_right() {
        let rows = vec![
            vec!["7".into(), "café 🎉".into(), "x".into()],
            vec!["1234".into(), "tea".into(), "y".into()],
        ];
        let text = table(&[("no", Align::Right), ("name", Align::Left), ("", Align::Left)], &rows);
        assert_eq!(text, "  no  name\n   7  café 🎉  x\n1234  tea      y\n");
    }

    #[test]
    fn long_text_is_cut_with_an_ellipsis_and_control_characters_never_reach_the_terminal() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("🎉🎉🎉", 4), "🎉…");
        assert_eq!(cut("a\u{1b}[31mb", 20), "a [31mb");
    }

    #[test]
    fn ages_have_one_unit() {
        let now = 1_000_000_000_000;
        for (ago, short, long) in [
            (0, "0s", "0 seconds"),
            (61, "1m", "1 minute"),
            (7_200, "2h", "2 hours"),
            (200_000, "2d", "2 days"),
        ] {
            assert_eq!(age(now, now - ago * 1000), short);
            assert_eq!(long_age(now, now - ago * 1000), long);
        }
        assert_eq!(age(now, now + 5_000), "0s");
    }
}
