//! The end of the day: shipments filed, and a list of them to print.

use base64::Engine as _;
use serde_json::{Value, json};

use super::wire::{Fields, bad, good, text_of};
use super::{Office, STORE};
use crate::domain::ids::OrderNumber;
use crate::flow::manifest;
use crate::label::manifest::{Manifest, Row};
use crate::listener::server::Answer;

impl Office {
    pub(super) fn create_manifest(&self, fields: Fields<'_>, empty: Value) -> Answer {
        let asked = fields.any(&["OrderId", "OrderIds"]).cloned().unwrap_or(Value::Null);
        let asked = match asked {
            Value::Array(all) => all,
            Value::Null => Vec::new(),
            one => vec![one],
        };
        let mut orders = Vec::with_capacity(asked.len().min(manifest::ORDERS_MAX));
        for one in &asked {
            match text_of(one).trim().parse() {
                Ok(number) => orders.push(OrderNumber(number)),
                Err(_) => {
                    return bad(
                        empty,
                        "The manifest names an order by something that is no number.",
                    );
                }
            }
        }
        match manifest::file(&self.store, self.clock.now(), self.rules.get(), orders) {
            Ok(Ok(reference)) => {
                self.wake.notify();
                good(json!({"ManifestReference": reference}))
            }
            Ok(Err(why)) => bad(empty, &why),
            Err(error) => {
                log::error!("a manifest could not be filed: {error}");
                bad(empty, STORE)
            }
        }
    }

    pub(super) fn print_manifest(&self, fields: Fields<'_>, empty: Value) -> Answer {
        let reference = fields.text("ManifestReference").trim().to_owned();
        let found = match manifest::find(&self.store, reference.clone()) {
            Ok(found) => found,
            Err(error) => {
                log::error!("a manifest could not be read: {error}");
                return bad(empty, STORE);
            }
        };
        let Some(filed) = found else {
            let text = format!("Manifest {reference} was not filed by this integration.");
            return bad(empty, &text);
        };
        let row = |row: crate::domain::demand::ManifestRow| Row {
            number: row.number.to_string(),
            consignment: row.consignment.to_string(),
            tracking: row.tracking.to_string(),
            name_or_postcode: row.postcode,
            depot: row.depot,
            method: row.method,
            packages: row.packages,
        };
        let pdf = crate::label::manifest::pdf(&Manifest {
            reference: filed.reference,
            filed: self.rules.get().shipping.zone.show(filed.at),
            site: self.site.clone(),
            rows: filed.rows.into_iter().map(row).collect(),
        });
        good(json!({"PDFbase64": base64::engine::general_purpose::STANDARD.encode(pdf)}))
    }
}
