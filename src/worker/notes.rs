//! Notes to Linnworks: read for our marker, then add.

use super::{Tools, worth_holding};
use crate::actor::{Actor, Step};
use crate::clock::Clock;
use crate::domain::answer::Failure;
use crate::domain::job::{Class, JobState};
use crate::domain::time::Now;
use crate::flow::FlowError;
use crate::flow::notes::{self, Note, NoteOutcome};

enum Phase {
    Idle,
    Read(Box<Note>),
    Add(Box<Note>),
    Answered(Box<Note>, NoteOutcome),
}

/// The note worker.
pub struct NoteWorker {
    tools: Tools,
    random: fastrand::Rng,
    phase: Phase,
}

impl NoteWorker {
    /// A worker; `seed` drives only the jitter of its retries.
    pub fn new(tools: Tools, seed: u64) -> Self {
        Self { tools, random: fastrand::Rng::with_seed(seed), phase: Phase::Idle }
    }

    fn claim(&mut self, now: Now) -> Step {
        if self.tools.is_stopping() {
            return Step::Idle(None);
        }
        if let Err(turn) = self.tools.linnworks.turn(now) {
            return Step::Idle(Some(turn));
        }
        match notes::claim(&self.tools.store, now, self.tools.rules()) {
            Ok(Some(note)) => {
                self.phase = Phase::Read(Box::new(note));
                Step::Worked
            }
            Ok(None) => match self.tools.store.read(|view| view.next_due(Class::Note)) {
                Ok(Some(due)) if due <= now.mono => {
                    Step::Idle(Some(now.mono.after(super::STORE_PAUSE)))
                }
                Ok(due) => Step::Idle(due),
                Err(error) => self.tools.troubled(self.name(), &FlowError::Store(error), now),
            },
            Err(error) => self.tools.troubled(self.name(), &error, now),
        }
    }

    fn read(&mut self, note: Box<Note>, now: Now) -> Step {
        let unsure = matches!(note.taken.job.state, JobState::Unsure { .. });
        if !note.taken.may_begin(now, &self.tools.rules()) {
            self.phase = Phase::Answered(note, NoteOutcome::NotRead(Failure::NotBefore(now.mono)));
            return Step::Worked;
        }
        self.phase = match self.tools.linnworks.order_notes(now, note.taken.job.order) {
            Err(Failure::NotBefore(turn)) if worth_holding(turn, now) => {
                self.phase = Phase::Read(note);
                return Step::Idle(Some(turn));
            }
            Err(failure) => Phase::Answered(note, NoteOutcome::NotRead(failure)),
            Ok(texts) if texts.iter().any(|text| text.contains(&note.marker)) => {
                Phase::Answered(note, NoteOutcome::There)
            }
            Ok(_) if unsure => Phase::Answered(note, NoteOutcome::Absent),
            Ok(_) => Phase::Add(note),
        };
        Step::Worked
    }

    fn add(&mut self, note: Box<Note>, now: Now) -> Step {
        if !note.taken.may_begin(now, &self.tools.rules()) {
            self.phase = Phase::Answered(note, NoteOutcome::NotAdded(Failure::NotBefore(now.mono)));
            return Step::Worked;
        }
        self.phase =
            match self.tools.linnworks.add_note(now, &[note.taken.job.order], &note.text, true) {
                Err(Failure::NotBefore(turn)) if worth_holding(turn, now) => {
                    self.phase = Phase::Add(note);
                    return Step::Idle(Some(turn));
                }
                Err(failure) => Phase::Answered(note, NoteOutcome::NotAdded(failure)),
                Ok(()) => Phase::Answered(note, NoteOutcome::There),
            };
        Step::Worked
    }

    fn settle(&mut self, note: Box<Note>, outcome: NoteOutcome, now: Now) -> Step {
        let (store, rules) = (&self.tools.store, self.tools.rules());
        match notes::settle(
            store,
            now,
            rules,
            (*note).clone(),
            outcome.clone(),
            self.random.u64(..),
        ) {
            Ok(_) => {
                self.tools.wake.notify();
                Step::Worked
            }
            Err(error) => {
                self.phase = Phase::Answered(note, outcome);
                self.tools.troubled(self.name(), &error, now)
            }
        }
    }
}

impl Actor for NoteWorker {
    fn name(&self) -> &'static str {
        "notes"
    }

    fn owes(&self) -> bool {
        !matches!(self.phase, Phase::Idle)
    }

    fn step(&mut self, clock: &dyn Clock) -> Step {
        let now = clock.now();
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Idle => self.claim(now),
            Phase::Read(note) => self.read(note, now),
            Phase::Add(note) => self.add(note, now),
            Phase::Answered(note, outcome) => self.settle(note, outcome, now),
        }
    }
}
