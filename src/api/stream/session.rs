//! Signing in to Stream, and how long a session is used.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::StreamSettings;
use super::error::{Answer, access_error};
use crate::api::lenient::Node;
use crate::domain::answer::Failure;
use crate::domain::time::Delay;

/// Life of a session whose answer does not say (what public clients assume).
const LIFE_DEFAULT_SECONDS: f64 = 3600.0;

/// No session is used for longer than this, whatever the answer says.
const LIFE_MAX_SECONDS: f64 = 86_400.0;

/// A session is renewed when this share of its life has passed.
const USED_SHARE: f64 = 0.8;

/// An open session.
pub struct Session {
    /// What follows `Bearer `.
    pub token: SecretString,
}

/// The body of the sign-in request.
pub fn body(settings: &StreamSettings) -> Vec<u8> {
    json!({
        "grant_type": "client_credentials",
        "client_id": settings.client_id,
        "client_secret": settings.client_secret.expose_secret(),
    })
    .to_string()
    .into_bytes()
}

/// Reads the answer to a sign-in: the session and how long to use it.
pub fn read(answer: &Answer) -> Result<(Session, Delay), Failure> {
    if answer.is_misdirected() {
        let Failure::Unknown { what } = answer.unclear() else { return Err(answer.unclear()) };
        return Err(Failure::Unauthorised { what });
    }
    if !answer.is_success() {
        return Err(match answer.status {
            408 | 500.. => answer.unclear(),
            status => Failure::Unauthorised {
                what: answer
                    .json()
                    .and_then(access_error)
                    .unwrap_or_else(|| format!("Stream answered {status}")),
            },
        });
    }
    let root = answer.json().map(Node::root).ok_or_else(|| answer.unclear())?;
    let unclear =
        |what: String| Failure::Unknown { what: format!("the answer to the sign-in: {what}") };
    let token = root.need_text("access_token").map_err(|bad| unclear(bad.to_string()))?;
    let stated = root.number("expires_in").map_err(|bad| unclear(bad.to_string()))?;
    let seconds = stated.filter(|seconds| *seconds > 0.0).unwrap_or(LIFE_DEFAULT_SECONDS);
    let used = seconds.min(LIFE_MAX_SECONDS) * USED_SHARE * 1000.0;
    let session = Session { token: SecretString::from(token.trim().to_owned()) };
    Ok((session, Delay(used as u64)))
}
