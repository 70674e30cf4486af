//! What a verdict does to an order of which nothing is with Stream or on the way there.

use super::Desk;
use crate::domain::decide::{self, Occasion, Ready, Verdict};
use crate::domain::event::Event;
use crate::domain::ids::{Fingerprint, Generation};
use crate::domain::job::{Doubt, Job, JobEvent, JobKind, JobState, Prepared, Task};
use crate::domain::order::{
    Contact, HeldReason, Order, OrderEvent, OrderState, Refusal, RefusedBy,
};
use crate::domain::rules::Mode;
use crate::domain::service::Resolution;
use crate::domain::shipment::Shipment;
use crate::domain::source::SourceOrder;
use crate::domain::tags::Mark;
use crate::domain::time::{Moment, Timestamp};
use crate::flow::{FlowError, marks, quarantine, step_job, step_order};
use crate::store::Changes;

impl Desk<'_, '_> {
    /// An order of which nothing is with Stream or on the way there.
    pub(super) fn judge(
        &self,
        order: &mut Order,
        source: &SourceOrder,
        is_new: bool,
        demanded: bool,
        changes: &mut Changes,
    ) -> Result<(), FlowError> {
        let in_work =
            !is_new && matches!(order.state, OrderState::Waiting | OrderState::Refused(_));
        let occasion = match (order.demanded, in_work) {
            (true, _) => Occasion::Demanded,
            (false, true) => Occasion::InWork,
            (false, false) => Occasion::Found,
        };
        let verdict = decide::judge(
            source,
            order.generation,
            occasion,
            &self.known,
            self.rules,
            self.now.wall,
        );
        match verdict {
            Verdict::Hold(reason) => match self.doubt_of_held(order, source)? {
                Some(doubt) => self.look_first(order, doubt, None, changes),
                None => self.hold(order, reason, is_new, changes),
            },
            // What the vendor's program or a lost database left behind is looked for first, whatever
            // we would make of the order ourselves.
            Verdict::Refuse(refusal, resolution) => match self.doubt(order, source)? {
                Some(doubt) => self.look_first(order, doubt, None, changes),
                None => {
                    name_service(order, resolution.as_deref());
                    self.refuse(order, refusal, is_new, changes)
                }
            },
            // Where none is sent by itself, what was refused is sent again only when it is asked for again.
            Verdict::Send(ready)
                if self.rules.mode == Mode::Off
                    && !demanded
                    && matches!(order.state, OrderState::Refused(_)) =>
            {
                if order.refused_shipment == Some(ready.shipment.fingerprint()) {
                    return Ok(());
                }
                self.hold(order, HeldReason::SyncOff, is_new, changes)
            }
            Verdict::Send(ready) => match self.doubt(order, source)? {
                Some(doubt) => self.look_first(order, doubt, Some(*ready), changes),
                None => self.send(order, *ready, is_new, changes),
            },
        }
    }

    /// Whether Stream may have it although we have no record that it does, and why we think so.
    /// Judged by what passed between us and Stream, whatever the order went through meanwhile.
    fn doubt(&self, order: &Order, source: &SourceOrder) -> Result<Option<Doubt>, FlowError> {
        if order.contact == Contact::None && self.is_quarantined(source.received) {
            let shown = self.is_shown_as_sent(source) || !source.shipping.tracking.is_empty();
            return Ok(Some(if shown { Doubt::Unrecorded } else { Doubt::Quarantined }));
        }
        if !self.sends(order) {
            return Ok(None);
        }
        Ok(match order.contact {
            Contact::Known | Contact::Seen => None,
            // The job that had to settle it was withdrawn: it is settled anew.
            Contact::Unanswered => self.create_of(order)?.is_none().then_some(Doubt::Lost),
            Contact::None if self.is_inherited(source.received) => Some(Doubt::Inherited),
            Contact::None if order.generation != Generation::FIRST => None,
            Contact::None => {
                let sent = self.table.tag(Mark::Sent);
                sent.is_some_and(|tag| source.tags.contains(tag)).then_some(Doubt::Unrecorded)
            }
        })
    }

    /// An order that would not be sent now may have been sent before the loss: then it carries what we put
    /// on it, and is followed as before.
    fn doubt_of_held(
        &self,
        order: &Order,
        source: &SourceOrder,
    ) -> Result<Option<Doubt>, FlowError> {
        let sent = self.is_quarantined(source.received) && self.is_shown_as_sent(source);
        if sent { self.doubt(order, source) } else { Ok(None) }
    }

    fn is_quarantined(&self, received: Option<Timestamp>) -> bool {
        self.quarantine.is_some_and(|mark| mark.concerns(received))
    }

    /// It carries an identifier that only an order with Stream has.
    fn is_shown_as_sent(&self, source: &SourceOrder) -> bool {
        source.tags.iter().any(|tag| match self.table.mark(tag) {
            Some(Mark::Sent | Mark::Run(_) | Mark::Day(_) | Mark::Sequence(_)) => true,
            Some(Mark::Error) | None => false,
        })
    }

    fn is_inherited(&self, received: Option<Timestamp>) -> bool {
        self.inherited_before.is_some_and(|start| received.is_none_or(|at| at < start))
    }

    /// The create job of the order's generation that is not done.
    fn create_of(&self, order: &Order) -> Result<Option<Job>, FlowError> {
        let key = u64::from(order.generation.0);
        Ok(match self.view.live_job(order.id, JobKind::Create, key)? {
            Some(id) => self.view.job(id)?,
            None => None,
        })
    }

    fn look_first(
        &self,
        order: &mut Order,
        doubt: Doubt,
        ready: Option<Ready>,
        changes: &mut Changes,
    ) -> Result<(), FlowError> {
        match self.create_of(order)? {
            // Nothing of it went out: a look takes its place.
            Some(mut waiting)
                if matches!(
                    waiting.state,
                    JobState::Waiting { .. } | JobState::Reserved { .. }
                ) =>
            {
                self.finish(&mut waiting, "it is looked for in Stream first")?;
                changes.put_job(waiting);
            }
            Some(_) => return Ok(()),
            None => {}
        }
        let task = Task::Create { generation: order.generation };
        let mut job = marks::new_job(self.view, order, task, self.now)?;
        let since = match (&doubt, self.quarantine) {
            (Doubt::Quarantined | Doubt::Unrecorded, Some(mark)) => mark.began,
            (
                Doubt::Quarantined
                | Doubt::Unrecorded
                | Doubt::Lost
                | Doubt::Resent
                | Doubt::Refused(_)
                | Doubt::Inherited
                | Doubt::Seen,
                _,
            ) => self.now.mono,
        };
        job.state = quarantine::unsure(doubt, since, self.now);
        if let Some(ready) = ready {
            name_service(order, Some(&ready.resolution));
            job.prepared = Some(Prepared {
                fingerprint: ready.shipment.fingerprint(),
                read_at: self.now.mono,
            });
            changes.put_shipment(job.id, ready.shipment);
        }
        step_order(order, &OrderEvent::Ready, self.now)?;
        step_order(order, &OrderEvent::Lost, self.now)?;
        changes.happened(
            order,
            Event::Looked("sent before we knew it, perhaps: looking in Stream first".into()),
        );
        changes.put_job(job);
        Ok(())
    }

    pub(super) fn hold(
        &self,
        order: &mut Order,
        reason: HeldReason,
        is_new: bool,
        changes: &mut Changes,
    ) -> Result<(), FlowError> {
        if !is_new && order.state == OrderState::Held(reason.clone()) {
            return Ok(());
        }
        order.demanded = false;
        self.withdraw(order, &reason.to_string(), changes)?;
        changes.happened(order, Event::Held(reason.to_string()));
        step_order(order, &OrderEvent::Hold(reason), self.now)
    }

    pub(super) fn refuse(
        &self,
        order: &mut Order,
        refusal: Refusal,
        is_new: bool,
        changes: &mut Changes,
    ) -> Result<(), FlowError> {
        if !is_new && order.state == OrderState::Refused(refusal.clone()) {
            return Ok(());
        }
        self.withdraw(order, "the order cannot be sent as it is", changes)?;
        changes.happened(order, Event::Refused(refusal.text()));
        step_order(order, &OrderEvent::Refuse(refusal), self.now)
    }

    pub(super) fn send(
        &self,
        order: &mut Order,
        ready: Ready,
        is_new: bool,
        changes: &mut Changes,
    ) -> Result<(), FlowError> {
        let fingerprint = ready.shipment.fingerprint();
        let unchanged = order.refused_shipment == Some(fingerprint);
        if matches!(&order.state, OrderState::Refused(refusal) if refusal.by == RefusedBy::Stream)
            && unchanged
        {
            return Ok(());
        }
        name_service(order, Some(&ready.resolution));
        let was_waiting = !is_new && order.state == OrderState::Waiting;
        step_order(order, &OrderEvent::Ready, self.now)?;
        if !was_waiting {
            let to = &ready.resolution;
            let place = format!("to {} › {}", to.depot.name, to.method.name);
            changes.happened(order, Event::Ready(place));
            for warning in &ready.warnings {
                changes.happened(order, Event::Warned(warning.clone()));
            }
        }
        if !self.sends(order) {
            if !was_waiting {
                let text = format!(
                    "would be sent to {} › {}",
                    ready.resolution.depot.name, ready.resolution.method.name
                );
                changes.happened(order, Event::DryRun(text));
            }
            return Ok(());
        }
        self.prepare(order, ready, fingerprint, changes)
    }

    /// Puts the shipment with its create job, making the job when there is none.
    pub(super) fn prepare(
        &self,
        order: &Order,
        ready: Ready,
        fingerprint: Fingerprint,
        changes: &mut Changes,
    ) -> Result<(), FlowError> {
        let mut job = match self.create_of(order)? {
            Some(job) if matches!(job.state, JobState::Waiting { .. }) => job,
            // An attempt is out.
            Some(_) => return Ok(()),
            None => {
                let task = Task::Create { generation: order.generation };
                marks::new_job(self.view, order, task, self.now)?
            }
        };
        if job.prepared.is_none() && self.room.get() == 0 && !order.demanded {
            changes.put_job(job);
            return Ok(());
        }
        self.room.set(self.room.get().saturating_sub(1));
        hurry(&mut job, order);
        // A resend keeps its bytes, whatever was edited since: a late twin of the first call must meet
        // the same content. It goes out as if the first had arrived and the edit had come after.
        let resend = matches!(job.state, JobState::Waiting { resend: true, .. });
        let kept = if resend { self.view.shipment(job.id)? } else { None };
        let fingerprint = kept.as_ref().map_or(fingerprint, Shipment::fingerprint);
        job.prepared = Some(Prepared { fingerprint, read_at: self.now.mono });
        if kept.is_none() {
            changes.put_shipment(job.id, ready.shipment);
        }
        changes.put_job(job);
        Ok(())
    }

    /// Takes back a create that has not begun.
    pub(super) fn withdraw(
        &self,
        order: &Order,
        why: &str,
        changes: &mut Changes,
    ) -> Result<(), FlowError> {
        let Some(mut job) = self.create_of(order)? else { return Ok(()) };
        self.finish(&mut job, why)?;
        changes.put_job(job);
        Ok(())
    }

    pub(super) fn finish(&self, job: &mut Job, why: &str) -> Result<(), FlowError> {
        step_job(job, &JobEvent::Withdrawn(why.to_owned()), self.now, &self.rules.settle)
    }
}

/// What a packer waits for goes before everything else that waits.
fn hurry(job: &mut Job, order: &Order) {
    if let JobState::Waiting { due, .. } = &mut job.state
        && order.demanded
    {
        *due = Moment(0);
    }
}

fn name_service(order: &mut Order, resolution: Option<&Resolution>) {
    order.depot = resolution.map(|r| r.depot.name.clone());
    order.method = resolution.map(|r| r.method.name.clone());
}
