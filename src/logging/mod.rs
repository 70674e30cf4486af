//! The log: one plain line per fact on stderr, every line cleaned of secrets before it is written.
//!
//! Under the journal a line carries its priority and no time (`<6>text`, sd-daemon(3)); elsewhere a
//! time and a level. The time comes from the clock that is handed in. This module knows nothing of
//! orders: ids come as fields of the record and stand at the end of the line as `name=value`.
//!
//! - `level`: what is logged, for good and for a while
//! - `redact`: what must not be shown, and its replacement; usable on its own
//! - `personal`: what points at a person in texts of others
//! - `line`: one record as one bounded line

mod level;
mod line;
mod personal;
mod redact;

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use log::{LevelFilter, Log, Metadata, Record};

use level::Levels;
pub use line::{LINE_BYTES_MAX, one_line};
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
    sink: Mutex<Box<dyn Write + Send>>,
    levels: Levels,
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
        Arc::new(Self { style, now, redactor, sink: Mutex::new(sink), levels: Levels::new(level) })
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
        let mut line = line::line(record, self.style, &self.now, &self.redactor);
        line.push('\n');
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that cannot be written has nowhere to say so, and stops no work.
        let _ = sink.write_all(line.as_bytes());
    }

    fn flush(&self) {
        let _ = self.sink.lock().unwrap_or_else(PoisonError::into_inner).flush();
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
mod tests {
    use log::Level;
    use secrecy::SecretString;

    use super::*;
    use crate::domain::time::Moment;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("no panic").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Kept {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().expect("no panic").clone()).expect("text")
        }
    }

    fn logger(style: Style) -> (Arc<Logger>, Kept, Arc<Redactor>) {
        let kept = Kept::default();
        let redactor = Arc::new(Redactor::default());
        let now = Box::new(|| Now { wall: Timestamp(0), mono: Moment(0) });
        let sink = Box::new(kept.clone());
        let logger = Logger::new(LevelFilter::Info, style, now, Arc::clone(&redactor), sink);
        (logger, kept, redactor)
    }

    fn say(logger: &Logger, target: &str, level: Level, text: &str) {
        logger.log(
            &Record::builder().target(target).level(level).args(format_args!("{text}")).build(),
        );
    }

    #[test]
    fn under_the_journal_a_line_begins_with_its_priority() {
        let (logger, kept, _) = logger(Style::Journal);
        say(&logger, "linnstream::poll", Level::Error, "a");
        say(&logger, "linnstream::poll", Level::Warn, "b");
        say(&logger, "linnstream::poll", Level::Info, "c\n<0>forged");
        assert_eq!(kept.text(), "<3>a\n<4>b\n<6>c\\n<0>forged\n");
    }

    #[test]
    fn elsewhere_a_line_begins_with_its_time_and_level() {
        let (logger, kept, _) = logger(Style::Plain);
        say(&logger, "linnstream", Level::Warn, "late");
        assert_eq!(kept.text(), "1970-01-01T00:00:00.000Z WARN  late\n");
    }

    #[test]
    fn fields_stand_at_the_end_and_are_cleaned_too() {
        let (logger, kept, redactor) = logger(Style::Journal);
        redactor.register(&SecretString::from("canary"));
        let fields: [(&str, &str); 2] = [("order", "100001"), ("note", "canary of a@b.example")];
        logger.log(
            &Record::builder()
                .target("linnstream")
                .level(Level::Info)
                .args(format_args!("sent"))
                .key_values(&fields)
                .build(),
        );
        assert_eq!(kept.text(), "<6>sent order=100001 note=*** of ***@***\n");
    }

    #[test]
    fn the_level_changes_while_running() {
        let (logger, kept, _) = logger(Style::Journal);
        say(&logger, "linnstream", Level::Debug, "before");
        logger.set_level(LevelFilter::Debug);
        say(&logger, "linnstream", Level::Debug, "during");
        logger.set_level(LevelFilter::Off);
        say(&logger, "linnstream", Level::Error, "after");
        assert_eq!(kept.text(), "<7>during\n");
    }

    #[test]
    fn libraries_are_heard_from_a_warning_on_at_every_level() {
        let (logger, kept, _) = logger(Style::Journal);
        logger.set_level(LevelFilter::Trace);
        say(&logger, "ureq::run", Level::Debug, "Authorization: x");
        say(&logger, "linnstreamer", Level::Info, "not ours");
        say(&logger, "rustls", Level::Warn, "odd");
        assert_eq!(kept.text(), "<4>odd\n");
    }
}
