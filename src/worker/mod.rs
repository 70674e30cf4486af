//! Workers: claim, call, settle. Each is a struct with `step()`, which does one bounded thing and
//! says when there is more to do.
//!
//! Workers and the poller are the only modules that see both the store's side (`flow`) and the two
//! APIs. No transaction is held across a call, and no step makes more than one request (beside a
//! sign-in). A worker decides nothing: what an answer means is decided in `flow`.
//!
//! - `amend`: shipments taken back or changed in Stream
//! - `create`: creates in Stream
//! - `demand`: orders read whose labels packers wait for
//! - `look`: looks for creates that may have happened
//! - `read`: reads orders again just before they are sent
//! - `tracking`, `tags`, `notes`, `process`: what is written to Linnworks

pub mod amend;
pub mod create;
pub mod demand;
pub mod look;
pub mod notes;
pub mod process;
pub mod read;
pub mod tags;
pub mod tracking;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::actor::Step;
use crate::api::linnworks::Linnworks;
use crate::api::stream::Stream;
use crate::domain::answer::Failure;
use crate::domain::rules::Rules;
use crate::domain::time::{Delay, Moment, Now};
use crate::flow::{FlowError, HOLD_MAX, LiveRules, rescue};
use crate::store::Store;
use crate::wake::Wake;

/// What workers share.
#[derive(Clone)]
pub struct Tools {
    /// Orders and jobs.
    pub store: Arc<Store>,
    /// One API.
    pub linnworks: Arc<Linnworks>,
    /// The other.
    pub stream: Arc<Stream>,
    /// The rules in force.
    pub rules: Arc<LiveRules>,
    /// Woken after each commit that may have made work.
    pub wake: Wake,
    /// Set when the program stops: nothing more is claimed.
    pub stopping: Arc<AtomicBool>,
}

/// Pause after the store could not be used, so that a full disk is not met by a busy loop.
const STORE_PAUSE: Delay = Delay::secs(1);

impl Tools {
    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    fn rules(&self) -> Arc<Rules> {
        self.rules.get()
    }

    /// Reports a use case that was not carried out, and pauses.
    fn troubled(&self, who: &str, error: &FlowError, now: Now) -> Step {
        log::error!("{who}: {error}");
        Step::Idle(Some(now.mono.after(STORE_PAUSE)))
    }

    /// Housekeeping of an idle worker: lapsed leases, and jobs that waited for a system that came
    /// back. Answers whether there was any.
    fn tidy(&self, who: &str, now: Now) -> bool {
        let mut worked = 0;
        if self.stream.recovered() {
            let freed = rescue::due_now(&self.store, now, &self.rules(), true);
            if freed.is_err() {
                self.stream.recovered_again();
            }
            worked += count(who, freed);
        }
        if self.linnworks.recovered() {
            let freed = rescue::due_now(&self.store, now, &self.rules(), false);
            if freed.is_err() {
                self.linnworks.recovered_again();
            }
            worked += count(who, freed);
        }
        worked += count(who, rescue::lapsed(&self.store, now, self.rules()));
        if worked > 0 {
            self.wake.notify();
        }
        worked > 0
    }
}

fn count(who: &str, result: Result<usize, FlowError>) -> usize {
    result.unwrap_or_else(|error| {
        log::error!("{who}: {error}");
        0
    })
}

/// A read that was refused, or a call for many orders, says nothing about one of them: it is made again.
fn as_unknown(failure: Failure) -> Failure {
    match failure {
        Failure::No(_) => Failure::Unknown { what: failure.to_string() },
        other => other,
    }
}

/// Whether a call may wait in hand for its turn, or its job should be given back.
fn worth_holding(turn: Moment, now: Now) -> bool {
    turn.since(now.mono) <= HOLD_MAX
}
