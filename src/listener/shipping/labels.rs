//! Printing and cancelling. A label request waits for its shipment, up to a deadline of our own that leaves
//! Linnworks time to read the answer; what is under way then goes on, and the next request finds it.

use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::draw::{Wanted, drawn};
use super::wire::{self, Fields, bad, good};
use super::{Office, STORE};
use crate::domain::demand::Piece;
use crate::domain::ids::OrderNumber;
use crate::domain::profile::{Profile, Stage};
use crate::domain::time::{Delay, Moment};
use crate::domain::validate::text;
use crate::flow::FlowError;
use crate::flow::demand::cancel::{self, Cancelling};
use crate::flow::demand::{self, Ask, Labels, Outcome, Waits};
use crate::listener::server::Answer;

/// Linnworks waits 100 s.
pub const ANSWER_WITHIN: Delay = Delay::secs(80);

/// Label requests that wait at once: the rest of the listener stays free for notifications.
pub const WAITING_MAX: usize = 24;

/// Packages of one request.
const PIECES_MAX: usize = 200;

/// Longest wait without a look.
const LOOK_EVERY: Delay = Delay::secs(1);

/// Longest delivery note that is kept.
const NOTE_CHARS_MAX: usize = 500;

/// A place among those who wait, given back when it is over.
struct Seat<'a>(&'a AtomicUsize);

impl<'a> Seat<'a> {
    fn take(waiting: &'a AtomicUsize) -> Option<Self> {
        let seat = Self(waiting);
        (waiting.fetch_add(1, Ordering::AcqRel) < WAITING_MAX).then_some(seat)
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

const CROWD: &str =
    "Many labels are being made at this moment. Print this one again in a few seconds.";
const STOPPING: &str =
    "linnstream is being restarted. Print again in a minute; nothing is sent twice.";

impl Office {
    pub(super) fn generate(&self, profile: &Profile, request: &Value, empty: Value) -> Answer {
        if profile.stage != Stage::Active {
            let text = "The integration is not set up yet: finish its settings in Linnworks under Shipping > \
                        Integrations, then print again.";
            return bad(empty, text);
        }
        let ask = match self.ask_of(request) {
            Ok(ask) => ask,
            Err(why) => return bad(empty, &why),
        };
        let Some(_seat) = Seat::take(&self.waiting) else { return bad(empty, CROWD) };
        match self.labels(&ask) {
            Ok(Ok(labels)) => handed_out(&labels),
            Ok(Err(why)) => bad(empty, &why),
            Err(error) => {
                log::error!(order:% = ask.number; "order {}: the label: {error}", ask.number);
                bad(empty, STORE)
            }
        }
    }

    fn ask_of(&self, request: &Value) -> Result<Ask, String> {
        let fields = Fields::of(request);
        let number = fields
            .whole(&["OrderId"])
            .and_then(|number| u64::try_from(number).ok())
            .ok_or("The request names no order.")?;
        let choice = self.choice(fields)?;
        let packages = fields.list(&["Packages"]);
        if packages.len() > PIECES_MAX {
            return Err(format!(
                "Order {number} has {} packages: at most {PIECES_MAX} can be printed at once. Split the order.",
                packages.len()
            ));
        }
        let mut pieces: Vec<Piece> = packages.into_iter().map(piece).collect();
        if pieces.is_empty() {
            pieces.push(Piece { sequence: 0, weight_g: 0, units: 0 });
        }
        let printing = (self.settings.printing)();
        let labels = &printing.labels;
        let mut hash = Sha256::new();
        hash.update(wire::canonical(request).to_string());
        hash.update(format!("{:?} {:?}", labels, printing.sender));
        let note: String = fields.text("DeliveryNote").chars().take(NOTE_CHARS_MAX).collect();
        Ok(Ask {
            number: OrderNumber(number),
            choice,
            pieces,
            note: text::clean(&note),
            hash: hash.finalize().into(),
        })
    }

    /// Waits for the labels; `Err`: why there are none.
    fn labels(&self, ask: &Ask) -> Result<Result<Labels, String>, FlowError> {
        let deadline = self.clock.now().mono.after(ANSWER_WITHIN);
        let mut seen = self.wake.current();
        let mut outcome = demand::begin(&self.store, self.clock.now(), self.rules.get(), ask)?;
        self.wake.notify();
        loop {
            let waits = match outcome {
                Outcome::Ready(labels) => return Ok(Ok(*labels)),
                Outcome::No(why) => return Ok(Err(why)),
                Outcome::Draw(sheet) => match self.draw(ask, &sheet)? {
                    Some(answer) => return Ok(answer),
                    // Its shipment changed meanwhile.
                    None => Waits::Change,
                },
                Outcome::Pending(waits) => waits,
            };
            if self.wake.is_closed() {
                return Ok(Err(STOPPING.to_owned()));
            }
            if !self.wait(&mut seen, deadline) {
                return Ok(Err(demand::overdue(ask.number, waits)));
            }
            outcome = demand::poll(&self.store, &self.rules.get(), ask)?;
        }
    }

    /// Waits for the next change; false when the time is over.
    fn wait(&self, seen: &mut u64, deadline: Moment) -> bool {
        let now = self.clock.now().mono;
        if now >= deadline {
            return false;
        }
        *seen = self.wake.wait(*seen, deadline.since(now).min(LOOK_EVERY).std());
        true
    }

    fn draw(
        &self,
        ask: &Ask,
        sheet: &demand::Sheet,
    ) -> Result<Option<Result<Labels, String>>, FlowError> {
        let order = &sheet.order;
        let Some(shipped) = &order.shipped else { return Ok(None) };
        let wanted = Wanted {
            asked: ask.hash,
            content: &sheet.content,
            note: &ask.note,
            pieces: &ask.pieces,
            own_pieces: sheet.own_pieces,
        };
        let now = self.clock.now();
        let labels = match drawn(order, shipped, &wanted, &(self.settings.printing)(), now.wall) {
            Ok(labels) => labels,
            Err(error) => {
                log::error!(
                    order:% = order.number;
                    "order {}: its label cannot be drawn: {error}", order.number
                );
                let why = format!(
                    "The label of order {} cannot be drawn: {error}. The order is in Stream; tell the office.",
                    order.number
                );
                return Ok(Some(Err(why)));
            }
        };
        let consignment = shipped.consignment.clone();
        let kept = demand::keep(&self.store, now, order.id, consignment, labels)?;
        self.wake.notify();
        Ok(kept.map(Ok))
    }

    pub(super) fn cancel(&self, fields: Fields<'_>, empty: Value) -> Answer {
        let named = fields.any(&["OrderReference", "OrderId"]).map(wire::text_of);
        let named = named.map(|text| text.trim().to_owned()).unwrap_or_default();
        let number = match self.number_of(&named) {
            Ok(Some(number)) => number,
            Ok(None) => {
                let text =
                    format!("There is no order \"{named}\" with a label of this integration.");
                return bad(empty, &text);
            }
            Err(_) => return bad(empty, STORE),
        };
        let Some(_seat) = Seat::take(&self.waiting) else { return bad(empty, CROWD) };
        match self.cancelled(number) {
            Ok(Ok(())) => good(empty),
            Ok(Err(why)) => bad(empty, &why),
            Err(error) => {
                log::error!(order:% = number; "order {number}: cancelling its label: {error}");
                bad(empty, STORE)
            }
        }
    }

    /// The order that a text names: by its number, else by its reference.
    fn number_of(&self, named: &str) -> Result<Option<OrderNumber>, FlowError> {
        if let Ok(number) = named.parse() {
            let number = OrderNumber(number);
            if self.store.read(move |view| view.order_by_number(number))?.is_some() {
                return Ok(Some(number));
            }
        }
        cancel::by_reference(&self.store, named.to_owned())
    }

    fn cancelled(&self, number: OrderNumber) -> Result<Result<(), String>, FlowError> {
        let began = self.clock.now();
        let deadline = began.mono.after(ANSWER_WITHIN);
        let mut seen = self.wake.current();
        let mut outcome = cancel::begin(&self.store, began, self.rules.get(), number)?;
        self.wake.notify();
        loop {
            match outcome {
                Cancelling::Done => return Ok(Ok(())),
                Cancelling::No(why) => return Ok(Err(why)),
                Cancelling::Pending => {}
            }
            if self.wake.is_closed() {
                return Ok(Err(STOPPING.to_owned()));
            }
            if !self.wait(&mut seen, deadline) {
                return Ok(Err(cancel::overdue(number)));
            }
            let (now, rules) = (self.clock.now(), self.rules.get());
            outcome = cancel::poll(&self.store, now, &rules, number, began.wall)?;
        }
    }
}

fn piece(fields: Fields<'_>) -> Piece {
    /// A hundred tonnes: more is a wrong unit, not a weight.
    const GRAMS_MAX: f64 = 1e8;
    let grams = fields.number("PackageWeight").filter(|grams| (0.0..=GRAMS_MAX).contains(grams));
    let units = fields.list(&["Items"]).into_iter().filter_map(|item| item.whole(&["Quantity"]));
    let units: i64 = units.filter(|count| (0..=100_000).contains(count)).sum();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within bounds")]
    let weight_g = grams.unwrap_or_default().round() as u64;
    Piece {
        sequence: fields.whole(&["SequenceNumber"]).unwrap_or_default(),
        weight_g,
        units: u32::try_from(units).unwrap_or(u32::MAX),
    }
}

/// One entry for each package that was asked for; what else belongs to it follows as further pictures.
fn handed_out(labels: &Labels) -> Answer {
    let printed = &labels.printed;
    let tracking = printed.tracking.to_string();
    let inches = |hundredths: u32| f64::from(hundredths) / 100.0;
    let packages = (0..).zip(&printed.pieces).map(|(at, piece): (u32, _)| {
        let own = printed.sheets.iter().zip(&labels.pictures).filter(|(sheet, _)| **sheet == at);
        let encoded = own.map(|(_, picture)| STANDARD.encode(picture));
        let copies = usize::from(printed.copies.max(1));
        let mut all = encoded.flat_map(|one| std::iter::repeat_n(one, copies));
        let first = all.next().unwrap_or_default();
        json!({
            "SequenceNumber": piece.sequence,
            "TrackingNumber": tracking,
            "PNGLabelDataBase64": first,
            "AdditionalPngsBase64": all.collect::<Vec<String>>(),
            "PDFBytesDocumentationBase64": [],
            "LabelWidth": inches(printed.size.0),
            "LabelHeight": inches(printed.size.1),
        })
    });
    good(json!({
        "LeadTrackingNumber": tracking,
        "Cost": 0.0,
        "Currency": "GBP",
        "Package": packages.collect::<Vec<Value>>(),
    }))
}
