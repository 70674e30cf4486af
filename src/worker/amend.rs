//! Shipments taken back or changed in Stream: look, act, look again.

use super::{Tools, as_unknown, worth_holding};
use crate::actor::{Actor, Step};
use crate::clock::Clock;
use crate::domain::answer::{Failure, Found, Look};
use crate::domain::job::Class;
use crate::domain::plan::{Arrival, Stage};
use crate::domain::time::Now;
use crate::flow::FlowError;
use crate::flow::amend::{self, Amended, Amending, SHOWS_NOTHING, Wish};

enum Phase {
    Idle,
    Look(Box<Amending>),
    Act(Box<Amending>),
    Confirm(Box<Amending>, Said),
    Answered(Box<Amending>, Amended),
}

/// What Stream said to a call.
#[derive(Clone)]
enum Said {
    Yes,
    /// No clear answer.
    Nothing,
    No(String),
}

/// The worker for cancellations and changes.
pub struct AmendWorker {
    tools: Tools,
    random: fastrand::Rng,
    phase: Phase,
}

impl AmendWorker {
    /// A worker; `seed` drives only the jitter of its retries.
    pub fn new(tools: Tools, seed: u64) -> Self {
        Self { tools, random: fastrand::Rng::with_seed(seed), phase: Phase::Idle }
    }

    fn claim(&mut self, now: Now) -> Step {
        if let Err(turn) = self.tools.stream.turn(now) {
            return Step::Idle(Some(turn));
        }
        match amend::claim(&self.tools.store, now, self.tools.rules()) {
            Ok(Some(amending)) => {
                self.phase = Phase::Look(Box::new(amending));
                Step::Worked
            }
            Ok(None) => match self.tools.store.read(|view| view.next_due(Class::Amend)) {
                Ok(due) => Step::Idle(due),
                Err(error) => self.tools.troubled(self.name(), &FlowError::Store(error), now),
            },
            Err(error) => self.tools.troubled(self.name(), &error, now),
        }
    }

    /// Goes on to the next phase by what a call answered, or waits in this one for its turn.
    fn after<T>(
        &mut self,
        amending: Box<Amending>,
        answer: Result<T, Failure>,
        now: Now,
        this: impl FnOnce(Box<Amending>) -> Phase,
        next: impl FnOnce(Box<Amending>, Result<T, Failure>) -> Phase,
    ) -> Step {
        match answer {
            Err(Failure::NotBefore(turn)) if turn > now.mono && worth_holding(turn, now) => {
                self.phase = this(amending);
                Step::Idle(Some(turn))
            }
            answer => {
                self.phase = next(amending, answer);
                Step::Worked
            }
        }
    }

    fn look(&mut self, amending: Box<Amending>, now: Now) -> Step {
        let answer = self.tools.stream.find(now, &amending.order_no);
        self.after(amending, answer, now, Phase::Look, |amending, answer| {
            match answer.map(|look| first(&amending, look)) {
                Ok(None) => Phase::Act(amending),
                Ok(Some(outcome)) => Phase::Answered(amending, outcome),
                Err(failure) => Phase::Answered(amending, Amended::Failed(as_unknown(failure))),
            }
        })
    }

    fn act(&mut self, amending: Box<Amending>, now: Now) -> Step {
        let stream = &self.tools.stream;
        let answer = match &amending.wish {
            Wish::Back { .. } => stream.delete(now, &amending.order_no).map(|_| ()),
            Wish::Header(shipment) => stream.change_header(now, &amending.order_no, shipment),
        };
        self.after(amending, answer, now, Phase::Act, |amending, answer| match answer {
            // Whether it was carried out is seen, not believed.
            Ok(()) => Phase::Confirm(amending, Said::Yes),
            Err(Failure::Unknown { .. }) => Phase::Confirm(amending, Said::Nothing),
            Err(failure @ Failure::No(_)) => {
                Phase::Confirm(amending, Said::No(format!("Stream refuses it: {failure}")))
            }
            Err(failure) => Phase::Answered(amending, Amended::Failed(failure)),
        })
    }

    fn confirm(&mut self, amending: Box<Amending>, said: Said, now: Now) -> Step {
        let answer = self.tools.stream.find(now, &amending.order_no);
        let again = said.clone();
        let this = |amending| Phase::Confirm(amending, again);
        self.after(amending, answer, now, this, |amending, answer| {
            let outcome = match answer {
                Ok(look) => last(&amending, look, said),
                Err(failure) => Amended::Failed(as_unknown(failure)),
            };
            Phase::Answered(amending, outcome)
        })
    }

    fn settle(&mut self, amending: Box<Amending>, outcome: Amended, now: Now) -> Step {
        let (store, rules) = (&self.tools.store, self.tools.rules());
        let random = self.random.u64(..);
        match amend::settle(store, now, rules, (*amending).clone(), outcome.clone(), random) {
            Ok(_) => {
                self.tools.wake.notify();
                Step::Worked
            }
            // Taken again when its lease lapses; it holds up no other until then.
            Err(error) if error.is_about_one() => self.tools.troubled(self.name(), &error, now),
            Err(error) => {
                self.phase = Phase::Answered(amending, outcome);
                self.tools.troubled(self.name(), &error, now)
            }
        }
    }
}

/// What the first look decides; `None`: go on.
fn first(amending: &Amending, look: Look) -> Option<Amended> {
    let found = match look {
        Look::Absent if amending.settled => return Some(Amended::Gone),
        // Perhaps it is only not seen yet.
        Look::Absent => return None,
        Look::Found(found) if found.arrival() == Arrival::Cancelled => return Some(Amended::Gone),
        Look::Found(found) => found,
    };
    match &amending.wish {
        Wish::Back { .. } if found.arrival() != Arrival::Open => {
            Some(Amended::Not(format!("Stream shows it as {}", found.status)))
        }
        Wish::Back { .. } if found.stage() >= Stage::Dispatched => {
            Some(Amended::Not(on_run(&found)))
        }
        Wish::Back { even_planned: false } if found.plan.is_some() => {
            Some(Amended::Not(on_run(&found)))
        }
        Wish::Header(_) if found.plan.is_some() => Some(Amended::Not(on_run(&found))),
        Wish::Back { .. } | Wish::Header(_) => None,
    }
}

fn on_run(found: &Found) -> String {
    let run = found.plan.as_ref().map_or("a run".to_owned(), ToString::to_string);
    format!("it is on {run}")
}

/// What the last look decides.
fn last(amending: &Amending, look: Look, said: Said) -> Amended {
    let not_yet = |what: &str| Amended::Failed(Failure::Unknown { what: what.to_owned() });
    let found = match (look, &amending.wish, &said) {
        (Look::Absent, _, _) if amending.settled => return Amended::Gone,
        (Look::Absent, Wish::Back { .. }, Said::Yes) => return Amended::Gone,
        (Look::Absent, ..) => {
            return not_yet("it was made just now and Stream does not show it yet");
        }
        (Look::Found(found), ..) => found,
    };
    if found.arrival() == Arrival::Cancelled {
        return Amended::Gone;
    }
    match &amending.wish {
        Wish::Header(shipment) if has_header(shipment, &found) => Amended::Changed,
        Wish::Back { .. } | Wish::Header(_) => match said {
            Said::No(why) => Amended::Not(why),
            Said::Yes | Said::Nothing => not_yet(SHOWS_NOTHING),
        },
    }
}

/// As far as a read shows it: the other members of a header come back in other shapes.
fn has_header(shipment: &crate::domain::shipment::Shipment, found: &Found) -> bool {
    found.reference.trim() == shipment.customer_order_no.trim()
}

impl Actor for AmendWorker {
    fn name(&self) -> &'static str {
        "amend"
    }

    fn step(&mut self, clock: &dyn Clock) -> Step {
        let now = clock.now();
        let phase = std::mem::replace(&mut self.phase, Phase::Idle);
        match phase {
            Phase::Idle => self.claim(now),
            Phase::Look(amending) | Phase::Act(amending) | Phase::Confirm(amending, _)
                if !amending.taken.may_begin(now, &self.tools.rules()) =>
            {
                let late = Amended::Failed(Failure::NotBefore(now.mono));
                self.phase = Phase::Answered(amending, late);
                Step::Worked
            }
            Phase::Look(amending) => self.look(amending, now),
            Phase::Act(amending) => self.act(amending, now),
            Phase::Confirm(amending, said) => self.confirm(amending, said, now),
            Phase::Answered(amending, outcome) => self.settle(amending, outcome, now),
        }
    }
}
