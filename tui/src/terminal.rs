//! The terminal taken and given back: after leaving, a signal, a panic or a lost connection alike.

use std::io::{self, Write as _};
use std::sync::mpsc::Sender;

use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::event::{
    DisableMouseCapture, EnableMouseCapture, Event, KeyEventKind, MouseButton, MouseEventKind, read,
};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::app::Message;

/// Given back when it is dropped.
pub struct Taken;

impl Taken {
    /// Takes it.
    ///
    /// # Errors
    /// When stdout is no terminal.
    pub fn take(mouse: bool) -> io::Result<Self> {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            before(panic);
        }));
        enable_raw_mode()?;
        let taken = Self;
        execute!(io::stdout(), EnterAlternateScreen)?;
        set_mouse(mouse)?;
        Ok(taken)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        give_back();
    }
}

/// Each step whatever became of the others: the terminal may be gone.
fn give_back() {
    let _ = execute!(io::stdout(), DisableMouseCapture);
    let _ = execute!(io::stdout(), LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
}

/// Whether the mouse is ours.
pub(crate) fn set_mouse(ours: bool) -> io::Result<()> {
    if ours {
        execute!(io::stdout(), EnableMouseCapture)
    } else {
        execute!(io::stdout(), DisableMouseCapture)
    }
}

/// Puts a text on the clipboard of the terminal, also over ssh (OSC 52).
pub(crate) fn copy(text: &str) -> io::Result<()> {
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD.encode(text);
    let mut out = io::stdout();
    write!(out, "\x1b]52;c;{encoded}\x07")?;
    out.flush()
}

/// What comes from outside: input, or the end.
pub(crate) enum Outside {
    /// A message for the model.
    Message(Message),
    /// The terminal is gone, or somebody ended us.
    End,
}

/// Reads input and signals on threads of their own.
pub(crate) fn listen(to: Sender<Outside>) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    let ended = to.clone();
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        if signals.forever().next().is_some() {
            let _ = ended.send(Outside::End);
        }
    })?;
    std::thread::Builder::new().name("input".into()).spawn(move || {
        loop {
            let Ok(event) = read() else {
                let _ = to.send(Outside::End);
                return;
            };
            if let Some(message) = message(event)
                && to.send(Outside::Message(message)).is_err()
            {
                return;
            }
        }
    })?;
    Ok(())
}

fn message(event: Event) -> Option<Message> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => Some(Message::Key(key)),
        Event::Resize(columns, rows) => Some(Message::Resize(columns, rows)),
        Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::ScrollDown => Some(Message::Wheel(true)),
            MouseEventKind::ScrollUp => Some(Message::Wheel(false)),
            MouseEventKind::Down(MouseButton::Left) => {
                Some(Message::Click(mouse.column, mouse.row))
            }
            _ => None,
        },
        _ => None,
    }
}
