//! The real transport against servers that behave well, badly and not at all.

mod answers;
mod bounds;
mod connections;
mod server;
mod trust;
