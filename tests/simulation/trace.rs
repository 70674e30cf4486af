//! What happened, as lines a person can read, and one number that stands for all of them.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use linnstream::domain::time::Now;

/// Lines kept for a failure report.
const LINES_MAX: usize = 400;

#[derive(Default)]
pub struct Trace {
    hasher: DefaultHasher,
    lines: VecDeque<String>,
    pub count: u64,
}

impl Trace {
    pub fn line(&mut self, now: Now, text: &str) {
        (now.mono.0, text).hash(&mut self.hasher);
        self.count += 1;
        // Steps that called nobody and wrote nothing of note fill a page and say nothing.
        if text.ends_with(" idle") || text.ends_with(" worked") {
            return;
        }
        if self.lines.len() >= LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(format!("{:>12} {text}", now.mono.0));
    }

    /// The same for the same sequence of lines.
    pub fn hash(&self) -> u64 {
        self.hasher.finish()
    }

    /// The last lines.
    pub fn tail(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// Prints what the daemon logs: only when one seed is repeated.
pub struct Printer;

impl log::Log for Printer {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        println!("             {} {}", record.level(), record.args());
    }

    fn flush(&self) {}
}
