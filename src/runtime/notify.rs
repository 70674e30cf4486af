//! What the service manager is told (sd_notify(3)): one datagram to the socket that it named. Without one nobody is
//! told, which is the same as far as everybody else goes.

use std::ffi::OsStr;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::clock;

/// A service manager that does not take a word within this is passed over: it must not hold up the work.
const SEND_WITHIN: Duration = Duration::from_secs(1);

/// Longest status line: it is shown on one line of a terminal.
const STATUS_CHARS_MAX: usize = 200;

/// Tells the service manager.
pub(super) struct Notifier {
    to: Option<(UnixDatagram, SocketAddr)>,
    stopping: AtomicBool,
}

impl Notifier {
    /// Tells the one that listens there: a path, or `@` and a name without a file.
    pub(super) fn to(socket: Option<&OsStr>) -> Self {
        let to = socket.and_then(|socket| {
            let open = || -> std::io::Result<_> {
                let address = match socket.as_bytes().strip_prefix(b"@") {
                    Some(name) => SocketAddr::from_abstract_name(name)?,
                    None => SocketAddr::from_pathname(socket)?,
                };
                let from = UnixDatagram::unbound()?;
                from.set_write_timeout(Some(SEND_WITHIN))?;
                Ok((from, address))
            };
            match open() {
                Ok(to) => Some(to),
                Err(error) => {
                    log::warn!(
                        "the service manager cannot be told anything at its socket: {error}"
                    );
                    None
                }
            }
        });
        Self { to, stopping: AtomicBool::new(false) }
    }

    /// Whether anybody listens.
    pub(super) const fn is_heard(&self) -> bool {
        self.to.is_some()
    }

    /// Whether the end has begun.
    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// The work has begun, or goes on after a reload.
    pub(super) fn ready(&self) {
        // Too late once it ends: a reload may still have been under way.
        if !self.is_stopping() {
            self.say("READY=1");
        }
    }

    /// The configuration is being read again.
    pub(super) fn reloading(&self) {
        self.say(&format!("RELOADING=1\nMONOTONIC_USEC={}", clock::monotonic_usec()));
    }

    /// The end has begun.
    pub(super) fn stopping(&self) {
        self.stopping.store(true, Ordering::Release);
        self.say("STOPPING=1\nSTATUS=stopping: calls under way may finish, nothing new is begun");
    }

    /// The work goes on.
    pub(super) fn alive(&self) {
        self.say("WATCHDOG=1");
    }

    /// What `systemctl status` shows.
    pub(super) fn status(&self, text: &str) {
        if self.is_stopping() {
            return;
        }
        // A line break would begin another assignment.
        let line: String = crate::logging::one_line(text).chars().take(STATUS_CHARS_MAX).collect();
        self.say(&format!("STATUS={line}"));
    }

    fn say(&self, text: &str) {
        let Some((from, address)) = &self.to else { return };
        if let Err(error) = from.send_to_addr(text.as_bytes(), address) {
            log::warn!("the service manager could not be told that the state changed: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listening(address: &SocketAddr) -> UnixDatagram {
        let socket = UnixDatagram::bind_addr(address).expect("bound");
        socket.set_read_timeout(Some(Duration::from_secs(30))).expect("set");
        socket
    }

    fn heard(socket: &UnixDatagram) -> String {
        let mut bytes = [0; 4096];
        let length = socket.recv(&mut bytes).expect("a datagram");
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    }

    #[test]
    fn a_name_without_a_file_is_reached_and_a_status_is_one_short_line() {
        let name = format!("linnstream-test-{}", std::process::id());
        let socket = listening(&SocketAddr::from_abstract_name(&name).expect("a name"));
        let notifier = Notifier::to(Some(OsStr::new(&format!("@{name}"))));
        notifier.ready();
        assert_eq!(heard(&socket), "READY=1");
        notifier.status(&format!("a\nWATCHDOG=1{}", "x".repeat(999)));
        let status = heard(&socket);
        assert!(status.starts_with("STATUS=a\\nWATCHDOG=1x"), "{status}");
        assert_eq!(status.chars().count(), "STATUS=".len() + STATUS_CHARS_MAX);
    }

    #[test]
    fn a_reload_that_ends_after_the_end_began_is_not_told() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("notify");
        let socket = listening(&SocketAddr::from_pathname(&path).expect("a path"));
        let notifier = Notifier::to(Some(path.as_os_str()));
        notifier.reloading();
        let told = heard(&socket);
        let moment = told.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").expect("with its moment");
        assert!(moment.parse::<u64>().is_ok_and(|usec| usec > 0), "{told}");
        notifier.stopping();
        assert!(heard(&socket).starts_with("STOPPING=1\n"));
        notifier.ready();
        notifier.status("all is well");
        notifier.alive();
        assert_eq!(heard(&socket), "WATCHDOG=1");
    }

    #[test]
    fn without_a_service_manager_nobody_is_told() {
        for socket in [None, Some(OsStr::new("/nowhere/notify")), Some(OsStr::new("@"))] {
            Notifier::to(socket).ready();
        }
        assert!(!Notifier::to(None).is_heard());
    }
}
