//! Taking work that goes out in bulk: as many due jobs of a class as one call can carry.
//!
//! While creates wait, more orders will soon want the same call, so a part-filled one waits up to
//! [`GATHER`]; when none wait it goes at once. That keeps a backlog near one Linnworks call an order
//! and a single order prompt.

use std::sync::Arc;

use super::{FlowError, RESERVE_LEASE, Taken, job_or_aside, standing, step_job};
use crate::domain::job::{Class, JobEvent};
use crate::domain::rules::{Mode, Rules};
use crate::domain::time::{Delay, Moment, Now};
use crate::store::{Changes, Store, StoreError, View};

/// Longest wait of a part-filled bulk call during a backlog.
pub const GATHER: Delay = Delay::secs(30);

/// Longest wait of identifiers while shipments of the same change are still being read. Those of a run
/// are to be right within five seconds of the planner's change.
pub const GATHER_READS: Delay = Delay(2_500);

/// How often it is looked whether those reads are over; each of them wakes the worker as well.
const GATHER_LOOK: Delay = Delay(250);

/// How many jobs one bulk call takes. A call that is refused or breaks is made again with half as
/// many, down to one, so that an order which breaks it is left alone with its failure; each that
/// works doubles the number again.
#[derive(Clone, Copy, Debug)]
pub struct Bulk {
    now: usize,
    most: usize,
}

impl Bulk {
    /// As many as a call may take.
    pub const fn of(most: usize) -> Self {
        Self { now: most, most }
    }

    /// How many to take next.
    pub const fn size(self) -> usize {
        self.now
    }

    /// The call worked.
    pub const fn worked(&mut self) {
        self.now = if self.now > self.most / 2 { self.most } else { self.now * 2 };
    }

    /// The call broke or was refused. `true` when it took one job: the failure is that job's own.
    pub const fn broke(&mut self, took: usize) -> bool {
        self.now = if took <= 1 { 1 } else { took / 2 };
        took <= 1
    }
}

/// What a claim found.
#[derive(Clone, Debug)]
pub enum Gathered {
    /// These are taken.
    Taken(Vec<Taken>),
    /// Nothing now; look again at the moment, if there is one.
    Later(Option<Moment>),
}

/// Takes up to `most` due jobs of a class.
pub(super) fn claim(
    store: &Store,
    now: Now,
    rules: Arc<Rules>,
    class: Class,
    most: usize,
) -> Result<Gathered, FlowError> {
    // In a dry run nothing is written to Linnworks, whatever is left from before.
    if rules.mode == Mode::DryRun {
        return Ok(Gathered::Later(None));
    }
    if let Some(later) = store.read(move |view| not_yet(view, now, class, most))? {
        return Ok(Gathered::Later(later));
    }
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let mut taken = Vec::new();
        for id in view.due(class, now.mono, most)? {
            let Some(mut job) = job_or_aside(view, id, &mut changes)? else { continue };
            step_job(
                &mut job,
                &JobEvent::Reserved { until: now.mono.after(RESERVE_LEASE) },
                now,
                &rules.settle,
            )?;
            changes.put_job(job.clone());
            taken.push(Taken { job });
        }
        Ok::<_, FlowError>((changes, Gathered::Taken(taken)))
    })?)
}

/// `Some` when nothing is to be taken now.
fn not_yet(
    view: &View<'_>,
    now: Now,
    class: Class,
    most: usize,
) -> Result<Option<Option<Moment>>, StoreError> {
    let Some(oldest) = view.next_due(class)? else { return Ok(Some(None)) };
    if oldest > now.mono {
        return Ok(Some(Some(oldest)));
    }
    let full = view.due(class, now.mono, most)?.len() >= most;
    // A planner's change of a run concerns many orders: they are read one after the other, and one call
    // for each identifier carries them all.
    let together = oldest.after(GATHER_READS);
    if class == Class::Identifiers && !full && now.mono < together && standing::awaited(view, now)?
    {
        return Ok(Some(Some(together.min(now.mono.after(GATHER_LOOK)))));
    }
    let until = oldest.after(GATHER);
    let backlog = view.next_due(Class::Create)?.is_some_and(|due| due <= now.mono)
        || view.next_due(Class::Read)?.is_some_and(|due| due <= now.mono);
    Ok((!full && backlog && now.mono < until).then_some(Some(until)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bulk_call_that_breaks_shrinks_to_one_job_and_grows_again_when_it_works() {
        let mut bulk = Bulk::of(100);
        let mut sizes = Vec::new();
        while !bulk.broke(bulk.size()) {
            sizes.push(bulk.size());
        }
        assert_eq!(sizes, [50, 25, 12, 6, 3, 1]);
        for _ in 0..7 {
            bulk.worked();
        }
        assert_eq!(bulk.size(), 100);
    }
}
