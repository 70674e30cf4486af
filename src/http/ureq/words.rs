//! What went wrong with a call, in the words of an administrator.
//!
//! Names the host and the proxy; must never show a path, a query, a header or a body, so no text
//! of the other side is quoted.

use std::io;

use rustls::CertificateError;
use ureq::{Error, Timeout};

use crate::domain::time::Delay;
use crate::http::ureq::BODY_BYTES_MAX;
use crate::http::ureq::watch::Stage;

/// What was going on when a call failed.
pub struct Circumstances<'a> {
    /// How far it had come.
    pub stage: Stage,
    /// Whom we called.
    pub host: &'a str,
    /// `host:port` of the proxy on the way.
    pub proxy: Option<&'a str>,
    /// The limit for looking a name up.
    pub resolve: Delay,
    /// The limit for connecting.
    pub connect: Delay,
    /// The limit for the whole call.
    pub whole: Delay,
    /// The program is being ended.
    pub interrupted: bool,
}

/// One fragment, lower case, without a full stop.
pub fn describe(error: &Error, at: &Circumstances<'_>) -> String {
    if at.interrupted {
        return format!("the call to {} was broken off because the program is stopping", at.host);
    }
    let whom = match at.proxy {
        Some(proxy) => format!("{} (through the proxy {proxy})", at.host),
        None => at.host.to_owned(),
    };
    if let Some(fault) = tls_fault(error) {
        return tls(fault, &whom);
    }
    match at.stage {
        Stage::Resolving => lookup(error, at),
        Stage::Connecting => connecting(error, &whom, at),
        Stage::Leaving => leaving(error, &whom, at),
    }
}

fn lookup(error: &Error, at: &Circumstances<'_>) -> String {
    let name = at.proxy.unwrap_or(at.host);
    if let Error::Timeout(_) = error {
        return format!("looking up the name {name} timed out after {}", show(at.resolve));
    }
    format!("no address was found for the name {name}: check it, and this machine's DNS")
}

fn connecting(error: &Error, whom: &str, at: &Circumstances<'_>) -> String {
    match error {
        Error::Timeout(_) => format!("no connection to {whom} within {}", show(at.connect)),
        Error::ConnectProxyFailed(reason) => format!("no connection to {whom}: {reason}"),
        Error::Http(_) => "a header of the request holds characters that cannot be sent".to_owned(),
        Error::Io(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused => format!("{whom} refused the connection"),
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => {
                format!("{whom} closed the connection before anything was sent")
            }
            kind => format!("no connection to {whom}: {kind}"),
        },
        _ => format!("no connection to {whom}"),
    }
}

fn leaving(error: &Error, whom: &str, at: &Circumstances<'_>) -> String {
    match error {
        Error::Timeout(Timeout::Connect) => {
            format!("no connection to {whom} within {}", show(at.connect))
        }
        Error::Timeout(_) => format!("the call to {whom} timed out after {}", show(at.whole)),
        Error::BodyExceedsLimit(_) => {
            format!("the answer of {whom} is larger than {} MiB", BODY_BYTES_MAX / (1024 * 1024))
        }
        Error::LargeResponseHeader(_, _) => format!("the header of {whom}'s answer is too large"),
        Error::Decompress(_, _) => format!("the answer of {whom} cannot be unpacked"),
        Error::Protocol(_) => format!("{whom} did not answer in proper HTTP"),
        Error::Io(error) => match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                format!("{whom} closed the connection before its answer was complete")
            }
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => format!("{whom} broke the connection off"),
            kind => format!("the call to {whom} failed: {kind}"),
        },
        _ => format!("the call to {whom} failed"),
    }
}

/// The TLS error inside, which the library wraps in one of two ways.
fn tls_fault(error: &Error) -> Option<&rustls::Error> {
    match error {
        Error::Rustls(fault) => Some(fault),
        Error::Io(error) => {
            let inner = error.get_ref()?;
            inner.downcast_ref().or_else(|| inner.source()?.downcast_ref())
        }
        _ => None,
    }
}

fn tls(fault: &rustls::Error, whom: &str) -> String {
    let rustls::Error::InvalidCertificate(certificate) = fault else {
        return format!("no TLS session with {whom}");
    };
    match certificate {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("the certificate of {whom} has expired")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!("the certificate of {whom} is not valid yet: check this machine's clock")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("the certificate of {whom} is for another name")
        }
        CertificateError::Revoked => format!("the certificate of {whom} has been revoked"),
        CertificateError::UnknownIssuer => format!(
            "the certificate of {whom} is signed by an authority we do not trust: if the company \
             inspects traffic, give its authority as network.ca_file"
        ),
        _ => format!("the certificate of {whom} is not acceptable"),
    }
}

fn show(delay: Delay) -> String {
    if delay.0.is_multiple_of(1000) {
        format!("{} s", delay.0 / 1000)
    } else {
        format!("{} ms", delay.0)
    }
}
