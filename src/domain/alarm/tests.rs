//! Each code raised and cleared.
