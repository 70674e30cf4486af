//! A transport for tests: answers in order what it was given, and keeps what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use crate::domain::answer::Failure;
use crate::domain::time::{Moment, Now, Timestamp};
use crate::http::{Request, Response, Sent, Transport, TransportError};

pub type Reply = Result<Response, TransportError>;
type Hook = Box<dyn Fn(&Request) + Send + Sync>;

#[derive(Default)]
pub struct Scripted {
    replies: Mutex<VecDeque<Reply>>,
    asked: Mutex<Vec<Request>>,
    hook: Mutex<Option<Hook>>,
}

impl Scripted {
    pub fn new(replies: impl IntoIterator<Item = Reply>) -> Arc<Self> {
        let scripted = Self::default();
        scripted.then(replies);
        Arc::new(scripted)
    }

    pub fn then(&self, replies: impl IntoIterator<Item = Reply>) {
        self.replies.lock().expect("unpoisoned").extend(replies);
    }

    pub fn asked(&self) -> Vec<Request> {
        self.asked.lock().expect("unpoisoned").clone()
    }

    pub fn last(&self) -> Request {
        self.asked().pop().expect("a request was sent")
    }

    /// Runs once, while the next request is out.
    pub fn meanwhile(&self, hook: impl Fn(&Request) + Send + Sync + 'static) {
        *self.hook.lock().expect("unpoisoned") = Some(Box::new(hook));
    }
}

impl Transport for Scripted {
    fn send(&self, request: &Request) -> Reply {
        self.asked.lock().expect("unpoisoned").push(request.clone());
        let hook = self.hook.lock().expect("unpoisoned").take();
        if let Some(hook) = hook {
            hook(request);
        }
        let reply = self.replies.lock().expect("unpoisoned").pop_front();
        reply.expect("more requests were sent than expected")
    }
}

pub fn at(mono: u64) -> Now {
    Now {
        wall: Timestamp(1_795_424_400_000 + i64::try_from(mono).expect("small")),
        mono: Moment(mono),
    }
}

pub fn reply(status: u16, body: &str) -> Reply {
    let kind = if body.starts_with('<') { "text/html" } else { "application/json" };
    let headers = vec![("Content-Type".to_owned(), kind.to_owned())];
    Ok(Response { status, headers, body: body.as_bytes().to_vec() })
}

pub fn reply_later(status: u16, retry_after: &str) -> Reply {
    let headers = vec![("Retry-After".to_owned(), retry_after.to_owned())];
    Ok(Response { status, headers, body: Vec::new() })
}

pub fn broken(sent: Sent, what: &str) -> Reply {
    Err(TransportError { sent, what: what.to_owned() })
}

/// What came of a call, for tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Yes,
    No,
    Throttled,
    Unauthorised,
    Down,
    Unknown,
}

pub fn kind<T>(result: &Result<T, Failure>) -> Kind {
    match result {
        Ok(_) => Kind::Yes,
        Err(Failure::No(_)) => Kind::No,
        Err(Failure::Throttled { .. }) => Kind::Throttled,
        Err(Failure::Unauthorised { .. }) => Kind::Unauthorised,
        Err(Failure::Down { .. } | Failure::NotBefore(_)) => Kind::Down,
        Err(Failure::Unknown { .. }) => Kind::Unknown,
    }
}

/// Every way in which one call is made to fail, with what it must be taken for. The refusal and the
/// answer with a wrong type are of the system's own making and tested beside it.
pub fn faults(conflict: &str) -> Vec<(&'static str, Reply, Kind)> {
    use Kind::{Down, Throttled, Unauthorised, Unknown};
    let truncated = r#"{"response": {"valid": true, "orderNo": "1045"#;
    vec![
        ("refused", broken(Sent::Nothing, "connection refused"), Down),
        ("timeout before applying", broken(Sent::Maybe, "timed out"), Unknown),
        ("timeout after applying", broken(Sent::Maybe, "timed out"), Unknown),
        ("reset", broken(Sent::Maybe, "connection reset"), Unknown),
        ("401", reply(401, r#"{"Message": "expired"}"#), Unauthorised),
        ("403", reply(403, ""), Unauthorised),
        ("408", reply(408, "{}"), Unknown),
        ("409", reply(409, conflict), Unknown),
        ("429 with delay", reply_later(429, "7"), Throttled),
        ("429", reply(429, "{}"), Throttled),
        ("500", reply(500, r#"{"Message": "An error has occurred."}"#), Unknown),
        ("502 page", reply(502, "<html>Bad Gateway</html>"), Unknown),
        ("302", reply(302, ""), Unknown),
        ("200 page", reply(200, "<html>Log in</html>"), Unknown),
        ("200 truncated", reply(200, truncated), Unknown),
        ("200 empty", reply(200, ""), Unknown),
        ("204", reply(204, ""), Unknown),
        ("200 null", reply(200, "null"), Unknown),
        ("200 number", reply(200, "7"), Unknown),
        ("10 MB body", broken(Sent::Maybe, "answer larger than 10 MB"), Unknown),
        ("trickle", broken(Sent::Maybe, "timed out after 60 s"), Unknown),
    ]
}
