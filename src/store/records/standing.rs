//! Stored shapes of what Stream says of a shipment. FROZEN, see the parent module.

use serde::{Deserialize, Serialize};

use crate::domain::ids::RunId;
use crate::domain::order::Standing;
use crate::domain::plan::Plan;
use crate::domain::time::{Day, Moment, Timestamp};

#[derive(Serialize, Deserialize)]
pub(super) struct StandingV1 {
    status: String,
    plan: Option<PlanV1>,
    read_at: Option<i64>,
    absent_since: Option<u64>,
    planned_at: Option<i64>,
    dispatched_at: Option<i64>,
    delivered_at: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct PlanV1 {
    run: String,
    text: String,
    /// YYYY-MM-DD.
    day: Option<String>,
    sequence: Option<u32>,
    driver: String,
    vehicle: String,
    leaves: String,
    dispatched: bool,
    completed: bool,
}

impl StandingV1 {
    pub(super) fn of(standing: &Standing) -> Self {
        Self {
            status: standing.status.clone(),
            plan: standing.plan.as_ref().map(PlanV1::of),
            read_at: standing.read_at.map(|at| at.0),
            absent_since: standing.absent_since.map(|at| at.0),
            planned_at: standing.planned_at.map(|at| at.0),
            dispatched_at: standing.dispatched_at.map(|at| at.0),
            delivered_at: standing.delivered_at.map(|at| at.0),
        }
    }

    pub(super) fn standing(self) -> Standing {
        Standing {
            status: self.status,
            plan: self.plan.map(PlanV1::plan),
            read_at: self.read_at.map(Timestamp),
            absent_since: self.absent_since.map(Moment),
            planned_at: self.planned_at.map(Timestamp),
            dispatched_at: self.dispatched_at.map(Timestamp),
            delivered_at: self.delivered_at.map(Timestamp),
        }
    }
}

impl PlanV1 {
    fn of(plan: &Plan) -> Self {
        Self {
            run: plan.run.0.clone(),
            text: plan.text.clone(),
            day: plan.day.map(|day| day.to_string()),
            sequence: plan.sequence,
            driver: plan.driver.clone(),
            vehicle: plan.vehicle.clone(),
            leaves: plan.leaves.clone(),
            dispatched: plan.dispatched,
            completed: plan.completed,
        }
    }

    fn plan(self) -> Plan {
        Plan {
            run: RunId(self.run),
            text: self.text,
            day: self.day.as_deref().and_then(Day::parse),
            sequence: self.sequence,
            driver: self.driver,
            vehicle: self.vehicle,
            leaves: self.leaves,
            dispatched: self.dispatched,
            completed: self.completed,
        }
    }
}
