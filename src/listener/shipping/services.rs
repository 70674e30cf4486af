//! What can be picked in Linnworks: one service for each delivery method of each depot. Its id follows from
//! the ids of both and never changes.

use serde_json::{Value, json};
use uuid::Uuid;

use super::wire::{Fields, bad, good, text_of, truth};
use super::{Office, STORE, plain};
use crate::domain::demand::{Choice, Offered};
use crate::domain::depot::Depot;
use crate::domain::service::suggested_name;
use crate::listener::server::Answer;
use crate::store::{Changes, Setting, StoreError};

/// FROZEN: the ids of services follow from it, and Linnworks keeps them.
const NAMESPACE: Uuid = Uuid::from_u128(0x6c69_6e6e_7374_5265_a16d_5e72_7669_6365);

/// Options of a service.
const OVERRIDE_SPLIT: &str = "OverridePackSplit";
const SKIP_PARENT: &str = "SkipCompositeParent";

/// The id of the service of a depot and one of its methods.
fn id_of(depot: &str, method: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{depot}\n{method}").as_bytes())
}

fn all_of(depots: &[Depot]) -> Vec<Offered> {
    let pairs = depots.iter().flat_map(|depot| depot.methods.iter().map(move |one| (depot, one)));
    pairs
        .map(|(depot, method)| Offered {
            id: id_of(&depot.id, &method.id),
            depot: (depot.id.clone(), depot.name.clone()),
            method: (method.id.clone(), method.name.clone()),
        })
        .collect()
}

fn option(id: &str, name: &str, about: &str, sort: u32) -> Value {
    json!({
        "ConfigItemId": id,
        "Name": name,
        "Description": about,
        "GroupName": "Packaging",
        "SortOrder": sort,
        "SelectedValue": "false",
        "RegExValidation": null,
        "RegExError": null,
        "MustBeSpecified": false,
        "ReadOnly": false,
        "ListValues": [],
        "ValueType": 3,
    })
}

impl Office {
    pub(super) fn services(&self, empty: Value) -> Answer {
        let Ok(depots) = self.store.read(|view| view.depots()) else { return bad(empty, STORE) };
        let depots = depots.map(|(_, depots)| depots).unwrap_or_default();
        if depots.iter().all(|depot| depot.methods.is_empty()) {
            let text = "Stream has shown no depot with a delivery method yet. Check the API credentials and that \
                        Stream has depots and delivery methods; new ones appear here within the hour.";
            return bad(empty, text);
        }
        let offered = all_of(&depots);
        if self.remember(offered.clone()).is_err() {
            return bad(empty, STORE);
        }
        let pairs =
            depots.iter().flat_map(|depot| depot.methods.iter().map(move |one| (depot, one)));
        let services = pairs.zip(&offered).map(|((depot, method), offered)| {
            json!({
                "ServiceName": suggested_name(depot, method),
                "ServiceCode": format!("{}-{}", depot.id.trim(), method.id.trim()),
                "ServiceTag": "STREAM",
                "ServiceGroup": depot.name.trim(),
                "ServiceUniqueId": offered.id.to_string(),
                "ConfigItems": [
                    option(OVERRIDE_SPLIT, "Override Packaging Split", "Label every unit of goods instead of the packages of Linnworks", 1),
                    option(SKIP_PARENT, "Skip Composite Parent", "Send only the components of composite products", 2),
                ],
                "ServiceProperty": [
                    {"PropertyName": "Depot", "PropertyValue": depot.name.trim()},
                    {"PropertyName": "Delivery method", "PropertyValue": method.name.trim()},
                ],
            })
        });
        good(json!({"Services": services.collect::<Vec<Value>>()}))
    }

    /// A service that was offered once is known for ever.
    fn remember(&self, offered: Vec<Offered>) -> Result<(), StoreError> {
        let known = self.store.read(|view| view.offered())?;
        if offered.iter().all(|one| known.contains(one)) {
            return Ok(());
        }
        let written = self.store.write(self.clock.now(), move |view| {
            let mut all = view.offered()?;
            for one in offered {
                all.retain(|known| known.id != one.id);
                all.push(one);
            }
            let mut changes = Changes::new();
            changes.set(Setting::Offered(all));
            Ok::<_, StoreError>((changes, ()))
        });
        written.map_err(|_| StoreError::Closed)
    }

    /// The depot, method and options that a label request names, or why it cannot be followed.
    pub(super) fn choice(&self, request: Fields<'_>) -> Result<Choice, String> {
        let mut choice = Choice::default();
        let id = request.any(&["ServiceId"]).map(text_of).unwrap_or_default();
        if !id.trim().is_empty() {
            let found = self.store.read(|view| {
                let depots = view.depots()?.map(|(_, depots)| depots).unwrap_or_default();
                Ok((all_of(&depots), view.offered()?))
            });
            let (now, before) = found.map_err(|_| STORE.to_owned())?;
            let is = |one: &&Offered| one.id.simple().to_string() == plain(&id);
            let Some(found) = now.iter().chain(&before).find(is) else {
                return Err(
                    "The service of this order is not one of this integration. Add the service anew in Linnworks \
                     and assign it to the order."
                        .to_owned(),
                );
            };
            choice.depot.clone_from(&found.depot.0);
            choice.method.clone_from(&found.method.0);
        }
        for item in request.list(&["ServiceConfigItems", "SaveConfigItems"]) {
            let (id, value) = (item.text("ConfigItemId"), item.text("SelectedValue"));
            let on = truth(&value).unwrap_or(false);
            if id.eq_ignore_ascii_case(OVERRIDE_SPLIT) {
                choice.override_packaging_split = on;
            } else if id.eq_ignore_ascii_case(SKIP_PARENT) {
                choice.skip_composite_parent = on;
            }
        }
        Ok(choice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_service_follows_from_depot_and_method_and_stays_for_ever() {
        // Never to be changed: these stand in Linnworks accounts.
        assert_eq!(id_of("LDS", "COURIER"), id_of("LDS", "COURIER"));
        assert_eq!(id_of("LDS", "COURIER").to_string(), "77305b72-55e9-5f4f-8b7d-ee684100a31e");
        assert_ne!(id_of("LDS", "COURIER"), id_of("LDSC", "OURIER"));
        assert_ne!(id_of("LDS", "COURIER"), id_of("BRS", "COURIER"));
    }
}
