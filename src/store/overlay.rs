//! A database file that is only read: what the engine writes while it opens it, to put right what a crash
//! left, stays in memory. So a copy can be looked at where nothing may be written, and a damaged file stays
//! as it is.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io;
use std::ops::Bound;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::backends::FileBackend;
use redb::{BackendError, StorageBackend};

/// Bytes kept together.
const PAGE: u64 = 4096;

/// What the engine may write before it is given up: it puts right headers and lists of free pages, some
/// megabytes of a database of gigabytes.
const WRITTEN_BYTES_MAX: u64 = 512 * 1024 * 1024;

#[derive(Debug)]
struct Written {
    len: u64,
    pages: BTreeMap<u64, Box<[u8]>>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Overlay {
    file: File,
    file_len: u64,
    /// Takes the locks of the file, where it may be written; a file that may not is opened by nobody else
    /// to be written either.
    locks: Option<FileBackend>,
    written: Mutex<Written>,
}

impl Overlay {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let (file, locks) = match File::options().read(true).write(true).open(path) {
            Ok(file) => {
                let other = file.try_clone()?;
                (file, Some(FileBackend::new(other).map_err(io::Error::other)?))
            }
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
                ) =>
            {
                (File::open(path)?, None)
            }
            Err(error) => return Err(error),
        };
        let file_len = file.metadata()?.len();
        let written = Mutex::new(Written { len: file_len, pages: BTreeMap::new() });
        Ok(Self { file, file_len, locks, written })
    }

    fn lock(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A page as it is in the file, zeros beyond its end.
    fn page(&self, at: u64) -> io::Result<Box<[u8]>> {
        let mut page = vec![0; PAGE as usize].into_boxed_slice();
        let there = self.file_len.saturating_sub(at).min(PAGE) as usize;
        self.file.read_exact_at(&mut page[..there], at)?;
        Ok(page)
    }
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.lock().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let written = self.lock();
        let end = offset.saturating_add(out.len() as u64);
        if end > written.len {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        let there = self.file_len.saturating_sub(offset).min(out.len() as u64) as usize;
        self.file.read_exact_at(&mut out[..there], offset)?;
        out[there..].fill(0);
        for (at, page) in written.pages.range(offset / PAGE * PAGE..end) {
            let from = offset.max(*at);
            let to = end.min(at + PAGE);
            let part = &page[(from - at) as usize..(to - at) as usize];
            out[(from - offset) as usize..(to - offset) as usize].copy_from_slice(part);
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.lock().len = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut written = self.lock();
        let end = offset + data.len() as u64;
        let mut at = offset / PAGE * PAGE;
        while at < end {
            if written.pages.len() as u64 * PAGE > WRITTEN_BYTES_MAX {
                return Err(io::Error::from(io::ErrorKind::OutOfMemory));
            }
            let page = match written.pages.entry(at) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(self.page(at)?),
            };
            let (from, to) = (offset.max(at), end.min(at + PAGE));
            let part = &data[(from - offset) as usize..(to - offset) as usize];
            page[(from - at) as usize..(to - at) as usize].copy_from_slice(part);
            at += PAGE;
        }
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        self.locks.as_ref().map_or(Ok(()), StorageBackend::close)
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        match &self.locks {
            Some(locks) => locks.try_lock_range(start, end),
            None => Err(BackendError::Unsupported),
        }
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> Result<bool, BackendError> {
        match &self.locks {
            Some(locks) => locks.try_lock_shared_range(start, end),
            None => Err(BackendError::Unsupported),
        }
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        match &self.locks {
            Some(locks) => locks.lock_range(start, end),
            None => Err(BackendError::Unsupported),
        }
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        match &self.locks {
            Some(locks) => locks.lock_shared_range(start, end),
            None => Err(BackendError::Unsupported),
        }
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        match &self.locks {
            Some(locks) => locks.unlock_range(start, end),
            None => Err(BackendError::Unsupported),
        }
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        match &self.locks {
            Some(locks) => locks.query_lock_range(start, end),
            None => Err(BackendError::Unsupported),
        }
    }
}
