//! Secrets that the program makes for itself: the path segment under which it is reached, and what
//! notifications carry. Made once, in files beside the database that nobody else can read.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use super::RunError;

/// Random bytes of a secret, shown as twice as many letters and digits.
const SECRET_BYTES: usize = 24;

/// The secret kept in a file of this name beside the database; made when there is none.
pub(super) fn kept(database: &Path, name: &str) -> Result<SecretString, RunError> {
    let path = folder(database).join(name);
    let failed = |source| RunError::OwnSecret { path: path.clone(), source };
    match std::fs::metadata(&path) {
        Ok(found) if found.permissions().mode() & 0o077 != 0 => Err(RunError::SecretMode { path }),
        Ok(_) => {
            let text = std::fs::read_to_string(&path).map_err(failed)?;
            let text = text.trim().to_owned();
            let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            if text.is_empty() || !text.bytes().all(safe) {
                let what = "it is empty or holds more than letters, digits and -._~";
                return Err(failed(std::io::Error::other(what)));
            }
            Ok(SecretString::from(text))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            make(&path).map(SecretString::from).map_err(failed)
        }
        Err(error) => Err(failed(error)),
    }
}

/// Written whole under another name first: a file of this name is never half a secret.
fn make(path: &Path) -> std::io::Result<String> {
    let mut bytes = [0; SECRET_BYTES];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    write(path, &text)?;
    Ok(text)
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    let draft = PathBuf::from(draft);
    let mut options = OpenOptions::new();
    let mut file = options.create(true).truncate(true).write(true).mode(0o600).open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&draft, path)?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Keeps a secret that was typed in Linnworks in a file of its own and answers the file's name. A new one
/// each time: until the transaction that names it, the one before still holds.
pub(super) fn keep_typed(database: &Path, secret: &SecretString) -> std::io::Result<String> {
    let mut bytes = [0; 8];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let suffix: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let name = format!("{TYPED}{suffix}");
    write(&folder(database).join(&name), secret.expose_secret())?;
    Ok(name)
}

/// The secret in a file of that name.
pub(super) fn typed(database: &Path, name: &str) -> Result<SecretString, RunError> {
    let path = folder(database).join(name);
    let failed = |source| RunError::OwnSecret { path: path.clone(), source };
    if !name.starts_with(TYPED) || name.contains('/') {
        return Err(failed(std::io::Error::other("it is no file of ours")));
    }
    if std::fs::metadata(&path).map_err(failed)?.permissions().mode() & 0o077 != 0 {
        return Err(RunError::SecretMode { path });
    }
    std::fs::read_to_string(&path).map(SecretString::from).map_err(failed)
}

/// It is no longer named by anything.
pub(super) fn forget_typed(database: &Path, name: &str) {
    if name.starts_with(TYPED) && !name.contains('/') {
        // One that stays is read by nobody.
        let _ = std::fs::remove_file(folder(database).join(name));
    }
}

/// How files of typed secrets begin.
const TYPED: &str = "stream-secret-";

fn folder(database: &Path) -> PathBuf {
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.map_or_else(|| PathBuf::from("."), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_readable_by_its_owner_alone_and_then_kept() {
        let place = tempfile::tempdir().expect("a folder");
        let database = place.path().join("db.redb");
        let first = kept(&database, "path-token").expect("made");
        let again = kept(&database, "path-token").expect("kept");
        assert_eq!(first.expose_secret(), again.expose_secret());
        assert_eq!(first.expose_secret().len(), 2 * SECRET_BYTES);
        let mode = std::fs::metadata(place.path().join("path-token")).expect("there");
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
        let other = kept(&database, "webhook-secret").expect("made");
        assert_ne!(first.expose_secret(), other.expose_secret());
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("path-token");
        std::fs::write(&path, "abc").expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("set");
        let error = kept(&place.path().join("db.redb"), "path-token").expect_err("refused");
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
}
