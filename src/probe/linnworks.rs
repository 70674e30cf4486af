//! Linnworks asked: the sign-in, the rights of the user who installed the application, and what the account
//! lists. Only calls that read are made; that writing is allowed shows with the first identifier.

use super::in_turn;
use crate::api::linnworks::{Linnworks, LinnworksSettings};
use crate::clock::Clock;
use crate::domain::answer::{Failure, Reason};
use crate::domain::depot::{Location, PostalService};
use crate::domain::ids::{LocationId, OrderId, OrderNumber};
use crate::domain::source::Identifier;
use crate::domain::time::Now;

/// What Linnworks calls the rights of a user that the calls need, by the beginning of the method.
const RIGHTS: [(&str, &str); 4] = [
    ("Inventory/", "Inventory"),
    ("PostalServices/", "Shipping (ShippingService.PostalServices)"),
    ("Orders/GetAllOpenOrders", "Open Orders (OrderBook.OpenOrders)"),
    ("", "Open Orders (OrderBook.ViewOrderDetails)"),
];

/// A right that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// `Controller/Method`.
    pub method: &'static str,
    /// What Linnworks said.
    pub said: String,
}

impl Denied {
    /// The right, as Linnworks calls it.
    pub fn right(&self) -> &'static str {
        let right = RIGHTS.iter().find(|(begins, _)| self.method.starts_with(begins));
        right.map_or("", |(_, right)| right)
    }
}

/// What became of asking.
pub enum Asked {
    /// Nobody answered, or nothing that can be used.
    Unreached(String),
    /// The credentials are not accepted.
    Refused(String),
    /// Signed in.
    In(Box<Account>),
}

/// What the account lists. What could not be read is `None`.
#[derive(Default)]
pub struct Account {
    /// Stock locations.
    pub locations: Option<Vec<Location>>,
    /// Postal services of every vendor.
    pub services: Option<Vec<PostalService>>,
    /// Identifiers, ours and others'.
    pub identifiers: Option<Vec<Identifier>>,
    /// Open orders of our vendor.
    pub open: Option<Vec<OrderId>>,
    /// Rights that are missing.
    pub denied: Vec<Denied>,
    /// Calls that neither worked nor were refused, with why.
    pub untold: Vec<(&'static str, String)>,
    /// Calls that worked.
    pub allowed: usize,
}

/// Signs in and tries every call that reads. `wanted` says which of the locations are ours.
pub fn ask(
    client: &Linnworks,
    settings: &LinnworksSettings,
    clock: &dyn Clock,
    wanted: &[String],
) -> Asked {
    match in_turn(clock, |now| client.open_session(now)) {
        Ok(()) => {}
        Err(Failure::Unauthorised { what }) => return Asked::Refused(what),
        Err(failure) => return Asked::Unreached(failure.to_string()),
    }
    let mut trial = Trial { client, settings, clock, account: Account::default() };
    let locations = trial.call("Inventory/GetStockLocations", |now| client.stock_locations(now));
    let services =
        trial.call("PostalServices/GetPostalServices", |now| client.postal_services(now));
    let identifiers = trial.call("OpenOrders/GetIdentifiers", |now| client.identifiers(now));
    let open = trial.open(locations.as_deref().unwrap_or_default(), wanted);
    let nobody = OrderId::from_bytes([0; 16]);
    let one = open.as_ref().and_then(|open| open.first().copied()).unwrap_or(nobody);
    trial.call("OpenOrders/GetOpenOrdersDetails", |now| client.open_order_details(now, &[one]));
    trial.call("Orders/GetOrdersById", |now| client.orders_by_id(now, &[one]));
    // No order has this number: whether one may be asked for is all that is wanted.
    trial.call("Orders/GetOrderDetailsByNumOrderId", |now| {
        client.order_by_number(now, OrderNumber(0)).map(|_| ())
    });
    trial.call("OpenOrders/GetIdentifiersByOrderIds", |now| client.identifiers_of(now, &[one]));
    trial.call("Orders/GetOrderNotes", |now| client.order_notes(now, one));
    Asked::In(Box::new(Account { locations, services, identifiers, open, ..trial.account }))
}

struct Trial<'a> {
    client: &'a Linnworks,
    settings: &'a LinnworksSettings,
    clock: &'a dyn Clock,
    account: Account,
}

impl Trial<'_> {
    fn call<T>(
        &mut self,
        method: &'static str,
        ask: impl FnMut(Now) -> Result<T, Failure>,
    ) -> Option<T> {
        match in_turn(self.clock, ask) {
            Ok(found) => {
                self.account.allowed += 1;
                return Some(found);
            }
            Err(Failure::Unauthorised { what }) => {
                self.account.denied.push(Denied { method, said: what });
                // One refusal would keep the client from asking for a minute, and it is no refusal of
                // the credentials.
                self.client.reconfigure(self.settings.clone());
            }
            Err(Failure::No(reasons)) if is_about_rights(&reasons) => {
                let said = Failure::No(reasons).to_string();
                self.account.denied.push(Denied { method, said });
            }
            // It was asked for nothing in particular, and understood.
            Err(Failure::No(_)) => self.account.allowed += 1,
            Err(failure) => self.account.untold.push((method, failure.to_string())),
        }
        None
    }

    /// The open orders of each location that is ours; after the first refusal the others are not asked.
    fn open(&mut self, locations: &[Location], wanted: &[String]) -> Option<Vec<OrderId>> {
        const METHOD: &str = "Orders/GetAllOpenOrders";
        let client = self.client;
        let ours: Vec<LocationId> = (locations.iter())
            .filter(|location| wanted.is_empty() || wanted.iter().any(|w| same(w, &location.name)))
            .map(|location| location.id)
            .collect();
        if ours.is_empty() {
            let default = LocationId::from_bytes([0; 16]);
            return self.call(METHOD, |now| client.all_open_orders(now, default));
        }
        let mut open = Vec::new();
        for location in ours {
            open.extend(self.call(METHOD, |now| client.all_open_orders(now, location))?);
        }
        Some(open)
    }
}

/// Whether two names are one, as everywhere in the program: without case or surrounding space.
pub fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// Which status stands for a missing right is not published: some methods may say it in a 400.
fn is_about_rights(reasons: &[Reason]) -> bool {
    let words = ["permission", "not authori", "access denied", "access is denied"];
    reasons.iter().any(|reason| {
        let text = reason.text.to_lowercase();
        words.iter().any(|word| text.contains(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_right_is_known_by_its_words_and_named_as_linnworks_names_it() {
        let said = |text: &str| [Reason { code: String::new(), text: text.to_owned() }];
        assert!(is_about_rights(&said("You do not have permission to do this")));
        assert!(is_about_rights(&said("Access is denied.")));
        assert!(!is_about_rights(&said("Order not found")));
        let denied = |method| Denied { method, said: String::new() };
        assert_eq!(denied("Inventory/GetStockLocations").right(), "Inventory");
        assert!(denied("Orders/GetAllOpenOrders").right().contains("OrderBook.OpenOrders"));
        assert!(denied("Orders/GetOrdersById").right().contains("OrderBook.ViewOrderDetails"));
    }
}
