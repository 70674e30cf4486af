//! The database, and the marker beside it. The marker makes a missing database a refusal and never
//! a silent first start: an empty database would send every open order again.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::RunError;
use crate::domain::event::Event;
use crate::domain::time::{Moment, Now};
use crate::flow::FlowError;
use crate::store::{Changes, Create, Installed, Setting, Store, StoreOptions};

/// The file that says a database was made here.
pub(super) fn marker_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".installed");
    PathBuf::from(name)
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
    let store = Store::open(path, StoreOptions { create, ..StoreOptions::default() })?;
    let last = store.last_moment()?;
    if store.read(|view| view.installed())?.is_none() {
        store
            .write(now, move |_| {
                let mut changes = Changes::new();
                changes.set(Setting::Installed(Installed { at: now.wall, predecessor: None }));
                changes.daemon(Event::Daemon("database created".into()));
                Ok::<_, FlowError>((changes, ()))
            })
            .map_err(|error| RunError::Rescue(error.into()))?;
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

fn mark(marker: &Path) -> Result<(), RunError> {
    let folder = |source| RunError::Folder {
        path: marker.parent().unwrap_or(Path::new(".")).to_owned(),
        source,
    };
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(marker)
        .map_err(folder)?;
    file.write_all(b"A linnstream database was made here. See README, operating notes.\n")
        .map_err(folder)?;
    file.sync_all().map_err(folder)
}
