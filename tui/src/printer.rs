//! A text handed to the command that prints, on a thread of its own: a printer that hangs holds up no key.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use crate::app::Message;
use crate::text;

/// A command takes its text within this; the printing itself is the spooler's.
const PRINT_MAX: Duration = Duration::from_secs(20);

/// How often it is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What a command says against it is read up to here.
const WORDS_BYTES_MAX: u64 = 4_096;

/// Starts to print; what became of it comes as a message.
pub(crate) fn print(
    command: String,
    name: String,
    text: String,
    to: Sender<Message>,
) -> std::io::Result<()> {
    std::thread::Builder::new().name("printer".into()).spawn(move || {
        let said = match printed(&command, text, PRINT_MAX) {
            Ok(()) => format!("The sheet of {name} went to the printer."),
            Err(why) => format!("The sheet of {name} was not printed: {why}."),
        };
        // Nobody is left who could be told.
        let _ = to.send(Message::Printed(said));
    })?;
    Ok(())
}

/// Runs the command with the text on its stdin; else says why it failed.
fn printed(command: &str, text: String, most: Duration) -> Result<(), String> {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", command]);
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = shell.spawn().map_err(|error| format!("/bin/sh does not start: {error}"))?;
    let stdin = child.stdin.take();
    // One that reads nothing would hold up whoever writes.
    std::thread::spawn(move || {
        if let Some(mut stdin) = stdin {
            let _ = stdin.write_all(text.as_bytes());
        }
    });
    let (words, said) = channel();
    if let Some(stderr) = child.stderr.take() {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stderr.take(WORDS_BYTES_MAX).read_to_end(&mut bytes);
            let _ = words.send(String::from_utf8_lossy(&bytes).trim().to_owned());
        });
    }
    let Some(status) = ended(&mut child, most) else {
        return Err(format!("{} took longer than {} s", shown(command), most.as_secs()));
    };
    if status.success() {
        return Ok(());
    }
    let said = said.recv_timeout(LOOK_EVERY * 5).unwrap_or_default();
    let first = said.lines().next().unwrap_or_default();
    let words = if first.is_empty() { status.to_string() } else { text::cut(first, 120) };
    Err(format!("{} says: {words}", shown(command)))
}

fn shown(command: &str) -> String {
    format!("\"{}\"", text::cut(command, 40))
}

/// How it ended; one that does not is killed.
fn ended(child: &mut Child, most: Duration) -> Option<ExitStatus> {
    let mut waited = Duration::ZERO;
    while waited < most {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        std::thread::park_timeout(LOOK_EVERY);
        waited += LOOK_EVERY;
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    #[test]
    fn the_command_gets_the_sheet_on_its_stdin() {
        let folder = tempfile::tempdir().expect("a folder");
        let paper = folder.path().join("paper");
        let command = format!("cat > '{}'", paper.display());
        let sheet = "RUN 03\n".repeat(20_000);
        assert_eq!(printed(&command, sheet.clone(), SOON), Ok(()));
        assert_eq!(std::fs::read_to_string(&paper).expect("printed"), sheet);
    }

    #[test]
    fn what_went_wrong_is_told_in_the_words_of_the_command() {
        let why =
            printed("echo no such printer >&2; exit 3", "x".into(), SOON).expect_err("failed");
        assert!(why.ends_with("says: no such printer"), "{why}");
        let why = printed("exit 3", "x".into(), SOON).expect_err("failed");
        assert!(why.contains("exit status: 3"), "{why}");
        // One that reads nothing and one that is not there are no reason to hang.
        assert_eq!(printed("true", "x".repeat(1_000_000), SOON), Ok(()));
        assert!(printed("no-such-printer-command", "x".into(), SOON).is_err());
    }

    #[test]
    fn a_printer_that_hangs_is_given_up() {
        let why = printed("exec sleep 600", "x".into(), Duration::from_millis(100));
        assert!(why.expect_err("given up").contains("took longer than"));
    }

    #[test]
    fn what_became_of_it_comes_as_a_message() {
        let (to, messages) = channel();
        print("cat > /dev/null".into(), "RUN 03".into(), "sheet".into(), to).expect("started");
        let message = messages.recv_timeout(SOON).expect("told");
        assert!(
            matches!(message, Message::Printed(text) if text.contains("RUN 03 went to the printer"))
        );
    }
}
