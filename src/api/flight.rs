//! One sign-in at a time, as a state: the first caller signs in, the others are told when to ask
//! again. Nobody waits here, and no lock is held while the sign-in is out.
//!
//! It does not know what a session is made of or how one is opened.

use std::sync::Arc;

use crate::domain::time::{Delay, Moment};

/// When callers that found a sign-in under way ask again.
const ASK_AGAIN: Delay = Delay(50);

/// Beyond the sign-in's own time-out: a caller that has not come back by then is taken to be gone.
const GONE_AFTER: Delay = Delay::secs(5);

/// Names one sign-in and the session it opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(u64);

/// A session that may be used, and whose it is.
pub struct Pass<S> {
    /// The sign-in that opened it.
    pub ticket: Ticket,
    /// The session.
    pub session: Arc<S>,
}

/// What a caller does next.
pub enum Turn<S> {
    /// Use this session.
    Use(Pass<S>),
    /// Sign in, then say [`Flight::opened`] or [`Flight::failed`].
    SignIn(Ticket),
    /// Another caller is signing in: not before this moment.
    Wait(Moment),
}

enum State<S> {
    Closed,
    Opening { ticket: Ticket, gone_at: Moment },
    Open { ticket: Ticket, session: Arc<S>, renew_at: Moment },
}

/// The session of one client.
pub struct Flight<S> {
    last: u64,
    state: State<S>,
}

impl<S> Flight<S> {
    /// No session yet.
    pub fn new() -> Self {
        Self { last: 0, state: State::Closed }
    }

    /// Whose turn it is; a sign-in may take as long as `timeout`.
    pub fn turn(&mut self, now: Moment, timeout: Delay) -> Turn<S> {
        match &self.state {
            State::Open { ticket, session, renew_at } if now < *renew_at => {
                return Turn::Use(Pass { ticket: *ticket, session: Arc::clone(session) });
            }
            State::Opening { gone_at, .. } if now < *gone_at => {
                return Turn::Wait(now.after(ASK_AGAIN));
            }
            State::Closed | State::Open { .. } | State::Opening { .. } => {}
        }
        self.last += 1;
        let ticket = Ticket(self.last);
        self.state = State::Opening { ticket, gone_at: now.after(timeout).after(GONE_AFTER) };
        Turn::SignIn(ticket)
    }

    /// The sign-in succeeded. A caller that was replaced keeps its session to itself.
    pub fn opened(&mut self, ticket: Ticket, session: S, renew_at: Moment) -> Pass<S> {
        let session = Arc::new(session);
        if self.is_opening(ticket) {
            self.state = State::Open { ticket, session: Arc::clone(&session), renew_at };
        }
        Pass { ticket, session }
    }

    /// The sign-in failed: the next caller tries again.
    pub fn failed(&mut self, ticket: Ticket) {
        if self.is_opening(ticket) {
            self.state = State::Closed;
        }
    }

    /// The other side refused this session. A newer one stays.
    pub fn revoke(&mut self, refused: Ticket) {
        match &self.state {
            State::Open { ticket, .. } if *ticket == refused => self.state = State::Closed,
            State::Open { .. } | State::Opening { .. } | State::Closed => {}
        }
    }

    fn is_opening(&self, claimed: Ticket) -> bool {
        match &self.state {
            State::Opening { ticket, .. } => *ticket == claimed,
            State::Open { .. } | State::Closed => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Delay = Delay::secs(30);

    fn sign_in(flight: &mut Flight<u8>, now: Moment) -> Ticket {
        match flight.turn(now, TIMEOUT) {
            Turn::SignIn(ticket) => ticket,
            Turn::Use(_) | Turn::Wait(_) => panic!("should sign in"),
        }
    }

    #[test]
    fn one_caller_signs_in_and_the_others_are_told_when_to_ask_again() {
        let mut flight = Flight::new();
        let ticket = sign_in(&mut flight, Moment(1000));
        assert!(matches!(flight.turn(Moment(1000), TIMEOUT), Turn::Wait(Moment(1050))));
        flight.opened(ticket, 7, Moment(5000));
        assert!(
            matches!(flight.turn(Moment(4999), TIMEOUT), Turn::Use(pass) if *pass.session == 7)
        );
        sign_in(&mut flight, Moment(5000));
    }

    #[test]
    fn a_failed_sign_in_leaves_the_way_free() {
        let mut flight = Flight::<u8>::new();
        let ticket = sign_in(&mut flight, Moment(0));
        flight.failed(ticket);
        sign_in(&mut flight, Moment(0));
    }

    #[test]
    fn a_caller_that_vanished_is_replaced_and_cannot_overwrite_its_successor() {
        let mut flight = Flight::new();
        let vanished = sign_in(&mut flight, Moment(0));
        assert!(matches!(flight.turn(Moment(34_999), TIMEOUT), Turn::Wait(_)));
        let successor = sign_in(&mut flight, Moment(35_000));
        assert_eq!(*flight.opened(vanished, 1, Moment(90_000)).session, 1);
        flight.failed(vanished);
        flight.opened(successor, 2, Moment(90_000));
        assert!(matches!(flight.turn(Moment(36_000), TIMEOUT), Turn::Use(p) if *p.session == 2));
    }

    #[test]
    fn a_refused_session_is_dropped_but_a_newer_one_stays() {
        let mut flight = Flight::new();
        let first = sign_in(&mut flight, Moment(0));
        flight.opened(first, 1, Moment(90_000));
        flight.revoke(first);
        let second = sign_in(&mut flight, Moment(1));
        flight.opened(second, 2, Moment(90_000));
        flight.revoke(first);
        assert!(matches!(flight.turn(Moment(2), TIMEOUT), Turn::Use(pass) if *pass.session == 2));
    }
}
