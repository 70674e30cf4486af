//! Signing in: once, in time, only where it may, and anew after a refusal.

use std::sync::{Arc, OnceLock};

use super::{A, INSTALL, SECRET, TOKEN, bare, client, id, settings, signed_in};
use crate::api::linnworks::{Linnworks, LinnworksSettings};
use crate::api::scripted::{Kind, Scripted, at, faults, kind, reply};
use crate::domain::answer::Failure;
use crate::domain::time::{Delay, Moment};
use crate::http::breaker::ApiState;

const SIGN_IN: &str = "/api/Auth/AuthorizeByApplication";

fn sign_ins(transport: &Scripted) -> usize {
    transport.asked().iter().filter(|request| request.path() == SIGN_IN).count()
}

#[test]
fn the_sign_in_is_a_form_to_the_auth_host_without_a_session() {
    let (transport, linnworks) = client(vec![reply(200, "[]")]);
    assert!(linnworks.identifiers(at(0)).is_ok());
    let request = transport.asked().remove(0);
    assert_eq!(request.url, format!("https://api.linnworks.net{SIGN_IN}"));
    assert_eq!(request.header("Authorization"), None);
    let sent = super::json_field(&request, "request");
    assert_eq!((&sent["ApplicationSecret"], &sent["Token"]), (&SECRET.into(), &INSTALL.into()));
}

#[test]
fn a_session_is_used_for_fifteen_minutes_and_then_renewed() {
    let (transport, linnworks) = client(vec![reply(200, "[]"), reply(200, "[]")]);
    let used = Delay::mins(15).0;
    assert!(linnworks.identifiers(at(0)).is_ok());
    assert!(linnworks.identifiers(at(used - 1)).is_ok());
    assert_eq!(sign_ins(&transport), 1);
    transport.then([signed_in(), reply(200, "[]")]);
    assert!(linnworks.identifiers(at(used)).is_ok());
    assert_eq!(sign_ins(&transport), 2);
}

#[test]
fn a_refused_session_is_dropped_and_the_next_call_signs_in_anew() {
    for status in [401, 403] {
        let (transport, linnworks) = client(vec![reply(status, "")]);
        assert_eq!(kind(&linnworks.identifiers(at(0))), Kind::Unauthorised);
        transport.then([signed_in(), reply(200, "[]")]);
        assert!(linnworks.identifiers(at(1)).is_ok());
        assert_eq!(sign_ins(&transport), 2);
    }
}

#[test]
fn requests_refused_although_the_sign_in_works_stop_the_calls_until_one_is_answered() {
    let (transport, linnworks) = client(vec![reply(401, "")]);
    assert_eq!(kind(&linnworks.identifiers(at(0))), Kind::Unauthorised);
    transport.then([signed_in(), reply(401, "")]);
    assert_eq!(kind(&linnworks.identifiers(at(1))), Kind::Unauthorised);
    // The second session was refused as well: it is we who are refused.
    assert!(matches!(linnworks.health(at(2)).state, ApiState::Unauthorised { .. }));
    assert_eq!(linnworks.identifiers(at(2)), Err(Failure::NotBefore(Moment(60_001))));
    // A minute later one probe signs in and asks, and is refused again.
    transport.then([signed_in(), reply(401, "")]);
    assert_eq!(kind(&linnworks.identifiers(at(60_001))), Kind::Unauthorised);
    assert_eq!(linnworks.identifiers(at(60_002)), Err(Failure::NotBefore(Moment(120_001))));
    transport.then([signed_in(), reply(200, "[]")]);
    assert!(linnworks.identifiers(at(120_001)).is_ok());
    assert_eq!(linnworks.health(at(120_002)).state, ApiState::Up);
}

#[test]
fn one_session_refused_to_two_callers_at_once_says_nothing_about_the_credentials() {
    let transport = Scripted::new([signed_in(), reply(200, "[]"), reply(401, ""), reply(401, "")]);
    let linnworks = Arc::new(bare(Arc::clone(&transport)));
    assert!(linnworks.identifiers(at(0)).is_ok());
    let second = Arc::clone(&linnworks);
    let once = OnceLock::new();
    transport.meanwhile(move |_| {
        if once.set(()).is_ok() {
            assert_eq!(kind(&second.order_notes(at(10), id(A))), Kind::Unauthorised);
        }
    });
    assert_eq!(kind(&linnworks.identifiers(at(10))), Kind::Unauthorised);
    assert_eq!(linnworks.health(at(11)).state, ApiState::Up);
    transport.then([signed_in(), reply(200, "[]")]);
    assert!(linnworks.identifiers(at(12)).is_ok());
}

#[test]
fn while_one_caller_signs_in_the_others_are_asked_to_come_back() {
    let transport = Scripted::new([signed_in(), reply(200, "[]")]);
    let linnworks = Arc::new(bare(Arc::clone(&transport)));
    let other: Arc<OnceLock<_>> = Arc::default();
    let (seen, second) = (Arc::clone(&other), Arc::clone(&linnworks));
    transport.meanwhile(move |_| {
        seen.set(second.order_notes(at(10), id(A))).expect("once");
    });
    assert!(linnworks.identifiers(at(0)).is_ok());
    assert_eq!(other.get(), Some(&Err(Failure::NotBefore(Moment(60)))));
    assert_eq!(sign_ins(&transport), 1);
}

#[test]
fn whatever_happens_to_a_sign_in_the_call_itself_is_never_unknown() {
    for (fault, answer, _) in faults("{}") {
        let transport = Scripted::new([answer]);
        let linnworks = bare(Arc::clone(&transport));
        let result = linnworks.add_note(at(0), &[id(A)], "text", true);
        let taken = kind(&result);
        assert!(
            matches!(taken, Kind::Down | Kind::Throttled | Kind::Unauthorised),
            "{fault}: {result:?}"
        );
        assert_eq!(transport.asked().len(), 1, "{fault}");
        transport.then([signed_in(), reply(200, "[]")]);
        assert!(linnworks.identifiers(at(100_000)).is_ok(), "{fault}");
    }
}

#[test]
fn a_refused_sign_in_says_why_without_repeating_a_secret() {
    let body = format!(r#"{{"Message": "secret {SECRET} or token {INSTALL} is wrong"}}"#);
    for status in [400, 401, 403] {
        let linnworks = bare(Scripted::new([reply(status, &body)]));
        let failure = linnworks.identifiers(at(0)).expect_err("refused");
        let what = "sign-in refused: secret *** or token *** is wrong".to_owned();
        assert_eq!(failure, Failure::Unauthorised { what }, "{status}");
    }
}

#[test]
fn a_server_outside_linnworks_never_gets_the_session() {
    for server in [
        "https://evil.example",
        "http://eu-ext.linnworks.net",
        "https://eu-ext.linnworks.net.evil.example",
    ] {
        let body = format!(r#"{{"Token": "{TOKEN}", "Server": "{server}"}}"#);
        let transport = Scripted::new([reply(200, &body)]);
        let failure = bare(Arc::clone(&transport)).identifiers(at(0)).expect_err("refused");
        let Failure::Unauthorised { what } = failure else { panic!("{failure:?}") };
        assert!(what.contains("linnworks.auth_url"), "{what}");
        assert_eq!(transport.asked().len(), 1, "{server}");
    }
}

#[test]
fn a_sign_in_on_this_machine_may_name_a_server_on_this_machine() {
    let body = format!(r#"{{"Token": "{TOKEN}", "Server": "http://127.0.0.1:8081"}}"#);
    let transport = Scripted::new([reply(200, &body), reply(200, "[]")]);
    let mut local = settings();
    local.auth_url = "http://127.0.0.1:8080/".into();
    let linnworks = Linnworks::new(transport.clone(), local);
    assert!(linnworks.identifiers(at(0)).is_ok());
    assert_eq!(transport.asked()[0].url, format!("http://127.0.0.1:8080{SIGN_IN}"));
    assert_eq!(transport.last().url, "http://127.0.0.1:8081/api/OpenOrders/GetIdentifiers");
}

#[test]
fn nothing_that_is_shown_of_settings_or_requests_holds_a_secret() {
    let (transport, linnworks) = client(vec![reply(200, "[]")]);
    assert!(linnworks.identifiers(at(0)).is_ok());
    let shown = format!("{:?} {:?}", transport.asked(), settings());
    for secret in [SECRET, INSTALL, TOKEN] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn r32_new_credentials_are_used_at_once_and_what_waited_is_due() {
    let transport = Scripted::new([reply(401, "")]);
    let linnworks = bare(Arc::clone(&transport));
    assert_eq!(kind(&linnworks.identifiers(at(0))), Kind::Unauthorised);
    assert!(matches!(linnworks.health(at(1)).state, ApiState::Unauthorised { .. }));
    let token = secrecy::SecretString::from("another-token");
    linnworks.reconfigure(LinnworksSettings { token, ..settings() });
    assert!(linnworks.recovered() && linnworks.turn(at(2)).is_ok());
    transport.then([signed_in(), reply(200, "[]")]);
    assert!(linnworks.identifiers(at(2)).is_ok());
    let sign_in = super::json_field(&transport.asked()[1], "request");
    assert_eq!(sign_in["Token"], "another-token");
}

#[test]
fn a_call_that_began_with_the_old_settings_does_not_go_out_with_them() {
    let transport = Scripted::new([signed_in()]);
    let linnworks = Arc::new(bare(Arc::clone(&transport)));
    let (same, once) = (Arc::clone(&linnworks), OnceLock::new());
    transport.meanwhile(move |_| {
        once.get_or_init(|| same.reconfigure(settings()));
    });
    assert_eq!(linnworks.identifiers(at(5)), Err(Failure::NotBefore(Moment(6))));
    assert_eq!(transport.asked().len(), 1, "the sign-in alone");
}

#[test]
fn a_smaller_share_counts_the_calls_already_made() {
    let (transport, linnworks) = client(vec![reply(200, "[]")]);
    assert!(linnworks.identifiers(at(0)).is_ok());
    linnworks.reconfigure(LinnworksSettings { calls_percent: 1, ..settings() });
    assert_eq!(linnworks.health(at(1)).calls_last_minute, 2);
    // One sign-in a minute is what a hundredth of its limit leaves.
    assert!(
        matches!(linnworks.identifiers(at(1)), Err(Failure::NotBefore(turn)) if turn > Moment(60_000))
    );
    assert_eq!(transport.asked().len(), 2);
}
