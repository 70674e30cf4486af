//! The way of notifications from Stream to us: doubled, shuffled, late and lost by seed.

use std::collections::BTreeMap;

use linnstream::domain::time::{Delay, Moment, Now};
use linnstream::sandbox::Notification;

pub const ADDRESS: &str = "http://127.0.0.1:1/secret/stream";
pub const SECRET: &str = "hook-secret";

/// How notifications travel.
#[derive(Clone, Copy, Debug)]
pub struct Mail {
    /// Of a hundred, how many never come.
    pub lost: u32,
    /// Each comes up to so many times.
    pub times: u32,
    /// Each takes up to this long, so that they overtake each other.
    pub late: Delay,
}

impl Mail {
    /// Each comes once, soon and in order.
    pub const GOOD: Self = Self { lost: 0, times: 1, late: Delay(0) };
    /// Each comes up to five times within two days, and a tenth never.
    pub const BAD: Self = Self { lost: 10, times: 5, late: Delay(48 * 3_600_000) };
}

/// What is on its way.
#[derive(Default)]
pub struct Post {
    waiting: BTreeMap<(Moment, u64), Vec<u8>>,
    sent: u64,
    /// How many have arrived.
    pub count: u64,
}

impl Post {
    /// Takes what was sent, and answers what arrives now.
    pub fn step(
        &mut self,
        sent: Vec<Notification>,
        mail: &Mail,
        now: Now,
        random: &mut fastrand::Rng,
    ) -> Vec<Vec<u8>> {
        for notification in sent {
            assert_eq!(notification.url, ADDRESS);
            assert_eq!(notification.authorization.as_deref(), Some(SECRET));
            for _ in 0..random.u32(1..=mail.times) {
                if random.u32(..100) < mail.lost {
                    continue;
                }
                let late = Delay(random.u64(0..=mail.late.0));
                self.sent += 1;
                let at = (now.mono.after(late), self.sent);
                self.waiting.insert(at, notification.body.clone().into_bytes());
            }
        }
        let later = self.waiting.split_off(&(now.mono.after(Delay(1)), 0));
        let arrived: Vec<Vec<u8>> =
            std::mem::replace(&mut self.waiting, later).into_values().collect();
        self.count += arrived.len() as u64;
        arrived
    }

    /// When the next arrives.
    pub fn next(&self) -> Option<Moment> {
        self.waiting.keys().next().map(|(at, _)| *at)
    }
}
