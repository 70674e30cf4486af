//! Opens the database: from its file, or through a backend handed in by the simulation. Knows file
//! names and modes, the builder of the engine, and what an empty database needs; no record.

use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Bound;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::backends::FileBackend;
use redb::{
    BackendError, Builder, Database, DatabaseError, ReadableDatabase as _, StorageBackend,
    TableHandle as _,
};

use super::error::StoreError;
use super::raw::{guarded, number_in};
use super::records::{seal, unseal};
use super::{tables as t, upgrade};

/// What to do when there is no database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Create {
    /// Make an empty one.
    IfMissing,
    /// [`StoreError::Missing`].
    Never,
}

type MakeBackend = dyn Fn() -> io::Result<Box<dyn StorageBackend>> + Send + Sync;

/// Where the bytes are.
pub(super) enum Source {
    File(PathBuf),
    Backend(Box<MakeBackend>),
}

impl Source {
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Backend(_) => None,
        }
    }

    /// Opens the database and makes sure that it is one of ours, in a format we know.
    pub(super) fn open(
        &self,
        cache_bytes: usize,
        create: Create,
        check: bool,
    ) -> Result<Database, StoreError> {
        let mut builder = Database::builder();
        builder.set_cache_size(cache_bytes).set_check_integrity_on_open(check);
        match self {
            Self::File(path) => match (path.try_exists(), create) {
                (Ok(true), _) => {
                    let db = opened(path, || builder.open(path))?;
                    let found = prepare(&db, path, Create::Never)?;
                    upgrade::bring_up(&db, found, Some(path))?;
                    Ok(db)
                }
                (Ok(false), Create::Never) => Err(StoreError::Missing { path: path.clone() }),
                (Ok(false), Create::IfMissing) => made(path, &builder),
                (Err(error), _) => Err(cannot_open(path, error)),
            },
            Self::Backend(make) => {
                let path = Path::new("(in memory)");
                let backend = make().map_err(|error| cannot_open(path, error))?;
                let db = opened(path, || builder.create_with_backend(Boxed(backend)))?;
                let found = prepare(&db, path, create)?;
                upgrade::bring_up(&db, found, None)?;
                Ok(db)
            }
        }
    }
}

pub(super) fn cannot_open(path: &Path, error: io::Error) -> StoreError {
    StoreError::Open { path: path.to_owned(), source: Arc::new(error) }
}

pub(super) fn opened(
    path: &Path,
    open: impl FnOnce() -> Result<Database, DatabaseError>,
) -> Result<Database, StoreError> {
    let mut held = false;
    let db = guarded("opening", || {
        open().map_err(|error| {
            held = matches!(error, DatabaseError::DatabaseAlreadyOpen);
            error.into()
        })
    });
    match db {
        Err(_) if held => Err(StoreError::AlreadyOpen { path: path.to_owned() }),
        // The engine says both of a file that does not begin as one of its own, or ends too soon.
        Err(StoreError::Io { source, .. })
            if matches!(
                source.kind(),
                io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
            ) =>
        {
            Err(StoreError::Corrupt { what: source.to_string() })
        }
        Err(StoreError::Io { source, .. }) => {
            Err(StoreError::Open { path: path.to_owned(), source })
        }
        other => other,
    }
}

/// Makes a database beside `path` and gives it its name when it is complete, so that a crash in
/// between leaves no half of one.
fn made(path: &Path, builder: &Builder) -> Result<Database, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let fresh = PathBuf::from(name);
    let attempt = || {
        let file = new_file(&fresh).map_err(|error| cannot_open(path, error))?;
        let db = opened(path, || builder.create_with_backend(FileBackend::new(file)?))?;
        prepare(&db, path, Create::IfMissing)?;
        Ok(db)
    };
    let db = match attempt() {
        Err(StoreError::Corrupt { .. } | StoreError::Engine { .. }) => {
            // Left behind by a crash during a first start; nothing was ever kept in it.
            std::fs::remove_file(&fresh).map_err(|error| cannot_open(path, error))?;
            attempt()?
        }
        other => other?,
    };
    match std::fs::hard_link(&fresh, path) {
        Ok(()) => std::fs::remove_file(&fresh).map_err(|error| cannot_open(path, error))?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(StoreError::AlreadyOpen { path: path.to_owned() });
        }
        // A file system without hard links.
        Err(_) => std::fs::rename(&fresh, path).map_err(|error| cannot_open(path, error))?,
    }
    sync_folder(path).map_err(|error| cannot_open(path, error))?;
    Ok(db)
}

/// Waits until the names in the folder of a file are on the disk.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    File::open(folder).and_then(|folder| folder.sync_all())
}

pub(super) fn new_file(path: &Path) -> io::Result<File> {
    // Personal data is in it: for the daemon's user alone.
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Looks whether the database is ours and of a format we know; makes the tables of an empty one. Answers
/// the format it has.
fn prepare(db: &Database, path: &Path, create: Create) -> Result<u64, StoreError> {
    match (schema_of(db)?, create) {
        (Some(found), _) if found > t::SCHEMA => Err(StoreError::Newer { found, known: t::SCHEMA }),
        (Some(0), _) => Err(StoreError::Corrupt { what: "it says format 0".into() }),
        (Some(found), _) => Ok(found),
        (None, Create::IfMissing) => lay_out(db).map(|()| t::SCHEMA),
        (None, Create::Never) => Err(StoreError::Missing { path: path.to_owned() }),
    }
}

/// The format that a database says; `None` for one without tables.
pub(super) fn schema_of(db: &Database) -> Result<Option<u64>, StoreError> {
    let found = guarded("opening", || {
        let tx = db.begin_read()?;
        let names: Vec<String> = tx.list_tables()?.map(|table| table.name().to_owned()).collect();
        if !names.iter().any(|name| name == t::META.0) {
            return Ok((names.is_empty(), None));
        }
        let table = tx.open_table(t::META.definition())?;
        let sealed = table.get(t::META_SCHEMA)?.map(|guard| guard.value().to_vec());
        Ok((false, Some(sealed.unwrap_or_default())))
    })?;
    match found {
        (_, Some(sealed)) => {
            let value = unseal(t::META, t::META_SCHEMA, &sealed)?;
            number_in(t::META, t::META_SCHEMA, value).map(Some)
        }
        (true, None) => Ok(None),
        (false, None) => Err(StoreError::Corrupt { what: "it holds other data than ours".into() }),
    }
}

fn lay_out(db: &Database) -> Result<(), StoreError> {
    guarded("creating", || {
        let mut tx = db.begin_write()?;
        tx.set_quick_repair(true);
        for table in t::ALL {
            tx.open_table(table.definition())?;
        }
        let schema = seal(t::META, t::META_SCHEMA, &t::SCHEMA.to_be_bytes());
        tx.open_table(t::META.definition())?.insert(t::META_SCHEMA, schema.as_slice())?;
        tx.commit()?;
        Ok(())
    })
}

/// Lets a boxed backend pass where the engine wants a type.
#[derive(Debug)]
struct Boxed(Box<dyn StorageBackend>);

impl StorageBackend for Boxed {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.0.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.try_lock_range(start, end)
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> Result<bool, BackendError> {
        self.0.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.query_lock_range(start, end)
    }
}
