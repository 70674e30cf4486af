//! Other settings while it runs: used at once, and never mixed with the old ones.

use std::sync::{Arc, OnceLock};

use secrecy::SecretString;

use super::{NOT_FOUND, SECRET, bare, client, no, settings, signed_in};
use crate::api::scripted::{Kind, Scripted, at, kind, reply};
use crate::api::stream::{Stream, StreamSettings};
use crate::domain::answer::{Failure, Look};
use crate::domain::time::Moment;
use crate::http::breaker::ApiState;

fn others() -> StreamSettings {
    StreamSettings {
        base_url: "https://other.example".into(),
        client_secret: SecretString::from("another-secret"),
        started_at: Moment(10),
        ..settings()
    }
}

#[test]
fn r32_new_credentials_are_used_at_once_and_what_waited_is_due() {
    let transport = Scripted::new([reply(401, "{}")]);
    let stream = bare(Arc::clone(&transport));
    assert_eq!(kind(&stream.find(at(0), &no())), Kind::Unauthorised);
    assert!(matches!(stream.health(at(1)).state, ApiState::Unauthorised { .. }));
    assert!(stream.turn(at(1)).is_err());
    stream.reconfigure(others());
    assert!(stream.recovered(), "what waited for it is due");
    assert_eq!(stream.turn(at(11)), Ok(()));
    transport.then([signed_in(), reply(200, NOT_FOUND)]);
    assert_eq!(stream.find(at(11), &no()), Ok(Look::Absent));
    let sign_in = transport.asked().remove(1);
    assert_eq!(sign_in.url, "https://other.example/api/oauth");
    let body = String::from_utf8(sign_in.body).expect("text");
    assert!(body.contains("another-secret") && !body.contains(SECRET), "{body}");
    assert!(transport.last().url.starts_with("https://other.example/api/"));
}

#[test]
fn an_open_session_is_dropped_with_the_settings_that_opened_it() {
    let (transport, stream) = client(vec![reply(200, NOT_FOUND)]);
    assert!(stream.find(at(0), &no()).is_ok());
    stream.reconfigure(others());
    transport.then([signed_in(), reply(200, NOT_FOUND)]);
    assert!(stream.find(at(11), &no()).is_ok());
    assert_eq!(transport.asked().len(), 4);
}

#[test]
fn a_call_that_began_with_the_old_settings_does_not_go_out_with_them() {
    let transport = Scripted::new([signed_in()]);
    let stream = Arc::new(bare(Arc::clone(&transport)));
    let (same, once) = (Arc::clone(&stream), OnceLock::new());
    transport.meanwhile(move |_| {
        once.get_or_init(|| same.reconfigure(others()));
    });
    assert_eq!(stream.find(at(20), &no()), Err(Failure::NotBefore(Moment(21))));
    assert_eq!(transport.asked().len(), 1, "the sign-in alone");
    transport.then([signed_in(), reply(200, NOT_FOUND)]);
    assert!(stream.find(at(21), &no()).is_ok());
}

#[test]
fn the_refusal_of_credentials_that_were_replaced_meanwhile_says_nothing() {
    let transport = Scripted::new([reply(401, "{}")]);
    let stream = Arc::new(bare(Arc::clone(&transport)));
    let (same, once) = (Arc::clone(&stream), OnceLock::new());
    transport.meanwhile(move |_| {
        once.get_or_init(|| same.reconfigure(others()));
    });
    assert_eq!(kind(&stream.find(at(20), &no())), Kind::Unauthorised);
    assert_eq!(stream.health(at(21)).state, ApiState::Up);
}

#[test]
fn credentials_can_be_taken_away_and_given_back() {
    let (transport, stream) = client(vec![reply(200, NOT_FOUND)]);
    assert!(stream.find(at(0), &no()).is_ok());
    stream.reconfigure(StreamSettings { client_secret: SecretString::default(), ..others() });
    assert_eq!(stream.health(at(11)).state, ApiState::Unconfigured);
    assert!(matches!(stream.find(at(11), &no()), Err(Failure::NotBefore(_))));
    assert_eq!(transport.asked().len(), 2, "nobody is called");
    stream.reconfigure(others());
    transport.then([signed_in(), reply(200, NOT_FOUND)]);
    assert!(stream.recovered() && stream.find(at(12), &no()).is_ok());
}

#[test]
fn other_settings_give_back_no_call_that_was_spent() {
    let slow = StreamSettings { requests_per_second: 1.0, burst: 2, ..settings() };
    let transport = Scripted::new([signed_in(), reply(200, NOT_FOUND)]);
    let stream = Stream::new(transport, slow.clone(), 7);
    assert!(stream.find(at(0), &no()).is_ok());
    stream.reconfigure(StreamSettings { burst: 100, ..slow });
    assert_eq!(stream.turn(at(0)), Err(Moment(1000)));
    assert_eq!(stream.turn(at(1000)), Ok(()));
}
