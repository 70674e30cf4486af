//! Group commit. The first writer becomes leader and commits what has queued, the others wait for
//! that commit; no delay is added, so a writer alone gets a transaction of its own by the same way.
//!
//! A decision runs once, inside the open transaction, on the leader's thread. When its changes break
//! a rule halfway, the transaction is given up and filled again with the changes of the members
//! before it, which are plain data; no decision runs twice.

use std::cell::Cell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use redb::WriteTransaction;

use super::apply::Writer;
use super::changes::{Change, Changes};
use super::engine::{Engine, Open};
use super::error::{StoreError, WriteError};
use super::raw::{Access, Raw, Trouble, guarded};
use super::tables as t;
use super::view::View;
use crate::domain::event::Event;
use crate::domain::time::{Moment, Now};

/// Members of one commit: beyond this a larger group is hardly faster and each waits longer.
pub const GROUP_MEMBERS_MAX: usize = 256;
/// Bytes after which a group takes no further member; one larger member is a group of its own.
pub const GROUP_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Waiting writers: more than all threads of the daemon, so reaching it means that something is
/// wrong and the caller should say "not now".
pub const QUEUE_MAX: usize = 4096;

/// One call of `write`, whatever its types.
trait Member: Send {
    fn now(&self) -> Now;
    /// Runs the decision; `None` when it refused or panicked.
    fn decide(&mut self, view: &View<'_>) -> Option<Changes>;
    /// The answer becomes this error.
    fn fail(&mut self, error: StoreError);
    /// The commit is over: hand the answer to whoever waits.
    fn settle(self: Box<Self>);
    /// Makes whoever waits the leader.
    fn lead(&self);
}

enum Turn<T, E> {
    Wait,
    Lead,
    Settled(Result<T, WriteError<E>>),
}

/// Where a writer waits.
struct Seat<T, E> {
    turn: Mutex<Turn<T, E>>,
    changed: Condvar,
}

impl<T, E> Seat<T, E> {
    fn set(&self, turn: Turn<T, E>) {
        *self.turn.lock().unwrap_or_else(PoisonError::into_inner) = turn;
        self.changed.notify_one();
    }

    /// The answer, or `None` when it is this writer's turn to lead.
    fn wait(&self) -> Option<Result<T, WriteError<E>>> {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match std::mem::replace(&mut *turn, Turn::Wait) {
                Turn::Wait => {
                    turn = self.changed.wait(turn).unwrap_or_else(PoisonError::into_inner);
                }
                Turn::Lead => return None,
                Turn::Settled(answer) => return Some(answer),
            }
        }
    }
}

struct Call<T, E, D> {
    now: Now,
    decide: Option<D>,
    answer: Option<Result<T, WriteError<E>>>,
    seat: Arc<Seat<T, E>>,
}

impl<T, E, D> Member for Call<T, E, D>
where
    D: FnOnce(&View<'_>) -> Result<(Changes, T), E> + Send,
    T: Send,
    E: Send,
{
    fn now(&self) -> Now {
        self.now
    }

    fn decide(&mut self, view: &View<'_>) -> Option<Changes> {
        let decide = self.decide.take()?;
        match catch_unwind(AssertUnwindSafe(|| decide(view))) {
            Ok(Ok((changes, value))) => {
                self.answer = Some(Ok(value));
                Some(changes)
            }
            Ok(Err(refused)) => {
                self.answer = Some(Err(WriteError::Refused(refused)));
                None
            }
            Err(_) => {
                self.answer = Some(Err(WriteError::Store(StoreError::Panicked)));
                None
            }
        }
    }

    fn fail(&mut self, error: StoreError) {
        self.answer = Some(Err(WriteError::Store(error)));
    }

    fn settle(self: Box<Self>) {
        // Dropping it hands the answer over.
    }

    fn lead(&self) {
        self.seat.set(Turn::Lead);
    }
}

impl<T, E, D> Drop for Call<T, E, D> {
    fn drop(&mut self) {
        // Whatever happens to a member, the one who waits for it is told.
        let answer = self.answer.take().unwrap_or(Err(WriteError::Store(StoreError::Engine {
            doing: "committing",
            what: "the group was given up".into(),
        })));
        self.seat.set(Turn::Settled(answer));
    }
}

#[derive(Default)]
struct Inner {
    waiting: VecDeque<Box<dyn Member>>,
    /// Somebody leads. While anybody waits, somebody does.
    led: bool,
}

/// The writers that wait.
#[derive(Default)]
pub(super) struct Queue(Mutex<Inner>);

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write<T, E, D>(
        &self,
        engine: &Engine,
        now: Now,
        decide: D,
    ) -> Result<T, WriteError<E>>
    where
        D: FnOnce(&View<'_>) -> Result<(Changes, T), E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        let seat = Arc::new(Seat { turn: Mutex::new(Turn::Wait), changed: Condvar::new() });
        {
            let mut inner = self.lock();
            if inner.waiting.len() >= QUEUE_MAX {
                return Err(WriteError::Busy);
            }
            let call = Call { now, decide: Some(decide), answer: None, seat: Arc::clone(&seat) };
            inner.waiting.push_back(Box::new(call));
            if !inner.led {
                inner.led = true;
                seat.set(Turn::Lead);
            }
        }
        loop {
            match seat.wait() {
                Some(answer) => return answer,
                // The own call is first in the queue, so this group settles it.
                None => self.lead(engine),
            }
        }
    }

    /// Commits one group and hands the lead on.
    fn lead(&self, engine: &Engine) {
        let mut batch: VecDeque<_> = {
            let mut inner = self.lock();
            let members = inner.waiting.len().min(GROUP_MEMBERS_MAX);
            inner.waiting.drain(..members).collect()
        };
        // A panic in here drops the members, which tells those who wait.
        let _ = catch_unwind(AssertUnwindSafe(|| commit(engine, &mut batch)));
        let mut inner = self.lock();
        while let Some(member) = batch.pop_back() {
            inner.waiting.push_front(member);
        }
        match inner.waiting.front() {
            Some(first) => first.lead(),
            None => inner.led = false,
        }
    }
}

/// Decides, applies and commits members from the front of the batch; all it took are settled.
fn commit(engine: &Engine, batch: &mut VecDeque<Box<dyn Member>>) {
    let latest = batch.iter().map(|member| member.now().mono).max().unwrap_or(Moment(0));
    engine.seen(latest);
    let begun = engine.moment();
    let mut group = Group { batch, decided: Vec::new(), applied: Vec::new(), next_job: None };
    let outcome = engine.with(|open| {
        let trouble = Trouble::new(open.checked);
        let outcome = group.run(open, &trouble);
        (outcome, trouble.fault(), open.generation)
    });
    let error = match outcome {
        Ok((outcome, None, _)) => match outcome {
            Ok(Committed::Yes) => {
                let orders = group.applied.iter().flat_map(|(changes, _)| changes.orders());
                engine.committed(orders);
                if let (Some(begun), Some(now)) = (begun, engine.moment()) {
                    engine.commit_times.observe(now.since(begun));
                }
                None
            }
            Ok(Committed::NothingToWrite) => None,
            Err(error) => Some(error),
        },
        Ok((_, Some(fault), generation)) => {
            engine.fail(generation, &fault);
            Some(fault.error)
        }
        Err(error) => Some(error),
    };
    let Group { batch, decided, applied, .. } = group;
    let Some(error) = error else {
        decided.into_iter().for_each(Member::settle);
        // Nobody waits for the log.
        applied.iter().for_each(|(changes, _)| say(changes));
        return;
    };
    for mut member in decided.into_iter().chain(batch.drain(..)) {
        member.fail(error.clone());
        member.settle();
    }
}

/// One line of the log for each thing that happened to an order, now that it is on disk. Only the words: what stands
/// beside them may hold personal data, and `linnstream order` shows it.
fn say(changes: &Changes) {
    for change in &changes.0 {
        let Change::Happened { order: Some((_, number)), event } = change else { continue };
        match event {
            Event::Refused(_) | Event::Attention(_) => log::warn!(
                order:% = number;
                "order {number}: {}; linnstream why {number} says why", event.what()
            ),
            _ => log::info!(order:% = number; "order {number}: {}", event.what()),
        }
    }
}

enum Committed {
    Yes,
    NothingToWrite,
}

enum Filled {
    /// Everything applied is in the transaction, finished.
    Ready,
    /// Nobody changed anything.
    Empty,
    /// The last member broke a rule; the transaction holds a part of it.
    Spoilt,
}

struct Group<'a> {
    batch: &'a mut VecDeque<Box<dyn Member>>,
    decided: Vec<Box<dyn Member>>,
    applied: Vec<(Changes, Now)>,
    /// After the members applied.
    next_job: Option<u64>,
}

impl Group<'_> {
    fn run(&mut self, open: &Open, trouble: &Trouble) -> Result<Committed, StoreError> {
        loop {
            let tx = trouble.engine("beginning a write", || {
                let mut tx = open.db.begin_write()?;
                tx.set_quick_repair(true);
                Ok(tx)
            })?;
            let filled = self.fill(&tx, trouble);
            if let Ok(Filled::Ready) = filled {
                trouble.engine("committing", || tx.commit().map_err(Into::into))?;
                return Ok(Committed::Yes);
            }
            let given_up = guarded("giving up a write", || tx.abort().map_err(Into::into));
            match filled? {
                Filled::Empty | Filled::Ready => return Ok(Committed::NothingToWrite),
                Filled::Spoilt => trouble.pass_on(given_up)?,
            }
        }
    }

    fn fill(&mut self, tx: &WriteTransaction, trouble: &Trouble) -> Result<Filled, StoreError> {
        let raw = Raw { access: Access::Write(tx), trouble };
        let first = raw.number(t::META, t::META_NEXT_JOB)?.max(1);
        let next_job = Cell::new(first);
        let mut writer = Writer::new(raw, &next_job)?;
        for (changes, now) in &self.applied {
            writer.apply(changes, *now)?;
        }
        next_job.set(self.next_job.unwrap_or(first));
        while writer.bytes < GROUP_BYTES_MAX {
            let Some(mut member) = self.batch.pop_front() else { break };
            let before = next_job.get();
            let now = member.now();
            let changes = member.decide(&View { raw, next_job: Some(&next_job) });
            let applied = match &changes {
                Some(changes) => writer.apply(changes, now),
                None => Ok(()),
            };
            if changes.is_none() || applied.is_err() {
                next_job.set(before);
            }
            if let Err(error) = &applied {
                member.fail(error.clone());
            }
            self.decided.push(member);
            if let Some(fault) = trouble.fault() {
                return Err(fault.error);
            }
            if applied.is_err() {
                return Ok(Filled::Spoilt);
            }
            self.next_job = Some(next_job.get());
            self.applied.extend(changes.filter(|c| !c.is_empty()).map(|c| (c, now)));
        }
        if self.applied.is_empty() && next_job.get() == first {
            return Ok(Filled::Empty);
        }
        let latest = self.applied.iter().map(|(_, now)| now.mono).max().unwrap_or(Moment(0));
        writer.finish(latest)?;
        Ok(Filled::Ready)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;
    use crate::store::file::{Create, Source};

    type Answer = Seat<(), StoreError>;

    fn engine() -> Engine {
        let backend = || Ok(Box::new(redb::backends::InMemoryBackend::new()) as Box<_>);
        Engine::open(Source::Backend(Box::new(backend)), 1 << 20, Create::IfMissing).unwrap()
    }

    fn member(bytes: usize) -> (Box<dyn Member>, Arc<Answer>) {
        let seat = Arc::new(Seat { turn: Mutex::new(Turn::Wait), changed: Condvar::new() });
        let decide = move |_: &View<'_>| {
            let mut changes = Changes::new();
            changes.daemon(Event::Daemon("x".repeat(bytes)));
            Ok((changes, ()))
        };
        let now = Now { wall: Timestamp(1), mono: Moment(1) };
        let call = Call { now, decide: Some(decide), answer: None, seat: Arc::clone(&seat) };
        (Box::new(call), seat)
    }

    #[test]
    fn a_group_ends_where_it_is_large_enough_and_one_larger_member_is_a_group() {
        let engine = engine();
        let large = GROUP_BYTES_MAX / 4 * 3;
        let sizes = [large, large, large, GROUP_BYTES_MAX + 1, 1];
        let (mut batch, seats): (VecDeque<_>, Vec<_>) = sizes.into_iter().map(member).unzip();
        let mut left = Vec::new();
        while !batch.is_empty() {
            commit(&engine, &mut batch);
            left.push(batch.len());
        }
        assert_eq!(left, [3, 1, 0]);
        assert_eq!(engine.commits(), 3);
        assert!(seats.iter().all(|seat| matches!(seat.wait(), Some(Ok(())))));
    }

    #[test]
    fn a_full_queue_says_not_now() {
        let engine = engine();
        let queue = Queue::default();
        let (waiting, _seats): (VecDeque<_>, Vec<_>) = (0..QUEUE_MAX).map(|_| member(1)).unzip();
        *queue.lock() = Inner { waiting, led: true };
        let now = Now { wall: Timestamp(1), mono: Moment(1) };
        let answer = queue.write(&engine, now, |_| Ok::<_, StoreError>((Changes::new(), ())));
        assert!(matches!(answer, Err(WriteError::Busy)));
    }

    #[test]
    fn a_commit_that_fails_fails_every_member_of_its_group() {
        let engine = engine();
        engine.close().unwrap();
        let (mut batch, seats): (VecDeque<_>, Vec<_>) = (0..3).map(|_| member(1)).unzip();
        commit(&engine, &mut batch);
        assert!(seats.iter().all(|seat| {
            matches!(seat.wait(), Some(Err(WriteError::Store(StoreError::Closed))))
        }));
    }
}
