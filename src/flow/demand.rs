//! A label on demand: asked for, its order read and sent by the same operation as every other, handed out.
//!
//! Nothing here waits: who asks gets a ticket and looks at it again. The order goes through the one create
//! of its generation, whoever else wants it; a demand that nobody waits for any more is carried out all the
//! same, and the next one finds what became of it.
//!
//! - `cancel`: the label's shipment taken back
//! - `words`: what a packer reads

pub mod cancel;
mod words;

use std::sync::Arc;

use super::{FlowError, intake, readable};
use crate::domain::demand::{Choice, Content, Demand, DemandState, Piece, Printed};
use crate::domain::event::Event;
use crate::domain::ids::{ConsignmentNo, OrderId, OrderNumber};
use crate::domain::job::{JobKind, JobState};
use crate::domain::order::{Cause, Order, OrderState};
use crate::domain::rules::{Mode, Rules};
use crate::domain::source::SourceOrder;
use crate::domain::time::{Delay, Moment, Now};
use crate::store::{Change, Changes, Store, StoreError, View};

pub use words::{Waits, not_open, overdue};

/// A reading of the order this young serves for the next demand as well.
const FRESH: Delay = super::create::FRESH_MAX;

/// A demand is forgotten so long after it was made: who asked has asked again or given up.
const KEPT: Delay = Delay::mins(60);

/// Demands looked at in one step.
pub const DEMANDS_MAX: usize = 100;

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Of which order.
    pub number: OrderNumber,
    /// By which service.
    pub choice: Choice,
    /// For which packages.
    pub pieces: Vec<Piece>,
    /// To be printed as it is.
    pub note: String,
    /// SHA-256 of all that was asked and of how labels are printed now.
    pub hash: [u8; 32],
}

/// Labels as they are handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// What they are.
    pub printed: Printed,
    /// A PNG for each sheet.
    pub pictures: Vec<Vec<u8>>,
}

/// What is to be drawn.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The order with its shipment, run and service.
    pub order: Order,
    /// What was read of it.
    pub content: Content,
    /// Whether every unit of goods is a piece of its own.
    pub own_pieces: bool,
}

/// How a demand stands.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Look again later; at the end of the wait, why it is not there yet.
    Pending(Waits),
    /// To be drawn, then given to [`keep`].
    Draw(Box<Sheet>),
    /// There.
    Ready(Box<Labels>),
    /// There will be none: why, as the packer reads it.
    No(String),
}

/// The labels of an order when they are what is asked for and their shipment is still the live one and
/// stays it.
fn printed_before(
    view: &View<'_>,
    order: &Order,
    hash: &[u8; 32],
) -> Result<Option<Labels>, StoreError> {
    let Some(shipped) = &order.shipped else { return Ok(None) };
    let Some(printed) = readable(view.labels(order.id))? else { return Ok(None) };
    if printed.asked != *hash || printed.consignment != shipped.consignment {
        return Ok(None);
    }
    let generation = u64::from(order.generation.0);
    if view.live_job(order.id, JobKind::Cancel, generation)?.is_some() {
        return Ok(None);
    }
    match view.pictures(order.id, printed.sheets.len()) {
        Ok(pictures) => Ok(Some(Labels { printed, pictures })),
        // Drawn anew.
        Err(StoreError::Damaged { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Asks for a label. [`Outcome::Pending`]: look at it with [`poll`] after the next change.
///
/// # Errors
/// [`FlowError`]; nothing was asked.
pub fn begin(store: &Store, now: Now, rules: Arc<Rules>, ask: &Ask) -> Result<Outcome, FlowError> {
    let ask = ask.clone();
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let order = readable(view.order_by_number(ask.number))?;
        if let Some(order) = &order
            && let Some(labels) = printed_before(view, order, &ask.hash)?
        {
            return Ok((changes, Outcome::Ready(Box::new(labels))));
        }
        if let Some(why) = words::closed(view, order.as_ref(), &rules)? {
            return Ok((changes, Outcome::No(why)));
        }
        let before = readable(view.demand(ask.number))?;
        let serves = before.is_some_and(|before| {
            before.choice == ask.choice
                && match before.state {
                    DemandState::Asked => true,
                    DemandState::Read { at, .. } => now.mono.since(at) < FRESH && at <= now.mono,
                    DemandState::Gone(_) => false,
                }
                && !order.as_ref().is_some_and(|order| needs_a_word(&order.state))
        });
        if !serves {
            changes.push(Change::PutDemand(Box::new(Demand {
                number: ask.number,
                order: order.map(|order| order.id),
                asked_at: now.wall,
                asked: now.mono,
                choice: ask.choice,
                state: DemandState::Asked,
            })));
        }
        Ok::<_, FlowError>((changes, Outcome::Pending(Waits::Reading)))
    })?)
}

/// States out of which only a new demand leads.
fn needs_a_word(state: &OrderState) -> bool {
    match state {
        OrderState::Held(_) | OrderState::Refused(_) | OrderState::Cancelled(_) => true,
        OrderState::Waiting
        | OrderState::Sending
        | OrderState::Unsure
        | OrderState::Sent
        | OrderState::Planned
        | OrderState::Dispatched
        | OrderState::Delivered
        | OrderState::Processed
        | OrderState::Attention(..) => false,
    }
}

/// Orders that are to be read for somebody, and their ids where we know them.
///
/// # Errors
/// When the store cannot be read.
pub fn due(store: &Store) -> Result<Vec<(OrderNumber, Option<OrderId>)>, StoreError> {
    store.read(|view| {
        let mut found = Vec::new();
        for number in view.demands(DEMANDS_MAX)? {
            let Some(demand) = readable(view.demand(number))? else { continue };
            if demand.state == DemandState::Asked {
                found.push((number, demand.order));
            }
        }
        Ok(found)
    })
}

/// Takes in what Linnworks shows of an order somebody waits for; `None`: nothing.
///
/// # Errors
/// [`FlowError`]; it is to be taken in again.
pub fn accept(
    store: &Store,
    now: Now,
    rules: &Arc<Rules>,
    number: OrderNumber,
    found: Option<SourceOrder>,
) -> Result<(), FlowError> {
    match intake::accept_demanded(store, now, rules, number, found) {
        Err(error) if error.is_about_one() => {
            log::error!(order:% = number; "order {number} cannot be taken in for its label: {error}");
            let why = format!("Order {number} cannot be printed: see the log of linnstream.");
            gone(store, now, number, why)
        }
        outcome => outcome,
    }
}

/// There can be no label of it.
///
/// # Errors
/// [`FlowError`]; nothing was written.
pub fn gone(store: &Store, now: Now, number: OrderNumber, why: String) -> Result<(), FlowError> {
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        if let Some(mut demand) = readable(view.demand(number))? {
            demand.state = DemandState::Gone(why);
            changes.push(Change::PutDemand(Box::new(demand)));
        }
        Ok::<_, FlowError>((changes, ()))
    })?)
}

/// How what was asked for stands now.
///
/// # Errors
/// When the store cannot be read.
pub fn poll(store: &Store, rules: &Rules, ask: &Ask) -> Result<Outcome, FlowError> {
    let (number, rules, hash) = (ask.number, rules.clone(), ask.hash);
    Ok(store.read(move |view| {
        let order = readable(view.order_by_number(number))?;
        if let Some(order) = &order
            && let Some(labels) = printed_before(view, order, &hash)?
        {
            return Ok(Outcome::Ready(Box::new(labels)));
        }
        let Some(demand) = readable(view.demand(number))? else {
            return Ok(Outcome::Pending(Waits::Reading));
        };
        let content = match demand.state {
            DemandState::Asked => return Ok(Outcome::Pending(Waits::Reading)),
            DemandState::Gone(why) => return Ok(Outcome::No(why)),
            DemandState::Read { content, .. } => *content,
        };
        let Some(order) = order else { return Ok(Outcome::No(words::unreadable(number))) };
        if let Some(why) = words::closed(view, Some(&order), &rules)? {
            return Ok(Outcome::No(why));
        }
        let own_pieces = rules
            .shipping
            .rule(&order.service)
            .and_then(|rule| rule.override_packaging_split)
            .unwrap_or(demand.choice.override_packaging_split);
        judge(view, order, content, own_pieces)
    })?)
}

fn judge(
    view: &View<'_>,
    order: Order,
    content: Content,
    own_pieces: bool,
) -> Result<Outcome, StoreError> {
    if order.shipped.is_some() {
        return with_shipment(view, order, content, own_pieces);
    }
    Ok(match &order.state {
        OrderState::Waiting => Outcome::Pending(Waits::Turn),
        OrderState::Sending => Outcome::Pending(Waits::Stream),
        OrderState::Unsure => Outcome::Pending(Waits::Doubt),
        state => Outcome::No(words::without_shipment(order.number, state)),
    })
}

/// Printed once nothing is under way that would make it wrong.
fn with_shipment(
    view: &View<'_>,
    order: Order,
    content: Content,
    own_pieces: bool,
) -> Result<Outcome, StoreError> {
    if let OrderState::Attention(Cause::Create | Cause::Gone | Cause::Deleted, why) = &order.state {
        return Ok(Outcome::No(words::needs_person(order.number, why)));
    }
    let key = u64::from(order.generation.0);
    for kind in [JobKind::Cancel, JobKind::Change] {
        let Some(id) = view.live_job(order.id, kind, key)? else { continue };
        let parked = readable(view.job(id))?
            .is_none_or(|job| matches!(job.state, JobState::Parked { .. } | JobState::Done { .. }));
        return Ok(if parked {
            Outcome::No(words::stuck_change(order.number))
        } else {
            Outcome::Pending(Waits::Change)
        });
    }
    if order.unfollowed.is_some() {
        return Ok(Outcome::No(words::changed_late(&order)));
    }
    Ok(Outcome::Draw(Box::new(Sheet { order, content, own_pieces })))
}

/// Keeps labels that were drawn and answers what is to be handed out: what another drew meanwhile of the
/// same request, or these. `None`: the shipment changed meanwhile, look at it again.
///
/// # Errors
/// [`FlowError`]; nothing was kept, and nothing may be handed out.
pub fn keep(
    store: &Store,
    now: Now,
    order: OrderId,
    consignment: ConsignmentNo,
    labels: Labels,
) -> Result<Option<Labels>, FlowError> {
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let Some(mut order) = view.order(order)? else { return Ok((changes, None)) };
        if order.shipped.as_ref().is_none_or(|shipped| shipped.consignment != consignment) {
            return Ok((changes, None));
        }
        if let Some(labels) = printed_before(view, &order, &labels.printed.asked)? {
            return Ok((changes, Some(labels)));
        }
        // Meanwhile somebody began to take it back.
        let generation = u64::from(order.generation.0);
        if view.live_job(order.id, JobKind::Cancel, generation)?.is_some() {
            return Ok((changes, None));
        }
        let sheets = labels.pictures.len();
        changes.happened(&order, Event::Labelled(format!("{consignment}, {sheets} in all")));
        order.labelled = Some(now.wall);
        let id = order.id;
        changes.put_order(order);
        let printed = Box::new(labels.printed.clone());
        changes.push(Change::PutLabels(id, printed, labels.pictures.clone()));
        Ok::<_, FlowError>((changes, Some(labels)))
    })?)
}

/// Demands that are old are forgotten. Answers whether there were any.
///
/// # Errors
/// [`FlowError`]; they are forgotten later.
pub fn tidy(store: &Store, now: Now) -> Result<bool, FlowError> {
    let old = |demand: &Demand| now.mono.since(demand.asked) > KEPT || demand.asked > now.mono;
    let demands = store.read(|view| {
        let mut demands = Vec::new();
        for number in view.demands(DEMANDS_MAX)? {
            if readable(view.demand(number))?.is_none_or(|demand| old(&demand)) {
                demands.push(number);
            }
        }
        Ok(demands)
    })?;
    if demands.is_empty() {
        return Ok(false);
    }
    Ok(store.write(now, move |_| {
        let mut changes = Changes::new();
        for number in demands {
            changes.push(Change::ForgetDemand(number));
        }
        Ok::<_, FlowError>((changes, true))
    })?)
}

/// Whether nothing may be sent, on demand or otherwise.
fn is_dry(rules: &Rules) -> bool {
    rules.mode == Mode::DryRun
}

/// When the oldest of these is to be looked at again.
pub fn again(now: Now) -> Moment {
    now.mono.after(KEPT)
}
