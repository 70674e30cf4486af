//! Path, verb and published limit of every method used (limits: calls a minute, per method).

use crate::api::gate::MethodKey;
use crate::domain::time::Delay;
use crate::http::Method;

/// One method of the API.
pub struct ApiMethod {
    /// `Controller/Method`.
    pub path: &'static str,
    /// GET for reads with simple arguments, otherwise POST.
    pub verb: Method,
    /// The published limit.
    pub per_minute: u32,
    /// Somebody waits at a terminal: it ends sooner than other calls.
    pub awaited: bool,
}

/// Longest call somebody waits for: the command gives up after ten seconds in all.
pub const AWAITED_MAX: Delay = Delay::secs(8);

impl ApiMethod {
    /// What its budget is kept under.
    pub const fn key(&self) -> MethodKey {
        MethodKey(self.path)
    }

    const fn get(path: &'static str, per_minute: u32) -> Self {
        Self { path, verb: Method::Get, per_minute, awaited: false }
    }

    const fn post(path: &'static str, per_minute: u32) -> Self {
        Self { path, verb: Method::Post, per_minute, awaited: false }
    }
}

pub const SIGN_IN: ApiMethod = ApiMethod::post("Auth/AuthorizeByApplication", 150);
pub const STOCK_LOCATIONS: ApiMethod = ApiMethod::get("Inventory/GetStockLocations", 150);
pub const POSTAL_SERVICES: ApiMethod = ApiMethod::get("PostalServices/GetPostalServices", 150);
pub const ALL_OPEN_ORDERS: ApiMethod = ApiMethod::post("Orders/GetAllOpenOrders", 250);
pub const OPEN_DETAILS: ApiMethod = ApiMethod::post("OpenOrders/GetOpenOrdersDetails", 150);
pub const ORDERS_BY_ID: ApiMethod = ApiMethod::post("Orders/GetOrdersById", 250);
pub const ORDER_BY_NUMBER: ApiMethod =
    ApiMethod { awaited: true, ..ApiMethod::get("Orders/GetOrderDetailsByNumOrderId", 250) };
pub const IDENTIFIERS: ApiMethod = ApiMethod::get("OpenOrders/GetIdentifiers", 150);
pub const SAVE_IDENTIFIER: ApiMethod = ApiMethod::post("OpenOrders/SaveIdentifier", 150);
pub const ASSIGN: ApiMethod = ApiMethod::post("OpenOrders/AssignOrderIdentifier", 250);
pub const UNASSIGN: ApiMethod = ApiMethod::post("OpenOrders/UnassignOrderIdentifier", 250);
pub const IDENTIFIERS_OF: ApiMethod = ApiMethod::post("OpenOrders/GetIdentifiersByOrderIds", 150);
pub const ORDER_NOTES: ApiMethod = ApiMethod::get("Orders/GetOrderNotes", 250);
pub const ADD_NOTE: ApiMethod = ApiMethod::post("Orders/AddOrdersNote", 150);
pub const PROCESS: ApiMethod = ApiMethod::post("Orders/ProcessOrdersInBatch", 250);
pub const SET_SHIPPING: ApiMethod = ApiMethod::post("Orders/SetOrderShippingInfo", 250);
