//! How much room a disk has.

use std::path::Path;

use crate::domain::alarm::DISK_FREE_MIN;

/// The folder of a file.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    }
}

/// Bytes that are free for us on the disk of a folder; `None` when that cannot be told.
pub(super) fn free(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Whether so many bytes fit beside a file and leave what the daemon needs. What cannot be told fits.
pub(super) fn has_room(beside: &Path, bytes: u64) -> Result<(), String> {
    let folder = folder_of(beside);
    let needed = bytes.saturating_add(DISK_FREE_MIN);
    match free(folder) {
        Some(free) if free < needed => Err(format!(
            "there is no room for a second database in {}: {} MB are free and {} MB are needed",
            folder.display(),
            free / 1_000_000,
            needed.div_ceil(1_000_000)
        )),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_told_and_what_is_larger_than_the_disk_does_not_fit() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("db");
        assert!(free(folder.path()).is_some_and(|free| free > 0));
        assert_eq!(free(Path::new("/nowhere/at/all")), None);
        let text = has_room(&file, u64::MAX / 2).expect_err("too large");
        assert!(text.contains("no room") && text.contains("MB are needed"), "{text}");
        assert_eq!(folder_of(Path::new("db")), Path::new("."));
    }
}
