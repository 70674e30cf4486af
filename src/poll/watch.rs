//! Looks for what standing warnings should be raised or cleared.

use super::{STORE_PAUSE, Sources};
use crate::actor::{Actor, Step};
use crate::clock::Clock;
use crate::domain::alarm::{Code, Raised};
use crate::domain::time::{Delay, Moment, Now, Timestamp};
use crate::flow::watch::{self, Told};

/// How often everything is looked at. What warnings are about lasts for minutes.
const EVERY: Delay = Delay::secs(30);

/// Tells what the loops know.
pub type Tell = Box<dyn Fn(Now, Timestamp) -> Told + Send>;

/// Tells the outside of a warning: `true` when it is raised, `false` when it is cleared. Never waits.
pub type Herald = Box<dyn Fn(&Raised, bool) + Send>;

/// The watch.
pub struct Watch {
    sources: Sources,
    tell: Tell,
    herald: Herald,
    since: Option<Timestamp>,
    next: Moment,
}

impl Watch {
    /// A watch whose first look is at once.
    pub fn new(sources: Sources, tell: Tell, herald: Herald) -> Self {
        Self { sources, tell, herald, since: None, next: Moment(0) }
    }

    fn say(&self, alarm: &Raised, raised: bool) {
        let (code, run) = (alarm.code.word(), about_run(alarm));
        match (raised, run) {
            (true, Some(run)) => {
                log::warn!(alarm = code, run = run; "alarm {code}: {}", alarm.text)
            }
            (true, None) => log::warn!(alarm = code; "alarm {code}: {}", alarm.text),
            (false, Some(run)) => {
                log::info!(alarm = code, run = run; "alarm over, {code}: {}", alarm.text);
            }
            (false, None) => log::info!(alarm = code; "alarm over, {code}: {}", alarm.text),
        }
        (self.herald)(alarm, raised);
    }
}

/// The run that it is about.
fn about_run(alarm: &Raised) -> Option<&str> {
    let run = matches!(
        alarm.code,
        Code::RunText | Code::RunBeyond | Code::PlaceBeyond | Code::PlaceTwice | Code::RunLeaves
    );
    run.then_some(alarm.about.as_str())
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
                new.iter().for_each(|alarm| self.say(alarm, true));
                over.iter().for_each(|alarm| self.say(alarm, false));
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
