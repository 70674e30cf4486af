//! The process environment, as far as it is ours to read: once, here, at the start. (The command
//! line's own `$LINNSTREAM_CONFIG` is read by its parser.)
//!
//! Proxy variables are not consulted, on purpose: what leaves the machine is in the file.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The folder beside the configuration file that stands in for the credentials directory of systemd.
pub const CREDENTIALS_FOLDER: &str = "credentials";

use crate::domain::time::Delay;

/// What the environment says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Where systemd put the credentials of the unit (`$CREDENTIALS_DIRECTORY`).
    pub credentials_directory: Option<PathBuf>,
    /// Systemd gave none, and the folder beside the configuration file stands in for it.
    pub credentials_are_beside: bool,
    /// Name of this machine; the default of `site.name`.
    pub host_name: Option<String>,
    /// Whether stderr is the journal (`$JOURNAL_STREAM` names the file that stderr is).
    pub stderr_is_journal: bool,
    /// Whether the terminal is to be left without colours (`$NO_COLOR`, or `$TERM` is `dumb`).
    pub plain_terminal: bool,
    /// Whether the terminal shows ASCII alone: `$TERM` is `dumb`, or the locale is not UTF-8.
    pub ascii_terminal: bool,
    /// Whether the terminal is known to take hyperlinks (OSC 8); others print them as text.
    pub links_terminal: bool,
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
            credentials_are_beside: false,
            host_name: host.ok().filter(|name| !name.is_empty()),
            stderr_is_journal: set("JOURNAL_STREAM")
                .is_some_and(|stream| stream.to_str().is_some_and(is_stderr)),
            plain_terminal: dumb || set("NO_COLOR").is_some(),
            ascii_terminal: dumb || !utf8,
            links_terminal: !dumb && takes_links(set),
            notify_socket: set("NOTIFY_SOCKET"),
            watchdog: watchdog(
                set("WATCHDOG_USEC").as_deref().and_then(OsStr::to_str),
                set("WATCHDOG_PID").as_deref().and_then(OsStr::to_str),
                std::process::id(),
            ),
        }
    }

    /// The environment for this configuration file. The unit hands the files of the folder
    /// [`CREDENTIALS_FOLDER`] beside it over as credentials; a program that systemd did not start, such
    /// as `doctor` at root's terminal, finds them where they are.
    ///
    /// (Rejected: keys in the file that name them. The service's own user cannot read root's files, so
    /// the same file would be right for `doctor` and wrong for the service.)
    #[must_use]
    pub fn beside(&self, file: &Path) -> Self {
        if self.credentials_directory.is_some() {
            return self.clone();
        }
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).join(CREDENTIALS_FOLDER);
        Self { credentials_directory: Some(folder), credentials_are_beside: true, ..self.clone() }
    }
}

/// Names of terminals that take hyperlinks, as `$TERM` begins or `$TERM_PROGRAM` is.
const LINK_TERMS: [&str; 6] =
    ["xterm-kitty", "alacritty", "foot", "xterm-ghostty", "wezterm", "contour"];
const LINK_PROGRAMS: [&str; 6] =
    ["iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "WarpTerminal"];

/// Versions of VTE (GNOME Terminal and its kin) from this one on take them, and none before is safe.
const VTE_MIN: u32 = 5_000;

/// `$FORCE_HYPERLINK` decides, as elsewhere: 0 is no. A multiplexer takes them from some version on and says
/// nothing of it, so within one they are text.
fn takes_links(set: impl Fn(&str) -> Option<std::ffi::OsString>) -> bool {
    let text = |name: &str| set(name).map(|value| value.to_string_lossy().into_owned());
    if let Some(forced) = text("FORCE_HYPERLINK") {
        return forced != "0";
    }
    let term = text("TERM").unwrap_or_default();
    if text("TMUX").is_some() || term.starts_with("screen") || term.starts_with("tmux") {
        return false;
    }
    let program = text("TERM_PROGRAM").unwrap_or_default();
    LINK_TERMS.iter().any(|known| term.starts_with(known))
        || LINK_PROGRAMS.contains(&program.as_str())
        || text("VTE_VERSION")
            .and_then(|version| version.parse().ok())
            .is_some_and(|v: u32| v >= VTE_MIN)
        || text("KONSOLE_VERSION").is_some()
        || text("WT_SESSION").is_some()
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
    fn links_are_for_terminals_that_are_known_to_take_them_or_when_told_so() {
        let takes = |pairs: &[(&str, &str)]| {
            takes_links(|name| {
                let found = pairs.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| std::ffi::OsString::from(value))
            })
        };
        for known in [
            [("TERM", "xterm-kitty")],
            [("TERM", "foot-extra")],
            [("TERM_PROGRAM", "WezTerm")],
            [("VTE_VERSION", "6800")],
            [("KONSOLE_VERSION", "220401")],
            [("FORCE_HYPERLINK", "1")],
        ] {
            assert!(takes(&known), "{known:?}");
            assert!(
                known[0].0 == "FORCE_HYPERLINK" || !takes(&[known[0], ("FORCE_HYPERLINK", "0")])
            );
            assert!(known[0].0 == "FORCE_HYPERLINK" || !takes(&[known[0], ("TMUX", "/tmp/x,1,0")]));
        }
        for unknown in
            [[("TERM", "xterm-256color")], [("TERM", "linux")], [("VTE_VERSION", "4600")]]
        {
            assert!(!takes(&unknown), "{unknown:?}");
        }
        assert!(!takes(&[]));
    }

    #[test]
    fn without_credentials_of_systemd_those_beside_the_file_are_used() {
        let none = Environment::default();
        let beside = none.beside(Path::new("/etc/linnstream/config.toml"));
        let folder = Some(PathBuf::from("/etc/linnstream/credentials"));
        assert_eq!((beside.credentials_directory, beside.credentials_are_beside), (folder, true));
        let here = none.beside(Path::new("config.toml")).credentials_directory;
        assert_eq!(here, Some(PathBuf::from("./credentials")));
        let given = Environment { credentials_directory: Some("/run/c".into()), ..none };
        assert_eq!(given.beside(Path::new("/etc/linnstream/config.toml")), given);
    }

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
