//! Writes orders and everything derived from them: number, state, sweep, reads, run, consignment and
//! closed indexes, counts. All of it follows from the old and the new record.

use super::apply::Writer;
use super::error::StoreError;
use super::records::encode;
use super::records::order::OrderRec;
use super::tables as t;
use crate::domain::ids::{OrderId, WebhookId};
use crate::domain::order::Order;
use crate::domain::time::Timestamp;

/// Where an order stands in the indexes. What two places share is left alone.
#[derive(Default, PartialEq, Eq)]
struct Place {
    number: Option<Vec<u8>>,
    state: Option<Vec<u8>>,
    sweep: Option<Vec<u8>>,
    read: Option<Vec<u8>>,
    run: Option<Vec<u8>>,
    consignment: Option<Vec<u8>>,
    closed: Option<Vec<u8>>,
}

/// Key of the closed index.
pub(super) fn closed_key(order: &Order) -> Option<Vec<u8>> {
    order.state.is_over().then(|| t::read_key(order.updated_at, order.id))
}

impl Place {
    fn of(order: &Order) -> Self {
        let id = order.id;
        let read_at = order.standing.read_at.or(order.shipped.as_ref().map(|shipped| shipped.at));
        let plan = order.standing.plan.as_ref();
        let shipped = order.shipped.as_ref();
        Self {
            number: Some(t::number_key(order.number).to_vec()),
            state: Some(t::state_key(order.state.word(), id)),
            sweep: order.next_read.map(|next| t::sweep_key(next.haste, next.due, id)),
            read: order.next_read.map(|_| t::read_key(read_at.unwrap_or(Timestamp(0)), id)),
            run: plan.map(|plan| t::run_key(plan.day, &plan.run, id)),
            consignment: shipped.map(|s| t::reference_key(s.consignment.as_str()).to_vec()),
            closed: closed_key(order),
        }
    }

    fn entries(&self) -> [(t::Table, &Option<Vec<u8>>); 7] {
        [
            (t::NUMBERS, &self.number),
            (t::STATES, &self.state),
            (t::SWEEP, &self.sweep),
            (t::READS, &self.read),
            (t::RUNS, &self.run),
            (t::CONSIGNMENTS, &self.consignment),
            (t::CLOSED, &self.closed),
        ]
    }
}

impl Writer<'_> {
    pub(super) fn put_order(&mut self, order: &Order) -> Result<(), StoreError> {
        let id = order.id;
        match self.view.number_holder(order.number)? {
            Some(holder) if holder != id => {
                return Err(StoreError::Invariant(format!(
                    "order number {} belongs to {holder} and was given to {id}",
                    order.number
                )));
            }
            Some(_) | None => {}
        }
        let old = self.view.order(id)?;
        let (before, after) = (old.as_ref().map(Place::of).unwrap_or_default(), Place::of(order));
        for ((table, before), (_, after)) in before.entries().into_iter().zip(after.entries()) {
            if before == after {
                continue;
            }
            if let Some(key) = before {
                self.remove(table, key)?;
            }
            if let Some(key) = after {
                let holder = id.bytes();
                let value: &[u8] = match table {
                    t::NUMBERS | t::CONSIGNMENTS => &holder,
                    _ => &[],
                };
                self.put(table, key, value)?;
            }
        }
        let count = |order: &Order| t::order_count_key(order.state.word());
        self.recount(old.as_ref().map(count), Some(count(order)))?;
        let value = encode(&OrderRec::of(order))?;
        self.put(t::ORDERS, &id.bytes(), &value)
    }

    /// Removes an order with everything that is its own.
    pub(super) fn purge_order(&mut self, id: OrderId) -> Result<(), StoreError> {
        let Some(order) = self.view.order(id)? else { return Ok(()) };
        for (table, key) in Place::of(&order).entries() {
            let Some(key) = key else { continue };
            // What two orders share in an index may be the other's by now.
            let is_ours = match table {
                t::NUMBERS | t::CONSIGNMENTS => {
                    self.view.raw.get(table, key)?.is_none_or(|holder| holder == id.bytes())
                }
                _ => true,
            };
            if is_ours {
                self.remove(table, key)?;
            }
        }
        self.recount(Some(t::order_count_key(order.state.word())), None)?;
        self.remove(t::ORDERS, &id.bytes())?;
        for job in self.view.job_ids_of(id)? {
            self.remove_job(id, job)?;
        }
        self.remove_all(t::TIMELINE, (&t::timeline_key(id, 0), &t::timeline_key(id, u64::MAX)))?;
        let hints = (t::hint_key(id, WebhookId(0)), t::hint_key(id, WebhookId(u64::MAX)));
        self.remove_all(t::HINTS, (&hints.0, &hints.1))?;
        self.forget_labels(id)?;
        self.remove(t::DEMANDS, &t::number_key(order.number))
    }

    fn remove_all(&mut self, table: t::Table, bounds: (&[u8], &[u8])) -> Result<(), StoreError> {
        for (key, _) in self.view.raw.range(table, bounds, usize::MAX)? {
            self.remove(table, &key)?;
        }
        Ok(())
    }
}
