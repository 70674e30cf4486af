//! The skin: three listeners on loopback, one for each system and one for control.
//!
//! One thread a connection, one that lets time pass, one that posts notifications, one that plays
//! a scenario. All end on [`Server::shutdown`] or when the server is dropped.

use std::collections::BTreeMap;
use std::io::{self, BufReader};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use serde_json::json;

use super::http1::{Incoming, read_request, write_response};
use super::scenario::Scenario;
use super::{Api, Wire, World, WorldOptions, poster};
use crate::clock::Clock;
use crate::domain::time::{Delay, Moment, Timestamp};
use crate::http::{Method, Request, Response};

/// Connections at once; further ones are closed at once.
const CONNECTIONS_MAX: usize = 256;
/// How often time passes in the world.
const TICK: Delay = Delay(100);

/// Why the sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// It only ever serves this machine.
    #[error("{0} is not a loopback address: the sandbox serves this machine only, use 127.0.0.1")]
    NotLoopback(SocketAddr),
    /// A port could not be bound.
    #[error("cannot listen on {0}: choose another --bind")]
    Bind(SocketAddr, #[source] io::Error),
    /// A thread could not be started.
    #[error("cannot start a thread for the sandbox")]
    Thread(#[source] io::Error),
}

/// Who a listener speaks for.
#[derive(Clone, Copy)]
enum Side {
    Api(Api),
    Control,
}

/// What wakes and ends the threads.
#[derive(Default)]
struct Flags {
    stopping: bool,
    next: u64,
    connections: BTreeMap<u64, TcpStream>,
}

struct Shared {
    world: Arc<Mutex<World>>,
    clock: Arc<dyn Clock>,
    flags: Mutex<Flags>,
    wake: Condvar,
}

/// Both systems on loopback.
pub struct Server {
    shared: Arc<Shared>,
    addresses: [SocketAddr; 3],
    threads: Vec<JoinHandle<()>>,
}

impl Server {
    /// Listens on `bind` for Linnworks and on the two ports after it for Stream and control; with
    /// port 0, on three free ports.
    ///
    /// # Errors
    /// When the address is not loopback or a port is taken.
    pub fn start(
        bind: SocketAddr,
        options: WorldOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SandboxError> {
        if !bind.ip().is_loopback() {
            return Err(SandboxError::NotLoopback(bind));
        }
        let port = |n: u16| match bind.port() {
            0 => 0,
            first => first.saturating_add(n),
        };
        let listen = |n| {
            let address = SocketAddr::new(bind.ip(), port(n));
            let bound = TcpListener::bind(address).and_then(|l| Ok((l.local_addr()?, l)));
            bound.map_err(|e| SandboxError::Bind(address, e))
        };
        let (linnworks, stream, control) = (listen(0)?, listen(1)?, listen(2)?);
        let options =
            WorldOptions { linnworks_server: format!("http://{}", linnworks.0), ..options };
        let shared = Arc::new(Shared {
            world: Arc::new(Mutex::new(World::new(options))),
            clock,
            flags: Mutex::default(),
            wake: Condvar::new(),
        });
        let addresses = [linnworks.0, stream.0, control.0];
        // Made before its threads, so that a thread that cannot start ends those that could.
        let mut server = Self { shared, addresses, threads: Vec::new() };
        server.accept_on("sandbox-linnworks", linnworks.1, Side::Api(Api::Linnworks))?;
        server.accept_on("sandbox-stream", stream.1, Side::Api(Api::Stream))?;
        server.accept_on("sandbox-control", control.1, Side::Control)?;
        server.spawn("sandbox-tick", tick)?;
        server.spawn("sandbox-post", post_notifications)?;
        Ok(server)
    }

    /// Plays a scenario from now on.
    ///
    /// # Errors
    /// When no thread can be started for it.
    pub fn play(&mut self, scenario: Scenario) -> Result<(), SandboxError> {
        self.spawn("sandbox-scenario", move |shared| play(shared, scenario))
    }

    /// Base URL of the Linnworks authorisation host, which is also the `Server` it answers with.
    pub fn linnworks_auth(&self) -> String {
        format!("http://{}", self.addresses[0])
    }

    /// Base URL of Stream, without `/api`.
    pub fn stream(&self) -> String {
        format!("http://{}", self.addresses[1])
    }

    /// Base URL of the control endpoints.
    pub fn control(&self) -> String {
        format!("http://{}", self.addresses[2])
    }

    /// The world behind it.
    pub fn world(&self) -> Arc<Mutex<World>> {
        Arc::clone(&self.shared.world)
    }

    /// The JSON line printed when it is ready. It holds the invented credentials.
    pub fn ready_line(&self) -> String {
        let world = lock(&self.shared.world);
        let known = &world.options().credentials;
        json!({
            "linnworks_auth": self.linnworks_auth(), "stream": self.stream(),
            "control": self.control(),
            "credentials": {
                "application_id": known.application_id,
                "application_secret": known.application_secret, "token": known.token,
                "client_id": known.client_id, "client_secret": known.client_secret,
            },
        })
        .to_string()
    }

    /// Stops listening and ends every thread. Does nothing the second time.
    pub fn shutdown(&mut self) {
        {
            let mut flags = lock(&self.shared.flags);
            flags.stopping = true;
            for connection in flags.connections.values() {
                // Fails only when it is closed already.
                let _ = connection.shutdown(Shutdown::Both);
            }
        }
        self.shared.wake.notify_all();
        for address in self.addresses {
            // Wakes the thread that accepts there; it sees the flag and ends.
            let _ = TcpStream::connect(address);
        }
        for thread in self.threads.drain(..) {
            // A thread that panicked has ended too.
            let _ = thread.join();
        }
    }

    fn accept_on(&mut self, name: &str, on: TcpListener, side: Side) -> Result<(), SandboxError> {
        self.spawn(name, move |shared| accept(shared, &on, side))
    }

    fn spawn(
        &mut self,
        name: &str,
        work: impl FnOnce(&Arc<Shared>) + Send + 'static,
    ) -> Result<(), SandboxError> {
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new().name(name.to_owned());
        let thread = thread.spawn(move || work(&shared)).map_err(SandboxError::Thread)?;
        self.threads.push(thread);
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown();
    }
}

/// A panic elsewhere leaves the world usable: every change of it is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn stopping(&self) -> bool {
        lock(&self.flags).stopping
    }

    /// Waits until a moment; `false` when the server stops first.
    fn wait_until(&self, due: Moment) -> bool {
        let mut flags = lock(&self.flags);
        loop {
            let left = due.since(self.clock.now().mono);
            if flags.stopping || left == Delay::ZERO {
                return !flags.stopping;
            }
            let waited = self.wake.wait_timeout(flags, left.std());
            flags = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn wait(&self, delay: Delay) -> bool {
        self.wait_until(self.clock.now().mono.after(delay))
    }

    /// Registers a connection; `None` when there are too many or the server stops.
    fn register(&self, connection: &TcpStream) -> Option<u64> {
        let clone = connection.try_clone().ok()?;
        let mut flags = lock(&self.flags);
        if flags.stopping || flags.connections.len() >= CONNECTIONS_MAX {
            return None;
        }
        flags.next += 1;
        let id = flags.next;
        flags.connections.insert(id, clone);
        Some(id)
    }

    fn answer(&self, side: Side, request: &Request) -> Wire {
        let now = self.clock.now();
        let mut world = lock(&self.world);
        match side {
            Side::Api(api) => {
                let ahead = world.options().clocks_ahead_ms;
                dated(
                    world.exchange(now, api, request),
                    Timestamp(now.wall.0.saturating_add(ahead)),
                )
            }
            Side::Control => {
                let response = world.handle_control(now, request);
                Wire::Answer { response, after: Delay::ZERO }
            }
        }
    }
}

/// Every answer says when it was given, as those of servers do.
fn dated(wire: Wire, at: Timestamp) -> Wire {
    match wire {
        Wire::Answer { mut response, after } => {
            let instant = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::MAX);
            let date = instant.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            response.headers.push(("Date".to_owned(), date));
            Wire::Answer { response, after }
        }
        Wire::DroppedBefore | Wire::DroppedAfter => wire,
    }
}

fn accept(shared: &Arc<Shared>, on: &TcpListener, side: Side) {
    let mut connections: Vec<JoinHandle<()>> = Vec::new();
    for connection in on.incoming() {
        if shared.stopping() {
            break;
        }
        connections.retain(|thread| !thread.is_finished());
        let Ok(connection) = connection else {
            // No descriptors left: waiting is kinder than trying without end.
            shared.wait(TICK);
            continue;
        };
        let Some(id) = shared.register(&connection) else { continue };
        let of_thread = Arc::clone(shared);
        let thread = std::thread::Builder::new().name("sandbox-connection".to_owned());
        let thread = thread.spawn(move || {
            // A connection that breaks concerns its client only.
            let _ = serve(&of_thread, &connection, side);
            let _ = connection.shutdown(Shutdown::Both);
            lock(&of_thread.flags).connections.remove(&id);
        });
        match thread {
            Ok(thread) => connections.push(thread),
            Err(_) => drop(lock(&shared.flags).connections.remove(&id)),
        }
    }
    for thread in connections {
        let _ = thread.join();
    }
}

fn serve(shared: &Shared, connection: &TcpStream, side: Side) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection);
    let mut writer = connection;
    loop {
        let (request, keep) = match read_request(&mut reader, &mut writer)? {
            Incoming::Request(request, keep) => (request, keep),
            Incoming::Bad(status) => {
                let response = Response { status, headers: Vec::new(), body: Vec::new() };
                return write_response(&mut writer, &response, false);
            }
            Incoming::End => return Ok(()),
        };
        match shared.answer(side, &request) {
            Wire::Answer { response, after } => {
                if !shared.wait(after) && after > Delay::ZERO {
                    return Ok(());
                }
                write_response(&mut writer, &response, keep)?;
            }
            Wire::DroppedBefore | Wire::DroppedAfter => return Ok(()),
        }
        if !keep {
            return Ok(());
        }
    }
}

fn tick(shared: &Arc<Shared>) {
    while shared.wait(TICK) {
        let now = shared.clock.now();
        lock(&shared.world).tick(now);
    }
}

/// In the order they arose, and never while the world is held.
fn post_notifications(shared: &Arc<Shared>) {
    while shared.wait(Delay(TICK.0 / 4)) {
        let waiting = lock(&shared.world).take_notifications();
        for notification in waiting {
            if shared.stopping() {
                return;
            }
            let status = poster::post(&notification);
            lock(&shared.world).delivered(&notification.url, status);
        }
    }
}

fn play(shared: &Arc<Shared>, scenario: Scenario) {
    let start = shared.clock.now().mono;
    for step in scenario.steps {
        if !shared.wait_until(start.after(step.after)) {
            return;
        }
        let request = Request {
            method: Method::Post,
            url: format!("http://scenario{}", step.control),
            headers: Vec::new(),
            body: step.body.to_string().into_bytes(),
            timeout: Delay::ZERO,
            fresh_connection: false,
        };
        let response = lock(&shared.world).handle_control(shared.clock.now(), &request);
        if response.status != 200 {
            let why = String::from_utf8_lossy(&response.body);
            log::warn!("scenario step {} was refused: {why}", step.control);
        }
    }
}
