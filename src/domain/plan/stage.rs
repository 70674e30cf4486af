//! How far a shipment has come, by the words of Stream. The list of words is not published whole: an
//! unknown one changes nothing.

use super::Plan;

/// How far a shipment has come, as an order's state shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// In Stream, on no run.
    Sent,
    /// On a run.
    Planned,
    /// The run went out.
    Dispatched,
    /// Delivered whole, or collected whole from the customer.
    Delivered,
}

/// Whether the goods have arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Not yet.
    Open,
    /// All of them.
    Whole,
    /// Some of them.
    Part,
    /// The visit failed, or they came back.
    Failed,
    /// Somebody cancelled the order in Stream.
    Cancelled,
}

/// What the lines of an order say of themselves. The members are seen with public clients; whether every
/// account fills them in is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Goods {
    /// Lines that are said to have arrived.
    pub arrived: usize,
    /// All lines.
    pub lines: usize,
}

/// What the status word and the lines say. An order is whole only when nothing contradicts it: lines that
/// say nothing at all do not, lines of which some have arrived and some have not do.
pub fn arrival(status: &str, collection: bool, goods: Goods) -> Arrival {
    let word = status.trim().to_ascii_uppercase();
    let some = goods.arrived > 0 && goods.arrived < goods.lines;
    match word.as_str() {
        "DELIVERED" | "COMPLETED" if some => Arrival::Part,
        "DELIVERED" | "COMPLETED" => Arrival::Whole,
        // For a delivery it says that the goods left the depot.
        "COLLECTED" if collection && some => Arrival::Part,
        "COLLECTED" if collection => Arrival::Whole,
        "PARTCOLLECTED" if collection => Arrival::Part,
        "PARTDELVRD" | "PARTDELIVERED" => Arrival::Part,
        "CANCELLED" | "CANCELED" | "DELETED" => Arrival::Cancelled,
        // "Delivery Failed" and the like: the code is not published.
        word if word.contains("FAIL") || word.starts_with("RETURN") => Arrival::Failed,
        _ => Arrival::Open,
    }
}

/// The stage of an order that is neither part delivered, failed nor cancelled.
pub fn stage(arrival: Arrival, status: &str, plan: Option<&Plan>) -> Stage {
    if arrival == Arrival::Whole {
        return Stage::Delivered;
    }
    match plan {
        Some(plan) if plan.dispatched || plan.completed => Stage::Dispatched,
        // The run was sent to the driver.
        Some(_) if status.trim().eq_ignore_ascii_case("RELEASED") => Stage::Dispatched,
        Some(_) => Stage::Planned,
        None => Stage::Sent,
    }
}
