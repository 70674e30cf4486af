//! `linnstream sandbox`: models of both systems on loopback, until interrupted.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::{Exit, Failed};
use crate::clock::SystemClock;
use crate::domain::time::Moment;
use crate::sandbox::{Mode, Scenario, Server, WorldOptions};

/// Serves both models; prints one JSON line when ready.
pub(super) fn execute(
    bind: SocketAddr,
    scenario: Option<&Path>,
    auto: bool,
) -> Result<Exit, Failed> {
    if !bind.ip().is_loopback() {
        let text = format!(
            "the sandbox serves loopback addresses only, not {bind}: try --bind 127.0.0.1:0"
        );
        return Err(Failed::new(Exit::Usage, text));
    }
    let scenario = scenario.map(read).transpose()?;
    let mut signals = Signals::new([SIGTERM, SIGINT]).map_err(|error| {
        Failed::new(Exit::Internal, format!("the system delivers no signals: {error}"))
    })?;
    let options = WorldOptions {
        mode: if auto { Mode::Auto } else { Mode::Explicit },
        ..WorldOptions::default()
    };
    let clock = Arc::new(SystemClock::continuing(Moment(0)));
    let failed = |error: crate::sandbox::SandboxError| Failed::new(Exit::Internal, error);
    let mut server = Server::start(bind, options, clock).map_err(failed)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{}", server.ready_line())?;
    out.flush()?;
    if let Some(scenario) = scenario {
        server.play(scenario).map_err(failed)?;
    }
    signals.forever().next();
    server.shutdown();
    Ok(Exit::Done)
}

fn read(path: &Path) -> Result<Scenario, Failed> {
    let wrong =
        |what: String| Failed::new(Exit::Usage, format!("the scenario {}: {what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    Scenario::parse(&text).map_err(wrong)
}
