//! What the store promises, by behaviour.
//!
//! - `orders`: orders, timelines, the journal, settings
//! - `outbox`: jobs and their indexes, compared with a naive model
//! - `writing`: decisions that fail, groups, many writers
//! - `failing`: disks that fail, damaged records, newer files
//! - `format`: golden bytes and a database of the first format
//! - `years`: older formats, copies, checks, what is old or personal goes

mod failing;
mod format;
mod orders;
mod outbox;
mod writing;
mod years;

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use redb::StorageBackend;

use super::{Changes, Store, StoreError, View, WriteError};
use crate::domain::ids::{
    Fingerprint, Generation, JobId, LocationId, OrderId, OrderNumber, StreamOrderNo,
};
use crate::domain::job::{Job, JobState, Task};
use crate::domain::order::{Order, OrderState};
use crate::domain::shipment::{Item, OrderType, Party, Shipment};
use crate::domain::time::{Day, Moment, Now, Timestamp};

/// A disk in memory that outlives the store and fails when told to.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk {
    pub(super) bytes: Arc<Mutex<Vec<u8>>>,
    pub(super) failing: Arc<AtomicBool>,
    pub(super) opened: Arc<AtomicU64>,
    /// The write or flush with this number from now on fails; 0 for none.
    pub(super) countdown: Arc<AtomicU64>,
    /// The next flush panics.
    pub(super) panics: Arc<AtomicBool>,
}

impl Disk {
    fn ask(&self) -> io::Result<()> {
        if self.failing.load(Ordering::SeqCst) {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        let left = self.countdown.load(Ordering::SeqCst);
        self.countdown.store(left.saturating_sub(1), Ordering::SeqCst);
        if left == 1 {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        Ok(())
    }

    pub(super) fn fail(&self, failing: bool) {
        self.failing.store(failing, Ordering::SeqCst);
    }

    pub(super) fn store(&self) -> Result<Store, StoreError> {
        let disk = self.clone();
        let backend = move || {
            disk.opened.fetch_add(1, Ordering::SeqCst);
            Ok(Box::new(disk.clone()) as Box<dyn StorageBackend>)
        };
        Store::open_with(backend, 1 << 20)
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes.lock().unwrap().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let bytes = self.bytes.lock().unwrap();
        let from = usize::try_from(offset).unwrap();
        let found = bytes.get(from..from + out.len());
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.ask()?;
        self.bytes.lock().unwrap().resize(usize::try_from(len).unwrap(), 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        assert!(!self.panics.swap(false, Ordering::SeqCst), "the engine panics");
        self.ask()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.ask()?;
        let from = usize::try_from(offset).unwrap();
        self.bytes.lock().unwrap()[from..from + data.len()].copy_from_slice(data);
        Ok(())
    }
}

pub(super) fn memory() -> Store {
    Disk::default().store().expect("an empty store")
}

pub(super) fn at(ms: u64) -> Now {
    let wall = 1_790_000_000_000 + i64::try_from(ms).unwrap();
    Now { wall: Timestamp(wall), mono: Moment(ms) }
}

/// Writes changes without a decision.
pub(super) fn put(
    store: &Store,
    now: Now,
    fill: impl FnOnce(&mut Changes),
) -> Result<(), StoreError> {
    let mut changes = Changes::new();
    fill(&mut changes);
    match store.write(now, move |_| Ok::<_, Refused>((changes, ()))) {
        Ok(()) => Ok(()),
        Err(WriteError::Store(error) | WriteError::Refused(Refused::Store(error))) => Err(error),
        Err(other) => panic!("{other}"),
    }
}

/// A decision's own error.
#[derive(Debug)]
pub(super) enum Refused {
    No,
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

pub(super) fn see<T>(store: &Store, f: impl FnOnce(&View<'_>) -> Result<T, StoreError>) -> T {
    store.read(f).expect("readable")
}

pub(super) fn order_id(n: u64) -> OrderId {
    let mut bytes = [0xAA; 16];
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    OrderId::from_bytes(bytes)
}

pub(super) fn order(n: u64, state: OrderState) -> Order {
    Order {
        reference: format!("REF-{n}"),
        service: "Stream Next Day".into(),
        location: LocationId::from_bytes([0; 16]),
        postcode: "AB1 2CD".into(),
        depot: Some("Leeds".into()),
        method: Some("Van".into()),
        received: Some(Timestamp(1_789_000_000_000)),
        found_at: Timestamp(1_790_000_000_000),
        updated_at: Timestamp(1_790_000_000_001),
        state,
        content: Fingerprint(7),
        ..Order::unknown(order_id(n), OrderNumber(100_000 + n), Timestamp(1_790_000_000_000))
    }
}

pub(super) fn job(id: u64, order: u64, task: Task, state: JobState) -> Job {
    Job {
        id: JobId(id),
        order: order_id(order),
        number: OrderNumber(100_000 + order),
        task,
        state,
        attempts: 0,
        created_at: Timestamp(1_790_000_000_000),
        last_error: None,
        prepared: None,
    }
}

pub(super) fn create() -> Task {
    Task::Create { generation: Generation::FIRST }
}

pub(super) fn waiting(due: u64) -> JobState {
    JobState::Waiting { due: Moment(due), resend: false }
}

pub(super) fn sending(until: u64) -> JobState {
    JobState::Sending { attempt: 1, lease_until: Moment(until), resend: false }
}

pub(super) fn shipment(quantity: i64) -> Shipment {
    Shipment {
        order_no: StreamOrderNo::of(OrderNumber(100_001), Generation::FIRST),
        order_date: Day(jiff::civil::date(2026, 11, 23)),
        order_type: OrderType::Delivery,
        service_level: "STANDARD".into(),
        services: vec!["TAIL".into()],
        partner: Some(("7".into(), "Own fleet".into())),
        customer_order_no: "REF-1".into(),
        driver_notes: "Ring the bell".into(),
        party: Party {
            name: "Ann Example".into(),
            lines: ["1 High Street".into(), String::new(), String::new()],
            town: "Leeds".into(),
            county: "West Yorkshire".into(),
            postcode: "AB1 2CD".into(),
            country: "GB".into(),
            contact: "Ann Example".into(),
            tel: "01130000000".into(),
            mobile: String::new(),
            email: "ann@example.com".into(),
        },
        required: Some(("2026-11-24T08:00:00Z".into(), "2026-11-24T12:00:00Z".into())),
        method: "Van".into(),
        booking_required: false,
        stock_location: "Default".into(),
        on_hand: Some(Day(jiff::civil::date(2026, 11, 24))),
        items: vec![Item {
            sequence: 1,
            parent: None,
            code: "SKU-1".into(),
            description: "A chair".into(),
            quantity,
            weight_grams: 4500,
            volume_cm3: Some(120_000),
        }],
    }
}
