//! The calls that read.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::filter::Filter;
use super::{Identifier, Linnworks, Order, message, ok};
use crate::http::Response;
use crate::sandbox::encoding::{Params, ZERO_GUID, as_text, json_text};

impl Linnworks {
    /// `Orders/GetAllOpenOrders`: the ids of one location's open orders that pass the filter.
    pub(super) fn all_open_orders(&self, params: &Params) -> Response {
        let filter = match Filter::read(params.value("filters")) {
            Ok(filter) => filter,
            Err(text) => return message(501, &text),
        };
        let location = params.guid("fulfilmentCenter");
        // Written by hand: with ten thousand open orders this is the one large answer.
        let mut body = String::from("[");
        for order in self.open.iter().filter_map(|number| self.orders.get(number)) {
            if order.location == location && filter.holds(order) {
                let comma = if body.len() > 1 { "," } else { "" };
                // Writing to a String cannot fail.
                let _ = write!(body, "{comma}\"{}\"", order.id);
            }
        }
        body.push(']');
        json_text(200, body)
    }

    /// `OpenOrders/GetOpenOrdersDetails`: open orders only; others are simply missing.
    pub(super) fn open_order_details(&self, params: &Params) -> Response {
        let Some(ids) = params.guids("OrderIds") else {
            return message(400, "Object reference not set to an instance of an object.");
        };
        let levels: Vec<String> = (params.value("DetailLevel").and_then(Value::as_array))
            .map(|levels| levels.iter().map(|l| as_text(l).to_ascii_uppercase()).collect())
            .unwrap_or_default();
        let wants = |level: &str| levels.is_empty() || levels.iter().any(|l| l == level);
        let (notes, tags) = (wants("NOTES"), wants("IDENTIFIERS"));
        let orders = ids.iter().filter_map(|id| self.by_guid(id)).filter(|order| order.is_open());
        let orders: Vec<Value> = orders
            .map(|order| {
                let mut details = self.details(order);
                if !notes {
                    details["Notes"] = json!([]);
                }
                if !tags {
                    details["GeneralInfo"]["Identifiers"] = Value::Null;
                }
                details
            })
            .collect();
        ok(&json!({ "Orders": orders }))
    }

    /// `Orders/GetOrdersById`: open or not; unknown ids are left out.
    pub(super) fn orders_by_id(&self, params: &Params) -> Response {
        let Some(ids) = params.guids("pkOrderIds") else {
            return message(400, "Object reference not set to an instance of an object.");
        };
        let orders = ids.iter().filter_map(|id| self.by_guid(id));
        ok(&orders.map(|order| self.details(order)).collect())
    }

    /// `Orders/GetOrderById`.
    pub(super) fn order_by_id(&self, params: &Params) -> Response {
        match self.by_guid(&params.guid("pkOrderId")) {
            Some(order) => ok(&self.details(order)),
            None => message(400, "Order not found"),
        }
    }

    /// `Orders/GetOrderDetailsByNumOrderId`: an object of defaults when there is no such order.
    pub(super) fn order_by_number(&self, params: &Params) -> Response {
        let number = params.int("OrderId").and_then(|number| u32::try_from(number).ok());
        match number.and_then(|number| self.orders.get(&number)) {
            Some(order) => ok(&self.details(order)),
            None => ok(&json!({
                "OrderId": ZERO_GUID, "NumOrderId": 0, "Processed": false,
                "ProcessedDateTime": null, "FulfilmentLocationId": ZERO_GUID,
                "GeneralInfo": null, "ShippingInfo": null, "CustomerInfo": null,
                "TotalsInfo": null, "ExtendedProperties": null, "FolderName": null,
                "Items": null, "Notes": null, "PaidDateTime": null, "TaxId": null,
            })),
        }
    }

    /// `OpenOrders/GetIdentifiers`.
    pub(super) fn all_identifiers(&self) -> Response {
        ok(&self.identifiers.iter().map(Identifier::json).collect())
    }

    /// `OpenOrders/GetIdentifiersByOrderIds`: one row per order and tag.
    pub(super) fn identifiers_of(&self, params: &Params) -> Response {
        let Some(ids) = params.guids("OrderIds") else {
            return message(400, "Object reference not set to an instance of an object.");
        };
        let mut rows = Vec::new();
        for order in ids.iter().filter_map(|id| self.by_guid(id)) {
            for mut row in self.identifiers_json(order) {
                row["fkOrderId"] = json!(order.id);
                rows.push(row);
            }
        }
        ok(&Value::Array(rows))
    }

    /// `Orders/GetOrderNotes`.
    pub(super) fn notes_of_one(&self, params: &Params) -> Response {
        match self.by_guid(&params.guid("orderId")) {
            Some(order) => ok(&order.notes_json()),
            None => message(400, "Order not found"),
        }
    }

    /// `Orders/GetOrdersNotes`: a map from order id to its notes.
    pub(super) fn notes_of_many(&self, params: &Params) -> Response {
        let Some(ids) = params.guids("orderIds") else {
            return message(400, "Object reference not set to an instance of an object.");
        };
        let orders = ids.iter().filter_map(|id| self.by_guid(id));
        let notes: Map<String, Value> =
            orders.map(|order| (order.id.clone(), order.notes_json())).collect();
        ok(&Value::Object(notes))
    }

    /// `Inventory/GetStockLocations`.
    pub(super) fn stock_locations(&self) -> Response {
        let rows = self.locations.iter().enumerate().map(|(at, location)| {
            json!({
                "StockLocationId": location.id, "StockLocationIntId": at + 1,
                "LocationName": location.name, "LocationTag": "", "IsFulfillmentCenter": false,
                "IsWarehouseManaged": false, "IsNotTrackable": false,
                "CountInOrderUntilAcknowledgement": false,
                "FulfilmentCenterDeductStockWhenProcessed": false, "Address1": "", "Address2": "",
                "City": "", "County": "", "Country": "United Kingdom", "ZipCode": "",
            })
        });
        ok(&rows.collect())
    }

    /// `PostalServices/GetPostalServices`.
    pub(super) fn postal_services(&self) -> Response {
        let rows = self.services.iter().map(|service| {
            json!({
                "id": service.id, "pkPostalServiceId": service.id,
                "PostalServiceName": service.name, "PostalServiceTag": "",
                "PostalServiceCode": "", "ServiceCountry": "United Kingdom",
                "Vendor": service.vendor, "PrintModule": "", "PrintModuleTitle": "",
                "TrackingNumberRequired": false, "WeightRequired": false,
                "IgnorePackagingGroup": false, "fkShippingAPIConfigId": 0,
                "IntegratedServiceId": null, "hasMappedShippingService": false, "Channels": [],
                "ShippingServices": [],
            })
        });
        ok(&rows.collect())
    }

    /// `Orders/GetShippingMethods`: the same, by vendor.
    pub(super) fn shipping_methods(&self) -> Response {
        let mut vendors: Vec<&str> = self.services.iter().map(|s| s.vendor.as_str()).collect();
        vendors.sort_unstable();
        vendors.dedup();
        let rows = vendors.into_iter().map(|vendor| {
            let of_vendor = self.services.iter().filter(|service| service.vendor == vendor);
            let services: Vec<Value> = of_vendor
                .map(|service| {
                    json!({"pkPostalServiceId": service.id, "PostalServiceName": service.name,
                        "TrackingNumberRequired": false, "Vendor": vendor,
                        "IntegratedServiceID": null})
                })
                .collect();
            json!({"Vendor": vendor, "PostalServices": services})
        });
        ok(&rows.collect())
    }

    fn details(&self, order: &Order) -> Value {
        order.details(self.identifiers_json(order))
    }

    fn identifiers_json(&self, order: &Order) -> Vec<Value> {
        let known = |tag: &String| self.identifiers.iter().find(|known| known.tag == *tag);
        order.tags.iter().filter_map(known).map(Identifier::json).collect()
    }
}

impl Identifier {
    /// As the API shows it.
    pub(super) fn json(&self) -> Value {
        json!({"IdentifierId": self.id, "IsCustom": self.custom, "ImageId": self.image_id,
            "ImageUrl": self.image_url, "Tag": self.tag, "Name": self.name})
    }
}
