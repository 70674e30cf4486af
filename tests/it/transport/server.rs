//! Servers for one test each: raw TCP or TLS on a free loopback port, told by the test exactly what
//! to do with each connection. Nothing here sleeps: everything waited for comes over a channel or a
//! socket, with a deadline.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use linnstream::domain::time::Delay;
use linnstream::http::ureq::{UreqOptions, UreqTransport};
use linnstream::http::{Method, Request};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Longer than anything here takes, shorter than anyone's patience.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// What a server saw, in order.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen {
    /// A TCP connection, with its number from 0.
    Connection(usize),
    /// A whole request.
    Request(Vec<u8>),
    /// A connection whose TLS handshake failed.
    HandshakeFailed,
    /// A connection that ended without a request.
    Nothing,
}

/// A server that runs until the test's process ends.
pub struct Server {
    pub address: SocketAddr,
    pub seen: Receiver<Seen>,
}

impl Server {
    /// Serves raw TCP: `answer` is called for each request with the number of its connection, and
    /// says whether the connection goes on.
    pub fn plain<F>(answer: F) -> Self
    where
        F: Fn(&mut dyn Stream, usize) -> bool + Send + Sync + 'static,
    {
        Self::start(Arc::new(answer), None)
    }

    /// The same behind TLS with a certificate.
    pub fn tls<F>(identity: &Identity, answer: F) -> Self
    where
        F: Fn(&mut dyn Stream, usize) -> bool + Send + Sync + 'static,
    {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(identity.chain.clone(), identity.key.clone_key())
            .expect("a usable certificate");
        Self::start(Arc::new(answer), Some(Arc::new(config)))
    }

    fn start(answer: Arc<Answer>, config: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (tell, seen) = mpsc::channel();
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let Ok(stream) = stream else { return };
                let (tell, answer, config) = (tell.clone(), answer.clone(), config.clone());
                let _ = tell.send(Seen::Connection(number));
                thread::spawn(move || serve(stream, number, &tell, &*answer, config));
            }
        });
        Self { address, seen }
    }

    /// The next thing the server saw.
    pub fn next(&self) -> Seen {
        self.seen.recv_timeout(DEADLINE).expect("the server sees something in time")
    }

    /// The next request as text; connections in between are passed over.
    pub fn next_request(&self) -> String {
        loop {
            match self.next() {
                Seen::Connection(_) => {}
                Seen::Request(bytes) => return String::from_utf8(bytes).expect("text"),
                other => panic!("expected a request, saw {other:?}"),
            }
        }
    }

    /// An address on this server, by number.
    pub fn url(&self, scheme: &str, path: &str) -> String {
        format!("{scheme}://{}{path}", self.address)
    }
}

/// What a connection can do.
pub trait Stream: Read + Write {
    /// Ends the connection with a reset instead of a proper end.
    fn reset(&mut self);
}

type Answer = dyn Fn(&mut dyn Stream, usize) -> bool + Send + Sync;

impl Stream for TcpStream {
    fn reset(&mut self) {
        rustix::net::sockopt::set_socket_linger(&*self, Some(Duration::ZERO)).expect("linger");
    }
}

impl Stream for rustls::StreamOwned<rustls::ServerConnection, TcpStream> {
    fn reset(&mut self) {
        self.sock.reset();
    }
}

fn serve(
    stream: TcpStream,
    number: usize,
    tell: &Sender<Seen>,
    answer: &Answer,
    config: Option<Arc<rustls::ServerConfig>>,
) {
    stream.set_read_timeout(Some(DEADLINE)).expect("a timeout");
    stream.set_write_timeout(Some(DEADLINE)).expect("a timeout");
    let mut stream: Box<dyn Stream> = match config {
        None => Box::new(stream),
        Some(config) => {
            let mut session = rustls::ServerConnection::new(config).expect("a session");
            let mut socket = stream;
            // With TLS 1.3 a client may refuse us after we think the handshake complete: that shows
            // as a connection without a request.
            if session.complete_io(&mut socket).is_err() {
                let _ = tell.send(Seen::HandshakeFailed);
                return;
            }
            Box::new(rustls::StreamOwned::new(session, socket))
        }
    };
    let mut any = false;
    while let Some(request) = read_request(&mut *stream) {
        any = true;
        let _ = tell.send(Seen::Request(request));
        if !answer(&mut *stream, number) {
            return;
        }
    }
    if !any {
        let _ = tell.send(Seen::Nothing);
    }
}

/// One request with the body its Content-Length promises, or `None` at the end.
fn read_request(stream: &mut dyn Stream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => bytes.push(byte[0]),
            Ok(_) | Err(_) => return None,
        }
    }
    let head = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(0, |value| value.trim().parse().expect("a length"));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    bytes.extend(body);
    Some(bytes)
}

/// Writes a whole answer. A client that has gone is not this server's fault.
pub fn write(stream: &mut dyn Stream, answer: &str) -> bool {
    stream.write_all(answer.as_bytes()).and_then(|()| stream.flush()).is_ok()
}

/// An authority of the test's own.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate and its key.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        Self { pem: certificate.pem(), issuer: Issuer::new(params, key) }
    }

    /// As it would stand in `network.ca_file`.
    pub fn pem(&self) -> Vec<u8> {
        self.pem.clone().into_bytes()
    }

    /// A certificate for a name or an address, good until the end of a year.
    pub fn identity(&self, name: &str, last_year: i32) -> Identity {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(last_year, 12, 31);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Identity {
            chain: vec![certificate.der().clone()],
            key: PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
        }
    }
}

/// A transport with default options.
pub fn transport() -> UreqTransport {
    UreqTransport::new(&UreqOptions::default()).expect("usable options")
}

/// A transport that also trusts an authority.
pub fn trusting(authority: &Authority) -> UreqTransport {
    let options = UreqOptions { ca_file: Some(authority.pem()), ..UreqOptions::default() };
    UreqTransport::new(&options).expect("usable options")
}

/// A GET without headers.
pub fn get(url: String) -> Request {
    Request {
        method: Method::Get,
        url,
        headers: Vec::new(),
        body: Vec::new(),
        timeout: Delay::secs(5),
        fresh_connection: false,
    }
}

/// A POST without headers.
pub fn post(url: String, body: &str) -> Request {
    Request { method: Method::Post, body: body.as_bytes().to_vec(), ..get(url) }
}
