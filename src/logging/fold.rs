//! What is said over and over is written once, and then how often it came.
//!
//! The first of its kind is always written at once. What is of one kind within [`FOLD_FOR`] is only counted; when
//! that time is over, the latest of them is written with the count, and counting goes on while they come.
//!
//! Two lines are of one kind when level, target and subject are the same and the text is: of warnings and errors
//! with all numbers taken as equal, for "37 orders" and "36 orders" that could not be read are one trouble; of plain
//! lines exactly, for a count that differs is another fact. The subject is what the fields `order`, `job` and `run`
//! name: trouble with two orders is two troubles, and none of them may hide behind the other. What happened to an
//! order is a fact each time, and whoever asks for debugging wants every line: those are not folded.

use std::collections::VecDeque;

use log::Level;

use super::line::Line;
use crate::domain::time::{Delay, Moment};

/// How long lines of one kind are counted before the count is written.
pub const FOLD_FOR: Delay = Delay::secs(60);

/// Kinds remembered at once. With more of them the oldest is written with its count and forgotten: each holds a line
/// of some kilobytes at most.
pub const KINDS_MAX: usize = 128;

/// Fields that say what a line is about.
const SUBJECTS: [&str; 3] = ["order", "job", "run"];

struct Kind {
    name: String,
    since: Moment,
    /// Not written since.
    count: u64,
    last: Line,
}

/// The kinds seen lately, the one counted longest first.
#[derive(Default)]
pub(super) struct Folds(VecDeque<Kind>);

impl Folds {
    /// What is written now that this line has come: counts that are due, then the line itself unless it is counted.
    pub(super) fn take(&mut self, line: Line, now: Moment) -> Vec<Line> {
        let mut written = self.due(now);
        let fact = line.level == Level::Info && has_subject(&line);
        if fact || line.level > Level::Info {
            written.push(line);
            return written;
        }
        let name = kind(&line);
        if let Some(known) = self.0.iter_mut().find(|known| known.name == name) {
            known.count += 1;
            known.last = line;
            return written;
        }
        if self.0.len() >= KINDS_MAX {
            written.extend(self.0.pop_front().and_then(|oldest| summary(&oldest, now)));
        }
        self.0.push_back(Kind { name, since: now, count: 0, last: line.clone() });
        written.push(line);
        written
    }

    /// The counts whose time is over. A kind that no longer comes is forgotten.
    pub(super) fn due(&mut self, now: Moment) -> Vec<Line> {
        let mut written = Vec::new();
        while self.0.front().is_some_and(|oldest| now.since(oldest.since) >= FOLD_FOR) {
            let Some(mut over) = self.0.pop_front() else { break };
            if let Some(line) = summary(&over, now) {
                written.push(line);
                over.since = now;
                over.count = 0;
                self.0.push_back(over);
            }
        }
        written
    }

    /// Every count that is not written yet; nothing is remembered any more.
    pub(super) fn all(&mut self, now: Moment) -> Vec<Line> {
        std::mem::take(&mut self.0).iter().filter_map(|kind| summary(kind, now)).collect()
    }
}

fn summary(kind: &Kind, now: Moment) -> Option<Line> {
    let seconds = now.since(kind.since).0 / 1000;
    let times = match kind.count {
        0 => return None,
        1 => "once".to_owned(),
        count => format!("{count} times"),
    };
    let mut line = kind.last.clone();
    line.text.push_str(&format!(" (repeated {times} in {seconds} s)"));
    Some(line)
}

fn has_subject(line: &Line) -> bool {
    line.fields.iter().any(|(key, _)| SUBJECTS.contains(&key.as_str()))
}

fn kind(line: &Line) -> String {
    let mut name = format!("{} {} ", line.level, line.target);
    if line.level <= Level::Warn {
        let mut digits = false;
        for c in line.text.chars() {
            if !c.is_ascii_digit() {
                name.push(c);
            } else if !digits {
                name.push('#');
            }
            digits = c.is_ascii_digit();
        }
    } else {
        name.push_str(&line.text);
    }
    for (key, value) in line.fields.iter().filter(|(key, _)| SUBJECTS.contains(&key.as_str())) {
        name.push_str(&format!("\n{key}={value}"));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(level: Level, text: &str, order: Option<u32>) -> Line {
        let fields = order.map(|order| ("order".to_owned(), order.to_string()));
        Line {
            level,
            target: "linnstream".to_owned(),
            text: text.to_owned(),
            fields: fields.into_iter().collect(),
        }
    }

    fn texts(lines: Vec<Line>) -> Vec<String> {
        lines.into_iter().map(|line| line.text).collect()
    }

    fn warn(folds: &mut Folds, text: &str, at: u64) -> Vec<String> {
        texts(folds.take(line(Level::Warn, text, None), Moment(at)))
    }

    #[test]
    fn the_first_is_written_at_once_and_the_others_with_their_count_when_the_time_is_over() {
        let mut folds = Folds::default();
        assert_eq!(warn(&mut folds, "37 orders not read", 0), ["37 orders not read"]);
        for n in 0..412 {
            assert!(warn(&mut folds, &format!("{n} orders not read"), 10).is_empty());
        }
        assert_eq!(warn(&mut folds, "something else", 59_999), ["something else"]);
        assert_eq!(
            texts(folds.due(Moment(60_000))),
            ["411 orders not read (repeated 412 times in 60 s)"]
        );
        // It goes on: still counted, and written once a minute.
        assert!(warn(&mut folds, "1 orders not read", 61_000).is_empty());
        assert_eq!(
            texts(folds.due(Moment(120_000))),
            ["1 orders not read (repeated once in 60 s)"]
        );
        // It has stopped: the next is a first one again.
        assert!(folds.due(Moment(180_000)).is_empty());
        assert_eq!(warn(&mut folds, "2 orders not read", 180_001), ["2 orders not read"]);
    }

    #[test]
    fn the_next_line_of_any_kind_brings_a_count_that_is_due() {
        let mut folds = Folds::default();
        warn(&mut folds, "a", 0);
        warn(&mut folds, "a", 1);
        let written = warn(&mut folds, "b", 70_000);
        assert_eq!(written, ["a (repeated once in 70 s)", "b"]);
    }

    #[test]
    fn trouble_with_two_orders_is_two_troubles_and_plain_lines_fold_only_when_equal() {
        let mut folds = Folds::default();
        for order in [1, 2] {
            let bad = line(Level::Error, "the label cannot be drawn", Some(order));
            assert_eq!(folds.take(bad.clone(), Moment(0)).len(), 1);
            assert!(folds.take(bad, Moment(1)).is_empty());
        }
        let info = |text| line(Level::Info, text, None);
        assert_eq!(folds.take(info("3 new orders"), Moment(2)).len(), 1);
        assert_eq!(folds.take(info("4 new orders"), Moment(2)).len(), 1);
        assert!(folds.take(info("4 new orders"), Moment(3)).is_empty());
        for _ in 0..2 {
            let fact = line(Level::Info, "sent", Some(1));
            assert_eq!(folds.take(fact, Moment(4)).len(), 1, "each fact is one");
            let debug = line(Level::Debug, "x", None);
            assert_eq!(folds.take(debug, Moment(4)).len(), 1, "debugging shows every line");
        }
    }

    #[test]
    fn a_level_or_a_target_apart_is_another_kind() {
        let mut folds = Folds::default();
        let base = line(Level::Warn, "x", None);
        let other = Line { target: "linnstream::poll".to_owned(), ..base.clone() };
        let worse = Line { level: Level::Error, ..base.clone() };
        for line in [base, other, worse] {
            assert_eq!(folds.take(line, Moment(0)).len(), 1);
        }
    }

    #[test]
    fn with_too_many_kinds_the_oldest_makes_room_and_its_count_is_not_lost() {
        let mut folds = Folds::default();
        let word = |n: usize| "x".repeat(n + 1);
        warn(&mut folds, "a", 0);
        warn(&mut folds, "a", 0);
        for n in 0..KINDS_MAX - 1 {
            assert_eq!(warn(&mut folds, &word(n), 0).len(), 1);
        }
        let written = warn(&mut folds, "one more", 2_000);
        assert_eq!(written, ["a (repeated once in 2 s)", "one more"]);
        assert_eq!(folds.0.len(), KINDS_MAX);
        warn(&mut folds, "one more", 3_000);
        assert_eq!(texts(folds.all(Moment(3_000))), ["one more (repeated once in 1 s)"]);
        assert!(folds.all(Moment(3_000)).is_empty());
    }
}
