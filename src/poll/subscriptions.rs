//! Our subscriptions in Stream: listed, compared, made where one is missing, ended where one is not wanted.
//! One refused pair never stops the others. A subscription is made anew for each request, so one whose
//! outcome is unknown is looked for in the list first.

use std::sync::{Arc, Mutex, PoisonError};

use secrecy::{ExposeSecret as _, SecretString};
use sha2::Digest as _;

use super::{STORE_PAUSE, Sources};
use crate::actor::{Actor, Step};
use crate::api::stream::{Standing, Subscribe};
use crate::clock::Clock;
use crate::domain::answer::Failure;
use crate::domain::event::Event;
use crate::domain::time::{Delay, Moment, Now};
use crate::flow::FlowError;
use crate::store::{Changes, Setting, Subscription};

/// What Stream is asked to tell us of: the status of orders, legs put on runs, runs. The list of events is
/// not published whole; these are the pairs public clients use and Stream's help recommends.
pub const PAIRS: [(&str, &str); 4] = [
    ("ORDERSTATUS", "CONSHEADER"),
    ("GROUPSTATUS", "LOADALLOC"),
    ("GROUPSTATUS", "LOADALLOCPUP"),
    ("RUNSTATUS", "LOADHEADER"),
];

/// The subscriptions are compared again after this, and a refused one asked for again.
const EVERY: Delay = Delay::mins(60);

/// After a call that failed.
const AGAIN: Delay = Delay::secs(60);

/// How Stream is to reach us. Holds two secrets and has no `Debug`.
#[derive(Clone)]
pub struct Address {
    /// The whole URL, with the secret path segment.
    pub url: SecretString,
    /// What each notification is to carry.
    pub secret: SecretString,
}

impl Address {
    fn hash(&self) -> [u8; 32] {
        let text = format!("{}\n{}", self.url.expose_secret(), self.secret.expose_secret());
        sha2::Sha256::digest(text.as_bytes()).into()
    }
}

/// Subscriptions that Stream refused: event and why. Shared with those who show it.
#[derive(Debug, Default)]
pub struct Refused(Mutex<Vec<(String, String)>>);

impl Refused {
    /// Those that stand refused.
    pub fn get(&self) -> Vec<(String, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, all: Vec<(String, String)>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = all;
    }
}

/// Where we can be reached and whether that is wanted; changed while running.
pub type Wanted = Arc<Mutex<Option<Address>>>;

enum Phase {
    Idle,
    List,
    /// Numbers to end, and pairs to make.
    Change {
        end: Vec<u64>,
        make: Vec<(&'static str, &'static str)>,
        kept: Vec<Subscription>,
    },
    Keep(Vec<Subscription>),
}

/// The subscriber.
pub struct Subscriber {
    sources: Sources,
    wanted: Wanted,
    refused: Arc<Refused>,
    refusals: Vec<(String, String)>,
    /// For which address the list was compared last.
    done: Option<Option<[u8; 32]>>,
    next: Moment,
    phase: Phase,
}

impl Subscriber {
    /// A subscriber that begins at once.
    pub fn new(sources: Sources, wanted: Wanted, refused: Arc<Refused>) -> Self {
        let (refusals, done) = (Vec::new(), None);
        Self { sources, wanted, refused, refusals, done, next: Moment(0), phase: Phase::Idle }
    }

    fn address(&self) -> Option<Address> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn begin(&mut self, now: Now) -> Step {
        let hash = self.address().map(|address| address.hash());
        if self.done == Some(hash) && self.next > now.mono {
            return Step::Idle(Some(self.next));
        }
        let ours = match self.sources.store.read(|view| view.subscriptions()) {
            Ok(ours) => ours,
            Err(error) => return self.troubled(&FlowError::Store(error), Phase::Idle, now),
        };
        // Nothing is wanted and nothing of ours stands: Stream need not be asked.
        if hash.is_none() && ours.is_empty() {
            self.done = Some(None);
            self.next = now.mono.after(EVERY);
            self.refused.set(Vec::new());
            return Step::Idle(Some(self.next));
        }
        self.refusals.clear();
        self.phase = Phase::List;
        Step::Worked
    }

    fn list(&mut self, now: Now) -> Step {
        let standing = match self.sources.stream.subscriptions(now) {
            Ok(standing) => standing,
            Err(failure) => {
                return self.failed("listing subscriptions", &failure, Phase::List, now);
            }
        };
        let ours = match self.sources.store.read(|view| view.subscriptions()) {
            Ok(ours) => ours,
            Err(error) => return self.troubled(&FlowError::Store(error), Phase::List, now),
        };
        self.phase = plan(&standing, &ours, self.address().as_ref());
        Step::Worked
    }

    fn change(
        &mut self,
        mut end: Vec<u64>,
        mut make: Vec<(&'static str, &'static str)>,
        mut kept: Vec<Subscription>,
        now: Now,
    ) -> Step {
        if let Some(id) = end.pop() {
            return match self.sources.stream.unsubscribe(now, id) {
                Ok(_) => {
                    kept.retain(|one| one.id != id);
                    self.phase = Phase::Change { end, make, kept };
                    Step::Worked
                }
                // One that Stream does not end is listed again in an hour.
                Err(failure @ Failure::No(_)) => {
                    log::warn!("Stream does not end the subscription {id}: {failure}");
                    self.phase = Phase::Change { end, make, kept };
                    Step::Worked
                }
                Err(failure) => {
                    end.push(id);
                    self.failed(
                        "ending a subscription",
                        &failure,
                        Phase::Change { end, make, kept },
                        now,
                    )
                }
            };
        }
        let (Some((event, event_type)), Some(address)) = (make.pop(), self.address()) else {
            self.phase = Phase::Keep(kept);
            return Step::Worked;
        };
        let wish = Subscribe {
            event,
            event_type,
            url: address.url.expose_secret(),
            secret: address.secret.expose_secret(),
        };
        match self.sources.stream.subscribe(now, &wish) {
            Ok(id) => {
                kept.push(Subscription {
                    id,
                    event: event.to_owned(),
                    event_type: event_type.to_owned(),
                    made_with: address.hash(),
                });
                self.phase = Phase::Change { end, make, kept };
                Step::Worked
            }
            Err(failure @ Failure::No(_)) => {
                log::warn!("Stream refuses to tell of {event}/{event_type}: {failure}");
                self.refusals.push((format!("{event}/{event_type}"), failure.to_string()));
                self.phase = Phase::Change { end, make, kept };
                Step::Worked
            }
            Err(failure) => {
                // It may have been made: the list says so. What was made for certain is kept in mind.
                let phase = if matches!(failure, Failure::Unknown { .. }) {
                    Phase::List
                } else {
                    make.push((event, event_type));
                    Phase::Change { end, make, kept }
                };
                self.failed("subscribing", &failure, phase, now)
            }
        }
    }

    fn keep(&mut self, kept: Vec<Subscription>, now: Now) -> Step {
        let written = kept.clone();
        let result = self.sources.store.write(now, move |view| {
            let mut changes = Changes::new();
            if view.subscriptions()? != written {
                let text = format!("{} subscriptions stand in Stream", written.len());
                changes.daemon(Event::Daemon(text));
                changes.set(Setting::Subscriptions(written.clone()));
            }
            Ok::<_, FlowError>((changes, ()))
        });
        if let Err(error) = result {
            return self.troubled(&error.into(), Phase::Keep(kept), now);
        }
        self.done = Some(self.address().map(|address| address.hash()));
        self.next = now.mono.after(EVERY);
        self.refused.set(std::mem::take(&mut self.refusals));
        self.phase = Phase::Idle;
        Step::Idle(Some(self.next))
    }

    fn failed(&mut self, doing: &str, failure: &Failure, phase: Phase, now: Now) -> Step {
        match failure {
            Failure::NotBefore(turn) => {
                self.phase = phase;
                Step::Idle(Some(*turn))
            }
            failure => {
                log::warn!("{doing}: {failure}; it is tried again in {} s", AGAIN.0 / 1000);
                // A list that is refused is no reason to make subscriptions blindly.
                self.phase = phase;
                Step::Idle(Some(now.mono.after(AGAIN)))
            }
        }
    }

    fn troubled(&mut self, error: &FlowError, phase: Phase, now: Now) -> Step {
        log::error!("subscriptions: {error}");
        self.phase = phase;
        Step::Idle(Some(now.mono.after(STORE_PAUSE)))
    }
}

/// Which are to be ended, which to be made, and which stand as they should.
fn plan(standing: &[Standing], ours: &[Subscription], address: Option<&Address>) -> Phase {
    let hash = address.map(Address::hash);
    let (mut end, mut kept, mut taken) = (Vec::new(), Vec::new(), Vec::new());
    for one in standing {
        let known = ours.iter().find(|ours| ours.id == one.id);
        let at_us = address.is_some_and(|address| one.url == address.url.expose_secret());
        if known.is_none() && !at_us {
            // Somebody else's.
            continue;
        }
        // One that we have no record of was made by a request whose answer was lost: with our secret, or
        // before it changed. Which of the two is not shown, so it is made anew.
        let current = known.is_some_and(|known| Some(known.made_with) == hash);
        let pair = PAIRS.iter().find(|(event, kind)| match known {
            Some(known) => (known.event.as_str(), known.event_type.as_str()) == (*event, *kind),
            None => (one.event.as_str(), one.event_type.as_str()) == (*event, *kind),
        });
        match (pair, known) {
            (Some(pair), Some(known)) if current && !taken.contains(pair) => {
                taken.push(*pair);
                kept.push(known.clone());
            }
            _ => end.push(one.id),
        }
    }
    let make = match address {
        Some(_) => PAIRS.into_iter().rev().filter(|pair| !taken.contains(pair)).collect(),
        None => Vec::new(),
    };
    Phase::Change { end, make, kept }
}

impl Actor for Subscriber {
    fn name(&self) -> &'static str {
        "subscribe"
    }

    fn step(&mut self, clock: &dyn Clock) -> Step {
        let now = clock.now();
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Idle => self.begin(now),
            Phase::List => self.list(now),
            Phase::Change { end, make, kept } => self.change(end, make, kept, now),
            Phase::Keep(kept) => self.keep(kept, now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str, secret: &str) -> Address {
        Address { url: url.into(), secret: secret.into() }
    }

    fn standing(id: u64, pair: (&str, &str), url: &str) -> Standing {
        Standing { id, event: pair.0.into(), event_type: pair.1.into(), url: url.into() }
    }

    fn ours(id: u64, pair: (&str, &str), made_with: &Address) -> Subscription {
        Subscription {
            id,
            event: pair.0.into(),
            event_type: pair.1.into(),
            made_with: made_with.hash(),
        }
    }

    fn planned(
        standing: &[Standing],
        ours: &[Subscription],
        address: Option<&Address>,
    ) -> (Vec<u64>, usize, usize) {
        match plan(standing, ours, address) {
            Phase::Change { end, make, kept } => (end, make.len(), kept.len()),
            Phase::Idle | Phase::List | Phase::Keep(_) => panic!("a plan"),
        }
    }

    const URL: &str = "https://hooks.example/p/stream";

    #[test]
    fn what_stands_as_it_should_is_left_alone_and_so_is_everybody_elses() {
        let here = address(URL, "s");
        let listed: Vec<Standing> =
            (1..).zip(PAIRS).map(|(id, pair)| standing(id, pair, URL)).collect();
        let known: Vec<Subscription> =
            (1..).zip(PAIRS).map(|(id, pair)| ours(id, pair, &here)).collect();
        assert_eq!(planned(&listed, &known, Some(&here)), (vec![], 0, 4));
        let foreign = [standing(9, PAIRS[0], "https://else.example/hook")];
        assert_eq!(planned(&foreign, &[], Some(&here)), (vec![], 4, 0));
        assert_eq!(planned(&foreign, &[], None), (vec![], 0, 0));
    }

    #[test]
    fn another_address_or_secret_replaces_all_of_ours_and_none_ends_them() {
        let (before, here) = (address(URL, "s"), address("https://new.example/p/stream", "s"));
        let listed = [standing(1, PAIRS[0], URL), standing(2, PAIRS[1], "")];
        let known = [ours(1, PAIRS[0], &before), ours(2, PAIRS[1], &before)];
        assert_eq!(planned(&listed, &known, Some(&here)), (vec![1, 2], 4, 0));
        assert_eq!(planned(&listed, &known, Some(&address(URL, "t"))), (vec![1, 2], 4, 0));
        assert_eq!(planned(&listed, &known, None), (vec![1, 2], 0, 0));
    }

    #[test]
    fn one_made_by_a_request_whose_answer_was_lost_is_made_anew_and_a_second_one_ended() {
        let here = address(URL, "s");
        let listed = [standing(1, PAIRS[0], URL), standing(2, PAIRS[0], URL)];
        assert_eq!(planned(&listed[..1], &[], Some(&here)), (vec![1], 4, 0));
        let known = [ours(1, PAIRS[0], &here), ours(2, PAIRS[0], &here)];
        assert_eq!(planned(&listed, &known, Some(&here)), (vec![2], 3, 1));
    }
}
