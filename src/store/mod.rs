//! The store: orders, jobs and what happened to them, on disk, written by one way only.
//!
//! The only module that knows redb. It does not know the network, the configuration, what a job is
//! for or whether a change makes sense: it writes what a decision asks for, all of it or nothing,
//! keeps every index true to its record, and refuses what must never be on disk.
//!
//! One way to write: `store.write(now, decision)`. The decision reads a [`View`] inside the open write
//! transaction and answers with [`Changes`], plain data that only the store applies. Every commit is
//! flushed before its caller goes on. Decisions that come at the same time share a commit.
//!
//! - `tables`: every table, its keys and values
//! - `records`: stored shapes, their versions and checksums
//! - `changes`: what a decision may ask for
//! - `view`: what a decision or a reader sees
//! - `apply`, `orders`, `jobs`, `webhooks`, `labels`: changes into records and indexes
//! - `erase`: what is personal of an order
//! - `group`: writers that share a commit
//! - `engine`: failing, closing and opening again
//! - `file`: opening, creating, the schema number
//! - `upgrade`: data of an older format
//! - `copy`, `rewrite`: everything into another file
//! - `inspect`: a database looked through; `overlay`: a file that is only read
//! - `touched`: which orders were written lately
//! - `raw`: bytes in and out of a transaction
//! - `error`: what can go wrong

mod apply;
mod changes;
mod copy;
mod engine;
mod erase;
mod error;
mod file;
mod group;
mod inspect;
mod jobs;
mod labels;
mod orders;
mod overlay;
mod raw;
mod records;
mod rewrite;
mod tables;
mod touched;
mod upgrade;
mod view;
mod webhooks;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;
use std::path::Path;

use redb::backends::{FileBackend, InMemoryBackend};
use redb::{ReadableDatabase as _, StorageBackend};

pub use apply::{JOURNAL_MAX, TIMELINE_MAX};
pub use changes::{
    Change, Changes, Installed, Paused, Purge, QuarantineBegun, Setting, Subscription,
};
pub use error::{StoreError, WriteError};
pub use file::Create;
pub use group::{GROUP_BYTES_MAX, GROUP_MEMBERS_MAX, QUEUE_MAX};
pub use inspect::{DAMAGE_NAMED_MAX, Damage, Filled, Inspection, inspect, nobody_has};
pub use rewrite::{Compacted, rewrite, shrink};
pub use touched::{TOUCHED_MAX, Touched};
pub use view::{Aged, Counts, Entry, JournalEntry, View};

use crate::domain::time::{Moment, Now, Timestamp};
use crate::tally::Reading;
use engine::Engine;
use file::Source;
use group::Queue;
use raw::{Access, Raw, Trouble};

/// Number of the format that this program writes.
pub const SCHEMA: u64 = tables::SCHEMA;

/// Memory for pages kept in memory unless chosen otherwise.
const CACHE_BYTES: usize = 64 * 1024 * 1024;

/// How to open a store.
#[derive(Clone, Copy, Debug)]
pub struct StoreOptions {
    /// Memory for pages read or written, in bytes.
    pub cache_bytes: usize,
    /// What to do when there is none.
    pub create: Create,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { cache_bytes: CACHE_BYTES, create: Create::IfMissing }
    }
}

/// The database of one installation. Shared by reference between all threads.
pub struct Store {
    engine: Engine,
    queue: Queue,
}

impl Store {
    /// Opens the database file. A new one is readable by its owner alone; its folder must exist.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::AlreadyOpen`], [`StoreError::Open`],
    /// [`StoreError::Newer`], [`StoreError::Corrupt`], each with what to do.
    pub fn open(path: &Path, options: StoreOptions) -> Result<Self, StoreError> {
        let source = Source::File(path.to_owned());
        let engine = Engine::open(source, options.cache_bytes, options.create)?;
        Ok(Self { engine, queue: Queue::default() })
    }

    /// Opens a database that is a copy: it is upgraded without a copy of its own.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_copy(path: &Path) -> Result<Self, StoreError> {
        let path = path.to_owned();
        let backend = move || {
            let file = File::options().read(true).write(true).open(&path)?;
            let backend = FileBackend::new(file).map_err(io::Error::other)?;
            Ok(Box::new(backend) as Box<dyn StorageBackend>)
        };
        let source = Source::Backend(Box::new(backend));
        let engine = Engine::open(source, CACHE_BYTES, Create::Never)?;
        Ok(Self { engine, queue: Queue::default() })
    }

    /// Opens a database through a storage backend of the caller's. `backend` is called at each
    /// opening, also after a failure; what it gives must hold the same bytes each time. An empty one
    /// is laid out at the first opening only.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with<F>(backend: F, cache_bytes: usize) -> Result<Self, StoreError>
    where
        F: Fn() -> io::Result<Box<dyn StorageBackend>> + Send + Sync + 'static,
    {
        let source = Source::Backend(Box::new(backend));
        let engine = Engine::open(source, cache_bytes, Create::IfMissing)?;
        Ok(Self { engine, queue: Queue::default() })
    }

    /// A database that lives as long as this value: for a trial that is to leave nothing behind.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::open_with(|| Ok(Box::new(InMemoryBackend::new())), CACHE_BYTES)
    }

    /// Runs a decision and writes what it asks for, durably, before it returns. The decision may run
    /// on another thread and must not call the store; what it sees includes what members of its
    /// group wrote before it.
    ///
    /// # Errors
    /// [`WriteError::Refused`] with the decision's own error, [`WriteError::Store`],
    /// [`WriteError::Busy`]. After any of them nothing of this decision was written, except as said
    /// at [`WriteError::Store`].
    pub fn write<T, E, D>(&self, now: Now, decide: D) -> Result<T, WriteError<E>>
    where
        D: FnOnce(&View<'_>) -> Result<(Changes, T), E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.queue.write(&self.engine, now, decide)
    }

    /// Reads one consistent state. `f` must not call the store, and should be short: a store that
    /// has failed waits for it before it opens again.
    ///
    /// # Errors
    /// Those of `f`, and those of opening again after a failure.
    pub fn read<T>(
        &self,
        f: impl FnOnce(&View<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let (answer, fault, generation) = self.engine.with(|open| {
            let trouble = Trouble::new(open.checked);
            let answer = trouble.engine("reading", || Ok(open.db.begin_read()?)).and_then(|tx| {
                f(&View {
                    raw: Raw { access: Access::Read(&tx), trouble: &trouble },
                    next_job: None,
                })
            });
            (answer, trouble.fault(), open.generation)
        })?;
        if let Some(fault) = fault {
            self.engine.fail(generation, &fault);
        }
        answer
    }

    /// Copies everything at one instant into an empty file, while it is written on. Takes as long as the
    /// database is large; given up when the database has to be closed.
    ///
    /// # Errors
    /// Those of reading, and [`StoreError::Io`] when the copy cannot be written.
    pub fn copy_into(&self, file: File, made_at: Timestamp) -> Result<(), StoreError> {
        let stop = || self.engine.is_wanted();
        let (answer, fault, generation) = self.engine.with(|open| {
            let trouble = Trouble::new(open.checked);
            let answer = copy::copy(&open.db, &trouble, file, Some(made_at), &stop);
            (answer, trouble.fault(), open.generation)
        })?;
        if let Some(fault) = fault {
            self.engine.fail(generation, &fault);
        }
        answer
    }

    /// The file; `None` when it is none.
    pub fn path(&self) -> Option<&Path> {
        self.engine.path()
    }

    /// The greatest `now.mono` of any commit: where monotonic time goes on after a restart.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn last_moment(&self) -> Result<Moment, StoreError> {
        self.read(|view| view.raw.number(tables::META, tables::META_MOMENT).map(Moment))
    }

    /// Size of the file in bytes; 0 when it is not known.
    pub fn bytes(&self) -> u64 {
        let file = self.engine.path().and_then(|path| std::fs::metadata(path).ok());
        file.map_or(0, |file| file.len())
    }

    /// Times every commit from now on with this watch; a second one changes nothing.
    pub fn time_commits(&self, watch: impl Fn() -> Moment + Send + Sync + 'static) {
        let _ = self.engine.watch.set(Box::new(watch));
    }

    /// How long commits took: from the first decision of a group until it is on disk.
    pub fn commit_times(&self) -> Reading {
        self.engine.commit_times.read()
    }

    /// Commits since it was opened. Each is one flush of the daemon's to the disk.
    pub fn commits(&self) -> u64 {
        self.engine.commits()
    }

    /// The orders written since `seen`, of which a list of all orders is kept up to date.
    pub fn touched(&self, seen: u64) -> (Touched, u64) {
        self.engine.touched(seen)
    }

    /// Closes the database when nobody uses it any more; afterwards every call is
    /// [`StoreError::Closed`].
    ///
    /// # Errors
    /// [`StoreError::Io`] when the last bytes could not be written; nothing committed is lost by it.
    pub fn close(&self) -> Result<(), StoreError> {
        self.engine.close()
    }
}
