//! What can go wrong with the store, in words for the person who has to act.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::time::Moment;

/// Why the store could not do what was asked. Cheap to clone: every member of a failed group gets
/// the same one.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no database at the path and none was to be created.
    #[error(
        "there is no database at {path}; check store.path, or start the daemon once to create it"
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// Another process has it.
    #[error("the database {path} is already open by another linnstream; stop that one first")]
    AlreadyOpen {
        /// Which.
        path: PathBuf,
    },
    /// The file or its folder could not be used.
    #[error("the database {path} cannot be opened; check that its folder exists and is writable")]
    Open {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: Arc<io::Error>,
    },
    /// A read, write or flush failed. The store opens its file again by itself.
    #[error("the database could not be used while {doing}; check the disk")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        #[source]
        source: Arc<io::Error>,
    },
    /// The file as a whole is not sound.
    #[error("the database is damaged ({what}); stop the daemon and restore the latest backup")]
    Corrupt {
        /// What the storage engine found.
        what: String,
    },
    /// One record is not what was written.
    #[error("the record {key} in table {table} is damaged: {what}")]
    Damaged {
        /// Table.
        table: &'static str,
        /// Key, in hexadecimal digits or as text.
        key: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Written by a later version.
    #[error(
        "the database was written by a newer linnstream (format {found}, this one knows {known}); \
         install that version again, or restore a backup made before the upgrade"
    )]
    Newer {
        /// In the file.
        found: u64,
        /// Ours.
        known: u64,
    },
    /// Of an older version, and it cannot be kept as it was before it is brought to ours.
    #[error(
        "the database {path} is of an older format and could not be copied before it is upgraded; make room on its \
         disk for a second one and start again. Nothing was changed"
    )]
    Upgrade {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: Arc<io::Error>,
    },
    /// A copy was given up, because the database has to be closed.
    #[error("the copy was given up because the database had to be closed; try again")]
    GivenUp,
    /// A decision asked for something that must never be on disk. Nothing of it was written.
    #[error("the change would break a rule of the database: {0}; nothing was written")]
    Invariant(String),
    /// A job id was asked for outside a decision.
    #[error("job ids are handed out to decisions only, not to readers")]
    ReadOnly,
    /// The store was closed.
    #[error("the database is closed")]
    Closed,
    /// It failed and is not tried again yet.
    #[error("the database is unavailable and will be opened again shortly: {why}")]
    Unavailable {
        /// Next try.
        until: Moment,
        /// The failure before.
        why: String,
    },
    /// A decision panicked. Nothing of it was written.
    #[error("a decision panicked; nothing of it was written")]
    Panicked,
    /// The storage engine panicked or was misused. The next open checks the whole file.
    #[error("the storage engine failed while {doing}: {what}")]
    Engine {
        /// What was being done.
        doing: &'static str,
        /// What it said.
        what: String,
    },
}

impl StoreError {
    /// Whether the same call may succeed later without anybody doing anything.
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::Io { .. } | Self::Unavailable { .. } | Self::Engine { .. } | Self::GivenUp => {
                true
            }
            Self::Missing { .. }
            | Self::AlreadyOpen { .. }
            | Self::Open { .. }
            | Self::Corrupt { .. }
            | Self::Damaged { .. }
            | Self::Newer { .. }
            | Self::Upgrade { .. }
            | Self::Invariant(_)
            | Self::ReadOnly
            | Self::Closed
            | Self::Panicked => false,
        }
    }
}

/// Why a write did not happen.
#[derive(Debug, thiserror::Error)]
pub enum WriteError<E> {
    /// The decision said no; nothing was written.
    #[error("the decision was refused")]
    Refused(E),
    /// The store could not write. After an [`StoreError::Io`] the changes may be on disk or not, as
    /// with a power cut; they are there when the store is read again, or they are not.
    #[error(transparent)]
    Store(StoreError),
    /// More than `QUEUE_MAX` writers wait. Nothing was written.
    #[error("too many writes are waiting; try again shortly")]
    Busy,
}

/// The storage engine's error in our words.
pub(super) fn from_redb(doing: &'static str, error: redb::Error) -> StoreError {
    match error {
        redb::Error::Io(source) => StoreError::Io { doing, source: Arc::new(source) },
        redb::Error::PreviousIo => {
            StoreError::Io { doing, source: Arc::new(io::Error::other("an earlier write failed")) }
        }
        redb::Error::Corrupted(what) => StoreError::Corrupt { what },
        redb::Error::DatabaseClosed => StoreError::Closed,
        other => StoreError::Engine { doing, what: other.to_string() },
    }
}
