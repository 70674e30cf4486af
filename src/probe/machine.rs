//! This machine: who can read secrets, whether the database has a place and room, whether the sockets can
//! be had. Nothing is made or changed.

use std::fs::Metadata;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::accounts;
use super::check::Check;
use crate::config::{AdminConfig, Bind};

/// Least room where the database is: it grows by about 2 KB an order, and a database that cannot grow
/// sends nothing.
pub const DISK_FREE_MIN: u64 = 512 * 1024 * 1024;

/// A backup or a compacted copy beside the database needs as much as it has once more.
const DATABASE_SIZES_MIN: u64 = 2;

/// Longest wait for a listener on this machine.
const CONNECT_MAX: Duration = Duration::from_secs(2);

/// Permission bits of group and others, and of those who may write besides the owner.
const GROUP_AND_OTHERS: u32 = 0o077;
const OTHERS_WRITE: u32 = 0o022;

/// The folder that a file is in.
pub fn folder_of(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).to_owned()
}

/// Files that hold secrets, of which each must be its owner's alone. `readers`: the user the daemon runs
/// as must be able to read these without systemd handing them over.
pub fn secret_files(files: &[PathBuf], readers: &[PathBuf], daemon: Option<u32>) -> Check {
    const NAME: &str = "secret-files";
    let mut wrong = Vec::new();
    let mut seen = 0;
    for path in files.iter().chain(readers) {
        match std::fs::metadata(path) {
            Ok(found) if found.mode() & GROUP_AND_OTHERS != 0 => {
                let mode = found.mode() & 0o7777;
                wrong.push((
                    format!("others can read {} (mode {mode:04o})", path.display()),
                    format!("chmod 600 {}", path.display()),
                ));
            }
            Ok(found)
                if readers.contains(path)
                    && daemon.is_some_and(|uid| uid != found.uid() && uid != 0) =>
            {
                let (owner, uid) = (accounts::name_of(found.uid()), daemon.unwrap_or_default());
                let user = accounts::name_of(uid);
                wrong.push((
                    format!(
                        "{} belongs to {owner}, and the daemon's user {user} cannot read it",
                        path.display()
                    ),
                    format!("chown {user} {}", path.display()),
                ));
            }
            Ok(_) => seen += 1,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => wrong.push((
                format!("{} cannot be looked at by this user", path.display()),
                "run linnstream doctor as root".to_owned(),
            )),
            Err(_) => {}
        }
    }
    if wrong.is_empty() {
        return Check::good(NAME, format!("{seen} looked at, each its owner's alone"));
    }
    let (texts, remedies): (Vec<String>, Vec<String>) = wrong.into_iter().unzip();
    Check::fault(NAME, texts.join("; "), remedies.join("; "))
}

/// The folder of the database.
pub fn state_directory(database: &Path) -> Check {
    const NAME: &str = "state-directory";
    let folder = folder_of(database);
    let shown = folder.display();
    let found = match std::fs::metadata(&folder) {
        Ok(found) if found.is_dir() => found,
        Ok(_) => return Check::fault(NAME, format!("{shown} is no folder"), "correct store.path"),
        Err(error) => {
            let remedy =
                format!("create it for the daemon's user: install -d -m 700 -o linnstream {shown}");
            return Check::fault(NAME, format!("{shown} cannot be used: {error}"), remedy);
        }
    };
    let owner = accounts::name_of(found.uid());
    let mode = found.mode() & 0o7777;
    if mode & OTHERS_WRITE != 0 {
        let text = format!("others than {owner} can write in {shown} (mode {mode:04o})");
        return Check::fault(NAME, text, format!("chmod 700 {shown}"));
    }
    let ours = rustix::process::geteuid().as_raw();
    if ours != 0
        && ours == found.uid()
        && rustix::fs::access(&folder, rustix::fs::Access::WRITE_OK).is_err()
    {
        let text = format!("{shown} cannot be written to");
        return Check::fault(
            NAME,
            text,
            format!("chmod 700 {shown}; see whether the disk is mounted read-only"),
        );
    }
    Check::good(NAME, format!("{shown} of {owner}, mode {mode:04o}"))
}

/// The file of the database as far as it can be seen from outside; `marker` says that there was one.
pub fn database(path: &Path, marker: &Path) -> Result<Metadata, Check> {
    const NAME: &str = "database";
    match std::fs::metadata(path) {
        Ok(found) => Ok(found),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Check::fault(
            NAME,
            format!("{} cannot be looked at: {error}", path.display()),
            "run linnstream doctor as root",
        )),
        Err(_) if marker.exists() => Err(Check::fault(
            NAME,
            format!(
                "{} is missing although linnstream ran here before ({} says so)",
                path.display(),
                marker.display()
            ),
            "put it back: linnstream restore FILE; without a backup: linnstream rebuild",
        )),
        Err(_) => Err(Check::good(NAME, format!("none yet at {}", path.display()))
            .hint("linnstream setup makes it, and so does the first start")),
    }
}

/// Room on the disk of the database.
pub fn disk(database: &Path, bytes: u64) -> Check {
    const NAME: &str = "disk";
    let folder = folder_of(database);
    let needed = DISK_FREE_MIN.max(bytes.saturating_mul(DATABASE_SIZES_MIN));
    match rustix::fs::statvfs(&folder) {
        Ok(found) => room(found.f_bavail.saturating_mul(found.f_frsize), needed, &folder),
        Err(error) => Check::fault(
            NAME,
            format!("the room at {} cannot be learned: {error}", folder.display()),
            "see whether the folder exists and its disk is mounted",
        ),
    }
}

fn room(free: u64, needed: u64, folder: &Path) -> Check {
    const NAME: &str = "disk";
    let text =
        format!("{} free at {}, {} needed", megabytes(free), folder.display(), megabytes(needed));
    if free >= needed {
        return Check::good(NAME, text);
    }
    Check::fault(NAME, text, "make room; when the disk is full nothing is sent")
}

fn megabytes(bytes: u64) -> String {
    match bytes / (1024 * 1024) {
        many @ 10_240.. => format!("{} GB", many / 1024),
        some => format!("{some} MB"),
    }
}

/// Whether the socket of the commands can be had by those who should.
pub fn admin_socket(admin: &AdminConfig, daemon_answers: bool) -> Check {
    const NAME: &str = "admin-socket";
    let path = admin.socket.display();
    if let Some(name) = &admin.operators
        && accounts::group(name).is_none()
    {
        return Check::fault(
            NAME,
            format!("there is no group \"{name}\" on this machine (admin.operators)"),
            format!("groupadd --system {name}, or correct admin.operators"),
        );
    }
    let folder = folder_of(&admin.socket);
    if daemon_answers || folder.is_dir() {
        let whom = admin
            .operators
            .as_ref()
            .map_or(String::new(), |name| format!(", for the group {name}"));
        return Check::good(NAME, format!("{path}{whom}"));
    }
    // The unit makes its folder below /run when it starts.
    if folder.starts_with("/run") {
        return Check::good(NAME, format!("{path}; its folder is made when the service starts"));
    }
    Check::fault(
        NAME,
        format!("the folder {} does not exist", folder.display()),
        "create it, or correct admin.socket",
    )
}

/// Whether the listener's address is free, or held by the daemon that runs.
pub fn listener(bind: &Bind, daemon_answers: bool) -> Check {
    const NAME: &str = "listener";
    let taken = match bind {
        Bind::None => return Check::good(NAME, "nothing listens (listener.bind is \"none\")"),
        Bind::Tcp(address) => tcp_taken(address),
        Bind::Unix(path) => Ok(UnixStream::connect(path).is_ok()),
    };
    match (taken, daemon_answers) {
        (Ok(true), true) => Check::good(NAME, format!("the daemon listens on {bind}")),
        (Ok(false), false) => Check::good(NAME, format!("{bind} is free")),
        (Ok(false), true) => Check::fault(
            NAME,
            format!("the daemon runs, but nobody listens on {bind}"),
            "start it again with this configuration: systemctl restart linnstream",
        ),
        (Ok(true), false) => Check::fault(
            NAME,
            format!("another program listens on {bind}"),
            "stop that program (ss -ltnp shows it), or give linnstream another listener.bind",
        ),
        (Err(error), _) => {
            Check::fault(NAME, format!("{bind} cannot be had: {error}"), "correct listener.bind")
        }
    }
}

fn tcp_taken(address: &SocketAddr) -> io::Result<bool> {
    if TcpStream::connect_timeout(address, CONNECT_MAX).is_ok() {
        return Ok(true);
    }
    match TcpListener::bind(address) {
        Ok(_) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(true),
        // A port for root alone: the service is given it.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn file(path: &Path, mode: u32) {
        std::fs::write(path, "canary").expect("written");
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("set");
    }

    #[test]
    fn a_secret_file_that_others_can_read_is_named_with_the_command_that_mends_it() {
        let place = tempfile::tempdir().expect("a folder");
        let (good, open) = (place.path().join("good"), place.path().join("open"));
        file(&good, 0o600);
        file(&open, 0o640);
        let absent = place.path().join("absent");
        assert!(secret_files(&[good.clone(), absent], &[], None).ok);
        let check = secret_files(&[good.clone(), open.clone()], &[], None);
        let wanted = format!("chmod 600 {}", open.display());
        assert_eq!((check.ok, check.remedy.as_deref()), (false, Some(wanted.as_str())));
        let owner = std::fs::metadata(&good).expect("there").uid();
        assert!(secret_files(&[], std::slice::from_ref(&good), Some(owner)).ok);
        let check = secret_files(&[], &[good], Some(owner + 4711));
        assert!(check.remedy.is_some_and(|remedy| remedy.starts_with("chown ")), "{}", check.text);
    }

    #[test]
    fn the_folder_of_the_database_must_be_there_and_not_open_to_others() {
        let place = tempfile::tempdir().expect("a folder");
        let database = place.path().join("db.redb");
        assert!(state_directory(&database).ok);
        std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o777))
            .expect("set");
        assert!(!state_directory(&database).ok);
        assert!(!state_directory(&place.path().join("no/db.redb")).ok);
    }

    #[test]
    fn a_marker_without_its_database_is_a_fault_and_neither_of_them_is_not() {
        let place = tempfile::tempdir().expect("a folder");
        let (database, marker) = (place.path().join("db"), place.path().join("db.installed"));
        assert!(super::database(&database, &marker).expect_err("none").ok);
        file(&marker, 0o600);
        let check = super::database(&database, &marker).expect_err("gone");
        assert!(!check.ok && check.remedy.is_some_and(|text| text.contains("restore")));
        file(&database, 0o600);
        assert!(super::database(&database, &marker).is_ok());
    }

    #[test]
    fn too_little_room_is_a_fault_and_a_large_database_needs_more() {
        let here = Path::new("/var/lib/x");
        assert!(room(DISK_FREE_MIN, DISK_FREE_MIN, here).ok);
        let check = room(DISK_FREE_MIN - 1, DISK_FREE_MIN, here);
        assert_eq!(
            (check.ok, check.text.as_str()),
            (false, "511 MB free at /var/lib/x, 512 MB needed")
        );
        let place = tempfile::tempdir().expect("a folder");
        assert!(!disk(&place.path().join("db"), u64::MAX / 4).ok);
    }

    #[test]
    fn an_address_that_another_program_holds_is_a_fault_unless_that_program_is_ours() {
        let holder = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let taken = Bind::Tcp(holder.local_addr().expect("an address"));
        assert!(!listener(&taken, false).ok && listener(&taken, true).ok);
        drop(holder);
        assert!(listener(&taken, false).ok && !listener(&taken, true).ok);
        assert!(listener(&Bind::None, false).ok);
    }

    #[test]
    fn a_group_that_does_not_exist_is_named() {
        let admin =
            AdminConfig { socket: "/run/x/s".into(), operators: Some("no-such-group".into()) };
        let check = admin_socket(&admin, false);
        assert!(!check.ok && check.text.contains("no-such-group"), "{check:?}");
        assert!(admin_socket(&AdminConfig { operators: None, ..admin }, false).ok);
        let nowhere = AdminConfig { socket: "/no/such/folder/s".into(), operators: None };
        assert!(!admin_socket(&nowhere, false).ok);
    }
}
