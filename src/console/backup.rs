//! A backup: a copy that the daemon makes beside its database and hands out part by part. The file has no
//! name, so nothing is left of it when nobody fetches it any more, or when the daemon ends.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tui::protocol::views::BackupView;
use tui::protocol::{BACKUP_PART_BYTES_MAX, ErrorKind, Reply};

use crate::domain::time::Timestamp;

/// A copy that nobody has asked a part of for so long is given up.
const IDLE_MAX: Duration = Duration::from_secs(60);

/// A copy that was made.
pub struct Made {
    /// Its bytes.
    pub file: File,
    /// Of which instant it is.
    pub at: Timestamp,
    /// Files that hold secrets, to be copied beside it.
    pub credentials: Vec<String>,
}

/// Makes a copy, or says why not.
pub type MakeCopy = Box<dyn Fn() -> Result<Made, String> + Send + Sync>;

enum State {
    Idle,
    Making,
    Ready(Ready),
}

struct Ready {
    id: u64,
    file: Arc<File>,
    bytes: u64,
    /// Parts asked for.
    asked: u64,
}

struct Shared {
    state: Mutex<State>,
    asked: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Backups, one at a time.
pub struct Backups {
    make: MakeCopy,
    shared: Arc<Shared>,
    idle: Duration,
}

/// Whatever happens while a copy is made, the next one may be asked for.
struct Turn<'a> {
    shared: &'a Shared,
    done: bool,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.done {
            *self.shared.lock() = State::Idle;
        }
    }
}

impl Backups {
    /// Backups whose copies are made so.
    pub fn new(make: MakeCopy) -> Self {
        let shared = Shared { state: Mutex::new(State::Idle), asked: Condvar::new() };
        Self { make, shared: Arc::new(shared), idle: IDLE_MAX }
    }

    /// Makes a copy and tells how large it is.
    pub(super) fn begin(&self) -> Reply {
        {
            let mut state = self.shared.lock();
            if !matches!(*state, State::Idle) {
                let text = "another backup is being made: wait until it is there, or a minute after it was given up";
                return error(ErrorKind::Unavailable, text.to_owned());
            }
            *state = State::Making;
        }
        let mut turn = Turn { shared: &self.shared, done: false };
        let made = match (self.make)() {
            Ok(made) => made,
            Err(text) => return error(ErrorKind::Unavailable, text),
        };
        let (bytes, sha256) = match digest(&made.file) {
            Ok(digest) => digest,
            Err(failed) => {
                let text = format!("the copy cannot be read again: {failed}; check the disk");
                return error(ErrorKind::Unavailable, text);
            }
        };
        // Its time and size tell it from every one before.
        let id = made.at.0.unsigned_abs().wrapping_mul(31).wrapping_add(bytes);
        let ready = Ready { id, file: Arc::new(made.file), bytes, asked: 0 };
        *self.shared.lock() = State::Ready(ready);
        turn.done = true;
        if let Err(failed) = self.watch(id) {
            *self.shared.lock() = State::Idle;
            return error(ErrorKind::Internal, format!("the system refused a thread: {failed}"));
        }
        let (credentials, made_at) = (made.credentials, made.at.0);
        Reply::Backup(BackupView { id, bytes, sha256, made_at, credentials })
    }

    /// Gives it up when nobody asks for it any more.
    fn watch(&self, id: u64) -> io::Result<()> {
        let (shared, idle) = (Arc::clone(&self.shared), self.idle);
        let watch = move || {
            let mut state = shared.lock();
            loop {
                let asked = |state: &State| match state {
                    State::Ready(ready) if ready.id == id => Some(ready.asked),
                    State::Ready(_) | State::Idle | State::Making => None,
                };
                let Some(before) = asked(&state) else { return };
                let waited = shared
                    .asked
                    .wait_timeout_while(state, idle, |state| asked(state) == Some(before))
                    .unwrap_or_else(PoisonError::into_inner);
                state = waited.0;
                if asked(&state) == Some(before) {
                    *state = State::Idle;
                    return;
                }
            }
        };
        std::thread::Builder::new().name("backup".into()).spawn(watch).map(|_| ())
    }

    /// A part of the copy; after the last one nothing, and the copy is over.
    pub(super) fn part(&self, id: u64, offset: u64) -> Reply {
        let (file, bytes) = {
            let mut state = self.shared.lock();
            match &mut *state {
                State::Ready(ready) if ready.id == id => {
                    ready.asked += 1;
                    self.shared.asked.notify_all();
                    let (file, bytes) = (Arc::clone(&ready.file), ready.bytes);
                    if offset >= bytes {
                        *state = State::Idle;
                        return Reply::BackupPart(Vec::new());
                    }
                    (file, bytes)
                }
                State::Ready(_) | State::Idle | State::Making => {
                    let text = "the backup was given up because nobody fetched it: make it again";
                    return error(ErrorKind::Unavailable, text.to_owned());
                }
            }
        };
        let length = (bytes - offset).min(BACKUP_PART_BYTES_MAX as u64) as usize;
        let mut part = vec![0; length];
        match file.read_exact_at(&mut part, offset) {
            Ok(()) => Reply::BackupPart(part),
            Err(failed) => {
                error(ErrorKind::Unavailable, format!("the copy cannot be read: {failed}"))
            }
        }
    }
}

fn error(kind: ErrorKind, text: String) -> Reply {
    Reply::Error { kind, text }
}

/// Length and SHA-256.
fn digest(file: &File) -> io::Result<(u64, Vec<u8>)> {
    let bytes = file.metadata()?.len();
    let mut sum = Sha256::new();
    let mut part = vec![0; BACKUP_PART_BYTES_MAX];
    let mut at = 0;
    while at < bytes {
        let length = (bytes - at).min(part.len() as u64) as usize;
        file.read_exact_at(&mut part[..length], at)?;
        sum.update(&part[..length]);
        at += length as u64;
    }
    Ok((bytes, sum.finalize().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn made(bytes: usize) -> Result<Made, String> {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(&vec![7; bytes]).expect("written");
        Ok(Made { file, at: Timestamp(5), credentials: vec!["/secret".into()] })
    }

    fn begun(backups: &Backups) -> BackupView {
        match backups.begin() {
            Reply::Backup(view) => view,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_copy_is_handed_out_in_bounded_parts_and_is_over_after_the_last() {
        let length = BACKUP_PART_BYTES_MAX * 2 + 5;
        let backups = Backups::new(Box::new(move || made(length)));
        let view = begun(&backups);
        assert_eq!((view.bytes, view.made_at), (length as u64, 5));
        let mut got = Vec::new();
        loop {
            let Reply::BackupPart(part) = backups.part(view.id, got.len() as u64) else {
                panic!("a part")
            };
            assert!(part.len() <= BACKUP_PART_BYTES_MAX);
            if part.is_empty() {
                break;
            }
            got.extend(part);
        }
        assert_eq!(got, vec![7; length]);
        assert_eq!(Sha256::digest(&got).to_vec(), view.sha256);
        assert!(matches!(backups.part(view.id, 0), Reply::Error { .. }), "it is over");
        begun(&backups);
    }

    #[test]
    fn there_is_one_at_a_time_and_one_that_nobody_fetches_is_given_up() {
        let mut backups = Backups::new(Box::new(|| made(10)));
        backups.idle = Duration::from_millis(200);
        let first = begun(&backups);
        let Reply::Error { kind: ErrorKind::Unavailable, text } = backups.begin() else {
            panic!("one at a time")
        };
        assert!(text.contains("another backup"), "{text}");
        let deadline = std::thread::spawn(|| {
            let (_keep, never) = std::sync::mpsc::channel::<()>();
            let _ = never.recv_timeout(Duration::from_secs(20));
        });
        while matches!(*backups.shared.lock(), State::Ready(_)) {
            assert!(!deadline.is_finished(), "not given up");
            std::thread::yield_now();
        }
        assert!(matches!(backups.part(first.id, 0), Reply::Error { .. }));
        begun(&backups);
    }

    #[test]
    fn a_copy_that_fails_or_breaks_does_not_stand_in_the_way_of_the_next() {
        let fails = Backups::new(Box::new(|| Err("no room".into())));
        for _ in 0..2 {
            let Reply::Error { text, .. } = fails.begin() else { panic!("an error") };
            assert_eq!(text, "no room");
        }
        let breaks = Backups::new(Box::new(|| panic!("a defect")));
        let begin = || breaks.begin();
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(begin)).is_err());
        assert!(matches!(*breaks.shared.lock(), State::Idle));
    }
}
