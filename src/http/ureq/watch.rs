//! Notices the moment from which something of a request may have left this machine.
//!
//! An error alone does not tell: the same broken pipe may end a TLS handshake or an answer. So the
//! library's connector is wrapped: while it runs, whatever is written belongs to a proxy or to TLS;
//! the first write on what it made is the request. A call runs on its caller's thread from end to
//! end, therefore the stage is kept for each thread.
//!
//! Uses the part of the library that may change in any release; `Cargo.lock` pins it.

use std::cell::Cell;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, DefaultConnector, NextTimeout, Transport,
};
use ureq::unversioned::{resolver, transport};

/// How far a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// A name is being looked up.
    Resolving,
    /// Anything else before the first byte of the request.
    Connecting,
    /// Bytes of the request may have left, and more.
    Leaving,
}

thread_local! {
    static STAGE: Cell<Stage> = const { Cell::new(Stage::Connecting) };
    /// Connectors running on this thread: one connects to a proxy while another waits for it.
    static CONNECTORS: Cell<u32> = const { Cell::new(0) };
}

/// A call begins on this thread.
pub fn begin() {
    STAGE.set(Stage::Connecting);
    CONNECTORS.set(0);
}

/// How far the call on this thread has come.
pub fn stage() -> Stage {
    STAGE.get()
}

/// Looks names up as the library does, and marks the stage.
#[derive(Debug)]
pub struct Resolver(DefaultResolver);

impl Resolver {
    /// Marks what `inner` does.
    pub fn around(inner: DefaultResolver) -> Self {
        Self(inner)
    }
}

impl resolver::Resolver for Resolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        STAGE.set(Stage::Resolving);
        let found = self.0.resolve(uri, config, timeout)?;
        STAGE.set(Stage::Connecting);
        Ok(found)
    }
}

/// Connects as the library does, and marks the stage.
#[derive(Debug)]
pub struct Connector(DefaultConnector);

impl Connector {
    /// Marks what `inner` does.
    pub fn around(inner: DefaultConnector) -> Self {
        Self(inner)
    }
}

impl transport::Connector<()> for Connector {
    type Out = Connection;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Connection>, ureq::Error> {
        CONNECTORS.set(CONNECTORS.get() + 1);
        let made = self.0.connect(details, chained);
        CONNECTORS.set(CONNECTORS.get().saturating_sub(1));
        Ok(made?.map(Connection))
    }
}

/// A connection whose first write of a call moves the stage.
#[derive(Debug)]
pub struct Connection(Box<dyn Transport>);

impl Transport for Connection {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        if CONNECTORS.get() == 0 {
            STAGE.set(Stage::Leaving);
        }
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}
