//! The process environment, as far as it is ours to read: once, here, at the start. (The command
//! line's own `$LINNSTREAM_CONFIG` is read by its parser.)
//!
//! Proxy variables are not consulted, on purpose: what leaves the machine is in the file.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use crate::domain::time::Delay;

/// What the environment says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Where systemd put the credentials of the unit (`$CREDENTIALS_DIRECTORY`).
    pub credentials_directory: Option<PathBuf>,
    /// Name of this machine; the default of `site.name`.
    pub host_name: Option<String>,
    /// Whether stderr is the journal (`$JOURNAL_STREAM` names the file that stderr is).
    pub stderr_is_journal: bool,
    /// Whether the terminal is to be left without colours (`$NO_COLOR`, or `$TERM` is `dumb`).
    pub plain_terminal: bool,
    /// Whether the terminal shows ASCII alone: `$TERM` is `dumb`, or the locale is not UTF-8.
    pub ascii_terminal: bool,
    /// Where the service manager is told how we are (`$NOTIFY_SOCKET`, sd_notify(3)).
    pub notify_socket: Option<OsString>,
    /// How often the service manager wants to hear that the work goes on (`$WATCHDOG_USEC`); `None` when it
    /// does not, or wants it of another process (`$WATCHDOG_PID`).
    pub watchdog: Option<Delay>,
}

impl Environment {
    /// Reads it. The only function that looks at the process environment.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn of_process() -> Self {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let dumb = set("TERM").is_some_and(|term| term == "dumb");
        // The first of them that is set decides, as everywhere.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
        let utf8 = locale.is_some_and(|locale| {
            let locale = locale.to_string_lossy().to_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        let host = rustix::system::uname().nodename().to_str().map(str::to_owned);
        Self {
            credentials_directory: set("CREDENTIALS_DIRECTORY").map(PathBuf::from),
            host_name: host.ok().filter(|name| !name.is_empty()),
            stderr_is_journal: set("JOURNAL_STREAM")
                .is_some_and(|stream| stream.to_str().is_some_and(is_stderr)),
            plain_terminal: dumb || set("NO_COLOR").is_some(),
            ascii_terminal: dumb || !utf8,
            notify_socket: set("NOTIFY_SOCKET"),
            watchdog: watchdog(
                set("WATCHDOG_USEC").as_deref().and_then(OsStr::to_str),
                set("WATCHDOG_PID").as_deref().and_then(OsStr::to_str),
                std::process::id(),
            ),
        }
    }
}

/// Whether `DEVICE:INODE` (systemd.exec(5), `JOURNAL_STREAM`) is what stderr writes to. The variable
/// is inherited by children whose stderr goes elsewhere, so that it is set proves nothing.
fn is_stderr(stream: &str) -> bool {
    let Ok(stat) = rustix::fs::fstat(std::io::stderr()) else { return false };
    stream == format!("{}:{}", stat.st_dev, stat.st_ino)
}

/// The interval of a watchdog that is meant for the process `own`.
fn watchdog(usec: Option<&str>, pid: Option<&str>, own: u32) -> Option<Delay> {
    let ours = pid.is_none_or(|pid| pid.parse() == Ok(own));
    let usec: u64 = usec?.parse().ok()?;
    (ours && usec >= 1000).then_some(Delay(usec / 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watchdog_of_another_process_is_not_ours_to_feed() {
        assert_eq!(watchdog(Some("30000000"), None, 7), Some(Delay::secs(30)));
        assert_eq!(watchdog(Some("30000000"), Some("7"), 7), Some(Delay::secs(30)));
        assert_eq!(watchdog(Some("30000000"), Some("8"), 7), None);
        assert_eq!(watchdog(Some("soon"), None, 7), None);
        assert_eq!(watchdog(Some("0"), None, 7), None, "switched off");
        assert_eq!(watchdog(None, Some("7"), 7), None);
    }

    #[test]
    fn a_journal_stream_of_another_file_is_not_the_journal() {
        assert!(!is_stderr("0:0"));
        assert!(!is_stderr("nonsense"));
    }
}
