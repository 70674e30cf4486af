//! Posts to this machine: one small HTTP/1.1 request each, with bounded waits.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::stream::{Notification, is_loopback};

/// A receiver on the same machine answers in milliseconds.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Longest reply: labels of two hundred packages.
const REPLY_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Posts one notification and answers the HTTP status, or 0 when there was none.
pub(super) fn post(notification: &Notification) -> u16 {
    try_post(notification).unwrap_or(0)
}

fn try_post(notification: &Notification) -> io::Result<u16> {
    let secret = notification.authorization.as_ref();
    let line =
        secret.map(|secret| format!("Authorization: {}\r\n", secret.replace(['\r', '\n'], "")));
    let body = notification.body.as_bytes();
    let mut stream = send(&notification.url, &line.unwrap_or_default(), body, WAIT_MAX)?;
    let mut answer = [0; 64];
    let mut length = 0;
    while length < 12 {
        let read = stream.read(&mut answer[length..])?;
        if read == 0 {
            break;
        }
        length += read;
    }
    Ok(status_of(&String::from_utf8_lossy(&answer[..length])))
}

/// Posts and answers status, head and body of the reply.
pub(super) fn exchange(
    url: &str,
    body: &[u8],
    wait: Duration,
) -> io::Result<(u16, String, Vec<u8>)> {
    let mut stream = send(url, "", body, wait)?;
    let mut answer = Vec::new();
    Read::take(&mut stream, REPLY_BYTES_MAX).read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    Ok((status_of(&head), head, answer.split_off(end + 4)))
}

fn status_of(head: &str) -> u16 {
    head.split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)
}

fn send(url: &str, lines: &str, body: &[u8], wait: Duration) -> io::Result<TcpStream> {
    let refused = || io::Error::from(io::ErrorKind::PermissionDenied);
    if !is_loopback(url) {
        return Err(refused());
    }
    let rest = url.strip_prefix("http://").ok_or_else(refused)?;
    let (authority, path) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, "/"),
    };
    let mut stream = TcpStream::connect_timeout(&address_of(authority)?, wait)?;
    stream.set_read_timeout(Some(wait))?;
    stream.set_write_timeout(Some(wait))?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {authority}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n{lines}\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat())?;
    Ok(stream)
}

fn address_of(authority: &str) -> io::Result<SocketAddr> {
    let missing = || io::Error::from(io::ErrorKind::AddrNotAvailable);
    let bare = authority.parse::<SocketAddr>().ok();
    let named = || {
        let text =
            if authority.contains(':') { authority.into() } else { format!("{authority}:80") };
        text.to_socket_addrs().ok()?.find(|address| address.ip().is_loopback())
    };
    bare.or_else(named).filter(|address| address.ip().is_loopback()).ok_or_else(missing)
}
