//! A Linnworks order as just read becomes a verdict: hold it, refuse it, or send this shipment.
//!
//! The same verdict is reached on every path (poll, reading again before sending), so an order is
//! never judged by two sets of rules.

use super::depot::{Depot, Location};
use super::ids::Generation;
use super::order::{HeldReason, Refusal, RefusedBy};
use super::rules::{Mode, Rules};
use super::service::{self, Resolution};
use super::shipment::{self, Shipment};
use super::source::{Payment, SourceOrder};
use super::time::Timestamp;

/// What is known of the two systems beside the order itself.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Stream's depots.
    pub depots: Vec<Depot>,
    /// Linnworks' stock locations.
    pub locations: Vec<Location>,
}

impl Known {
    fn location_name(&self, source: &SourceOrder) -> &str {
        self.locations.iter().find(|l| l.id == source.location).map_or("", |l| l.name.as_str())
    }
}

/// What is to become of an order.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Not eligible now.
    Hold(HeldReason),
    /// Eligible, but it cannot be sent as it is.
    Refuse(Refusal, Option<Box<Resolution>>),
    /// Send this.
    Send(Box<Ready>),
}

/// An order that can be sent.
#[derive(Clone, Debug)]
pub struct Ready {
    /// What to ask of Stream.
    pub shipment: Shipment,
    /// Where its service leads.
    pub resolution: Resolution,
    /// Remarks for the timeline: texts that were cut, a name that disagrees with its mapping.
    pub warnings: Vec<String>,
}

/// Judges an order. `in_work`: it was taken into work before, so a shorter lookback does not
/// abandon it.
pub fn judge(
    source: &SourceOrder,
    generation: Generation,
    in_work: bool,
    known: &Known,
    rules: &Rules,
    now: Timestamp,
) -> Verdict {
    if let Some(reason) = hold(source, in_work, rules, now) {
        return Verdict::Hold(reason);
    }
    let refused = |reasons: Vec<String>| Refusal { by: RefusedBy::Us, reasons };
    let found =
        service::resolve(&source.shipping.service, None, &rules.shipping.rules, &known.depots);
    let resolution = match found {
        Ok(resolution) => resolution,
        Err(problem) => return Verdict::Refuse(refused(vec![problem.to_string()]), None),
    };
    let location = known.location_name(source);
    match shipment::build(source, generation, &resolution, location, &rules.shipping, now) {
        Ok(built) => {
            let mut warnings = built.warnings;
            warnings.extend(resolution.warning.clone());
            Verdict::Send(Box::new(Ready { shipment: built.shipment, resolution, warnings }))
        }
        Err(problems) => {
            let reasons = problems.iter().map(ToString::to_string).collect();
            Verdict::Refuse(refused(reasons), Some(Box::new(resolution)))
        }
    }
}

/// Whether the order must be left alone, and why.
fn hold(source: &SourceOrder, in_work: bool, rules: &Rules, now: Timestamp) -> Option<HeldReason> {
    let shipping = &source.shipping;
    if shipping.service.trim().is_empty() {
        return Some(HeldReason::NoService);
    }
    if !shipping.vendor.to_lowercase().contains(&rules.vendor.to_lowercase()) {
        return Some(HeldReason::OtherVendor(shipping.vendor.clone()));
    }
    if rules.mode == Mode::Off {
        return Some(HeldReason::SyncOff);
    }
    match source.payment {
        Payment::Paid | Payment::Resend => {}
        payment @ (Payment::Unpaid | Payment::Return | Payment::Pending | Payment::Other(_)) => {
            return Some(HeldReason::NotPaid(payment));
        }
    }
    if source.parked {
        return Some(HeldReason::Parked);
    }
    if source.hold_or_cancel {
        return Some(HeldReason::OnHold);
    }
    if in_work {
        return None;
    }
    let Some(received) = source.received else { return Some(HeldReason::NoDate) };
    let start = rules.shipping.zone.days_before(now, rules.lookback_days);
    (received < start).then_some(HeldReason::OutsideLookback { days: rules.lookback_days })
}
