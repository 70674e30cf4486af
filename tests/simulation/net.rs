//! The network of the simulation: the sandbox models, called directly, with faults drawn by seed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use linnstream::clock::Clock;
use linnstream::domain::time::{Delay, Moment, Now, Timestamp};
use linnstream::http::{Request, Response, Sent, Transport, TransportError};
use linnstream::sandbox::{Api, Fault, FaultKind, Wire, World};

use crate::trace::Trace;

/// A clock that moves only when it is told.
pub struct SimClock(Mutex<Now>);

impl SimClock {
    pub fn new(wall: Timestamp) -> Self {
        Self(Mutex::new(Now { wall, mono: Moment(1_000) }))
    }

    /// Somebody sets the wall clock; the monotonic one goes on.
    pub fn set_wall(&self, change: impl FnOnce(Timestamp) -> Timestamp) {
        let mut now = lock(&self.0);
        now.wall = change(now.wall);
    }

    pub fn advance(&self, delay: Delay) {
        let mut now = lock(&self.0);
        *now = Now { wall: now.wall.after(delay), mono: now.mono.after(delay) };
    }
}

impl Clock for SimClock {
    fn now(&self) -> Now {
        *lock(&self.0)
    }
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What may go wrong.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    /// Of a thousand calls, how many go wrong.
    pub faults: u32,
    /// Of ten thousand calls, during how many the power fails.
    pub cuts: u32,
}

/// The transport of the simulation.
pub struct SimNet {
    pub world: Arc<Mutex<World>>,
    pub clock: Arc<SimClock>,
    pub trace: Arc<Mutex<Trace>>,
    pub weather: Mutex<Weather>,
    pub random: Mutex<fastrand::Rng>,
    /// Set when the power failed during a call; the loop carries it out.
    pub cut: Mutex<bool>,
    /// Calls so far.
    pub calls: Mutex<u64>,
    /// During which calls the power fails, and whether they were carried out.
    pub failing: Vec<(u64, bool)>,
}

/// The answers a system under stress gives.
fn draw(random: &mut fastrand::Rng) -> FaultKind {
    match random.u8(..14) {
        0 => FaultKind::DropBefore,
        1..=3 => FaultKind::DropAfter,
        4 => FaultKind::Status { status: 500, retry_after: None },
        5 => FaultKind::Status { status: 429, retry_after: Some(7) },
        6 => FaultKind::Status { status: 429, retry_after: None },
        7 => FaultKind::Status { status: 401, retry_after: None },
        8 => FaultKind::Status { status: 408, retry_after: None },
        9 => FaultKind::Html { status: 502 },
        10 => FaultKind::Html { status: 200 },
        11 => FaultKind::Truncate,
        12 => FaultKind::WrongType,
        _ => FaultKind::Delay(Delay::secs(60)),
    }
}

fn name(kind: &FaultKind) -> &'static str {
    match kind {
        FaultKind::Refuse => "refused",
        FaultKind::DropBefore => "dropped before",
        FaultKind::DropAfter => "dropped after",
        FaultKind::Delay(_) => "late",
        FaultKind::Status { .. } => "status",
        FaultKind::Html { .. } => "page",
        FaultKind::Truncate => "truncated",
        FaultKind::WrongType => "wrong type",
    }
}

impl SimNet {
    fn lost(what: &str, sent: Sent) -> TransportError {
        TransportError { sent, what: what.to_owned() }
    }

    /// Draws what happens to this call: a fault, a power cut before it, a power cut after it.
    fn fate(&self) -> (Option<FaultKind>, bool, bool) {
        let weather = *lock(&self.weather);
        let mut random = lock(&self.random);
        let fault = (random.u32(..1000) < weather.faults).then(|| draw(&mut random));
        let cut = random.u32(..10_000) < weather.cuts;
        let before = cut && random.bool();
        (fault, before, cut && !before)
    }
}

impl Transport for SimNet {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let api = if request.url.starts_with("https://stream.test") {
            Api::Stream
        } else {
            Api::Linnworks
        };
        let (fault, mut cut_before, mut cut_after) = self.fate();
        let this = {
            let mut calls = lock(&self.calls);
            *calls += 1;
            *calls - 1
        };
        if let Some((_, carried_out)) = self.failing.iter().find(|(call, _)| *call == this) {
            (cut_before, cut_after) = (!carried_out, *carried_out);
        }
        let line = format!("{} {}", request.method.as_str(), request.path());
        if cut_before {
            *lock(&self.cut) = true;
            lock(&self.trace).line(self.clock.now(), &format!("{line}: power cut before it"));
            return Err(Self::lost("power cut", Sent::Maybe));
        }
        if let Some(kind) = fault {
            lock(&self.trace).line(self.clock.now(), &format!("fault: {}", name(&kind)));
            lock(&self.world).add_fault(Fault { api: Some(api), path: None, count: 1, kind });
        }
        let latency = Delay(lock(&self.random).u64(20..150));
        self.clock.advance(latency);
        let now = self.clock.now();
        let wire = {
            let mut world = lock(&self.world);
            world.tick(now);
            world.exchange(now, api, request)
        };
        if cut_after {
            *lock(&self.cut) = true;
            lock(&self.trace).line(now, &format!("{line}: power cut after it"));
            return Err(Self::lost("power cut", Sent::Maybe));
        }
        let answer = match wire {
            Wire::Answer { after, .. } if after >= request.timeout => {
                self.clock.advance(request.timeout);
                Err(Self::lost("timed out", Sent::Maybe))
            }
            Wire::Answer { response, after } => {
                self.clock.advance(after);
                Ok(response)
            }
            // Whether anything was sent is known only when no connection was made at all.
            Wire::DroppedBefore if lock(&self.random).bool() => {
                Err(Self::lost("connection refused", Sent::Nothing))
            }
            Wire::DroppedBefore | Wire::DroppedAfter => {
                Err(Self::lost("connection closed", Sent::Maybe))
            }
        };
        let what = answer
            .as_ref()
            .map_or_else(|error| error.what.clone(), |response| response.status.to_string());
        lock(&self.trace).line(now, &format!("{line}: {what}"));
        answer
    }
}
