//! One screen of an attached console, filtered, sorted and cut to its size here.

use tui::protocol::screens::{Body, HeadView, Query, Snapshot, Watch};
use tui::protocol::views::PausedView;
use tui::protocol::{ErrorKind, Reply};

use super::answer::{Desk, failed};
use super::peer::{Peer, Role};
use crate::domain::ids::OrderNumber;
use crate::domain::job::JobWord;
use crate::domain::order::StateWord;
use crate::store::{Counts, StoreError, View};

impl Desk {
    /// Answers `Watch` with the screen as it is now.
    pub(super) fn watch(&self, peer: &Peer, watch: Watch) -> Reply {
        // Before reading, so that what is written meanwhile shows as a change.
        let seen = self.seen();
        let reveal = watch.reveal && peer.role == Role::Operator && self.reveals(peer);
        let body = match self.body(&watch.query, reveal) {
            Ok(body) => body,
            Err(error) => return failed(&error),
        };
        match self.store.read(|view| self.head(view, peer)) {
            Ok(head) => Reply::Screen(Box::new(Snapshot { asked: watch.asked, seen, head, body })),
            Err(error) => failed(&error),
        }
    }

    /// Counts changes; never 0.
    pub fn seen(&self) -> u64 {
        self.wake.current().wrapping_add(1).max(1)
    }

    fn head(&self, view: &View<'_>, peer: &Peer) -> Result<HeadView, StoreError> {
        let counts = view.counts()?;
        let paused = view.paused()?;
        Ok(HeadView {
            site: self.site.clone(),
            zone: self.zone.name().to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            now: self.clock.now().wall.0,
            operator: peer.role == Role::Operator,
            user: peer.user.clone(),
            paused: paused.map(|paused| PausedView { by: paused.by, at: paused.at.0 }),
            sync_orders: self.rules.get().mode.word().to_owned(),
            errors: orders(&counts, &[StateWord::Refused, StateWord::Attention]),
            orders: orders(&counts, &StateWord::ALL)
                - orders(&counts, &[StateWord::Processed, StateWord::Cancelled]),
            jobs: [JobWord::Waiting, JobWord::Sending, JobWord::Unsure, JobWord::Parked]
                .iter()
                .map(|word| counts.jobs.get(word).copied().unwrap_or(0))
                .sum(),
            alarms: view.alarms()?.len() as u64,
        })
    }

    fn body(&self, query: &Query, reveal: bool) -> Result<Body, StoreError> {
        Ok(match query {
            Query::Overview => Body::Overview(Box::new(self.overview()?)),
            Query::Orders(listing) => Body::Orders(self.order_page(listing, reveal)?),
            Query::Order { number } => self.order_screen(OrderNumber(*number), reveal),
            Query::Queue(listing) => Body::Queue(self.queue(listing)?),
            Query::Errors(listing) => Body::Errors(self.causes(listing)?),
            Query::Runs { day } => match self.runs(day.as_deref()) {
                Reply::Runs(mut runs) => {
                    if !reveal {
                        let stops = runs.iter_mut().flat_map(|run| &mut run.stops);
                        stops.for_each(|stop| stop.postcode = masked(&stop.postcode));
                    }
                    Body::Runs(runs)
                }
                other => Body::Nothing(sentence(&other)),
            },
            Query::Webhooks(listing) => Body::Webhooks(self.webhook_page(listing)?),
            Query::Services => Body::Services(Box::new(self.services()?)),
            Query::Activity { after } => Body::Activity(self.activity(*after)?),
            Query::Settings => Body::Settings(self.settings_page()),
        })
    }
}

fn orders(counts: &Counts, words: &[StateWord]) -> u64 {
    words.iter().map(|word| counts.orders.get(word).copied().unwrap_or(0)).sum()
}

/// What an answer that is no list says.
pub(super) fn sentence(reply: &Reply) -> String {
    match reply {
        Reply::Error { text, kind: _ } => text.clone(),
        _ => format!("{:?}", ErrorKind::Internal),
    }
}

/// Half of a postcode: the town, not the door.
pub(super) fn masked(postcode: &str) -> String {
    match postcode.trim().split_once(' ') {
        Some((outward, _)) => format!("{outward} …"),
        None if postcode.trim().is_empty() => String::new(),
        None => {
            let begin: String = postcode.trim().chars().take(2).collect();
            format!("{begin}…")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_postcode_tells_the_town_and_not_the_door() {
        for (whole, shown) in
            [("LS18 4QB", "LS18 …"), ("10115", "10…"), ("", ""), (" BD1 1AA ", "BD1 …")]
        {
            assert_eq!(masked(whole), shown);
        }
    }
}
