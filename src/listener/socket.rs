//! A connection, over TCP or over a Unix socket.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where connections come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// An address of this machine.
    Tcp(SocketAddr),
    /// A Unix socket; its file is made with mode 0660 and removed at the end.
    Unix(PathBuf),
}

/// A listening socket.
pub(super) enum Listening {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

/// A connection.
pub(super) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Listening {
    /// Binds. A socket file that nobody listens on any more is replaced; one that somebody listens on is
    /// refused.
    pub(super) fn bind(endpoint: &Endpoint) -> io::Result<Self> {
        match endpoint {
            Endpoint::Tcp(address) => TcpListener::bind(address).map(Self::Tcp),
            Endpoint::Unix(path) => {
                remove_stale(path)?;
                let listener = UnixListener::bind(path)?;
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
                Ok(Self::Unix(listener, path.clone()))
            }
        }
    }

    /// As a base URL, or `unix:` and a path.
    pub(super) fn address(&self) -> String {
        match self {
            Self::Tcp(listener) => match listener.local_addr() {
                Ok(address) => format!("http://{address}"),
                Err(_) => "http://".to_owned(),
            },
            Self::Unix(_, path) => format!("unix:{}", path.display()),
        }
    }

    pub(super) fn accept(&self) -> io::Result<Socket> {
        match self {
            Self::Tcp(listener) => listener.accept().map(|(stream, _)| Socket::Tcp(stream)),
            Self::Unix(listener, _) => listener.accept().map(|(stream, _)| Socket::Unix(stream)),
        }
    }

    /// Lets a blocked `accept` return once.
    pub(super) fn poke(address: &str) {
        const WAIT: Duration = Duration::from_secs(1);
        if let Some(path) = address.strip_prefix("unix:") {
            let _ = UnixStream::connect(path);
        } else if let Some(Ok(mut address)) = address.strip_prefix("http://").map(str::parse) {
            let address: &mut SocketAddr = &mut address;
            if address.ip().is_unspecified() {
                address.set_ip(IpAddr::from([127, 0, 0, 1]));
            }
            let _ = TcpStream::connect_timeout(address, WAIT);
        }
    }
}

fn remove_stale(path: &Path) -> io::Result<()> {
    if !path.exists() {
        return Ok(());
    }
    match UnixStream::connect(path) {
        Ok(_) => Err(io::Error::new(io::ErrorKind::AddrInUse, "somebody listens on it already")),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path)
        }
        Err(error) => Err(error),
    }
}

impl Socket {
    pub(super) fn try_clone(&self) -> io::Result<Self> {
        match self {
            Self::Tcp(stream) => stream.try_clone().map(Self::Tcp),
            Self::Unix(stream) => stream.try_clone().map(Self::Unix),
        }
    }

    pub(super) fn shutdown(&self, how: Shutdown) {
        // A peer that is gone has shut it down already.
        let _ = match self {
            Self::Tcp(stream) => stream.shutdown(how),
            Self::Unix(stream) => stream.shutdown(how),
        };
    }

    /// The longest one read and one write may take.
    pub(super) fn set_timeouts(&self, within: Duration) -> io::Result<()> {
        // Zero would mean for ever.
        let within = Some(within.max(Duration::from_millis(1)));
        match self {
            Self::Tcp(stream) => {
                stream.set_read_timeout(within)?;
                stream.set_write_timeout(within)
            }
            Self::Unix(stream) => {
                stream.set_read_timeout(within)?;
                stream.set_write_timeout(within)
            }
        }
    }

    /// The peer's address, where it is another machine's: behind a proxy or a tunnel every caller is this
    /// machine.
    pub(super) fn stranger(&self) -> Option<IpAddr> {
        match self {
            Self::Tcp(stream) => {
                stream.peer_addr().ok().map(|peer| peer.ip()).filter(|ip| !ip.is_loopback())
            }
            Self::Unix(_) => None,
        }
    }
}

impl Read for Socket {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(into),
            Self::Unix(stream) => stream.read(into),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(from),
            Self::Unix(stream) => stream.write(from),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
