//! What setup writes: secrets, then the configuration that relies on them. Each file is whole or not there,
//! and belongs to whoever must read it.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use super::SetupError;
use crate::config::{CREDENTIALS_FOLDER, Draft};
use crate::domain::time::Timestamp;
use crate::probe::accounts;
use crate::probe::machine::folder_of;
use crate::runtime::place;

/// The user that the unit runs the service as, and the group of those who operate it.
const SERVICE: &str = "linnstream";

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Files that are new or changed.
    pub files: Vec<PathBuf>,
    /// The configuration from before.
    pub copy: Option<PathBuf>,
    /// Keys of the configuration that changed, and names of secrets.
    pub changed: Vec<String>,
}

/// Writes the secrets of the draft, then its text; `before` is what the file set until now.
pub(super) fn write(
    file: &Path,
    draft: &Draft,
    before: Option<&Draft>,
    keep: bool,
    at: Timestamp,
) -> Result<Written, SetupError> {
    let mut written = Written::default();
    let folder = folder_of(file);
    make_folder(&folder, 0o755)?;
    let credentials = folder.join(CREDENTIALS_FOLDER);
    for (name, secret) in draft.secrets() {
        let path = credentials.join(name);
        if is_there(&path, secret) {
            continue;
        }
        make_folder(&credentials, 0o700)?;
        put(&path, secret.expose_secret().as_bytes(), 0o600, None)?;
        written.files.push(path);
        written.changed.push(name.to_owned());
    }
    let changed = before.map(|before| before.differences(draft));
    if changed.as_ref().is_some_and(Vec::is_empty) {
        return Ok(written);
    }
    if before.is_some() && keep {
        written.copy = Some(copy_of(file, at)?);
    }
    let group = if is_root() { accounts::group(SERVICE) } else { None };
    let mode = if group.is_some() { 0o640 } else { 0o600 };
    put(file, draft.text().as_bytes(), mode, group)?;
    written.files.push(file.to_owned());
    written.changed.extend(changed.unwrap_or_default());
    Ok(written)
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn failed(path: &Path) -> impl Fn(io::Error) -> SetupError {
    let path = path.to_owned();
    move |source| SetupError::Write { path: path.clone(), source }
}

fn make_folder(path: &Path, mode: u32) -> Result<(), SetupError> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(mode).create(path).map_err(failed(path))
}

/// Whether a secret stands there already, for its owner alone.
fn is_there(path: &Path, secret: &SecretString) -> bool {
    let closed = std::fs::metadata(path).is_ok_and(|found| found.mode() & 0o077 == 0);
    let text = zeroize::Zeroizing::new(std::fs::read(path).unwrap_or_default());
    closed && text.trim_ascii_end() == secret.expose_secret().as_bytes()
}

/// Whole under another name first, then given its name.
fn put(path: &Path, bytes: &[u8], mode: u32, group: Option<u32>) -> Result<(), SetupError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let draft = PathBuf::from(name);
    let write = || {
        // One that was left behind may have another mode.
        match std::fs::remove_file(&draft) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut options = OpenOptions::new();
        let mut file = options.create_new(true).write(true).mode(mode).open(&draft)?;
        if group.is_some() {
            std::os::unix::fs::fchown(&file, None, group)?;
        }
        file.write_all(bytes)?;
        // Whatever the umask took away.
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))?;
        file.sync_all()?;
        std::fs::rename(&draft, path)?;
        File::open(folder_of(path))?.sync_all()
    };
    write().map_err(failed(path))
}

/// Keeps the file as it is under another name, which nobody has yet.
fn copy_of(file: &Path, at: Timestamp) -> Result<PathBuf, SetupError> {
    let stamp: String = at.rfc3339().chars().take(19).filter(char::is_ascii_alphanumeric).collect();
    let mut number = 1;
    loop {
        let again = if number == 1 { String::new() } else { format!("-{number}") };
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".before-setup-{stamp}Z{again}"));
        let copy = PathBuf::from(name);
        match std::fs::hard_link(file, &copy) {
            Ok(()) => return Ok(copy),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            // A file system without hard links.
            Err(_) => {
                return match std::fs::copy(file, &copy) {
                    Ok(_) => Ok(copy),
                    Err(error) => Err(failed(&copy)(error)),
                };
            }
        }
    }
}

/// The database and what lies beside it belong to the service, also when root has made them.
pub(super) fn hand_over(database: &Path) -> Result<(), SetupError> {
    if !is_root() {
        return Ok(());
    }
    let folder = folder_of(database);
    let owner = std::fs::metadata(&folder).map_err(failed(&folder))?;
    let (uid, gid) = match (owner.uid(), accounts::user(SERVICE)) {
        (0, None) => return Ok(()),
        (0, Some(service)) => (service.uid, service.gid),
        (uid, _) => (uid, owner.gid()),
    };
    let own = ["path-token", "webhook-secret"].map(|name| folder.join(name));
    for path in [database.to_owned(), place::marker_of(database)].into_iter().chain(own) {
        if std::fs::metadata(&path).is_ok_and(|found| found.uid() == 0) {
            std::os::unix::fs::chown(&path, Some(uid), Some(gid)).map_err(failed(&path))?;
        }
    }
    Ok(())
}

/// The folder of the database, for the service; only the default one is made.
pub(super) fn make_state_folder(database: &Path) -> Result<(), SetupError> {
    let folder = folder_of(database);
    if folder.is_dir() {
        return Ok(());
    }
    make_folder(&folder, 0o700)?;
    if let Some(service) = accounts::user(SERVICE).filter(|_| is_root()) {
        let given = std::os::unix::fs::chown(&folder, Some(service.uid), Some(service.gid));
        given.map_err(failed(&folder))?;
    }
    Ok(())
}

/// A secret file that the configuration names is read by the service itself, and not handed to it.
pub(super) fn service_can_read(key: &str, path: &Path) -> Result<(), String> {
    let service = accounts::user(SERVICE).filter(|_| is_root());
    readable_by(service.map(|user| user.uid), key, path)
}

fn readable_by(service: Option<u32>, key: &str, path: &Path) -> Result<(), String> {
    let owner = std::fs::metadata(path).map(|found| found.uid());
    match (service, owner) {
        (Some(uid), Ok(owner)) if uid != owner => Err(format!(
            "{key} names {}, which the service's user {SERVICE} could not read: give the secret itself instead, or \
             run chown {SERVICE} on the file",
            path.display()
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp(1_795_413_600_000);

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).expect("there").mode() & 0o7777
    }

    fn draft(vendor: &str, secret: &str) -> Draft {
        let mut draft = Draft::default();
        draft.set_text("linnworks.vendor", vendor);
        draft.set_secret("stream-secret", secret);
        draft
    }

    #[test]
    fn r23_files_are_written_with_their_modes_and_a_second_time_not_at_all() {
        let place = tempfile::tempdir().expect("a folder");
        let file = place.path().join("etc/config.toml");
        let first = write(&file, &draft("A", "canary"), None, true, AT).expect("written");
        let secret = place.path().join("etc/credentials/stream-secret");
        assert_eq!(first.files, [secret.clone(), file.clone()]);
        assert_eq!((mode(&secret), mode(secret.parent().expect("a folder"))), (0o600, 0o700));
        // For the operators' group as well, where this machine has one and we may give it.
        assert!([0o600, 0o640].contains(&mode(&file)), "{:o}", mode(&file));
        assert!(!std::fs::read_to_string(&file).expect("text").contains("canary"));
        let before = draft("A", "canary");
        let again = write(&file, &draft("A", "canary"), Some(&before), true, AT).expect("nothing");
        assert_eq!(again, Written::default());
    }

    #[test]
    fn what_is_written_over_is_kept_under_a_name_of_its_own_each_time() {
        let place = tempfile::tempdir().expect("a folder");
        let file = place.path().join("config.toml");
        std::fs::write(&file, "# mine\n").expect("written");
        let before = Draft::default();
        let mut copies = Vec::new();
        for _ in 0..2 {
            let written = write(&file, &draft("B", "s"), Some(&before), true, AT).expect("written");
            assert!(written.changed.contains(&"linnworks.vendor".to_owned()), "{written:?}");
            copies.extend(written.copy);
        }
        assert_eq!(copies.len(), 2);
        assert_eq!(std::fs::read_to_string(&copies[0]).expect("kept"), "# mine\n");
        assert!(
            copies[0].display().to_string().ends_with("config.toml.before-setup-20261123T060000Z")
        );
    }

    #[test]
    fn a_secret_that_others_can_read_is_written_anew() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("s");
        put(&path, b"x\n", 0o600, None).expect("written");
        let secret = SecretString::from("x".to_owned());
        assert!(is_there(&path, &secret));
        put(&path, b"x", 0o644, None).expect("written");
        assert!(!is_there(&path, &secret));
    }

    #[test]
    fn a_named_secret_file_must_be_the_services_own() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("s");
        put(&path, b"x", 0o600, None).expect("written");
        let owner = std::fs::metadata(&path).expect("there").uid();
        assert!(
            readable_by(None, "k", &path).is_ok() && readable_by(Some(owner), "k", &path).is_ok()
        );
        let refused = readable_by(Some(owner + 4711), "stream.client_secret_file", &path);
        assert!(refused.expect_err("refused").contains("chown linnstream"));
    }
}
