//! Packers at their benches: labels are asked for, waited for and cancelled while everything else goes on.
//! A label is a text here; how one is drawn is shown elsewhere.

use std::collections::BTreeMap;

use linnstream::domain::demand::{Choice, Piece, Printed};
use linnstream::domain::ids::OrderNumber;
use linnstream::domain::time::{Delay, Moment, Timestamp};
use linnstream::flow::demand::cancel::{self, Cancelling};
use linnstream::flow::demand::{self, Ask, Labels, Outcome, Sheet};
use linnstream::listener::shipping::ANSWER_WITHIN;

use crate::checks;
use crate::net::lock;
use crate::sim::Sim;

/// Longest wait without a look.
const LOOK_EVERY: Delay = Delay::secs(1);

/// A packer who was told to print again does so after this.
const PRESS_AGAIN: Delay = Delay::secs(5);

/// Somebody waits for the labels of an order.
#[derive(Clone)]
struct Print {
    ask: Ask,
    /// Presses again until there is a label, also after a power cut.
    stubborn: bool,
    until: Moment,
    look_at: Moment,
}

/// Somebody waits for a label to be taken back.
struct Cancel {
    number: u32,
    since: Timestamp,
    until: Moment,
    look_at: Moment,
}

/// What packers hold and wait for.
#[derive(Default)]
pub struct Bench {
    prints: Vec<Print>,
    cancels: Vec<Cancel>,
    again: Vec<(Moment, Print)>,
    seen: u64,
    drawn: u64,
    /// The labels handed out last, by order.
    pub handed: BTreeMap<u32, Labels>,
    /// Sentences instead of labels.
    pub refused: Vec<String>,
    /// Labels that were taken back.
    pub taken_back: u64,
}

impl Bench {
    /// When somebody looks next.
    pub fn next(&self) -> impl Iterator<Item = Moment> {
        let prints = self.prints.iter().map(|print| print.look_at);
        let cancels = self.cancels.iter().map(|cancel| cancel.look_at);
        prints.chain(cancels).chain(self.again.iter().map(|(at, _)| *at))
    }

    /// Their connections are gone with the power.
    pub fn cut(&mut self, now: Moment) {
        let stubborn = self.prints.drain(..).filter(|print| print.stubborn);
        self.again.extend(stubborn.map(|print| (now.after(PRESS_AGAIN), print)));
        self.cancels.clear();
    }
}

/// What the request for an order's label holds; `None` while its service leads nowhere.
fn ask(sim: &Sim, number: u32) -> Option<Ask> {
    let service = lock(&sim.net.world).order(number)?.service.clone();
    let known = sim.daemon.store.read(|view| view.known()).ok()?;
    let (method, depot) = service.trim_end_matches(')').split_once(" (")?;
    let depot = known.depots.iter().find(|one| one.name == depot)?;
    let method = depot.methods.iter().find(|one| one.name == method)?;
    let mut hash = [0; 32];
    hash[..4].copy_from_slice(&number.to_be_bytes());
    Some(Ask {
        number: OrderNumber(u64::from(number)),
        choice: Choice { depot: depot.id.clone(), method: method.id.clone(), ..Choice::default() },
        pieces: vec![Piece { sequence: 1, weight_g: 0, units: 1 }],
        note: String::new(),
        hash,
    })
}

impl Sim {
    /// A packer presses print; a stubborn one until there is a label. False when the service of the order
    /// is none that Linnworks could ask for.
    pub fn press_print(&mut self, number: u32, stubborn: bool) -> bool {
        self.press_print_by(number, stubborn, |_| ())
    }

    /// The same, with the options of the service chosen.
    pub fn press_print_by(
        &mut self,
        number: u32,
        stubborn: bool,
        choose: impl FnOnce(&mut Choice),
    ) -> bool {
        if self.disk.is_off() {
            self.cut();
        }
        let Some(mut ask) = ask(self, number) else { return false };
        choose(&mut ask.choice);
        let now = self.now();
        let print =
            Print { ask, stubborn, until: now.mono.after(ANSWER_WITHIN), look_at: now.mono };
        begin(self, print);
        true
    }

    /// A packer cancels a label.
    pub fn press_cancel(&mut self, number: u32) {
        let now = self.now();
        let (store, rules) = (&self.daemon.store, self.rules.get());
        let begun = cancel::begin(store, now, rules, OrderNumber(u64::from(number)));
        lock(&self.net.trace).line(now, &format!("a packer cancels {number}: {begun:?}"));
        self.daemon.wake.notify();
        let until = now.mono.after(ANSWER_WITHIN);
        let waits = Cancel { number, since: now.wall, until, look_at: now.mono };
        if let Ok(cancelling) = begun {
            settle_cancel(self, waits, cancelling);
        }
    }

    /// Whoever waits at a bench looks again.
    pub fn pack(&mut self) {
        let now = self.now().mono;
        let woken = self.daemon.wake.current();
        let changed = self.bench.seen != woken;
        self.bench.seen = woken;
        let (due, later) =
            std::mem::take(&mut self.bench.again).into_iter().partition(|(at, _)| *at <= now);
        self.bench.again = later;
        for (_, print) in due {
            begin(self, Print { until: now.after(ANSWER_WITHIN), ..print });
        }
        let (look, wait) = std::mem::take(&mut self.bench.prints)
            .into_iter()
            .partition(|print| changed || print.look_at <= now);
        self.bench.prints = wait;
        for print in look {
            look_again(self, print);
        }
        let (look, wait) = std::mem::take(&mut self.bench.cancels)
            .into_iter()
            .partition(|cancel| changed || cancel.look_at <= now);
        self.bench.cancels = wait;
        for cancel in look {
            look_at_cancel(self, cancel);
        }
    }
}

fn begin(sim: &mut Sim, print: Print) {
    let now = sim.now();
    let begun = demand::begin(&sim.daemon.store, now, sim.rules.get(), &print.ask);
    let line = format!("a packer prints {}: {}", print.ask.number, begun.is_ok());
    lock(&sim.net.trace).line(now, &line);
    sim.daemon.wake.notify();
    match begun {
        Ok(outcome) => settle(sim, print, outcome),
        // The connection is gone with the daemon.
        Err(_) => press_again(sim, print),
    }
}

fn look_again(sim: &mut Sim, print: Print) {
    match demand::poll(&sim.daemon.store, &sim.rules.get(), &print.ask) {
        Ok(outcome) => settle(sim, print, outcome),
        Err(_) => press_again(sim, print),
    }
}

fn press_again(sim: &mut Sim, print: Print) {
    if print.stubborn {
        let at = sim.now().mono.after(PRESS_AGAIN);
        sim.bench.again.push((at, print));
    }
}

fn settle(sim: &mut Sim, print: Print, outcome: Outcome) {
    let now = sim.now();
    match outcome {
        Outcome::Ready(labels) => hand_out(sim, &print, *labels),
        Outcome::Draw(sheet) => draw(sim, print, &sheet),
        Outcome::No(why) => refuse(sim, print, why),
        Outcome::Pending(waits) if now.mono >= print.until => {
            let why = demand::overdue(print.ask.number, waits);
            refuse(sim, print, why);
        }
        Outcome::Pending(_) => {
            let look_at = now.mono.after(LOOK_EVERY).min(print.until);
            sim.bench.prints.push(Print { look_at, ..print });
        }
    }
}

fn refuse(sim: &mut Sim, print: Print, why: String) {
    let now = sim.now();
    lock(&sim.net.trace).line(now, &format!("a packer reads: {why}"));
    assert!(why.ends_with('.'), "a sentence: {why}");
    sim.bench.refused.push(why);
    press_again(sim, print);
}

fn draw(sim: &mut Sim, print: Print, sheet: &Sheet) {
    let now = sim.now();
    let shipped = sheet.order.shipped.clone().expect("drawn for a shipment");
    sim.bench.drawn += 1;
    let picture = format!("{} drawn {}", shipped.consignment, sim.bench.drawn).into_bytes();
    let printed = Printed {
        asked: print.ask.hash,
        generation: shipped.generation,
        consignment: shipped.consignment.clone(),
        tracking: shipped.tracking.clone(),
        at: now.wall,
        size: (400, 600),
        copies: 1,
        content: sheet.content.clone(),
        note: String::new(),
        pieces: print.ask.pieces.clone(),
        sheets: vec![0],
    };
    let labels = Labels { printed, pictures: vec![picture] };
    let kept = demand::keep(&sim.daemon.store, now, sheet.order.id, shipped.consignment, labels);
    sim.daemon.wake.notify();
    match kept {
        Ok(Some(labels)) => hand_out(sim, &print, labels),
        // The shipment changed meanwhile.
        Ok(None) => sim.bench.prints.push(print),
        Err(_) => press_again(sim, print),
    }
}

/// Whether a label belongs to this order and has its tracking number, and the same one comes twice.
fn is_right(sim: &Sim, number: u32, labels: &Labels) -> Result<(), String> {
    let printed = &labels.printed;
    let world = lock(&sim.net.world);
    let mut shipments = world.shipments().iter();
    let shipment = shipments
        .find(|shipment| shipment.consignment == printed.consignment.0)
        .ok_or_else(|| format!("the label of {number} has no shipment"))?;
    if shipment.order_no.split(['-', '(']).next() != Some(number.to_string().as_str()) {
        return Err(format!("{number} got the label of {}", shipment.order_no));
    }
    if printed.tracking.0.is_empty() || shipment.tracking != printed.tracking.0 {
        return Err(format!("the label of {number} shows {}", printed.tracking));
    }
    let before = sim.bench.handed.get(&number);
    match before.filter(|before| before.printed.consignment == printed.consignment) {
        Some(before) if before.pictures != labels.pictures => {
            Err(format!("{number} printed again differs"))
        }
        Some(_) | None => Ok(()),
    }
}

fn hand_out(sim: &mut Sim, print: &Print, labels: Labels) {
    let now = sim.now();
    let number = u32::try_from(print.ask.number.0).expect("a number of the model");
    let printed = &labels.printed;
    lock(&sim.net.trace).line(now, &format!("label of {number}: {}", printed.consignment));
    if let Err(what) = is_right(sim, number, &labels) {
        checks::fail(sim, &format!("I12: {what}"));
    }
    sim.bench.handed.insert(number, labels);
}

fn look_at_cancel(sim: &mut Sim, waits: Cancel) {
    let (now, rules) = (sim.now(), sim.rules.get());
    let number = OrderNumber(u64::from(waits.number));
    // Without an answer the packer looks what became of it.
    if let Ok(cancelling) = cancel::poll(&sim.daemon.store, now, &rules, number, waits.since) {
        settle_cancel(sim, waits, cancelling);
    }
}

fn settle_cancel(sim: &mut Sim, waits: Cancel, cancelling: Cancelling) {
    let now = sim.now();
    match cancelling {
        Cancelling::Pending if now.mono < waits.until => {
            let look_at = now.mono.after(LOOK_EVERY).min(waits.until);
            sim.bench.cancels.push(Cancel { look_at, ..waits });
        }
        Cancelling::Pending => {
            let number = OrderNumber(u64::from(waits.number));
            sim.bench.refused.push(cancel::overdue(number));
        }
        Cancelling::No(why) => {
            lock(&sim.net.trace).line(now, &format!("a packer reads: {why}"));
            sim.bench.refused.push(why);
        }
        Cancelling::Done => {
            lock(&sim.net.trace).line(now, &format!("label of {} taken back", waits.number));
            let left = lock(&sim.net.world).live_shipments(waits.number).len();
            if left > 0 {
                let what = format!("R61: {} was said to be taken back and is there", waits.number);
                checks::fail(sim, &what);
            }
            sim.bench.taken_back += 1;
        }
    }
}

/// Somebody at a bench does something, by seed.
pub fn at_the_bench(sim: &mut Sim) {
    let open: Vec<u32> = {
        let world = lock(&sim.net.world);
        world.orders().filter(|order| order.is_open()).map(|order| order.number).collect()
    };
    let printed: Vec<u32> = sim.bench.handed.keys().copied().collect();
    match sim.random.u8(..8) {
        0 => {
            if let Some(number) = sim.random.choice(printed) {
                sim.press_cancel(number);
            }
        }
        1 | 2 => {
            if let Some(number) = sim.random.choice(printed) {
                sim.press_print(number, false);
            }
        }
        // Twice: a double click.
        n => {
            if let Some(number) = sim.random.choice(open) {
                for _ in 0..1 + n % 2 {
                    sim.press_print(number, false);
                }
            }
        }
    }
}
