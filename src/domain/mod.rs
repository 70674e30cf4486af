//! The rules of the warehouse: values in, decisions out.
//!
//! Pure: no clock, no disk, no network, no thread, no logging, no configuration file. It does not
//! know that HTTP, redb or TOML exist. Time is an argument, randomness is an argument.
//!
//! - `ids`: a newtype for every identifier; parsing happens only at the edges
//! - `demand`: a label that a packer asks for, and what was printed
//! - `depot`: depots and delivery methods of Stream, locations and services of Linnworks
//! - `time`: moments, wall-clock timestamps, delays, the site's local day
//! - `source`: an order as Linnworks shows it
//! - `order`: what we know about one order, its states and their one transition function
//! - `profile`: the integration as it is installed in Linnworks
//! - `plan`: the run, day and place of a shipment, and how far it has come
//! - `webhook`: a notification of Stream and what it hints at
//! - `alarm`: standing warnings: codes, thresholds, texts
//! - `options`: the settings that decide what a shipment looks like
//! - `shipment`: what we ask Stream to ship, and its fingerprint
//! - `service`: how a Linnworks service resolves to a depot and a delivery method
//! - `validate`: what an order needs before it may be sent
//! - `tags`: the identifiers we keep on Linnworks orders
//! - `answer`: the ways a call to another system can end
//! - `trail`: under which of its numbers Stream has an order
//! - `job`: one piece of work in the outbox and its one transition function
//! - `decide`: a fact and the current order become changes, jobs and events
//! - `event`: what happened, in the past tense
//! - `rules`: what of the configuration decisions depend on
//! - `account`: the no-loss account

pub mod account;
pub mod alarm;
pub mod answer;
pub mod decide;
pub mod demand;
pub mod depot;
pub mod event;
pub mod explain;
pub mod ids;
pub mod job;
pub mod options;
pub mod order;
pub mod plan;
pub mod profile;
pub mod rules;
pub mod service;
pub mod shipment;
pub mod source;
pub mod tags;
pub mod time;
pub mod trail;
pub mod validate;
pub mod webhook;
