//! A terminal for a program under test: a pty, and a model of what a person sees on it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use super::{DEADLINE, moment};

/// A program in a terminal.
pub struct Terminal {
    pub child: Child,
    master: Option<File>,
    /// Kept open, so that its modes can be looked at after the program has ended.
    slave: File,
    seen: Arc<Mutex<vt100::Parser>>,
}

fn winsize(columns: u16, rows: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}

impl Terminal {
    /// Starts a program in a terminal of its own: a session with it as controlling terminal, so that
    /// resizing and hanging up reach it as signals.
    pub fn start(program: &Command, (columns, rows): (u16, u16)) -> Self {
        let master: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pty");
        grantpt(&master).expect("granted");
        unlockpt(&master).expect("unlocked");
        let name = ptsname(&master, Vec::new()).expect("a name").into_string().expect("text");
        let open = || {
            let mut options = File::options();
            options.read(true).write(true);
            std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, 0o400);
            options.open(&name).expect("opened")
        };
        let slave = open();
        tcsetwinsize(&slave, winsize(columns, rows)).expect("sized");
        let stdio = || Stdio::from(open());
        let mut command = Command::new("setsid");
        command.args(["--ctty", "--wait"]).arg(program.get_program()).args(program.get_args());
        command.env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8").env_remove("NO_COLOR");
        // A backtrace would push off the screen what is looked for on it.
        command.env_remove("RUST_BACKTRACE");
        let child =
            command.stdin(stdio()).stdout(stdio()).stderr(stdio()).spawn().expect("it starts");
        let master = File::from(master);
        let seen = Arc::new(Mutex::new(vt100::Parser::new(rows, columns, 0)));
        let (mut reader, parser) = (master.try_clone().expect("cloned"), seen.clone());
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                parser.lock().unwrap_or_else(PoisonError::into_inner).process(&bytes[..count]);
            }
        });
        Self { child, master: Some(master), slave, seen }
    }

    pub fn screen(&self) -> String {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).screen().contents()
    }

    pub fn press(&mut self, keys: &str) {
        let master = self.master.as_mut().expect("not hung up");
        master.write_all(keys.as_bytes()).expect("typed");
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        let parser = &mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        parser.screen_mut().set_size(rows, columns);
        tcsetwinsize(&self.slave, winsize(columns, rows)).expect("sized");
    }

    /// The line is cut.
    pub fn hang_up(&mut self) {
        self.master = None;
    }

    /// Waits until a text is on the screen; answers how long it took.
    pub fn wait_for(&self, text: &str) -> Duration {
        self.wait_until(text, |screen| screen.contains(text))
    }

    pub fn wait_until(&self, what: &str, there: impl Fn(&str) -> bool) -> Duration {
        let (mut waited, pause) = (Duration::ZERO, Duration::from_millis(10));
        while !there(&self.screen()) {
            assert!(waited < DEADLINE, "not on the screen: {what}\n{}", self.screen());
            moment(pause);
            waited += pause;
        }
        waited
    }

    pub fn ended(&mut self) -> ExitStatus {
        let mut waited = Duration::ZERO;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            assert!(waited < DEADLINE, "it does not end\n{}", self.screen());
            moment(Duration::from_millis(10));
            waited += Duration::from_millis(10);
        }
    }

    /// Whether the terminal is as it was before: its own screen, a cursor, no mouse, lines and echo.
    pub fn is_clean(&self) -> Result<(), String> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let screen = seen.screen();
        let modes = tcgetattr(&self.slave).expect("its modes").local_modes;
        let checks = [
            (screen.alternate_screen(), "the alternate screen is still shown"),
            (screen.hide_cursor(), "the cursor is hidden"),
            (
                screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None,
                "the mouse is still taken",
            ),
            (!modes.contains(LocalModes::ICANON), "lines are not read as lines"),
            (!modes.contains(LocalModes::ECHO), "what is typed is not shown"),
        ];
        match checks.iter().find(|(bad, _)| *bad) {
            Some((_, what)) => Err((*what).to_owned()),
            None => Ok(()),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
