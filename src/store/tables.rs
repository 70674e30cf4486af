//! Every table of the database: key layout, value layout, who writes it, who deletes from it.
//!
//! All keys and values are plain bytes. Numbers in keys are big-endian, so the order of the bytes is
//! the order of the numbers. Each value is sealed (see `records`): its last four bytes are a
//! CRC-32C over the table's name, the key and the rest of the value. Entries of an index have an
//! empty value and are sealed as well, so a key damaged on disk is noticed too.
//!
//! FROZEN: every name, layout and number in this file is on disk in databases of released versions.
//! Something new gets a new name or number; nothing is renumbered and nothing is reused. A change of
//! a layout, also a new table, is a step in `upgrade`.

use redb::TableDefinition;

use crate::domain::ids::{Fingerprint, JobId, OrderId, OrderNumber, RunId, WebhookId};
use crate::domain::job::{Class, JobKind, JobWord};
use crate::domain::order::{Haste, StateWord};
use crate::domain::time::{Day, Moment, Timestamp};
use crate::domain::webhook::WebhookState;

/// A table, known by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Table(pub(super) &'static str);

impl Table {
    /// As redb wants it.
    pub(super) const fn definition(self) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
        TableDefinition::new(self.0)
    }
}

/// name -> u64. Written by `schema` and with each commit. Never deleted from.
/// Names: `schema`, `next_job`, `next_journal`, `moment`; in a copy also `copied`.
pub(super) const META: Table = Table("meta");
/// order (16) -> `OrderRec`. Written by `PutOrder`; goes with `PurgeOrder`, as everything of an order.
pub(super) const ORDERS: Table = Table("orders");
/// number (8) -> order (16). Written by `PutOrder`; an entry goes when the number of its order changes.
pub(super) const NUMBERS: Table = Table("order_numbers");
/// state (1), order (16) -> (). Written and deleted by `PutOrder`.
pub(super) const STATES: Table = Table("order_states");
/// order (16), n (8) -> `EntryRec`. Written by `Happened`; the oldest go beyond `TIMELINE_MAX`. What is
/// personal in it goes with `EraseTimeline`.
pub(super) const TIMELINE: Table = Table("timeline");
/// seq (8) -> `JournalRec`. Written by `Happened`; the oldest go beyond `JOURNAL_MAX`. What is personal in
/// it goes with `EraseJournal`.
pub(super) const JOURNAL: Table = Table("journal");
/// job (8) -> `JobRec`. Written by `PutJob`; a done job goes a day after it was done.
pub(super) const JOBS: Table = Table("jobs");
/// order (16), job (8) -> (). Written by `PutJob`; goes with the job.
pub(super) const JOBS_OF: Table = Table("jobs_of_order");
/// class (1), due (8), job (8) -> (). Written and deleted by `PutJob`.
pub(super) const READY: Table = Table("ready");
/// until (8), job (8) -> (). Written and deleted by `PutJob`.
pub(super) const LEASED: Table = Table("leased");
/// word (1), job (8) -> (). Written and deleted by `PutJob`.
pub(super) const WORDS: Table = Table("job_words");
/// order (16) -> job (8) that holds the lane. Written and deleted by `PutJob`.
pub(super) const LANES: Table = Table("lanes");
/// order (16), kind (1), key (8) -> job (8) that is not done. Written and deleted by `PutJob`.
pub(super) const LIVE: Table = Table("live_jobs");
/// moment done (8), job (8) -> order (16). Written by `PutJob`; trimmed with each commit.
pub(super) const DONE: Table = Table("done_jobs");
/// job (8) -> `ShipmentRec`. Written by `PutShipment`; goes with its job.
pub(super) const SHIPMENTS: Table = Table("shipments");
/// job (8) -> the bytes of a record that could not be read, as they were, sealed once more.
/// Written by `ParkDamaged`. They are evidence, and go only with `ForgetJobs` of the order they name.
pub(super) const DAMAGED: Table = Table("damaged_jobs");
/// kind (1: 1 order, 2 job, 3 webhook), word (1) -> u64. Written with every change of a state.
pub(super) const COUNTS: Table = Table("counts");
/// name -> `SettingRec`. Written by `Set`.
/// Names: `tags`, `depots`, `locations`, `services`, `installed`, `paused`, `polled`, `subscriptions`,
/// `alarms`, `profile`, `wizard`, `learned`, `offered`, `quarantine`,
/// `purge`, `quarantine_begun`.
pub(super) const SETTINGS: Table = Table("settings");

/// haste (1), due (8), order (16) -> (). Written and deleted by `PutOrder`.
pub(super) const SWEEP: Table = Table("sweep");
/// last read of the shipment, milliseconds (8), order (16) -> (). Orders of `SWEEP`. Written and deleted
/// by `PutOrder`.
pub(super) const READS: Table = Table("shipment_reads");
/// day (10, zeros for none), fingerprint of the run (8), order (16) -> (). Written and deleted by
/// `PutOrder`.
pub(super) const RUNS: Table = Table("runs");
/// fingerprint of the consignment (8) -> order (16). Written and deleted by `PutOrder`.
pub(super) const CONSIGNMENTS: Table = Table("consignments");
/// webhook (8) -> `WebhookRec`. Written by `PutWebhook`; goes by age, with everything of it.
pub(super) const WEBHOOKS: Table = Table("webhooks");
/// webhook (8) -> its body as it came. Written once by `PutBody`; goes with its webhook.
pub(super) const BODIES: Table = Table("webhook_bodies");
/// SHA-256 of the body (32) -> webhook (8). Written by `PutWebhook`; goes with its webhook.
pub(super) const HASHES: Table = Table("webhook_hashes");
/// state (1), webhook (8) -> (). Written and deleted by `PutWebhook`; goes with its webhook.
pub(super) const WEBHOOK_STATES: Table = Table("webhook_states");
/// order (16), webhook (8) -> (): the webhook waits for a read of the order. Written by `Hint`, deleted
/// by `Hinted`.
pub(super) const HINTS: Table = Table("hints");
/// fingerprint of a reference nobody knew (8), webhook (8) -> (). Written by `Mention`; goes with its
/// webhook.
pub(super) const MENTIONS: Table = Table("mentions");

/// number (8) -> `DemandRec`. Written by `PutDemand`; goes when nobody waits any more.
pub(super) const DEMANDS: Table = Table("demands");
/// order (16) -> `LabelsRec`. Written by `PutLabels`; goes by age.
pub(super) const LABELS: Table = Table("labels");
/// order (16), n (8) -> a label as PNG. Written by `PutLabels`; goes with its `LABELS`.
pub(super) const PICTURES: Table = Table("label_pictures");
/// printed, milliseconds (8), order (16) -> (). Written by `PutLabels`; goes with its `LABELS`.
pub(super) const LABEL_TIMES: Table = Table("label_times");
/// reference -> `ManifestRec`. Written by `PutManifest`; goes by age. A postcode in it goes with
/// `EraseFromManifest`.
pub(super) const MANIFESTS: Table = Table("manifests");
/// SHA-256 of the shipments in it (32) -> reference of the manifest. Written by `PutManifest`; goes with
/// its manifest.
pub(super) const MANIFEST_SETS: Table = Table("manifest_sets");

/// since when it is over, milliseconds (8), order (16) -> (). Orders that are processed or cancelled.
/// Written and deleted by `PutOrder`. Since format 2.
pub(super) const CLOSED: Table = Table("closed_orders");

/// All of them; each exists from the first commit on.
pub(super) const ALL: [Table; 35] = [
    META,
    ORDERS,
    NUMBERS,
    STATES,
    TIMELINE,
    JOURNAL,
    JOBS,
    JOBS_OF,
    READY,
    LEASED,
    WORDS,
    LANES,
    LIVE,
    DONE,
    SHIPMENTS,
    DAMAGED,
    COUNTS,
    SETTINGS,
    SWEEP,
    READS,
    RUNS,
    CONSIGNMENTS,
    WEBHOOKS,
    BODIES,
    HASHES,
    WEBHOOK_STATES,
    HINTS,
    MENTIONS,
    DEMANDS,
    LABELS,
    PICTURES,
    LABEL_TIMES,
    MANIFESTS,
    MANIFEST_SETS,
    CLOSED,
];

/// Number of the layout above.
pub(super) const SCHEMA: u64 = 2;

/// The first format that has a table.
pub(super) fn since(table: Table) -> u64 {
    if table == CLOSED { 2 } else { 1 }
}

/// In `META`.
pub(super) const META_SCHEMA: &[u8] = b"schema";
/// In `META`: the next job id to hand out.
pub(super) const META_NEXT_JOB: &[u8] = b"next_job";
/// In `META`: the next number of the journal.
pub(super) const META_NEXT_JOURNAL: &[u8] = b"next_journal";
/// In `META`: the greatest moment of any commit.
pub(super) const META_MOMENT: &[u8] = b"moment";
/// In `META` of a copy: when it was made, in milliseconds.
pub(super) const META_COPIED: &[u8] = b"copied";

/// FROZEN number of a state.
pub(super) const fn state_number(word: StateWord) -> u8 {
    match word {
        StateWord::Held => 1,
        StateWord::Waiting => 2,
        StateWord::Sending => 3,
        StateWord::Unsure => 4,
        StateWord::Refused => 5,
        StateWord::Sent => 6,
        StateWord::Planned => 7,
        StateWord::Dispatched => 8,
        StateWord::Delivered => 9,
        StateWord::Processed => 10,
        StateWord::Cancelled => 11,
        StateWord::Attention => 12,
    }
}

/// FROZEN number of a job's word.
pub(super) const fn word_number(word: JobWord) -> u8 {
    match word {
        JobWord::Waiting => 1,
        JobWord::Sending => 2,
        JobWord::Unsure => 3,
        JobWord::Parked => 4,
        JobWord::Done => 5,
    }
}

/// FROZEN number of a kind.
pub(super) const fn kind_number(kind: JobKind) -> u8 {
    match kind {
        JobKind::Create => 1,
        JobKind::Tracking => 2,
        JobKind::Identifiers => 3,
        JobKind::Note => 4,
        JobKind::Process => 5,
        JobKind::Cancel => 6,
        JobKind::Change => 7,
    }
}

/// The reverse of [`kind_number`].
pub(super) const fn kind_of(number: u8) -> Option<JobKind> {
    match number {
        1 => Some(JobKind::Create),
        2 => Some(JobKind::Tracking),
        3 => Some(JobKind::Identifiers),
        4 => Some(JobKind::Note),
        5 => Some(JobKind::Process),
        6 => Some(JobKind::Cancel),
        7 => Some(JobKind::Change),
        _ => None,
    }
}

/// FROZEN number of a webhook's state.
pub(super) const fn webhook_number(state: WebhookState) -> u8 {
    match state {
        WebhookState::New => 1,
        WebhookState::Done => 2,
        WebhookState::Ignored => 3,
        WebhookState::Unreadable => 4,
        WebhookState::Failed => 5,
        WebhookState::Asked => 6,
    }
}

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// Of `JOBS`, `SHIPMENTS`, `DAMAGED`.
pub(super) fn job_key(id: JobId) -> [u8; 8] {
    id.0.to_be_bytes()
}

/// Of `NUMBERS`.
pub(super) fn number_key(number: OrderNumber) -> [u8; 8] {
    number.0.to_be_bytes()
}

/// Of `STATES`.
pub(super) fn state_key(word: StateWord, order: OrderId) -> Vec<u8> {
    join(&[&[state_number(word)], &order.bytes()])
}

/// Of `TIMELINE`.
pub(super) fn timeline_key(order: OrderId, n: u64) -> Vec<u8> {
    join(&[&order.bytes(), &n.to_be_bytes()])
}

/// Of `JOBS_OF`.
pub(super) fn job_of_key(order: OrderId, id: JobId) -> Vec<u8> {
    join(&[&order.bytes(), &id.0.to_be_bytes()])
}

/// Of `READY`.
pub(super) fn ready_key(class: Class, due: Moment, id: JobId) -> Vec<u8> {
    join(&[&[class as u8], &due.0.to_be_bytes(), &id.0.to_be_bytes()])
}

/// Of `LEASED` and `DONE`.
pub(super) fn moment_key(at: Moment, id: JobId) -> Vec<u8> {
    join(&[&at.0.to_be_bytes(), &id.0.to_be_bytes()])
}

/// Of `WORDS`.
pub(super) fn word_key(word: JobWord, id: JobId) -> Vec<u8> {
    join(&[&[word_number(word)], &id.0.to_be_bytes()])
}

/// Of `LIVE`.
pub(super) fn live_key(order: OrderId, kind: JobKind, key: u64) -> Vec<u8> {
    join(&[&order.bytes(), &[kind_number(kind)], &key.to_be_bytes()])
}

/// Of `COUNTS`.
pub(super) const fn order_count_key(word: StateWord) -> [u8; 2] {
    [1, state_number(word)]
}

/// Of `COUNTS`.
pub(super) const fn job_count_key(word: JobWord) -> [u8; 2] {
    [2, word_number(word)]
}

/// Of `COUNTS`.
pub(super) const fn webhook_count_key(state: WebhookState) -> [u8; 2] {
    [3, webhook_number(state)]
}

/// Of `SWEEP`.
pub(super) fn sweep_key(haste: Haste, due: Moment, order: OrderId) -> Vec<u8> {
    join(&[&[haste as u8], &due.0.to_be_bytes(), &order.bytes()])
}

/// Of `READS`, `LABEL_TIMES` and `CLOSED`.
pub(super) fn read_key(at: Timestamp, order: OrderId) -> Vec<u8> {
    join(&[&at.0.max(0).to_be_bytes(), &order.bytes()])
}

/// Of `RUNS`.
pub(super) fn run_key(day: Option<Day>, run: &RunId, order: OrderId) -> Vec<u8> {
    let print = Fingerprint::of(run.as_str().as_bytes());
    join(&[&day_key(day), &print.0.to_be_bytes(), &order.bytes()])
}

/// Begin of a key of `RUNS`. A day beyond the year 9999 counts as none.
pub(super) fn day_key(day: Option<Day>) -> [u8; 10] {
    let text = day.map(|day| day.to_string()).unwrap_or_default();
    text.as_bytes().first_chunk::<10>().copied().unwrap_or([0; 10])
}

/// Of `CONSIGNMENTS` and the begin of `MENTIONS`.
pub(super) fn reference_key(reference: &str) -> [u8; 8] {
    Fingerprint::of(reference.trim().as_bytes()).0.to_be_bytes()
}

/// Of `WEBHOOKS` and `BODIES`.
pub(super) fn webhook_key(id: WebhookId) -> [u8; 8] {
    id.0.to_be_bytes()
}

/// Of `WEBHOOK_STATES`.
pub(super) fn webhook_state_key(state: WebhookState, id: WebhookId) -> Vec<u8> {
    join(&[&[webhook_number(state)], &id.0.to_be_bytes()])
}

/// Of `HINTS`.
pub(super) fn hint_key(order: OrderId, id: WebhookId) -> Vec<u8> {
    join(&[&order.bytes(), &id.0.to_be_bytes()])
}

/// Of `MENTIONS`.
pub(super) fn mention_key(reference: &str, id: WebhookId) -> Vec<u8> {
    join(&[&reference_key(reference), &id.0.to_be_bytes()])
}

/// Of `PICTURES`.
pub(super) fn picture_key(order: OrderId, n: u64) -> Vec<u8> {
    join(&[&order.bytes(), &n.to_be_bytes()])
}

/// The last eight bytes of a key as a number; zero when there are fewer, which no key has.
pub(super) fn tail_u64(key: &[u8]) -> u64 {
    key.last_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// The eight bytes of a key from `at` on.
pub(super) fn u64_at(key: &[u8], at: usize) -> u64 {
    key.get(at..)
        .and_then(|rest| rest.first_chunk::<8>())
        .map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// The order at `at` of a key.
pub(super) fn order_at(key: &[u8], at: usize) -> Option<OrderId> {
    key.get(at..).and_then(|rest| rest.first_chunk::<16>()).map(|b| OrderId::from_bytes(*b))
}
