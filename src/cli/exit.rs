//! How a command ends.

use std::io;

use tui::client::ClientError;
use tui::protocol::ErrorKind;

/// How the program ended. systemd and scripts may rely on these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// The answer is no: the audit does not add up, there is no such order.
    No = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// No daemon answers.
    NoDaemon = 3,
    /// Refused: read-only peer, already running, database newer than the program or missing.
    Refused = 4,
    /// A defect or a failing machine.
    Internal = 70,
}

impl Exit {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Done, Self::No, Self::Usage, Self::NoDaemon, Self::Refused, Self::Internal];

    /// For the manual.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "Done.",
            Self::No => {
                "The answer is no: the audit does not add up, doctor found a fault, there is no such order, or one \
                 of several actions was refused."
            }
            Self::Usage => "Wrong usage, or a mistake in the configuration.",
            Self::NoDaemon => "No daemon answers at the admin socket.",
            Self::Refused => {
                "Refused: you may only look, linnstream runs already, the daemon must be stopped first, or the \
                 database is missing or newer than the program."
            }
            Self::Internal => "A defect, or a failing machine.",
        }
    }
}

/// A command that did not do what it was asked.
#[derive(Debug)]
pub struct Failed {
    /// How the program ends.
    pub exit: Exit,
    /// A sentence: what failed and what to do.
    pub text: String,
}

impl Failed {
    pub(super) fn new(exit: Exit, text: impl std::fmt::Display) -> Self {
        Self { exit, text: text.to_string() }
    }
}

impl From<ClientError> for Failed {
    fn from(error: ClientError) -> Self {
        let exit = match &error {
            ClientError::NoDaemon { .. } => Exit::NoDaemon,
            ClientError::Denied { .. } | ClientError::Version(_) => Exit::Refused,
            ClientError::Lost(_) => Exit::Internal,
            ClientError::Daemon { kind, .. } => match kind {
                ErrorKind::NotFound | ErrorKind::Unavailable => Exit::No,
                ErrorKind::BadRequest => Exit::Usage,
                ErrorKind::Refused => Exit::Refused,
                ErrorKind::Internal => Exit::Internal,
            },
        };
        Self::new(exit, error)
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::new(Exit::Internal, format!("the output cannot be written: {error}"))
    }
}

impl Failed {
    /// A reader of our output that went away is no failure of ours.
    pub(super) fn is_broken_pipe(&self) -> bool {
        self.exit == Exit::Internal && self.text.contains("Broken pipe")
    }
}
