//! Looks at notifications as they come, and forgets them when their time is over.

use super::{STORE_PAUSE, Sources};
use crate::actor::{Actor, Step};
use crate::clock::Clock;
use crate::domain::time::{Delay, Moment, Now};
use crate::flow::{FlowError, inbox};

/// How often it is looked for notifications whose time is over.
const FORGET_EVERY: Delay = Delay::mins(60);

/// The inbox.
pub struct Inbox {
    sources: Sources,
    kept: Delay,
    forget_at: Moment,
}

impl Inbox {
    /// An inbox that keeps notifications for `kept`.
    pub fn new(sources: Sources, kept: Delay) -> Self {
        Self { sources, kept, forget_at: Moment(0) }
    }

    fn forget(&mut self, now: Now) -> Result<Step, FlowError> {
        if self.forget_at > now.mono {
            return Ok(Step::Idle(Some(self.forget_at)));
        }
        let forgotten = inbox::forget(&self.sources.store, now, self.kept)?;
        if forgotten == 0 {
            self.forget_at = now.mono.after(FORGET_EVERY);
        }
        Ok(Step::Worked)
    }
}

impl Actor for Inbox {
    fn name(&self) -> &'static str {
        "inbox"
    }

    fn step(&mut self, clock: &dyn Clock) -> Step {
        let now = clock.now();
        let stepped = match inbox::sort(&self.sources.store, now, self.sources.rules.get()) {
            Ok(0) => self.forget(now),
            Ok(_) => {
                self.sources.wake.notify();
                Ok(Step::Worked)
            }
            Err(error) => Err(error),
        };
        stepped.unwrap_or_else(|error| {
            log::error!("inbox: {error}");
            Step::Idle(Some(now.mono.after(STORE_PAUSE)))
        })
    }
}
