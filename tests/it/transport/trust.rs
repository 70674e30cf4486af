//! Whom the transport believes, and that it tells nothing to anyone else.

use std::net::TcpListener;

use linnstream::http::ureq::{UreqOptions, UreqTransport};
use linnstream::http::{Sent, Transport, TransportError};

use crate::transport::server::{Authority, Seen, Server, get, post, transport, trusting, write};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Whether a server got as far as a request.
fn was_told_nothing(server: &Server) {
    assert_eq!(server.next(), Seen::Connection(0));
    match server.next() {
        Seen::HandshakeFailed | Seen::Nothing => {}
        other => panic!("the request must not leave, but the server saw {other:?}"),
    }
}

fn refusal(transport: &UreqTransport, server: &Server) -> TransportError {
    let url = server.url("https", "/api?token=SECRET-QUERY");
    let mut request = post(url, "SECRET-BODY");
    request.headers.push(("Authorization".to_owned(), "SECRET-HEADER".to_owned()));
    let error = transport.send(&request).expect_err("refused");
    was_told_nothing(server);
    assert_eq!(error.sent, Sent::Nothing, "{error}");
    assert!(!error.what.contains("SECRET"), "{error}");
    error
}

#[test]
fn an_authority_from_the_ca_file_is_trusted() {
    let authority = Authority::new();
    let server = Server::tls(&authority.identity("127.0.0.1", 2100), |s, _| write(s, OK));
    let answer = trusting(&authority).send(&get(server.url("https", "/"))).expect("an answer");
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"ok".as_slice()));
}

#[test]
fn an_unknown_authority_is_told_nothing() {
    let server = Server::tls(&Authority::new().identity("127.0.0.1", 2100), |s, _| write(s, OK));
    let error = refusal(&transport(), &server);
    assert!(error.what.contains("authority we do not trust"), "{error}");
    // Another authority in the CA file does not help.
    let server = Server::tls(&Authority::new().identity("127.0.0.1", 2100), |s, _| write(s, OK));
    let error = refusal(&trusting(&Authority::new()), &server);
    assert!(error.what.contains("127.0.0.1"), "{error}");
}

#[test]
fn an_expired_certificate_is_told_nothing() {
    let authority = Authority::new();
    let server = Server::tls(&authority.identity("127.0.0.1", 2024), |s, _| write(s, OK));
    let error = refusal(&trusting(&authority), &server);
    assert_eq!(error.what, "the certificate of 127.0.0.1 has expired");
}

#[test]
fn a_certificate_for_another_host_is_told_nothing() {
    let authority = Authority::new();
    let server = Server::tls(&authority.identity("api.example.org", 2100), |s, _| write(s, OK));
    let error = refusal(&trusting(&authority), &server);
    assert_eq!(error.what, "the certificate of 127.0.0.1 is for another name");
}

#[test]
fn a_server_that_does_not_speak_tls_is_told_nothing() {
    // It reads until the client gives up or an empty line, and answers in plain HTTP.
    let server = Server::plain(|s, _| write(s, OK));
    let mut request = post(server.url("https", "/"), "body");
    request.timeout = linnstream::domain::time::Delay(300);
    let error = transport().send(&request).expect_err("no TLS");
    assert_eq!(error.sent, Sent::Nothing, "{error}");
    was_told_nothing(&server);
}

#[test]
fn a_server_that_hangs_up_during_the_handshake_is_told_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("https://{}/", listener.local_addr().expect("an address"));
    let server = std::thread::spawn(move || drop(listener.accept()));
    let error = transport().send(&post(url, "body")).expect_err("no TLS");
    assert_eq!(error.sent, Sent::Nothing, "{error}");
    server.join().expect("the server ends");
}

#[test]
fn plain_http_to_another_machine_is_refused_before_any_connection() {
    // A name that nothing can resolve: had it been looked up, the words would say so.
    for url in ["http://api.example.invalid/x?token=SECRET", "http://192.0.2.1/"] {
        let error = transport().send(&get(url.to_owned())).expect_err("refused");
        assert_eq!(error.sent, Sent::Nothing);
        assert_eq!(
            error.what,
            "plain http is only used on this machine: the address must be https"
        );
    }
}

#[test]
fn a_name_that_nobody_knows_is_nothing_sent() {
    let url = "https://no-such-host.invalid/x?token=SECRET".to_owned();
    let error = transport().send(&get(url)).expect_err("no such host");
    assert_eq!(error.sent, Sent::Nothing);
    assert!(error.what.contains("no-such-host.invalid"), "{error}");
    assert!(!error.what.contains("SECRET"), "{error}");
}

#[test]
fn a_proxy_that_refuses_is_nothing_sent_and_is_named_without_its_password() {
    let refusing = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
    let proxy = Server::plain(move |s, _| write(s, refusing));
    let transport = through(&proxy);
    let error = transport
        .send(&post("https://api.example.org/x?token=SECRET".to_owned(), "SECRET"))
        .expect_err("refused");
    assert_eq!(error.sent, Sent::Nothing, "{error}");
    assert!(error.what.contains(&proxy.address.to_string()), "{error}");
    assert!(!error.what.contains("SECRET"), "{error}");
    let asked = proxy.next_request();
    assert!(asked.starts_with("CONNECT api.example.org:443 "), "{asked}");
    assert!(!asked.contains("token"), "{asked}");
}

#[test]
fn a_false_certificate_behind_a_proxy_is_nothing_sent() {
    // The proxy opens the tunnel, then whatever is there does not speak TLS.
    let proxy = Server::plain(|s, _| {
        write(s, "HTTP/1.1 200 OK\r\n\r\n");
        write(s, "this is not TLS\r\n");
        false
    });
    let error = through(&proxy)
        .send(&post("https://api.example.org/".to_owned(), "body"))
        .expect_err("no TLS");
    assert_eq!(error.sent, Sent::Nothing, "{error}");
}

#[test]
fn this_machine_is_reached_without_the_proxy() {
    let proxy = Server::plain(|s, _| write(s, OK));
    let server = Server::plain(|s, _| write(s, OK));
    let answer = through(&proxy).send(&get(server.url("http", "/"))).expect("an answer");
    assert_eq!(answer.status, 200);
    assert!(proxy.seen.try_recv().is_err(), "the proxy was asked");
}

fn through(proxy: &Server) -> UreqTransport {
    let address = format!("http://user:SECRET@{}", proxy.address);
    let options = UreqOptions { proxy: Some(address), ..UreqOptions::default() };
    UreqTransport::new(&options).expect("usable options")
}

/// Does nothing by itself: it is run as a child of the test below, which sets the variables.
#[test]
#[ignore = "run by its parent, with the environment it needs"]
fn child_with_proxy_variables() {
    // The only arguments that the test harness leaves alone are names of tests to skip.
    let url = std::env::args().find_map(|arg| arg.strip_prefix("--skip=URL ").map(str::to_owned));
    let Some(url) = url else { return };
    let error = transport().send(&get(url)).expect_err("refused");
    assert!(error.what.contains("refused the connection"), "{error}");
    assert!(!error.what.contains("proxy"), "{error}");
}

#[test]
fn proxy_variables_of_the_environment_are_ignored() {
    let trap = Server::plain(|s, _| write(s, "HTTP/1.1 200 OK\r\n\r\n"));
    // Not a loopback name, so that a proxy would be used; an address of this machine, on a port
    // where nobody listens, so that nothing else answers.
    let closed = TcpListener::bind("0.0.0.0:0").expect("a free port");
    let port = closed.local_addr().expect("an address").port();
    drop(closed);
    let program = std::env::current_exe().expect("this program");
    let mut command = std::process::Command::new(program);
    command
        .args(["--exact", "transport::trust::child_with_proxy_variables", "--ignored"])
        .arg(format!("--skip=URL https://0.0.0.0:{port}/"));
    for name in ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"]
    {
        command.env(name, format!("http://{}", trap.address));
    }
    let output = command.output().expect("the child runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    assert!(trap.seen.try_recv().is_err(), "the proxy of the environment was asked");
}
