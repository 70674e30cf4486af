//! Where it runs: platform, database, and the files beside it with their modes.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use secrecy::SecretString;
use serde_json::{Value, json};

use crate::logging::Redactor;

/// Files named in a support file: the folder of the database holds a dozen.
const FILES_MAX: usize = 200;

/// A file with a secret is smaller than this.
const SECRET_BYTES_MAX: u64 = 4 * 1024;

/// System, release and processor.
pub(super) fn platform() -> Value {
    let name = rustix::system::uname();
    let text = |part: &std::ffi::CStr| part.to_string_lossy().into_owned();
    json!({
        "system": text(name.sysname()),
        "release": text(name.release()),
        "processor": text(name.machine()),
    })
}

fn folder(database: &Path) -> &Path {
    database.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Secrets that the program made or was told in Linnworks lie beside the database in small files that nobody
/// else can read: whatever is in such a file is masked, whatever its name.
pub(super) fn register(database: &Path, redactor: &Redactor) {
    let Ok(entries) = std::fs::read_dir(folder(database)) else { return };
    for entry in entries.flatten().take(FILES_MAX) {
        let path = entry.path();
        let Ok(data) = path.symlink_metadata() else { continue };
        let small = data.is_file() && data.len() <= SECRET_BYTES_MAX;
        if small
            && data.permissions().mode() & 0o077 == 0
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            redactor.register(&SecretString::from(text.trim().to_owned()));
        }
    }
}

/// The database.
pub(super) fn store(database: &Path) -> Value {
    json!({
        "path": database.display().to_string(),
        "bytes": std::fs::metadata(database).ok().map(|data| data.len()),
        "schema": crate::store::SCHEMA,
    })
}

/// The files beside the database, by name.
pub(super) fn files(database: &Path) -> Value {
    let folder = folder(database);
    let mut paths: Vec<_> = match std::fs::read_dir(folder) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).take(FILES_MAX).collect(),
        Err(error) => {
            return json!({"folder": folder.display().to_string(), "error": error.to_string()});
        }
    };
    paths.sort();
    let listed: Vec<Value> = paths.iter().map(|path| file(path)).collect();
    json!({"folder": file(folder), "files": listed})
}

/// A file with its mode, owner and size, or why these are not known.
pub(super) fn file(path: &Path) -> Value {
    let shown = path.display().to_string();
    match path.symlink_metadata() {
        Ok(data) => json!({
            "path": shown,
            "mode": format!("{:04o}", data.permissions().mode() & 0o7777),
            "user": data.uid(),
            "group": data.gid(),
            "bytes": data.len(),
        }),
        Err(error) => json!({"path": shown, "error": error.to_string()}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_beside_the_database_are_listed_with_their_modes_and_secrets_among_them_are_masked() {
        let place = tempfile::tempdir().expect("a folder");
        let database = place.path().join("db.redb");
        for (name, text, mode) in [
            ("db.redb", "data of the database", 0o600),
            ("path-token", "canary-token\n", 0o600),
            ("readme", "hello world", 0o644),
        ] {
            let path = place.path().join(name);
            std::fs::write(&path, text).expect("written");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("set");
        }
        let listed = files(&database)["files"].as_array().expect("a list").clone();
        let modes: Vec<&str> =
            listed.iter().map(|one| one["mode"].as_str().expect("text")).collect();
        assert_eq!(modes, ["0600", "0600", "0644"]);
        assert_eq!(store(&database)["bytes"], 20);
        let redactor = Redactor::default();
        register(&database, &redactor);
        assert_eq!(
            redactor.clean("GET /canary-token/stream hello world"),
            "GET /***/stream hello world"
        );
        assert!(file(&place.path().join("none"))["error"].is_string());
        assert!(files(Path::new("/nowhere/db.redb"))["error"].is_string());
    }
}
