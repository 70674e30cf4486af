//! Jobs as they are shown.

use tui::protocol::views::JobView;

use crate::domain::ids::JobId;
use crate::domain::job::{Job, JobState, JobWord};
use crate::domain::time::{Now, Timestamp};
use crate::store::{StoreError, View};

/// A page of jobs by id. Without a word: all that are not done.
pub(super) fn page(
    view: &View<'_>,
    word: Option<JobWord>,
    after: Option<u64>,
    limit: u32,
    now: Now,
) -> Result<Vec<JobView>, StoreError> {
    let words = match word {
        Some(word) => vec![word],
        None => vec![JobWord::Waiting, JobWord::Sending, JobWord::Unsure, JobWord::Parked],
    };
    let mut ids = Vec::new();
    for word in words {
        ids.extend(view.jobs_in(word, after.map(JobId), limit as usize)?);
    }
    ids.sort();
    ids.truncate(limit as usize);
    let mut rows = Vec::new();
    for id in ids {
        rows.extend(view.job(id)?.map(|job| self::view(&job, now)));
    }
    Ok(rows)
}

/// When the oldest job that is not done was added: ids rise with time.
///
/// # Errors
/// When the store cannot be read.
pub fn oldest(view: &View<'_>) -> Result<Option<Timestamp>, StoreError> {
    let mut oldest = None;
    for word in [JobWord::Waiting, JobWord::Sending, JobWord::Unsure] {
        for id in view.jobs_in(word, None, 1)? {
            if let Some(job) = view.job(id)? {
                oldest =
                    Some(oldest.map_or(job.created_at, |at: Timestamp| at.min(job.created_at)));
            }
        }
    }
    Ok(oldest)
}

/// One job.
pub(super) fn view(job: &Job, now: Now) -> JobView {
    let reason = match &job.state {
        JobState::Parked { reason, .. } => Some(reason.clone()),
        JobState::Waiting { .. }
        | JobState::Reserved { .. }
        | JobState::Sending { .. }
        | JobState::Unsure { .. }
        | JobState::Done { .. } => job.last_error.clone(),
    };
    JobView {
        id: job.id.to_string(),
        key: job.id.0,
        kind: job.task.kind().word().to_owned(),
        order: job.number.0,
        state: job.state.word().word().to_owned(),
        attempt: job.attempts,
        due_at: job.state.due().map(|due| now.wall_of(due).0),
        last_error: reason,
        created_at: job.created_at.0,
    }
}
