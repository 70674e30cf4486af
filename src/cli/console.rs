//! `linnstream console`: the terminal dashboard, attached to the running daemon.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tui::run::{Options, RunOptions, replay, run};

use super::{Exit, Failed};
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, Environment};
use crate::domain::time::Moment;

/// How it is shown.
pub(super) struct Shown {
    pub(super) read_only: bool,
    pub(super) no_mouse: bool,
    pub(super) ascii: bool,
    pub(super) no_links: bool,
    pub(super) printer: Option<String>,
    pub(super) record: Option<PathBuf>,
    pub(super) replay: Option<PathBuf>,
}

/// Shows it, or plays a recording of one.
pub(super) fn execute(
    config: &Path,
    socket: Option<PathBuf>,
    shown: Shown,
) -> Result<Exit, Failed> {
    if let Some(path) = &shown.replay {
        let played = replay(path);
        return played.map(|()| Exit::Done).map_err(|error| {
            Failed::new(Exit::Usage, format!("{} cannot be played: {error}", path.display()))
        });
    }
    let socket = match socket {
        Some(socket) => socket,
        None => Config::socket_of(config).map_err(|problems| Failed::new(Exit::Usage, problems))?,
    };
    attach(socket, shown)
}

/// The console in this terminal.
pub(super) fn attach(socket: PathBuf, shown: Shown) -> Result<Exit, Failed> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        let text = "the console needs a terminal; for scripts see: linnstream status --json";
        return Err(Failed::new(Exit::Usage, text));
    }
    let environment = Environment::of_process();
    let clock = SystemClock::continuing(Moment(0));
    let options = RunOptions {
        socket,
        build: env!("CARGO_PKG_VERSION").to_owned(),
        options: Options {
            read_only: shown.read_only,
            plain: environment.plain_terminal,
            ascii: shown.ascii || environment.ascii_terminal,
            printer: shown.printer.is_some(),
        },
        mouse: !shown.no_mouse,
        links: environment.links_terminal && !shown.no_links,
        printer: shown.printer,
        record: shown.record,
        clock: Arc::new(move || clock.now().wall.0),
    };
    run(options)
        .map(|()| Exit::Done)
        .map_err(|error| Failed::new(Exit::Internal, format!("the console ended: {error}")))
}
