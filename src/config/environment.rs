//! The process environment, as far as it is ours to read: once, here, at the start. (The command
//! line's own `$LINNSTREAM_CONFIG` is read by its parser.)
//!
//! Proxy variables are not consulted, on purpose: what leaves the machine is in the file.

use std::path::{Path, PathBuf};

/// The folder beside the configuration file that stands in for the credentials directory of systemd.
pub const CREDENTIALS_FOLDER: &str = "credentials";

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

/// Whether `DEVICE:INODE` (systemd.exec(5), `JOURNAL_STREAM`) is what stderr writes to. The variable
/// is inherited by children whose stderr goes elsewhere, so that it is set proves nothing.
fn is_stderr(stream: &str) -> bool {
    let Ok(stat) = rustix::fs::fstat(std::io::stderr()) else { return false };
    stream == format!("{}:{}", stat.st_dev, stat.st_ino)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_journal_stream_of_another_file_is_not_the_journal() {
        assert!(!is_stderr("0:0"));
        assert!(!is_stderr("nonsense"));
    }
}
