//! The database, and the marker beside it. The marker makes a missing database a refusal and never
//! a silent first start: an empty database would send every open order again.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::RunError;
use crate::domain::event::Event;
use crate::domain::time::{Moment, Now};
use crate::flow::{FlowError, quarantine};
use crate::store::{Changes, Create, Installed, Setting, Store, StoreError, StoreOptions};

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The file that says a database was made here.
pub(super) fn marker_of(path: &Path) -> PathBuf {
    beside(path, ".installed")
}

/// A database that is there and cannot be read is damaged: what to do then is said with it.
fn damaged(path: &Path, error: StoreError) -> RunError {
    match error {
        source @ (StoreError::Corrupt { .. }
        | StoreError::Damaged { .. }
        | StoreError::Engine { .. }) => RunError::DatabaseDamaged { path: path.to_owned(), source },
        other @ (StoreError::Missing { .. }
        | StoreError::AlreadyOpen { .. }
        | StoreError::Open { .. }
        | StoreError::Io { .. }
        | StoreError::Newer { .. }
        | StoreError::Invariant(_)
        | StoreError::ReadOnly
        | StoreError::Closed
        | StoreError::Unavailable { .. }
        | StoreError::Panicked
        | StoreError::Upgrade { .. }
        | StoreError::GivenUp) => RunError::Store(other),
    }
}

/// Opens one that is there. Answers the latest moment it has seen, and since when it exists.
fn existing(path: &Path, create: Create) -> Result<(Store, Moment, Option<Installed>), RunError> {
    let not_sound = |error| damaged(path, error);
    let options = StoreOptions { create, ..StoreOptions::default() };
    let store = Store::open(path, options).map_err(not_sound)?;
    let last = store.last_moment().map_err(not_sound)?;
    let installed = store.read(|view| view.installed()).map_err(not_sound)?;
    Ok((store, last, installed))
}

/// Opens the database, making it at the very first start. Answers the latest moment it has seen;
/// zero for a new one.
pub(super) fn open(path: &Path, now: Now) -> Result<(Store, Moment), RunError> {
    let marker = marker_of(path);
    let marked = marker.exists();
    if marked && !path.exists() {
        return Err(RunError::DatabaseGone { path: path.to_owned(), marker });
    }
    let create = if marked { Create::Never } else { Create::IfMissing };
    let (store, last, installed) = existing(path, create)?;
    if installed.is_none() {
        // The marker is made after the first transaction: whatever this is, it is not what was here.
        if marked {
            return Err(RunError::DatabaseGone { path: path.to_owned(), marker });
        }
        first_write(&store, now, Vec::new(), "database created")?;
    }
    if !marked {
        mark(&marker)?;
    }
    Ok((store, last))
}

/// Marks that there is a database, as its owner would.
pub(super) fn mark_as_owned(path: &Path) -> std::io::Result<()> {
    let marker = marker_of(path);
    if !marker.exists() {
        mark(&marker).map_err(std::io::Error::other)?;
    }
    own(&marker)
}

/// Gives a file that root wrote to whoever owns its folder: the daemon's user.
pub(super) fn own(path: &Path) -> std::io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let folder = std::fs::metadata(super::disk::folder_of(path))?;
    std::os::unix::fs::chown(path, Some(folder.uid()), Some(folder.gid()))
}

fn first_write(
    store: &Store,
    now: Now,
    settings: Vec<Setting>,
    what: &'static str,
) -> Result<(), RunError> {
    let written = store.write(now, move |_| {
        let mut changes = Changes::new();
        changes.set(Setting::Installed(Installed { at: now.wall, predecessor: None }));
        for setting in settings {
            changes.set(setting);
        }
        changes.daemon(Event::Daemon(what.into()));
        Ok::<_, FlowError>((changes, ()))
    });
    written.map_err(|error| RunError::Rescue(error.into()))
}

/// What stands where a database is to be built anew.
pub(super) enum Lost {
    /// Nothing.
    Missing,
    /// One that was begun to be built anew.
    Begun(Box<Store>, Moment),
    /// One that is sound.
    Sound,
    /// One that is not: what is wrong with it.
    Damaged(RunError),
}

/// Looks what is there.
pub(super) fn look(path: &Path) -> Result<Lost, RunError> {
    if !path.try_exists().map_err(folder(path))? {
        return Ok(Lost::Missing);
    }
    match existing(path, Create::Never) {
        Ok((store, last, _)) => {
            let begun = store.read(|view| view.quarantine_begun()).map_err(RunError::Store)?;
            Ok(if begun.is_some_and(|begun| begun.rebuilding) {
                Lost::Begun(Box::new(store), last)
            } else {
                Lost::Sound
            })
        }
        Err(error @ RunError::DatabaseDamaged { .. }) => Ok(Lost::Damaged(error)),
        Err(other) => Err(other),
    }
}

/// Gives a damaged database another name, so that it is kept. Answers the name.
pub(super) fn put_aside(path: &Path, now: Now) -> Result<PathBuf, RunError> {
    let at = now.wall.rfc3339().replace([':', '-'], "");
    let kept = beside(path, &format!(".damaged-{}", at.split('.').next().unwrap_or(&at)));
    std::fs::rename(path, &kept).map_err(folder(path))?;
    sync_folder(path)?;
    Ok(kept)
}

/// Makes a database that minds from its first transaction that it knows less than was sent. It gets its
/// name when that is written.
pub(super) fn made_anew(path: &Path, now: Now) -> Result<Store, RunError> {
    mark_as_owned(path).map_err(folder(path))?;
    let fresh = beside(path, ".rebuild");
    match std::fs::remove_file(&fresh) {
        // Left behind by one that was killed: it held nothing.
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(folder(path)(error)),
    }
    let store = Store::open(&fresh, StoreOptions::default())?;
    let what = "database built anew: nothing is sent before it was looked up";
    first_write(&store, now, quarantine::mark(now).into(), what)?;
    store.close()?;
    drop(store);
    own(&fresh).map_err(folder(path))?;
    // One that has come to be there meanwhile is not replaced.
    match std::fs::hard_link(&fresh, path) {
        Ok(()) => std::fs::remove_file(&fresh).map_err(folder(path))?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(RunError::Store(StoreError::AlreadyOpen { path: path.to_owned() }));
        }
        // A file system without hard links.
        Err(_) => std::fs::rename(&fresh, path).map_err(folder(path))?,
    }
    sync_folder(path)?;
    let options = StoreOptions { create: Create::Never, ..StoreOptions::default() };
    Ok(Store::open(path, options)?)
}

fn folder(of: &Path) -> impl Fn(std::io::Error) -> RunError {
    let path = of.parent().unwrap_or(Path::new(".")).to_owned();
    move |source| RunError::Folder { path: path.clone(), source }
}

fn sync_folder(of: &Path) -> Result<(), RunError> {
    let parent = of.parent().filter(|parent| !parent.as_os_str().is_empty());
    let opened = File::open(parent.unwrap_or(Path::new(".")));
    opened.and_then(|folder| folder.sync_all()).map_err(folder(of))
}

fn mark(marker: &Path) -> Result<(), RunError> {
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(marker)
        .map_err(folder(marker))?;
    file.write_all(b"A linnstream database was made here. See README, operating notes.\n")
        .map_err(folder(marker))?;
    file.sync_all().map_err(folder(marker))
}
