//! The admin socket: greeting, peers, limits, and two daemons on one path.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use linnstream::console::peer::{Peer, Role};
use linnstream::console::server::{AdminError, AdminOptions, AdminServer};
use tui::client::{Client, ClientError};
use tui::protocol::frame::{Hello, read_frame};
use tui::protocol::{ErrorKind, Reply, Request};

fn options(path: &Path) -> AdminOptions {
    AdminOptions {
        path: path.to_owned(),
        group: None,
        build: "1.2.3".into(),
        wake: linnstream::wake::Wake::new(),
    }
}

/// Answers orders with an empty list, the status with who asked, and breaks on services.
fn handler(peer: &Peer, request: Request) -> Reply {
    match request {
        Request::Orders { .. } => Reply::Orders(Vec::new()),
        Request::Services => panic!("a defect"),
        _ => Reply::Error { kind: ErrorKind::NotFound, text: format!("{:?}", peer.role) },
    }
}

fn serve(path: &Path) -> AdminServer {
    AdminServer::start(options(path), Arc::new(handler)).expect("serves")
}

#[test]
fn a_question_is_answered_and_the_daemons_own_user_is_an_operator() {
    let place = tempfile::tempdir().expect("a directory");
    let path = place.path().join("admin.sock");
    let server = serve(&path);
    let mode = std::fs::metadata(&path).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    let mut client = Client::connect(&path, "1.2.3").expect("connects");
    let list = Request::Orders { state: None, search: None, after: None, limit: 10 };
    assert_eq!(client.ask(&list).expect("answered"), Reply::Orders(Vec::new()));
    let Err(ClientError::Daemon { kind: ErrorKind::NotFound, text }) = client.ask(&Request::Status)
    else {
        panic!("an error of the daemon");
    };
    assert_eq!(text, format!("{:?}", Role::Operator));
    server.shutdown();
    assert!(!path.exists());
}

#[test]
fn a_defect_in_one_answer_harms_nobody() {
    let place = tempfile::tempdir().expect("a directory");
    let path = place.path().join("admin.sock");
    let _server = serve(&path);
    let mut client = Client::connect(&path, "1.2.3").expect("connects");
    let Err(ClientError::Daemon { kind: ErrorKind::Internal, .. }) = client.ask(&Request::Services)
    else {
        panic!("an internal error");
    };
    let list = Request::Orders { state: None, search: None, after: None, limit: 10 };
    assert!(client.ask(&list).is_ok(), "the same connection goes on");
}

#[test]
fn a_second_server_on_a_live_socket_is_refused_and_a_stale_file_is_replaced() {
    let place = tempfile::tempdir().expect("a directory");
    let path = place.path().join("admin.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).expect("left over"));
    assert!(path.exists());
    let _server = serve(&path);
    let second = AdminServer::start(options(&path), Arc::new(handler));
    assert!(matches!(second, Err(AdminError::AlreadyRunning { .. })));
    assert!(Client::connect(&path, "1.2.3").is_ok(), "the first one still answers");
}

#[test]
fn different_versions_end_in_a_sentence_and_strangers_are_turned_away() {
    let place = tempfile::tempdir().expect("a directory");
    let path = place.path().join("old.sock");
    let listener = std::os::unix::net::UnixListener::bind(&path).expect("binds");
    let old = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a peer");
        stream.write_all(&Hello { protocol: 0, build: "0.0.1".into() }.encode()).expect("greeted");
        let _ = stream.read(&mut [0; 64]);
    });
    let Err(ClientError::Version(text)) = Client::connect(&path, "1.2.3") else {
        panic!("a sentence")
    };
    assert!(text.contains("daemon speaks 0: restart the daemon or use its binary"), "{text}");
    old.join().expect("ends");
    let path = place.path().join("admin.sock");
    let _server = serve(&path);
    let mut stranger = UnixStream::connect(&path).expect("connects");
    stranger.set_read_timeout(Some(Duration::from_secs(10))).expect("set");
    stranger.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").expect("sent");
    Hello::read(&mut stranger).expect("greeted");
    let mut rest = Vec::new();
    let _ = stranger.read_to_end(&mut rest);
    assert!(rest.is_empty(), "and hung up on");
}

#[test]
fn a_frame_longer_than_any_real_one_is_answered_and_ends_the_connection() {
    let place = tempfile::tempdir().expect("a directory");
    let path = place.path().join("admin.sock");
    let _server = serve(&path);
    let mut stream = UnixStream::connect(&path).expect("connects");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("set");
    stream.write_all(&Hello::ours("x").encode()).expect("greeted");
    Hello::read(&mut stream).expect("greeted");
    stream.write_all(&u32::MAX.to_le_bytes()).expect("sent");
    let reply: Reply = read_frame(&mut stream).expect("answered");
    assert!(matches!(reply, Reply::Error { kind: ErrorKind::BadRequest, .. }), "{reply:?}");
}
