//! Auto mode: shipments move along by themselves, and a few more orders arrive.

use std::collections::{BTreeMap, BTreeSet};

use super::World;
use super::generate::Mix;
use super::stream::{Action, Planning, RunStatus, Status};
use crate::domain::time::{Delay, Moment, Now};

/// Stops on one run.
const STOPS_MAX: usize = 12;
/// Runs of one day: there are tags for twenty.
const RUNS_A_DAY: u64 = 20;
/// Orders that arrive later by themselves: enough to see life, not enough to fill a disk.
const LATER_ORDERS_MAX: u64 = 60;
/// Time between two of them.
const LATER_ORDERS_EVERY: Delay = Delay::secs(40);

/// What is due when.
pub(super) struct Auto {
    rng: fastrand::Rng,
    due: BTreeSet<(Moment, usize)>,
    next: BTreeMap<usize, Moment>,
    runs: u64,
    run: Option<String>,
    next_order: Option<Moment>,
    orders: u64,
}

impl Auto {
    /// Nothing is due yet.
    pub fn new(seed: u64) -> Self {
        Self {
            rng: fastrand::Rng::with_seed(seed ^ 0xa070),
            due: BTreeSet::new(),
            next: BTreeMap::new(),
            runs: 0,
            run: None,
            next_order: None,
            orders: 0,
        }
    }

    fn schedule(&mut self, at: usize, from: Moment, seconds: std::ops::Range<u64>) {
        let due = from.after(Delay(self.rng.u64(seconds.start * 1000..seconds.end * 1000)));
        if let Some(old) = self.next.insert(at, due) {
            self.due.remove(&(old, at));
        }
        self.due.insert((due, at));
    }

    fn take_due(&mut self, now: Moment) -> Option<usize> {
        let (due, at) = self.due.first().copied()?;
        if due > now {
            return None;
        }
        self.due.remove(&(due, at));
        self.next.remove(&at);
        Some(at)
    }
}

impl World {
    /// Does what is due.
    pub(super) fn tick_auto(&mut self, now: Now) {
        for at in std::mem::take(&mut self.stream.arrived) {
            self.auto.schedule(at, now.mono, 5..15);
        }
        while let Some(at) = self.auto.take_due(now.mono) {
            self.move_along(now, at);
        }
        if self.options.auto_orders {
            self.later_order(now);
        }
    }

    fn move_along(&mut self, now: Now, at: usize) {
        let shipment = &self.stream.shipments[at];
        if shipment.deleted {
            return;
        }
        match shipment.status {
            Status::Unconfirmed => {
                self.act(now, Action::Confirm, at, None);
                self.auto.schedule(at, now.mono, 8..25);
            }
            Status::Confirmed | Status::Failed => {
                let run = self.open_run();
                self.act(now, Action::Plan, at, Some(run));
                self.auto.schedule(at, now.mono, 60..120);
            }
            Status::Planned => {
                let place = self.stream.shipments[at].place.clone();
                let run = place.and_then(|place| self.stream.runs.get(&place.run));
                let members: Vec<usize> =
                    run.map(|run| run.members().collect()).unwrap_or_default();
                self.act(now, Action::Dispatch, at, None);
                for (stop, member) in members.into_iter().enumerate() {
                    let first = 40 + 8 * stop as u64;
                    self.auto.schedule(member, now.mono, first..first + 8);
                }
            }
            Status::Released => self.act(now, Action::Deliver, at, None),
            Status::Delivered | Status::PartDelivered | Status::Cancelled => {}
        }
    }

    fn act(&mut self, now: Now, action: Action, at: usize, run: Option<(String, String, Delay)>) {
        let (run_id, run, day) = match run {
            Some((id, text, ahead)) => {
                let day = now.wall.after(ahead).rfc3339().get(..10).map(str::to_owned);
                (Some(id), Some(text), day)
            }
            None => (None, None, None),
        };
        let planning = Planning { action, shipments: vec![at], run, run_id, day, sequence: None };
        // Refused only when somebody moved the shipment by hand meanwhile: then theirs stands.
        let _ = self.stream.advance(now, &planning, &self.options);
    }

    /// The run that is being filled: id, text, and how far ahead its day is.
    fn open_run(&mut self) -> (String, String, Delay) {
        let room =
            self.auto.run.as_ref().and_then(|id| self.stream.runs.get(id)).is_some_and(|run| {
                run.status == RunStatus::Open && run.members().count() < STOPS_MAX
            });
        if !room {
            self.auto.runs += 1;
            self.auto.run = Some(format!("AUTO{:06}", self.auto.runs));
        }
        let number = self.auto.runs.saturating_sub(1);
        let id = self.auto.run.clone().unwrap_or_default();
        let day = Delay::secs(24 * 3600 * (1 + number / RUNS_A_DAY));
        (id, format!("RUN {:02}", number % RUNS_A_DAY + 1), day)
    }

    fn later_order(&mut self, now: Now) {
        let due = *self.auto.next_order.get_or_insert(now.mono.after(Delay::secs(60)));
        if due > now.mono || self.auto.orders >= LATER_ORDERS_MAX {
            return;
        }
        self.auto.next_order = Some(now.mono.after(LATER_ORDERS_EVERY));
        self.auto.orders += 1;
        let mix = match self.auto.orders % 6 {
            2 => Mix { missing_postcode: 100, ..Mix::default() },
            5 => Mix { unmapped_service: 100, ..Mix::default() },
            _ => Mix::default(),
        };
        self.add_orders(now, 1, &mix);
    }
}
