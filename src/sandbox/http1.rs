//! Just enough HTTP/1.1 for loopback: reading one request, writing one answer.
//!
//! Written by hand because a fault must be able to close a connection without an answer, which
//! server libraries do not let go of the socket for.

use std::io::{self, BufRead, Read, Write};

use crate::domain::time::Delay;
use crate::http::{Method, Request, Response};

/// Longest head of a request.
const HEAD_MAX: u64 = 64 * 1024;
/// Longest body: a scenario of many orders is a few megabytes.
const BODY_MAX: usize = 32 * 1024 * 1024;

/// What came over a connection.
pub(super) enum Incoming {
    /// A request, and whether the connection stays open after it.
    Request(Request, bool),
    /// Something that is answered with this status, and the connection then closed.
    Bad(u16),
    /// The other side is done.
    End,
}

/// Reads the next request of a connection; `write` is for `100 Continue` only.
pub(super) fn read_request<R: BufRead>(
    from: &mut R,
    write: &mut impl Write,
) -> io::Result<Incoming> {
    let mut head = from.by_ref().take(HEAD_MAX);
    let mut line = String::new();
    if head.read_line(&mut line)? == 0 {
        return Ok(Incoming::End);
    }
    let mut words = line.split_whitespace();
    let (verb, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let keep_by_default = words.next() == Some("HTTP/1.1");
    let (verb, target) = (verb.to_owned(), target.to_owned());
    let mut headers = Vec::new();
    loop {
        line.clear();
        if head.read_line(&mut line)? == 0 {
            return Ok(Incoming::Bad(431));
        }
        let text = line.trim_end();
        if text.is_empty() {
            break;
        }
        let Some((name, value)) = text.split_once(':') else { return Ok(Incoming::Bad(400)) };
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    let method = match verb.as_str() {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        _ => return Ok(Incoming::Bad(405)),
    };
    let mut request = Request {
        method,
        url: String::new(),
        headers,
        body: Vec::new(),
        timeout: Delay::ZERO,
        fresh_connection: false,
    };
    let host = request.header("host").unwrap_or("127.0.0.1").to_owned();
    request.url = if target.starts_with('/') { format!("http://{host}{target}") } else { target };
    if request.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
        write.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    match read_body(from, &request)? {
        Some(body) => request.body = body,
        None => return Ok(Incoming::Bad(413)),
    }
    let keep = match request.header("connection") {
        Some(value) if value.eq_ignore_ascii_case("close") => false,
        Some(value) if value.eq_ignore_ascii_case("keep-alive") => true,
        _ => keep_by_default,
    };
    Ok(Incoming::Request(request, keep))
}

/// The body, or `None` when it is too long or its length makes no sense.
fn read_body<R: BufRead>(from: &mut R, request: &Request) -> io::Result<Option<Vec<u8>>> {
    let chunked = request.header("transfer-encoding").unwrap_or_default();
    if chunked.to_ascii_lowercase().contains("chunked") {
        return read_chunks(from);
    }
    let Some(length) = request.header("content-length") else { return Ok(Some(Vec::new())) };
    let Some(length) = length.parse().ok().filter(|length| *length <= BODY_MAX) else {
        return Ok(None);
    };
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok(Some(body))
}

fn read_chunks<R: BufRead>(from: &mut R) -> io::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        from.by_ref().take(HEAD_MAX).read_line(&mut line)?;
        let size = line.trim().split(';').next().unwrap_or_default();
        let Ok(size) = usize::from_str_radix(size, 16) else { return Ok(None) };
        if size > BODY_MAX || body.len() + size > BODY_MAX {
            return Ok(None);
        }
        let start = body.len();
        body.resize(start + size, 0);
        from.read_exact(&mut body[start..])?;
        line.clear();
        from.by_ref().take(HEAD_MAX).read_line(&mut line)?;
        if size == 0 {
            return Ok(Some(body));
        }
    }
}

/// Writes one answer.
pub(super) fn write_response(
    to: &mut impl Write,
    response: &Response,
    keep: bool,
) -> io::Result<()> {
    let mut text = format!("HTTP/1.1 {} {}\r\n", response.status, reason(response.status));
    for (name, value) in &response.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    let connection = if keep { "keep-alive" } else { "close" };
    // A 204 must not have a length or a body.
    if response.status != 204 {
        text.push_str(&format!("Content-Length: {}\r\n", response.body.len()));
    }
    text.push_str(&format!("Connection: {connection}\r\n\r\n"));
    // One write, so that a client never sees a head without its body.
    let mut bytes = text.into_bytes();
    if response.status != 204 {
        bytes.extend_from_slice(&response.body);
    }
    to.write_all(&bytes)?;
    to.flush()
}

const fn reason(status: u16) -> &'static str {
    match status {
        200..=299 => "OK",
        300..=399 => "Redirect",
        400..=499 => "Refused",
        _ => "Failed",
    }
}
