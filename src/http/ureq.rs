//! The real transport: one blocking HTTP/1.1 call through ureq, bounded in every direction.
//!
//! It must not know Linnworks or Stream, retry anything, follow a redirect, or read the environment:
//! proxy and additional authority come from [`UreqOptions`] alone. The authorities are Mozilla's,
//! compiled in, plus the configured one. (The system's verifier was rejected: it takes paths from
//! environment variables, and differs from host to host.)
//!
//! - `watch`: notices the moment from which something of a request may have left
//! - `words`: what went wrong, for an administrator
//!
//! An answer with neither `Content-Length` nor chunks ends where the connection ends, so one cut
//! short looks whole here; whoever parses the body finds out.

mod watch;
mod words;

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use ureq::http::{self, HeaderName, HeaderValue, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, AsSendBody, Body, Proxy, ProxyProtocol};

use crate::domain::time::Delay;
use crate::http::{Method, Request, Response, Sent, Transport, TransportError};

use watch::Stage;
use words::Circumstances;

/// Bytes of an answer's body after unpacking. The largest page we ask for is well under 2 MiB; a
/// body beyond this is a fault of the other side and would only eat our memory.
pub const BODY_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Bytes of an answer's status line and headers. Both APIs stay under 4 KiB.
pub const HEADER_BYTES_MAX: usize = 32 * 1024;

/// Must hold the largest header, with room to read on.
const INPUT_BUFFER_BYTES: usize = 2 * HEADER_BYTES_MAX;

/// Must hold the longest header line we send; a bearer token is at most a few KiB.
const OUTPUT_BUFFER_BYTES: usize = 32 * 1024;

/// Idle connections kept for each host: as many as there are workers that call it at once.
const IDLE_PER_HOST_MAX: usize = 4;

/// What an installation may set.
#[derive(Clone)]
pub struct UreqOptions {
    /// `http://` or `https://` proxy, with credentials if it wants them. Hosts on this machine are
    /// reached without it.
    pub proxy: Option<String>,
    /// Certificates in PEM, trusted in addition to the public authorities.
    pub ca_file: Option<Vec<u8>>,
    /// Longest wait for a name to be looked up.
    pub resolve_timeout: Delay,
    /// Longest wait for a connection, with proxy and TLS.
    pub connect_timeout: Delay,
}

impl Default for UreqOptions {
    fn default() -> Self {
        Self {
            proxy: None,
            ca_file: None,
            resolve_timeout: Delay::secs(5),
            connect_timeout: Delay::secs(10),
        }
    }
}

/// Options that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UreqOptionsError {
    /// Not an address, or of a kind other than `http` and `https`. Not quoted: it may hold a
    /// password.
    #[error("the proxy is not a usable address: write http://host:port")]
    Proxy,
    /// No certificate in it, or one that cannot be read.
    #[error("the CA file holds no readable certificate: it must be PEM with BEGIN CERTIFICATE")]
    CaFile,
}

/// The transport of a running daemon. Used by all workers at once.
pub struct UreqTransport {
    /// Keeps connections alive between calls.
    pooled: Agent,
    /// Never keeps a connection.
    fresh: Agent,
    /// `host:port` of the proxy, without credentials.
    proxy: Option<String>,
    resolve_timeout: Delay,
    connect_timeout: Delay,
    interrupted: AtomicBool,
}

impl UreqTransport {
    /// Checks the options; connects to nothing.
    ///
    /// # Errors
    /// When the proxy or the CA file cannot be used.
    pub fn new(options: &UreqOptions) -> Result<Self, UreqOptionsError> {
        let proxy = options.proxy.as_deref().map(read_proxy).transpose()?;
        let roots = options.ca_file.as_deref().map_or(Ok(RootCerts::WebPki), roots_with)?;
        let agent = |idle_max: usize| {
            let config = Agent::config_builder()
                .proxy(proxy.clone())
                .tls_config(TlsConfig::builder().root_certs(roots.clone()).build())
                .http_status_as_error(false)
                .max_redirects(0)
                .user_agent(concat!("linnstream/", env!("CARGO_PKG_VERSION")))
                .max_response_header_size(HEADER_BYTES_MAX)
                .input_buffer_size(INPUT_BUFFER_BYTES)
                .output_buffer_size(OUTPUT_BUFFER_BYTES)
                .max_idle_connections(2 * idle_max)
                .max_idle_connections_per_host(idle_max)
                .timeout_resolve(Some(options.resolve_timeout.std()))
                .timeout_connect(Some(options.connect_timeout.std()))
                .build();
            let connector = watch::Connector::around(DefaultConnector::default());
            Agent::with_parts(
                config,
                connector,
                watch::Resolver::around(DefaultResolver::default()),
            )
        };
        Ok(Self {
            pooled: agent(IDLE_PER_HOST_MAX),
            fresh: agent(0),
            proxy: proxy.as_ref().map(|proxy| format!("{}:{}", proxy.host(), proxy.port())),
            resolve_timeout: options.resolve_timeout,
            connect_timeout: options.connect_timeout,
            interrupted: AtomicBool::new(false),
        })
    }

    /// Ends the calls in flight at once, as [`Sent::Maybe`] where something had left, and refuses
    /// later ones. For the end of the program: there is no way back.
    pub fn interrupt(&self) {
        self.interrupted.store(true, Ordering::SeqCst);
        self.pooled.clone().shutdown();
        self.fresh.clone().shutdown();
    }

    fn exchange(&self, target: Uri, request: &Request) -> Result<Response, ureq::Error> {
        let mut builder = http::Request::builder().method(request.method.as_str()).uri(target);
        for (name, value) in &request.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(http::Error::from)?;
            let mut value = HeaderValue::from_str(value).map_err(http::Error::from)?;
            // The library never shows such a value, whatever its log level.
            value.set_sensitive(true);
            builder = builder.header(name, value);
        }
        if request.fresh_connection {
            builder = builder.header(http::header::CONNECTION, "close");
        }
        let bare =
            matches!(request.method, Method::Get | Method::Delete) && request.body.is_empty();
        if bare {
            self.run(builder.body(())?, request)
        } else {
            self.run(builder.body(request.body.as_slice())?, request)
        }
    }

    fn run(
        &self,
        outgoing: http::Request<impl AsSendBody>,
        request: &Request,
    ) -> Result<Response, ureq::Error> {
        let agent = if request.fresh_connection { &self.fresh } else { &self.pooled };
        let local = outgoing.uri().host().is_some_and(is_loopback);
        let mut settings =
            agent.configure_request(outgoing).timeout_global(Some(request.timeout.std()));
        if local {
            settings = settings.proxy(None);
        }
        read_whole(agent.run(settings.build())?)
    }
}

impl Transport for UreqTransport {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let target = checked_target(&request.url)
            .map_err(|what| TransportError { sent: Sent::Nothing, what: what.to_owned() })?;
        let host = target.host().unwrap_or_default().to_owned();
        watch::begin();
        self.exchange(target, request).map_err(|error| {
            let stage = watch::stage();
            let circumstances = Circumstances {
                stage,
                host: &host,
                proxy: self.proxy.as_deref().filter(|_| !is_loopback(&host)),
                resolve: self.resolve_timeout.min(request.timeout),
                connect: self.connect_timeout.min(request.timeout),
                whole: request.timeout,
                interrupted: self.interrupted.load(Ordering::SeqCst),
            };
            let sent = match stage {
                Stage::Resolving | Stage::Connecting => Sent::Nothing,
                Stage::Leaving => Sent::Maybe,
            };
            TransportError { sent, what: words::describe(&error, &circumstances) }
        })
    }
}

fn read_whole(answer: http::Response<Body>) -> Result<Response, ureq::Error> {
    let (head, mut body) = answer.into_parts();
    let body = body.with_config().limit(BODY_BYTES_MAX).read_to_vec()?;
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    Ok(Response { status: head.status.as_u16(), headers, body })
}

/// The address, if anything may be sent there.
fn checked_target(url: &str) -> Result<Uri, &'static str> {
    // Not quoted in any refusal: a malformed address may hold anything.
    let target: Uri = url.parse().map_err(|_| "the address to call is malformed")?;
    let Some(authority) = target.authority() else {
        return Err("the address to call names no host");
    };
    if authority.as_str().contains('@') {
        return Err("the address to call holds a user name, which is never sent");
    }
    if authority.host().is_empty() {
        return Err("the address to call names no host");
    }
    match target.scheme_str() {
        Some("https") => Ok(target),
        Some("http") if is_loopback(authority.host()) => Ok(target),
        Some("http") => Err("plain http is only used on this machine: the address must be https"),
        Some(_) | None => Err("the address to call must begin with https"),
    }
}

/// Whether a host, as it stands in an address, is this machine by its very name.
fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn read_proxy(text: &str) -> Result<Proxy, UreqOptionsError> {
    let proxy = Proxy::new(text).map_err(|_| UreqOptionsError::Proxy)?;
    // The library panics on a kind it was built without.
    let usable = matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https);
    if usable && !proxy.host().is_empty() { Ok(proxy) } else { Err(UreqOptionsError::Proxy) }
}

fn roots_with(pem: &[u8]) -> Result<RootCerts, UreqOptionsError> {
    let mut roots: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|_| UreqOptionsError::CaFile)? {
            // Asked here because the library silently leaves out what it cannot read.
            rustls::RootCertStore::empty()
                .add(certificate.der().to_vec().into())
                .map_err(|_| UreqOptionsError::CaFile)?;
            roots.push(certificate);
        }
    }
    if roots.is_empty() {
        return Err(UreqOptionsError::CaFile);
    }
    let public = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
    roots.extend(public.iter().map(|root| Certificate::from_der(root.as_ref()).to_owned()));
    Ok(RootCerts::from(roots))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(options: UreqOptions) -> Option<UreqOptionsError> {
        UreqTransport::new(&options).err()
    }

    #[test]
    fn only_https_or_this_machine_may_be_called() {
        for good in [
            "https://api.linnworks.net/api/x?y=1",
            "http://127.0.0.1:80/",
            "http://127.9.9.9/",
            "http://[::1]:81/x",
            "http://LocalHost/x",
        ] {
            assert!(checked_target(good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.linnworks.net/",
            "http://127.0.0.1.example.org/",
            "http://localhost.example.org/",
            "http://0.0.0.0/",
            "http://10.0.0.1/",
            "http://user@127.0.0.1/",
            "https://127.0.0.1@example.org/",
            "ftp://127.0.0.1/",
            "//example.org/x",
            "/api/x",
            "https:///x",
            "https://",
            "",
            "not an address",
        ] {
            assert!(checked_target(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_proxy_of_a_kind_we_cannot_speak_is_refused_at_once() {
        for bad in ["socks5://127.0.0.1:1080", "", "http://", "ftp://x"] {
            let options = UreqOptions { proxy: Some(bad.to_owned()), ..UreqOptions::default() };
            assert_eq!(refusal(options), Some(UreqOptionsError::Proxy), "{bad}");
        }
        for good in ["http://proxy:3128", "https://user:secret@proxy", "proxy:3128"] {
            let options = UreqOptions { proxy: Some(good.to_owned()), ..UreqOptions::default() };
            assert_eq!(refusal(options), None, "{good}");
        }
    }

    #[test]
    fn a_ca_file_without_a_certificate_is_refused_at_once() {
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for bad in ["", "no PEM", broken] {
            let options =
                UreqOptions { ca_file: Some(bad.as_bytes().to_vec()), ..UreqOptions::default() };
            assert_eq!(refusal(options), Some(UreqOptionsError::CaFile), "{bad:?}");
        }
    }
}
