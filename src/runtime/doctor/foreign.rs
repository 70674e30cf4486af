//! Traces of somebody else's work: subscriptions that are not ours, and orders that carry our Sent
//! identifier although we did not send them. Two programs that both send are how orders are shipped twice.

use secrecy::ExposeSecret as _;

use super::systems::StreamLists;
use super::{Doctor, Running};
use crate::api::linnworks::DETAILS_MAX;
use crate::domain::source::SourceOrder;
use crate::domain::time::{Delay, Timestamp};
use crate::probe::check::{Check, counted};
use crate::probe::in_turn;
use crate::probe::linnworks::Account;
use crate::probe::lists;

/// Open orders looked at: three calls, of which a running daemon needs the others.
const LOOKED_AT_MAX: usize = 3 * DETAILS_MAX;

/// An order received since then and sent by somebody else shows that somebody is at work now.
const RECENT: Delay = Delay::mins(2 * 24 * 60);

/// Numbers named in a sentence.
const NAMED_MAX: usize = 5;

impl Doctor<'_> {
    pub(super) fn foreign(&mut self, seen: &Account, stream: &StreamLists) {
        if let Some(standing) = &stream.subscriptions {
            let check = self.subscriptions(standing);
            self.add(check);
        }
        let names = &self.config.identifiers.names;
        let tag = seen.identifiers.as_deref().and_then(|have| lists::sent_tag(names, have));
        let (Some(tag), Some(open)) = (tag, &seen.open) else { return };
        let reads_records = self.store.is_some() || !matches!(self.running, Running::Closed(_));
        if !reads_records || open.is_empty() {
            return;
        }
        let (client, _) = self.systems.linnworks(&self.config);
        let mut sent: Vec<SourceOrder> = Vec::new();
        for page in open[..open.len().min(LOOKED_AT_MAX)].chunks(DETAILS_MAX) {
            match in_turn(&*self.systems.clock, |now| client.open_order_details(now, page)) {
                Ok(details) => {
                    sent.extend(
                        details.orders.into_iter().filter(|order| order.tags.contains(&tag)),
                    );
                }
                // That orders cannot be read was said with the rights.
                Err(_) => return,
            }
        }
        let check = self.activity(&sent, open.len());
        self.add(check);
    }

    fn subscriptions(&self, standing: &[crate::api::stream::Standing]) -> Check {
        let public = self.config.listener.public_url.as_ref();
        let host = public.and_then(|url| url.as_str().split('/').nth(2));
        let hook = match &self.running {
            Running::Answers(view) => view.hook_url.as_ref(),
            Running::Closed(_) | Running::Not(_) => None,
        };
        let store = self.store.as_ref();
        let known = store.and_then(|store| store.read(|view| view.subscriptions()).ok());
        let known: Vec<u64> = known.unwrap_or_default().into_iter().map(|one| one.id).collect();
        lists::subscriptions(standing, host, |one| {
            known.contains(&one.id) || hook.is_some_and(|hook| hook.expose_secret() == one.url)
        })
    }

    /// Orders with the Sent identifier that are not ours.
    fn activity(&mut self, sent: &[SourceOrder], open: usize) -> Check {
        const NAME: &str = "foreign-activity";
        let since = Timestamp(self.now().0.saturating_sub(RECENT.0.cast_signed()));
        let (mut recent, mut older) = (Vec::new(), 0usize);
        for order in sent {
            match self.standing(order.number.0) {
                Ok(Some(word)) if !matches!(word.as_str(), "held" | "waiting" | "refused") => {}
                Ok(_) if order.received.is_some_and(|at| at >= since) => {
                    recent.push(order.number.0)
                }
                Ok(_) => older += 1,
                Err(why) => {
                    return Check::fault(
                        NAME,
                        format!("our own records cannot be read: {why}"),
                        "try again",
                    );
                }
            }
        }
        let looked = counted(open.min(LOOKED_AT_MAX), "open order");
        if recent.is_empty() {
            let older = match older {
                0 => String::new(),
                some => format!(
                    "; {} sent by a predecessor, and looked up before anything is sent",
                    counted(some, "older one")
                ),
            };
            return Check::good(NAME, format!("none among {looked}{older}"));
        }
        let named: Vec<String> = recent.iter().take(NAMED_MAX).map(u64::to_string).collect();
        let more = match recent.len().saturating_sub(NAMED_MAX) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Check::fault(
            NAME,
            format!(
                "of {looked}, {} received in the last two days were sent to Stream by somebody else: {}{more}",
                recent.len(),
                named.join(", ")
            ),
            "stop the other program before this one sends, or orders are shipped twice",
        )
    }
}
