//! The admin socket: domain values become views, questions are answered from the store.
//!
//! The only user of tokio: many idle attachments on one thread, where short work blocks nobody. Of
//! the console crate it knows the protocol and nothing else. The daemon enforces here who may do
//! what, never the console.
//!
//! - `server`: the socket, its connections and their limits
//! - `follow`: when a watched screen is due
//! - `peer`: who is at the other end
//! - `answer`, `jobs`, `labels`, `runs`, `services`, `webhooks`, `why`, `level`: questions and views
//! - `watch`, `screens`: what an attached console is shown; `index`, `rates`: made for it in memory
//! - `exchanges`: the last exchange with each system about each order
//! - `backup`: the database copied and handed out
//! - `act`: what operators ask for
//! - `acting`: who may ask for what

mod act;
pub mod acting;
pub mod answer;
pub mod backup;
pub mod exchanges;
mod follow;
pub mod index;
mod jobs;
pub mod labels;
mod level;
pub mod peer;
pub mod rates;
mod runs;
mod screens;
pub mod server;
mod services;
mod watch;
mod webhooks;
mod why;

pub use jobs::oldest as oldest_job;
pub use screens::cause;
