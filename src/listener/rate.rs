//! How often one other machine may come. Behind a proxy or a tunnel every caller is this machine, which is not
//! counted: there the proxy knows who they are. What a caller says of himself (`X-Forwarded-For`) counts nowhere.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Instant;

/// Connections at once after a pause: a planner's change brings some tens of notifications.
pub const BURST_MAX: u32 = 200;

/// And then so many a second.
pub const PER_SECOND: u32 = 20;

/// Machines remembered. With more of them those that could come again anyway are forgotten, then the rest.
pub const MACHINES_MAX: usize = 1024;

/// What each machine still has.
#[derive(Default)]
pub(super) struct Rates(HashMap<IpAddr, Left>);

struct Left {
    /// Connections it may open at once.
    tokens: f64,
    as_of: Instant,
}

impl Left {
    fn at(&self, now: Instant) -> f64 {
        let gained =
            now.saturating_duration_since(self.as_of).as_secs_f64() * f64::from(PER_SECOND);
        (self.tokens + gained).min(f64::from(BURST_MAX))
    }
}

impl Rates {
    /// Whether a machine may come now; if so, it has.
    pub(super) fn may(&mut self, machine: IpAddr, now: Instant) -> bool {
        if !self.0.contains_key(&machine) && self.0.len() >= MACHINES_MAX {
            self.0.retain(|_, left| left.at(now) < f64::from(BURST_MAX));
            if self.0.len() >= MACHINES_MAX {
                self.0.clear();
            }
        }
        let full = Left { tokens: f64::from(BURST_MAX), as_of: now };
        let left = self.0.entry(machine).or_insert(full);
        left.tokens = left.at(now);
        left.as_of = now;
        let may = left.tokens >= 1.0;
        if may {
            left.tokens -= 1.0;
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a moment to count from")]
    fn some_moment() -> Instant {
        Instant::now()
    }

    #[test]
    fn a_burst_is_let_in_then_the_rate_and_other_machines_are_not_held_up() {
        let (mut rates, begin) = (Rates::default(), some_moment());
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let let_in = (0..1000).filter(|_| rates.may(one, begin)).count();
        assert_eq!(let_in, BURST_MAX as usize);
        assert!(rates.may(other, begin));
        let later = begin + Duration::from_secs(1);
        let let_in = (0..1000).filter(|_| rates.may(one, later)).count();
        assert_eq!(let_in, PER_SECOND as usize);
    }

    #[test]
    fn however_many_machines_come_few_are_remembered() {
        let (mut rates, begin) = (Rates::default(), some_moment());
        for n in 0..5_000_u32 {
            assert!(rates.may(IpAddr::from(n.to_be_bytes()), begin));
            assert!(rates.0.len() <= MACHINES_MAX);
        }
    }
}
