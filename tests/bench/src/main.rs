//! Benchmarks: ratios measured side by side in one run, so that they hold on another machine.
//!
//! `cargo run --release --manifest-path tests/bench/Cargo.toml -- [--quick] [cycle] [share] [start] [idle] [webhooks] [labels] [console]
//! [years]`
//!
//! What an order costs in calls, and how fast a backlog drains, is counted by the simulation in virtual
//! time: `cargo test --test simulation backlog -- --include-ignored --nocapture`.
//!
//! - `floor`: the unit of everything, one append with a flush
//! - `cycle`: the life of a job beside the same on SQLite
//! - `share`: our own part of a job, in flushes
//! - `start`: ready again after a kill
//! - `idle`: what a daemon costs that has nothing to do
//! - `webhooks`: notifications acknowledged durably beside axum and SQLite
//! - `labels`: our own time for a label, and for a whole GenerateLabel
//! - `console`: what an attached console costs, and how soon a key is answered
//! - `years`: a daemon that keeps a million closed orders and has ten thousand open ones
//! - `records`: orders and jobs as they are measured
//! - `report`: repetitions, medians, goals

mod console;
mod cycle;
mod floor;
mod idle;
mod labels;
mod records;
mod report;
mod share;
mod start;
mod webhooks;
mod years;

use report::Report;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let named: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let wanted = |name: &str| named.is_empty() || named.contains(&name);
    let mut report = Report::begin();
    if wanted("cycle") {
        cycle::run(&mut report, quick);
    }
    if wanted("share") {
        share::run(&mut report, quick);
    }
    if wanted("start") {
        start::run(&mut report, quick);
    }
    if wanted("idle") {
        idle::run(&mut report, quick);
    }
    if wanted("webhooks") {
        webhooks::run(&mut report, quick);
    }
    if wanted("labels") {
        labels::run(&mut report, quick);
    }
    if wanted("console") {
        console::run(&mut report, quick);
    }
    if wanted("years") {
        years::run(&mut report, quick);
    }
    report.end();
}
