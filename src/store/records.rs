//! Stored shapes: sealing, and the enum of versions around each record.
//!
//! A value is the postcard form of an append-only `enum Rec { V1(..) }`, then four bytes CRC-32C
//! (little-endian) over table name, key and the bytes before them, so a value that turns up under
//! another key is noticed as well. Postcard knows fields by position and variants by number:
//!
//! - FROZEN: a field or variant in these files is never moved, removed, renamed in meaning or given
//!   another type. A record that must change gets a `V2`; `V1` stays and is still read.
//! - Older: read and converted when loaded, written in the newest shape when next put.
//! - Newer: a variant this build does not know is reported as damaged with the words "written by a
//!   newer version"; the schema number normally refuses such a file before that.
//!
//! Parts: `order`, `standing`, `job`, `shipment`, `settings`, `entry`, `webhook`, `label`.

pub(super) mod entry;
pub(super) mod job;
pub(super) mod label;
pub(super) mod order;
pub(super) mod settings;
pub(super) mod shipment;
mod standing;
pub(super) mod webhook;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::StoreError;
use super::tables::Table;

const SEAL: usize = 4;

fn crc(table: Table, key: &[u8], value: &[u8]) -> u32 {
    let name = crc32c::crc32c(table.0.as_bytes());
    crc32c::crc32c_append(crc32c::crc32c_append(name, key), value)
}

/// Appends the checksum.
pub(super) fn seal(table: Table, key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(value.len() + SEAL);
    sealed.extend_from_slice(value);
    sealed.extend_from_slice(&crc(table, key, value).to_le_bytes());
    sealed
}

/// Checks and takes off the checksum.
pub(super) fn unseal<'a>(
    table: Table,
    key: &[u8],
    sealed: &'a [u8],
) -> Result<&'a [u8], StoreError> {
    let Some((value, sum)) = sealed.split_last_chunk::<SEAL>() else {
        return Err(damaged(table, key, "it is too short"));
    };
    if crc(table, key, value) == u32::from_le_bytes(*sum) {
        Ok(value)
    } else {
        Err(damaged(table, key, "its checksum is wrong"))
    }
}

/// Names a record that is not what was written.
pub(super) fn damaged(table: Table, key: &[u8], what: &'static str) -> StoreError {
    use std::fmt::Write as _;
    let readable = !key.is_empty() && key.iter().all(u8::is_ascii_lowercase);
    let key = if readable {
        String::from_utf8_lossy(key).into_owned()
    } else {
        key.iter().fold(String::new(), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    };
    StoreError::Damaged { table: table.0, key, what }
}

/// A record and its versions.
pub(super) fn encode<R: Serialize>(rec: &R) -> Result<Vec<u8>, StoreError> {
    postcard::to_stdvec(rec)
        .map_err(|error| StoreError::Invariant(format!("a record cannot be written: {error}")))
}

/// The reverse of [`encode`], for the bytes without their seal.
pub(super) fn decode<R: DeserializeOwned>(
    table: Table,
    key: &[u8],
    value: &[u8],
) -> Result<R, StoreError> {
    match postcard::take_from_bytes(value) {
        Ok((rec, [])) => Ok(rec),
        Ok(_) => Err(damaged(table, key, "it is longer than this version knows")),
        Err(_) => Err(damaged(table, key, "it cannot be read, or was written by a newer version")),
    }
}
