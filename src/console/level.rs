//! The log level for a while.

use log::LevelFilter;
use tui::protocol::views::LogLevelView;
use tui::protocol::{ErrorKind, Reply};

use crate::domain::time::Delay;
use crate::logging::Logger;

/// Longest while: more than a working day of lines at the lowest level fills disks, and a level that
/// is to stay belongs in the configuration.
const LASTS_MAX: Delay = Delay::mins(24 * 60);

/// Changes the level and says until when.
pub(super) fn answer(logger: &Logger, word: &str, lasts_ms: u64) -> Reply {
    let bad = |text: String| Reply::Error { kind: ErrorKind::BadRequest, text };
    let level = match word.parse::<LevelFilter>() {
        Ok(level) if level != LevelFilter::Off => level,
        Ok(_) | Err(_) => {
            return bad(format!("{word:?} is no level: error, warn, info, debug or trace"));
        }
    };
    if lasts_ms == 0 || lasts_ms > LASTS_MAX.0 {
        return bad("a level lasts from 1 ms to 24 hours; for longer set log.level".to_owned());
    }
    let then = word_of(logger.usual_level());
    let word = word_of(level);
    let until = logger.set_level_for(level, Delay(lasts_ms));
    log::info!("logging at {word} until {}, then at {then} again", until.rfc3339());
    Reply::LogLevel(LogLevelView { level: word, until: until.0, then })
}

fn word_of(level: LevelFilter) -> String {
    level.as_str().to_lowercase()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::time::{Moment, Now, Timestamp};
    use crate::logging::{Redactor, Style};

    fn logger() -> Arc<Logger> {
        let now = Box::new(|| Now { wall: Timestamp(5), mono: Moment(1) });
        let redactor = Arc::new(Redactor::default());
        Logger::new(LevelFilter::Info, Style::Plain, now, redactor, Box::new(std::io::sink()))
    }

    #[test]
    fn a_level_is_set_for_a_while_and_what_comes_after_is_said() {
        let logger = logger();
        let view = LogLevelView { level: "debug".into(), until: 60_005, then: "info".into() };
        assert_eq!(answer(&logger, "debug", 60_000), Reply::LogLevel(view));
        assert_eq!((logger.level(), logger.usual_level()), (LevelFilter::Debug, LevelFilter::Info));
    }

    #[test]
    fn a_level_or_a_while_that_makes_no_sense_changes_nothing() {
        let logger = logger();
        for (word, lasts) in [("loud", 1), ("off", 1), ("debug", 0), ("debug", LASTS_MAX.0 + 1)] {
            let Reply::Error { kind: ErrorKind::BadRequest, text } = answer(&logger, word, lasts)
            else {
                panic!("accepted: {word} {lasts}");
            };
            assert!(text.contains(" to 24 hours") || text.contains("trace"), "{text}");
            assert_eq!(logger.level(), LevelFilter::Info);
        }
    }
}
