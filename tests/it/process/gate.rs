//! Everything a stranger may do to an open port, against the real process: it goes on answering good
//! requests at once, and its memory stays bounded.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use linnstream::clock::{Clock as _, SystemClock};
use linnstream::domain::time::Moment;

use super::{DEADLINE, Daemon, Site, moment};

/// A good request is answered within this, whatever else goes on.
const SOON: Duration = Duration::from_millis(100);

/// Memory the abuse may cost in all.
const MEMORY_KB_MAX: u64 = 64 * 1024;

struct Abused {
    _site: Site,
    address: SocketAddr,
    daemon: Daemon,
    before_kb: u64,
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("connects");
    stream.set_read_timeout(Some(DEADLINE)).expect("set");
    stream
}

/// Writes as much as the other side takes, and answers the status, or `None` when there was none.
fn talk(stream: &mut TcpStream, request: &[u8]) -> Option<u16> {
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer);
    text.split_whitespace().nth(1).and_then(|word| word.parse().ok())
}

fn status(address: SocketAddr, request: &[u8]) -> Option<u16> {
    talk(&mut connect(address), request)
}

fn good() -> Vec<u8> {
    let body = r#"{"event":{"event_code":"DELIVERED"},"order":{"id":"CN1"}}"#;
    format!(
        "POST /test-segment/stream HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

impl Abused {
    fn new() -> Self {
        let (site, address) = Site::listening("", "");
        let daemon = site.run();
        site.wait_for_exit_code(&["status"], 0);
        let abused = Self { _site: site, address, daemon, before_kb: 0 };
        for _ in 0..20 {
            assert_eq!(status(address, &good()), Some(200));
        }
        let before_kb = abused.daemon.resident_kb();
        Self { before_kb, ..abused }
    }

    /// The best of three: another process may take the processor for a moment.
    fn still_answers(&self, while_what: &str) {
        let times: Vec<Duration> = (0..3)
            .map(|_| {
                let clock = SystemClock::continuing(Moment(0));
                assert_eq!(status(self.address, &good()), Some(200), "during {while_what}");
                clock.now().mono.since(Moment(0)).std()
            })
            .collect();
        let best = times.iter().min().expect("three");
        assert!(*best < SOON, "a good request took {best:?} during {while_what}");
        let grown = self.daemon.resident_kb().saturating_sub(self.before_kb);
        assert!(grown < MEMORY_KB_MAX, "{grown} KB more during {while_what}");
    }
}

#[test]
fn what_leaves_room_for_two_readings_is_refused_and_answers_go_on() {
    let abused = Abused::new();
    let post = |lines: &str| {
        format!("POST /test-segment/stream HTTP/1.1\r\nHost: h\r\n{lines}\r\n\r\n").into_bytes()
    };
    for (what, request, wanted) in [
        ("an enormous length", post("Content-Length: 1000000000000"), 413),
        ("two lengths", post("Content-Length: 1\r\nContent-Length: 2"), 400),
        ("a length and an encoding", post("Content-Length: 1\r\nTransfer-Encoding: chunked"), 400),
        (
            "chunks",
            [post("Transfer-Encoding: chunked"), b"1\r\na\r\n0\r\n\r\n".to_vec()].concat(),
            400,
        ),
        ("no host", b"GET /test-segment/stream HTTP/1.1\r\n\r\n".to_vec(), 400),
        ("NUL bytes", b"\0\0\0\0\0\0\0\0\r\n\r\n".to_vec(), 400),
        ("NUL in a header", post("X: a\0b"), 400),
        (
            "another method",
            b"DELETE /test-segment/stream HTTP/1.1\r\nHost: h\r\n\r\n".to_vec(),
            405,
        ),
        (
            "another path",
            b"POST /other/stream HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx".to_vec(),
            404,
        ),
        ("the root", b"GET / HTTP/1.1\r\nHost: h\r\n\r\n".to_vec(), 404),
        ("a body beyond the cap", post("Content-Length: 1048577"), 413),
    ] {
        assert_eq!(status(abused.address, &request), Some(wanted), "{what}");
        abused.still_answers(what);
    }
    assert_eq!(
        status(abused.address, b"GET /test-segment/stream HTTP/1.1\r\nHost: h\r\n\r\n"),
        Some(200)
    );
    assert_eq!(
        status(abused.address, b"HEAD /test-segment/stream HTTP/1.1\r\nHost: h\r\n\r\n"),
        Some(200)
    );
}

#[test]
fn silent_slow_and_half_closed_connections_keep_nobody_out() {
    let abused = Abused::new();
    let silent: Vec<TcpStream> = (0..200).map(|_| connect(abused.address)).collect();
    abused.still_answers("two hundred silent connections");
    let mut slow = connect(abused.address);
    for byte in b"POST /test" {
        slow.write_all(&[*byte]).expect("written");
        moment(Duration::from_millis(20));
    }
    abused.still_answers("a byte at a time");
    let half = connect(abused.address);
    half.shutdown(Shutdown::Write).expect("shut down");
    abused.still_answers("a half-closed peer");
    // Beyond the cap the one longest without a head makes room.
    let more: Vec<TcpStream> = (0..200).map(|_| connect(abused.address)).collect();
    abused.still_answers("more connections than there may be");
    drop((silent, more, slow, half));
}

#[test]
fn a_header_line_without_end_and_bodies_without_end_cost_no_memory() {
    let abused = Abused::new();
    let mut long = connect(abused.address);
    long.write_all(b"GET / HTTP/1.1\r\nHost: h\r\nX: ").expect("written");
    let part = vec![b'a'; 1024 * 1024];
    let mut written = 0;
    // Two hundred megabytes, or until the other side takes no more.
    while written < 200 && long.write_all(&part).is_ok() {
        written += 1;
    }
    assert!(written < 200, "two hundred megabytes of one header were taken");
    abused.still_answers("a header line of two hundred megabytes");
    // Forty bodies of a megabyte at once are more than may be under way: some are told to come again.
    let mut bodies: Vec<TcpStream> = (0..40).map(|_| connect(abused.address)).collect();
    let head = "POST /test-segment/stream HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n";
    for body in &mut bodies {
        body.write_all(head.as_bytes()).expect("written");
        let _ = body.write_all(&part[..part.len() / 2]);
    }
    let grown = abused.daemon.resident_kb().saturating_sub(abused.before_kb);
    assert!(grown < MEMORY_KB_MAX, "{grown} KB more with forty bodies under way");
    drop(bodies);
    let mut waited = Duration::ZERO;
    while status(abused.address, &good()) != Some(200) {
        assert!(waited < DEADLINE);
        moment(Duration::from_millis(20));
        waited += Duration::from_millis(20);
    }
    abused.still_answers("bodies that ended early");
}
