//! Brings a database of an older format to ours, step by step, each step in one transaction: a crash in
//! between leaves the one format or the other. Before the first step the file is copied beside, under a
//! name that says which upgrade it was made for.
//!
//! A step is never changed once a version with it was released.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use redb::Database;

use super::error::StoreError;
use super::orders::closed_key;
use super::raw::{Access, Raw, Trouble, guarded};
use super::records::decode;
use super::records::order::OrderRec;
use super::tables as t;
use crate::domain::order::StateWord;
use crate::domain::time::Timestamp;

/// Index entries read at once.
const PAGE: usize = 1_000;

/// What turns one format into the next.
type Step = fn(&Raw<'_>) -> Result<(), StoreError>;

/// Each step with the format that it begins from.
const STEPS: [(u64, Step); 1] = [(1, index_closed)];

/// Brings a database of the format `found` to ours. `path`: its file, of which a copy is kept.
pub(super) fn bring_up(db: &Database, found: u64, path: Option<&Path>) -> Result<(), StoreError> {
    if found >= t::SCHEMA {
        return Ok(());
    }
    if let Some(path) = path {
        let kept = keep_copy(path, found)?;
        log::info!(
            "upgrading the database from format {found} to {}; as it was it is kept in {}",
            t::SCHEMA,
            kept.display()
        );
    }
    for (from, step) in STEPS.into_iter().filter(|(from, _)| *from >= found) {
        take(db, from, step)?;
    }
    Ok(())
}

/// One step and the number that says that it was taken, or nothing of both.
fn take(db: &Database, from: u64, step: Step) -> Result<(), StoreError> {
    let tx = guarded("upgrading", || {
        let mut tx = db.begin_write()?;
        tx.set_quick_repair(true);
        Ok(tx)
    })?;
    let trouble = Trouble::new(true);
    let raw = Raw { access: Access::Write(&tx), trouble: &trouble };
    let done = step(&raw)
        .and_then(|()| raw.put(t::META, t::META_SCHEMA, &(from + 1).to_be_bytes()).map(|_| ()));
    match done {
        Ok(()) => guarded("upgrading", || tx.commit().map_err(Into::into)),
        Err(error) => {
            // Nothing of the step is kept, whatever this says.
            let _ = guarded("giving up an upgrade", || tx.abort().map_err(Into::into));
            Err(error)
        }
    }
}

/// 1 to 2: orders that are over, by time.
fn index_closed(raw: &Raw<'_>) -> Result<(), StoreError> {
    raw.make(t::CLOSED)?;
    for word in [StateWord::Processed, StateWord::Cancelled] {
        let high = [&[t::state_number(word)][..], &[0xff; 16]].concat();
        let mut low = vec![t::state_number(word)];
        loop {
            let page = raw.range(t::STATES, (&low, &high), PAGE)?;
            let full = page.len() == PAGE;
            for (key, _) in page {
                let Some(id) = t::order_at(&key, 1) else { continue };
                // A damaged record is left to those who read it; nothing is ever purged of it.
                if let Ok(Some(value)) = raw.get(t::ORDERS, &id.bytes())
                    && let Ok(rec) = decode::<OrderRec>(t::ORDERS, &id.bytes(), &value)
                    && let Some(entry) = closed_key(&rec.order(id))
                {
                    raw.put(t::CLOSED, &entry, &[])?;
                }
                // The next key after this one.
                low = [key.as_slice(), &[0]].concat();
            }
            if !full {
                break;
            }
        }
    }
    Ok(())
}

/// Copies the file beside itself. The time in its name is that of the last write to it.
fn keep_copy(path: &Path, found: u64) -> Result<PathBuf, StoreError> {
    let attempt = || -> io::Result<PathBuf> {
        let written = std::fs::metadata(path)?.modified()?;
        let since = written.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let stamp = Timestamp(i64::try_from(since).unwrap_or(0)).stamp();
        let name = format!(".before-upgrade-{found}-to-{}-{stamp}", t::SCHEMA);
        let kept = named(path, &name);
        let draft = named(path, &format!("{name}.new"));
        let copied = copy_file(path, &draft).and_then(|()| std::fs::rename(&draft, &kept));
        if copied.is_err() {
            // Half a copy helps nobody, and the disk may be full.
            let _ = std::fs::remove_file(&draft);
        }
        copied?;
        super::file::sync_folder(path)?;
        Ok(kept)
    };
    attempt()
        .map_err(|source| StoreError::Upgrade { path: path.to_owned(), source: Arc::new(source) })
}

/// The path with something behind it.
pub(super) fn named(path: &Path, behind: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(behind);
    PathBuf::from(name)
}

/// Copies bytes into a file for its owner alone, and waits until they are on the disk.
fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut to = options.create(true).truncate(true).write(true).mode(0o600).open(to)?;
    io::copy(&mut File::open(from)?, &mut to)?;
    to.sync_all()
}
