//! What Stream says of a shipment after it was created: the run it is on, the day, its place, and how
//! far it has come. Read from the order in Stream, never from a notification.
//!
//! - `stage`: how far a shipment has come
//! - `text`: the number in a run's description
//! - `tests`: the guide's rules, case by case

mod stage;
#[cfg(test)]
mod tests;
mod text;

use std::fmt;

pub use stage::{Arrival, Goods, Stage, arrival, stage};
pub use text::RunText;

use super::ids::RunId;
use super::tags::{Mark, NUMBER_MAX};
use super::time::{Day, Timestamp, Zone};

/// Where a shipment stands on a delivery run. A run is known by its id in Stream, never by its number:
/// RUN 01 of Monday is another run than RUN 01 of Tuesday.
#[derive(Clone, PartialEq, Eq)]
pub struct Plan {
    /// Which run.
    pub run: RunId,
    /// Its description as the planner wrote it.
    pub text: String,
    /// The local day as Stream wrote it.
    pub day: Option<Day>,
    /// Place on the run, from 1; `None` when Stream shows none.
    pub sequence: Option<u32>,
    /// Driver's name; may be empty.
    pub driver: String,
    /// Vehicle's name or registration; may be empty.
    pub vehicle: String,
    /// When the run is to leave, as Stream wrote it: UK wall-clock time. Empty when it shows none.
    pub leaves: String,
    /// The run went out.
    pub dispatched: bool,
    /// The run has ended.
    pub completed: bool,
}

/// Without the driver: a person's name.
impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("run", &self.run)
            .field("text", &self.text)
            .field("day", &self.day)
            .field("sequence", &self.sequence)
            .finish_non_exhaustive()
    }
}

impl Plan {
    /// What its description says.
    pub fn run_text(&self) -> RunText {
        RunText::read(&self.text)
    }

    /// The run number that has an identifier.
    pub fn run_number(&self) -> Option<u8> {
        match self.run_text() {
            RunText::Number(number) => Some(number),
            RunText::Beyond(_) | RunText::Unreadable => None,
        }
    }

    /// The identifiers it calls for. `sequence`: whether places are shown at all.
    pub fn marks(&self, sequence: bool) -> impl Iterator<Item = Mark> + use<> {
        let run = self.run_number().map(Mark::Run);
        let day = self.day.map(|day| Mark::Day(day.weekday()));
        let place = self.place().filter(|_| sequence).map(Mark::Sequence);
        [run, day, place].into_iter().flatten()
    }

    /// The place that has an identifier.
    fn place(&self) -> Option<u8> {
        let place = u8::try_from(self.sequence?).ok()?;
        (1..=NUMBER_MAX).contains(&place).then_some(place)
    }

    /// What of it cannot be shown on the order, in words: said once, and no identifier is invented.
    pub fn warning(&self, sequence: bool) -> Option<String> {
        let text = match self.run_text() {
            RunText::Number(_) => None,
            RunText::Beyond(number) => Some(format!(
                "run {number} has no identifier: only RUN 01 to RUN {NUMBER_MAX} exist"
            )),
            RunText::Unreadable => Some(format!(
                "the run \"{}\" shows no number: name it like RUN 01 in Stream",
                self.text
            )),
        };
        let beyond = self.sequence.filter(|place| *place > u32::from(NUMBER_MAX) && sequence);
        let place = beyond.map(|place| {
            format!("place {place} has no identifier: only SEQ 01 to SEQ {NUMBER_MAX} exist")
        });
        match (text, place) {
            (Some(text), Some(place)) => Some(format!("{text}; {place}")),
            (text, place) => text.or(place),
        }
    }

    /// When the run leaves.
    pub fn leaves_at(&self, zone: &Zone) -> Option<Timestamp> {
        zone.of_wall_clock(&self.leaves)
    }
}

/// For people: `RUN 03, Thu 2026-11-26, place 7`.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = if self.text.trim().is_empty() { self.run.as_str() } else { self.text.trim() };
        f.write_str(text)?;
        if let Some(day) = self.day {
            write!(f, ", {} {day}", day.short_name())?;
        }
        if let Some(place) = self.sequence {
            write!(f, ", place {place}")?;
        }
        Ok(())
    }
}
