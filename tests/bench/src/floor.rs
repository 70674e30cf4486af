//! The floor: one append of 4 KiB with a flush, which nothing durable can beat.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::report::percentile;

/// A file that is appended to and flushed.
pub struct Floor(File);

impl Floor {
    /// In this folder.
    pub fn new(folder: &Path) -> Self {
        Self(File::create(folder.join("floor")).expect("a file"))
    }

    /// One append with its flush.
    pub fn once(&mut self) -> Duration {
        let begin = Instant::now();
        self.0.write_all(&[0x5a; 4096]).expect("written");
        self.0.sync_data().expect("flushed");
        begin.elapsed()
    }
}

/// The middle of these, unless the disk or the processor stalled: then all ratios shrink to one.
pub fn median(times: &mut [Duration]) -> Option<Duration> {
    let (p5, p50) = (percentile(times, 0.05), percentile(times, 0.5));
    (p50 <= p5 * 3 && p50 <= Duration::from_millis(1)).then_some(p50)
}
