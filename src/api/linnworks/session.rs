//! Signing in to Linnworks, and how long a session is used.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::LinnworksSettings;
use super::methods::SIGN_IN;
use crate::api::encode::form;
use crate::api::lenient::Node;
use crate::domain::answer::Failure;
use crate::domain::time::Delay;
use crate::http::{Method, Request};

/// A session is not used beyond this age.
const AGE_MAX: Delay = Delay::mins(15);

/// A session ends after this long without calls, whatever the answer says (published).
const IDLE_MAX: Delay = Delay::mins(20);

/// Renewed this long before it would end.
const MARGIN: Delay = Delay::secs(60);

/// The domain under which every server of Linnworks lives.
const DOMAIN: &str = "linnworks.net";

/// An open session.
pub struct Session {
    /// Scheme and host, no slash at the end.
    pub server: String,
    /// Value of the `Authorization` header, without `Bearer`.
    pub token: SecretString,
}

/// The sign-in request.
pub fn request(settings: &LinnworksSettings) -> Request {
    let credentials = json!({
        "ApplicationId": settings.application_id,
        "ApplicationSecret": settings.application_secret.expose_secret(),
        "Token": settings.token.expose_secret(),
    });
    Request {
        method: Method::Post,
        url: format!("{}/api/{}", settings.auth_url.trim_end_matches('/'), SIGN_IN.path),
        headers: super::client::headers(None),
        body: form(&[("request", credentials.to_string())]).into_bytes(),
        timeout: settings.timeout,
        fresh_connection: false,
    }
}

/// Reads the answer to a sign-in: the session and how long to use it.
pub fn read(answer: &Value, auth_url: &str) -> Result<(Session, Delay), Failure> {
    let unclear =
        |what: String| Failure::Unknown { what: format!("the answer to the sign-in: {what}") };
    let node = Node::root(answer).must_be_object().map_err(|bad| unclear(bad.to_string()))?;
    let token = node.need_text("Token").map_err(|bad| unclear(bad.to_string()))?;
    let server = node.need_text("Server").map_err(|bad| unclear(bad.to_string()))?;
    let ttl = node.number("TTL").map_err(|bad| unclear(bad.to_string()))?;
    let server = server.trim().trim_end_matches('/').to_owned();
    if !may_be_sent_to(&server, auth_url) {
        return Err(Failure::Unauthorised {
            what: format!(
                "the sign-in names a server that is not under {DOMAIN}: check linnworks.auth_url"
            ),
        });
    }
    let session = Session { server, token: SecretString::from(token.trim().to_owned()) };
    Ok((session, life(ttl)))
}

fn life(ttl_seconds: Option<f64>) -> Delay {
    let stated = ttl_seconds.filter(|seconds| *seconds >= 1.0);
    // A float larger than the target saturates; the shorter of the two follows anyway.
    let ends = stated.map_or(IDLE_MAX, |seconds| Delay((seconds * 1000.0) as u64)).min(IDLE_MAX);
    // A life shorter than the margin must not mean a sign-in for every call.
    let margin = Delay(ends.0.saturating_sub(MARGIN.0)).max(Delay(ends.0 / 2));
    margin.min(AGE_MAX)
}

/// The session token goes to this server: only to Linnworks, or, when we signed in on this machine
/// (a sandbox), to this machine.
fn may_be_sent_to(server: &str, auth_url: &str) -> bool {
    let Some((scheme, host)) = scheme_and_host(server) else { return false };
    let under_domain = host == DOMAIN
        || host.strip_suffix(DOMAIN).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'));
    let local_sign_in = scheme_and_host(auth_url).is_some_and(|(_, host)| is_loopback(&host));
    (scheme == "https" && under_domain) || (local_sign_in && is_loopback(&host))
}

/// Scheme and host of a URL in lower case; `None` for anything with a user, or with characters that
/// one reader might take for the end of the host and another not.
fn scheme_and_host(url: &str) -> Option<(String, String)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    let host = if let Some(bracketed) = authority.strip_prefix('[') {
        bracketed.split_once(']')?.0
    } else {
        match authority.split_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            Some(_) => return None,
            None => authority,
        }
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':');
    let known = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    (known && !host.is_empty() && host.bytes().all(plain))
        .then(|| (scheme.to_ascii_lowercase(), host.to_ascii_lowercase()))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_renewed_at_fifteen_minutes_or_a_minute_before_it_ends() {
        assert_eq!(life(Some(1800.0)), AGE_MAX);
        assert_eq!(life(None), AGE_MAX);
        assert_eq!(life(Some(600.0)), Delay::secs(540));
        assert_eq!(life(Some(60.0)), Delay::secs(30));
        assert_eq!(life(Some(0.0)), AGE_MAX);
        assert_eq!(life(Some(1e300)), AGE_MAX);
    }

    #[test]
    fn the_session_token_is_only_sent_to_linnworks_or_within_this_machine() {
        let real = "https://api.linnworks.net";
        let local = "http://127.0.0.1:8080";
        for good in ["https://eu-ext.linnworks.net", "https://EU-EXT.LINNWORKS.NET:443"] {
            assert!(may_be_sent_to(good, real), "{good}");
        }
        for bad in [
            "http://eu-ext.linnworks.net",
            "https://evillinnworks.net",
            "https://.linnworks.net",
            "https://linnworks.net.evil.example",
            "https://evil.example/.linnworks.net",
            "https://evil.example\\.linnworks.net",
            "https://evil.example#.linnworks.net",
            "https://user@eu-ext.linnworks.net",
            "https://eu-ext.linnworks.net:x@evil.example",
            "http://127.0.0.1:9",
            "ftp://eu-ext.linnworks.net",
            "eu-ext.linnworks.net",
            "",
        ] {
            assert!(!may_be_sent_to(bad, real), "{bad}");
        }
        for good in ["http://127.0.0.1:9", "http://localhost:9", "http://[::1]:9"] {
            assert!(may_be_sent_to(good, local), "{good}");
        }
        assert!(!may_be_sent_to("http://192.168.0.9", local));
    }
}
