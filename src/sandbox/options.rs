//! What a world is made with: credentials, mode, and the switches for behaviour of the real
//! systems that could not be measured.

use std::fmt;

use crate::domain::time::Delay;

/// Whether shipments move by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The clock moves them along, in seconds to minutes.
    Auto,
    /// Nothing moves until `/advance` says so.
    Explicit,
}

/// What both APIs ask for. Others get 401.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Linnworks application id, a GUID.
    pub application_id: String,
    /// Linnworks application secret, a GUID.
    pub application_secret: String,
    /// Linnworks installation token, a GUID.
    pub token: String,
    /// Stream client id, which is also the party.
    pub client_id: String,
    /// Stream client secret.
    pub client_secret: String,
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            application_id: "a5b0a6f4-1111-4c6e-9d55-7f3ab1c0de01".into(),
            application_secret: "5ec2e700-2222-4d1b-8a61-0b7c9d3e4f02".into(),
            token: "70ce9000-3333-4f0a-b2c4-6d8e1f5a9b03".into(),
            client_id: "SANDB000000000001".into(),
            client_secret: "sandbox-stream-secret".into(),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

/// How a world behaves. The default is the friendliest reading of the sheets.
#[derive(Clone, Debug)]
pub struct WorldOptions {
    /// Seed of everything random in the world: same seed, same orders, same moves.
    pub seed: u64,
    /// Whether shipments move by themselves.
    pub mode: Mode,
    /// In auto mode a few orders arrive later, some of which Stream refuses.
    pub auto_orders: bool,
    /// Credentials.
    pub credentials: Credentials,
    /// The `Server` that authorisation answers with. The skin sets its own address.
    pub linnworks_server: String,
    /// Number of the first order made.
    pub first_number: u32,
    /// A Linnworks session ends after this long without calls.
    pub session_idle: Delay,
    /// Life of a Stream access token.
    pub stream_token_life: Delay,
    /// Enforce the published limits of Linnworks.
    pub limits: bool,
    /// Send `Retry-After` with a 429.
    pub retry_after: bool,
    /// Stream refuses a nonce it has seen.
    pub refuse_repeated_nonce: bool,
    /// Stream accepts a repeated order number as a new order `NUMBER(1)`.
    pub allow_duplicates: bool,
    /// Business refusals of Stream come with HTTP 422 instead of 200.
    pub refusals_are_422: bool,
    /// A deleted order can still be read, as `CANCELLED`.
    pub deleted_is_cancelled: bool,
    /// Stream confirms orders on arrival.
    pub confirm_on_arrival: bool,
    /// A new order cannot be read back for this long.
    pub read_after_write: Delay,
    /// A create whose answer was dropped is carried out only this much later.
    pub late_application: Delay,
    /// Time Stream takes to answer.
    pub stream_latency: Delay,
    /// Time Linnworks takes to answer.
    pub linnworks_latency: Delay,
    /// Notifications have a root member `webhook`.
    pub wrapped_notifications: bool,
    /// Methods that were added since: id of the depot, id, name and type.
    pub added_methods: Vec<[String; 4]>,
    /// Methods of Linnworks (`Controller/Method`) that the application's user has no right to: 403.
    pub denied_methods: Vec<String>,
    /// Nobody has set up depots in Stream yet.
    pub without_depots: bool,
    /// How far the clocks of both systems are ahead, in milliseconds: seen in the `Date` of answers.
    pub clocks_ahead_ms: i64,
}

impl Default for WorldOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            mode: Mode::Explicit,
            auto_orders: true,
            credentials: Credentials::default(),
            linnworks_server: "http://127.0.0.1:1".into(),
            first_number: 100_001,
            session_idle: Delay::mins(20),
            stream_token_life: Delay::secs(3600),
            limits: true,
            retry_after: true,
            refuse_repeated_nonce: false,
            allow_duplicates: false,
            refusals_are_422: false,
            deleted_is_cancelled: false,
            confirm_on_arrival: false,
            read_after_write: Delay::ZERO,
            late_application: Delay::ZERO,
            stream_latency: Delay::ZERO,
            linnworks_latency: Delay::ZERO,
            wrapped_notifications: true,
            added_methods: Vec::new(),
            denied_methods: Vec::new(),
            without_depots: false,
            clocks_ahead_ms: 0,
        }
    }
}
