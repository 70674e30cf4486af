//! An order whose label a packer waits for: read just now, judged like every other, and sent whether orders
//! are sent by themselves or not. What was chosen for its service in Linnworks is remembered for all orders
//! of that service.

use std::sync::Arc;

use super::{Desk, Taken};
use crate::domain::decide::service_key;
use crate::domain::demand::{Choice, Content, Demand, DemandState};
use crate::domain::event::Event;
use crate::domain::ids::OrderNumber;
use crate::domain::order::{CancelledBy, Order, OrderState};
use crate::domain::rules::Rules;
use crate::domain::source::SourceOrder;
use crate::domain::time::Now;
use crate::flow::demand::not_open;
use crate::flow::{FlowError, commands, readable};
use crate::store::{Change, Changes, Setting, Store, View};

/// Services whose choice is remembered; an account has tens.
const LEARNED_MAX: usize = 500;

/// Takes in what Linnworks shows of an order somebody waits for.
///
/// # Errors
/// [`FlowError`]; it is to be taken in again.
pub fn accept_demanded(
    store: &Store,
    now: Now,
    rules: &Arc<Rules>,
    number: OrderNumber,
    found: Option<SourceOrder>,
) -> Result<(), FlowError> {
    let rules = Arc::clone(rules);
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let Some(mut demand) = readable(view.demand(number))? else { return Ok((changes, ())) };
        if demand.state != DemandState::Asked {
            return Ok((changes, ()));
        }
        match found {
            Some(source) if !source.processed => {
                open_order(view, &rules, now, &source, &mut demand, &mut changes)?;
            }
            // A parcel that is processed may need its label once more.
            Some(source) if is_shipped(view, &source)? => read(&mut demand, &source, now),
            Some(_) | None => demand.state = DemandState::Gone(not_open(number)),
        }
        changes.push(Change::PutDemand(Box::new(demand)));
        Ok::<_, FlowError>((changes, ()))
    })?)
}

fn is_shipped(view: &View<'_>, source: &SourceOrder) -> Result<bool, FlowError> {
    Ok(view.order(source.id)?.is_some_and(|order| order.shipped.is_some()))
}

fn read(demand: &mut Demand, source: &SourceOrder, now: Now) {
    demand.order = Some(source.id);
    let content = Box::new(Content::of(source));
    demand.state = DemandState::Read { at: now.mono, content };
}

fn open_order(
    view: &View<'_>,
    rules: &Rules,
    now: Now,
    source: &SourceOrder,
    demand: &mut Demand,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    let mut desk = Desk::open(view, rules, now)?;
    let service = service_key(&source.shipping.service);
    if !service.is_empty() && desk.known.learned.get(&service) != Some(&demand.choice) {
        desk.learn(service, &demand.choice, changes);
    }
    desk.accept(source, true, changes, &mut Taken::default())?;
    read(demand, source, now);
    Ok(())
}

impl Desk<'_, '_> {
    fn learn(&mut self, service: String, choice: &Choice, changes: &mut Changes) {
        let learned = &mut self.known.learned;
        if learned.len() >= LEARNED_MAX && !learned.contains_key(&service) {
            log::warn!(
                "the choice for service {service} is not remembered: there are {LEARNED_MAX} already"
            );
        } else {
            learned.insert(service.clone(), choice.clone());
            changes.set(Setting::Learned(learned.clone()));
            let text = format!(
                "Linnworks chose depot {} and method {} for the service {service}",
                choice.depot, choice.method
            );
            changes.daemon(Event::Daemon(text));
        }
        // This one order in any case.
        learned.insert(service, choice.clone());
    }

    /// A packer's request brings back what somebody cancelled, and what Stream refused goes out once more.
    pub(super) fn demand(&self, order: &mut Order, changes: &mut Changes) -> Result<(), FlowError> {
        order.demanded = true;
        order.refused_shipment = order.refused_shipment.filter(|_| order.shipped.is_some());
        if let OrderState::Refused(_) = &order.state {
            let text = format!("send again, by {PACKER}");
            changes.happened(order, Event::Asked(text));
        }
        let called_off = order.state == OrderState::Cancelled(CancelledBy::Person);
        if called_off && self.view.lane(order.id)?.is_none() {
            commands::look_for_the_old(self.view, order, self.now, PACKER, changes)?;
        }
        Ok(())
    }
}

/// Who asks for labels.
const PACKER: &str = "a packer in Linnworks";
