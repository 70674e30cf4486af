//! The log: one plain line per fact on stderr, every line cleaned of secrets before it is written.
//!
//! Under the journal a line goes to its own socket, where the fields of the record are fields too; when that is
//! not reached, to stderr with its priority and no time (`<6>text`, sd-daemon(3)). Elsewhere it has a time and a
//! level. The time comes from the clock that is handed in. This module knows nothing of orders: ids come as fields
//! of the record (`order`, `job`, `run`, `request_id`) and stand at the end of the line as `name=value`.
//!
//! - `level`: what is logged, for good and for a while
//! - `redact`: what must not be shown, and its replacement; usable on its own
//! - `personal`: what points at a person in texts of others
//! - `line`: one record as one bounded line
//! - `fold`: what is said over and over
//! - `journal`: the journal's own protocol

mod fold;
mod journal;
mod level;
mod line;
mod personal;
mod redact;

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use log::{LevelFilter, Log, Metadata, Record};

pub use fold::{FOLD_FOR, KINDS_MAX};
pub use journal::{JOURNAL_SOCKET, Journal};
use level::Levels;
use line::Line;
pub use line::{FIELD_BYTES_MAX, FIELDS_MAX, LINE_BYTES_MAX, one_line};
pub use personal::impersonal;
pub use redact::{PASSING_MAX, Redactor, SECRET_CHARS_MIN, SECRETS_MAX};

use crate::domain::time::{Delay, Now, Timestamp};

/// How lines begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// The journal adds the time and reads the priority from the line.
    Journal,
    /// Time in UTC, then the level.
    Plain,
}

/// Tells what time it is.
pub type TellTime = Box<dyn Fn() -> Now + Send + Sync>;

/// Writes records as lines. Cheap to share; the level can be changed while it is in use.
pub struct Logger {
    style: Style,
    now: TellTime,
    redactor: Arc<Redactor>,
    out: Mutex<Out>,
    levels: Levels,
}

/// Where lines go, and what was written lately.
struct Out {
    sink: Box<dyn Write + Send>,
    journal: Option<Journal>,
    folds: fold::Folds,
}

impl Logger {
    /// A logger that writes to `sink`.
    pub fn new(
        level: LevelFilter,
        style: Style,
        now: TellTime,
        redactor: Arc<Redactor>,
        sink: Box<dyn Write + Send>,
    ) -> Arc<Self> {
        let out = Mutex::new(Out { sink, journal: None, folds: fold::Folds::default() });
        Arc::new(Self { style, now, redactor, out, levels: Levels::new(level) })
    }

    /// From now on lines go to the journal's own socket, and to the sink only when that is not reached.
    pub fn to_journal(&self, journal: Journal) {
        self.lock().journal = Some(journal);
    }

    /// Writes how often repeated lines came, where their time is over.
    pub fn tell_repeats(&self) {
        let mut out = self.lock();
        let due = out.folds.due((self.now)().mono);
        self.write(&mut out, &due);
    }

    fn lock(&self) -> MutexGuard<'_, Out> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, out: &mut Out, lines: &[Line]) {
        for line in lines {
            if out.journal.as_ref().is_some_and(|journal| journal.send(line).is_ok()) {
                continue;
            }
            let mut text = line.shown(self.style, &self.now);
            text.push('\n');
            // A log that cannot be written has nowhere to say so, and stops no work.
            let _ = out.sink.write_all(text.as_bytes());
        }
    }

    /// Makes it the program's log, of panics too.
    ///
    /// # Errors
    /// When the program has one already.
    pub fn install(self: &Arc<Self>) -> Result<(), log::SetLoggerError> {
        log::set_boxed_logger(Box::new(Installed(Arc::clone(self))))?;
        log::set_max_level(self.levels.most((self.now)().mono));
        // The message of a panic may hold anything: it takes the same way as every other line.
        std::panic::set_hook(Box::new(|panic| {
            let text = panic.payload_as_str().unwrap_or("no message");
            match panic.location() {
                Some(at) => log::error!("internal error at {}:{}: {text}", at.file(), at.line()),
                None => log::error!("internal error: {text}"),
            }
        }));
        Ok(())
    }

    /// What is logged now.
    pub fn level(&self) -> LevelFilter {
        self.levels.now(|| (self.now)().mono)
    }

    /// What is logged when nothing else was asked for.
    pub fn usual_level(&self) -> LevelFilter {
        self.levels.usual()
    }

    /// Changes what is usually logged, at once. What was asked for a while goes on to its end.
    pub fn set_level(&self, level: LevelFilter) {
        self.levels.set(level, (self.now)().mono);
    }

    /// Changes what is logged for a while, from now on; then it is the usual level again. Tells when
    /// that is.
    pub fn set_level_for(&self, level: LevelFilter, lasts: Delay) -> Timestamp {
        let now = (self.now)();
        self.levels.set_until(level, now.mono.after(lasts), now.mono);
        now.wall.after(lasts)
    }

    fn wants(&self, metadata: &Metadata) -> bool {
        // Libraries log whole requests at their lower levels; theirs are shown from a warning on.
        let ours = ["linnstream", "tui"].iter().any(|name| {
            metadata
                .target()
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        });
        let level = self.level();
        metadata.level() <= if ours { level } else { level.min(LevelFilter::Warn) }
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata) -> bool {
        self.wants(metadata)
    }

    fn log(&self, record: &Record) {
        if !self.wants(record.metadata()) {
            return;
        }
        let line = Line::of(record, &self.redactor);
        let now = (self.now)().mono;
        let mut out = self.lock();
        let written = out.folds.take(line, now);
        self.write(&mut out, &written);
    }

    /// Every count that is still held back is written.
    fn flush(&self) {
        let now = (self.now)().mono;
        let mut out = self.lock();
        let held_back = out.folds.all(now);
        self.write(&mut out, &held_back);
        let _ = out.sink.flush();
    }
}

/// What the `log` crate owns: a share of the logger, whose level others still change.
struct Installed(Arc<Logger>);

impl Log for Installed {
    fn enabled(&self, metadata: &Metadata) -> bool {
        self.0.enabled(metadata)
    }

    fn log(&self, record: &Record) {
        self.0.log(record);
    }

    fn flush(&self) {
        self.0.flush();
    }
}

#[cfg(test)]
mod tests;
