//! Threads that talk to the daemon, so that a slow one never holds up a key.

use std::io::ErrorKind;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::app::Message;
use crate::client::{Client, ClientError};
use crate::protocol::frame::{FrameError, read_frame, write_frame};
use crate::protocol::screens::Watch;
use crate::protocol::{ACTIONS_MAX, Action, Reply, Request};

/// A watched screen comes every few seconds even when nothing changes; after this the daemon hangs.
const SILENCE_MAX: Duration = Duration::from_secs(20);

/// A question is taken by a daemon that works within this.
const WRITE_MAX: Duration = Duration::from_secs(2);

/// Pauses between tries to reach the daemon.
const AGAIN_FIRST: Duration = Duration::from_millis(200);
const AGAIN_MAX: Duration = Duration::from_secs(1);

/// What the thread that reads and the console share.
#[derive(Default)]
struct Shared {
    wanted: Option<Watch>,
    writer: Option<UnixStream>,
}

/// The way to the daemon.
pub(crate) struct Link {
    shared: Arc<Mutex<Shared>>,
    acts: Sender<Action>,
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Link {
    /// Starts the threads; what they learn comes as messages.
    ///
    /// # Errors
    /// When there can be no thread.
    pub(crate) fn start(
        socket: PathBuf,
        build: String,
        messages: Sender<Message>,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Mutex::new(Shared::default()));
        let (acts, actions) = std::sync::mpsc::channel();
        {
            let (shared, messages) = (Arc::clone(&shared), messages.clone());
            let (socket, build) = (socket.clone(), build.clone());
            let read = move || attend(&socket, &build, &shared, &messages);
            std::thread::Builder::new().name("watch".into()).spawn(read)?;
        }
        let act = move || act(&socket, &build, &actions, &messages);
        std::thread::Builder::new().name("act".into()).spawn(act)?;
        Ok(Self { shared, acts })
    }

    /// This screen is wanted from now on.
    pub(crate) fn watch(&self, watch: Watch) {
        let mut shared = lock(&self.shared);
        if let Some(writer) = shared.writer.as_mut()
            && write_frame(writer, &Request::Watch(watch.clone())).is_err()
        {
            // The thread that reads sees it too and connects anew.
            shared.writer = None;
        }
        shared.wanted = Some(watch);
    }

    /// Something is to be done.
    pub(crate) fn act(&self, action: Action) {
        // The thread lives as long as this.
        let _ = self.acts.send(action);
    }
}

/// Connects, reads, and connects again, for ever.
fn attend(
    socket: &std::path::Path,
    build: &str,
    shared: &Mutex<Shared>,
    messages: &Sender<Message>,
) {
    let (mut attempt, mut pause) = (0, AGAIN_FIRST);
    loop {
        let why = match Client::connect(socket, build) {
            Ok(client) => {
                (attempt, pause) = (0, AGAIN_FIRST);
                match watched(client.into_stream(), shared, messages) {
                    Ok(()) => return,
                    Err(why) => why,
                }
            }
            Err(error) => explained(&error),
        };
        lock(shared).writer = None;
        attempt += 1;
        if messages.send(Message::Lost(why, attempt)).is_err() {
            return;
        }
        std::thread::park_timeout(pause);
        pause = (pause * 2).min(AGAIN_MAX);
    }
}

fn explained(error: &ClientError) -> String {
    match error {
        ClientError::NoDaemon { .. } => {
            "nobody answers at its socket (systemctl status linnstream)".to_owned()
        }
        other => other.to_string(),
    }
}

/// Passes on what comes. Ends well when nobody listens any more.
fn watched(
    mut stream: UnixStream,
    shared: &Mutex<Shared>,
    messages: &Sender<Message>,
) -> Result<(), String> {
    let text = |error: std::io::Error| error.to_string();
    stream.set_read_timeout(Some(SILENCE_MAX)).map_err(text)?;
    stream.set_write_timeout(Some(WRITE_MAX)).map_err(text)?;
    {
        let mut shared = lock(shared);
        let mut writer = stream.try_clone().map_err(text)?;
        if let Some(wanted) = shared.wanted.clone() {
            let anew = Watch { seen: 0, ..wanted };
            write_frame(&mut writer, &Request::Watch(anew)).map_err(|error| error.to_string())?;
        }
        shared.writer = Some(writer);
    }
    loop {
        let message = match read_frame::<Reply>(&mut stream) {
            Ok(Reply::Screen(snapshot)) => Message::Shown(snapshot),
            Ok(Reply::Goodbye { text }) => return Err(text),
            Ok(Reply::Error { text, kind: _ }) => Message::Failed(text),
            Ok(_) => return Err("it answered another question".to_owned()),
            Err(error) => return Err(lost(&error)),
        };
        if messages.send(message).is_err() {
            return Ok(());
        }
    }
}

fn lost(error: &FrameError) -> String {
    match error {
        FrameError::Io(error)
            if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
        {
            format!("no answer for {} s", SILENCE_MAX.as_secs())
        }
        FrameError::Io(error) if error.kind() == ErrorKind::UnexpectedEof => {
            "it ended, or was restarted".to_owned()
        }
        other => other.to_string(),
    }
}

/// Does what was asked for, one after the other, each on a connection of its own.
fn act(
    socket: &std::path::Path,
    build: &str,
    actions: &Receiver<Action>,
    messages: &Sender<Message>,
) {
    while let Ok(action) = actions.recv() {
        let message = match done(socket, build, &action) {
            Ok(rows) => Message::Acted(action, rows),
            Err(error) => Message::Failed(explained(&error)),
        };
        if messages.send(message).is_err() {
            return;
        }
    }
}

fn done(
    socket: &std::path::Path,
    build: &str,
    action: &Action,
) -> Result<Vec<crate::protocol::views::ActedView>, ClientError> {
    let mut client = Client::connect(socket, build)?;
    let mut rows = Vec::new();
    for part in parts(action) {
        match client.ask(&Request::Act(part))? {
            Reply::Acted(more) => rows.extend(more),
            _ => return Err(ClientError::Lost(FrameError::Unreadable)),
        }
    }
    Ok(rows)
}

/// No request has more than [`ACTIONS_MAX`] orders.
fn parts(action: &Action) -> Vec<Action> {
    let each = |numbers: &[u64], make: fn(Vec<u64>) -> Action| {
        numbers.chunks(ACTIONS_MAX).map(|part| make(part.to_vec())).collect()
    };
    match action {
        Action::Resend { numbers } => each(numbers, |numbers| Action::Resend { numbers }),
        Action::Refresh { numbers } => each(numbers, |numbers| Action::Refresh { numbers }),
        Action::Cancel { numbers } => each(numbers, |numbers| Action::Cancel { numbers }),
        other => vec![other.clone()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_orders_are_asked_for_in_parts_that_the_daemon_takes() {
        let numbers: Vec<u64> = (0..1_234).collect();
        let sizes: Vec<usize> = parts(&Action::Resend { numbers })
            .into_iter()
            .map(|part| match part {
                Action::Resend { numbers } => numbers.len(),
                _ => 0,
            })
            .collect();
        assert_eq!(sizes, [500, 500, 234]);
        assert_eq!(parts(&Action::Pause), [Action::Pause]);
    }
}
