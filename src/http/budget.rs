//! Budgets that keep us under every published limit. Plain values; time is an argument.
//!
//! - [`Limiter`]: a sliding log of 60 s for each method, for limits published per minute. A bucket
//!   with a burst would break a sliding limit.
//! - [`Bucket`]: a burst and a rate, for a system that publishes no limit.
//!
//! Neither sleeps nor knows whose limits these are: a spent budget answers [`NotBefore`].
//!
//! # Why the other side never sees more than its limit
//!
//! A call reaches the other side some time after it was allowed, and that time varies. Suppose it
//! counts more calls in one of its minutes than we allow in one of ours. Then the surplus are calls
//! we had already forgotten at the last call of that minute, so allowed at least 60 s and a guard
//! before it, and yet arrived within the minute: each took longer than the guard, and all of them
//! were on their way at the moment that minute began. There are never more of those than calls at
//! once, and up to [`CALLS_AT_ONCE_MAX`] of them fit between what we allow and what is published.
//! Where they do not fit, because the limit is small or all of it is used, the guard is longer.

use std::collections::{BTreeMap, VecDeque};

use crate::domain::time::{Delay, Moment};

/// The span of all published limits.
const WINDOW: Delay = Delay::secs(60);

/// Covers the grain of the clock and the usual variation of the network. It costs 0.4 % of the
/// budget.
const GUARD: Delay = Delay(250);

/// Where nothing lies between what we allow and what is published, the guard must outlast nearly
/// every delay of the network.
const GUARD_WITHOUT_MARGIN: Delay = Delay::secs(2);

/// Calls of one method that are on their way at once: the number of workers of a system.
pub const CALLS_AT_ONCE_MAX: u32 = 8;

/// The budget is spent: ask again at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotBefore(pub Moment);

/// Budgets of one system whose limits are published per method and minute.
#[derive(Clone, Debug)]
pub struct Limiter {
    percent: u32,
    /// When another run of the program may have made calls just before.
    resumed_at: Option<Moment>,
    methods: BTreeMap<&'static str, Log>,
}

#[derive(Clone, Debug, Default)]
struct Log {
    /// Oldest first; at most as many as the method's allowance.
    allowed_at: VecDeque<Moment>,
    /// Calls allowed in a minute, when it was called last.
    allowance: u32,
    /// The other side said "not before".
    blocked_until: Option<Moment>,
}

impl Limiter {
    /// Uses `percent` (1 to 100, clamped) of each published limit. For a database in which nothing
    /// was ever called, or not in the last minute.
    pub fn new(percent: u32) -> Self {
        Self { percent: percent.clamp(1, 100), resumed_at: None, methods: BTreeMap::new() }
    }

    /// As [`Limiter::new`], for a program started again at `now`: its predecessor may have spent a
    /// whole allowance a moment ago, of which nobody kept the log. So for the first minute only what
    /// lies between the allowance and the published limit is used.
    pub fn resumed(percent: u32, now: Moment) -> Self {
        Self { resumed_at: Some(now), ..Self::new(percent) }
    }

    /// Uses another share (1 to 100, clamped) from now on. Calls already made still count.
    pub fn set_percent(&mut self, percent: u32) {
        self.percent = percent.clamp(1, 100);
    }

    /// Calls allowed in any 60 s of a method whose published limit is `limit_per_minute`: at least
    /// one, or the method could never be called.
    pub fn allowance(&self, limit_per_minute: u32) -> u32 {
        let share = u64::from(limit_per_minute) * u64::from(self.percent) / 100;
        u32::try_from(share).unwrap_or(u32::MAX).max(1)
    }

    /// Takes one call of a method out of its budget. The call must follow at once.
    ///
    /// # Errors
    /// When the budget is spent, or the other side has asked us to wait: nothing was taken.
    pub fn take(
        &mut self,
        method: &'static str,
        limit_per_minute: u32,
        now: Moment,
    ) -> Result<(), NotBefore> {
        let allowance = self.allowance(limit_per_minute);
        let margin = limit_per_minute.saturating_sub(allowance);
        let guard = if margin >= CALLS_AT_ONCE_MAX { GUARD } else { GUARD_WITHOUT_MARGIN };
        let span = Delay(WINDOW.0 + guard.0);
        let log = self.methods.entry(method).or_default();
        if let Some(until) = log.blocked_until {
            if now < until {
                return Err(NotBefore(until));
            }
            log.blocked_until = None;
        }
        while log.allowed_at.front().is_some_and(|&oldest| oldest.after(span) <= now) {
            log.allowed_at.pop_front();
        }
        log.allowance = allowance;
        let used = u32::try_from(log.allowed_at.len()).unwrap_or(u32::MAX);
        let caution_ends = self.resumed_at.map(|at| at.after(span)).filter(|&end| now < end);
        match caution_ends {
            Some(end) if used >= margin => return Err(NotBefore(end)),
            Some(_) | None => {}
        }
        if used >= allowance {
            let surplus = log.allowed_at.len().saturating_sub(allowance as usize);
            let gives_way = log.allowed_at.get(surplus).copied().unwrap_or(now);
            return Err(NotBefore(gives_way.after(span)));
        }
        // Two threads may ask in another order than they read the clock: the log stays sorted.
        let newest = log.allowed_at.back().copied().unwrap_or(now);
        log.allowed_at.push_back(now.max(newest));
        Ok(())
    }

    /// The other side has refused a method (429): it is not called before `until`. The longest of
    /// several such requests counts.
    pub fn penalise(&mut self, method: &'static str, until: Moment) {
        let log = self.methods.entry(method).or_default();
        log.blocked_until = log.blocked_until.max(Some(until));
    }

    /// The method whose allowance is used most: its calls in the last 60 s, of so many.
    pub fn busiest(&self, now: Moment) -> Option<(&'static str, usize, u32)> {
        let used = |(method, log): (&&'static str, &Log)| {
            (*method, recent(&log.allowed_at, now), log.allowance)
        };
        let share = |&(_, calls, of): &(&str, usize, u32)| {
            // Thousandths: enough to tell them apart.
            calls.saturating_mul(1000) / of.max(1) as usize
        };
        self.methods.iter().map(used).filter(|(_, calls, _)| *calls > 0).max_by_key(share)
    }

    /// Of each method that was called: calls that could be made at once, and the most that could be.
    pub fn left(&self, now: Moment) -> Vec<(&'static str, u32, u32)> {
        let left = |(method, log): (&&'static str, &Log)| {
            let used = u32::try_from(recent(&log.allowed_at, now)).unwrap_or(u32::MAX);
            let blocked = log.blocked_until.is_some_and(|until| now < until);
            let left = if blocked { 0 } else { log.allowance.saturating_sub(used) };
            (*method, left, log.allowance)
        };
        self.methods.iter().map(left).collect()
    }

    /// Calls of all methods in the last 60 s.
    pub fn calls_in_last_minute(&self, now: Moment) -> usize {
        self.methods.values().map(|log| recent(&log.allowed_at, now)).sum()
    }
}

/// A millionth of a call; the level is kept in whole ones so that nothing is lost in rounding.
const CALL: u64 = 1_000_000;

/// The budget of one system that publishes no limit: `burst` calls at once, refilled steadily.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// Millionths of a call gained in a millisecond.
    rate: u64,
    /// The most it holds, in millionths.
    full: u64,
    level: u64,
    /// When `level` was right.
    as_of: Moment,
    blocked_until: Option<Moment>,
    /// Of the last minute, for the status only. Bounded by what the bucket lets through.
    allowed_at: VecDeque<Moment>,
}

impl Bucket {
    /// A full bucket. A rate that is not a number, or under one call in a thousand seconds, is taken
    /// as the latter; over 1000 a second as 1000. A burst under 1 is taken as 1.
    pub fn new(requests_per_second: f64, burst: u32, now: Moment) -> Self {
        let full = full(burst);
        Self {
            rate: rate(requests_per_second),
            full,
            level: full,
            as_of: now,
            blocked_until: None,
            allowed_at: VecDeque::new(),
        }
    }

    /// Another rate and burst from now on, within the same bounds. What is in it stays in it: a larger
    /// burst is gained at the new rate and not given.
    pub fn set_rate(&mut self, requests_per_second: f64, burst: u32, now: Moment) {
        self.refill(now);
        self.rate = rate(requests_per_second);
        self.full = full(burst);
        self.level = self.level.min(self.full);
    }

    fn refill(&mut self, now: Moment) {
        let gained = now.since(self.as_of).0.saturating_mul(self.rate);
        self.level = self.level.saturating_add(gained).min(self.full);
        self.as_of = self.as_of.max(now);
    }

    /// Takes one call. The call must follow at once.
    ///
    /// # Errors
    /// When the bucket is empty, or the other side has asked us to wait: nothing was taken.
    pub fn take(&mut self, now: Moment) -> Result<(), NotBefore> {
        self.refill(now);
        if let Some(until) = self.blocked_until {
            if now < until {
                return Err(NotBefore(until));
            }
            self.blocked_until = None;
        }
        if self.level < CALL {
            let wait = Delay((CALL - self.level).div_ceil(self.rate));
            return Err(NotBefore(self.as_of.after(wait)));
        }
        self.level -= CALL;
        while self.allowed_at.front().is_some_and(|&oldest| oldest.after(WINDOW) <= now) {
            self.allowed_at.pop_front();
        }
        self.allowed_at.push_back(self.as_of);
        Ok(())
    }

    /// Whether a call could be taken now, without taking it.
    ///
    /// # Errors
    /// The moment to ask again.
    pub fn peek(&self, now: Moment) -> Result<(), NotBefore> {
        if let Some(until) = self.blocked_until.filter(|until| now < *until) {
            return Err(NotBefore(until));
        }
        let gained = now.since(self.as_of).0.saturating_mul(self.rate);
        let level = self.level.saturating_add(gained).min(self.full);
        if level >= CALL {
            return Ok(());
        }
        Err(NotBefore(now.after(Delay((CALL - level).div_ceil(self.rate)))))
    }

    /// The other side has refused (429): nothing is called before `until`. The longest of several
    /// such requests counts.
    pub fn penalise(&mut self, until: Moment) {
        self.blocked_until = self.blocked_until.max(Some(until));
    }

    /// Calls that could be made at once.
    pub fn left(&self, now: Moment) -> u32 {
        if self.blocked_until.is_some_and(|until| now < until) {
            return 0;
        }
        let gained = now.since(self.as_of).0.saturating_mul(self.rate);
        let level = self.level.saturating_add(gained).min(self.full);
        u32::try_from(level / CALL).unwrap_or(u32::MAX)
    }

    /// The most that could be made at once.
    pub fn burst(&self) -> u32 {
        u32::try_from(self.full / CALL).unwrap_or(u32::MAX)
    }

    /// Calls that a minute refills.
    pub fn per_minute(&self) -> u32 {
        u32::try_from(self.rate.saturating_mul(60_000) / CALL).unwrap_or(u32::MAX)
    }

    /// Calls in the last 60 s.
    pub fn calls_in_last_minute(&self, now: Moment) -> usize {
        recent(&self.allowed_at, now)
    }
}

/// Millionths of a call in a millisecond.
fn rate(requests_per_second: f64) -> u64 {
    let per_second = if requests_per_second.is_nan() { 0.0 } else { requests_per_second };
    // Within 1 to 1,000,000 after the clamp, so the conversion is exact enough.
    (per_second.clamp(0.001, 1000.0) * 1000.0).round() as u64
}

fn full(burst: u32) -> u64 {
    u64::from(burst.max(1)) * CALL
}

fn recent(allowed_at: &VecDeque<Moment>, now: Moment) -> usize {
    allowed_at.iter().rev().take_while(|&&at| at.after(WINDOW) > now).count()
}

#[cfg(test)]
mod tests;
