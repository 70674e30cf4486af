//! The console of linnstream.
