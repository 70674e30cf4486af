//! `linnstream demo`: the main job with models of both systems.

use std::io::IsTerminal as _;

use super::run::chain;
use super::{Exit, Failed, console};
use crate::demo::{self, Attach, DemoError, DemoOptions};

/// Shows the console over it, or prints what happens until interrupted or until everything is sent.
pub(super) fn execute(headless: bool, until_sent: bool, orders: u32) -> Result<Exit, Failed> {
    let terminal = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
    let attach: Option<Attach> = (terminal && !headless && !until_sent).then(|| {
        let shown = console::Shown {
            read_only: false,
            no_mouse: false,
            ascii: false,
            no_links: false,
            printer: None,
            record: None,
            replay: None,
        };
        let attach: Attach = Box::new(move |socket| {
            console::attach(socket, shown).map(|_| ()).map_err(|failed| failed.text)
        });
        attach
    });
    match demo::run(DemoOptions { attach, until_sent, orders: orders as usize }) {
        Ok(()) => Ok(Exit::Done),
        Err(error @ DemoError::Audit(_)) => Err(Failed::new(Exit::No, chain(&error))),
        Err(error) => Err(Failed::new(Exit::Internal, chain(&error))),
    }
}
