//! One request, one answer, told as it is. Each request has its own nonce unless told otherwise, and goes out at
//! the configured pace.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::api::stream::{Stream, StreamSettings};
use crate::clock::Clock;
use crate::domain::answer::Look;
use crate::domain::ids::StreamOrderNo;
use crate::domain::time::{Delay, Timestamp};
use crate::http::{Method, Request, Response, Transport};
use crate::logging::Redactor;

/// Letters and digits of a nonce, as public clients send them.
const NONCE_CHARS: usize = 32;

/// Words of the other side in an answer of ours, in letters.
const WORDS_CHARS_MAX: usize = 160;

/// Headers that tell of limits; the other side may send many.
const HEADERS_MAX: usize = 20;

/// An answer, or none.
pub(super) struct Got {
    /// `None`: no answer.
    pub status: Option<u16>,
    /// `Null` when it is no JSON.
    pub json: Value,
    html: bool,
    why: String,
}

impl Got {
    /// What is in Stream's envelope.
    pub(super) fn envelope(&self) -> &Value {
        &self.json["response"]
    }

    /// Whether it is a yes in every respect.
    pub(super) fn is_yes(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
            && self.envelope()["valid"] == true
    }

    /// The first error in the other side's words.
    pub(super) fn words(&self) -> Option<String> {
        let first = self.envelope()["errors"].as_array()?.first()?;
        let member = |name: &str| first[name].as_str().map(str::to_owned);
        let text = member("description").or_else(|| member("message"));
        let text = text.or_else(|| first.as_str().map(str::to_owned))?;
        let code = member("code").map(|code| format!("{code}: ")).unwrap_or_default();
        let clean = |c: char| if c.is_control() { ' ' } else { c };
        Some(format!("{code}{text}").chars().map(clean).take(WORDS_CHARS_MAX).collect())
    }

    /// What it looks like, in a few words.
    pub(super) fn shape(&self) -> String {
        let Some(status) = self.status else { return format!("no answer: {}", self.why) };
        let form = match (self.html, &self.json, self.envelope()) {
            (true, ..) => ", a page for people",
            (false, Value::Null, _) => ", no JSON",
            (false, _, Value::Null) => ", JSON without the response envelope",
            (false, _, envelope) => match envelope["valid"].as_bool() {
                Some(true) => ", valid",
                Some(false) => ", not valid",
                None => ", an envelope without valid",
            },
        };
        let words = self.words().map(|words| format!(", \"{words}\"")).unwrap_or_default();
        format!("{status}{form}{words}")
    }
}

/// Makes requests.
pub(super) struct Caller {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    redactor: Arc<Redactor>,
    settings: StreamSettings,
    pause: Duration,
    token: SecretString,
    nonces: fastrand::Rng,
    /// Requests that were answered.
    pub answered: u32,
    /// The slowest answer.
    pub slowest: Delay,
    /// Headers that tell of limits, with the last value of each.
    pub limits: BTreeMap<String, String>,
    /// How far the other clock is ahead, in seconds.
    pub ahead: Option<i64>,
}

impl Caller {
    pub(super) fn new(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        redactor: Arc<Redactor>,
        settings: StreamSettings,
        pause: Duration,
    ) -> Self {
        Self {
            transport,
            clock,
            redactor,
            settings,
            pause,
            token: SecretString::default(),
            nonces: fastrand::Rng::new(),
            answered: 0,
            slowest: Delay::ZERO,
            limits: BTreeMap::new(),
            ahead: None,
        }
    }

    /// A text without our secrets.
    pub(super) fn cleaned(&self, text: &str) -> String {
        self.redactor.clean(text).into_owned()
    }

    /// Milliseconds since 1970.
    pub(super) fn wall(&self) -> Timestamp {
        self.clock.now().wall
    }

    /// Milliseconds that only count up.
    pub(super) fn mono(&self) -> u64 {
        self.clock.now().mono.0
    }

    /// Signs in; the answer, whatever it was.
    pub(super) fn sign_in(&mut self) -> Got {
        let body = json!({
            "grant_type": "client_credentials",
            "client_id": self.settings.client_id,
            "client_secret": self.settings.client_secret.expose_secret(),
        });
        let nonce = self.nonce();
        let got = self.send(Method::Post, "/oauth", &body, &nonce, None);
        if let Some(token) = got.json["access_token"].as_str() {
            self.token = SecretString::from(token.to_owned());
            self.redactor.register(&self.token);
        }
        got
    }

    /// An ordinary request.
    pub(super) fn call(&mut self, method: Method, path: &str, body: &Value) -> Got {
        let nonce = self.nonce();
        self.call_with(method, path, body, &nonce)
    }

    /// One with a given nonce.
    pub(super) fn call_with(
        &mut self,
        method: Method,
        path: &str,
        body: &Value,
        nonce: &str,
    ) -> Got {
        let token = self.token.clone();
        self.send(method, path, body, nonce, Some(&token))
    }

    /// A read with a token that was never given out.
    pub(super) fn call_as_nobody(&mut self, path: &str) -> Got {
        let nonce = self.nonce();
        let token = SecretString::from("0".repeat(32));
        self.send(Method::Get, path, &Value::Null, &nonce, Some(&token))
    }

    /// Whether our own client takes the answer about an order for "it is not there".
    pub(super) fn client_sees_absence(&mut self, order_no: &str) -> Result<bool, String> {
        let seed = self.nonces.u64(..);
        let client = Stream::new(self.transport.clone(), self.settings.clone(), seed);
        std::thread::park_timeout(self.pause);
        match client.find(self.clock.now(), &StreamOrderNo::from(order_no)) {
            Ok(Look::Absent) => Ok(true),
            Ok(Look::Found(_)) => Ok(false),
            Err(failure) => Err(failure.to_string()),
        }
    }

    pub(super) fn nonce(&mut self) -> String {
        (0..NONCE_CHARS).map(|_| self.nonces.alphanumeric()).collect()
    }

    fn send(
        &mut self,
        method: Method,
        path: &str,
        body: &Value,
        nonce: &str,
        token: Option<&SecretString>,
    ) -> Got {
        std::thread::park_timeout(self.pause);
        let plain = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut headers = vec![
            plain("Accept", "application/json"),
            plain("Content-Type", "application/json"),
            plain("Stream-Nonce", nonce),
        ];
        if let Some(token) = token {
            headers.push(plain("Stream-Party", &self.settings.client_id));
            headers.push(("Authorization".into(), format!("Bearer {}", token.expose_secret())));
        }
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = Request {
            method,
            url: format!("{}/api{path}", self.settings.base_url.trim_end_matches('/')),
            headers,
            body,
            timeout: self.settings.timeout,
            fresh_connection: method == Method::Post,
        };
        let begin = self.clock.now().mono;
        let answer = self.transport.send(&request);
        let took = self.clock.now().mono.since(begin);
        match answer {
            Ok(response) => {
                self.notice(&response, took);
                let html = response.body.trim_ascii_start().starts_with(b"<");
                let json = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
                Got { status: Some(response.status), json, html, why: String::new() }
            }
            Err(error) => Got { status: None, json: Value::Null, html: false, why: error.what },
        }
    }

    /// What every answer tells in passing.
    fn notice(&mut self, response: &Response, took: Delay) {
        self.answered += 1;
        self.slowest = self.slowest.max(took);
        for (name, value) in &response.headers {
            let name = name.to_ascii_lowercase();
            let limit = ["ratelimit", "rate-limit", "retry-after", "x-limit"];
            if limit.iter().any(|part| name.contains(part)) && self.limits.len() < HEADERS_MAX {
                self.limits.insert(name, value.chars().take(60).collect());
            }
        }
        let date = response.header("Date").and_then(|text| jiff::fmt::rfc2822::parse(text).ok());
        if let Some(date) = date {
            let theirs = date.timestamp().as_millisecond();
            self.ahead = Some((theirs - self.clock.now().wall.0) / 1000);
        }
    }
}
