//! Standing warnings: the facts of the store beside those of the loops, compared with what stands.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{FlowError, marks, readable};
use crate::domain::alarm::{self, Facts, Raised};
use crate::domain::event::Event;
use crate::domain::explain::Reach;
use crate::domain::ids::OrderId;
use crate::domain::order::{Order, StateWord};
use crate::domain::profile::Stage;
use crate::domain::rules::Rules;
use crate::domain::service;
use crate::domain::time::{Now, Timestamp};
use crate::domain::webhook::WebhookState;
use crate::store::{Changes, Setting, Store, StoreError, View};

/// Orders of one state looked at: more of them say nothing more, and each is named by its number.
const ORDERS_MAX: usize = 20_000;

/// What the loops know.
#[derive(Clone, Debug)]
pub struct Told {
    /// Linnworks.
    pub linnworks: Reach,
    /// Stream.
    pub stream: Reach,
    /// Subscriptions that Stream refused: event and why.
    pub refused_pairs: Vec<(String, String)>,
    /// Since when the program listens.
    pub since: Timestamp,
    /// When the sweep last found a change no notification had told of.
    pub untold_at: Option<Timestamp>,
    /// Bytes that are free on the disk of the database.
    pub disk_free: Option<u64>,
}

/// Compares what should stand with what stands, and writes what changed. Answers the warnings raised and
/// those cleared.
///
/// # Errors
/// [`FlowError`]; nothing was written.
pub fn look(
    store: &Store,
    now: Now,
    rules: &Arc<Rules>,
    told: &Told,
) -> Result<(Vec<Raised>, Vec<Raised>), FlowError> {
    let (before, wanted) = store.read(|view| {
        let orders = orders(view, rules)?;
        let counts = view.counts()?;
        let unreadable =
            view.webhook_counts()?.get(&WebhookState::Unreadable).copied().unwrap_or(0);
        let facts = Facts {
            now,
            rules,
            linnworks: told.linnworks,
            stream: told.stream,
            paused: view.paused()?.map(|paused| paused.by),
            orders: &orders,
            prints: prints(view)?,
            services: services(view, rules, &orders)?,
            refused_pairs: told.refused_pairs.clone(),
            subscribed: view.subscriptions()?.len(),
            last_webhook: view.last_webhook()?.map(|webhook| webhook.last_at),
            listening_since: told.since,
            untold_at: told.untold_at,
            unreadable,
            disk_free: told.disk_free,
            oldest_read: view.oldest_read()?,
            parked: counts.jobs.get(&crate::domain::job::JobWord::Parked).copied().unwrap_or(0),
        };
        Ok((view.alarms()?, alarm::standing(&facts)))
    })?;
    let (stand, new, over) = alarm::compare(&before, wanted, now.wall);
    if stand == before {
        return Ok((new, over));
    }
    let (raised, cleared) = (new.clone(), over.clone());
    store.write(now, move |_| {
        let mut changes = Changes::new();
        for alarm in &raised {
            changes.daemon(Event::Daemon(format!("alarm {}: {}", alarm.code.word(), alarm.text)));
        }
        for alarm in &cleared {
            changes.daemon(Event::Daemon(format!(
                "alarm over, {}: {}",
                alarm.code.word(),
                alarm.text
            )));
        }
        changes.set(Setting::Alarms(stand.clone()));
        Ok::<_, FlowError>((changes, ()))
    })?;
    Ok((new, over))
}

/// Whether labels are printed through us.
///
/// # Errors
/// As [`View::order`].
pub fn prints(view: &View<'_>) -> Result<bool, StoreError> {
    Ok(view.profile()?.is_some_and(|profile| profile.stage == Stage::Active))
}

/// The orders that warnings may be about, each with whether it carries what it should.
fn orders(view: &View<'_>, rules: &Rules) -> Result<Vec<(Order, bool)>, StoreError> {
    let table = view.tags()?;
    let mut ids: BTreeSet<OrderId> = BTreeSet::new();
    for word in [
        StateWord::Unsure,
        StateWord::Refused,
        StateWord::Sent,
        StateWord::Planned,
        StateWord::Dispatched,
        StateWord::Attention,
    ] {
        ids.extend(view.orders_in(word, None, ORDERS_MAX)?);
    }
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(order) = readable(view.order(id))? else { continue };
        let wanted = marks::wanted_tags(&order, &table, rules);
        let right = wanted.is_none_or(|wanted| wanted == order.tags);
        found.push((order, right));
    }
    Ok(found)
}

/// Services of orders that Stream has which lead nowhere any more.
fn services(
    view: &View<'_>,
    rules: &Rules,
    orders: &[(Order, bool)],
) -> Result<Vec<(String, String)>, StoreError> {
    if view.depots()?.is_none() {
        return Ok(Vec::new());
    }
    let known = view.known()?;
    let mut names: BTreeSet<&str> =
        rules.shipping.rules.iter().map(|rule| rule.name.as_str()).collect();
    names.extend(
        orders
            .iter()
            .filter(|(order, _)| order.shipped.is_some())
            .map(|(order, _)| order.service.as_str()),
    );
    let mut gone = Vec::new();
    for name in names {
        if let Err(problem) =
            service::resolve(name, known.learned(name), &rules.shipping.rules, &known.depots)
        {
            gone.push((name.to_owned(), problem.to_string()));
        }
    }
    Ok(gone)
}
