//! Gives room that nothing uses back to the disk, while nobody has the database open.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;

use super::copy::copy;
use super::error::StoreError;
use super::file::{Create, Source, cannot_open, new_file, sync_folder};
use super::raw::{Trouble, guarded};
use super::upgrade::named;

/// Memory for pages of the old file.
const CACHE_BYTES: usize = 32 * 1024 * 1024;

/// What it came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compacted {
    /// Bytes of the file before.
    pub before: u64,
    /// Bytes of the file now.
    pub after: u64,
}

/// Writes everything that is in the database into a new file and puts that in its place, so that nothing of
/// what was deleted is left in it. The old file stays until the new one is whole and on the disk.
///
/// # Errors
/// [`StoreError`]; the database is as it was.
pub fn rewrite(path: &Path) -> Result<Compacted, StoreError> {
    // Held until the end: nobody else opens the old file meanwhile.
    let db = Source::File(path.to_owned()).open(CACHE_BYTES, Create::Never, false)?;
    let before = bytes_of(path);
    let draft = named(path, ".compacting");
    let attempt = || {
        // What a crash left behind was never in use.
        let _ = std::fs::remove_file(&draft);
        let file = new_file(&draft).map_err(|error| cannot_open(&draft, error))?;
        // Root may do this; the file stays its owner's.
        if let Ok(old) = std::fs::metadata(path) {
            let _ = std::os::unix::fs::fchown(&file, Some(old.uid()), Some(old.gid()));
        }
        let copied = file.try_clone().map_err(|error| cannot_open(&draft, error))?;
        copy(&db, &Trouble::new(false), file, None, &|| false)?;
        copied
            .sync_all()
            .and_then(|()| std::fs::rename(&draft, path))
            .and_then(|()| sync_folder(path))
            .map_err(|source| StoreError::Io {
                doing: "replacing the file",
                source: Arc::new(source),
            })
    };
    let done = attempt();
    if done.is_err() {
        let _ = std::fs::remove_file(&draft);
    }
    done?;
    Ok(Compacted { before, after: bytes_of(path) })
}

/// The same inside the file, for a disk that has no room for a second one. What was deleted may still be
/// found in it afterwards.
///
/// # Errors
/// [`StoreError`]; nothing is lost by it.
pub fn shrink(path: &Path) -> Result<Compacted, StoreError> {
    let mut db = Source::File(path.to_owned()).open(CACHE_BYTES, Create::Never, false)?;
    let before = bytes_of(path);
    guarded("compacting", || {
        while db.compact()? {}
        db.close()?;
        Ok(())
    })?;
    Ok(Compacted { before, after: bytes_of(path) })
}

fn bytes_of(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}
