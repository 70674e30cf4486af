//! The sandbox on loopback sockets.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::clock::SystemClock;

fn server(bind: &str) -> Result<Server, SandboxError> {
    let clock = Arc::new(SystemClock::continuing(Moment(0)));
    Server::start(bind.parse().expect("an address"), WorldOptions::default(), clock)
}

/// Sends bytes and reads until the other side closes.
fn talk(url: &str, text: &str) -> String {
    let address: SocketAddr = url.trim_start_matches("http://").parse().expect("an address");
    let mut stream = TcpStream::connect(address).expect("connects");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("settable");
    stream.write_all(text.as_bytes()).expect("writes");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("ends without a reset");
    answer
}

fn post(url: &str, path: &str, body: &Value) -> String {
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    talk(url, &(head + &body))
}

#[test]
fn any_address_but_loopback_is_refused() {
    assert!(matches!(server("0.0.0.0:0"), Err(SandboxError::NotLoopback(_))));
    assert!(matches!(server("192.0.2.1:0"), Err(SandboxError::NotLoopback(_))));
}

#[test]
fn the_ready_line_has_working_addresses_and_credentials() {
    let mut server = server("127.0.0.1:0").expect("starts");
    let ready: Value = serde_json::from_str(&server.ready_line()).expect("JSON");
    let known = &ready["credentials"];
    let body = json!({"ApplicationId": known["application_id"], "Token": known["token"],
        "ApplicationSecret": known["application_secret"]});
    let url = ready["linnworks_auth"].as_str().expect("a URL");
    let answer = post(url, "/api/Auth/AuthorizeByApplication", &body);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(url), "{answer}");
    assert!(answer.contains("\r\nDate: ") && answer.contains(" GMT\r\n"), "{answer}");
    let answer = post(&server.control(), "/orders", &json!({"count": 2}));
    assert!(answer.ends_with("[100001,100002]"), "{answer}");
    server.shutdown();
}

#[test]
fn a_dropped_call_ends_without_a_single_byte() {
    let server = server("127.0.0.1:0").expect("starts");
    for fault in ["drop-before", "drop-after"] {
        let body = json!({"api": "stream", "path": "/api/oauth", "fault": fault});
        assert!(post(&server.control(), "/faults", &body).starts_with("HTTP/1.1 200"));
        let head = "POST /api/oauth HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(talk(&server.stream(), head), "");
    }
}

#[test]
fn a_connection_serves_many_requests_whole_and_in_chunks() {
    let server = server("127.0.0.1:0").expect("starts");
    let two = "POST /orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\
        6\r\n{\"coun\r\n6\r\nt\": 1}\r\n0\r\n\r\n\
        GET /state HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let answer = talk(&server.control(), two);
    assert!(answer.contains("[100001]") && answer.contains("\"shipments\":[]"), "{answer}");
}

#[test]
fn notifications_arrive_at_a_receiver_on_this_machine() {
    let server = server("127.0.0.1:0").expect("starts");
    let receiver = TcpListener::bind("127.0.0.1:0").expect("binds");
    let url = format!("http://{}/P/stream", receiver.local_addr().expect("bound"));
    let body = json!({"url": url, "body": {"hello": "there"}, "authorization": "Bearer s"});
    assert!(post(&server.control(), "/webhook", &body).starts_with("HTTP/1.1 200"));
    let (mut stream, _) = receiver.accept().expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("settable");
    let mut seen = String::new();
    while !seen.ends_with("{\"hello\":\"there\"}") {
        let mut some = [0; 1024];
        let read = stream.read(&mut some).expect("more");
        assert_ne!(read, 0, "{seen}");
        seen.push_str(&String::from_utf8_lossy(&some[..read]));
    }
    assert!(seen.starts_with("POST /P/stream HTTP/1.1\r\n"));
    assert!(seen.contains("Authorization: Bearer s\r\n"));
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").expect("writes");
}

#[test]
fn a_scenario_is_checked_step_by_step_and_then_played() {
    let wrong = Scenario::parse(r#"[{"after_ms": 5, "control": "/orders", "boddy": {}}]"#);
    assert!(wrong.is_err_and(|text| text.contains("step 1") && text.contains("boddy")));
    assert!(Scenario::parse(r#"[{"control": "/reboot", "body": {}}]"#).is_err());
    let scenario =
        r#"[{"after_ms": 20, "control": "/webhook", "body": {"url": "URL", "body": 1}}]"#;
    let receiver = TcpListener::bind("127.0.0.1:0").expect("binds");
    let url = format!("http://{}/", receiver.local_addr().expect("bound"));
    let mut server = server("127.0.0.1:0").expect("starts");
    server.play(Scenario::parse(&scenario.replace("URL", &url)).expect("right")).expect("plays");
    // Waits for the step itself: accepting blocks until it was played.
    receiver.accept().expect("the step was played");
}
