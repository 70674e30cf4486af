//! Bytes in and out of one transaction. Knows sealing and the engine's failures, no record.
//!
//! Every call into the engine runs under `catch_unwind`: a damaged file can make it panic. The first
//! failure of the engine and the first bad checksum are noted in [`Trouble`], so that the caller's
//! caller can act on it even when a decision swallowed the error.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use redb::{ReadTransaction, ReadableTable, WriteTransaction};

use super::error::{StoreError, from_redb};
use super::records::{seal, unseal};
use super::tables::Table;

/// What a failure asks of the store.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// What failed.
    pub(super) error: StoreError,
    /// Whether the next open must check the whole file.
    pub(super) check: bool,
}

/// The first failure seen during one transaction.
#[derive(Default)]
pub(super) struct Trouble {
    first: RefCell<Option<Fault>>,
    /// The file was checked when it was opened: a bad record is then a bad record and nothing more.
    checked: bool,
}

impl Trouble {
    pub(super) fn new(checked: bool) -> Self {
        Self { first: RefCell::new(None), checked }
    }

    fn note(&self, error: &StoreError, check: bool) {
        let mut first = self.first.borrow_mut();
        if first.is_none() {
            *first = Some(Fault { error: error.clone(), check });
        }
    }

    /// Runs a call into the engine and notes its failure.
    pub(super) fn engine<T>(
        &self,
        doing: &'static str,
        call: impl FnOnce() -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        self.pass_on(guarded(doing, call))
    }

    /// Notes a failure of the engine.
    pub(super) fn pass_on<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        result.inspect_err(|error| self.note(error, wants_check(error)))
    }

    /// What was noted.
    pub(super) fn fault(&self) -> Option<Fault> {
        self.first.borrow().clone()
    }
}

/// Runs a call into the engine; a panic becomes an error.
pub(super) fn guarded<T>(
    doing: &'static str,
    call: impl FnOnce() -> Result<T, redb::Error>,
) -> Result<T, StoreError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(from_redb(doing, error)),
        Err(_) => Err(StoreError::Engine { doing, what: "it panicked".into() }),
    }
}

/// Whether an error of the engine says that the file may be damaged.
pub(super) const fn wants_check(error: &StoreError) -> bool {
    matches!(error, StoreError::Engine { .. } | StoreError::Corrupt { .. })
}

/// Either kind of transaction.
#[derive(Clone, Copy)]
pub(super) enum Access<'a> {
    /// A snapshot.
    Read(&'a ReadTransaction),
    /// The open write transaction.
    Write(&'a WriteTransaction),
}

/// One transaction with its trouble.
#[derive(Clone, Copy)]
pub(super) struct Raw<'a> {
    pub(super) access: Access<'a>,
    pub(super) trouble: &'a Trouble,
}

type Pair = (Vec<u8>, Vec<u8>);

impl Raw<'_> {
    fn engine<T>(
        &self,
        doing: &'static str,
        call: impl FnOnce() -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        self.trouble.engine(doing, call)
    }

    /// Takes the seal off. A bad one is noted: the file may be damaged elsewhere too.
    pub(super) fn open(
        &self,
        table: Table,
        key: &[u8],
        sealed: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        unseal(table, key, sealed).map(<[u8]>::to_vec).inspect_err(|error| self.suspect(error))
    }

    fn suspect(&self, error: &StoreError) {
        if !self.trouble.checked {
            self.trouble.note(error, true);
        }
    }

    /// A record that an index knows and its table does not: a damaged page can hide one.
    pub(super) fn missing(&self, table: Table, key: &[u8]) -> StoreError {
        let error = super::records::damaged(table, key, "it is gone, but an index still knows it");
        self.suspect(&error);
        error
    }

    /// The value as it is stored, seal and all.
    pub(super) fn sealed(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.engine("reading", || {
            let bytes = |guard: redb::AccessGuard<'_, &[u8]>| guard.value().to_vec();
            Ok(match self.access {
                Access::Read(tx) => tx.open_table(table.definition())?.get(key)?.map(bytes),
                Access::Write(tx) => tx.open_table(table.definition())?.get(key)?.map(bytes),
            })
        })
    }

    /// The value without its seal.
    pub(super) fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.sealed(table, key)? {
            Some(sealed) => self.open(table, key, &sealed).map(Some),
            None => Ok(None),
        }
    }

    /// A number; zero when it was never written.
    pub(super) fn number(&self, table: Table, key: &[u8]) -> Result<u64, StoreError> {
        let Some(bytes) = self.get(table, key)? else { return Ok(0) };
        number_in(table, key, &bytes)
    }

    /// Entries with `from <= key <= to`, sealed, in order.
    pub(super) fn range(
        &self,
        table: Table,
        (from, to): (&[u8], &[u8]),
        limit: usize,
    ) -> Result<Vec<Pair>, StoreError> {
        fn collect(
            table: &impl ReadableTable<&'static [u8], &'static [u8]>,
            (from, to): (&[u8], &[u8]),
            limit: usize,
        ) -> Result<Vec<Pair>, redb::Error> {
            let mut found = Vec::new();
            if from > to || limit == 0 {
                return Ok(found);
            }
            for entry in table.range::<&[u8]>(from..=to)? {
                let (key, value) = entry?;
                found.push((key.value().to_vec(), value.value().to_vec()));
                if found.len() >= limit {
                    break;
                }
            }
            Ok(found)
        }
        self.engine("reading", || match self.access {
            Access::Read(tx) => collect(&tx.open_table(table.definition())?, (from, to), limit),
            Access::Write(tx) => collect(&tx.open_table(table.definition())?, (from, to), limit),
        })
    }

    /// The last entry with `from <= key <= to`: its key.
    pub(super) fn last(
        &self,
        table: Table,
        (from, to): (&[u8], &[u8]),
    ) -> Result<Option<Vec<u8>>, StoreError> {
        fn find(
            table: &impl ReadableTable<&'static [u8], &'static [u8]>,
            (from, to): (&[u8], &[u8]),
        ) -> Result<Option<Vec<u8>>, redb::Error> {
            match table.range::<&[u8]>(from..=to)?.next_back() {
                Some(entry) => Ok(Some(entry?.0.value().to_vec())),
                None => Ok(None),
            }
        }
        self.engine("reading", || match self.access {
            Access::Read(tx) => find(&tx.open_table(table.definition())?, (from, to)),
            Access::Write(tx) => find(&tx.open_table(table.definition())?, (from, to)),
        })
    }

    /// Keys of an index with `from <= key <= to`. An entry whose seal is broken is left out and
    /// noted, so that it hides no other.
    pub(super) fn keys(
        &self,
        table: Table,
        bounds: (&[u8], &[u8]),
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let found = self.range(table, bounds, limit)?;
        Ok(found
            .into_iter()
            .filter(|(key, sealed)| self.open(table, key, sealed).is_ok())
            .map(|(key, _)| key)
            .collect())
    }

    fn writing(&self) -> Result<&WriteTransaction, StoreError> {
        match self.access {
            Access::Write(tx) => Ok(tx),
            Access::Read(_) => Err(StoreError::ReadOnly),
        }
    }

    /// Seals and writes a value; answers how many bytes that is.
    pub(super) fn put(&self, table: Table, key: &[u8], value: &[u8]) -> Result<usize, StoreError> {
        let tx = self.writing()?;
        let sealed = seal(table, key, value);
        self.engine("writing", || {
            tx.open_table(table.definition())?.insert(key, sealed.as_slice())?;
            Ok(())
        })?;
        Ok(key.len() + sealed.len())
    }

    /// Makes a table that is not there yet.
    pub(super) fn make(&self, table: Table) -> Result<(), StoreError> {
        let tx = self.writing()?;
        self.engine("writing", || {
            tx.open_table(table.definition())?;
            Ok(())
        })
    }

    /// Removes an entry; one that is not there is no error.
    pub(super) fn remove(&self, table: Table, key: &[u8]) -> Result<(), StoreError> {
        let tx = self.writing()?;
        self.engine("writing", || {
            tx.open_table(table.definition())?.remove(key)?;
            Ok(())
        })
    }
}

/// Reads a stored number.
pub(super) fn number_in(table: Table, key: &[u8], bytes: &[u8]) -> Result<u64, StoreError> {
    bytes
        .try_into()
        .map(u64::from_be_bytes)
        .map_err(|_| super::records::damaged(table, key, "it is not a number"))
}
