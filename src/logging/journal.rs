//! The journal's own socket: each line with its ids as fields of their own, so that
//! `journalctl ORDER=104512` finds everything about one order.
//!
//! One datagram a line: `NAME=value`, or for a value with a line break the name, the length as eight bytes and the
//! value (systemd.io/JOURNAL_NATIVE_PROTOCOL). Lines are bounded, so a datagram always holds one.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::line::{Line, priority};

/// Where the journal listens.
pub const JOURNAL_SOCKET: &str = "/run/systemd/journal/socket";

/// A journal that does not take a line within this is passed over: the log must not hold up the work.
const SEND_WITHIN: Duration = Duration::from_secs(1);

/// Longest name of a field that the journal takes.
const NAME_BYTES_MAX: usize = 64;

/// Fields that are written here and by nobody else.
const OWN_NAMES: [&str; 4] = ["MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "TARGET"];

/// The journal of the system.
pub struct Journal {
    socket: UnixDatagram,
    path: PathBuf,
}

impl Journal {
    /// The journal that listens at this path. Whether it does is found out with each line: one that is started
    /// again is reached again.
    ///
    /// # Errors
    /// When the system gives no socket.
    pub fn at(path: &Path) -> io::Result<Self> {
        let socket = UnixDatagram::unbound()?;
        socket.set_write_timeout(Some(SEND_WITHIN))?;
        Ok(Self { socket, path: path.to_owned() })
    }

    /// Hands over one line.
    pub(super) fn send(&self, line: &Line) -> io::Result<()> {
        self.socket.send_to(&datagram(line), &self.path).map(|_| ())
    }
}

fn datagram(line: &Line) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    put(&mut bytes, "MESSAGE", &line.whole());
    put(&mut bytes, "PRIORITY", &priority(line.level).to_string());
    put(&mut bytes, "SYSLOG_IDENTIFIER", "linnstream");
    put(&mut bytes, "TARGET", &line.target);
    for (key, value) in &line.fields {
        if let Some(name) = name_of(key) {
            put(&mut bytes, &name, value);
        }
    }
    bytes
}

fn put(bytes: &mut Vec<u8>, name: &str, value: &str) {
    bytes.extend_from_slice(name.as_bytes());
    if value.contains('\n') {
        bytes.push(b'\n');
        bytes.extend_from_slice(&(value.len() as u64).to_le_bytes());
    } else {
        bytes.push(b'=');
    }
    bytes.extend_from_slice(value.as_bytes());
    bytes.push(b'\n');
}

/// A key as the journal names fields: capitals, digits and underlines, a letter first. `None` for one that it would
/// not take, or that is not to be replaced.
fn name_of(key: &str) -> Option<String> {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let name: String = key.chars().map(plain).collect();
    let letter = name.chars().next().is_some_and(|first| first.is_ascii_uppercase());
    (letter && name.len() <= NAME_BYTES_MAX && !OWN_NAMES.contains(&name.as_str())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_becomes_a_name_that_the_journal_takes() {
        assert_eq!(name_of("order").as_deref(), Some("ORDER"));
        assert_eq!(name_of("request_id").as_deref(), Some("REQUEST_ID"));
        assert_eq!(name_of("a b.c").as_deref(), Some("A_B_C"));
        for refused in ["", "_trusted", "9th", "message", "Priority", &"x".repeat(65)] {
            assert_eq!(name_of(refused), None, "{refused}");
        }
    }

    #[test]
    fn a_value_with_a_line_break_is_written_with_its_length() {
        let mut bytes = Vec::new();
        put(&mut bytes, "A", "x=y");
        put(&mut bytes, "B", "1\n2");
        assert_eq!(bytes, b"A=x=y\nB\n\x03\0\0\0\0\0\0\x001\n2\n");
    }
}
