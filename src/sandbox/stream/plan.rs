//! What planners and drivers do to shipments: the actions of `/advance`, also used by auto mode.

use super::Stream;
use super::hooks::Event;
use super::shipment::{Place, Run, RunStatus, Status};
use crate::domain::time::{Delay, Now};
use crate::sandbox::options::WorldOptions;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A user confirms the order.
    Confirm,
    /// Put on a run.
    Plan,
    /// Put on another run.
    Move,
    /// Given another place on its run.
    Resequence,
    /// Taken off its run.
    Unplan,
    /// Its run gets another description.
    Rename,
    /// Its run goes out.
    Dispatch,
    /// Delivered whole.
    Deliver,
    /// Delivered in part: every line but the last.
    Part,
    /// Could not be delivered; off its run again.
    Fail,
}

/// An action with its particulars.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Planning {
    pub action: Action,
    /// Shipments, in the order of their stops.
    pub shipments: Vec<usize>,
    /// Text of the run.
    pub run: Option<String>,
    /// Id of the run.
    pub run_id: Option<String>,
    /// `YYYY-MM-DD`.
    pub day: Option<String>,
    /// Stop of the first shipment; the others follow.
    pub sequence: Option<i64>,
}

impl Stream {
    /// Carries out an action and tells subscribers.
    ///
    /// # Errors
    /// A sentence when the action does not suit a shipment; nothing is done then.
    pub fn advance(
        &mut self,
        now: Now,
        planning: &Planning,
        options: &WorldOptions,
    ) -> Result<(), String> {
        for at in &planning.shipments {
            self.suits(planning.action, *at)?;
        }
        match planning.action {
            Action::Confirm => self.each(now, planning, options, Status::Confirmed),
            Action::Plan | Action::Move => self.place_on_run(now, planning, options),
            Action::Resequence => self.resequence(now, planning, options),
            Action::Unplan | Action::Fail => self.take_off(now, planning, options),
            Action::Rename => self.rename(now, planning, options)?,
            Action::Dispatch => self.dispatch(now, planning, options),
            Action::Deliver => self.each(now, planning, options, Status::Delivered),
            Action::Part => self.each(now, planning, options, Status::PartDelivered),
        }
        Ok(())
    }

    fn suits(&self, action: Action, at: usize) -> Result<(), String> {
        let shipment = &self.shipments[at];
        let (status, placed) = (shipment.status, shipment.place.is_some());
        let delivered = matches!(status, Status::Delivered | Status::PartDelivered);
        let fits = !shipment.deleted
            && match action {
                Action::Confirm => status == Status::Unconfirmed,
                Action::Plan | Action::Move => !delivered,
                Action::Resequence | Action::Unplan | Action::Rename | Action::Dispatch => placed,
                Action::Deliver | Action::Part | Action::Fail => status != Status::Delivered,
            };
        if fits {
            return Ok(());
        }
        Err(format!(
            "order {} is {}: it does not suit {action:?}",
            shipment.order_no,
            status.word()
        ))
    }

    fn each(&mut self, now: Now, planning: &Planning, options: &WorldOptions, status: Status) {
        for at in &planning.shipments {
            let shipment = &mut self.shipments[*at];
            shipment.status = status;
            let lines = match status {
                Status::Delivered => shipment.items.len(),
                Status::PartDelivered => shipment.items.len().saturating_sub(1),
                Status::Unconfirmed
                | Status::Confirmed
                | Status::Planned
                | Status::Released
                | Status::Failed
                | Status::Cancelled => 0,
            };
            for item in shipment.items.iter_mut().take(lines) {
                item.delivered = Some(now.wall);
            }
            self.notify(now, options, &Event::order(status.word(), *at));
        }
    }

    fn place_on_run(&mut self, now: Now, planning: &Planning, options: &WorldOptions) {
        let id = self.run_for(now, planning);
        let next = self.runs.get(&id).map_or(1, |run| self.next_stop(run));
        let mut left = Vec::new();
        for (sequence, at) in (planning.sequence.unwrap_or(next)..).zip(&planning.shipments) {
            left.extend(self.leave_run(*at).filter(|old| *old != id));
            if let Some(run) = self.runs.get_mut(&id) {
                run.members.insert(*at);
            }
            let shipment = &mut self.shipments[*at];
            shipment.status = Status::Planned;
            shipment.place = Some(Place { run: id.clone(), sequence });
            self.notify(now, options, &Event::group("PLANNEDDELIVERY", *at, Some(&id)));
            self.notify(now, options, &Event::order(Status::Planned.word(), *at));
        }
        left.sort_unstable();
        left.dedup();
        for run in left.iter().chain([&id]) {
            self.notify(now, options, &Event::run("OPENPLANNING", run));
        }
    }

    /// The run meant by id, or by text and day; made when there is none.
    fn run_for(&mut self, now: Now, planning: &Planning) -> String {
        let tomorrow = now.wall.after(Delay::secs(24 * 3600)).rfc3339();
        let day = planning.day.clone().unwrap_or_else(|| tomorrow[..10].to_owned());
        let text = planning.run.clone().unwrap_or_else(|| "RUN 01".to_owned());
        let known = match &planning.run_id {
            Some(id) => self.runs.get_mut(id),
            None => self.runs.values_mut().find(|run| {
                run.description == text && run.day == day && run.status == RunStatus::Open
            }),
        };
        if let Some(run) = known {
            run.description = planning.run.clone().unwrap_or_else(|| run.description.clone());
            run.day = planning.day.clone().unwrap_or_else(|| run.day.clone());
            return run.id.clone();
        }
        let number = 31_184 + self.runs.len();
        let id = planning.run_id.clone().unwrap_or_else(|| format!("RUN{number:07}"));
        let run = Run {
            id: id.clone(),
            description: text,
            day,
            status: RunStatus::Open,
            dispatched: None,
            vehicle: Run::vehicle_for(number as u64),
            members: Default::default(),
        };
        self.runs.insert(id.clone(), run);
        id
    }

    fn next_stop(&self, run: &Run) -> i64 {
        let stops = run.members.iter().filter_map(|at| self.shipments[*at].place.as_ref());
        stops.map(|place| place.sequence).max().unwrap_or(0) + 1
    }

    fn leave_run(&mut self, at: usize) -> Option<String> {
        let place = self.shipments[at].place.take()?;
        if let Some(run) = self.runs.get_mut(&place.run) {
            run.members.remove(&at);
        }
        Some(place.run)
    }

    fn resequence(&mut self, now: Now, planning: &Planning, options: &WorldOptions) {
        let mut runs = Vec::new();
        for (sequence, at) in (planning.sequence.unwrap_or(1)..).zip(&planning.shipments) {
            if let Some(place) = &mut self.shipments[*at].place {
                place.sequence = sequence;
                runs.push(place.run.clone());
            }
        }
        runs.sort_unstable();
        runs.dedup();
        for run in runs {
            self.notify(now, options, &Event::run("OPENPLANNING", &run));
        }
    }

    fn take_off(&mut self, now: Now, planning: &Planning, options: &WorldOptions) {
        let failed = planning.action == Action::Fail;
        let status = if failed { Status::Failed } else { Status::Confirmed };
        let mut runs = Vec::new();
        for at in &planning.shipments {
            runs.extend(self.leave_run(*at));
            self.shipments[*at].status = status;
            self.notify(now, options, &Event::order(status.word(), *at));
        }
        runs.sort_unstable();
        runs.dedup();
        for run in runs {
            self.notify(now, options, &Event::run("OPENPLANNING", &run));
        }
    }

    fn rename(
        &mut self,
        now: Now,
        planning: &Planning,
        options: &WorldOptions,
    ) -> Result<(), String> {
        let text = planning.run.clone().ok_or("rename needs the new text as run")?;
        for id in self.runs_meant(planning) {
            if let Some(run) = self.runs.get_mut(&id) {
                run.description.clone_from(&text);
            }
            self.notify(now, options, &Event::run("OPENPLANNING", &id));
        }
        Ok(())
    }

    /// Sends out the runs of the orders named, with everything on them.
    fn dispatch(&mut self, now: Now, planning: &Planning, options: &WorldOptions) {
        for id in self.runs_meant(planning) {
            self.notify(now, options, &Event::run("LOCKPLANNING", &id));
            let Some(run) = self.runs.get_mut(&id) else { continue };
            run.status = RunStatus::Dispatched;
            run.dispatched = Some(now.wall);
            let members: Vec<usize> = run.members.iter().copied().collect();
            self.notify(now, options, &Event::run("DISPATCHED", &id));
            for at in members {
                if self.shipments[at].status == Status::Planned {
                    self.shipments[at].status = Status::Released;
                    self.notify(now, options, &Event::order(Status::Released.word(), at));
                }
            }
        }
    }

    fn runs_meant(&self, planning: &Planning) -> Vec<String> {
        let places = planning.shipments.iter().filter_map(|at| self.shipments[*at].place.as_ref());
        let mut runs: Vec<String> = places.map(|place| place.run.clone()).collect();
        runs.extend(planning.run_id.clone().filter(|id| self.runs.contains_key(id)));
        runs.sort_unstable();
        runs.dedup();
        runs
    }
}
