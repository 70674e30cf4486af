//! What a request must look like to be let through. Whatever leaves room for two readings is refused: a
//! proxy in front and a server behind could read it differently.

/// Header lines of one request: browsers and proxies send some twenty.
const HEADERS_MAX: usize = 100;

/// Headers that concern one connection, or that the gate writes anew.
const NOT_PASSED_ON: [&str; 12] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    REQUEST_ID,
];

/// Our own number of the request, for the log.
pub(super) const REQUEST_ID: &str = "x-request-id";

/// A request's head that may be let through.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) method: String,
    /// Our own number of it.
    pub(super) id: u64,
    /// Path and query as they came.
    pub(super) target: String,
    /// Those that are passed on.
    pub(super) headers: Vec<(String, String)>,
    /// Bytes of the body.
    pub(super) length: u64,
    /// The client waits for leave to send it.
    pub(super) waits: bool,
    /// Where the body begins.
    pub(super) ends_at: usize,
}

/// What the bytes so far are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// More is needed.
    Partial,
    /// A whole head.
    Whole(Head),
    /// Not let through: the status, and why, without anything of the request.
    Refused(u16, &'static str),
}

impl Head {
    /// The path without the query.
    pub(super) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// As it is passed on.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\nHost: listener\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("{REQUEST_ID}: {}\r\n", self.id));
        text.push_str(&format!("Content-Length: {}\r\n\r\n", self.length));
        text.into_bytes()
    }
}

/// Reads a head.
pub(super) fn parse(bytes: &[u8]) -> Parsed {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut headers);
    let ends_at = match request.parse(bytes) {
        Ok(httparse::Status::Complete(ends_at)) => ends_at,
        Ok(httparse::Status::Partial) => return Parsed::Partial,
        Err(httparse::Error::TooManyHeaders) => return Parsed::Refused(431, "too many headers"),
        Err(_) => return Parsed::Refused(400, "no well-formed head"),
    };
    let method = request.method.unwrap_or_default();
    if !matches!(method, "GET" | "HEAD" | "POST") {
        return Parsed::Refused(405, "another method");
    }
    let target = request.path.unwrap_or_default();
    if !target.starts_with('/') || !target.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Parsed::Refused(400, "the target is no path");
    }
    let named = |name: &str| {
        let name = name.to_owned();
        request.headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(&name))
    };
    if named("Transfer-Encoding").next().is_some() {
        return Parsed::Refused(400, "a transfer encoding");
    }
    match (request.version, named("Host").count()) {
        (Some(1), 1) | (Some(0), 0 | 1) => {}
        _ => return Parsed::Refused(400, "not exactly one host"),
    }
    let mut lengths = named("Content-Length");
    let length = match (lengths.next(), lengths.next()) {
        (None, _) => 0,
        (Some(_), Some(_)) => return Parsed::Refused(400, "two lengths"),
        (Some(one), None) => match digits(one.value) {
            Some(length) => length,
            None => return Parsed::Refused(400, "a length that is no number"),
        },
    };
    let waits = named("Expect").any(|header| header.value.eq_ignore_ascii_case(b"100-continue"));
    let mut passed = Vec::new();
    for header in request.headers.iter() {
        let name = header.name.to_ascii_lowercase();
        if NOT_PASSED_ON.contains(&name.as_str()) {
            continue;
        }
        let Ok(value) = std::str::from_utf8(header.value) else {
            return Parsed::Refused(400, "a header that is no text");
        };
        if value.chars().any(char::is_control) {
            return Parsed::Refused(400, "a header with control characters");
        }
        passed.push((name, value.trim().to_owned()));
    }
    Parsed::Whole(Head {
        method: method.to_owned(),
        // The gate numbers it.
        id: 0,
        target: target.to_owned(),
        headers: passed,
        length,
        waits,
        ends_at,
    })
}

/// Digits alone: no sign, no list, no spaces inside.
fn digits(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?.trim();
    let bare = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // One that does not fit is longer than any limit.
    bare.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(head: &str) -> u16 {
        match parse(head.as_bytes()) {
            Parsed::Refused(status, _) => status,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_plain_request_is_let_through_without_what_concerns_the_connection() {
        let head = "POST /p/stream?x=1 HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\nAuthorization: s\r\n\
                    X-Request-Id: 99\r\n\
                    Content-Length: 12\r\nExpect: 100-Continue\r\n\r\nhello";
        let Parsed::Whole(head) = parse(head.as_bytes()) else { panic!("whole") };
        assert_eq!((head.path(), head.length, head.waits), ("/p/stream", 12, true));
        assert_eq!(head.headers, [("authorization".to_owned(), "s".to_owned())]);
        let passed = String::from_utf8(head.bytes()).expect("text");
        assert!(!passed.to_ascii_lowercase().contains("connection"), "{passed}");
        assert!(passed.contains("x-request-id: 0\r\n"), "our own number and no other: {passed}");
        assert_eq!(parse(b"GET / HTTP/1.1\r\nHos"), Parsed::Partial);
    }

    #[test]
    fn whatever_can_be_read_in_two_ways_is_refused() {
        let with = |line: &str| format!("POST / HTTP/1.1\r\nHost: h\r\n{line}\r\n\r\n");
        for line in [
            "Content-Length: 1\r\nContent-Length: 2",
            "Content-Length: 5\r\nContent-Length: 5",
            "Content-Length: 5\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked",
            "Content-Length: +5",
            "Content-Length: 5, 5",
            "Content-Length: -1",
            "Content-Length: ",
            "Host: other",
            "X: a\0b",
            "X : a",
        ] {
            assert_eq!(refused(&with(line)), 400, "{line}");
        }
        assert_eq!(refused("POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n"), 400, "no host");
        assert_eq!(refused("GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
        assert_eq!(refused("DELETE / HTTP/1.1\r\nHost: h\r\n\r\n"), 405);
        assert_eq!(refused("\0\0\0\0\r\n\r\n"), 400);
        let many: String = (0..101).map(|n| format!("x{n}: 1\r\n")).collect();
        assert_eq!(refused(&format!("GET / HTTP/1.1\r\nHost: h\r\n{many}\r\n")), 431);
    }

    #[test]
    fn a_length_beyond_all_numbers_is_a_number_beyond_all_limits() {
        let head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999999\r\n\r\n";
        let Parsed::Whole(head) = parse(head.as_bytes()) else { panic!("whole") };
        assert_eq!(head.length, u64::MAX);
    }
}
