//! What changed in Linnworks of an order that Stream has: followed while its shipment is on no run, told to
//! a person after that. Only the order itself counts: a setting that was changed, or a depot that was
//! renamed, sends nothing again.

use super::Desk;
use crate::domain::decide::{self, Occasion, Ready, Verdict};
use crate::domain::event::Event;
use crate::domain::ids::Fingerprint;
use crate::domain::job::{Job, JobKind, JobState, Task, Then};
use crate::domain::order::{CancelledBy, Cause, HeldReason, Order, OrderEvent, SentAs};
use crate::domain::plan::Stage;
use crate::domain::rules::Mode;
use crate::domain::source::SourceOrder;
use crate::flow::{FlowError, marks, step_order};
use crate::store::Changes;

impl Desk<'_, '_> {
    /// Compares an order that Stream has with what was sent. `edited`: Linnworks shows other content
    /// than last time; a change that came too late is looked at again all the same, because its run may
    /// have been undone.
    pub(super) fn follow(
        &self,
        order: &mut Order,
        source: &SourceOrder,
        edited: bool,
        changes: &mut Changes,
    ) -> Result<(), FlowError> {
        let Some(sent) = order.sent_as else { return Ok(()) };
        let waits = order.unfollowed.is_some() && order.standing.plan.is_none();
        if !(edited || waits) || !self.sends(order) {
            return Ok(());
        }
        let generation = order.generation;
        // A packer's order is followed also where none is sent by itself.
        let occasion = if order.demanded { Occasion::Demanded } else { Occasion::InWork };
        let verdict =
            decide::judge(source, generation, occasion, &self.known, self.rules, self.now.wall);
        match verdict {
            Verdict::Send(ready) => self.follow_to(order, *ready, sent, changes),
            Verdict::Refuse(refusal, _) => {
                let print = refusal.fingerprint();
                let text =
                    format!("as it is now it could not be sent ({})", refusal.reasons.join("; "));
                self.not_followed(order, print, &text, changes)
            }
            Verdict::Hold(HeldReason::NoService) => {
                let text = "it has no shipping service any more";
                self.not_followed(order, order.content, text, changes)
            }
            Verdict::Hold(reason @ HeldReason::OtherVendor(_)) => {
                self.not_followed(order, order.content, &reason.to_string(), changes)
            }
            // On hold, parked or not paid: nothing of what is shipped changed.
            Verdict::Hold(
                HeldReason::SyncOff
                | HeldReason::Parked
                | HeldReason::OnHold
                | HeldReason::NotPaid(_)
                | HeldReason::OutsideLookback { .. }
                | HeldReason::NoDate
                | HeldReason::Removed,
            ) => Ok(()),
        }
    }

    fn follow_to(
        &self,
        order: &mut Order,
        ready: Ready,
        sent: SentAs,
        changes: &mut Changes,
    ) -> Result<(), FlowError> {
        let whole = ready.shipment.fingerprint();
        if whole == sent.whole {
            if order.unfollowed.take().is_some() {
                let text = "it is again as it was sent".to_owned();
                changes.happened(order, Event::Amended(text));
            }
            return Ok(());
        }
        if !self.rules.changes {
            let text = "changes after sending are not followed (sync.changes is false)";
            return self.not_followed(order, whole, text, changes);
        }
        if order.standing.plan.is_some() || order.state.stage() != Some(Stage::Sent) {
            let text = "it is on a run already, so nothing was changed in Stream";
            return self.not_followed(order, whole, text, changes);
        }
        order.unfollowed = None;
        if self.amending(order)?.is_some_and(|job| matches!(job.task, Task::Cancel { .. })) {
            // It is being taken back and is then sent as it is.
            return Ok(());
        }
        let generation = order.generation;
        if ready.shipment.leg_fingerprint() != sent.leg {
            self.drop_change(order, changes)?;
            changes.happened(
                order,
                Event::Amended("it is taken back and sent again as it is now".into()),
            );
            let task = Task::Cancel { generation, then: Then::Renew };
            changes.put_job(marks::new_job(self.view, order, task, self.now)?);
            return Ok(());
        }
        let job = match self.amending(order)? {
            Some(job)
                if matches!(job.state, JobState::Waiting { .. } | JobState::Parked { .. }) =>
            {
                job
            }
            // One is out: what it leaves behind is compared at the next reading.
            Some(_) => {
                order.unfollowed = Some(whole);
                return Ok(());
            }
            None => {
                changes.happened(order, Event::Amended("its header is changed in Stream".into()));
                marks::new_job(self.view, order, Task::Change { generation }, self.now)?
            }
        };
        changes.put_shipment(job.id, ready.shipment);
        changes.put_job(job);
        Ok(())
    }

    /// The job that takes the shipment back or changes it, while it is not done.
    fn amending(&self, order: &Order) -> Result<Option<Job>, FlowError> {
        let key = u64::from(order.generation.0);
        for kind in [JobKind::Cancel, JobKind::Change] {
            if let Some(id) = self.view.live_job(order.id, kind, key)? {
                return Ok(self.view.job(id)?);
            }
        }
        Ok(None)
    }

    fn drop_change(&self, order: &Order, changes: &mut Changes) -> Result<(), FlowError> {
        if let Some(mut job) = self.amending(order)?
            && matches!(job.state, JobState::Waiting { .. } | JobState::Parked { .. })
        {
            self.finish(&mut job, "the shipment is taken back instead")?;
            changes.put_job(job);
        }
        Ok(())
    }

    /// A change that is not followed is said once, in a note and by a standing warning.
    fn not_followed(
        &self,
        order: &mut Order,
        change: Fingerprint,
        why: &str,
        changes: &mut Changes,
    ) -> Result<(), FlowError> {
        if order.unfollowed == Some(change) {
            return Ok(());
        }
        order.unfollowed = Some(change);
        let text =
            format!("The order changed after it was sent to Stream: {why}. Tell the planner.");
        changes.happened(order, Event::Warned(text.clone()));
        marks::ensure_note(self.view, order, &text, self.now, changes)?;
        Ok(())
    }

    /// Cancelled, merged or split in Linnworks after it was sent: taken back in Stream while that is
    /// possible. Answers whether the order changed.
    pub(super) fn take_back(
        &self,
        order: &mut Order,
        changes: &mut Changes,
    ) -> Result<bool, FlowError> {
        let number = order.number;
        let on_the_road = order.standing.plan.as_ref().is_some_and(|plan| plan.dispatched)
            || order.state.stage().is_some_and(|stage| stage >= Stage::Dispatched);
        if on_the_road || !self.rules.changes || self.rules.mode != Mode::On {
            let text = format!(
                "the order was cancelled, merged or split in Linnworks after it was sent. To take it back, run: \
                 linnstream cancel {number}; once it is on the road, tell the planner"
            );
            step_order(order, &OrderEvent::Attend(Cause::Gone, text.clone()), self.now)?;
            changes.happened(order, Event::Attention(text));
            return Ok(true);
        }
        if self.amending(order)?.is_some_and(|job| matches!(job.task, Task::Cancel { .. })) {
            return Ok(false);
        }
        self.drop_change(order, changes)?;
        let text = "cancelled, merged or split in Linnworks: it is taken back in Stream";
        changes.happened(order, Event::Amended(text.to_owned()));
        let then = Then::Close(CancelledBy::Linnworks);
        let task = Task::Cancel { generation: order.generation, then };
        changes.put_job(marks::new_job(self.view, order, task, self.now)?);
        Ok(true)
    }

    /// Open again in Linnworks, and its shipment is still there.
    pub(super) fn reopen(&self, order: &mut Order, changes: &mut Changes) -> Result<(), FlowError> {
        step_order(order, &OrderEvent::Reopened, self.now)?;
        order.ask_to_read(self.now.mono);
        changes.happened(order, Event::Changed);
        Ok(())
    }
}
