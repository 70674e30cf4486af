//! What a peer asks becomes views: the daemon's side of the protocol. Reads only; nothing is
//! decided here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tui::protocol::views::{
    AlarmView, ApiView, AuditView, EntryView, OrderDetailView, OrderView, PausedView, StatusView,
    StuckView,
};
use tui::protocol::{ErrorKind, PAGE_ROWS_MAX, Reply, Request};

use secrecy::SecretString;

use super::backup::Backups;
use super::exchanges::Exchanges;
use super::index::Index;
use super::labels::Reprint;
use super::peer::Peer;
use super::rates::Rates;
use super::{jobs, level};
use crate::clock::Clock;
use crate::domain::account::Account;
use crate::domain::alarm::Raised;
use crate::domain::explain::{Answer, Reach, Site};
use crate::domain::ids::{OrderId, OrderNumber, Tag};
use crate::domain::job::JobWord;
use crate::domain::order::{Order, StateWord};
use crate::domain::plan::Plan;
use crate::domain::time::{Delay, Moment, Now, Timestamp, Zone};
use crate::domain::webhook::WebhookState;
use crate::flow::{LiveRules, marks};
use crate::logging::Logger;
use crate::pulse::Pulse;
use crate::store::{Store, StoreError, View};
use crate::wake::Wake;

/// What is shown of one API.
#[derive(Clone, Debug)]
pub struct ApiHealth {
    /// Whether it can be called.
    pub reach: Reach,
    /// When it last answered.
    pub last_ok: Option<Timestamp>,
    /// Calls in the last 60 s.
    pub calls_last_minute: usize,
    /// The part of its budget that is used most: what, calls in the last 60 s, of so many.
    pub busiest: Option<(&'static str, usize, u32)>,
    /// How long its last answer took.
    pub took: Option<Delay>,
}

/// Tells the state of Linnworks and of Stream.
pub type TellHealth = Box<dyn Fn(Now) -> (ApiHealth, ApiHealth) + Send + Sync>;

/// Makes the no-loss account; `true`: of our own records only.
pub type MakeAudit = Box<dyn Fn(bool) -> Result<Account, String> + Send + Sync>;

/// An order of Linnworks that is not in our records.
#[derive(Clone, Debug)]
pub struct Left {
    /// Key.
    pub id: OrderId,
    /// Channel reference.
    pub reference: String,
    /// Postal service.
    pub service: String,
    /// Why it is not in our records.
    pub why: Answer,
}

/// Looks an unknown order up in Linnworks, once.
pub type LookUp = Box<dyn Fn(OrderNumber, &Site) -> Result<Option<Left>, String> + Send + Sync>;

/// Orders named on the status screen.
const STUCK_MAX: usize = 10;

/// Orders of one state examined for the status screen.
const STUCK_SCAN_MAX: usize = 500;

/// Answers peers.
pub struct Desk {
    /// Orders and jobs.
    pub store: Arc<Store>,
    /// The rules in force.
    pub rules: Arc<LiveRules>,
    /// What the loops say of themselves.
    pub pulse: Arc<Pulse>,
    /// Woken after an action.
    pub wake: Wake,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// `site.name`.
    pub site: String,
    /// `site.time_zone`.
    pub zone: Zone,
    /// When the daemon started.
    pub since: Timestamp,
    /// State of both APIs.
    pub health: TellHealth,
    /// The no-loss account.
    pub audit: MakeAudit,
    /// Orders we leave alone.
    pub look_up: LookUp,
    /// Labels again.
    pub reprint: Reprint,
    /// Copies of the database.
    pub backups: Backups,
    /// What is logged.
    pub logger: Arc<Logger>,
    /// Where both systems reach us.
    pub endpoints: Box<dyn Fn() -> Endpoints + Send + Sync>,
    /// Every key of the configuration with its value and where it comes from; secrets masked.
    pub settings: Box<dyn Fn() -> Vec<(String, String, String)> + Send + Sync>,
    /// Orders that are not over, for lists.
    pub index: Mutex<Index>,
    /// What happened in the last hour, by minute.
    pub rates: Mutex<Rates>,
    /// The last exchange about each order.
    pub exchanges: Arc<Exchanges>,
    /// Users to whom personal data is shown, and until when.
    pub revealed: Mutex<BTreeMap<u32, Moment>>,
}

/// Addresses that are registered with both systems.
pub struct Endpoints {
    /// Where Stream sends notifications; it holds a secret.
    pub stream_webhook: Option<SecretString>,
    /// Those to be registered in Linnworks, by their keys there.
    pub linnworks: Vec<(&'static str, SecretString)>,
}

impl Desk {
    /// Answers one question.
    pub fn answer(&self, peer: &Peer, request: Request) -> Reply {
        let answered = match request {
            Request::Why { number } => return self.why(OrderNumber(number)),
            Request::Act(action) => return self.act(peer, action),
            Request::Status => self.status().map(|status| Reply::Status(Box::new(status))),
            Request::Orders { state, search, after, limit } => {
                return self.orders(state.as_deref(), search.as_deref(), after, limit);
            }
            Request::Order { number } => return self.order(OrderNumber(number)),
            Request::Jobs { state, after, limit } => {
                let Ok(word) = state.as_deref().map(parse_job_word).transpose() else {
                    return bad_request(
                        "the states of jobs are waiting, sending, unsure, parked and done",
                    );
                };
                let now = self.clock.now();
                self.store
                    .read(|view| jobs::page(view, word, after, limit.min(PAGE_ROWS_MAX), now))
                    .map(Reply::Jobs)
            }
            Request::Services => {
                self.services().map(|services| Reply::Services(Box::new(services)))
            }
            Request::Audit { local } => {
                return match (self.audit)(local) {
                    Ok(account) => Reply::Audit(audit_view(&account)),
                    Err(text) => Reply::Error { kind: ErrorKind::Unavailable, text },
                };
            }
            Request::Label { number, format } => {
                return match (self.reprint)(OrderNumber(number), format.as_deref()) {
                    Ok(pictures) => Reply::Labels(pictures),
                    Err(unprinted) => unprinted.reply(),
                };
            }
            Request::Watch(watch) => return self.watch(peer, watch),
            Request::Backup => return self.backups.begin(),
            Request::BackupPart { id, offset } => return self.backups.part(id, offset),
            Request::Runs { day } => return self.runs(day.as_deref()),
            Request::Webhooks { after, limit } => return self.webhooks(after, limit),
            Request::Endpoints => return self.endpoints(),
            Request::LogLevel { level, lasts_ms } => {
                return level::answer(&self.logger, &level, lasts_ms);
            }
        };
        answered.unwrap_or_else(|error| failed(&error))
    }

    pub(super) fn status(&self) -> Result<StatusView, StoreError> {
        let now = self.clock.now();
        let (linnworks, stream) = (self.health)(now);
        let rules = self.rules.get();
        self.store.read(|view| {
            let counts = view.counts()?;
            let webhooks = view.webhook_counts()?;
            let count = |word| counts.jobs.get(&word).copied().unwrap_or(0);
            let jobs = JobWord::ALL.into_iter().map(|word| {
                (
                    word.word().to_owned(),
                    if word == JobWord::Done { counts.done_24h } else { count(word) },
                )
            });
            Ok(StatusView {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                site: self.site.clone(),
                zone: self.zone.name().to_owned(),
                now: now.wall.0,
                since: self.since.0,
                paused: view.paused()?.map(|paused| PausedView { by: paused.by, at: paused.at.0 }),
                orders: StateWord::ALL
                    .into_iter()
                    .map(|word| {
                        (word.word().to_owned(), counts.orders.get(&word).copied().unwrap_or(0))
                    })
                    .collect(),
                jobs: jobs.collect(),
                oldest_job_at: jobs::oldest(view)?.map(|at| at.0),
                linnworks: api_view(linnworks.clone()),
                stream: api_view(stream.clone()),
                webhooks_received: webhooks.values().sum(),
                webhooks_unreadable: webhooks.get(&WebhookState::Unreadable).copied().unwrap_or(0),
                webhooks_last_at: view.last_webhook()?.map(|webhook| webhook.last_at.0),
                webhooks_subscribed: view.subscriptions()?.len() as u64,
                sync_orders: rules.mode.word().to_owned(),
                last_poll_at: view.polled()?.map(|at| at.0),
                next_poll_at: self.pulse.next_poll().map(|at| at.0),
                last_sweep_at: self.pulse.swept().map(|at| at.0),
                oldest_read_at: view.oldest_read()?.map(|at| at.0),
                alarms: view.alarms()?.into_iter().map(alarm_view).collect(),
                stuck: stuck(view)?,
                store_bytes: self.store.bytes(),
            })
        })
    }

    fn orders(
        &self,
        state: Option<&str>,
        search: Option<&str>,
        after: Option<u64>,
        limit: u32,
    ) -> Reply {
        let wanted = match state.map(|word| StateWord::parse(word).ok_or(word)) {
            None => None,
            Some(Ok(word)) => Some(word),
            Some(Err(_)) => {
                let words: Vec<&str> = StateWord::ALL.into_iter().map(StateWord::word).collect();
                return bad_request(&format!("the states of orders are {}", words.join(", ")));
            }
        };
        let needle = search.map(str::to_lowercase);
        let limit = limit.min(PAGE_ROWS_MAX) as usize;
        let page = self.store.read(|view| {
            let mut rows: Vec<Order> = Vec::new();
            let words = wanted.map_or(StateWord::ALL.to_vec(), |word| vec![word]);
            for word in words {
                for id in view.orders_in(word, None, usize::MAX)? {
                    rows.extend(view.order(id)?.filter(|order| {
                        after.is_none_or(|after| order.number.0 > after)
                            && needle.as_deref().is_none_or(|needle| contains(order, needle))
                    }));
                }
            }
            rows.sort_by_key(|order| order.number);
            rows.truncate(limit);
            Ok(rows.iter().map(order_view).collect())
        });
        page.map_or_else(|error| failed(&error), Reply::Orders)
    }

    pub(super) fn order(&self, number: OrderNumber) -> Reply {
        let (now, rules) = (self.clock.now(), self.rules.get());
        let found = self.store.read(|view| {
            let Some(order) = view.order_by_number(number)? else { return Ok(None) };
            let table = view.tags()?;
            let wanted = marks::wanted_tags(&order, &table, &rules);
            let wanted = wanted.unwrap_or_else(|| order.tags.clone());
            let texts = |tags: &mut dyn Iterator<Item = &Tag>| {
                tags.map(|tag| tag.0.clone()).collect::<Vec<_>>()
            };
            Ok(Some(OrderDetailView {
                order: order_view(&order),
                identifiers: texts(&mut order.tags.iter()),
                identifiers_wanted: texts(&mut wanted.iter()),
                notes: order.notes.iter().map(|note| note.text.clone()).collect(),
                timeline: view
                    .timeline(order.id)?
                    .into_iter()
                    .map(|entry| EntryView {
                        at: entry.at.0,
                        what: entry.what,
                        detail: entry.detail,
                    })
                    .collect(),
                jobs: view.jobs_of(order.id)?.iter().map(|job| jobs::view(job, now)).collect(),
                zone: self.zone.name().to_owned(),
                now: now.wall.0,
            }))
        });
        match found {
            Ok(Some(order)) => Reply::Order(Box::new(order)),
            Ok(None) => self.stranger(number, now),
            Err(error) => failed(&error),
        }
    }

    /// An order without a record: most are orders we leave alone.
    fn stranger(&self, number: OrderNumber, now: Now) -> Reply {
        let error = |kind, text| Reply::Error { kind, text };
        let site = match self.store.read(|view| self.site(view, now)) {
            Ok(site) => site,
            Err(error) => return failed(&error),
        };
        match (self.look_up)(number, &site) {
            Ok(Some(left)) => Reply::Order(Box::new(OrderDetailView {
                order: left_view(number, left, now),
                identifiers: Vec::new(),
                identifiers_wanted: Vec::new(),
                notes: Vec::new(),
                timeline: Vec::new(),
                jobs: Vec::new(),
                zone: self.zone.name().to_owned(),
                now: now.wall.0,
            })),
            Ok(None) => error(
                ErrorKind::NotFound,
                format!(
                    "there is no order {number}, neither here nor in Linnworks: check the number"
                ),
            ),
            Err(text) => error(ErrorKind::Unavailable, format!("order {number}: {text}")),
        }
    }
}

fn alarm_view(alarm: Raised) -> AlarmView {
    AlarmView { code: alarm.code.word().to_owned(), text: alarm.text, since: alarm.since.0 }
}

fn api_view(health: ApiHealth) -> ApiView {
    ApiView {
        state: health.reach.word().to_owned(),
        last_ok_at: health.last_ok.map(|at| at.0),
        calls_last_minute: health.calls_last_minute as u64,
    }
}

fn audit_view(account: &Account) -> AuditView {
    AuditView {
        eligible: account.eligible(),
        shipped: account.shipped,
        refused: account.refused,
        waiting: account.waiting,
        attention: account.attention,
        unexplained: account.unexplained.iter().map(|number| number.0).collect(),
        double: account.double.iter().map(|number| number.0).collect(),
        ok: account.is_ok(),
    }
}

pub(super) fn failed(error: &StoreError) -> Reply {
    Reply::Error { kind: ErrorKind::Internal, text: error.to_string() }
}

fn bad_request(text: &str) -> Reply {
    Reply::Error { kind: ErrorKind::BadRequest, text: text.to_owned() }
}

fn parse_job_word(word: &str) -> Result<JobWord, ()> {
    JobWord::ALL.into_iter().find(|known| known.word() == word).ok_or(())
}

fn contains(order: &Order, needle: &str) -> bool {
    let tracking = order.shipped.as_ref().map_or("", |shipped| shipped.tracking.as_str());
    order.number.to_string().contains(needle)
        || [order.reference.as_str(), tracking, order.postcode.as_str()]
            .iter()
            .any(|text| text.to_lowercase().contains(needle))
}

pub(super) fn order_view(order: &Order) -> OrderView {
    let shipped = order.shipped.as_ref();
    let plan = order.standing.plan.as_ref();
    OrderView {
        number: order.number.0,
        id: order.id.to_string(),
        reference: order.reference.clone(),
        state: order.state.word().word().to_owned(),
        reason: order.state.reason(),
        service: order.service.clone(),
        depot: order.depot.clone(),
        method: order.method.clone(),
        postcode: order.postcode.clone(),
        tracking_number: shipped.map(|shipped| shipped.tracking.to_string()),
        tracking_url: shipped
            .map(|shipped| shipped.tracking_url.clone())
            .filter(|url| !url.is_empty()),
        consignment: shipped.map(|shipped| shipped.consignment.to_string()),
        run: plan.and_then(Plan::run_number).map(u32::from),
        run_text: plan.map(|plan| plan.text.clone()),
        run_id: plan.map(|plan| plan.run.to_string()),
        day: plan.and_then(|plan| plan.day).map(|day| day.to_string()),
        sequence: plan.and_then(|plan| plan.sequence),
        generation: order.generation.0,
        updated_at: order.updated_at.0,
    }
}

fn left_view(number: OrderNumber, left: Left, now: Now) -> OrderView {
    OrderView {
        number: number.0,
        id: left.id.to_string(),
        reference: left.reference,
        state: StateWord::Held.word().to_owned(),
        reason: Some(left.why.text),
        service: left.service,
        depot: None,
        method: None,
        postcode: String::new(),
        tracking_number: None,
        tracking_url: None,
        consignment: None,
        run: None,
        run_text: None,
        run_id: None,
        day: None,
        sequence: None,
        generation: 1,
        updated_at: now.wall.0,
    }
}

/// Refused orders and those that need a person, the longest first.
fn stuck(view: &View<'_>) -> Result<Vec<StuckView>, StoreError> {
    let mut found = Vec::new();
    for word in [StateWord::Attention, StateWord::Refused] {
        for id in view.orders_in(word, None, STUCK_SCAN_MAX)? {
            if let Some(order) = view.order(id)? {
                found.push(StuckView {
                    number: order.number.0,
                    state: word.word().to_owned(),
                    since: order.updated_at.0,
                    reason: order.state.reason().unwrap_or_default(),
                });
            }
        }
    }
    found.sort_by_key(|order| order.since);
    found.truncate(STUCK_MAX);
    Ok(found)
}
