//! The console as model, update and view: what it knows, what a message makes of it, what it asks for.
//!
//! - `model`: what it knows
//! - `keys`: one table of commands, from which footer, help and palette are made
//! - `update`: a message changes the model and asks for effects
//! - `sheet`: the stops of a run on paper
//! - `acts`: what commands ask of the daemon, with their questions before

pub mod acts;
pub mod keys;
pub mod model;
mod sheet;
pub mod update;

#[cfg(test)]
pub(crate) mod tests;

pub use model::{Model, Options};
pub use update::{Effect, Message, update};
