//! Addresses in the file: where the APIs are, and where we listen.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// Longest path of a Unix socket: `sun_path` is 108 bytes with its final NUL (unix(7)).
pub const SOCKET_PATH_BYTES_MAX: usize = 107;

/// The base of an API: `https`, or `http` on loopback; no user, query or fragment, no final slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    text: String,
    loopback: bool,
}

impl BaseUrl {
    /// Reads one. The error is a fragment for a [`Problem`](super::Problem).
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = SplitUrl::of(text)?;
        let loopback = is_loopback(url.host);
        match url.scheme {
            "https" => {}
            "http" if loopback => {}
            "http" => {
                return Err(format!(
                    "{} is not encrypted: write https:// (http:// only for loopback)",
                    shown(text)
                ));
            }
            _ => return Err(format!("{} is no https:// address", shown(text))),
        }
        if text.contains(['?', '#']) {
            return Err(format!("{} has a query or a fragment: leave them out", shown(text)));
        }
        Ok(Self { text: text.trim_end_matches('/').to_owned(), loopback })
    }

    /// Without a final slash.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }
}

/// The parts of a URL that matter here.
struct SplitUrl<'t> {
    scheme: &'t str,
    host: &'t str,
}

impl<'t> SplitUrl<'t> {
    fn of(text: &'t str) -> Result<Self, String> {
        let wrong = |what: &str| {
            let found = shown(text);
            format!("{found} {what}: write it as https://HOST or https://HOST:PORT")
        };
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(wrong("has a space in it"));
        }
        let (scheme, rest) = text.split_once("://").ok_or_else(|| wrong("has no scheme"))?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        if authority.contains('@') {
            return Err("an address in this file may not carry a user name or password".to_owned());
        }
        let (host, port) = match authority.strip_prefix('[') {
            Some(bracketed) => {
                bracketed.split_once(']').ok_or_else(|| wrong("has no closing ]"))?
            }
            None => match authority.find(':') {
                Some(colon) => authority.split_at(colon),
                None => (authority, ""),
            },
        };
        if host.is_empty() {
            return Err(wrong("has no host"));
        }
        match port.strip_prefix(':') {
            None if port.is_empty() => {}
            Some(number) if number.parse::<u16>().is_ok_and(|port| port > 0) => {}
            _ => return Err(wrong("has a port that is no number from 1 to 65535")),
        }
        Ok(Self { scheme, host })
    }
}

/// The text in quotes, without a query or a fragment and not at all with what could be a password:
/// both carry secrets in other programs' addresses.
fn shown(text: &str) -> String {
    if text.contains('@') {
        return "the address".to_owned();
    }
    format!("{:?}", text.split(['?', '#']).next().unwrap_or_default())
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The address of an outbound proxy. Plain http is usual here: what is spoken through it is TLS.
pub(super) fn proxy(text: &str) -> Result<String, String> {
    match SplitUrl::of(text)?.scheme {
        "http" | "https" => Ok(text.to_owned()),
        _ => Err(format!("{} is no http:// or https:// proxy", shown(text))),
    }
}

/// Where inbound connections are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bind {
    /// Nowhere.
    None,
    /// TCP.
    Tcp(SocketAddr),
    /// A Unix socket.
    Unix(PathBuf),
}

impl Bind {
    /// Whether only this machine can reach it.
    pub fn is_local(&self) -> bool {
        match self {
            Self::None | Self::Unix(_) => true,
            Self::Tcp(address) => address.ip().is_loopback(),
        }
    }
}

impl fmt::Display for Bind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => write!(f, "none"),
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl Bind {
    /// Reads `HOST:PORT`, `unix:PATH` or `none`. Names other than `localhost` are not looked up.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self::None);
        }
        if let Some(path) = text.strip_prefix("unix:") {
            return socket_path(path).map(Self::Unix);
        }
        let address = match text.strip_prefix("localhost:") {
            Some(port) => {
                port.parse().ok().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
            }
            None => text.parse().ok(),
        };
        address.map(Self::Tcp).ok_or_else(|| {
            format!("{text:?} is no address: write 127.0.0.1:PORT, unix:PATH or none")
        })
    }
}

/// Reads the path of a Unix socket.
pub(super) fn socket_path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() || text.contains('\0') {
        return Err("no path".to_owned());
    }
    if text.len() > SOCKET_PATH_BYTES_MAX {
        return Err(format!(
            "the path has {} bytes and a socket's may have {SOCKET_PATH_BYTES_MAX}: choose a shorter folder",
            text.len()
        ));
    }
    Ok(PathBuf::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r8_plain_http_is_for_loopback_only() {
        for good in [
            "https://api.linnworks.net",
            "https://api.linnworks.net:8443/x/",
            "http://127.0.0.1:8080",
            "http://127.9.9.9",
            "http://localhost:1",
            "http://[::1]:9",
        ] {
            assert!(BaseUrl::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.linnworks.net",
            "http://127.0.0.1.evil.example",
            "http://localhost.evil.example",
            "http://10.0.0.1",
            "ftp://127.0.0.1",
            "api.linnworks.net",
            "https://",
            "https://host:0",
            "https://host:port",
            "https://[::1",
            "https://a b",
            "https://host/?x=1",
            "https://user:pass@host",
        ] {
            assert!(BaseUrl::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(BaseUrl::parse("https://h/x//").expect("good").as_str(), "https://h/x");
    }

    #[test]
    fn a_password_in_an_address_is_refused_and_not_repeated() {
        let error = proxy("http://user:hunter2@proxy:3128").expect_err("refused");
        assert!(!error.contains("hunter2"), "{error}");
        let error = BaseUrl::parse("http://user:hunter2@host").expect_err("refused");
        assert!(!error.contains("hunter2"), "{error}");
        for text in ["user:hunter2@host", "http://user:hunter2@ho st", "http://h/x?token=hunter2"] {
            let error = BaseUrl::parse(text).expect_err("refused");
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert!(proxy("http://proxy.example:3128").is_ok());
        assert!(proxy("socks5://proxy.example:1080").is_err());
    }

    #[test]
    fn a_bind_address_is_tcp_a_socket_or_nothing() {
        assert_eq!(Bind::parse("none"), Ok(Bind::None));
        assert_eq!(Bind::parse("unix:/run/x.sock"), Ok(Bind::Unix("/run/x.sock".into())));
        assert!(Bind::parse("localhost:7780").is_ok_and(|bind| bind.is_local()));
        assert!(Bind::parse("[::1]:7780").is_ok_and(|bind| bind.is_local()));
        assert!(Bind::parse("0.0.0.0:7780").is_ok_and(|bind| !bind.is_local()));
        for bad in ["", "7780", "unix:", "example.com:80", "127.0.0.1"] {
            assert!(Bind::parse(bad).is_err(), "{bad}");
        }
        let long = format!("unix:/{}", "x".repeat(SOCKET_PATH_BYTES_MAX));
        assert!(Bind::parse(&long).is_err());
    }
}
