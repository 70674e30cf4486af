//! Looks for what standing warnings should be raised or cleared.

use super::{STORE_PAUSE, Sources};
use crate::actor::{Actor, Step};
use crate::clock::Clock;
use crate::domain::time::{Delay, Moment, Now, Timestamp};
use crate::flow::watch::{self, Told};

/// How often everything is looked at. What warnings are about lasts for minutes.
const EVERY: Delay = Delay::secs(30);

/// Tells what the loops know.
pub type Tell = Box<dyn Fn(Now, Timestamp) -> Told + Send>;

/// The watch.
pub struct Watch {
    sources: Sources,
    tell: Tell,
    since: Option<Timestamp>,
    next: Moment,
}

impl Watch {
    /// A watch whose first look is at once.
    pub fn new(sources: Sources, tell: Tell) -> Self {
        Self { sources, tell, since: None, next: Moment(0) }
    }
}

impl Actor for Watch {
    fn name(&self) -> &'static str {
        "watch"
    }

    fn step(&mut self, clock: &dyn Clock) -> Step {
        let now = clock.now();
        if self.next > now.mono {
            return Step::Idle(Some(self.next));
        }
        let since = *self.since.get_or_insert(now.wall);
        let told = (self.tell)(now, since);
        match watch::look(&self.sources.store, now, &self.sources.rules.get(), &told) {
            Ok((new, over)) => {
                for raised in &new {
                    log::warn!("alarm {}: {}", raised.code.word(), raised.text);
                }
                for cleared in &over {
                    log::info!("alarm over, {}: {}", cleared.code.word(), cleared.text);
                }
                self.next = now.mono.after(EVERY);
                Step::Idle(Some(self.next))
            }
            Err(error) => {
                log::error!("watch: {error}");
                Step::Idle(Some(now.mono.after(STORE_PAUSE)))
            }
        }
    }
}
