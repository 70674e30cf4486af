//! Delivery runs as they are shown. A run is known by its id in Stream and its day.

use std::collections::BTreeMap;

use tui::protocol::views::{RunView, StopView};
use tui::protocol::{ErrorKind, Reply};

use super::answer::{Desk, failed};
use crate::domain::ids::RunId;
use crate::domain::order::Order;
use crate::domain::plan::Plan;
use crate::domain::rules::Rules;
use crate::domain::tags::TagTable;
use crate::domain::time::Day;
use crate::flow::{marks, watch};
use crate::store::{StoreError, View};

/// Orders on runs that are looked at: more than any site plans at once.
const ORDERS_MAX: usize = 20_000;

/// Days before today that are shown without a day: yesterday's runs may still be out.
const DAYS_BEFORE: u32 = 1;

impl Desk {
    /// Answers `runs`.
    pub(super) fn runs(&self, day: Option<&str>) -> Reply {
        let only = match day.map(|text| Day::parse(text).ok_or(text)) {
            None => None,
            Some(Ok(day)) => Some(day),
            Some(Err(text)) => {
                let text = format!("\"{text}\" is no day: write it as 2026-11-26");
                return Reply::Error { kind: ErrorKind::BadRequest, text };
            }
        };
        let now = self.clock.now().wall;
        let from = only.or_else(|| Some(self.zone.day(self.zone.days_before(now, DAYS_BEFORE))));
        let rules = self.rules.get();
        match self.store.read(|view| runs(view, from, only, &rules)) {
            Ok(runs) => Reply::Runs(runs),
            Err(error) => failed(&error),
        }
    }
}

/// What a stop is judged by.
struct Site<'a> {
    table: TagTable,
    rules: &'a Rules,
    prints: bool,
}

/// The orders of one run, each with its place.
type Stops = Vec<(Order, Plan)>;

fn runs(
    view: &View<'_>,
    from: Option<Day>,
    to: Option<Day>,
    rules: &Rules,
) -> Result<Vec<RunView>, StoreError> {
    let site = Site { table: view.tags()?, rules, prints: watch::prints(view)? };
    let mut found: BTreeMap<(Option<Day>, RunId), Stops> = BTreeMap::new();
    let mut ids = view.on_runs(from, to, ORDERS_MAX)?;
    if to.is_none() {
        // Runs whose day Stream does not show stand before all days.
        ids.extend(view.on_runs(None, None, ORDERS_MAX)?);
    }
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        let Some(order) = view.order(id)? else { continue };
        let Some(plan) = order.standing.plan.clone() else { continue };
        if plan.day.is_some_and(|day| from.is_some_and(|from| day < from)) {
            continue;
        }
        found.entry((plan.day, plan.run.clone())).or_default().push((order, plan));
    }
    let mut runs: Vec<RunView> = found.into_values().map(|stops| run_view(stops, &site)).collect();
    runs.sort_by(|a, b| (&a.day, &a.run_text, &a.run_id).cmp(&(&b.day, &b.run_text, &b.run_id)));
    Ok(runs)
}

fn run_view(mut stops: Stops, site: &Site<'_>) -> RunView {
    stops.sort_by_key(|(order, plan)| (plan.sequence.unwrap_or(u32::MAX), order.number));
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    // Grouped from at least one order; all of a run show the same run.
    let (first, plan) = &stops[0];
    let any = |is: fn(&Plan) -> bool| stops.iter().any(|(_, plan)| is(plan));
    let status = if any(|plan| plan.completed) {
        "completed"
    } else if any(|plan| plan.dispatched) {
        "dispatched"
    } else {
        "planned"
    };
    RunView {
        run: plan.run_number().map(u32::from),
        run_text: plan.text.clone(),
        run_id: plan.run.to_string(),
        day: plan.day.map(|day| day.to_string()),
        depot: first.depot.clone(),
        driver: text(&plan.driver),
        vehicle: text(&plan.vehicle),
        status: status.to_owned(),
        leaves_at: plan.leaves_at(&site.rules.shipping.zone).map(|at| at.0),
        stops: stops.iter().map(|(order, plan)| stop(order, plan, site)).collect(),
    }
}

fn stop(order: &Order, plan: &Plan, site: &Site<'_>) -> StopView {
    let wanted = marks::wanted_tags(order, &site.table, site.rules);
    let problem = if order.state.stage().is_none() {
        order.state.reason().or_else(|| Some(order.state.word().word().to_owned()))
    } else if order.unfollowed.is_some() {
        Some("it changed in Linnworks after it was put on the run".to_owned())
    } else if site.rules.dispatch && order.tracked.is_none() {
        Some("its tracking number is not in Linnworks yet".to_owned())
    } else if wanted.is_some_and(|wanted| wanted != order.tags) {
        Some("its identifiers are being changed".to_owned())
    } else if site.prints && order.labelled.is_none() {
        Some("its label was not printed yet".to_owned())
    } else {
        None
    };
    StopView {
        sequence: plan.sequence,
        number: order.number.0,
        reference: order.reference.clone(),
        postcode: order.postcode.clone(),
        state: order.state.word().word().to_owned(),
        problem,
    }
}
