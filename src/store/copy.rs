//! Copies everything at one instant into another file, row by row: while the daemon writes on, or to make
//! a file anew without what was deleted from it.
//!
//! The engine has no copy call. Everything is read in one read transaction and written in a file that is
//! near, so that the transaction is short: while it is open, no page that it sees can be used again.

use std::fs::File;
use std::ops::Bound;

use redb::backends::FileBackend;
use redb::{Database, ReadTransaction, ReadableDatabase as _, TableDefinition, TableHandle as _};

use super::error::StoreError;
use super::raw::{Trouble, guarded};
use super::records::seal;
use super::tables as t;
use crate::domain::time::Timestamp;

/// Rows read at once, in bytes.
const PART_BYTES: usize = 1024 * 1024;

/// Bytes in one commit of the copy: bounds its memory.
const COMMIT_BYTES: usize = 16 * 1024 * 1024;

/// Memory for pages of the copy.
const CACHE_BYTES: usize = 32 * 1024 * 1024;

type Row = (Vec<u8>, Vec<u8>);

/// A table of ours, or one that a later version added without a new format.
const fn definition(name: &str) -> TableDefinition<'_, &'static [u8], &'static [u8]> {
    TableDefinition::new(name)
}

/// Fills an empty file. `made_at` is kept in the copy; `stop` is asked again and again.
pub(super) fn copy(
    from: &Database,
    trouble: &Trouble,
    into: File,
    made_at: Option<Timestamp>,
    stop: &dyn Fn() -> bool,
) -> Result<(), StoreError> {
    let (tx, names) = trouble.engine("copying", || {
        let tx = from.begin_read()?;
        let names: Vec<String> = tx.list_tables()?.map(|table| table.name().to_owned()).collect();
        Ok((tx, names))
    })?;
    let mut to = guarded("making a copy", || {
        let mut builder = Database::builder();
        builder.set_cache_size(CACHE_BYTES);
        Ok(builder.create_with_backend(FileBackend::new(into)?)?)
    })?;
    for name in &names {
        copy_table(&tx, trouble, &to, name, stop)?;
    }
    drop(tx);
    guarded("making a copy", || {
        // The file grew by doubling; what it does not need is a third of it.
        while !stop() && to.compact()? {}
        let mut tx = to.begin_write()?;
        tx.set_quick_repair(true);
        {
            let mut meta = tx.open_table(definition(t::META.0))?;
            match made_at {
                Some(at) => {
                    let value = seal(t::META, t::META_COPIED, &at.0.to_be_bytes());
                    meta.insert(t::META_COPIED, value.as_slice())?;
                }
                None => {
                    meta.remove(t::META_COPIED)?;
                }
            }
        }
        tx.commit()?;
        to.close()?;
        Ok(())
    })
}

fn copy_table(
    from: &ReadTransaction,
    trouble: &Trouble,
    to: &Database,
    name: &str,
    stop: &dyn Fn() -> bool,
) -> Result<(), StoreError> {
    let mut after: Option<Vec<u8>> = None;
    loop {
        let mut bytes = 0;
        // An empty table is made all the same.
        let tx = guarded("making a copy", || Ok(to.begin_write()?))?;
        let mut ended = false;
        while bytes < COMMIT_BYTES && !ended {
            if stop() {
                return Err(StoreError::GivenUp);
            }
            let part = part(from, trouble, name, after.as_deref())?;
            ended = part.is_empty();
            bytes += part.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>();
            guarded("making a copy", || {
                let mut table = tx.open_table(definition(name))?;
                for (key, value) in &part {
                    table.insert(key.as_slice(), value.as_slice())?;
                }
                Ok(())
            })?;
            after = part.into_iter().last().map(|(key, _)| key).or(after);
        }
        guarded("making a copy", || tx.commit().map_err(Into::into))?;
        if ended {
            return Ok(());
        }
    }
}

/// Rows after `after`.
fn part(
    tx: &ReadTransaction,
    trouble: &Trouble,
    name: &str,
    after: Option<&[u8]>,
) -> Result<Vec<Row>, StoreError> {
    trouble.engine("copying", || {
        let table = tx.open_table(definition(name))?;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let (mut rows, mut bytes) = (Vec::new(), 0);
        for entry in table.range::<&[u8]>((from, Bound::Unbounded))? {
            let (key, value) = entry?;
            let row = (key.value().to_vec(), value.value().to_vec());
            bytes += row.0.len() + row.1.len();
            rows.push(row);
            if bytes >= PART_BYTES {
                break;
            }
        }
        Ok(rows)
    })
}
