//! Every transition, and what a run of calls sees.

use super::*;

fn at(ms: u64) -> Now {
    Now { wall: Timestamp(1_000_000 + i64::try_from(ms).expect("small")), mono: Moment(ms) }
}

const ORDINARY: Pass = Pass { probe: None, credentials: 0 };

fn breaker(state: State) -> Breaker {
    Breaker { state, ..Breaker::new(true) }
}

fn due(ms: u64) -> Probe {
    Probe::Due(Moment(ms))
}

fn out(number: u64) -> Probe {
    Probe::Out { number, lease_until: Moment(99_000) }
}

fn down_with(failures: u32, probes: usize, next: Probe) -> State {
    State::Down { since: Moment(0), failures, probes, next }
}

fn failing(failures: u32) -> State {
    State::Failing { since: Moment(0), failures }
}

fn unauthorised(next: Probe) -> State {
    State::Unauthorised { since: Moment(0), next }
}

#[test]
fn every_state_and_report_leads_where_the_table_says() {
    use Report::{Answered, Failed, Reached, Throttled, Unauthorised};
    let probe = Pass { probe: Some(7), credentials: 0 };
    let stale = Pass { probe: Some(6), credentials: 0 };
    let throttled = Throttled { until: Moment(50_000) };
    let refused_at_5 = State::Unauthorised { since: Moment(5_000), next: due(65_000) };
    // All reports arrive at 5 s.
    let table = [
        (State::Unconfigured, ORDINARY, Answered, State::Unconfigured, Effect::Nothing),
        (State::Unconfigured, ORDINARY, throttled, State::Unconfigured, Effect::Nothing),
        (State::Unconfigured, ORDINARY, Unauthorised, State::Unconfigured, Effect::Nothing),
        (State::Unconfigured, ORDINARY, Failed, State::Unconfigured, Effect::Nothing),
        (State::Well, ORDINARY, Answered, State::Well, Effect::Nothing),
        (State::Well, ORDINARY, throttled, State::Well, Effect::Nothing),
        (State::Well, ORDINARY, Unauthorised, refused_at_5, Effect::Nothing),
        (
            State::Well,
            ORDINARY,
            Failed,
            State::Failing { since: Moment(5_000), failures: 1 },
            Effect::Nothing,
        ),
        (failing(4), ORDINARY, Answered, State::Well, Effect::Nothing),
        (failing(4), ORDINARY, throttled, State::Well, Effect::Nothing),
        (failing(4), ORDINARY, Unauthorised, refused_at_5, Effect::Nothing),
        (failing(3), ORDINARY, Failed, failing(4), Effect::Nothing),
        (failing(4), ORDINARY, Failed, down_with(5, 0, due(6_000)), Effect::Nothing),
        (down_with(5, 0, out(7)), probe, Answered, State::Well, Effect::Closed),
        (down_with(5, 0, out(7)), probe, throttled, State::Well, Effect::Closed),
        (down_with(5, 0, out(7)), probe, Unauthorised, refused_at_5, Effect::Nothing),
        (down_with(5, 0, out(7)), probe, Failed, down_with(6, 1, due(7_000)), Effect::Nothing),
        (down_with(6, 1, out(7)), probe, Failed, down_with(7, 2, due(9_000)), Effect::Nothing),
        (down_with(7, 2, out(7)), probe, Failed, down_with(8, 3, due(13_000)), Effect::Nothing),
        (down_with(8, 3, out(7)), probe, Failed, down_with(9, 4, due(20_000)), Effect::Nothing),
        (down_with(9, 4, out(7)), probe, Failed, down_with(10, 4, due(20_000)), Effect::Nothing),
        (down_with(5, 0, out(7)), stale, Failed, down_with(6, 0, out(7)), Effect::Nothing),
        (down_with(5, 0, out(7)), ORDINARY, Failed, down_with(6, 0, out(7)), Effect::Nothing),
        (
            down_with(5, 0, due(9_000)),
            ORDINARY,
            Failed,
            down_with(6, 0, due(9_000)),
            Effect::Nothing,
        ),
        (down_with(5, 0, due(9_000)), ORDINARY, Answered, State::Well, Effect::Closed),
        (State::Well, ORDINARY, Reached, State::Well, Effect::Nothing),
        (down_with(5, 0, out(7)), probe, Reached, State::Well, Effect::Closed),
        (unauthorised(out(7)), probe, Reached, unauthorised(due(5_000)), Effect::Nothing),
        (unauthorised(out(7)), probe, Answered, State::Well, Effect::Closed),
        (unauthorised(out(7)), probe, throttled, State::Well, Effect::Closed),
        (unauthorised(out(7)), probe, Unauthorised, unauthorised(due(65_000)), Effect::Nothing),
        (unauthorised(out(7)), probe, Failed, unauthorised(due(65_000)), Effect::Nothing),
        (unauthorised(out(7)), stale, Failed, unauthorised(out(7)), Effect::Nothing),
        (unauthorised(due(9_000)), ORDINARY, Failed, unauthorised(due(9_000)), Effect::Nothing),
    ];
    for (before, pass, report, after, effect) in table {
        let mut breaker = breaker(before);
        assert_eq!(breaker.report(pass, report, at(5_000)), effect, "{before:?} {report:?}");
        assert_eq!(breaker.state, after, "{before:?} {report:?}");
    }
}

#[test]
fn reset_and_unconfigure_lead_where_the_table_says() {
    for (before, effect) in [
        (State::Unconfigured, Effect::Closed),
        (State::Well, Effect::Nothing),
        (failing(3), Effect::Nothing),
        (down_with(5, 0, due(1)), Effect::Closed),
        (unauthorised(out(1)), Effect::Closed),
    ] {
        let mut breaker = breaker(before);
        assert_eq!(breaker.reset(), effect, "{before:?}");
        assert_eq!(breaker.state(Moment(0)), ApiState::Up);
        breaker.unconfigure();
        assert_eq!(breaker.state(Moment(0)), ApiState::Unconfigured);
        assert_eq!(breaker.allow(Moment(0)), Err(Moment(60_000)));
    }
}

#[test]
fn five_failures_in_a_row_are_down_and_four_are_not() {
    let mut breaker = Breaker::new(true);
    for failure in 0..5 {
        assert_eq!(breaker.state(Moment(failure * 10)), ApiState::Up);
        let pass = breaker.allow(Moment(failure * 10)).expect("up");
        assert!(!pass.is_probe());
        let _ = breaker.report(pass, Report::Failed, at(failure * 10));
    }
    assert_eq!(
        breaker.state(Moment(50)),
        ApiState::Down { since: Moment(0), next_probe: Moment(1_040) }
    );
    assert_eq!(breaker.failures_in_a_row(), 5);
    assert_eq!(breaker.last_ok(), None);
}

#[test]
fn an_answer_in_between_starts_the_count_anew() {
    let mut breaker = Breaker::new(true);
    for round in 0..20 {
        let report = if round % 5 == 4 { Report::Answered } else { Report::Failed };
        let _ = breaker.report(ORDINARY, report, at(round * 1_000));
        assert_eq!(breaker.state(Moment(round * 1_000)), ApiState::Up);
    }
    assert_eq!(breaker.last_ok(), Some(at(19_000).wall));
}

#[test]
fn ten_seconds_of_failing_are_down_however_few_the_failures() {
    let mut breaker = Breaker::new(true);
    let _ = breaker.report(ORDINARY, Report::Failed, at(3_000));
    assert_eq!(breaker.state(Moment(12_999)), ApiState::Up);
    let down = ApiState::Down { since: Moment(3_000), next_probe: Moment(14_000) };
    assert_eq!(breaker.state(Moment(13_000)), down);
    // The first to ask finds the same.
    assert_eq!(breaker.allow(Moment(13_000)), Err(Moment(14_000)));
    assert!(breaker.allow(Moment(14_000)).expect("a probe").is_probe());
}

#[test]
fn probes_go_after_one_two_four_eight_and_then_every_fifteen_seconds() {
    let mut breaker = breaker(failing(4));
    let _ = breaker.report(ORDINARY, Report::Failed, at(0));
    let mut now = 0;
    let mut waits = Vec::new();
    for _ in 0..8 {
        let next = breaker.allow(Moment(now)).expect_err("not yet");
        assert_eq!(breaker.allow(Moment(next.0 - 1)), Err(next));
        waits.push((next.0 - now) / 1_000);
        now = next.0;
        let probe = breaker.allow(Moment(now)).expect("a probe");
        let _ = breaker.report(probe, Report::Failed, at(now));
    }
    assert_eq!(waits, [1, 2, 4, 8, 15, 15, 15, 15]);
    let next = breaker.allow(Moment(now)).expect_err("not yet");
    let probe = breaker.allow(next).expect("a probe");
    assert_eq!(breaker.report(probe, Report::Answered, at(next.0)), Effect::Closed);
    assert!(!breaker.allow(next).expect("up").is_probe());
    assert_eq!(breaker.last_ok(), Some(at(next.0).wall));
}

#[test]
fn only_one_probe_is_out_and_a_vanished_one_is_given_up() {
    let mut breaker = breaker(down_with(5, 0, due(1_000)));
    let lost = breaker.allow(Moment(1_000)).expect("a probe");
    let lease_ends = Moment(1_000).after(PROBE_LEASE);
    assert_eq!(breaker.allow(Moment(1_000)), Err(Moment(2_000)));
    assert_eq!(breaker.allow(Moment(lease_ends.0 - 1)), Err(lease_ends));
    let second = breaker.allow(lease_ends).expect("the next probe");
    assert_ne!(lost, second);
    // The first one's late failure does not end the second's turn; its late answer is an answer.
    let _ = breaker.report(lost, Report::Failed, at(lease_ends.0 + 10));
    assert!(breaker.allow(Moment(lease_ends.0 + 3_000)).is_err());
    assert_eq!(breaker.report(lost, Report::Answered, at(lease_ends.0 + 20)), Effect::Closed);
}

#[test]
fn refused_credentials_are_tried_each_minute_until_there_are_new_ones() {
    let mut breaker = Breaker::new(true);
    let pass = breaker.allow(Moment(0)).expect("up");
    let also_out = breaker.allow(Moment(0)).expect("up");
    let _ = breaker.report(pass, Report::Unauthorised, at(0));
    assert_eq!(breaker.allow(Moment(59_999)), Err(Moment(60_000)));
    let probe = breaker.allow(Moment(60_000)).expect("a probe");
    let _ = breaker.report(probe, Report::Unauthorised, at(60_100));
    assert_eq!(
        breaker.state(Moment(60_100)),
        ApiState::Unauthorised { since: Moment(0), next_probe: Moment(120_100) }
    );
    assert_eq!(breaker.reset(), Effect::Closed);
    assert!(!breaker.allow(Moment(60_200)).expect("up").is_probe());
    // A refusal of the old credentials that comes late says nothing about the new ones.
    let _ = breaker.report(also_out, Report::Unauthorised, at(60_300));
    assert_eq!(breaker.state(Moment(60_300)), ApiState::Up);
}

#[test]
fn throttling_is_shown_while_it_lasts_and_stops_nothing() {
    let mut breaker = Breaker::new(true);
    let _ = breaker.report(ORDINARY, Report::Throttled { until: Moment(30_000) }, at(0));
    let _ = breaker.report(ORDINARY, Report::Throttled { until: Moment(20_000) }, at(1));
    assert_eq!(breaker.state(Moment(29_999)), ApiState::Throttled { until: Moment(30_000) });
    assert!(breaker.allow(Moment(1_000)).is_ok());
    assert_eq!(breaker.state(Moment(30_000)), ApiState::Up);
}

#[test]
fn without_credentials_nothing_is_called_and_new_ones_open_the_way() {
    let mut breaker = Breaker::new(false);
    assert_eq!(breaker.state(Moment(0)), ApiState::Unconfigured);
    assert!(breaker.allow(Moment(0)).is_err());
    assert_eq!(breaker.reset(), Effect::Closed);
    assert!(breaker.allow(Moment(0)).is_ok());
}
