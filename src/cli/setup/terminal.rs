//! Questions at a terminal. Secrets are read without being shown, and the terminal is as it was after each.
//!
//! Lines are left to the terminal itself, with its own editing; Ctrl-C ends the program there as everywhere.
//! While a secret is read the terminal gives us every key at once, so Ctrl-C is ours to answer: first the
//! echo is switched on again.

use std::io::{self, BufRead, Read as _, Write as _};

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use zeroize::Zeroizing;

use crate::cli::{Exit, Failed};

/// Longest answer: an address line has some tens of characters, a token some hundreds.
const ANSWER_BYTES_MAX: u64 = 4096;

/// Keys while a secret is read.
const CTRL_C: u8 = 0x03;
const CTRL_D: u8 = 0x04;
const BACKSPACE: u8 = 0x08;
const CTRL_U: u8 = 0x15;
const DELETE: u8 = 0x7f;

/// The terminal that asks and answers.
pub(super) struct Terminal;

/// Gives every key at once and shows none, until it is dropped.
struct Hidden(Termios);

impl Hidden {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut modes = before.clone();
        modes.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        // What was typed before the question was not meant for it, and was shown.
        tcsetattr(io::stdin(), OptionalActions::Flush, &modes)?;
        Ok(Self(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin(), OptionalActions::Drain, &self.0);
    }
}

pub(super) fn broken_off() -> Failed {
    Failed::new(Exit::No, "setup was broken off; nothing was written")
}

fn failed(error: io::Error) -> Failed {
    Failed::new(Exit::Internal, format!("the terminal cannot be used: {error}"))
}

/// A line for people.
pub(super) fn say(text: &str) {
    let clean: String =
        text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
    let _ = writeln!(io::stderr(), "{clean}");
}

impl Terminal {
    /// Asks for a line. Empty when Enter alone was pressed.
    pub(super) fn line(&mut self, question: &str) -> Result<String, Failed> {
        let mut out = io::stderr();
        write!(out, "{question}: ").and_then(|()| out.flush()).map_err(failed)?;
        let mut text = String::new();
        let read = io::stdin().lock().take(ANSWER_BYTES_MAX).read_line(&mut text);
        match read {
            Ok(0) => Err(broken_off()),
            Ok(_) => Ok(text.trim().to_owned()),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(String::new()),
            Err(error) => Err(failed(error)),
        }
    }

    /// Asks for a secret, which is not shown.
    pub(super) fn secret(&mut self, question: &str) -> Result<Zeroizing<String>, Failed> {
        let hidden = Hidden::begin().map_err(failed)?;
        let mut out = io::stderr();
        // After the echo is off: whoever answers a question answers after it.
        write!(out, "{question}: ").and_then(|()| out.flush()).map_err(failed)?;
        let typed = typed(&mut io::stdin().lock().take(ANSWER_BYTES_MAX));
        drop(hidden);
        let _ = writeln!(out);
        typed?.ok_or_else(broken_off)
    }
}

/// The keys up to Enter; `None` when it was broken off.
fn typed(input: &mut impl io::Read) -> Result<Option<Zeroizing<String>>, Failed> {
    let mut bytes = Zeroizing::new(Vec::new());
    let mut key = [0];
    loop {
        match input.read(&mut key) {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        }
        match key[0] {
            b'\r' | b'\n' => break,
            CTRL_C => return Ok(None),
            CTRL_D if bytes.is_empty() => return Ok(None),
            BACKSPACE | DELETE => while bytes.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {},
            CTRL_U => bytes.clear(),
            byte => bytes.push(byte),
        }
    }
    Ok(Some(Zeroizing::new(String::from_utf8_lossy(&bytes).trim().to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(keys: &str) -> Option<String> {
        typed(&mut keys.as_bytes()).expect("read").map(|text| text.to_string())
    }

    #[test]
    fn a_secret_ends_with_enter_and_can_be_corrected() {
        assert_eq!(of("secret\rmore").as_deref(), Some("secret"));
        assert_eq!(of("sex\u{7f}cre\u{7f}\u{7f}\u{8}cret\n").as_deref(), Some("secret"));
        assert_eq!(of("é\u{7f}x\n").as_deref(), Some("x"), "a letter of two bytes goes at once");
        assert_eq!(of("wrong\u{15}right\n").as_deref(), Some("right"));
        assert_eq!(of("\n").as_deref(), Some(""));
    }

    #[test]
    fn it_can_be_broken_off() {
        assert_eq!(of("half\u{3}"), None);
        assert_eq!(of("\u{4}"), None);
        assert_eq!(of("the line is gone"), None);
    }
}
