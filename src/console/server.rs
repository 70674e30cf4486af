//! The admin socket and its connections: one current-thread runtime on a thread of its own.

use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tui::protocol::frame::{FrameError, Hello, checked, decode, encode};
use tui::protocol::{ErrorKind, Reply, Request};

use super::follow::{Next, Pace, changes, until_due};
use super::peer::Peer;
use crate::wake::Wake;

/// Attachments at once: far more than people in a warehouse office; one more is told so.
const CONNECTIONS_MAX: usize = 64;

/// Questions answered at once; the others wait their turn.
const HANDLERS_MAX: usize = 4;

/// A message, once begun, must be whole within this.
const FRAME_TIME_MAX: Duration = Duration::from_secs(10);

/// A connection without a question is closed after this.
const IDLE_MAX: Duration = Duration::from_secs(600);

/// Connections are told goodbye for this long when the daemon stops.
const GOODBYE_MAX: Duration = Duration::from_secs(2);

/// Answers a question of a peer.
pub type Handler = Arc<dyn Fn(&Peer, Request) -> Reply + Send + Sync>;

/// Where and for whom.
#[derive(Clone)]
pub struct AdminOptions {
    /// The socket.
    pub path: PathBuf,
    /// Group whose members are operators; the process's own when `None`.
    pub group: Option<String>,
    /// Our version, for the greeting.
    pub build: String,
    /// Notified with every change, for those who watch a screen.
    pub wake: Wake,
}

/// Why the socket cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// Another daemon answers there.
    #[error(
        "another linnstream already answers at {path}: stop it first, or give this one another admin.socket"
    )]
    AlreadyRunning {
        /// The socket.
        path: PathBuf,
    },
    /// The group is not known to the system.
    #[error("there is no group \"{group}\" on this machine (admin.operators)")]
    Group {
        /// Its name.
        group: String,
    },
    /// The socket cannot be made.
    #[error(
        "the admin socket {path} cannot be made: does its folder exist and is it writable? (admin.socket)"
    )]
    Socket {
        /// The socket.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// The running server.
pub struct AdminServer {
    path: PathBuf,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    handler: Handler,
    hello: Vec<u8>,
    handlers: Semaphore,
    connections: Semaphore,
    changes: watch::Receiver<u64>,
    daemon_uid: u32,
    socket: PathBuf,
    socket_gid: u32,
}

impl AdminServer {
    /// Binds the socket and serves it on a thread of its own.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn start(options: AdminOptions, handler: Handler) -> Result<Self, AdminError> {
        let path = options.path;
        let failed = |source: io::Error| AdminError::Socket { path: path.clone(), source };
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let listener = runtime.block_on(async { bind(&path) })?;
        if let Some(group) = &options.group {
            let gid = gid_of(group).ok_or_else(|| AdminError::Group { group: group.clone() })?;
            std::os::unix::fs::chown(&path, None, Some(gid)).map_err(failed)?;
        }
        // On purpose, whatever the umask: members of the group connect, nobody else.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o660)).map_err(failed)?;
        let socket_gid = std::fs::metadata(&path).map_err(failed)?.gid();
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::new(Shared {
            handler,
            hello: Hello::ours(&options.build).encode(),
            handlers: Semaphore::new(HANDLERS_MAX),
            connections: Semaphore::new(CONNECTIONS_MAX),
            changes: changes(options.wake).map_err(failed)?,
            daemon_uid: rustix::process::geteuid().as_raw(),
            socket: path.clone(),
            socket_gid,
        });
        let thread = std::thread::Builder::new()
            .name("admin".into())
            .spawn(move || {
                runtime.block_on(serve(listener, shared, stopped));
                runtime.shutdown_timeout(GOODBYE_MAX);
            })
            .map_err(failed)?;
        Ok(Self { path, stop, thread: Some(thread) })
    }

    /// Where it listens.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Says goodbye to everybody, removes the socket.
    pub fn shutdown(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        let _ = self.stop.send(true);
        if thread.join().is_err() {
            log::error!("the thread of the admin socket ended with a defect");
        }
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Drop for AdminServer {
    fn drop(&mut self) {
        self.end();
    }
}

/// Binds; a socket file that nobody answers at is left over from an earlier run and replaced.
fn bind(path: &Path) -> Result<UnixListener, AdminError> {
    let failed = |source: io::Error| AdminError::Socket { path: path.to_owned(), source };
    match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            match std::os::unix::net::UnixStream::connect(path) {
                Ok(_) => Err(AdminError::AlreadyRunning { path: path.to_owned() }),
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    std::fs::remove_file(path).map_err(failed)?;
                    UnixListener::bind(path).map_err(failed)
                }
                Err(error) => Err(failed(error)),
            }
        }
        other => other.map_err(failed),
    }
}

/// `group:x:gid:…`
fn gid_of(group: &str) -> Option<u32> {
    let text = std::fs::read_to_string("/etc/group").ok()?;
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == group).then(|| fields.nth(1)?.parse().ok()).flatten()
    })
}

async fn serve(listener: UnixListener, shared: Arc<Shared>, mut stopped: watch::Receiver<bool>) {
    let connections = tokio::task::LocalSet::new();
    let accepting = async {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = stopped.changed() => return,
            };
            match accepted {
                Ok((stream, _)) => {
                    let (shared, stopped) = (shared.clone(), stopped.clone());
                    tokio::task::spawn_local(async move { attend(stream, &shared, stopped).await });
                }
                Err(error) => {
                    log::warn!("admin socket: {error}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    };
    connections.run_until(accepting).await;
    // What is attached says goodbye by itself; those that do not read are cut off.
    let _ = timeout(GOODBYE_MAX, connections).await;
}

/// One connection, from greeting to goodbye.
async fn attend(mut stream: UnixStream, shared: &Arc<Shared>, mut stopped: watch::Receiver<bool>) {
    let Ok(_place) = shared.connections.try_acquire() else {
        let text = format!("{CONNECTIONS_MAX} consoles are attached already: close one first");
        let _ = greet(&mut stream, shared).await;
        let _ = say(&mut stream, &Reply::Goodbye { text }).await;
        return;
    };
    let Ok(credentials) = stream.peer_cred() else { return };
    let (uid, gid) = (credentials.uid(), credentials.gid());
    let peer = Peer::of(uid, gid, shared.daemon_uid, shared.socket_gid, &shared.socket);
    if timeout(FRAME_TIME_MAX, greet(&mut stream, shared)).await.is_err() {
        return;
    }
    let mut pace = Pace::default();
    loop {
        let asked = tokio::select! {
            asked = timeout(IDLE_MAX, hear(&mut stream)) => asked,
            _ = stopped.changed() => return goodbye(&mut stream).await,
        };
        let reply = match asked {
            Ok(Ok(Request::Watch(wanted))) => {
                let changes = shared.changes.clone();
                match until_due(&stream, &wanted, &mut pace, changes, &mut stopped).await {
                    Next::Screen => answer(shared, &peer, Request::Watch(wanted)).await,
                    Next::Superseded => continue,
                    Next::Stop => return goodbye(&mut stream).await,
                }
            }
            Ok(Ok(request)) => answer(shared, &peer, request).await,
            // Hung up, silent for too long, or not a message of ours.
            Ok(Err(FrameError::Io(_) | FrameError::NotOurs)) | Err(_) => return,
            Ok(Err(error @ (FrameError::TooLong(_) | FrameError::Unreadable))) => {
                let reply = Reply::Error { kind: ErrorKind::BadRequest, text: error.to_string() };
                let _ = timeout(FRAME_TIME_MAX, say(&mut stream, &reply)).await;
                return;
            }
        };
        if !matches!(timeout(FRAME_TIME_MAX, say(&mut stream, &reply)).await, Ok(Ok(()))) {
            return;
        }
    }
}

async fn goodbye(stream: &mut UnixStream) {
    let text = "the daemon stops".to_owned();
    let _ = timeout(GOODBYE_MAX, say(stream, &Reply::Goodbye { text })).await;
}

/// Each side greets; whoever sees different numbers says so and hangs up.
async fn greet(stream: &mut UnixStream, shared: &Shared) -> Result<(), FrameError> {
    stream.write_all(&shared.hello).await?;
    let mut head = [0; 7];
    stream.read_exact(&mut head).await?;
    let mut whole = head.to_vec();
    let mut build = vec![0; usize::from(head[6])];
    stream.read_exact(&mut build).await?;
    whole.extend(build);
    Hello::read(&mut whole.as_slice()).map(|_| ())
}

async fn hear(stream: &mut UnixStream) -> Result<Request, FrameError> {
    let mut length = [0; 4];
    stream.read_exact(&mut length).await?;
    let mut body = vec![0; checked(length)?];
    match timeout(FRAME_TIME_MAX, stream.read_exact(&mut body)).await {
        Ok(read) => read?,
        Err(_) => return Err(io::Error::from(io::ErrorKind::TimedOut).into()),
    };
    decode(&body)
}

async fn say(stream: &mut UnixStream, reply: &Reply) -> Result<(), FrameError> {
    let bytes = encode(reply).or_else(|error| {
        encode(&Reply::Error { kind: ErrorKind::Internal, text: error.to_string() })
    })?;
    stream.write_all(&bytes).await?;
    Ok(())
}

/// Answers on a thread for blocking work; a defect in it harms nobody else.
async fn answer(shared: &Arc<Shared>, peer: &Peer, request: Request) -> Reply {
    let broken = || Reply::Error {
        kind: ErrorKind::Internal,
        text: "the daemon could not answer: a defect, see its log".to_owned(),
    };
    let Ok(_turn) = shared.handlers.acquire().await else { return broken() };
    let (handler, peer) = (shared.handler.clone(), peer.clone());
    let work = move || catch_unwind(AssertUnwindSafe(|| handler(&peer, request)));
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(_)) | Err(_) => broken(),
    }
}
