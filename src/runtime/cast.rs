//! Who acts: every loop of the daemon.

use std::sync::{Arc, Mutex};

use crate::actor::Actor;
use crate::domain::time::{Now, Timestamp};
use crate::flow::purge::Kept;
use crate::flow::standing::Busy;
use crate::flow::watch::Told;
use crate::poll::inbox::Inbox;
use crate::poll::purge::Purger;
use crate::poll::subscriptions::{Address, Refused, Subscriber};
use crate::poll::watch::{Herald, Watch};
use crate::poll::{Poller, Sources, sweep};
use crate::worker::{Tools, amend, create, demand, look, notes, process, read, tags, tracking};

use super::{desk, disk};

/// Create workers: Stream's own pace is what bounds a backlog, so two hide its latency and leave
/// at most two calls unknown after a crash.
const CREATE_WORKERS: u64 = 2;

/// What the loops are made with.
pub(super) struct Cast {
    pub(super) tools: Tools,
    pub(super) sources: Sources,
    /// Where Stream is to send notifications.
    pub(super) address: Arc<Mutex<Option<Address>>>,
    pub(super) refused: Arc<Refused>,
    /// Who is told of warnings.
    pub(super) herald: Herald,
    /// `store.keep_*`.
    pub(super) kept: Kept,
    pub(super) seed: u64,
}

impl Cast {
    pub(super) fn actors(self) -> Vec<Box<dyn Actor>> {
        let Self { tools, sources, address, refused, herald, kept, seed } = self;
        let mut actors: Vec<Box<dyn Actor>> = vec![
            Box::new(Poller::new(sources.clone())),
            Box::new(read::ReadWorker::new(tools.clone())),
            Box::new(demand::DemandWorker::new(tools.clone())),
            Box::new(look::LookWorker::new(tools.clone())),
            Box::new(tracking::TrackingWorker::new(tools.clone(), seed ^ 1)),
            Box::new(tags::TagWorker::new(tools.clone(), seed ^ 2)),
            Box::new(notes::NoteWorker::new(tools.clone(), seed ^ 3)),
            Box::new(amend::AmendWorker::new(tools.clone(), seed ^ 4)),
            Box::new(process::ProcessWorker::new(tools.clone(), seed ^ 5)),
            Box::new(Inbox::new(sources.clone())),
            Box::new(Purger::new(sources.clone(), kept)),
            Box::new(Subscriber::new(sources.clone(), address, refused.clone())),
            watch(&sources, refused, herald),
        ];
        for n in 0..CREATE_WORKERS {
            actors.push(Box::new(create::CreateWorker::new(tools.clone(), seed ^ (16 + n))));
        }
        let busy = Arc::new(Busy::default());
        for n in 0..sweep::READERS as u64 {
            let reader = sweep::Reader::new(sources.clone(), busy.clone(), seed ^ (32 + n));
            actors.push(Box::new(reader));
        }
        actors
    }
}

fn watch(sources: &Sources, refused: Arc<Refused>, herald: Herald) -> Box<dyn Actor> {
    let health = desk::tell_health(sources);
    let (pulse, store) = (sources.pulse.clone(), sources.store.clone());
    let tell = move |now: Now, since: Timestamp| {
        let (linnworks, stream) = health(now);
        Told {
            linnworks: linnworks.reach,
            stream: stream.reach,
            refused_pairs: refused.get(),
            since,
            untold_at: pulse.untold(),
            disk_free: store.path().and_then(|path| disk::free(disk::folder_of(path))),
        }
    };
    Box::new(Watch::new(sources.clone(), Box::new(tell), herald))
}
