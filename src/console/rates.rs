//! What happened in the last hour, minute by minute, read from the journal as it grows.

use crate::domain::time::Timestamp;
use crate::store::{StoreError, View};

/// Minutes shown.
const MINUTES: usize = 60;

/// Lines read at first: at the busiest pace an hour of them.
const FIRST_LINES_MAX: u64 = 30_000;

/// Lines read at once.
const LINES_MAX: usize = 2_000;

/// Milliseconds.
const MINUTE: i64 = 60_000;

/// Counts by minute.
#[derive(Debug, Default)]
pub struct Rates {
    /// Last line of the journal that was counted.
    seq: Option<u64>,
    /// Minute since 1970, shipments, refusals; oldest first.
    minutes: std::collections::VecDeque<(i64, u32, u32)>,
}

impl Rates {
    /// Shipments created and refusals in each of the last 60 minutes, the latest last.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn last_hour(
        &mut self,
        view: &View<'_>,
        now: Timestamp,
    ) -> Result<(Vec<u32>, Vec<u32>), StoreError> {
        let mut after = match self.seq {
            Some(seq) => seq,
            None => view.journal_head()?.saturating_sub(FIRST_LINES_MAX),
        };
        loop {
            let lines = view.journal(after, LINES_MAX)?;
            for line in &lines {
                after = line.seq;
                match line.entry.what.as_str() {
                    "created in Stream" | "found in Stream" => self.count(line.entry.at, (1, 0)),
                    "refused" => self.count(line.entry.at, (0, 1)),
                    _ => {}
                }
            }
            if lines.len() < LINES_MAX {
                break;
            }
        }
        self.seq = Some(after);
        let last = now.0.div_euclid(MINUTE);
        let first = last - MINUTES as i64 + 1;
        self.minutes.retain(|(minute, ..)| *minute >= first);
        let (mut sent, mut refused) = (vec![0; MINUTES], vec![0; MINUTES]);
        for (minute, shipments, refusals) in &self.minutes {
            if let Some(at) = usize::try_from(minute - first).ok().filter(|at| *at < MINUTES) {
                sent[at] += shipments;
                refused[at] += refusals;
            }
        }
        Ok((sent, refused))
    }

    fn count(&mut self, at: Timestamp, (shipments, refusals): (u32, u32)) {
        let minute = at.0.div_euclid(MINUTE);
        match self.minutes.back_mut() {
            Some(last) if last.0 == minute => {
                last.1 += shipments;
                last.2 += refusals;
            }
            Some(_) | None => self.minutes.push_back((minute, shipments, refusals)),
        }
        // A clock that was set makes more of them than an hour has.
        while self.minutes.len() > 4 * MINUTES {
            self.minutes.pop_front();
        }
    }
}
