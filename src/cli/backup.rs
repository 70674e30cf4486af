//! `linnstream backup`: a copy of the database, made while the daemon runs.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tui::client::Client;
use tui::protocol::views::BackupView;
use tui::protocol::{Reply, Request};

use super::{Exit, Failed, ask, inspect, json};
use crate::store::{self, Inspection};

/// Writes the copy; `No` when the database that it is of is damaged.
pub(super) fn execute(daemon: &mut Client, as_json: bool, file: &Path) -> Result<Exit, Failed> {
    if std::fs::symlink_metadata(file).is_ok() {
        let text = format!("{} is there already: name a file that is not", file.display());
        return Err(Failed::new(Exit::Refused, text));
    }
    let draft = draft_of(file);
    let written = fetch(daemon, &draft).and_then(|view| {
        let found = store::inspect(&draft).map_err(|error| {
            Failed::new(Exit::Internal, format!("the copy is not sound: {error}"))
        })?;
        publish(&draft, file).map_err(|error| cannot_write(file, &error))?;
        Ok((view, found))
    });
    if written.is_err() {
        // Half a backup must not be taken for one.
        let _ = std::fs::remove_file(&draft);
    }
    let (view, found) = written?;
    tell(as_json, file, &view, &found)?;
    Ok(if found.damaged > 0 { Exit::No } else { Exit::Done })
}

fn draft_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

fn cannot_write(file: &Path, error: &io::Error) -> Failed {
    Failed::new(Exit::Internal, format!("{} cannot be written: {error}", file.display()))
}

/// The copy, whole and on the disk.
fn fetch(daemon: &mut Client, draft: &Path) -> Result<BackupView, Failed> {
    let failed = |error: io::Error| cannot_write(draft, &error);
    let mut options = OpenOptions::new();
    let options = options.create(true).truncate(true).write(true).mode(0o600);
    // Before the daemon copies a large database for nothing.
    let mut to = options.open(draft).map_err(failed)?;
    let view = match daemon.ask(&Request::Backup)? {
        Reply::Backup(view) => view,
        other => return Err(ask::unexpected(&other)),
    };
    let (mut sum, mut at) = (Sha256::new(), 0);
    loop {
        let part = match daemon.ask(&Request::BackupPart { id: view.id, offset: at })? {
            Reply::BackupPart(part) => part,
            other => return Err(ask::unexpected(&other)),
        };
        if part.is_empty() {
            break;
        }
        to.write_all(&part).map_err(failed)?;
        sum.update(&part);
        at += part.len() as u64;
    }
    to.sync_all().map_err(failed)?;
    if at != view.bytes || sum.finalize().to_vec() != view.sha256 {
        let text = "the copy that arrived is not the one that was made: try again".to_owned();
        return Err(Failed::new(Exit::Internal, text));
    }
    Ok(view)
}

/// Gives it its name, never that of a file that came there meanwhile.
fn publish(draft: &Path, file: &Path) -> io::Result<()> {
    match std::fs::hard_link(draft, file) {
        Ok(()) => std::fs::remove_file(draft)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
        // A file system without hard links.
        Err(_) => std::fs::rename(draft, file)?,
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn tell(as_json: bool, file: &Path, view: &BackupView, found: &Inspection) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let sha256 = view.sha256.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    if as_json {
        let mut document = inspect::document(file, found);
        document["sha256"] = sha256.into();
        document["credentials"] = view.credentials.clone().into();
        return json::print(&mut out, &document);
    }
    let orders: u64 = found.orders.values().sum();
    writeln!(out, "{}: {orders} orders, {} bytes, SHA-256 {sha256}", file.display(), view.bytes)?;
    writeln!(out, "{}", inspect::verdict(found))?;
    if !view.credentials.is_empty() {
        writeln!(out, "\nIt holds no secrets. Copy these files beside it:")?;
        for path in &view.credentials {
            writeln!(out, "  {path}")?;
        }
    }
    Ok(())
}
