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
use crate::domain::time::Delay;
use crate::logging::Logger;
use crate::pulse::Pulse;
use crate::store::StoreError;
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

/// The status line, or why the work does not go on.
type Look = Box<dyn Fn() -> Result<String, String> + Send>;

/// Looks, and tells.
struct Eyes {
    look: Look,
    pulse: Arc<Pulse>,
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
            look: look(live),
            pulse: Arc::clone(&live.sources.pulse),
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
                    eyes.once();
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
    fn once(&mut self) {
        self.logger.tell_repeats();
        if !self.notifier.is_heard() {
            return;
        }
        let status = match (self.look)() {
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
        self.pulse.watchdog(goes_on);
        if goes_on {
            self.notifier.alive();
        }
    }
}

fn look(live: &Arc<Live>) -> Look {
    let (live, health) = (Arc::clone(live), desk::tell_health(&live.sources));
    Box::new(move || {
        let (sources, now) = (&live.sources, live.clock.now());
        let (linnworks, stream) = health(now);
        let rules = sources.rules.get();
        let line = sources
            .store
            .read(|view| standing::line(view, &rules, (&linnworks, &stream), now.wall));
        goes_on(line, &sources.pulse.stuck(now.mono))
    })
}

fn goes_on(line: Result<String, StoreError>, stuck: &[&str]) -> Result<String, String> {
    let line = line.map_err(|error| format!("the store cannot be read: {error}"))?;
    if stuck.is_empty() { Ok(line) } else { Err(format!("stuck: {}", stuck.join(", "))) }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;
    use std::sync::atomic::{AtomicU64, Ordering};

    use log::LevelFilter;

    use super::*;
    use crate::domain::time::{Moment, Now, Timestamp};
    use crate::logging::{Redactor, Style};
    use crate::pulse::STUCK_AFTER;
    use crate::store::{Store, StoreOptions};

    fn logger() -> Arc<Logger> {
        let now = Box::new(|| Now { wall: Timestamp(0), mono: Moment(0) });
        let sink = Box::new(std::io::sink());
        Logger::new(LevelFilter::Info, Style::Plain, now, Arc::new(Redactor::default()), sink)
    }

    /// What was told by one look.
    fn told(eyes: &mut Eyes, socket: &UnixDatagram) -> Vec<String> {
        eyes.once();
        let mut bytes = [0; 4096];
        let mut told = Vec::new();
        while let Ok(length) = socket.recv(&mut bytes) {
            told.push(String::from_utf8_lossy(&bytes[..length]).into_owned());
        }
        told
    }

    #[test]
    fn a_loop_that_is_stuck_or_a_store_that_cannot_be_read_stops_the_pings() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("bound");
        socket.set_nonblocking(true).expect("set");
        let store = Store::open(&place.path().join("db"), StoreOptions::default()).expect("opens");
        let (store, pulse, now) =
            (Arc::new(store), Arc::<Pulse>::default(), Arc::new(AtomicU64::new(0)));
        pulse.beat(0, "create", Moment(0));
        let (read, beats, clock) = (store.clone(), pulse.clone(), now.clone());
        let look = move || {
            let line = read.read(|view| view.counts().map(|_| "all is well".to_owned()));
            goes_on(line, &beats.stuck(Moment(clock.load(Ordering::Relaxed))))
        };
        let mut eyes = Eyes {
            look: Box::new(look),
            pulse: pulse.clone(),
            notifier: Arc::new(Notifier::to(Some(path.as_os_str()))),
            logger: logger(),
            watchdog: Some(Delay::secs(30)),
            told: String::new(),
        };
        assert_eq!(told(&mut eyes, &socket), ["WATCHDOG=1", "STATUS=all is well"]);
        // The same status is not told again.
        assert_eq!(told(&mut eyes, &socket), ["WATCHDOG=1"]);
        now.store(STUCK_AFTER.0, Ordering::Relaxed);
        let stuck = "STATUS=the work does not go on: stuck: create";
        assert_eq!(told(&mut eyes, &socket), [stuck]);
        assert!(told(&mut eyes, &socket).is_empty());
        pulse.beat(0, "create", Moment(STUCK_AFTER.0));
        assert_eq!(told(&mut eyes, &socket), ["WATCHDOG=1", "STATUS=all is well"]);
        store.close().expect("closed");
        let silent = told(&mut eyes, &socket);
        assert_eq!(silent.len(), 1);
        assert!(silent[0].starts_with("STATUS=the work does not go on: the store cannot be read"));
        assert_eq!(pulse.watchdog_counts(), (3, 3));
    }

    #[test]
    fn it_looks_twice_in_the_interval_of_the_watchdog_and_rarely_without_one() {
        assert_eq!(every(None), LOOK_EVERY.std());
        assert_eq!(every(Some(Delay::secs(30))), LOOK_EVERY.std());
        assert_eq!(every(Some(Delay::secs(4))), Duration::from_secs(2));
        assert_eq!(every(Some(Delay(1))), LOOK_EVERY_MIN.std());
    }
}
