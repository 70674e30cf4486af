//! The gate: the only thing of the listener that the network sees. It reads one whole request from each
//! connection under limits, passes it on, relays the answer and closes. It knows limits and nothing of the
//! product. tiny_http behind it has none of its own: one unauthenticated request with an enormous length
//! ends a process that shows it to the network.
//!
//! Who a caller is, is what the socket says. `X-Forwarded-For` and the like are believed from nobody: limits for
//! single machines count other machines that connect themselves, and what stands in front counts its own callers.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Shutdown};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::crew::Crew;
use super::rate::Rates;
use super::request::{Head, Parsed, parse};
use super::socket::{Listening, Socket};
use crate::tally::Counts;

/// Connections at once: a planner's change brings some tens of notifications, Linnworks a dozen calls.
pub const CONNECTIONS_MAX: usize = 256;
/// Of one other machine: a proxy on it keeps fewer.
pub const PER_PEER_MAX: usize = 16;
/// Bytes of a head: proxies in front allow about as much.
pub const HEAD_BYTES_MAX: usize = 32 * 1024;
/// A whole head is there within this, however slowly its bytes come.
pub const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// A whole body is there within this.
pub const BODY_WITHIN: Duration = Duration::from_secs(30);
/// Bytes of all bodies that are being read or worked on.
pub const BODIES_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// An answer is there within this: the slowest handler answers by itself after 80 s.
pub const REPLY_WITHIN: Duration = Duration::from_secs(95);
/// A thread that serves connections waits so long for the next one.
const IDLE_WITHIN: Duration = Duration::from_secs(10);
/// What a client that is still sending may send after its answer, and for how long it is listened to, so
/// that it reads the answer before the connection ends.
const DRAIN_BYTES_MAX: usize = 256 * 1024;
const DRAIN_WITHIN: Duration = Duration::from_millis(500);

/// The limits of one listener.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// See [`CONNECTIONS_MAX`].
    pub connections: usize,
    /// See [`PER_PEER_MAX`].
    pub per_peer: usize,
    /// See [`HEAD_BYTES_MAX`].
    pub head_bytes: usize,
    /// See [`HEAD_WITHIN`].
    pub head_within: Duration,
    /// See [`BODY_WITHIN`].
    pub body_within: Duration,
    /// See [`BODIES_BYTES_MAX`].
    pub bodies_bytes: u64,
    /// See [`REPLY_WITHIN`].
    pub reply_within: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: CONNECTIONS_MAX,
            per_peer: PER_PEER_MAX,
            head_bytes: HEAD_BYTES_MAX,
            head_within: HEAD_WITHIN,
            body_within: BODY_WITHIN,
            bodies_bytes: BODIES_BYTES_MAX,
            reply_within: REPLY_WITHIN,
        }
    }
}

/// Bytes that the body of a request to a path may have; `None`: there is no such path.
pub type BodyMax = Arc<dyn Fn(&str) -> Option<u64> + Send + Sync>;

/// Passes a whole request on and answers the whole reply.
pub(super) type PassOn = Arc<dyn Fn(&Head, &[u8], Duration) -> io::Result<Vec<u8>> + Send + Sync>;

/// A status, and why, for the log.
pub(super) type Refusal = (u16, &'static str);

struct Connection {
    socket: Socket,
    since: Instant,
    peer: Option<IpAddr>,
    /// Its head is whole: it is no longer closed for another.
    admitted: bool,
}

/// What all connections share.
pub(super) struct Gate {
    limits: Limits,
    body_max: BodyMax,
    pass_on: PassOn,
    crew: Crew<(u64, Socket)>,
    connections: Mutex<HashMap<u64, Connection>>,
    next: AtomicU64,
    bodies: AtomicU64,
    refusals: Counts<Refusal>,
    rates: Mutex<Rates>,
    stopping: AtomicBool,
}

#[expect(clippy::disallowed_methods, reason = "limits of sockets are in real time")]
fn now() -> Instant {
    Instant::now()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reserved bytes of a body, given back when its request is over.
struct Bytes<'g>(&'g Gate, u64);

impl Drop for Bytes<'_> {
    fn drop(&mut self) {
        self.0.bodies.fetch_sub(self.1, Ordering::AcqRel);
    }
}

impl Gate {
    pub(super) fn new(limits: Limits, body_max: BodyMax, pass_on: PassOn) -> Self {
        Self {
            limits,
            body_max,
            pass_on,
            crew: Crew::default(),
            connections: Mutex::default(),
            next: AtomicU64::new(1),
            bodies: AtomicU64::new(0),
            refusals: Counts::default(),
            rates: Mutex::default(),
            stopping: AtomicBool::new(false),
        }
    }

    /// What the gate answered by itself, by status and reason.
    pub(super) fn refusals(&self) -> BTreeMap<Refusal, u64> {
        self.refusals.get()
    }

    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.crew.end();
        for connection in lock(&self.connections).values().filter(|one| !one.admitted) {
            connection.socket.shutdown(Shutdown::Both);
        }
    }

    pub(super) fn open_connections(&self) -> usize {
        lock(&self.connections).len()
    }

    /// Accepts until stopped.
    pub(super) fn accept(self: &Arc<Self>, listening: &Listening) {
        loop {
            let accepted = listening.accept();
            if self.stopping.load(Ordering::Acquire) {
                return;
            }
            let socket = match accepted {
                Ok(socket) => socket,
                Err(error) => {
                    // Out of file descriptors, most likely: those in use are given back in a moment.
                    log::warn!("a connection could not be accepted: {error}");
                    std::thread::park_timeout(Duration::from_millis(50));
                    continue;
                }
            };
            self.admit(socket);
        }
    }

    fn admit(self: &Arc<Self>, socket: Socket) {
        let peer = socket.stranger();
        let Ok(kept) = socket.try_clone() else { return };
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let often = peer.is_some_and(|peer| !lock(&self.rates).may(peer, now()));
        let crowd = {
            let mut open = lock(&self.connections);
            let same = open.values().filter(|one| peer.is_some() && one.peer == peer).count();
            if open.len() >= self.limits.connections {
                make_room(&mut open);
            }
            let full = open.len() >= self.limits.connections;
            let refusal = match (often, same >= self.limits.per_peer) {
                (true, _) => Some((429, "too many requests of one machine")),
                (false, true) => Some((429, "too many connections of one machine")),
                (false, false) => full.then_some((503, "too many connections")),
            };
            if refusal.is_none() {
                let connection = Connection { socket: kept, since: now(), peer, admitted: false };
                open.insert(id, connection);
            }
            refusal
        };
        if let Some((status, why)) = crowd {
            let mut socket = socket;
            // Never waits: this is the thread that accepts.
            let _ = socket.set_timeouts(Duration::from_millis(1));
            self.refuse(id, &mut socket, status, why);
            return;
        }
        let Some(first) = self.crew.hand((id, socket)) else { return };
        let gate = Arc::clone(self);
        let spawned = std::thread::Builder::new()
            .name("listener-connection".into())
            .stack_size(256 * 1024)
            .spawn(move || gate.work(first));
        if let Err(error) = spawned {
            log::warn!("no thread for a connection: {error}");
            lock(&self.connections).remove(&id);
        }
    }

    /// One thread: serves connections until none has come for a while.
    fn work(&self, first: (u64, Socket)) {
        let mut next = Some(first);
        while let Some((id, mut socket)) = next {
            self.serve(id, &mut socket);
            lock(&self.connections).remove(&id);
            drop(socket);
            next = self.crew.next(IDLE_WITHIN);
        }
    }

    fn serve(&self, id: u64, socket: &mut Socket) {
        let (mut head, early) = match self.read_head(socket) {
            Ok(read) => read,
            Err(Some((status, why))) => return self.refuse(id, socket, status, why),
            Err(None) => return,
        };
        head.id = id;
        match lock(&self.connections).get_mut(&id) {
            Some(connection) => connection.admitted = true,
            // Closed for another meanwhile.
            None => return,
        }
        let Some(most) = (self.body_max)(head.path()) else {
            return self.refuse(id, socket, 404, "no such path");
        };
        if head.length > most {
            return self.refuse(id, socket, 413, "the body is too long");
        }
        let before = self.bodies.fetch_add(head.length, Ordering::AcqRel);
        let _bytes = Bytes(self, head.length);
        if before.saturating_add(head.length) > self.limits.bodies_bytes {
            return self.refuse(id, socket, 503, "too many bytes are under way");
        }
        if head.waits && socket.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_err() {
            return;
        }
        let body = match self.read_body(socket, early, head.length) {
            Ok(body) => body,
            Err(Some((status, why))) => return self.refuse(id, socket, status, why),
            Err(None) => return,
        };
        match (self.pass_on)(&head, &body, self.limits.reply_within) {
            Ok(reply) => {
                let _ = socket.set_timeouts(self.limits.body_within);
                let _ = socket.write_all(&reply);
                close(socket);
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                self.refuse(id, socket, 504, "no answer in time");
            }
            Err(error) => {
                log::error!(request_id = id; "a request could not be passed on: {error}");
                self.refuse(id, socket, 503, "the inner server cannot be reached");
            }
        }
    }

    /// The head, and the bytes of the body that came with it. `None`: the peer is gone.
    fn read_head(&self, socket: &mut Socket) -> Result<(Head, Vec<u8>), Option<Refusal>> {
        let until = now() + self.limits.head_within;
        let mut bytes = Vec::new();
        let mut part = [0; 4096];
        loop {
            let read = read_before(socket, &mut part, until)
                .map_err(|slow| slow.then_some((408, "the head did not come in time")))?;
            if read == 0 {
                let why = (400, "the connection ended within the head");
                return Err((!bytes.is_empty()).then_some(why));
            }
            bytes.extend_from_slice(&part[..read]);
            // A body that came with the head does not count.
            let seen = bytes.len().min(self.limits.head_bytes);
            match parse(&bytes[..seen]) {
                Parsed::Whole(head) => {
                    let early = bytes.split_off(head.ends_at);
                    return Ok((head, early));
                }
                Parsed::Refused(status, why) => return Err(Some((status, why))),
                Parsed::Partial if bytes.len() >= self.limits.head_bytes => {
                    return Err(Some((431, "the head is too long")));
                }
                Parsed::Partial => {}
            }
        }
    }

    fn read_body(
        &self,
        socket: &mut Socket,
        mut body: Vec<u8>,
        length: u64,
    ) -> Result<Vec<u8>, Option<Refusal>> {
        // Within the limit of its path, so it fits.
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        body.truncate(length);
        let until = now() + self.limits.body_within;
        let mut part = [0; 16 * 1024];
        while body.len() < length {
            let most = part.len().min(length - body.len());
            let read = read_before(socket, &mut part[..most], until)
                .map_err(|slow| slow.then_some((408, "the body did not come in time")))?;
            if read == 0 {
                return Err(Some((400, "the connection ended within the body")));
            }
            body.extend_from_slice(&part[..read]);
        }
        Ok(body)
    }

    /// Says why in the log, without anything that the request held: the log counts what repeats.
    fn refuse(&self, id: u64, socket: &mut Socket, status: u16, why: &'static str) {
        self.refusals.add((status, why));
        match socket.stranger() {
            Some(peer) => {
                log::info!(request_id = id, peer:% = peer; "a request was refused with {status}: {why}");
            }
            None => log::info!(request_id = id; "a request was refused with {status}: {why}"),
        }
        let more = match status {
            405 => "Allow: GET, HEAD, POST\r\n",
            429 | 503 => "Retry-After: 1\r\n",
            _ => "",
        };
        let reply = format!(
            "HTTP/1.1 {status} {}\r\nContent-Length: 0\r\n{more}Connection: close\r\n\r\n",
            reason(status)
        );
        let _ = socket.write_all(reply.as_bytes());
        close(socket);
    }
}

/// The connection longest without a whole head is closed for a new one.
fn make_room(open: &mut HashMap<u64, Connection>) {
    let waiting = open.iter().filter(|(_, one)| !one.admitted);
    let Some(oldest) = waiting.min_by_key(|(_, one)| one.since).map(|(id, _)| *id) else { return };
    if let Some(connection) = open.remove(&oldest) {
        connection.socket.shutdown(Shutdown::Both);
    }
}

/// One read that ends at the deadline; `Err(true)`: it passed.
fn read_before(socket: &mut Socket, into: &mut [u8], until: Instant) -> Result<usize, bool> {
    let left = until.saturating_duration_since(now());
    if left.is_zero() || socket.set_timeouts(left).is_err() {
        return Err(left.is_zero());
    }
    loop {
        match socket.read(into) {
            Ok(read) => return Ok(read),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                let slow =
                    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
                return Err(slow);
            }
        }
    }
}

/// Ends a connection so that the peer reads what was written, even if it is still sending.
fn close(socket: &mut Socket) {
    socket.shutdown(Shutdown::Write);
    let until = now() + DRAIN_WITHIN;
    let mut part = [0; 16 * 1024];
    let mut drained = 0;
    while drained < DRAIN_BYTES_MAX {
        match read_before(socket, &mut part, until) {
            Ok(0) | Err(_) => break,
            Ok(read) => drained += read,
        }
    }
    socket.shutdown(Shutdown::Both);
}

/// The words of RFC 9110 for what the listener answers.
pub(super) fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Answer",
    }
}
