//! People on both sides, by seed: somebody in Linnworks, a planner and drivers in Stream.

use linnstream::domain::rules::Mode;
use linnstream::domain::time::Delay;
use linnstream::http::{Method, Request};
use linnstream::sandbox::ByHand;
use serde_json::{Value, json};

use crate::net::lock;
use crate::sim::Sim;

/// Somebody changes a setting in the midst of everything.
fn setting(sim: &mut Sim) {
    let now = sim.now();
    let which = sim.random.u8(..5);
    sim.set_rules(|rules| match which {
        0 => rules.sequence = !rules.sequence,
        1 => rules.dispatch = !rules.dispatch,
        2 => rules.changes = !rules.changes,
        3 => rules.mark_processed = !rules.mark_processed,
        _ => rules.mode = if rules.mode == Mode::On { Mode::Off } else { Mode::On },
    });
    lock(&sim.net.trace).line(now, &format!("setting {which} changed"));
}

/// Somebody does something to an order in Linnworks, or to the settings.
pub fn hand(sim: &mut Sim) {
    if sim.random.u8(..20) == 0 {
        return setting(sim);
    }
    let now = sim.now();
    let open: Vec<u32> = {
        let world = lock(&sim.net.world);
        world.orders().filter(|order| order.is_open()).map(|order| order.number).collect()
    };
    let Some(number) = sim.random.choice(open) else { return };
    let action = match sim.random.u8(..16) {
        0 | 1 => Some(ByHand::Hold),
        2..=6 => Some(ByHand::Release),
        7 => Some(ByHand::Park),
        8 | 9 => Some(ByHand::Pay),
        10 => Some(ByHand::Cancel),
        11 => Some(ByHand::Process),
        _ => None,
    };
    let Some(action) = action else { return edit(sim, number) };
    let done = lock(&sim.net.world).by_hand(now, number, action);
    let line = format!("by hand: {number} {action:?} {}", done.is_ok());
    lock(&sim.net.trace).line(now, &line);
}

fn edit(sim: &mut Sim, number: u32) {
    let n = sim.random.u16(..);
    let fields = match sim.random.u8(..3) {
        0 => json!({"address1": format!("{n} New Street")}),
        1 => json!({"reference": format!("SHOP-{n}")}),
        _ => {
            let world = lock(&sim.net.world);
            let mut tags = world.order(number).map(|order| order.tags.clone()).unwrap_or_default();
            // What an order carries that cannot be read at all is not seen, nor put right.
            if !tags.iter().any(|tag| tag == "SENT TO STREAM") {
                return;
            }
            tags.pop();
            tags.push("RUN 20".to_owned());
            json!({ "tags": tags })
        }
    };
    let body = json!({"action": "edit", "orders": [number], "fields": fields});
    advance(sim, "by hand", &body);
}

/// Descriptions a planner types: with a number, without, and beyond the identifiers.
const TEXTS: [&str; 6] = ["RUN 01", "RUN 02", "RUN 07", "RUN 20", "RUN 21", "Van A"];

/// A planner or a driver does something to some shipments in Stream.
pub fn planner(sim: &mut Sim) {
    let live: Vec<u32> = {
        let world = lock(&sim.net.world);
        world.orders().map(|o| o.number).filter(|n| world.live_shipments(*n).len() == 1).collect()
    };
    if live.is_empty() {
        return;
    }
    let count = sim.random.usize(1..=4);
    let orders: Vec<u32> =
        (0..count).filter_map(|_| sim.random.choice(live.iter().copied())).collect();
    let day = sim.now().wall.after(Delay::secs(24 * 3600 * sim.random.u64(0..3))).rfc3339();
    let text = *sim.random.choice(&TEXTS).expect("some");
    let place = sim.random.u8(1..24);
    let action = *sim
        .random
        .choice(&[
            "plan",
            "plan",
            "plan",
            "move",
            "move",
            "resequence",
            "unplan",
            "rename",
            "dispatch",
            "deliver",
            "deliver",
            "part",
            "fail",
            "confirm",
            "delete",
        ])
        .expect("some");
    let body = json!({"action": action, "orders": orders, "run": text, "day": &day[..10], "sequence": place});
    advance(sim, "planner", &body);
}

/// What does not suit a shipment is not done.
pub fn advance(sim: &Sim, who: &str, body: &Value) {
    let request = Request {
        method: Method::Post,
        url: "http://control/advance".into(),
        headers: Vec::new(),
        body: body.to_string().into_bytes(),
        timeout: Delay::secs(1),
        fresh_connection: false,
    };
    let now = sim.now();
    let status = lock(&sim.net.world).handle_control(now, &request).status;
    lock(&sim.net.trace).line(now, &format!("{who}: {body}: {status}"));
}
