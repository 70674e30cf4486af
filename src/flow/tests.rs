//! When a call may still go out.

use super::fixtures::{LONGEST, rules};
use super::*;
use crate::domain::ids::{Generation, JobId, OrderId, OrderNumber};
use crate::domain::job::{Doubt, Task};
use crate::domain::time::Timestamp;

fn at(moment: Moment) -> Now {
    Now { wall: Timestamp(0), mono: moment }
}

fn taken(state: JobState) -> Taken {
    Taken {
        job: Job {
            id: JobId(1),
            order: OrderId::from_bytes([1; 16]),
            number: OrderNumber(7),
            task: Task::Create { generation: Generation::FIRST },
            state,
            attempts: 1,
            created_at: Timestamp(0),
            last_error: None,
            prepared: None,
        },
    }
}

#[test]
fn a_call_that_was_held_too_long_does_not_go_out_so_that_it_ends_within_its_lease() {
    let (begin, rules) = (Moment(1_000_000), rules());
    let until = begin.after(rules.lease);
    let doubt = Doubt::Lost;
    for state in [
        JobState::Sending { attempt: 1, lease_until: until, resend: false },
        JobState::Unsure { attempt: 1, since: begin, doubt, looks: 0, due: until },
    ] {
        let taken = taken(state);
        let last = begin.after(HOLD_MAX);
        assert!(taken.may_begin(at(begin), &rules) && taken.may_begin(at(last), &rules));
        assert!(!taken.may_begin(at(last.after(Delay(1))), &rules), "{taken:?}");
        // A sign-in and the call itself, each as long as they may be, end before the lease does.
        assert!(last.after(LONGEST).after(LONGEST) < until);
    }
}

#[test]
fn nothing_goes_out_for_a_job_that_is_not_taken_or_whose_reservation_is_over() {
    let rules = rules();
    let reserved = |until| taken(JobState::Reserved { until: Moment(until), resend: false });
    assert!(reserved(2_000).may_begin(at(Moment(1_999)), &rules));
    assert!(!reserved(2_000).may_begin(at(Moment(2_000)), &rules));
    let waiting = JobState::Waiting { due: Moment(0), resend: false };
    assert!(!taken(waiting).may_begin(at(Moment(1)), &rules));
}
