//! The asking side of the protocol: connect, greet, ask. Blocking, with a deadline on every read
//! and write.

use std::fmt;
use std::io;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::protocol::frame::{FrameError, Hello, mismatch, read_frame, write_frame};
use crate::protocol::{ErrorKind, Reply, Request};

/// Longest wait for an answer that the daemon gives from its own records.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// Longest wait for one order: the daemon may look an unknown one up in Linnworks, within ten
/// seconds.
const ORDER_MAX: Duration = Duration::from_secs(15);

/// Answers to actions on many orders or jobs.
const ACT_MAX: Duration = Duration::from_secs(60);

/// Longest wait for a copy of the database: gigabytes on a slow disk.
const BACKUP_MAX: Duration = Duration::from_secs(30 * 60);

/// Longest wait for the full account, which reads both systems within their budgets.
const AUDIT_MAX: Duration = Duration::from_secs(15 * 60);

/// Why the daemon gave no answer.
#[derive(Debug)]
pub enum ClientError {
    /// Nobody listens there.
    NoDaemon {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The socket may not be used.
    Denied {
        /// The socket.
        path: PathBuf,
    },
    /// The two programs are of different versions.
    Version(String),
    /// The connection was lost.
    Lost(FrameError),
    /// The daemon said why not.
    Daemon {
        /// For scripts.
        kind: ErrorKind,
        /// For people.
        text: String,
    },
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDaemon { path, source } => write!(
                f,
                "no linnstream daemon answers at {}: is it running? See: systemctl status linnstream ({source})",
                path.display()
            ),
            Self::Denied { path } => write!(
                f,
                "you may not use {}: ask the administrator to add you to the group of the socket",
                path.display()
            ),
            Self::Version(text) => f.write_str(text),
            Self::Lost(error) => write!(f, "the daemon gave no answer: {error}"),
            Self::Daemon { text, .. } => f.write_str(text),
        }
    }
}

impl std::error::Error for ClientError {}

/// A connection to the daemon.
pub struct Client {
    stream: UnixStream,
}

impl Client {
    /// Connects and greets. `build` is our own version.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn connect(socket: &Path, build: &str) -> Result<Self, ClientError> {
        let mut stream = UnixStream::connect(socket).map_err(|source| match source.kind() {
            io::ErrorKind::PermissionDenied => ClientError::Denied { path: socket.to_owned() },
            _ => ClientError::NoDaemon { path: socket.to_owned(), source },
        })?;
        deadline(&stream, ANSWER_MAX)?;
        let ours = Hello::ours(build);
        io::Write::write_all(&mut stream, &ours.encode())
            .map_err(|error| ClientError::Lost(error.into()))?;
        let theirs = Hello::read(&mut stream).map_err(ClientError::Lost)?;
        if let Some(text) = mismatch(&ours, &theirs) {
            return Err(ClientError::Version(text));
        }
        Ok(Self { stream })
    }

    /// The connection, for those who watch a screen.
    pub(crate) fn into_stream(self) -> UnixStream {
        self.stream
    }

    /// Asks one question.
    ///
    /// # Errors
    /// [`ClientError`]; a refusal by the daemon is [`ClientError::Daemon`].
    pub fn ask(&mut self, request: &Request) -> Result<Reply, ClientError> {
        let patience = match request {
            Request::Audit { local: false } => AUDIT_MAX,
            Request::Order { .. } | Request::Why { .. } | Request::Label { .. } => ORDER_MAX,
            Request::Audit { local: true }
            | Request::Status
            | Request::Orders { .. }
            | Request::Jobs { .. }
            | Request::Services
            | Request::Runs { .. }
            | Request::Webhooks { .. }
            | Request::Endpoints
            | Request::Watch(_)
            | Request::BackupPart { .. }
            | Request::LogLevel { .. } => ANSWER_MAX,
            Request::Backup => BACKUP_MAX,
            // Some hundreds of orders or jobs, each in a commit of its own.
            Request::Act(_) => ACT_MAX,
        };
        deadline(&self.stream, patience)?;
        write_frame(&mut self.stream, request).map_err(ClientError::Lost)?;
        match read_frame(&mut self.stream).map_err(ClientError::Lost)? {
            Reply::Error { kind, text } => Err(ClientError::Daemon { kind, text }),
            Reply::Goodbye { text } => {
                Err(ClientError::Daemon { kind: ErrorKind::Unavailable, text })
            }
            answer => Ok(answer),
        }
    }
}

fn deadline(stream: &UnixStream, patience: Duration) -> Result<(), ClientError> {
    stream
        .set_read_timeout(Some(patience))
        .and_then(|()| stream.set_write_timeout(Some(ANSWER_MAX)))
        .map_err(|error| ClientError::Lost(error.into()))
}
