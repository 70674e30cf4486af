//! From the gate to the inner server: one request after the other over a connection that is kept. The gate
//! wrote each of them anew, with one length that it counted itself, so two can never run into each other.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::gate::reason;
use super::request::Head;
use super::server::Inner;
use super::socket::Socket;

/// Longest reply of a handler: a page of labels is some hundred kilobytes.
const REPLY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Bytes of a reply's head: ours and the few lines of the inner server.
const REPLY_HEAD_MAX: usize = 8 * 1024;

/// A new connection is answered its first, empty request within this.
const OPENED_WITHIN: Duration = Duration::from_secs(2);

/// The first request of a connection; nothing that the gate lets through looks like it.
const FIRST: &[u8] = b"OPTIONS * HTTP/1.1\r\nHost: listener\r\nContent-Length: 0\r\n\r\n";

/// Where the first request goes.
pub(super) const FIRST_TARGET: &str = "*";

/// A connection, and to which inner server it was made.
type Kept = (u64, Socket);

/// The connections, as many as there are handlers: more could only wait inside.
///
/// The inner server gives each connection a thread, and miscounts its idle threads when two connections are
/// made at once: one of them then waits until another *ends*, which kept ones do not. So they are made one
/// after the other, each with a first request that shows that it has its thread.
pub(super) struct Ways {
    inner: Arc<Inner>,
    /// `None`: not made yet, or broken.
    free: Mutex<Vec<Option<Kept>>>,
    freed: Condvar,
    opening: Mutex<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ways {
    pub(super) fn new(inner: Arc<Inner>, count: usize) -> Self {
        let free = Mutex::new((0..count).map(|_| None).collect());
        Self { inner, free, freed: Condvar::new(), opening: Mutex::default() }
    }

    /// Writes a request to the inner server and answers its reply, rewritten: without banner and date, with
    /// a length, and closing.
    pub(super) fn pass_on(
        &self,
        head: &Head,
        body: &[u8],
        within: Duration,
    ) -> io::Result<Vec<u8>> {
        let waits = |free: &mut Vec<Option<Kept>>| free.is_empty();
        let waited = self.freed.wait_timeout_while(lock(&self.free), within, waits);
        let (mut free, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let Some(mut kept) = free.pop() else { return Err(io::ErrorKind::TimedOut.into()) };
        drop(free);
        let reply = self.pass_over(&mut kept, head, body, within);
        lock(&self.free).push(kept);
        self.freed.notify_one();
        reply
    }

    fn pass_over(
        &self,
        kept: &mut Option<Kept>,
        head: &Head,
        body: &[u8],
        within: Duration,
    ) -> io::Result<Vec<u8>> {
        let current = self.inner.get().0;
        // Taken while a request is on it: one with an unfinished reply is never used again.
        let (generation, mut socket) = match kept.take() {
            Some(kept) if kept.0 == current => kept,
            _ => self.open()?,
        };
        socket.set_timeouts(within)?;
        let mut request = head.bytes();
        request.extend_from_slice(body);
        socket.write_all(&request)?;
        let reply = read(&mut socket, head.method == "HEAD")?;
        *kept = Some((generation, socket));
        Ok(reply)
    }

    fn open(&self) -> io::Result<Kept> {
        let _alone = lock(&self.opening);
        let (generation, _) = self.inner.get();
        let stream = match UnixStream::connect(self.inner.path()) {
            Ok(stream) => stream,
            // It can end without a word to those who wait for requests: then nobody is at the door.
            Err(_) => {
                self.inner.replace(generation);
                UnixStream::connect(self.inner.path())?
            }
        };
        let mut socket = Socket::Unix(stream);
        socket.set_timeouts(OPENED_WITHIN)?;
        socket.write_all(FIRST)?;
        read(&mut socket, false)?;
        Ok((self.inner.get().0, socket))
    }
}

/// What matters of a reply's head.
struct ReplyHead {
    begins: usize,
    status: u16,
    kind: Option<String>,
    length: String,
}

fn senseless() -> io::Error {
    io::Error::other("the inner server answered without sense")
}

fn parse(bytes: &[u8]) -> io::Result<Option<ReplyHead>> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut response = httparse::Response::new(&mut headers);
    let begins = match response.parse(bytes) {
        Ok(httparse::Status::Complete(begins)) => begins,
        Ok(httparse::Status::Partial) if bytes.len() < REPLY_HEAD_MAX => return Ok(None),
        Ok(httparse::Status::Partial) | Err(_) => return Err(senseless()),
    };
    let value = |name: &str| {
        let found = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        found.and_then(|header| std::str::from_utf8(header.value).ok()).map(str::to_owned)
    };
    Ok(Some(ReplyHead {
        begins,
        status: response.code.ok_or_else(senseless)?,
        kind: value("Content-Type"),
        length: value("Content-Length").ok_or_else(senseless)?,
    }))
}

fn read(socket: &mut Socket, bare: bool) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    let mut more = |bytes: &mut Vec<u8>, socket: &mut Socket| -> io::Result<()> {
        match socket.read(&mut part) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                bytes.extend_from_slice(&part[..read]);
                Ok(())
            }
            Err(error) => match error.kind() {
                io::ErrorKind::Interrupted => Ok(()),
                io::ErrorKind::WouldBlock => Err(io::ErrorKind::TimedOut.into()),
                _ => Err(error),
            },
        }
    };
    let head = loop {
        if let Some(head) = parse(&bytes)? {
            break head;
        }
        more(&mut bytes, socket)?;
    };
    let length = if bare { 0 } else { head.length.parse().map_err(|_| senseless())? };
    if length > REPLY_BYTES_MAX {
        return Err(senseless());
    }
    while bytes.len() < head.begins + length {
        more(&mut bytes, socket)?;
    }
    let status = head.status;
    let mut text =
        format!("HTTP/1.1 {status} {}\r\nContent-Length: {}\r\n", reason(status), head.length);
    if let Some(kind) = head.kind {
        text.push_str(&format!("Content-Type: {kind}\r\n"));
    }
    if status == 503 {
        text.push_str("Retry-After: 1\r\n");
    }
    text.push_str("Connection: close\r\n\r\n");
    let mut reply = text.into_bytes();
    reply.extend_from_slice(&bytes[head.begins..head.begins + length]);
    Ok(reply)
}
