//! Writes orders and everything derived from them: number, state, sweep, reads, run and consignment
//! indexes, counts. All of it follows from the old and the new record.

use super::apply::Writer;
use super::error::StoreError;
use super::records::encode;
use super::records::order::OrderRec;
use super::tables as t;
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
        }
    }

    fn entries(&self) -> [(t::Table, &Option<Vec<u8>>); 6] {
        [
            (t::NUMBERS, &self.number),
            (t::STATES, &self.state),
            (t::SWEEP, &self.sweep),
            (t::READS, &self.read),
            (t::RUNS, &self.run),
            (t::CONSIGNMENTS, &self.consignment),
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
}
