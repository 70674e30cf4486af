//! When a watched screen is due: at once when it changed, at most ten times a second, and now and then
//! although nothing changed, because ages on it grow. A later message supersedes it.

use std::io;
use std::pin::Pin;
use std::time::Duration;

use rustix::net::RecvFlags;
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::time::{Sleep, sleep};
use tui::protocol::screens::Watch;

use crate::wake::Wake;

/// Between two answers to the same question. A person sees no difference.
const SCREEN_EVERY: Duration = Duration::from_millis(100);

/// Without a change it is shown anew after this.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Longest wait for a change; a lost wake-up costs no more.
const BRIDGE_MAX: Duration = Duration::from_secs(3600);

/// What comes next on a connection that watches.
pub(super) enum Next {
    /// The screen is to be shown.
    Screen,
    /// Something else was said, or the other side is gone.
    Superseded,
    /// The daemon stops.
    Stop,
}

/// Whether the last answer was a moment ago.
#[derive(Default)]
pub(super) struct Pace {
    asked: u64,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    async fn over(&mut self) {
        if let Some(sleep) = self.sleep.as_mut() {
            sleep.await;
        }
        self.sleep = None;
    }
}

/// Changes of the daemon, for tasks: one thread waits for all of them.
pub(super) fn changes(wake: Wake) -> io::Result<watch::Receiver<u64>> {
    let (sender, receiver) = watch::channel(wake.current());
    std::thread::Builder::new().name("admin-wake".into()).spawn(move || {
        let mut seen = wake.current();
        // Ends with the daemon, or when nobody is left who could be told.
        while !wake.is_closed() && !sender.is_closed() {
            seen = wake.wait(seen, BRIDGE_MAX);
            sender.send_replace(seen);
        }
    })?;
    Ok(receiver)
}

/// Waits until the screen is due.
pub(super) async fn until_due(
    stream: &UnixStream,
    wanted: &Watch,
    pace: &mut Pace,
    mut changes: watch::Receiver<u64>,
    stopped: &mut watch::Receiver<bool>,
) -> Next {
    if pace.asked != wanted.asked {
        *pace = Pace { asked: wanted.asked, sleep: None };
    }
    let heartbeat = sleep(HEARTBEAT);
    tokio::pin!(heartbeat);
    loop {
        // As the answer counts them.
        let now = changes.borrow_and_update().wrapping_add(1).max(1);
        let due = wanted.seen == 0 || now != wanted.seen;
        tokio::select! {
            () = pace.over(), if due => break,
            changed = changes.changed(), if !due => {
                if changed.is_err() {
                    return Next::Stop;
                }
            }
            () = &mut heartbeat, if !due => break,
            () = has_more(stream) => return Next::Superseded,
            _ = stopped.changed() => return Next::Stop,
        }
    }
    pace.sleep = Some(Box::pin(sleep(SCREEN_EVERY)));
    Next::Screen
}

/// Ends when there is something to read, or the other side is gone. Reads nothing: what is read by half is
/// lost when a change comes first.
async fn has_more(stream: &UnixStream) {
    loop {
        if stream.readable().await.is_err() {
            return;
        }
        let peeked = stream.try_io(Interest::READABLE, || {
            let mut byte = [0; 1];
            rustix::net::recv(stream, &mut byte, RecvFlags::PEEK).map_err(io::Error::from)
        });
        match peeked {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Ok(_) | Err(_) => return,
        }
    }
}
