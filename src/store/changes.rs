//! What a decision may ask for: plain data that only the store applies.

use std::collections::BTreeMap;

use crate::domain::alarm::Raised;
use crate::domain::demand::{Choice, Demand, Manifest, Offered, Printed};
use crate::domain::depot::{Depot, Location, PostalService};
use crate::domain::event::Event;
use crate::domain::ids::{JobId, OrderId, OrderNumber, WebhookId};
use crate::domain::job::Job;
use crate::domain::order::Order;
use crate::domain::profile::{Profile, WizardSettings};
use crate::domain::shipment::Shipment;
use crate::domain::tags::TagTable;
use crate::domain::time::{Moment, Now, Timestamp};
use crate::domain::webhook::Webhook;

/// Since when this installation exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Installed {
    /// First start.
    pub at: Timestamp,
    /// Whether another integration worked on the account before; `None` until it is known.
    pub predecessor: Option<bool>,
}

/// Somebody stopped sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paused {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A standing subscription of ours in Stream. The address is kept as a hash: it holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Stream's number of it.
    pub id: u64,
    /// `event`.
    pub event: String,
    /// `event_type`.
    pub event_type: String,
    /// SHA-256 of the address and the secret it was made with.
    pub made_with: [u8; 32],
}

/// What may be removed by age until the next day: everything that is older than these. Fixed when a day of
/// removing begins, so that neither a restart nor a clock that jumps lets more go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purge {
    /// When that day began.
    pub began: Now,
    /// Orders over since before.
    pub orders: Timestamp,
    /// Notifications that came last before.
    pub webhooks: Timestamp,
    /// Labels printed before.
    pub labels: Timestamp,
    /// Manifests filed before.
    pub manifests: Timestamp,
    /// Orders received before this may have been removed: one that is not known is looked for in Stream
    /// before it is sent.
    pub forgotten: Timestamp,
}

/// Since when a [`Setting::Quarantine`] is minded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuarantineBegun {
    /// Which mark: that of a later restore is another.
    pub since: Timestamp,
    /// Settle looks count from here: what was sent before the loss has come by the last of them.
    pub at: Moment,
    /// The database is being built anew, and not all of it was looked up.
    pub rebuilding: bool,
}

/// A fact kept once.
#[derive(Clone, Debug)]
pub enum Setting {
    /// Which identifier stands for what.
    Tags(TagTable),
    /// Stream's depots.
    Depots {
        /// When they were read.
        at: Timestamp,
        /// All of them.
        depots: Vec<Depot>,
    },
    /// Linnworks' stock locations.
    Locations(Vec<Location>),
    /// Linnworks' postal services.
    Services(Vec<PostalService>),
    /// Since when we are here.
    Installed(Installed),
    /// Whether sending is paused; `None` resumes.
    Paused(Option<Paused>),
    /// When the open orders were last read completely.
    Polled(Timestamp),
    /// Our subscriptions.
    Subscriptions(Vec<Subscription>),
    /// The standing warnings.
    Alarms(Vec<Raised>),
    /// The integration in Linnworks.
    Profile(Profile),
    /// What was set in its wizard.
    Wizard(WizardSettings),
    /// What was chosen there for services, by [`crate::domain::decide::service_key`].
    Learned(BTreeMap<String, Choice>),
    /// Services that were offered there.
    Offered(Vec<Offered>),
    /// The database may know less than was sent: it was restored from a backup, or built anew. Orders
    /// received before this are looked up in Stream, under every generation, before anything is sent.
    Quarantine {
        /// Orders received from then on were sent by nobody before us.
        since: Timestamp,
    },
    /// What may be removed by age.
    Purge(Purge),
    /// The mark was taken up: every order that was known before is looked for as well.
    QuarantineBegun(QuarantineBegun),
}

/// One thing to write.
#[derive(Clone, Debug)]
pub enum Change {
    /// An order and everything derived from it.
    PutOrder(Box<Order>),
    /// A job and everything derived from it.
    PutJob(Box<Job>),
    /// What a create job sends. Immutable once it may have been sent.
    PutShipment(JobId, Box<Shipment>),
    /// Something happened, to an order or to the daemon.
    Happened {
        /// To which order.
        order: Option<(OrderId, OrderNumber)>,
        /// What.
        event: Event,
    },
    /// A fact kept once.
    Set(Setting),
    /// A job whose record cannot be read: its bytes are set aside, it leaves the ready, leased and
    /// lane indexes, and a parked job with the same id takes its place, so that it is shown and
    /// still counts as live. A record that can be read is left as it is.
    ParkDamaged(JobId),
    /// A notification and everything derived from it.
    PutWebhook(Box<Webhook>),
    /// Its body. Never changed.
    PutBody(WebhookId, Vec<u8>),
    /// A notification waits for a read of an order.
    Hint(OrderId, WebhookId),
    /// It waits no longer.
    Hinted(OrderId, WebhookId),
    /// A notification names an order nobody knows yet.
    Mention(String, WebhookId),
    /// A notification is forgotten with all that is its own.
    ForgetWebhook(WebhookId),
    /// A packer waits for a label.
    PutDemand(Box<Demand>),
    /// Nobody waits for it any more.
    ForgetDemand(OrderNumber),
    /// The labels of an order with their pictures; those before are replaced.
    PutLabels(OrderId, Box<Printed>, Vec<Vec<u8>>),
    /// They are forgotten.
    ForgetLabels(OrderId),
    /// A manifest was filed. Never changed.
    PutManifest(Box<Manifest>),
    /// A manifest is forgotten.
    ForgetManifest(String),
    /// An order is removed with everything that is its own.
    PurgeOrder(OrderId),
    /// Jobs of an order that are done are removed with what they sent, and bytes of damaged ones that were
    /// its.
    ForgetJobs(OrderId),
    /// What is personal goes from the timeline of an order: the details beside what happened.
    EraseTimeline(OrderId),
    /// The same of these lines of the journal.
    EraseJournal(Vec<u64>),
    /// The body of a notification goes; that it came stays.
    EraseBody(WebhookId),
    /// The postcode of an order goes from a manifest.
    EraseFromManifest(String, OrderNumber),
}

/// What a decision wants written, all of it or nothing.
#[derive(Clone, Debug, Default)]
pub struct Changes(pub(super) Vec<Change>);

impl Changes {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The orders that are written.
    pub(super) fn orders(&self) -> impl Iterator<Item = OrderId> + '_ {
        self.0.iter().filter_map(|change| match change {
            Change::PutOrder(order) => Some(order.id),
            Change::PurgeOrder(order) => Some(*order),
            _ => None,
        })
    }

    /// Adds a change. They are applied in the order in which they were added.
    pub fn push(&mut self, change: Change) {
        self.0.push(change);
    }

    /// Adds all changes of another.
    pub fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Writes an order.
    pub fn put_order(&mut self, order: Order) {
        self.push(Change::PutOrder(Box::new(order)));
    }

    /// Writes a job.
    pub fn put_job(&mut self, job: Job) {
        self.push(Change::PutJob(Box::new(job)));
    }

    /// Writes what a create job sends.
    pub fn put_shipment(&mut self, job: JobId, shipment: Shipment) {
        self.push(Change::PutShipment(job, Box::new(shipment)));
    }

    /// Tells what happened to an order.
    pub fn happened(&mut self, order: &Order, event: Event) {
        self.happened_to(order.id, order.number, event);
    }

    /// As [`Self::happened`], where the order itself is not at hand.
    pub fn happened_to(&mut self, order: OrderId, number: OrderNumber, event: Event) {
        self.push(Change::Happened { order: Some((order, number)), event });
    }

    /// Tells what happened to the daemon.
    pub fn daemon(&mut self, event: Event) {
        self.push(Change::Happened { order: None, event });
    }

    /// Writes a fact kept once.
    pub fn set(&mut self, setting: Setting) {
        self.push(Change::Set(setting));
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
