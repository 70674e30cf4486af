//! A Linnworks order as just read becomes a verdict: hold it, refuse it, or send this shipment.
//!
//! The same verdict is reached on every path (poll, reading again before sending), so an order is
//! never judged by two sets of rules.

use std::collections::BTreeMap;

use super::demand::Choice;
use super::depot::{Depot, Location};
use super::ids::Generation;
use super::order::{HeldReason, Refusal, RefusedBy};
use super::rules::{Mode, Rules};
use super::service::{self, Resolution};
use super::shipment::{self, Shipment};
use super::source::{Payment, SourceOrder};
use super::time::Timestamp;
use super::validate::text;

/// What is known of the two systems beside the order itself.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Stream's depots.
    pub depots: Vec<Depot>,
    /// Linnworks' stock locations.
    pub locations: Vec<Location>,
    /// What was chosen for services in Linnworks, by [`service_key`].
    pub learned: BTreeMap<String, Choice>,
}

/// Under which key what was chosen for a service is kept.
pub fn service_key(service: &str) -> String {
    text::key(&text::clean(service))
}

/// What an order is judged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// It was found.
    Found,
    /// It was taken into work before, so a shorter lookback does not abandon it.
    InWork,
    /// A packer waits for its label: it is sent whatever is sent by itself. That Linnworks asks shows
    /// that its service is ours.
    Demanded,
}

impl Known {
    /// What was chosen for a service in Linnworks.
    pub fn learned(&self, service: &str) -> Option<&Choice> {
        self.learned.get(&service_key(service))
    }

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

/// Judges an order.
pub fn judge(
    source: &SourceOrder,
    generation: Generation,
    occasion: Occasion,
    known: &Known,
    rules: &Rules,
    now: Timestamp,
) -> Verdict {
    if let Some(reason) = hold(source, occasion, rules, now) {
        return Verdict::Hold(reason);
    }
    let refused = |reasons: Vec<String>| Refusal { by: RefusedBy::Us, reasons };
    let service = &source.shipping.service;
    let found =
        service::resolve(service, known.learned(service), &rules.shipping.rules, &known.depots);
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
fn hold(
    source: &SourceOrder,
    occasion: Occasion,
    rules: &Rules,
    now: Timestamp,
) -> Option<HeldReason> {
    let demanded = occasion == Occasion::Demanded;
    let shipping = &source.shipping;
    if shipping.service.trim().is_empty() {
        return Some(HeldReason::NoService);
    }
    if !demanded && !shipping.vendor.to_lowercase().contains(&rules.vendor.to_lowercase()) {
        return Some(HeldReason::OtherVendor(shipping.vendor.clone()));
    }
    if rules.removed {
        return Some(HeldReason::Removed);
    }
    if !demanded && rules.mode == Mode::Off {
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
    if occasion != Occasion::Found {
        return None;
    }
    let Some(received) = source.received else { return Some(HeldReason::NoDate) };
    let start = rules.shipping.zone.days_before(now, rules.lookback_days);
    (received < start).then_some(HeldReason::OutsideLookback { days: rules.lookback_days })
}
