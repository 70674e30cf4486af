//! New credentials are tried before they take the place of those that work: with clients of their own, so that
//! nothing that is under way notices.

use secrecy::{ExposeSecret as _, SecretString};

use super::live::Live;
use super::parts;
use crate::api::linnworks::Linnworks;
use crate::api::stream::Stream;
use crate::config::Config;
use crate::domain::answer::Failure;
use crate::domain::time::{Delay, Now};
use crate::http::breaker::ApiState;

/// Longest trial of one system. Both together stay under the time that the service manager gives a reload.
const TRIED_WITHIN: Delay = Delay::secs(20);

/// Longest call of a trial: a sign-in and a read fit.
const CALL_WITHIN: Delay = Delay::secs(10);

/// Leaves in the new configuration the credentials of the running one, where those work and the new ones do not,
/// and says so. The old ones are valid until the new ones have proved to be.
pub(super) fn keep_what_works(live: &Live, running: &Config, new: &mut Config) {
    let now = live.clock.now();
    let (ours, theirs) = (&running.linnworks, &new.linnworks);
    let changed = ours.auth_url.as_str() != theirs.auth_url.as_str()
        || ours.application_id != theirs.application_id
        || differ(&ours.application_secret, &theirs.application_secret)
        || differ(&ours.token, &theirs.token);
    if changed && worth_keeping(live.sources.linnworks.health(now).state) {
        // Two calls beside those that are counted, of methods that are called a few times an hour.
        let mut settings = parts::linnworks(new, &live.redactor, None);
        settings.timeout = settings.timeout.min(CALL_WITHIN);
        if settings.is_configured() {
            let client = Linnworks::new(live.transport.clone(), settings);
            if let Err(failure) = tried(live, |now| client.stock_locations(now).map(drop)) {
                refuse("Linnworks", &failure);
                new.linnworks.auth_url = ours.auth_url.clone();
                new.linnworks.application_id = ours.application_id.clone();
                new.linnworks.application_secret = ours.application_secret.clone();
                new.linnworks.token = ours.token.clone();
            }
        }
    }
    let (ours, theirs) = (&running.stream, &new.stream);
    let changed = ours.base_url.as_str() != theirs.base_url.as_str()
        || ours.client_id != theirs.client_id
        || differ(&ours.client_secret, &theirs.client_secret);
    if changed && worth_keeping(live.sources.stream.health(now).state) {
        let mut settings = parts::stream(new, &live.redactor, now.mono);
        settings.timeout = settings.timeout.min(CALL_WITHIN);
        if settings.is_configured() {
            let client = Stream::new(live.transport.clone(), settings, now.mono.0);
            if let Err(failure) = tried(live, |now| client.depots(now).map(drop)) {
                refuse("Stream", &failure);
                new.stream.base_url = ours.base_url.clone();
                new.stream.client_id = ours.client_id.clone();
                new.stream.client_secret = ours.client_secret.clone();
            }
        }
    }
}

fn refuse(system: &str, failure: &Failure) {
    let why = match failure {
        Failure::Unauthorised { .. } => format!("{system} refuses them"),
        other => format!("{system} could not be asked whether it accepts them ({other})"),
    };
    log::error!(
        "the new credentials of {system} are not used, those before still hold: {why}. Put the right ones there, or \
         wait until {system} answers, and reload again"
    );
}

fn differ(one: &Option<SecretString>, other: &Option<SecretString>) -> bool {
    let text =
        |secret: &Option<SecretString>| secret.as_ref().map(|it| it.expose_secret().to_owned());
    text(one) != text(other)
}

/// Credentials that are refused, and none at all, are no better than new ones.
const fn worth_keeping(state: ApiState) -> bool {
    match state {
        ApiState::Up | ApiState::Throttled { .. } | ApiState::Down { .. } => true,
        ApiState::Unauthorised { .. } | ApiState::Unconfigured => false,
    }
}

/// Asks until there is an answer: the first turn signs in, the next one asks.
fn tried(live: &Live, ask: impl Fn(Now) -> Result<(), Failure>) -> Result<(), Failure> {
    let ends = live.clock.now().mono.after(TRIED_WITHIN);
    let wake = &live.sources.wake;
    loop {
        let now = live.clock.now();
        match ask(now) {
            Err(Failure::NotBefore(turn)) if turn < ends && !wake.is_closed() => {
                wake.wait(wake.current(), turn.since(now.mono).std());
            }
            answer => return answer,
        }
    }
}
