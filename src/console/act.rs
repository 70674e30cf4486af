//! What operators ask for, each answered with one line for each order or job.

use std::sync::{Arc, PoisonError};

use tui::protocol::views::ActedView;
use tui::protocol::{ACTIONS_MAX, Action, ErrorKind, Reply};

use super::answer::{Desk, failed};
use super::peer::Peer;
use crate::domain::event::Event;
use crate::domain::ids::{JobId, OrderNumber, WebhookId};
use crate::domain::rules::Rules;
use crate::domain::time::Delay;
use crate::flow::FlowError;
use crate::flow::commands::{self, Acted};
use crate::flow::{forget, inbox};
use crate::store::Changes;

/// For so long personal data is shown to whoever asked for it.
const REVEALED_FOR: Delay = Delay::mins(60);

impl Desk {
    /// Does what an operator asks; whether the peer is one was looked at before.
    pub(super) fn act(&self, peer: &Peer, action: Action) -> Reply {
        let rows = match action {
            Action::Resend { numbers } => self.each(&numbers, |number, rules| {
                let by = peer.user.clone();
                commands::resend(&self.store, self.clock.now(), rules, number, by)
            }),
            Action::Retry { jobs } => self.retry(peer, &jobs),
            Action::RetryParked { after } => {
                match commands::parked(&self.store, after.map(JobId), ACTIONS_MAX) {
                    Ok(ids) => ids.into_iter().map(|id| self.retry_one(peer, id)).collect(),
                    Err(error) => return failed_flow(&error),
                }
            }
            Action::Refresh { numbers } => self.each(&numbers, |number, _| {
                commands::refresh(&self.store, self.clock.now(), number)
            }),
            Action::Cancel { numbers } => self.each(&numbers, |number, rules| {
                let by = peer.user.clone();
                commands::cancel(&self.store, self.clock.now(), rules, number, by)
            }),
            Action::Replay { id } => vec![self.replay(&id)],
            Action::Pause => vec![self.pause(peer, true)],
            Action::Resume => vec![self.pause(peer, false)],
            Action::Reveal => vec![self.reveal(peer)],
            Action::Forget { numbers } => {
                self.each(&numbers, |number, rules| self.forget(number, rules, peer.user.clone()))
            }
        };
        self.wake.notify();
        Reply::Acted(rows)
    }

    /// From the database, and from what is remembered of the last exchanges.
    fn forget(
        &self,
        number: OrderNumber,
        rules: Arc<Rules>,
        by: String,
    ) -> Result<Acted, FlowError> {
        let id = self.store.read(|view| Ok(view.order_by_number(number)?.map(|order| order.id)))?;
        let acted = forget::forget(&self.store, self.clock.now(), rules, number, by)?;
        if let (Acted::Done(_), Some(id)) = (&acted, id) {
            self.exchanges.forget(number, id);
        }
        Ok(acted)
    }

    /// The same for each order.
    fn each(
        &self,
        numbers: &[u64],
        act: impl Fn(OrderNumber, Arc<Rules>) -> Result<Acted, FlowError>,
    ) -> Vec<ActedView> {
        let one =
            |number: &u64| row(Some(*number), None, act(OrderNumber(*number), self.rules.get()));
        numbers.iter().take(ACTIONS_MAX).map(one).collect()
    }

    fn replay(&self, text: &str) -> ActedView {
        let id = text.trim().trim_start_matches('w').parse().ok().map(WebhookId);
        let acted = match id {
            None => Ok(Acted::Refused(
                "that is no notification's id: they look like w1795413600000".into(),
            )),
            Some(id) => {
                inbox::replay(&self.store, self.clock.now(), id).map(|before| match before {
                    Some(_) => Acted::Queued("it is handled once more".into()),
                    None => Acted::Refused(
                        "there is no such notification; see: linnstream webhooks".into(),
                    ),
                })
            }
        };
        row(None, Some(text.chars().take(40).collect()), acted)
    }

    fn retry(&self, peer: &Peer, ids: &[String]) -> Vec<ActedView> {
        let one = |text: &String| match parse(text) {
            Some(id) => self.retry_one(peer, id),
            None => {
                let text = text.chars().take(40).collect::<String>();
                let why =
                    format!("\"{text}\" is no job id: they look like j17; see: linnstream jobs");
                row(None, Some(text), Ok(Acted::Refused(why)))
            }
        };
        ids.iter().take(ACTIONS_MAX).map(one).collect()
    }

    fn retry_one(&self, peer: &Peer, id: JobId) -> ActedView {
        let (now, rules, by) = (self.clock.now(), self.rules.get(), peer.user.clone());
        row(None, Some(id.to_string()), commands::retry(&self.store, now, rules, id, by))
    }

    /// Recorded first, then shown.
    fn reveal(&self, peer: &Peer) -> ActedView {
        let now = self.clock.now();
        let text = format!("{} shows personal data in a console", peer.user);
        let recorded = self.store.write(now, move |_| {
            let mut changes = Changes::new();
            changes.daemon(Event::Daemon(text));
            Ok::<_, FlowError>((changes, ()))
        });
        let acted = recorded.map_err(FlowError::from).map(|()| {
            let until = now.mono.after(REVEALED_FOR);
            self.revealed.lock().unwrap_or_else(PoisonError::into_inner).insert(peer.uid, until);
            Acted::Done("personal data is shown for an hour, and that is recorded".into())
        });
        row(None, Some("reveal".to_owned()), acted)
    }

    /// Whether this peer asked to see personal data, and it is recorded.
    pub(super) fn reveals(&self, peer: &Peer) -> bool {
        let now = self.clock.now().mono;
        let mut revealed = self.revealed.lock().unwrap_or_else(PoisonError::into_inner);
        revealed.retain(|_, until| *until > now);
        revealed.contains_key(&peer.uid)
    }

    fn pause(&self, peer: &Peer, paused: bool) -> ActedView {
        let what = if paused { "pause" } else { "resume" };
        let acted = commands::pause(&self.store, self.clock.now(), peer.user.clone(), paused);
        row(None, Some(what.to_owned()), acted)
    }
}

/// `j17` or `17`.
fn parse(text: &str) -> Option<JobId> {
    text.trim().trim_start_matches('j').parse().ok().map(JobId)
}

fn row(number: Option<u64>, id: Option<String>, acted: Result<Acted, FlowError>) -> ActedView {
    let (result, text) = match acted {
        Ok(Acted::Done(text)) => ("done", text),
        Ok(Acted::Queued(text)) => ("queued", text),
        Ok(Acted::Refused(text)) => ("refused", text),
        Err(error) => ("refused", error.to_string()),
    };
    ActedView { number, id, result: result.to_owned(), text }
}

fn failed_flow(error: &FlowError) -> Reply {
    match error {
        FlowError::Store(error) => failed(error),
        FlowError::Busy | FlowError::Job(_) | FlowError::Order(_) => {
            Reply::Error { kind: ErrorKind::Internal, text: error.to_string() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn job_ids_are_read_as_they_are_shown_or_as_bare_numbers() {
        assert_eq!(parse("j17"), Some(JobId(17)));
        assert_eq!(parse(" 17 "), Some(JobId(17)));
        for bad in ["", "j", "job 17", "-1", "99999999999999999999999"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
