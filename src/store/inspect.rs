//! Checks a database that nobody uses, whole: the pages of the file, and every record in it unsealed and
//! decoded. Writes nothing, and whatever is in the file ends in words.

use std::collections::BTreeMap;
use std::path::Path;

use redb::{Database, ReadableDatabase as _};

use super::error::StoreError;
use super::file;
use super::overlay::Overlay;
use super::raw::{Access, Raw, Trouble, guarded};
use super::records::decode;
use super::records::entry::{EntryRec, JournalRec};
use super::records::job::JobRec;
use super::records::label::{DemandRec, LabelsRec, ManifestRec};
use super::records::order::OrderRec;
use super::records::settings::SettingRec;
use super::records::shipment::ShipmentRec;
use super::records::webhook::WebhookRec;
use super::tables::{self as t, Table};
use super::view::View;
use crate::domain::ids::OrderId;
use crate::domain::job::JobWord;
use crate::domain::order::StateWord;
use crate::domain::time::Timestamp;
use crate::domain::webhook::WebhookState;

/// Damaged records that are named; the others are counted.
pub const DAMAGE_NAMED_MAX: usize = 100;

/// Rows read at once.
const PAGE: usize = 1_000;

/// Memory for pages.
const CACHE_BYTES: usize = 32 * 1024 * 1024;

/// What is wrong at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Table; `file` when it is about none.
    pub table: String,
    /// Key, as text or hexadecimal digits.
    pub key: String,
    /// What.
    pub what: String,
}

/// What is in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filled {
    /// Its name.
    pub name: &'static str,
    /// Rows.
    pub rows: u64,
    /// Bytes of keys and values.
    pub bytes: u64,
}

/// What is in a database.
#[derive(Clone, Debug, Default)]
pub struct Inspection {
    /// Number of its format.
    pub schema: u64,
    /// Size of the file.
    pub file_bytes: u64,
    /// Its tables.
    pub tables: Vec<Filled>,
    /// Orders by state.
    pub orders: BTreeMap<StateWord, u64>,
    /// Jobs by word.
    pub jobs: BTreeMap<JobWord, u64>,
    /// Notifications by state.
    pub webhooks: BTreeMap<WebhookState, u64>,
    /// Since when the installation exists.
    pub installed_at: Option<Timestamp>,
    /// When this copy was made; `None` for a database that is none.
    pub copied_at: Option<Timestamp>,
    /// The last time something was written in it.
    pub newest: Option<Timestamp>,
    /// Since when everything is looked up before it is sent.
    pub quarantine: Option<Timestamp>,
    /// The first places that are damaged.
    pub damage: Vec<Damage>,
    /// All of them.
    pub damaged: u64,
}

impl Inspection {
    fn note(&mut self, table: &str, key: &str, what: &str) {
        self.damaged += 1;
        if self.damage.len() < DAMAGE_NAMED_MAX {
            let (table, key, what) = (table.to_owned(), key.to_owned(), what.to_owned());
            self.damage.push(Damage { table, key, what });
        }
    }

    fn note_error(&mut self, table: &str, error: &StoreError) {
        match error {
            StoreError::Damaged { table, key, what } => self.note(table, key, what),
            other => self.note(table, "", &other.to_string()),
        }
    }

    fn newer(&mut self, at: Timestamp) {
        self.newest = self.newest.max(Some(at));
    }

    /// Rows of all tables in bytes.
    pub fn live_bytes(&self) -> u64 {
        self.tables.iter().map(|table| table.bytes).sum()
    }
}

/// Looks whether somebody has the database open.
///
/// # Errors
/// [`StoreError::AlreadyOpen`]; nothing else is looked at.
pub fn nobody_has(path: &Path) -> Result<(), StoreError> {
    match open(path) {
        Err(error @ StoreError::AlreadyOpen { .. }) => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn open(path: &Path) -> Result<(Database, u64), StoreError> {
    let overlay = Overlay::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => StoreError::Missing { path: path.to_owned() },
        _ => file::cannot_open(path, error),
    })?;
    // An empty file would be taken for one to be filled.
    if std::fs::metadata(path).is_ok_and(|found| found.len() == 0) {
        return Err(StoreError::Corrupt { what: "the file is empty".into() });
    }
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE_BYTES);
    let db = file::opened(path, || builder.create_with_backend(overlay))?;
    let schema = file::schema_of(&db)?.ok_or_else(|| StoreError::Corrupt {
        what: "it holds other data than ours, or none".into(),
    })?;
    if schema > t::SCHEMA {
        return Err(StoreError::Newer { found: schema, known: t::SCHEMA });
    }
    Ok((db, schema))
}

/// Checks a database or a copy of one.
///
/// # Errors
/// [`StoreError::Missing`], [`StoreError::AlreadyOpen`], [`StoreError::Newer`], [`StoreError::Corrupt`] when
/// it cannot be told what it is. What is damaged inside is part of the answer.
pub fn inspect(path: &Path) -> Result<Inspection, StoreError> {
    let (mut db, schema) = open(path)?;
    let mut found = Inspection { schema, ..Inspection::default() };
    found.file_bytes = std::fs::metadata(path).map_or(0, |file| file.len());
    match guarded("checking", || db.check_integrity().map_err(Into::into)) {
        Ok(true) => {}
        Ok(false) => found.note("file", "", "its pages did not agree with each other"),
        Err(error) => {
            found.note_error("file", &error);
            return Ok(found);
        }
    }
    let tx = guarded("checking", || Ok(db.begin_read()?))?;
    let trouble = Trouble::new(true);
    let raw = Raw { access: Access::Read(&tx), trouble: &trouble };
    let mut by_state = BTreeMap::new();
    for table in t::ALL.into_iter().filter(|table| t::since(*table) <= schema) {
        if let Err(error) = check_table(raw, table, &mut found, &mut by_state) {
            found.note_error(table.0, &error);
        }
    }
    let view = View { raw, next_job: None };
    tell(&view, &mut found);
    for word in StateWord::ALL {
        let (counted, there) = (found.orders.get(&word), by_state.get(&word));
        let (counted, there) = (counted.copied().unwrap_or(0), there.copied().unwrap_or(0));
        if counted != there {
            let word = word.word();
            found.note("counts", word, &format!("it says {counted} orders, there are {there}"));
        }
    }
    Ok(found)
}

/// What counters and settings say.
fn tell(view: &View<'_>, found: &mut Inspection) {
    match view.counts() {
        Ok(counts) => (found.orders, found.jobs) = (counts.orders, counts.jobs),
        Err(error) => found.note_error("counts", &error),
    }
    // Their records were looked at before.
    found.webhooks = view.webhook_counts().unwrap_or_default();
    found.installed_at = view.installed().ok().flatten().map(|installed| installed.at);
    found.quarantine = view.quarantine().ok().flatten();
    let copied = view.raw.get(t::META, t::META_COPIED).ok().flatten();
    found.copied_at = copied
        .and_then(|value| value.as_slice().try_into().ok())
        .map(|bytes| Timestamp(i64::from_be_bytes(bytes)));
}

fn check_table(
    raw: Raw<'_>,
    table: Table,
    found: &mut Inspection,
    by_state: &mut BTreeMap<StateWord, u64>,
) -> Result<(), StoreError> {
    let (mut rows, mut bytes) = (0, 0);
    let mut low = Vec::new();
    loop {
        let page = raw.range(table, (&low, &[0xff; 300]), PAGE)?;
        let full = page.len() == PAGE;
        for (key, sealed) in page {
            rows += 1;
            bytes += (key.len() + sealed.len()) as u64;
            if let Err(error) = check_row(raw, table, &key, &sealed, found, by_state) {
                found.note_error(table.0, &error);
            }
            low = [key.as_slice(), &[0]].concat();
        }
        if !full {
            break;
        }
    }
    found.tables.push(Filled { name: table.0, rows, bytes });
    Ok(())
}

fn check_row(
    raw: Raw<'_>,
    table: Table,
    key: &[u8],
    sealed: &[u8],
    found: &mut Inspection,
    by_state: &mut BTreeMap<StateWord, u64>,
) -> Result<(), StoreError> {
    let value = raw.open(table, key, sealed)?;
    match table {
        t::ORDERS => {
            let rec = decode::<OrderRec>(table, key, &value)?;
            let id = t::order_at(key, 0).unwrap_or(OrderId::from_bytes([0; 16]));
            let order = rec.order(id);
            found.newer(order.updated_at);
            *by_state.entry(order.state.word()).or_default() += 1;
            if raw.sealed(t::STATES, &t::state_key(order.state.word(), id))?.is_none() {
                return Err(super::records::damaged(table, key, "no list of its state knows it"));
            }
        }
        t::JOURNAL => {
            let rec = decode::<JournalRec>(table, key, &value)?;
            found.newer(rec.entry(0).entry.at);
        }
        t::STATES => {
            let id = t::order_at(key, 1).unwrap_or(OrderId::from_bytes([0; 16]));
            if raw.sealed(t::ORDERS, &id.bytes())?.is_none() {
                return Err(super::records::damaged(table, key, "its order is not there"));
            }
        }
        other => check_value(other, key, &value)?,
    }
    Ok(())
}

/// Whether a value can be read.
fn check_value(table: Table, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
    let length = |wanted: usize| {
        let right = value.len() == wanted;
        right
            .then_some(())
            .ok_or_else(|| super::records::damaged(table, key, "its length is wrong"))
    };
    match table {
        t::TIMELINE => decode::<EntryRec>(table, key, value).map(|_| ()),
        t::JOBS => decode::<JobRec>(table, key, value).map(|_| ()),
        t::SHIPMENTS => match decode::<ShipmentRec>(table, key, value)?.shipment() {
            Some(_) => Ok(()),
            None => Err(super::records::damaged(table, key, "a day in it is no day")),
        },
        t::SETTINGS => decode::<SettingRec>(table, key, value).map(|_| ()),
        t::WEBHOOKS => decode::<WebhookRec>(table, key, value).map(|_| ()),
        t::DEMANDS => decode::<DemandRec>(table, key, value).map(|_| ()),
        t::LABELS => decode::<LabelsRec>(table, key, value).map(|_| ()),
        t::MANIFESTS => decode::<ManifestRec>(table, key, value).map(|_| ()),
        t::META | t::COUNTS | t::LANES | t::LIVE | t::HASHES => length(8),
        t::NUMBERS | t::CONSIGNMENTS | t::DONE => length(16),
        // Bytes of others.
        t::DAMAGED | t::BODIES | t::PICTURES | t::MANIFEST_SETS => Ok(()),
        _ => length(0),
    }
}
