//! tiny_http on a private socket behind the gate, and the handlers.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::gate::{BodyMax, Gate, Limits};
use super::request::{Head, REQUEST_ID};
pub use super::socket::Endpoint;
use super::socket::Listening;
use super::way::{FIRST_TARGET, Ways};

/// At the end, what is in hand may finish for this long.
const STOP_WITHIN: Duration = Duration::from_secs(3);

/// A method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// GET.
    Get,
    /// HEAD: answered like GET, without the body.
    Head,
    /// POST.
    Post,
}

/// One whole request.
#[derive(Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Method.
    pub verb: Verb,
    /// Path without the query, as it came.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// At most what the path allows.
    pub body: Vec<u8>,
}

impl Incoming {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// The number that the gate gave it, for the log.
    pub fn id(&self) -> &str {
        self.header(REQUEST_ID).unwrap_or_default()
    }
}

/// Without path and headers: both hold secrets.
impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({} bytes)", self.verb, self.body.len())
    }
}

/// What a handler answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`; empty without a body.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A status alone.
    pub fn empty(status: u16) -> Self {
        Self { status, content_type: "", body: Vec::new() }
    }

    /// A JSON document.
    pub fn json(status: u16, value: &serde_json::Value) -> Self {
        Self { status, content_type: "application/json", body: value.to_string().into_bytes() }
    }

    /// A text.
    pub fn text(status: u16, content_type: &'static str, text: String) -> Self {
        Self { status, content_type, body: text.into_bytes() }
    }
}

/// Answers whole requests, on several threads at once.
pub type Handler = Arc<dyn Fn(&Incoming) -> Answer + Send + Sync>;

/// How a listener is made.
pub struct ListenerOptions {
    /// Where it listens.
    pub endpoint: Endpoint,
    /// For threads and the log.
    pub name: &'static str,
    /// Requests handled at once; the number bounds how many notifications share a commit.
    pub handlers: usize,
    /// Which paths there are, and how long a body each takes.
    pub body_max: BodyMax,
    /// Limits of the gate.
    pub limits: Limits,
}

/// Why a listener does not start.
#[derive(Debug, thiserror::Error)]
pub enum ListenerError {
    /// The address cannot be bound.
    #[error(
        "cannot listen on {at}: see whether another program uses it, or choose another listener.bind"
    )]
    Bind {
        /// Where.
        at: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The private socket behind the gate cannot be made.
    #[error("the private socket behind {name} cannot be made in the folder for temporary files")]
    Inner {
        /// Which listener.
        name: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// The inner server; replaced when it ends by itself, which it does after an error of `accept`.
pub(super) struct Inner {
    folder: tempfile::TempDir,
    current: Mutex<(u64, Arc<tiny_http::Server>)>,
    stopping: AtomicBool,
}

/// A running listener.
pub struct Listener {
    gate: Arc<Gate>,
    inner: Arc<Inner>,
    address: String,
    path: Option<PathBuf>,
    handlers: usize,
    threads: Vec<JoinHandle<()>>,
}

impl Inner {
    fn start(name: &'static str) -> Result<Arc<Self>, ListenerError> {
        let failed = |source| ListenerError::Inner { name, source };
        // Made with mode 0700: nobody else reaches the inner server.
        let folder = tempfile::Builder::new().prefix("linnstream-").tempdir().map_err(failed)?;
        let server = listen(&folder.path().join("0")).map_err(failed)?;
        let current = Mutex::new((0, Arc::new(server)));
        Ok(Arc::new(Self { folder, current, stopping: AtomicBool::new(false) }))
    }

    pub(super) fn get(&self) -> (u64, Arc<tiny_http::Server>) {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join(self.get().0.to_string())
    }

    /// Starts another in the place of the one that ended.
    pub(super) fn replace(&self, ended: u64) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.0 != ended || self.stopping.load(Ordering::Acquire) {
            return;
        }
        match listen(&self.folder.path().join((ended + 1).to_string())) {
            Ok(server) => {
                log::warn!("the inner server of the listener had ended; another was started");
                *current = (ended + 1, Arc::new(server));
            }
            Err(error) => {
                log::error!("the inner server of the listener cannot be started again: {error}");
                std::thread::park_timeout(Duration::from_secs(1));
            }
        }
    }
}

fn listen(path: &std::path::Path) -> io::Result<tiny_http::Server> {
    tiny_http::Server::http_unix(path).map_err(|error| io::Error::other(error.to_string()))
}

impl Listener {
    /// Listens and answers from now on.
    ///
    /// # Errors
    /// [`ListenerError`]; nothing listens then.
    pub fn start(options: ListenerOptions, handler: Handler) -> Result<Self, ListenerError> {
        let at = format!("{:?}", options.endpoint);
        let bind = |source| ListenerError::Bind { at, source };
        let listening = Listening::bind(&options.endpoint).map_err(bind)?;
        let address = listening.address();
        let inner = Inner::start(options.name)?;
        let ways = Ways::new(Arc::clone(&inner), options.handlers.max(1));
        let pass_on = move |head: &Head, body: &[u8], within| ways.pass_on(head, body, within);
        let gate = Arc::new(Gate::new(options.limits, options.body_max, Arc::new(pass_on)));
        let path = match options.endpoint {
            Endpoint::Tcp(_) => None,
            Endpoint::Unix(path) => Some(path),
        };
        let mut threads = Vec::new();
        let mut spawn = |work: Box<dyn FnOnce() + Send>| {
            let name = options.name.to_owned();
            std::thread::Builder::new().name(name).spawn(work).map(|thread| threads.push(thread))
        };
        let failed = |source| ListenerError::Inner { name: options.name, source };
        for _ in 0..options.handlers.max(1) {
            let (inner, handler) = (Arc::clone(&inner), Arc::clone(&handler));
            spawn(Box::new(move || handle(&inner, &handler))).map_err(failed)?;
        }
        let accepting = Arc::clone(&gate);
        spawn(Box::new(move || accepting.accept(&listening))).map_err(failed)?;
        Ok(Self { gate, inner, address, path, handlers: options.handlers.max(1), threads })
    }

    /// `http://127.0.0.1:PORT` with the port that was bound, or `unix:PATH`.
    pub fn address(&self) -> String {
        self.address.clone()
    }

    /// What the gate answered by itself, by status and reason.
    pub fn refusals(&self) -> BTreeMap<(u16, &'static str), u64> {
        self.gate.refusals()
    }

    /// Connections open now.
    pub fn open_connections(&self) -> usize {
        self.gate.open_connections()
    }

    /// Stops accepting, lets what is in hand finish for a moment, and ends.
    pub fn shutdown(self) {
        self.gate.stop();
        Listening::poke(&self.address);
        if let Some(path) = &self.path {
            let _ = std::fs::remove_file(path);
        }
        let step = Duration::from_millis(20);
        let mut waited = Duration::ZERO;
        while self.gate.open_connections() > 0 && waited < STOP_WITHIN {
            std::thread::park_timeout(step);
            waited += step;
        }
        self.inner.stopping.store(true, Ordering::Release);
        for _ in 0..self.handlers {
            self.inner.get().1.unblock();
        }
        for thread in self.threads {
            // A handler that is still at work is left to the end of the process.
            while !thread.is_finished() && waited < STOP_WITHIN {
                std::thread::park_timeout(step);
                waited += step;
            }
            if thread.is_finished() {
                let _ = thread.join();
            }
        }
    }
}

/// One handler: takes whole requests from the inner server and answers them.
fn handle(inner: &Inner, handler: &Handler) {
    while !inner.stopping.load(Ordering::Acquire) {
        let (generation, server) = inner.get();
        match server.recv() {
            Ok(request) => answer(request, handler),
            Err(_) if inner.stopping.load(Ordering::Acquire) => return,
            Err(_) => inner.replace(generation),
        }
    }
}

fn answer(mut request: tiny_http::Request, handler: &Handler) {
    if request.url() == FIRST_TARGET {
        let _ = request.respond(tiny_http::Response::from_data([]));
        return;
    }
    let verb = match request.method() {
        tiny_http::Method::Get => Verb::Get,
        tiny_http::Method::Head => Verb::Head,
        _ => Verb::Post,
    };
    let mut body = Vec::new();
    // The gate has read it whole; it is as long as it says.
    if let Err(error) = request.as_reader().read_to_end(&mut body) {
        log::error!("a request could not be read behind the gate: {error}");
        let _ = request.respond(tiny_http::Response::empty(500));
        return;
    }
    let incoming = Incoming {
        verb,
        path: request.url().split('?').next().unwrap_or_default().to_owned(),
        headers: request
            .headers()
            .iter()
            .map(|one| (one.field.as_str().as_str().to_ascii_lowercase(), one.value.to_string()))
            .collect(),
        body,
    };
    let answer = catch_unwind(AssertUnwindSafe(|| handler(&incoming))).unwrap_or_else(|_| {
        log::error!(request_id = incoming.id(); "a request was broken off by a defect");
        Answer::empty(500)
    });
    let mut response = tiny_http::Response::from_data(answer.body)
        .with_status_code(answer.status)
        // Always with its length.
        .with_chunked_threshold(usize::MAX);
    if let Ok(header) = tiny_http::Header::from_bytes("Content-Type", answer.content_type)
        && !answer.content_type.is_empty()
    {
        response.add_header(header);
    }
    // The gate may have given up; then nobody reads it.
    let _ = request.respond(response);
}
