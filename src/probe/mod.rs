//! Is what is needed there? Credentials asked before they are saved, and everything else that an
//! installation stands on: what both systems list and allow, and this machine.
//!
//! Nothing here changes anything on either side, and nothing is kept: it is handed values and answers with
//! sentences. It does not know the database or the daemon.
//!
//! - `check`: one thing that was looked at
//! - `dated`: a transport that notices clocks, and whether anybody answered
//! - `linnworks`, `stream`: the two systems
//! - `lists`: what they list, against the configuration
//! - `machine`: files, disk and sockets
//! - `accounts`: users and groups of this machine

pub mod accounts;
pub mod check;
pub mod dated;
pub mod linnworks;
pub mod lists;
pub mod machine;
pub mod stream;

use std::sync::Arc;

use crate::api::stream::{Stream, StreamSettings};
use crate::clock::Clock;
use crate::domain::answer::Failure;
use crate::domain::time::{Delay, Now};
use crate::http::Transport;
use crate::wake::Wake;

/// Somebody waits in front of Linnworks, which waits 100 s.
const WITHIN: Delay = Delay::secs(60);

/// Asks Stream for its depots, or says what is wrong in a sentence.
///
/// # Errors
/// The sentence.
pub fn stream(
    transport: Arc<dyn Transport>,
    settings: StreamSettings,
    clock: &dyn Clock,
    wake: &Wake,
) -> Result<(), String> {
    if !settings.is_configured() {
        return Err("The Client ID and the Client Secret of Stream are needed.".to_owned());
    }
    let stream = Stream::new(transport, settings, clock.now().mono.0);
    let ends = clock.now().mono.after(WITHIN);
    loop {
        let now = clock.now();
        match stream.depots(now) {
            Ok(depots) if depots.iter().all(|depot| depot.methods.is_empty()) => {
                return Err("Stream accepted the credentials but shows no depot with a delivery method. Ask your \
                            Stream administrator to set up depots and delivery methods, then press Next again."
                    .to_owned());
            }
            Ok(_) => return Ok(()),
            // It signs in first.
            Err(Failure::NotBefore(turn)) if turn < ends && !wake.is_closed() => {
                let wait = turn.since(now.mono).std();
                wake.wait(wake.current(), wait);
            }
            Err(Failure::Unauthorised { .. }) => {
                return Err("Stream did not accept the Client ID and Client Secret. Check both values and the API \
                            Base URL."
                    .to_owned());
            }
            Err(failure) => {
                return Err(format!(
                    "Stream could not be asked at this API Base URL: {failure}. Nothing was saved; check it and try \
                     again."
                ));
            }
        }
    }
}

/// Asks, and again while another call signs in or a budget is spent for a moment.
///
/// # Errors
/// That of the last answer.
pub fn in_turn<T>(
    clock: &dyn Clock,
    mut ask: impl FnMut(Now) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let ends = clock.now().mono.after(WITHIN);
    let wake = Wake::new();
    loop {
        let now = clock.now();
        match ask(now) {
            Err(Failure::NotBefore(turn)) if turn < ends => {
                wake.wait(wake.current(), turn.since(now.mono).std());
            }
            answer => return answer,
        }
    }
}
