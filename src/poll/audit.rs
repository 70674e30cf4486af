//! The no-loss account: every eligible order is shipped once, refused, waiting, or in a person's
//! hands. What is neither is named.
//!
//! The local account compares our own records only. The full one reads the open orders of Linnworks
//! now, and Stream by number for every order with a shipment that is still open.

use super::{Sources, poll_locations};
use crate::clock::Clock;
use crate::domain::account::Account;
use crate::domain::answer::{Failure, Look};
use crate::domain::decide::{self, Occasion, Verdict};
use crate::domain::ids::{Generation, OrderId, StreamOrderNo};
use crate::domain::job::JobKind;
use crate::domain::order::{Order, OrderState, StateWord};
use crate::domain::rules::Mode;
use crate::domain::shipment::{Match, Shipment};
use crate::domain::source::SourceOrder;
use crate::domain::time::{Delay, Moment, Now};
use crate::store::{Store, StoreError, View};

/// Compares our own records.
///
/// # Errors
/// When the store cannot be read.
pub fn local(store: &Store, mode: Mode) -> Result<Account, StoreError> {
    store.read(|view| {
        let mut account = Account::default();
        for word in StateWord::ALL {
            for id in view.orders_in(word, None, usize::MAX)? {
                if let Some(order) = view.order(id)? {
                    count(view, &order, mode, &mut account)?;
                }
            }
        }
        Ok(account)
    })
}

/// Counts one order, and names it when its records do not fit together: sent without a shipment,
/// or on its way without a job that carries it.
fn count(
    view: &View<'_>,
    order: &Order,
    mode: Mode,
    account: &mut Account,
) -> Result<(), StoreError> {
    let carried = || {
        Ok::<_, StoreError>(
            view.live_job(order.id, JobKind::Create, u64::from(order.generation.0))?.is_some(),
        )
    };
    let explained = match &order.state {
        OrderState::Held(_) | OrderState::Cancelled(_) => return Ok(()),
        OrderState::Processed if order.shipped.is_none() => return Ok(()),
        OrderState::Sent
        | OrderState::Planned
        | OrderState::Dispatched
        | OrderState::Delivered
        | OrderState::Processed => {
            account.shipped += 1;
            order.shipped.is_some()
        }
        OrderState::Refused(_) => {
            account.refused += 1;
            true
        }
        OrderState::Waiting => {
            account.waiting += 1;
            mode != Mode::On || carried()?
        }
        OrderState::Sending | OrderState::Unsure => {
            account.waiting += 1;
            carried()?
        }
        OrderState::Attention(..) => {
            account.attention += 1;
            true
        }
    };
    if !explained {
        account.unexplained.insert(order.number);
    }
    Ok(())
}

/// Why the full account could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A system could not be read.
    #[error("{system} could not be read: {failure}")]
    Unread {
        /// Which.
        system: &'static str,
        /// Why.
        failure: Failure,
    },
    /// It took longer than it may.
    #[error("the systems did not allow enough calls within {} minutes; try again later", AUDIT_MAX.0 / 60_000)]
    TooLong,
}

/// Longest a full account may take: at two reads a second it covers 1,700 open shipments.
const AUDIT_MAX: Delay = Delay::mins(14);

/// A full account under way.
pub struct Audit<'a> {
    sources: &'a Sources,
    clock: &'a dyn Clock,
    /// Waits until about the moment.
    wait: &'a dyn Fn(Moment),
    ends: Moment,
}

impl<'a> Audit<'a> {
    /// Ready to begin. `wait` is called when a budget is spent.
    pub fn new(sources: &'a Sources, clock: &'a dyn Clock, wait: &'a dyn Fn(Moment)) -> Self {
        let ends = clock.now().mono.after(AUDIT_MAX);
        Self { sources, clock, wait, ends }
    }

    /// Makes the account.
    ///
    /// # Errors
    /// [`AuditError`]: a part that could not be read is no account.
    pub fn full(&self) -> Result<Account, AuditError> {
        let rules = self.sources.rules.get();
        let store = &self.sources.store;
        let mut account = local(store, rules.mode)?;
        let unknown = self.unknown_orders()?;
        for page in unknown.chunks(crate::flow::suspects::PAGE_MAX) {
            let details =
                self.call("Linnworks", |now| self.sources.linnworks.open_order_details(now, page))?;
            for source in &details.orders {
                self.count_unknown(source, &mut account)?;
            }
            account.unexplained.extend(details.unreadable.iter().filter_map(|bad| bad.number));
        }
        for order in self.open_shipments()? {
            self.compare(&order, &mut account)?;
        }
        Ok(account)
    }

    /// Calls until the call went out, within the time the account has.
    fn call<T>(
        &self,
        system: &'static str,
        call: impl Fn(Now) -> Result<T, Failure>,
    ) -> Result<T, AuditError> {
        loop {
            let now = self.clock.now();
            if now.mono >= self.ends {
                return Err(AuditError::TooLong);
            }
            match call(now) {
                Ok(answer) => return Ok(answer),
                Err(Failure::NotBefore(moment)) => (self.wait)(moment),
                Err(failure) => return Err(AuditError::Unread { system, failure }),
            }
        }
    }

    fn unknown_orders(&self) -> Result<Vec<OrderId>, AuditError> {
        let rules = self.sources.rules.get();
        let locations = self.sources.store.read(|view| poll_locations(view, &rules.locations))?;
        let mut unknown = Vec::new();
        for location in locations {
            let ids = self
                .call("Linnworks", |now| self.sources.linnworks.all_open_orders(now, location))?;
            unknown.extend(self.sources.store.read(|view| {
                let mut left = Vec::new();
                for id in &ids {
                    if view.order(*id)?.is_none() {
                        left.push(*id);
                    }
                }
                Ok(left)
            })?);
        }
        Ok(unknown)
    }

    /// An eligible order that we do not know: young ones are found by the next poll.
    fn count_unknown(&self, source: &SourceOrder, account: &mut Account) -> Result<(), AuditError> {
        let (rules, now) = (self.sources.rules.get(), self.clock.now());
        let known = self.sources.store.read(|view| view.known())?;
        if let Verdict::Hold(_) =
            decide::judge(source, Generation::FIRST, Occasion::Found, &known, &rules, now.wall)
        {
            return Ok(());
        }
        account.waiting += 1;
        let young = Delay(rules.poll_interval.0.saturating_mul(2));
        if source.received.is_none_or(|received| now.wall.since(received) > young) {
            account.unexplained.insert(source.number);
        }
        Ok(())
    }

    /// Closed shipments are not read again.
    fn open_shipments(&self) -> Result<Vec<Order>, StoreError> {
        self.sources.store.read(|view| {
            let mut open = Vec::new();
            for word in
                [StateWord::Sent, StateWord::Planned, StateWord::Dispatched, StateWord::Attention]
            {
                for id in view.orders_in(word, None, usize::MAX)? {
                    open.extend(view.order(id)?.filter(|order| order.shipped.is_some()));
                }
            }
            Ok(open)
        })
    }

    /// Looks in Stream for every generation of one order: the last must be there once, as sent.
    fn compare(&self, order: &Order, account: &mut Account) -> Result<(), AuditError> {
        let mut live = 0;
        for generation in 1..=order.generation.0 {
            let order_no = StreamOrderNo::of(order.number, Generation(generation));
            let look = self.call("Stream", |now| self.sources.stream.find(now, &order_no))?;
            let Look::Found(found) = look else { continue };
            if found.status.eq_ignore_ascii_case("CANCELLED") {
                continue;
            }
            live += 1;
            let sent = self.sources.store.read(|view| sent_as(view, order))?;
            if sent.is_some_and(|shipment| matches!(shipment.matches(&found), Match::Doubled)) {
                account.double.insert(order.number);
            }
        }
        match live {
            0 => {
                account.unexplained.insert(order.number);
            }
            1 => {}
            _ => {
                account.double.insert(order.number);
            }
        }
        Ok(())
    }
}

/// What was sent, while its job is kept.
fn sent_as(view: &View<'_>, order: &Order) -> Result<Option<Shipment>, StoreError> {
    let jobs = view.jobs_of(order.id)?;
    match jobs.iter().rev().find(|job| job.task.kind() == JobKind::Create) {
        Some(job) => view.shipment(job.id),
        None => Ok(None),
    }
}
