//! The console: messages in, effects out, and the screen drawn when something changed.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

pub use crate::app::Options;
use crate::app::{Effect, Message, Model, update};
use crate::link::Link;
use crate::record::{Recording, Tee, play};
use crate::terminal::{self, Outside, Taken};
use crate::{printer, view};

/// Ages on the screen grow by the second.
const TICK: Duration = Duration::from_secs(1);

/// How it is started.
pub struct RunOptions {
    /// The daemon's socket.
    pub socket: PathBuf,
    /// Our version.
    pub build: String,
    /// How it looks, and whether anything may be changed.
    pub options: Options,
    /// Whether the mouse is ours.
    pub mouse: bool,
    /// Whether the terminal is told which texts are addresses (OSC 8).
    pub links: bool,
    /// The command that prints what comes on its stdin.
    pub printer: Option<String>,
    /// Where to write the session down.
    pub record: Option<PathBuf>,
    /// The local clock, in milliseconds.
    pub clock: Arc<dyn Fn() -> i64 + Send + Sync>,
}

/// Shows the console until somebody leaves.
///
/// # Errors
/// When there is no terminal, or a recording cannot be made.
pub fn run(options: RunOptions) -> io::Result<()> {
    let size = ratatui::crossterm::terminal::size()?;
    let clock = options.clock.clone();
    let recording = match &options.record {
        Some(path) => Some(Recording::begin(path, size, clock.clone())?),
        None => None,
    };
    let _taken = Taken::take(options.mouse)?;
    let mut screen = Terminal::new(CrosstermBackend::new(Tee::new(recording.clone())))?;
    let (to, outside) = channel();
    let (messages, from_daemon) = channel::<Message>();
    terminal::listen(to.clone())?;
    forward(from_daemon, to)?;
    let printer = options.printer.map(|command| Printer { command, to: messages.clone() });
    let link = Link::start(options.socket, options.build, messages)?;
    let mut model = Model::new(options.options, size, clock());
    model.mouse = options.mouse;
    link.watch(model.watch());
    loop {
        screen.draw(|frame| view::draw(&model, frame))?;
        if let Some(link) = options.links.then(|| view::link::find(&model)).flatten() {
            screen.backend_mut().write_all(view::link::sequence(&link).as_bytes())?;
            io::Write::flush(screen.backend_mut())?;
        }
        let mut next = match outside.recv_timeout(TICK) {
            Ok(next) => Some(next),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        };
        let mut effects = update(&mut model, Message::Tick(clock()));
        // Everything that is here already, then one picture of it.
        while let Some(one) = next {
            match one {
                Outside::End => return Ok(()),
                Outside::Message(message) => effects.extend(update(&mut model, message)),
            }
            next = outside.try_recv().ok();
        }
        if let Some(recording) = &recording {
            recording.hold(model.reveal);
        }
        if carry_out(&mut model, &link, printer.as_ref(), effects) {
            return Ok(());
        }
    }
}

/// The command that prints, and who is told what became of it.
struct Printer {
    command: String,
    to: Sender<Message>,
}

impl Printer {
    fn print(&self, name: String, text: String) -> io::Result<()> {
        printer::print(self.command.clone(), name, text, self.to.clone())
    }
}

/// Whether somebody leaves.
fn carry_out(
    model: &mut Model,
    link: &Link,
    printer: Option<&Printer>,
    effects: Vec<Effect>,
) -> bool {
    let mut watches = false;
    for effect in effects {
        let done = match effect {
            Effect::Quit => return true,
            Effect::Watch => {
                watches = true;
                Ok(())
            }
            Effect::Act(action) => {
                link.act(action);
                Ok(())
            }
            Effect::Copy(text) => terminal::copy(&text),
            Effect::Mouse(ours) => terminal::set_mouse(ours),
            Effect::Write { name, text } => std::fs::write(&name, text),
            Effect::Print { name, text } => {
                printer.map_or(Ok(()), |printer| printer.print(name, text))
            }
        };
        if let Err(error) = done {
            model.say(format!("That did not work: {error}."));
        }
    }
    if watches {
        link.watch(model.watch());
    }
    false
}

/// What the daemon says joins what comes from the terminal.
fn forward(
    from: std::sync::mpsc::Receiver<Message>,
    to: std::sync::mpsc::Sender<Outside>,
) -> io::Result<()> {
    std::thread::Builder::new().name("inbox".into()).spawn(move || {
        for message in from {
            if to.send(Outside::Message(message)).is_err() {
                return;
            }
        }
    })?;
    Ok(())
}

/// Plays a recorded session.
///
/// # Errors
/// When it cannot be read, or is none.
pub fn replay(path: &std::path::Path) -> io::Result<()> {
    play(path, &mut io::stdout(), std::thread::park_timeout)
}
