//! Time and memory that a bad server can cost.

use std::io::Write;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use linnstream::domain::time::Delay;
use linnstream::http::ureq::{BODY_BYTES_MAX, HEADER_BYTES_MAX};
use linnstream::http::{Request, Sent, Transport};

use crate::transport::server::{
    Authority, DEADLINE, Server, Stream, get, transport, trusting, write,
};

/// Zeroes until the client hangs up or `most` are written; says how many were.
fn pour(stream: &mut dyn Stream, most: usize) -> usize {
    let block = [b'0'; 64 * 1024];
    let mut written = 0;
    while written < most {
        match stream.write(&block[..block.len().min(most - written)]) {
            Ok(count) => written += count,
            Err(_) => break,
        }
    }
    written
}

#[test]
fn a_body_of_the_largest_size_is_read_and_one_byte_more_is_an_error() {
    for (size, fits) in [(BODY_BYTES_MAX, true), (BODY_BYTES_MAX + 1, false)] {
        let server = Server::plain(move |s, _| {
            write(s, &format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n"));
            pour(s, usize::try_from(size).expect("small"));
            false
        });
        let answer = transport().send(&get(server.url("http", "/")));
        match answer {
            Ok(answer) => assert!(fits && answer.body.len() as u64 == size),
            Err(error) => {
                assert!(!fits, "{error}");
                assert_eq!(error.sent, Sent::Maybe);
                assert_eq!(error.what, "the answer of 127.0.0.1 is larger than 8 MiB");
            }
        }
    }
}

#[test]
fn a_body_without_end_is_left_soon_after_the_limit() {
    let (tell, written) = channel();
    let server = Server::plain(move |s, _| {
        write(s, "HTTP/1.1 200 OK\r\n\r\n");
        let _ = tell.send(pour(s, 1 << 30));
        false
    });
    let error = transport().send(&get(server.url("http", "/"))).expect_err("too large");
    assert_eq!(error.sent, Sent::Maybe);
    let written = written.recv_timeout(DEADLINE).expect("the server was hung up on");
    assert!(written < 64 << 20, "{written} bytes were taken off the server");
}

/// What unpacks to `size` zeroes.
fn gzip_of_zeroes(size: usize) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&vec![0; size]).expect("packed");
    packer.finish().expect("packed")
}

#[test]
fn a_packed_answer_is_unpacked_and_counted_by_what_it_unpacks_to() {
    for (size, fits) in [(1 << 20, true), (64 << 20, false)] {
        let packed = gzip_of_zeroes(size);
        assert!(packed.len() < 512 * 1024);
        let server = Server::plain(move |s, _| {
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
                packed.len()
            );
            write(s, &head) && s.write_all(&packed).is_ok()
        });
        let answer = transport().send(&get(server.url("http", "/")));
        match answer {
            Ok(answer) => assert!(fits && answer.body == vec![0; size]),
            Err(error) => {
                assert!(!fits, "{error}");
                assert_eq!(error.what, "the answer of 127.0.0.1 is larger than 8 MiB");
            }
        }
        assert!(server.next_request().to_ascii_lowercase().contains("accept-encoding: gzip"));
    }
}

#[test]
fn headers_without_end_are_an_error() {
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n", "x".repeat(4 * HEADER_BYTES_MAX));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(2_000));
    for answer in [long, many] {
        let server = Server::plain(move |s, _| {
            write(s, &answer);
            s.read(&mut [0]).is_ok()
        });
        let error = transport().send(&get(server.url("http", "/"))).expect_err("too large");
        assert_eq!(error.sent, Sent::Maybe, "{error}");
    }
}

/// A body that comes in one byte at a time, each after `pace`, until the client has gone.
fn trickle(stream: &mut dyn Stream, pace: &Mutex<Receiver<()>>) -> bool {
    write(stream, "HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n");
    let pace = pace.lock().expect("one connection");
    // Nothing is ever sent on the channel: it is a clock that the test can stop.
    while pace.recv_timeout(Duration::from_millis(20))
        == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
    {
        if !write(stream, "x") {
            break;
        }
    }
    false
}

fn clock() -> (Sender<()>, Arc<Mutex<Receiver<()>>>) {
    let (stop, pace) = channel();
    (stop, Arc::new(Mutex::new(pace)))
}

#[test]
fn a_trickle_ends_with_the_time_of_the_whole_call() {
    let authority = Authority::new();
    let (stop, pace) = clock();
    let plain = Server::plain({
        let pace = pace.clone();
        move |s, _| trickle(s, &pace)
    });
    let (stop_tls, pace_tls) = clock();
    let tls =
        Server::tls(&authority.identity("127.0.0.1", 2100), move |s, _| trickle(s, &pace_tls));
    for url in [plain.url("http", "/"), tls.url("https", "/")] {
        let (done, outcome) = channel();
        let transport = trusting(&authority);
        std::thread::spawn(move || {
            let request = Request { timeout: Delay(300), ..get(url) };
            let _ = done.send(transport.send(&request));
        });
        let outcome = outcome.recv_timeout(Duration::from_secs(3)).expect("it ends in time");
        let error = outcome.expect_err("not whole");
        assert_eq!(error.sent, Sent::Maybe);
        assert_eq!(error.what, "the call to 127.0.0.1 timed out after 300 ms");
    }
    drop((stop, stop_tls));
}
