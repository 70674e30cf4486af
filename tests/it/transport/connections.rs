//! Connections: kept, fresh and broken off.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use linnstream::http::{Request, Sent, Transport};

use crate::transport::server::{Authority, Server, get, post, transport, trusting, write};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[test]
fn plain_calls_share_a_connection_and_fresh_ones_open_their_own() {
    let authority = Authority::new();
    let transport = trusting(&authority);
    // Each answer is the number of the connection it came by.
    let name = |number: usize| format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{number}");
    let plain = Server::plain(move |s, number| write(s, &name(number)));
    let identity = authority.identity("127.0.0.1", 2100);
    let tls = Server::tls(&identity, move |s, number| write(s, &name(number)));
    for (server, scheme) in [(&plain, "http"), (&tls, "https")] {
        let kept = get(server.url(scheme, "/"));
        let fresh = Request { fresh_connection: true, ..post(server.url(scheme, "/"), "x") };
        let travelled = [&kept, &kept, &fresh, &fresh, &kept]
            .map(|request| transport.send(request).expect("an answer").body);
        assert_eq!(travelled, [b"0", b"0", b"1", b"2", b"0"]);
    }
}

#[test]
fn a_fresh_call_says_that_its_connection_ends() {
    let server = Server::plain(|s, _| write(s, OK));
    let fresh = Request { fresh_connection: true, ..post(server.url("http", "/"), "x") };
    transport().send(&fresh).expect("an answer");
    assert!(server.next_request().to_ascii_lowercase().contains("\r\nconnection: close\r\n"));
}

#[test]
fn a_kept_connection_that_the_server_has_closed_is_not_used() {
    let server = Server::plain(|s, _| {
        write(s, OK);
        false
    });
    let transport = transport();
    for _ in 0..3 {
        // Whether the end has arrived when the next call begins is a matter of luck; a call that
        // meets it may only ever be unsure, never wrong.
        match transport.send(&get(server.url("http", "/"))) {
            Ok(answer) => assert_eq!(answer.status, 200),
            Err(error) => assert_eq!(error.sent, Sent::Maybe, "{error}"),
        }
    }
}

#[test]
fn an_interruption_ends_a_call_in_flight_and_refuses_the_next() {
    let authority = Authority::new();
    let plain = Server::plain(|s, _| s.read(&mut [0]).is_ok());
    let tls = Server::tls(&authority.identity("127.0.0.1", 2100), |s, _| s.read(&mut [0]).is_ok());
    for (server, scheme) in [(&plain, "http"), (&tls, "https")] {
        let transport = Arc::new(trusting(&authority));
        let (done, outcomes) = channel();
        for fresh_connection in [true, false] {
            let (transport, done) = (transport.clone(), done.clone());
            let request = Request { fresh_connection, ..post(server.url(scheme, "/"), "x") };
            std::thread::spawn(move || done.send(transport.send(&request)));
        }
        // Both requests have arrived: the calls are waiting for their answers.
        server.next_request();
        server.next_request();
        transport.interrupt();
        for _ in 0..2 {
            let outcome = outcomes.recv_timeout(Duration::from_secs(1)).expect("it ends at once");
            let error = outcome.expect_err("interrupted");
            assert_eq!(error.sent, Sent::Maybe);
            assert!(error.what.contains("the program is stopping"), "{error}");
        }
        let error = transport.send(&get(server.url(scheme, "/"))).expect_err("stopped");
        assert_eq!(error.sent, Sent::Nothing);
    }
}
