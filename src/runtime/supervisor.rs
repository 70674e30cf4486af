//! Tells the service manager that the work goes on, and how we are.
//!
//! The watchdog is fed only while no loop is stuck and the store can be read, so a loop that hangs ends in a
//! restart. It is asked every few seconds and not at each beat: an idle daemon sleeps. A process that is stopped
//! altogether feeds nothing, which the service manager notices within its own interval.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use super::live::Live;
use super::notify::Notifier;
use super::{RunError, desk, standing};
use crate::console::answer::TellHealth;
use crate::domain::time::Delay;
use crate::logging::Logger;
use crate::wake::Wake;

/// The longest between two looks, and so the age of the status line: a wake-up in ten seconds.
const LOOK_EVERY: Delay = Delay::secs(10);

/// The shortest: a watchdog of less than this is fed less often than it wants.
const LOOK_EVERY_MIN: Delay = Delay(100);

/// The supervisor.
pub(super) struct Supervisor {
    ended: Wake,
    thread: JoinHandle<()>,
}

/// What is looked at.
struct Eyes {
    live: Arc<Live>,
    health: TellHealth,
    notifier: Arc<Notifier>,
    logger: Arc<Logger>,
    watchdog: Option<Delay>,
    told: String,
}

impl Supervisor {
    /// Tells that we are ready, and looks for the first time.
    pub(super) fn start(
        live: &Arc<Live>,
        notifier: &Arc<Notifier>,
        logger: &Arc<Logger>,
        watchdog: Option<Delay>,
    ) -> Result<Self, RunError> {
        let mut eyes = Eyes {
            live: Arc::clone(live),
            health: desk::tell_health(&live.sources),
            notifier: Arc::clone(notifier),
            logger: Arc::clone(logger),
            watchdog,
            told: String::new(),
        };
        let (every, ended) = (every(watchdog), Wake::new());
        let wake = ended.clone();
        notifier.ready();
        let thread = std::thread::Builder::new()
            .name("supervisor".to_owned())
            .spawn(move || {
                while !wake.is_closed() {
                    eyes.look();
                    wake.wait(wake.current(), every);
                }
            })
            .map_err(|source| RunError::System { what: "a thread", source })?;
        Ok(Self { ended, thread })
    }

    /// Ends it. Its last look is over then, so that nothing is told after the end began.
    pub(super) fn end(self) {
        self.ended.close();
        if self.thread.join().is_err() {
            log::error!("the supervisor ended with a defect");
        }
    }
}

/// Half of what the service manager waits for, so that one late look costs nothing.
fn every(watchdog: Option<Delay>) -> Duration {
    let half = watchdog.map_or(LOOK_EVERY, |interval| Delay(interval.0 / 2));
    half.clamp(LOOK_EVERY_MIN, LOOK_EVERY).std()
}

impl Eyes {
    fn look(&mut self) {
        self.logger.tell_repeats();
        if !self.notifier.is_heard() {
            return;
        }
        let status = match self.standing() {
            Ok(status) => {
                self.feed(true);
                status
            }
            // The store is closed at the end, and loops end one after the other.
            Err(_) if self.notifier.is_stopping() => return,
            Err(why) => {
                log::error!("the work does not go on: {why}");
                self.feed(false);
                format!("the work does not go on: {why}")
            }
        };
        if status != self.told {
            self.notifier.status(&status);
            self.told = status;
        }
    }

    fn feed(&self, goes_on: bool) {
        if self.watchdog.is_none() {
            return;
        }
        self.live.sources.pulse.watchdog(goes_on);
        if goes_on {
            self.notifier.alive();
        }
    }

    /// The status line, or why the work does not go on.
    fn standing(&self) -> Result<String, String> {
        let (sources, now) = (&self.live.sources, self.live.clock.now());
        let (linnworks, stream) = (self.health)(now);
        let rules = sources.rules.get();
        let line = sources
            .store
            .read(|view| standing::line(view, &rules, (&linnworks, &stream), now.wall))
            .map_err(|error| format!("the store cannot be read: {error}"))?;
        match sources.pulse.stuck(now.mono).as_slice() {
            [] => Ok(line),
            stuck => Err(format!("stuck: {}", stuck.join(", "))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_twice_in_the_interval_of_the_watchdog_and_rarely_without_one() {
        assert_eq!(every(None), LOOK_EVERY.std());
        assert_eq!(every(Some(Delay::secs(30))), LOOK_EVERY.std());
        assert_eq!(every(Some(Delay::secs(4))), Duration::from_secs(2));
        assert_eq!(every(Some(Delay(1))), LOOK_EVERY_MIN.std());
    }
}
