//! Invented orders: realistic, and the same for the same seed.

use super::linnworks::{Line, Linnworks, Order};
use super::names::{FIRST, GOODS, LAST, STREETS, TOWNS};
use super::stream::DEPOTS;
use crate::domain::time::{Now, Timestamp};

/// The letters a postcode ends with.
const INWARD: &[u8] = b"ABDEFGHJLNPQRSTUWXYZ";
/// A vendor that is not ours.
const OTHER_VENDOR: (&str, &str) = ("Royal Mail", "Royal Mail Tracked 48");
/// A service of ours that no depot has.
const UNMAPPED: &str = "Stream Express (Atlantis Depot)";
/// Orders are this old at most, in milliseconds: six hours.
const AGE_MAX: i64 = 6 * 3600 * 1000;

/// Of a hundred orders, how many are out of the ordinary. The default makes good ones only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mix {
    /// Parked.
    pub parked: u8,
    /// On hold.
    pub hold: u8,
    /// Not paid.
    pub unpaid: u8,
    /// Of another vendor.
    pub other_vendor: u8,
    /// With a composite line.
    pub composite: u8,
    /// With a charge among the lines.
    pub service_line: u8,
    /// With apostrophes, emoji and very long lines.
    pub odd_text: u8,
    /// Without a postcode.
    pub missing_postcode: u8,
    /// With a service no depot has.
    pub unmapped_service: u8,
    /// With wrong JSON types.
    pub unreadable: u8,
}

impl Mix {
    /// Some of everything.
    pub const fn everything() -> Self {
        Self {
            parked: 4,
            hold: 4,
            unpaid: 6,
            other_vendor: 10,
            composite: 10,
            service_line: 10,
            odd_text: 8,
            missing_postcode: 3,
            unmapped_service: 3,
            unreadable: 1,
        }
    }
}

/// The postal services of the account: each method of each depot, one of another vendor, and one
/// that matches no depot.
pub(super) fn services() -> Vec<(&'static str, String)> {
    let methods = DEPOTS.iter().flat_map(|depot| {
        depot.methods.iter().map(|(_, method, _)| ("Stream", format!("{method} ({})", depot.name)))
    });
    let others = [(OTHER_VENDOR.0, OTHER_VENDOR.1.to_owned()), ("Stream", UNMAPPED.to_owned())];
    methods.chain(others).collect()
}

/// Makes orders.
pub(super) struct Maker {
    rng: fastrand::Rng,
    next: u32,
}

impl Maker {
    /// Starts at a number.
    pub fn new(seed: u64, first: u32) -> Self {
        Self { rng: fastrand::Rng::with_seed(seed), next: first }
    }

    /// Makes one order and puts it in.
    pub fn make(&mut self, now: Now, mix: &Mix, linnworks: &mut Linnworks) -> u32 {
        let mut order = self.good(now, linnworks);
        self.spoil(mix, &mut order, linnworks);
        let number = order.number;
        linnworks.put(order);
        number
    }

    /// A good order with the next free number, not yet put in.
    pub fn good(&mut self, now: Now, linnworks: &mut Linnworks) -> Order {
        while linnworks.orders.contains_key(&self.next) {
            self.next = self.next.wrapping_add(1);
        }
        let age = self.rng.i64(0..AGE_MAX);
        let mut order = Order::new(self.next, Timestamp(now.wall.0.saturating_sub(age)));
        self.next = self.next.wrapping_add(1);
        let town = &TOWNS[self.rng.usize(..TOWNS.len())];
        self.address(&mut order, town.name, town.county, town.outward);
        let depot = &DEPOTS[town.depot];
        // Two in three go by two-man vehicle, the rest by courier.
        let method = depot.methods[usize::from(self.rng.u8(0..3) == 0)].1;
        order.service = format!("{method} ({})", depot.name);
        order.service_id = linnworks.service_id(&order.vendor, &order.service);
        if town.depot == 1
            && let Ok(location) = linnworks.location_id("Bristol")
        {
            order.location = location;
        }
        order.postage = f64::from(self.rng.u8(0..5)) * 9.95;
        for _ in 0..self.rng.usize(1..4) {
            let (sku, title, weight) = GOODS[self.rng.usize(..GOODS.len())];
            if order.lines.iter().all(|line| line.sku != sku) {
                order.lines.push(good_line(sku, title, self.rng.i64(1..3), weight));
            }
        }
        order.weigh();
        order
    }

    fn address(&mut self, order: &mut Order, town: &str, county: &str, outward: &str) {
        let rng = &mut self.rng;
        let first = FIRST[rng.usize(..FIRST.len())];
        let last = LAST[rng.usize(..LAST.len())];
        let letter = |rng: &mut fastrand::Rng| char::from(INWARD[rng.usize(..INWARD.len())]);
        let address = &mut order.address;
        address.name = format!("{first} {last}");
        address.lines[0] = format!("{} {}", rng.u8(1..180), STREETS[rng.usize(..STREETS.len())]);
        address.town = town.to_owned();
        address.region = county.to_owned();
        let (digit, one, two) = (rng.u8(1..10), letter(rng), letter(rng));
        address.postcode = format!("{outward} {digit}{one}{two}");
        address.country = "United Kingdom".to_owned();
        address.phone = format!("07700 900{:03}", rng.u16(0..1000));
        let name = format!("{first}.{last}").to_lowercase();
        address.email = format!("{name}{}@example.com", rng.u8(1..100));
    }

    fn spoil(&mut self, mix: &Mix, order: &mut Order, linnworks: &mut Linnworks) {
        let mut one_of = |percent: u8| percent > 0 && self.rng.u8(0..100) < percent;
        order.parked = one_of(mix.parked);
        order.hold = one_of(mix.hold);
        if one_of(mix.unpaid) {
            (order.status, order.parked) = (0, true);
        }
        if one_of(mix.other_vendor) {
            OTHER_VENDOR.0.clone_into(&mut order.vendor);
            OTHER_VENDOR.1.clone_into(&mut order.service);
        }
        if one_of(mix.composite) {
            let mut set = good_line("SET-DINING", "Dining set, table and four chairs", 1, 96_000.0);
            set.children.push(good_line("OAK-TBL-150", "Oak dining table 150cm", 1, 38_000.0));
            set.children.push(good_line("OAK-CHR-2", "Oak dining chair, pair", 2, 14_500.0));
            order.lines.push(set);
        }
        if one_of(mix.service_line) {
            let mut charge = good_line("OLD-AWAY", "Removal of old furniture", 1, 0.0);
            charge.service = true;
            order.lines.push(charge);
        }
        if one_of(mix.odd_text) {
            "Siân O'Connor-D'Arcy 🛋️ & \"Co\"".clone_into(&mut order.address.name);
            order.address.lines[1] = "Behind the very long wall ".repeat(8);
            order.lines.push(good_line("ODD-1", "Café table — “Æther” 100% 🪑", 1, 9_000.0));
        }
        if one_of(mix.missing_postcode) {
            order.address.postcode.clear();
        }
        if one_of(mix.unmapped_service) {
            UNMAPPED.clone_into(&mut order.service);
        }
        order.unreadable = one_of(mix.unreadable);
        order.service_id = linnworks.service_id(&order.vendor, &order.service);
        order.weigh();
    }
}

fn good_line(sku: &str, title: &str, quantity: i64, weight: f64) -> Line {
    Line { sku: sku.into(), title: title.into(), quantity, weight, ..Line::default() }
}
