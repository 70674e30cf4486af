//! The network seam: one request, one answer.
//!
//! Everything outbound goes through [`Transport::send`]. The real one is `ureq` in one file; the
//! simulation calls the sandbox models directly. This module knows nothing of Linnworks or Stream.
//!
//! - `budget`: sliding logs and the token bucket that keep us under every published limit
//! - `breaker`: up, down, throttled, unauthorised, one per system
//! - `ureq`: the real transport

pub mod breaker;
pub mod budget;
pub mod ureq;

use std::fmt;

use crate::domain::time::Delay;

/// HTTP methods we use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Nearly everything else.
    Post,
    /// Changes of an order in Stream.
    Patch,
    /// Deletions in Stream.
    Delete,
}

impl Method {
    /// As it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One request. Headers and body hold secrets and personal data: `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Absolute URL with its query.
    pub url: String,
    /// Name and value; names in any case.
    pub headers: Vec<(String, String)>,
    /// Empty when there is none.
    pub body: Vec<u8>,
    /// The whole call must end within this.
    pub timeout: Delay,
    /// A create: must not travel on a pooled connection, whose reset would look like an unknown.
    pub fresh_connection: bool,
}

impl Request {
    /// The value of a header, its name compared without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The path of the URL, without host and query.
    pub fn path(&self) -> &str {
        let after_scheme = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        let path = after_scheme.find('/').map_or("/", |slash| &after_scheme[slash..]);
        path.split(['?', '#']).next().unwrap_or("/")
    }

    /// The query of the URL, or empty.
    pub fn query(&self) -> &str {
        self.url.split_once('?').map_or("", |(_, query)| query)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({} bytes)", self.method.as_str(), self.path(), self.body.len())
    }
}

/// One answer. The body may hold personal data: `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Name and value; names in any case.
    pub headers: Vec<(String, String)>,
    /// At most the transport's cap.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header, its name compared without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.status, self.body.len())
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
}

/// Whether a request that failed may have reached the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// For certain nothing of the request left: no address, no connection, no TLS session.
    Nothing,
    /// Some or all of it may have arrived and been carried out.
    Maybe,
}

/// A request that got no usable answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportError {
    /// Whether anything may have been carried out.
    pub sent: Sent,
    /// What happened, for the administrator: "certificate expired", "timed out after 30 s".
    pub what: String,
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for TransportError {}

/// The seam.
pub trait Transport: Send + Sync {
    /// Sends one request and reads its answer, whatever the status. Never follows a redirect.
    ///
    /// # Errors
    /// When there is no answer that can be read whole: see [`TransportError`].
    fn send(&self, request: &Request) -> Result<Response, TransportError>;
}
