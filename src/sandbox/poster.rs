//! Posts notifications to this machine: one small HTTP/1.1 request each, with bounded waits.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::stream::{Notification, is_loopback};

/// A receiver on the same machine answers in milliseconds.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Posts one notification and answers the HTTP status, or 0 when there was none.
pub(super) fn post(notification: &Notification) -> u16 {
    try_post(notification).unwrap_or(0)
}

fn try_post(notification: &Notification) -> io::Result<u16> {
    let refused = || io::Error::from(io::ErrorKind::PermissionDenied);
    if !is_loopback(&notification.url) {
        return Err(refused());
    }
    let rest = notification.url.strip_prefix("http://").ok_or_else(refused)?;
    let (authority, path) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, "/"),
    };
    let mut stream = TcpStream::connect_timeout(&address_of(authority)?, WAIT_MAX)?;
    stream.set_read_timeout(Some(WAIT_MAX))?;
    stream.set_write_timeout(Some(WAIT_MAX))?;
    let mut head = format!(
        "POST {path} HTTP/1.1\r\nHost: {authority}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n",
        notification.body.len()
    );
    if let Some(secret) = &notification.authorization {
        head.push_str(&format!("Authorization: {}\r\n", secret.replace(['\r', '\n'], "")));
    }
    head.push_str("\r\n");
    stream.write_all(&[head.as_bytes(), notification.body.as_bytes()].concat())?;
    let mut answer = [0; 64];
    let mut length = 0;
    while length < 12 {
        let read = stream.read(&mut answer[length..])?;
        if read == 0 {
            break;
        }
        length += read;
    }
    let line = String::from_utf8_lossy(&answer[..length]);
    Ok(line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or(0))
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
