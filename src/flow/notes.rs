//! The note job. Adding a note is not repeatable, and the only write that leaves the user's own
//! notes alone is one that appends; so the notes are read for our marker before adding and after
//! an unknown outcome.

use std::sync::Arc;

use super::{FlowError, Settled, Taken, create, job_or_aside, marks, step_job, still};
use crate::domain::answer::Failure;
use crate::domain::event::Event;
use crate::domain::job::{Class, JobEvent, JobState, Sight, Task};
use crate::domain::rules::{Mode, Rules};
use crate::domain::time::{Delay, Now};
use crate::store::{Changes, Store};

/// Wait before a look that gave no clear answer is made again.
const LOOK_AGAIN: Delay = Delay::secs(5);

/// Wait of a job whose order has another job out.
const LANE_WAIT: Delay = Delay::secs(1);

/// Jobs examined in one claim.
const SCAN_MAX: usize = 16;

/// A note to be added, or looked for when the job is unsure.
#[derive(Clone, Debug)]
pub struct Note {
    /// The job: sending or unsure.
    pub taken: Taken,
    /// The text with its marker.
    pub text: String,
    /// The marker alone.
    pub marker: String,
}

/// Takes one note job that is due; its intent is on disk.
///
/// # Errors
/// [`FlowError`]; nothing was taken.
pub fn claim(store: &Store, now: Now, rules: Arc<Rules>) -> Result<Option<Note>, FlowError> {
    if rules.mode == Mode::DryRun
        || store.read(move |view| view.due(Class::Note, now.mono, 1))?.is_empty()
    {
        return Ok(None);
    }
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        for id in view.due(Class::Note, now.mono, SCAN_MAX)? {
            let Some(mut job) = job_or_aside(view, id, &mut changes)? else { continue };
            let Task::Note { marker, text } = job.task.clone() else { continue };
            if view.lane(job.order)?.is_some() {
                step_job(
                    &mut job,
                    &JobEvent::NotNow { due: now.mono.after(LANE_WAIT) },
                    now,
                    &rules.settle,
                )?;
                changes.put_job(job);
                continue;
            }
            let lease_until = now.mono.after(rules.lease);
            if matches!(job.state, JobState::Unsure { .. }) {
                step_job(&mut job, &JobEvent::NotNow { due: lease_until }, now, &rules.settle)?;
            } else {
                job.attempts += 1;
                step_job(&mut job, &JobEvent::Reserved { until: lease_until }, now, &rules.settle)?;
                let event = JobEvent::Started { attempt: job.attempts, lease_until };
                step_job(&mut job, &event, now, &rules.settle)?;
            }
            changes.put_job(job.clone());
            let marker = marks::marker_text(marker);
            return Ok((changes, Some(Note { taken: Taken { job }, text, marker })));
        }
        Ok::<_, FlowError>((changes, None))
    })?)
}

/// What a note job came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoteOutcome {
    /// The note is there, by our call or by an earlier one.
    There,
    /// An unsure job's note is clearly not there.
    Absent,
    /// Reading the notes failed: nothing was written by this attempt.
    NotRead(Failure),
    /// Adding failed.
    NotAdded(Failure),
}

/// Writes what a note job came to.
///
/// # Errors
/// [`FlowError`]; nothing was written, the job becomes unsure when its lease lapses.
pub fn settle(
    store: &Store,
    now: Now,
    rules: Arc<Rules>,
    note: Note,
    outcome: NoteOutcome,
    random: u64,
) -> Result<Settled, FlowError> {
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let Some(mut job) = still(view, &note.taken)? else {
            return Ok((changes, Settled::TooLate));
        };
        let unsure = matches!(job.state, JobState::Unsure { .. });
        let event = match &outcome {
            NoteOutcome::There if unsure => JobEvent::Looked(Sight::Same),
            NoteOutcome::There => JobEvent::Completed,
            NoteOutcome::Absent => JobEvent::Looked(Sight::Absent),
            NoteOutcome::NotRead(Failure::No(reasons))
            | NoteOutcome::NotAdded(Failure::No(reasons)) => {
                let said = Failure::No(reasons.clone());
                JobEvent::Parked(format!("Linnworks refused the note: {said}"))
            }
            NoteOutcome::NotRead(failure) if unsure => {
                let due = create::retry_at(failure, 0, now, random);
                JobEvent::Looked(Sight::Unclear(due.since(now.mono).max(LOOK_AGAIN)))
            }
            NoteOutcome::NotAdded(Failure::Unknown { .. }) => JobEvent::Lost,
            NoteOutcome::NotRead(failure) | NoteOutcome::NotAdded(failure) => {
                JobEvent::NotNow { due: create::retry_at(failure, job.attempts, now, random) }
            }
        };
        if let NoteOutcome::NotRead(failure) | NoteOutcome::NotAdded(failure) = &outcome {
            job.last_error = Some(failure.to_string());
        }
        step_job(&mut job, &event, now, &rules.settle)?;
        // A second adding after an unknown one is looked at once more; the reading finds one note.
        if matches!(job.state, JobState::Done { .. }) {
            changes.happened_to(job.order, job.number, Event::Noted(note.text.clone()));
        }
        changes.put_job(job);
        Ok::<_, FlowError>((changes, Settled::Yes))
    })?)
}
