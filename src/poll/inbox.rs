//! Looks at notifications as they come.

use super::{STORE_PAUSE, Sources};
use crate::actor::{Actor, Step};
use crate::clock::Clock;
use crate::flow::inbox;

/// The inbox.
pub struct Inbox {
    sources: Sources,
}

impl Inbox {
    /// An inbox.
    pub fn new(sources: Sources) -> Self {
        Self { sources }
    }
}

impl Actor for Inbox {
    fn name(&self) -> &'static str {
        "inbox"
    }

    fn step(&mut self, clock: &dyn Clock) -> Step {
        let now = clock.now();
        match inbox::sort(&self.sources.store, now, self.sources.rules.get()) {
            Ok(0) => Step::Idle(None),
            Ok(_) => {
                self.sources.wake.notify();
                Step::Worked
            }
            Err(error) => {
                log::error!("inbox: {error}");
                Step::Idle(Some(now.mono.after(STORE_PAUSE)))
            }
        }
    }
}
