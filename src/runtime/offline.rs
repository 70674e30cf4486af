//! What is done to the database while the daemon is stopped: restored, checked, made smaller.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use super::disk::{folder_of, has_room};
use super::place;
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, Places, Problems};
use crate::console::peer::Peer;
use crate::domain::time::{Delay, Moment, Now};
use crate::flow::{FlowError, restored};
use crate::store::{self, Compacted, Inspection, Store, StoreError};

/// Databases kept beside under the same second: more of them are no accident.
const KEPT_MAX: u32 = 100;

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum OfflineError {
    /// The configuration does not say where the database is.
    #[error("{0}")]
    Config(#[from] Problems),
    /// The daemon runs.
    #[error(
        "the daemon answers at {socket}: stop it first (systemctl stop linnstream), then try again"
    )]
    Running {
        /// Where.
        socket: PathBuf,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is a database and it is not to be replaced.
    #[error(
        "there is a database at {path} already: with --force it is kept beside under another name and replaced"
    )]
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// The copy is the database itself.
    #[error("{path} is the database itself: name a copy")]
    Itself {
        /// Where.
        path: PathBuf,
    },
    /// The file is something else.
    #[error(
        "{path} is no copy of a linnstream database ({why}): name a file that was made by backup"
    )]
    NoCopy {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The copy is damaged.
    #[error(
        "the copy {path} is damaged in {count} places, the first of them {first}: nothing was restored. Take another \
         one; see: linnstream inspect {path}"
    )]
    Damaged {
        /// Which.
        path: PathBuf,
        /// How many places.
        count: u64,
        /// The first one.
        first: String,
    },
    /// The disk is too small.
    #[error("{0}")]
    NoRoom(String),
    /// A file cannot be written.
    #[error("{path} cannot be written")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What was restored could not be prepared for its first start.
    #[error(
        "the restored database could not be prepared for its first start; nothing was replaced"
    )]
    Prepare(#[source] FlowError),
}

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// Where it is now.
    pub database: PathBuf,
    /// What is in it.
    pub found: Inspection,
    /// Under which name the one before is kept.
    pub kept: Option<PathBuf>,
    /// Orders that are looked for in Stream first.
    pub looked_for: usize,
}

/// What was compacted.
#[derive(Clone, Copy, Debug)]
pub struct Shrunk {
    /// Bytes before and after.
    pub sizes: Compacted,
    /// Whether it was written anew, so that nothing of what was deleted is left in the file.
    pub anew: bool,
}

/// The installation, when its daemon does not run.
fn stopped(config: &Path) -> Result<Places, OfflineError> {
    let places = Config::places_of(config)?;
    if UnixStream::connect(&places.socket).is_ok() {
        return Err(OfflineError::Running { socket: places.socket });
    }
    if places.database.exists() {
        store::nobody_has(&places.database)?;
    }
    Ok(places)
}

/// Checks a copy, or the database itself.
///
/// # Errors
/// [`OfflineError`]; what is damaged is part of the answer.
pub fn inspect(config: &Path, file: Option<&Path>) -> Result<(PathBuf, Inspection), OfflineError> {
    let path = match file {
        Some(file) => file.to_owned(),
        None => stopped(config)?.database,
    };
    let found = store::inspect(&path)?;
    Ok((path, found))
}

/// Makes the database smaller.
///
/// # Errors
/// [`OfflineError`]; the database is as it was.
pub fn compact(config: &Path) -> Result<Shrunk, OfflineError> {
    let path = stopped(config)?.database;
    let bytes = std::fs::metadata(&path).map_or(0, |found| found.len());
    let anew = has_room(&path, bytes).is_ok();
    let sizes = if anew { store::rewrite(&path)? } else { store::shrink(&path)? };
    Ok(Shrunk { sizes, anew })
}

/// Puts a copy in place of the database.
///
/// # Errors
/// [`OfflineError`]; the database is as it was.
pub fn restore(config: &Path, file: &Path, force: bool) -> Result<Restored, OfflineError> {
    let Places { database, .. } = stopped(config)?;
    let there = database.exists();
    if there && same_file(file, &database) {
        return Err(OfflineError::Itself { path: database });
    }
    if there && !force {
        return Err(OfflineError::Exists { path: database });
    }
    let found = store::inspect(file).map_err(|error| match error {
        StoreError::Corrupt { what } => OfflineError::NoCopy { path: file.to_owned(), why: what },
        error => OfflineError::Store(error),
    })?;
    if let Some(first) = found.damage.first() {
        let first = format!("{} {}: {}", first.table, first.key, first.what);
        let (path, count) = (file.to_owned(), found.damaged);
        return Err(OfflineError::Damaged { path, count, first });
    }
    has_room(&database, found.file_bytes).map_err(OfflineError::NoRoom)?;
    let draft = with_name(&database, ".restoring");
    let put = || -> Result<_, OfflineError> {
        let looked_for = fill(&draft, file, &found)?;
        let kept = replace(&draft, &database, there)?;
        Ok((looked_for, kept))
    };
    let done = put();
    if done.is_err() {
        let _ = std::fs::remove_file(&draft);
    }
    let (looked_for, kept) = done?;
    place::mark_as_owned(&database)
        .map_err(|source| OfflineError::File { path: place::marker_of(&database), source })?;
    Ok(Restored { database, found, kept, looked_for })
}

fn same_file(one: &Path, other: &Path) -> bool {
    let of = |path: &Path| std::fs::metadata(path).map(|found| (found.dev(), found.ino()));
    matches!((of(one), of(other)), (Ok(one), Ok(other)) if one == other)
}

fn with_name(path: &Path, behind: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(behind);
    PathBuf::from(name)
}

/// The copy under a name of its own, prepared for its first start, whole and on the disk.
fn fill(draft: &Path, file: &Path, found: &Inspection) -> Result<usize, OfflineError> {
    let failed = |source| OfflineError::File { path: draft.to_owned(), source };
    let mut options = OpenOptions::new();
    let options = options.create(true).truncate(true).write(true).mode(0o600);
    let mut to = options.open(draft).map_err(failed)?;
    io::copy(&mut File::open(file).map_err(failed)?, &mut to).map_err(failed)?;
    to.sync_all().map_err(failed)?;
    drop(to);
    let store = Store::open_copy(draft)?;
    let wall = SystemClock::continuing(Moment(0)).now().wall;
    let now = Now { wall, mono: store.last_moment()?.after(Delay(1)) };
    let (uid, gid) = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
    let by = Peer::of(uid, gid, uid, gid).user;
    let from = match found.copied_at {
        Some(at) => format!("a copy made at {}", at.rfc3339()),
        None => "another database".to_owned(),
    };
    let looked_for = restored::prepare(&store, now, &by, &from).map_err(OfflineError::Prepare)?;
    store.close()?;
    place::own(draft).map_err(failed)?;
    File::open(draft).and_then(|file| file.sync_all()).map_err(failed)?;
    Ok(looked_for)
}

/// Gives the copy its name; at no moment is there no database.
fn replace(draft: &Path, database: &Path, there: bool) -> Result<Option<PathBuf>, OfflineError> {
    let failed = |source| OfflineError::File { path: database.to_owned(), source };
    let mut kept = None;
    if there {
        let stamp = SystemClock::continuing(Moment(0)).now().wall.stamp();
        kept = Some(keep(database, &stamp).map_err(failed)?);
    }
    std::fs::rename(draft, database).map_err(failed)?;
    let folder = folder_of(database);
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(kept)
}

/// Another name for a database that is to be replaced.
fn keep(database: &Path, stamp: &str) -> io::Result<PathBuf> {
    for n in 1..=KEPT_MAX {
        let again = if n == 1 { String::new() } else { format!("-{n}") };
        let kept = with_name(database, &format!(".replaced-{stamp}{again}"));
        match std::fs::hard_link(database, &kept) {
            Ok(()) => return Ok(kept),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            // A file system without hard links.
            Err(_) if !kept.exists() => {
                std::fs::rename(database, &kept)?;
                return Ok(kept);
            }
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists))
}

#[cfg(test)]
mod tests;
