//! Rounds of the identifiers job: many orders in one call per tag, towards a wanted state.
//!
//! What an order carries is read first; only the difference within our own tags is written, the
//! wrong one removed before the right one is added. Identifiers of others are not looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::gather::{self, Gathered};
use super::{FlowError, ORDER_UNREADABLE, Taken, create, marks, park, readable, step_job, still};
use crate::domain::answer::Failure;
use crate::domain::event::Event;
use crate::domain::ids::{OrderId, Tag};
use crate::domain::job::{Class, JobEvent, JobState, Prepared};
use crate::domain::rules::Rules;
use crate::domain::tags::TagTable;
use crate::domain::time::Now;
use crate::store::{Changes, Store, View};

/// Orders in one round; Linnworks documents no limit, a hundred is what public clients use.
pub const ROUND_MAX: usize = 100;

/// Fruitless rounds before a person is asked: each was written and did not show on reading.
const FRUITLESS_MAX: u32 = 8;

/// Takes at most `most` identifiers jobs that are due.
///
/// # Errors
/// [`FlowError`]; nothing was taken.
pub fn claim(
    store: &Store,
    now: Now,
    rules: Arc<Rules>,
    most: usize,
) -> Result<Gathered, FlowError> {
    gather::claim(store, now, rules, Class::Identifiers, most.min(ROUND_MAX))
}

/// What each order of a round should carry, and which tags are ours.
#[derive(Clone, Debug, Default)]
pub struct Goal {
    /// Orders left out keep what they have.
    pub wanted: BTreeMap<OrderId, BTreeSet<Tag>>,
    /// Our tags.
    pub table: TagTable,
}

/// The goal of a round, from the orders as they are now.
///
/// # Errors
/// When the store cannot be read.
pub fn goal(store: &Store, rules: &Arc<Rules>, taken: &[Taken]) -> Result<Goal, FlowError> {
    let rules = Arc::clone(rules);
    let ids: Vec<OrderId> = taken.iter().map(|taken| taken.job.order).collect();
    Ok(store.read(move |view| {
        let table = view.tags()?;
        let mut wanted = BTreeMap::new();
        for id in ids {
            if let Some(order) = readable(view.order(id))?
                && let Some(tags) = marks::wanted_tags(&order, &table, &rules)
            {
                wanted.insert(id, tags);
            }
        }
        Ok(Goal { wanted, table })
    })?)
}

/// One call of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagCall {
    /// Take the tag off these orders.
    Remove(Tag, Vec<OrderId>),
    /// Put the tag on these orders.
    Add(Tag, Vec<OrderId>),
}

/// The calls that lead from what is to what is wanted; all removals first.
pub fn plan(goal: &Goal, held: &BTreeMap<OrderId, Vec<Tag>>) -> Vec<TagCall> {
    let mut remove: BTreeMap<&Tag, Vec<OrderId>> = BTreeMap::new();
    let mut add: BTreeMap<&Tag, Vec<OrderId>> = BTreeMap::new();
    for (id, wanted) in &goal.wanted {
        let has = held.get(id).map_or(&[][..], Vec::as_slice);
        for tag in has.iter().filter(|tag| goal.table.is_ours(tag) && !wanted.contains(tag)) {
            remove.entry(tag).or_default().push(*id);
        }
        for tag in wanted.iter().filter(|tag| !has.contains(tag)) {
            add.entry(tag).or_default().push(*id);
        }
    }
    let removals = remove.into_iter().map(|(tag, ids)| TagCall::Remove(tag.clone(), ids));
    // On first planning: run, then day, then place.
    let mut add: Vec<_> = add.into_iter().collect();
    add.sort_by_key(|(tag, _)| goal.table.mark(tag));
    let additions = add.into_iter().map(|(tag, ids)| TagCall::Add(tag.clone(), ids));
    removals.chain(additions).collect()
}

/// How a round ended.
#[derive(Clone, Debug)]
pub enum Round {
    /// What each order carries now, as read or as the calls said, and what it was to carry.
    Held(BTreeMap<OrderId, Vec<Tag>>, BTreeMap<OrderId, BTreeSet<Tag>>),
    /// A call failed; what it changed is read again in the next round.
    Failed(Failure),
}

/// Writes what a round came to, all its orders in one transaction.
///
/// # Errors
/// [`FlowError`]; nothing was written, the jobs are done again after their lease.
pub fn settle(
    store: &Store,
    now: Now,
    rules: Arc<Rules>,
    taken: Vec<Taken>,
    round: Round,
    random: u64,
) -> Result<(), FlowError> {
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let table = view.tags()?;
        for taken in &taken {
            settle_one(view, taken, &round, &table, now, &rules, random, &mut changes)?;
        }
        Ok::<_, FlowError>((changes, ()))
    })?)
}

#[expect(clippy::too_many_arguments, reason = "one decision; its inputs have no other home")]
fn settle_one(
    view: &View<'_>,
    taken: &Taken,
    round: &Round,
    table: &TagTable,
    now: Now,
    rules: &Rules,
    random: u64,
    changes: &mut Changes,
) -> Result<(), FlowError> {
    let Some(mut job) = still(view, taken)? else { return Ok(()) };
    let Some(mut order) = readable(view.order(job.order))? else {
        return park(job, ORDER_UNREADABLE, now, rules, changes);
    };
    let event = match round {
        Round::Failed(Failure::No(reasons)) => {
            let said = Failure::No(reasons.clone());
            JobEvent::Parked(format!("Linnworks refused the identifiers: {said}"))
        }
        Round::Failed(failure) => {
            job.last_error = Some(failure.to_string());
            job.attempts += 1;
            JobEvent::NotNow { due: create::retry_at(failure, job.attempts, now, random) }
        }
        Round::Held(held, meant) => {
            let has = held.get(&order.id).map_or(&[][..], Vec::as_slice);
            let ours: BTreeSet<Tag> =
                has.iter().filter(|tag| table.is_ours(tag)).cloned().collect();
            let added: Vec<Tag> = ours.difference(&order.tags).cloned().collect();
            let removed: Vec<Tag> = order.tags.difference(&ours).cloned().collect();
            if !added.is_empty() || !removed.is_empty() {
                changes.happened(&order, Event::Identifiers { added, removed });
                order.tags.clone_from(&ours);
                order.updated_at = now.wall;
                changes.put_order(order.clone());
            }
            let wanted = marks::wanted_tags(&order, table, rules);
            if wanted.as_ref().is_none_or(|wanted| *wanted == ours) {
                JobEvent::Completed
            } else if wanted.as_ref() != meant.get(&order.id) {
                // The order moved on during the round.
                JobEvent::NotNow { due: now.mono }
            } else {
                job.attempts += 1;
                job.last_error =
                    Some("the identifiers did not show after they were written".into());
                unshown(job.attempts, now, random)
            }
        }
    };
    step_job(&mut job, &event, now, &rules.settle)?;
    if matches!(job.state, JobState::Parked { .. }) {
        let wanted = marks::wanted_tags(&order, table, rules).unwrap_or_default();
        let fingerprint = marks::fingerprint(&wanted);
        job.prepared = Some(Prepared { fingerprint, read_at: now.mono });
    }
    changes.put_job(job);
    Ok(())
}

/// Linnworks does not show what was written.
fn unshown(attempts: u32, now: Now, random: u64) -> JobEvent {
    if attempts >= FRUITLESS_MAX {
        return JobEvent::Parked(
            "Linnworks does not show the identifiers after they were written. See whether the order is still open"
                .into(),
        );
    }
    JobEvent::NotNow { due: now.mono.after(crate::domain::job::backoff(attempts, random)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tags::Mark;

    #[test]
    fn r16_the_run_is_put_on_first_then_the_day_then_the_place() {
        let order = OrderId::from_bytes([1; 16]);
        let marks =
            [(Mark::Sequence(1), "SEQ 01"), (Mark::Day(3), "THURSDAY"), (Mark::Run(3), "RUN 03")];
        let table = TagTable(marks.map(|(mark, tag)| (mark, Tag::from(tag))).into());
        let wanted = marks.iter().map(|(_, tag)| Tag::from(*tag)).collect();
        let goal = Goal { wanted: [(order, wanted)].into(), table };
        let calls = plan(&goal, &BTreeMap::new());
        let added = ["RUN 03", "THURSDAY", "SEQ 01"];
        assert_eq!(calls, added.map(|tag| TagCall::Add(Tag::from(tag), vec![order])));
    }

    #[test]
    fn every_wrong_tag_is_taken_off_before_any_right_one_is_put_on() {
        let [a, b] = [1, 2].map(|n| OrderId::from_bytes([n; 16]));
        let (sent, error) = (Tag::from("SENT TO STREAM"), Tag::from("ERROR FROM STREAM"));
        let table = TagTable([(Mark::Sent, sent.clone()), (Mark::Error, error.clone())].into());
        let goal = Goal {
            wanted: [(a, BTreeSet::from([sent.clone()])), (b, BTreeSet::from([error.clone()]))]
                .into(),
            table,
        };
        let foreign = Tag::from("AMAZON_PRIME");
        let held = [(a, vec![error.clone(), foreign]), (b, vec![sent.clone()])].into();
        let calls = plan(&goal, &held);
        assert_eq!(
            calls,
            [
                TagCall::Remove(error.clone(), vec![a]),
                TagCall::Remove(sent.clone(), vec![b]),
                TagCall::Add(sent, vec![a]),
                TagCall::Add(error, vec![b]),
            ],
            "and tags of others are left alone"
        );
    }
}
