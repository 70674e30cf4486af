//! Tests that run real parts of the program against real sockets. One module for each behaviour.

mod admin;
mod process;
mod transport;
