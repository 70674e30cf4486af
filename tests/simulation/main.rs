//! The simulation: one seed, virtual clocks, a disk that loses power, and the real store, flow, workers
//! and poller against the models of both systems. Each simulation runs on one thread; what fails is
//! printed with the command that repeats exactly it.
//!
//! - `storms`: whole days with everything going wrong, drawn by seed
//! - `crash`: the power fails at every point of one day
//! - `faults`: every fault at every endpoint
//! - `clock`: a wall clock that jumps, stops and changes with the seasons
//! - `backlog`: calls an order and time to drain, beside what the budgets allow
//! - `planning`, `changes`: runs, deliveries, and what changes after sending
//! - `rebuild`: a database that is lost, or older than what happened
//! - `printing`: labels asked for at the packing bench
//! - `years`: a backup put back, what is old removed
//! - `doubts`, `commands`, `cases`: one behaviour each
//! - `checks`: the invariants, against the truth of the models
//! - `sim`, `net`, `post`, `people`, `packers`, `disk`, `trace`, `bench`: what it is made of

mod backlog;
mod bench;
mod cases;
mod changes;
mod checks;
mod clock;
mod commands;
mod crash;
mod disk;
mod doubts;
mod faults;
mod net;
mod packers;
mod people;
mod planning;
mod post;
mod printing;
mod rebuild;
mod sim;
mod storms;
mod trace;
mod years;

/// What a person says who repeats a run: nothing else is ever asked of the environment.
#[expect(clippy::disallowed_methods, reason = "seeds and points of commands that a person starts")]
fn text_from_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn from_environment(name: &str) -> Option<u64> {
    text_from_environment(name).and_then(|text| text.parse().ok())
}
