//! temp
pub mod answer;
mod jobs;
pub mod server;
