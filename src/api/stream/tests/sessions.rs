//! Signing in: once, in time, and anew after a refusal.

use std::sync::{Arc, Mutex, OnceLock};

use super::{NOT_FOUND, SECRET, TOKEN, bare, client, no, settings, signed_in};
use crate::api::scripted::{Kind, Scripted, at, broken, faults, kind, reply};
use crate::domain::answer::{Failure, Look};
use crate::domain::time::Moment;
use crate::http::Sent;

fn sign_ins(transport: &Scripted) -> usize {
    transport.asked().iter().filter(|request| request.path() == "/api/oauth").count()
}

#[test]
fn a_session_is_used_for_four_fifths_of_its_life_and_then_renewed() {
    let (transport, stream) = client(vec![reply(200, NOT_FOUND), reply(200, NOT_FOUND)]);
    let used = 3600 * 800;
    assert_eq!(stream.find(at(0), &no()), Ok(Look::Absent));
    assert_eq!(stream.find(at(used - 1), &no()), Ok(Look::Absent));
    assert_eq!(sign_ins(&transport), 1);
    transport.then([signed_in(), reply(200, NOT_FOUND)]);
    assert_eq!(stream.find(at(used), &no()), Ok(Look::Absent));
    assert_eq!(sign_ins(&transport), 2);
}

#[test]
fn a_life_that_is_not_stated_is_an_hour_and_numbers_may_be_text() {
    for (life, used) in [("null", 2_880_000), ("\"100\"", 80_000), ("0", 2_880_000)] {
        let body = format!(r#"{{"access_token": "t", "expires_in": {life}}}"#);
        let transport = Scripted::new([reply(200, &body), reply(200, NOT_FOUND)]);
        let stream = bare(Arc::clone(&transport));
        assert!(stream.find(at(0), &no()).is_ok());
        transport.then([reply(200, NOT_FOUND), reply(200, &body), reply(200, NOT_FOUND)]);
        assert!(stream.find(at(used - 1), &no()).is_ok());
        assert_eq!(sign_ins(&transport), 1, "{life}");
        assert!(stream.find(at(used), &no()).is_ok());
        assert_eq!(sign_ins(&transport), 2, "{life}");
    }
}

#[test]
fn a_refused_session_is_dropped_and_the_next_call_signs_in_anew() {
    for status in [401, 403] {
        let (transport, stream) = client(vec![reply(status, "{}")]);
        assert_eq!(kind(&stream.find(at(0), &no())), Kind::Unauthorised);
        transport.then([signed_in(), reply(200, NOT_FOUND)]);
        assert_eq!(stream.find(at(1), &no()), Ok(Look::Absent));
        assert_eq!(sign_ins(&transport), 2);
    }
}

#[test]
fn while_one_caller_signs_in_the_others_are_asked_to_come_back() {
    let transport = Scripted::new([signed_in(), reply(200, NOT_FOUND)]);
    let stream = Arc::new(bare(Arc::clone(&transport)));
    let other: Arc<OnceLock<_>> = Arc::default();
    let (seen, second) = (Arc::clone(&other), Arc::clone(&stream));
    transport.meanwhile(move |_| {
        seen.set(second.find(at(10), &no())).expect("once");
    });
    assert_eq!(stream.find(at(0), &no()), Ok(Look::Absent));
    assert_eq!(other.get(), Some(&Err(Failure::NotBefore(Moment(60)))));
    assert_eq!(sign_ins(&transport), 1);
}

#[test]
fn no_lock_is_held_while_a_request_is_out() {
    let (transport, stream) = client(vec![reply(200, NOT_FOUND), reply(200, NOT_FOUND)]);
    let stream = Arc::new(stream);
    transport.then([reply(200, NOT_FOUND)]);
    assert!(stream.find(at(0), &no()).is_ok());
    let inner: Arc<Mutex<Option<Look>>> = Arc::default();
    let (seen, second) = (Arc::clone(&inner), Arc::clone(&stream));
    transport.meanwhile(move |_| {
        *seen.lock().expect("unpoisoned") = second.find(at(1), &no()).ok();
    });
    assert!(stream.find(at(1), &no()).is_ok());
    assert_eq!(*inner.lock().expect("unpoisoned"), Some(Look::Absent));
}

#[test]
fn whatever_happens_to_a_sign_in_the_call_itself_is_never_unknown() {
    for (fault, answer, _) in faults("{}") {
        let transport = Scripted::new([answer]);
        let stream = bare(Arc::clone(&transport));
        let result = stream.find(at(0), &no());
        let taken = kind(&result);
        assert!(
            matches!(taken, Kind::Down | Kind::Throttled | Kind::Unauthorised),
            "{fault}: {result:?}"
        );
        assert_eq!(transport.asked().len(), 1, "{fault}");
        transport.then([signed_in(), reply(200, NOT_FOUND)]);
        assert_eq!(stream.find(at(100_000), &no()), Ok(Look::Absent), "{fault}");
    }
}

#[test]
fn a_refused_sign_in_says_so_without_repeating_the_secret() {
    let body = format!(
        r#"{{"error": "invalid_client", "error_description": "The client secret {SECRET} is invalid"}}"#
    );
    for status in [400, 401, 403, 422] {
        let stream = bare(Scripted::new([reply(status, &body)]));
        let failure = stream.find(at(0), &no()).expect_err("refused");
        assert_eq!(
            failure,
            Failure::Unauthorised {
                what: "sign-in refused: The client secret *** is invalid".into()
            }
        );
    }
    let transport = Scripted::new([broken(Sent::Maybe, &format!("reset after {SECRET}"))]);
    let failure = format!("{:?}", bare(transport).find(at(0), &no()));
    assert!(!failure.contains(SECRET), "{failure}");
}

#[test]
fn nothing_that_is_shown_of_settings_or_requests_holds_a_secret() {
    let (transport, stream) = client(vec![reply(200, NOT_FOUND)]);
    stream.find(at(0), &no()).expect("an answer");
    let settings = settings();
    let shown = format!("{:?} {settings:?}", transport.asked());
    assert!(!shown.contains(SECRET) && !shown.contains(TOKEN), "{shown}");
}
