//! What comes back, and what is said when it does not.

use std::net::TcpListener;

use linnstream::domain::time::Delay;
use linnstream::http::{Method, Request, Sent, Transport};

use crate::transport::server::{Seen, Server, get, post, transport, write};

#[test]
fn a_status_is_an_answer_and_its_body_is_read() {
    for status in [200, 401, 404, 422, 429, 500, 503] {
        let server = Server::plain(move |s, _| {
            write(
                s,
                &format!(
                    "HTTP/1.1 {status} Word\r\nContent-Length: 4\r\nRetry-After: 7\r\n\r\nbody"
                ),
            )
        });
        let answer = transport().send(&get(server.url("http", "/"))).expect("an answer");
        assert_eq!((answer.status, answer.body.as_slice()), (status, b"body".as_slice()));
        assert_eq!(answer.header("retry-after"), Some("7"));
    }
}

#[test]
fn a_redirect_is_returned_and_not_followed() {
    let elsewhere = Server::plain(|s, _| write(s, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    let to = elsewhere.url("http", "/");
    for status in [301, 302, 303, 307, 308] {
        let head = format!("HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 4\r\n");
        let server = Server::plain(move |s, _| write(s, &format!("{head}\r\nbody")));
        let answer = transport().send(&post(server.url("http", "/"), "x")).expect("an answer");
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("location"), Some(to.as_str()));
    }
    assert!(elsewhere.seen.try_recv().is_err(), "the redirect was followed");
}

#[test]
fn method_path_headers_and_body_arrive_as_given() {
    for method in [Method::Post, Method::Patch, Method::Delete] {
        let server = Server::plain(|s, _| write(s, "HTTP/1.1 204 None\r\n\r\n"));
        let request = Request {
            method,
            headers: vec![
                ("Authorization".to_owned(), "token-1".to_owned()),
                ("Content-Type".to_owned(), "application/json".to_owned()),
            ],
            ..post(server.url("http", "/a/b?c=d%20e"), "{\"x\":1}")
        };
        assert_eq!(transport().send(&request).expect("an answer").status, 204);
        let seen = server.next_request();
        let lower = seen.to_ascii_lowercase();
        assert!(seen.starts_with(&format!("{} /a/b?c=d%20e HTTP/1.1\r\n", method.as_str())));
        assert!(lower.contains(&format!("\r\nhost: {}\r\n", server.address)), "{seen}");
        assert!(lower.contains("\r\nauthorization: token-1\r\n"), "{seen}");
        assert!(lower.contains("\r\ncontent-type: application/json\r\n"), "{seen}");
        assert!(lower.contains("\r\ncontent-length: 7\r\n"), "{seen}");
        assert!(lower.contains("\r\nuser-agent: linnstream/"), "{seen}");
        assert!(seen.ends_with("\r\n\r\n{\"x\":1}"), "{seen}");
    }
}

#[test]
fn an_empty_post_says_that_it_is_empty() {
    let server = Server::plain(|s, _| write(s, "HTTP/1.1 204 None\r\n\r\n"));
    for method in [Method::Post, Method::Patch] {
        let request = Request { method, ..post(server.url("http", "/"), "") };
        assert_eq!(transport().send(&request).expect("an answer").status, 204);
        let seen = server.next_request().to_ascii_lowercase();
        assert!(seen.contains("\r\ncontent-length: 0\r\n"), "{seen}");
        assert!(!seen.contains("transfer-encoding"), "{seen}");
    }
}

#[test]
fn a_header_that_cannot_be_sent_is_nothing_sent() {
    let server = Server::plain(|s, _| write(s, "HTTP/1.1 204 None\r\n\r\n"));
    for (name, value) in [("X", "two\r\nLines: SECRET"), ("bad name", "SECRET")] {
        let headers = vec![(name.to_owned(), value.to_owned())];
        let request = Request { headers, ..get(server.url("http", "/")) };
        let error = transport().send(&request).expect_err("refused");
        assert_eq!(error.sent, Sent::Nothing);
        assert!(error.what.contains("header") && !error.what.contains("SECRET"), "{error}");
    }
    assert!(server.seen.try_recv().is_err(), "it connected");
}

#[test]
fn a_refused_connection_is_nothing_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    drop(listener);
    let error = transport().send(&post(url, "x")).expect_err("refused");
    assert_eq!(error.sent, Sent::Nothing);
    assert_eq!(error.what, "127.0.0.1 refused the connection");
}

#[test]
fn a_reset_after_the_request_was_read_may_have_been_carried_out() {
    let server = Server::plain(|s, _| {
        s.reset();
        false
    });
    let error = transport().send(&post(server.url("http", "/"), "x")).expect_err("reset");
    assert_eq!(error.sent, Sent::Maybe, "{error}");
    assert_eq!(error.what, "127.0.0.1 broke the connection off");
}

#[test]
fn a_silent_end_after_the_request_may_have_been_carried_out() {
    let server = Server::plain(|_, _| false);
    let error = transport().send(&post(server.url("http", "/"), "x")).expect_err("ended");
    assert_eq!(error.sent, Sent::Maybe, "{error}");
}

#[test]
fn an_answer_cut_short_is_no_answer() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"valid\":true",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nwo",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\u{1f}",
    ] {
        let server = Server::plain(move |s, _| {
            write(s, answer);
            false
        });
        let error = transport().send(&post(server.url("http", "/"), "x")).expect_err("cut short");
        assert_eq!(error.sent, Sent::Maybe, "{answer:?}: {error}");
        assert!(error.what.contains("127.0.0.1"), "{error}");
    }
}

#[test]
fn an_answer_that_is_not_http_is_no_answer() {
    let server = Server::plain(|s, _| {
        write(s, "SECRET garbage\r\n\r\n");
        false
    });
    let error = transport().send(&get(server.url("http", "/"))).expect_err("garbage");
    assert_eq!(error.sent, Sent::Maybe);
    assert_eq!(error.what, "127.0.0.1 did not answer in proper HTTP");
}

#[test]
fn a_server_that_never_answers_is_given_up_in_time() {
    let server = Server::plain(|s, _| s.read(&mut [0]).is_ok());
    let request = Request { timeout: Delay(200), ..post(server.url("http", "/?SECRET"), "x") };
    let error = transport().send(&request).expect_err("no answer");
    assert_eq!(error.sent, Sent::Maybe);
    assert_eq!(error.what, "the call to 127.0.0.1 timed out after 200 ms");
    assert_eq!(server.next(), Seen::Connection(0));
}
