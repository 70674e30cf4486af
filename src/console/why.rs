//! `why`: the facts about an order are gathered, `domain::explain` puts them into a sentence.

use tui::protocol::views::WhyView;
use tui::protocol::{ErrorKind, Reply};

use super::answer::{Desk, failed};
use crate::domain::explain::{self, Answer, Site};
use crate::domain::ids::OrderNumber;
use crate::domain::job::{Class, Job, JobKind, JobWord};
use crate::domain::order::StateWord;
use crate::domain::time::{Moment, Now};
use crate::store::{StoreError, View};

/// Creates that wait, as far as they are counted to say how long one of them takes.
const QUEUE_SCAN_MAX: usize = 20_000;

impl Desk {
    /// Answers `why`.
    pub(super) fn why(&self, number: OrderNumber) -> Reply {
        let now = self.clock.now();
        let found = self.store.read(|view| {
            let Some(order) = view.order_by_number(number)? else { return Ok(None) };
            let jobs = view.jobs_of(order.id)?;
            let mut site = self.site(view, now)?;
            site.ahead = ahead(view, &jobs)?;
            Ok(Some((order.state.word(), explain::explain(&order, &jobs, &site))))
        });
        match found {
            Ok(Some((word, answer))) => reply(number, word, answer),
            Ok(None) => self.why_stranger(number, now),
            Err(error) => failed(&error),
        }
    }

    fn why_stranger(&self, number: OrderNumber, now: Now) -> Reply {
        let site = match self.store.read(|view| self.site(view, now)) {
            Ok(site) => site,
            Err(error) => return failed(&error),
        };
        match (self.look_up)(number, &site) {
            Ok(Some(left)) => reply(number, StateWord::Held, left.why),
            Ok(None) => Reply::Error {
                kind: ErrorKind::NotFound,
                text: format!(
                    "there is no order {number}, neither here nor in Linnworks: check the number"
                ),
            },
            Err(text) => Reply::Error {
                kind: ErrorKind::Unavailable,
                text: format!("order {number}: {text}"),
            },
        }
    }

    /// What is going on beside any order.
    pub(super) fn site(&self, view: &View<'_>, now: Now) -> Result<Site, StoreError> {
        let rules = self.rules.get();
        let (linnworks, stream) = (self.health)(now);
        Ok(Site {
            now,
            zone: self.zone.clone(),
            mode: rules.mode,
            dispatch: rules.dispatch,
            sequence: rules.sequence,
            poll_interval: rules.poll_interval,
            next_poll: self.pulse.next_poll(),
            paused: view.paused()?.map(|paused| (paused.by, paused.at)),
            linnworks: linnworks.reach,
            stream: stream.reach,
            ahead: 0,
            pace: rules.creates_per_minute,
        })
    }
}

fn reply(number: OrderNumber, word: StateWord, answer: Answer) -> Reply {
    Reply::Why(WhyView {
        number: number.0,
        state: word.word().to_owned(),
        text: answer.text,
        next: answer.next,
    })
}

/// Creates that go out before the one among these jobs.
fn ahead(view: &View<'_>, jobs: &[Job]) -> Result<usize, StoreError> {
    let waits =
        |job: &&Job| job.task.kind() == JobKind::Create && job.state.word() == JobWord::Waiting;
    let Some(create) = jobs.iter().find(waits) else { return Ok(0) };
    let mut before = 0;
    // Those that are read already go first.
    for class in [Class::Create, Class::Read] {
        let queue = view.due(class, Moment(u64::MAX), QUEUE_SCAN_MAX)?;
        if class == create.class() {
            let place = queue.iter().position(|id| *id == create.id);
            return Ok(before + place.unwrap_or(queue.len()));
        }
        before += queue.len();
    }
    Ok(before)
}
