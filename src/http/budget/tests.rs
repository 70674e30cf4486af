//! Budgets under any order of calls, delays and clocks.

use proptest::prelude::*;

use super::*;

const METHOD: &str = "Orders/GetOrders";

/// The most moments of a sorted list that any 60 s hold.
fn fullest_minute(at: &[u64]) -> usize {
    let mut first = 0;
    let mut most = 0;
    for (last, &end) in at.iter().enumerate() {
        while at[first] + 60_000 <= end {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}

/// Calls as fast as the limiter allows, until `end`.
fn drain(limiter: &mut Limiter, limit: u32, end: u64) -> Vec<u64> {
    let mut now = 0;
    let mut allowed = Vec::new();
    while now < end {
        match limiter.take(METHOD, limit, Moment(now)) {
            Ok(()) => allowed.push(now),
            Err(NotBefore(at)) => {
                assert!(at.0 > now, "a refusal must name a later moment");
                now = at.0;
            }
        }
    }
    allowed
}

proptest! {
    #[test]
    fn no_minute_ever_holds_more_than_the_allowance(
        limit in 1u32..300, percent in 1u32..=100, gaps in prop::collection::vec(0u64..2_000, 1..800),
    ) {
        let mut limiter = Limiter::new(percent);
        let mut now = 0;
        let mut allowed = Vec::new();
        for gap in gaps {
            now += gap;
            if limiter.take(METHOD, limit, Moment(now)).is_ok() {
                allowed.push(now);
            }
        }
        prop_assert!(fullest_minute(&allowed) <= limiter.allowance(limit) as usize);
        prop_assert!(limiter.allowance(limit) <= limit.max(1));
    }

    #[test]
    fn a_greedy_drain_spends_the_whole_allowance_of_every_minute(
        limit in 1u32..300, percent in 1u32..=100,
    ) {
        let mut limiter = Limiter::new(percent);
        let allowance = limiter.allowance(limit) as usize;
        let guard = if limit as usize - allowance >= CALLS_AT_ONCE_MAX as usize { 250 } else { 2_000 };
        // Ten rounds, the last of which begins just inside the time.
        let allowed = drain(&mut limiter, limit, 9 * (60_000 + guard) + 1);
        prop_assert_eq!(allowed.len(), 10 * allowance);
    }

    #[test]
    fn the_other_side_never_counts_more_than_it_published(
        limit in prop::sample::select(vec![150u32, 250]),
        delays in prop::collection::vec(0u64..30_000, 8..64),
    ) {
        // As many workers as may call at once; each waits for its answer before the next call.
        let mut limiter = Limiter::new(90);
        let mut free_at = [0u64; CALLS_AT_ONCE_MAX as usize];
        let mut arrived = Vec::new();
        let mut turn = 0;
        loop {
            let (worker, &now) =
                free_at.iter().enumerate().min_by_key(|(_, at)| **at).expect("some worker");
            if now > 300_000 {
                break;
            }
            match limiter.take(METHOD, limit, Moment(now)) {
                Ok(()) => {
                    // One call in seven is slow.
                    let delay = if turn % 7 == 0 { delays[turn % delays.len()] } else { 40 };
                    turn += 1;
                    arrived.push(now + delay);
                    free_at[worker] = now + delay + 20;
                }
                Err(NotBefore(at)) => free_at[worker] = at.0,
            }
        }
        arrived.sort_unstable();
        prop_assert!(fullest_minute(&arrived) <= limit as usize);
    }

    #[test]
    fn the_log_survives_threads_that_read_the_clock_out_of_order(
        moments in prop::collection::vec(0u64..200_000, 1..400),
    ) {
        let mut limiter = Limiter::new(90);
        let mut latest = 0;
        let mut counted = Vec::new();
        for moment in moments {
            if limiter.take(METHOD, 20, Moment(moment)).is_ok() {
                latest = latest.max(moment);
                counted.push(latest);
            }
        }
        prop_assert!(fullest_minute(&counted) <= 18);
    }

    #[test]
    fn a_bucket_lets_through_its_burst_and_its_rate_and_no_more(
        rate in 1u32..20, burst in 1u32..50, gaps in prop::collection::vec(0u64..3_000, 1..300),
    ) {
        let mut bucket = Bucket::new(f64::from(rate), burst, Moment(0));
        let (mut now, mut taken) = (0u64, 0u64);
        for gap in gaps {
            now += gap;
            if bucket.take(Moment(now)).is_ok() {
                taken += 1;
            }
            prop_assert!(taken * 1000 <= u64::from(burst) * 1000 + now * u64::from(rate));
        }
    }
}

#[test]
fn a_greedy_drain_of_the_bucket_keeps_its_rate() {
    let mut bucket = Bucket::new(2.0, 30, Moment(0));
    let (mut now, mut taken) = (0, 0);
    while now < 60_000 {
        match bucket.take(Moment(now)) {
            Ok(()) => taken += 1,
            Err(NotBefore(at)) => now = at.0,
        }
    }
    // 30 at once, then one each half second up to but not including the minute's end.
    assert_eq!(taken, 30 + 119);
    assert_eq!(bucket.calls_in_last_minute(Moment(59_999)), 149);
    assert_eq!(bucket.calls_in_last_minute(Moment(119_500)), 0);
}

#[test]
fn strange_rates_neither_stop_the_bucket_nor_open_it() {
    for rate in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
        let mut bucket = Bucket::new(rate, 0, Moment(0));
        assert_eq!(bucket.take(Moment(0)), Ok(()));
        assert_eq!(bucket.take(Moment(0)), Err(NotBefore(Moment(1_000_000))));
    }
    let mut bucket = Bucket::new(f64::INFINITY, 1, Moment(0));
    assert_eq!(bucket.take(Moment(0)), Ok(()));
    assert_eq!(bucket.take(Moment(0)), Err(NotBefore(Moment(1))));
}

#[test]
fn methods_have_budgets_of_their_own() {
    let mut limiter = Limiter::new(100);
    assert_eq!(limiter.take("a", 1, Moment(0)), Ok(()));
    assert_eq!(limiter.take("a", 1, Moment(5)), Err(NotBefore(Moment(62_000))));
    assert_eq!(limiter.take("b", 1, Moment(5)), Ok(()));
    assert_eq!(limiter.calls_in_last_minute(Moment(59_999)), 2);
    assert_eq!(limiter.calls_in_last_minute(Moment(60_000)), 1);
    assert_eq!(limiter.calls_in_last_minute(Moment(60_005)), 0);
}

#[test]
fn a_refused_method_waits_as_long_as_it_was_told_and_others_go_on() {
    let mut limiter = Limiter::new(90);
    limiter.penalise("a", Moment(30_000));
    limiter.penalise("a", Moment(10_000));
    assert_eq!(limiter.take("a", 150, Moment(29_999)), Err(NotBefore(Moment(30_000))));
    assert_eq!(limiter.take("b", 150, Moment(0)), Ok(()));
    assert_eq!(limiter.take("a", 150, Moment(30_000)), Ok(()));

    let mut bucket = Bucket::new(2.0, 30, Moment(0));
    bucket.penalise(Moment(7_000));
    assert_eq!(bucket.take(Moment(1)), Err(NotBefore(Moment(7_000))));
    assert_eq!(bucket.take(Moment(7_000)), Ok(()));
}

#[test]
fn at_least_one_call_is_allowed_however_small_the_share() {
    assert_eq!(Limiter::new(90).allowance(1), 1);
    assert_eq!(Limiter::new(0).allowance(150), 1);
    assert_eq!(Limiter::new(90).allowance(150), 135);
    assert_eq!(Limiter::new(250).allowance(150), 150);
}

#[test]
fn a_restart_in_the_middle_of_a_minute_does_not_exceed_the_published_limit() {
    let mut first = Limiter::new(90);
    let mut all: Vec<u64> = Vec::new();
    while first.take(METHOD, 150, Moment(1_000)).is_ok() {
        all.push(1_000);
    }
    let mut second = Limiter::resumed(90, Moment(2_000));
    let mut now = 2_000;
    while now < 200_000 {
        match second.take(METHOD, 150, Moment(now)) {
            Ok(()) => all.push(now),
            Err(NotBefore(at)) => {
                assert!(at.0 > now);
                now = at.0;
            }
        }
    }
    assert!(fullest_minute(&all) <= 150);
    assert!(all.len() >= 135 + 15 + 135, "the caution ends after a minute");
}

#[test]
fn a_changed_limit_counts_at_once() {
    let mut limiter = Limiter::new(100);
    for _ in 0..10 {
        assert_eq!(limiter.take(METHOD, 10, Moment(0)), Ok(()));
    }
    for at in 0..5 {
        assert_eq!(limiter.take(METHOD, 15, Moment(1_000 + at)), Ok(()));
    }
    // Of 15 calls, 13 must be forgotten before a limit of 3 has room.
    assert_eq!(limiter.take(METHOD, 3, Moment(2_000)), Err(NotBefore(Moment(63_002))));
}

#[test]
fn another_rate_holds_from_now_on_and_fills_nothing() {
    let mut bucket = Bucket::new(1.0, 2, Moment(0));
    assert!(bucket.take(Moment(0)).is_ok() && bucket.take(Moment(0)).is_ok());
    bucket.set_rate(10.0, 50, Moment(500));
    // Half a call was gained at the old rate; the other half takes 50 ms at the new one.
    assert_eq!(bucket.peek(Moment(500)), Err(NotBefore(Moment(550))));
    assert!(bucket.take(Moment(550)).is_ok());
    bucket.set_rate(10.0, 1, Moment(10_000));
    assert!(bucket.take(Moment(10_000)).is_ok());
    assert!(bucket.take(Moment(10_000)).is_err(), "the smaller burst holds at once");
}
