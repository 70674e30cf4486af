//! The lists and pages of an attached console.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::PoisonError;

use tui::protocol::Reply;
use tui::protocol::screens::{
    Body, CauseView, ExchangeView, LineView, Listing, MeterView, OrderScreen, OverviewView, Page,
    SCREEN_ROWS_MAX, SettingView,
};
use tui::protocol::views::{JobView, OrderView, WebhookView};

use super::answer::{ApiHealth, Desk, order_view};
use super::exchanges::{Ended, Exchange, System};
use super::index::{Row, window};
use super::jobs;
use super::watch::{masked, sentence};
use super::webhooks::shown;
use crate::domain::explain;
use crate::domain::ids::{OrderId, OrderNumber};
use crate::domain::job::JobWord;
use crate::domain::order::{Order, StateWord};
use crate::store::StoreError;

/// Jobs looked at for one page of the queue: what stands behind them is counted, not shown.
const JOBS_MAX: usize = 5_000;

/// Notifications looked at, the newest.
const WEBHOOKS_MAX: usize = 2_000;

/// Lines of the journal in one answer.
const LINES_MAX: usize = 500;

/// Lines of the journal before its end, for a console that has none.
const LINES_BEFORE: u64 = 200;

impl Desk {
    pub(super) fn overview(&self) -> Result<OverviewView, StoreError> {
        let now = self.clock.now();
        let (linnworks, stream) = (self.health)(now);
        let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        let (sent, refused) = self.store.read(|view| rates.last_hour(view, now.wall))?;
        Ok(OverviewView {
            status: self.status()?,
            linnworks: meter(&linnworks),
            stream: meter(&stream),
            sent,
            refused,
        })
    }

    pub(super) fn order_page(
        &self,
        listing: &Listing,
        reveal: bool,
    ) -> Result<Page<OrderView>, StoreError> {
        let part = {
            let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
            index.refresh(&self.store)?;
            index.part(listing)
        };
        let rows = self.store.read(|view| {
            let mut rows = Vec::new();
            for id in &part.ids {
                rows.extend(view.order(*id)?.map(|order| shown_order(&order, reveal)));
            }
            Ok(rows)
        })?;
        Ok(Page { total: part.total, offset: part.offset, focus: part.focus, rows })
    }

    pub(super) fn order_screen(&self, number: OrderNumber, reveal: bool) -> Body {
        let mut detail = match self.order(number) {
            Reply::Order(detail) => *detail,
            other => return Body::Nothing(sentence(&other)),
        };
        if !reveal {
            detail.order.postcode = masked(&detail.order.postcode);
        }
        let (why, next) = match self.why(number) {
            Reply::Why(why) => (why.text, why.next),
            other => (sentence(&other), String::new()),
        };
        let exchanges = match OrderId::parse(&detail.order.id) {
            Some(id) => self.exchanges.last(number, id, reveal, self.clock.now().mono),
            None => Vec::new(),
        };
        let exchanges = exchanges.into_iter().map(exchange_view).collect();
        Body::Order(Box::new(OrderScreen { detail, why, next, exchanges }))
    }

    pub(super) fn queue(&self, listing: &Listing) -> Result<Page<JobView>, StoreError> {
        let now = self.clock.now();
        let mut rows = self.store.read(|view| {
            let mut rows = Vec::new();
            for word in [JobWord::Parked, JobWord::Unsure, JobWord::Sending, JobWord::Waiting] {
                for id in view.jobs_in(word, None, JOBS_MAX - rows.len())? {
                    rows.extend(view.job(id)?.map(|job| jobs::view(&job, now)));
                }
            }
            Ok(rows)
        })?;
        let filter = listing.filter.to_lowercase();
        rows.retain(|job| {
            let error = job.last_error.as_deref().unwrap_or_default();
            let text = format!("{} {} {} {} {error}", job.id, job.kind, job.order, job.state);
            matches(&text, &filter)
        });
        match listing.sort {
            1 => rows.sort_by(|a, b| a.kind.cmp(&b.kind)),
            2 => rows.sort_by_key(|job| job.order),
            3 => rows.sort_by_key(|job| std::cmp::Reverse(job.attempt)),
            4 => rows.sort_by_key(|job| job.due_at),
            5 => rows.sort_by_key(|job| job.created_at),
            _ => {}
        }
        Ok(paged(rows, listing, |job| job.key))
    }

    pub(super) fn causes(&self, listing: &Listing) -> Result<Page<CauseView>, StoreError> {
        let mut groups: BTreeMap<(StateWord, String), Vec<Row>> = BTreeMap::new();
        {
            let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
            index.refresh(&self.store)?;
            for row in index.in_states(&[StateWord::Attention, StateWord::Refused]) {
                let cause = cause(row.reason.as_deref().unwrap_or("no reason was kept"));
                groups.entry((row.state, cause)).or_default().push(row.clone());
            }
        }
        let now = self.clock.now();
        let mut causes = self.store.read(|view| {
            let site = self.site(view, now)?;
            let mut causes = Vec::new();
            for ((state, cause), mut rows) in groups {
                rows.sort_by_key(|row| (row.updated, row.number));
                let next = match view.order(rows[0].id)? {
                    Some(order) => explain::explain(&order, &view.jobs_of(order.id)?, &site).next,
                    None => String::new(),
                };
                causes.push(cause_view(state, cause, &rows, next));
            }
            Ok(causes)
        })?;
        let filter = listing.filter.to_lowercase();
        causes.retain(|one| matches(&format!("{} {}", one.state, one.cause), &filter));
        match listing.sort {
            1 => causes.sort_by_key(|one| one.first_at),
            2 => causes.sort_by_key(|one| std::cmp::Reverse(one.last_at)),
            _ => causes.sort_by_key(|one| (std::cmp::Reverse(one.count), one.first_at)),
        }
        Ok(paged(causes, listing, |one| one.key))
    }

    pub(super) fn webhook_page(&self, listing: &Listing) -> Result<Page<WebhookView>, StoreError> {
        let mut rows = self.store.read(|view| {
            let ids = view.webhooks(None, usize::MAX)?;
            let mut rows = Vec::new();
            for id in ids.iter().rev().take(WEBHOOKS_MAX) {
                if let Some(webhook) = view.webhook(*id)? {
                    rows.push(shown(view, webhook)?);
                }
            }
            Ok(rows)
        })?;
        let filter = listing.filter.to_lowercase();
        rows.retain(|one| {
            let order = one.order.map(|number| number.to_string()).unwrap_or_default();
            let (named, run) = (one.order_ref.as_deref(), one.run.as_deref());
            let parts = [&one.id, &one.event, &one.state, &order, &one.detail].map(String::as_str);
            let text = [&parts[..], &[named.unwrap_or_default(), run.unwrap_or_default()]].concat();
            matches(&text.join(" "), &filter)
        });
        Ok(paged(rows, listing, |one| one.key))
    }

    pub(super) fn activity(&self, after: Option<u64>) -> Result<Vec<LineView>, StoreError> {
        self.store.read(|view| {
            let after = match after {
                Some(after) => after,
                None => view.journal_head()?.saturating_sub(LINES_BEFORE),
            };
            let line = |line: crate::store::JournalEntry| LineView {
                seq: line.seq,
                at: line.entry.at.0,
                order: line.order.map(|(_, number)| number.0),
                what: line.entry.what,
                detail: line.entry.detail,
            };
            Ok(view.journal(after, LINES_MAX)?.into_iter().map(line).collect())
        })
    }

    pub(super) fn settings_page(&self) -> Vec<SettingView> {
        let one = |(key, value, origin)| SettingView { key, value, origin };
        (self.settings)().into_iter().map(one).collect()
    }
}

fn exchange_view(exchange: Exchange) -> ExchangeView {
    let (status, error) = match exchange.ended {
        Ended::Answered(status) => (Some(status), None),
        Ended::Failed(why) => (None, Some(why)),
    };
    ExchangeView {
        system: match exchange.system {
            System::Linnworks => "Linnworks",
            System::Stream => "Stream",
        }
        .to_owned(),
        at: exchange.at.0,
        method: exchange.method.to_owned(),
        path: exchange.path,
        status,
        error,
        took_ms: exchange.took.0,
        body: exchange.body,
        cut: exchange.cut,
        masked: exchange.masked,
    }
}

fn shown_order(order: &Order, reveal: bool) -> OrderView {
    let mut view = order_view(order);
    if !reveal {
        view.postcode = masked(&view.postcode);
    }
    view
}

fn meter(health: &ApiHealth) -> MeterView {
    let (what, calls, of) = health.busiest.unwrap_or(("calls", 0, 0));
    MeterView {
        what: what.to_owned(),
        calls: u32::try_from(calls).unwrap_or(u32::MAX),
        of,
        took_ms: health.took.map(|took| took.0),
    }
}

/// Whether every word of the filter is found.
fn matches(text: &str, filter: &str) -> bool {
    let text = text.to_lowercase();
    filter.split_whitespace().all(|word| {
        let value = word.split_once(':').map_or(word, |(_, value)| value);
        text.contains(value)
    })
}

fn paged<T>(rows: Vec<T>, listing: &Listing, key: impl Fn(&T) -> u64) -> Page<T> {
    let mut rows = rows;
    if listing.descending {
        rows.reverse();
    }
    let focus = listing.focus.and_then(|wanted| rows.iter().position(|row| key(row) == wanted));
    let (from, to) = window(rows.len(), focus, listing);
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Page {
        total: count(rows.len()),
        offset: count(from),
        focus: focus.map(count),
        rows: rows.drain(from..to).collect(),
    }
}

/// A reason without what differs from order to order: numbers, and what is quoted with numbers in it.
pub fn cause(reason: &str) -> String {
    let mut text = String::new();
    for word in reason.split(' ') {
        let differs = word.chars().any(|letter| letter.is_ascii_digit());
        let shown = if differs { "…" } else { word };
        if shown == "…" && text.ends_with('…') {
            continue;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(shown);
    }
    text
}

fn cause_view(state: StateWord, cause: String, rows: &[Row], next: String) -> CauseView {
    let mut hasher = DefaultHasher::new();
    (state.word(), &cause).hash(&mut hasher);
    let numbers = rows.iter().map(|row| row.number.0);
    CauseView {
        key: hasher.finish(),
        state: state.word().to_owned(),
        cause,
        count: u32::try_from(rows.len()).unwrap_or(u32::MAX),
        first_at: rows.first().map_or(0, |row| row.updated),
        last_at: rows.last().map_or(0, |row| row.updated),
        next,
        numbers: numbers.take(SCREEN_ROWS_MAX as usize).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_of_one_cause_have_one_text_whatever_their_numbers() {
        let one = cause("Stream rejected the order: delivery postcode \"BD18\" is not complete");
        let two = cause("Stream rejected the order: delivery postcode \"LS1\" is not complete");
        assert_eq!(one, two);
        assert_eq!(one, "Stream rejected the order: delivery postcode … is not complete");
        assert_eq!(cause("the postcode is missing"), "the postcode is missing");
    }

    #[test]
    fn a_list_is_filtered_by_all_words_and_paged_around_its_row() {
        assert!(matches("j7 create 104512 parked timed out", "parked state:create"));
        assert!(!matches("j7 create", "parked"));
        let listing = Listing { rows: 3, focus: Some(7), ..Listing::default() };
        let page = paged((0..10).collect(), &listing, |n: &u64| *n);
        assert_eq!((page.total, page.offset, page.focus), (10, 5, Some(7)));
        assert_eq!(page.rows, [5, 6, 7]);
    }
}
