//! Which order a request to Linnworks is about, read from the request itself. Calls about several are about
//! none: what they say cannot be told apart.

use serde_json::Value;

use crate::api::encode::plain;
use crate::domain::ids::{OrderId, OrderNumber};
use crate::http::Request;

/// Longer arguments name many orders.
const ARGUMENT_BYTES_MAX: usize = 8 * 1024;

/// An order as a request names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// By its key.
    Id(OrderId),
    /// By its number.
    Number(OrderNumber),
}

/// The order of a request that is about one order.
pub fn about(request: &Request) -> Option<About> {
    let (_, method) = request.path().split_once("/api/")?;
    if !method.starts_with("Orders/") && !method.starts_with("OpenOrders/") {
        return None;
    }
    let body = std::str::from_utf8(&request.body).ok()?;
    let arguments = if body.is_empty() { request.query() } else { body };
    arguments.split('&').find_map(|argument| {
        let (name, value) = argument.split_once('=')?;
        if value.len() > ARGUMENT_BYTES_MAX {
            return None;
        }
        let value = plain(value)?;
        match name {
            "orderId" => OrderId::parse(&value).map(About::Id),
            "OrderId" => value.parse().ok().map(|number| About::Number(OrderNumber(number))),
            "pkOrderIds" | "ordersIds" => only(&serde_json::from_str(&value).ok()?),
            "request" => only(&serde_json::from_str::<Value>(&value).ok()?["OrderIds"]),
            _ => None,
        }
    })
}

fn only(ids: &Value) -> Option<About> {
    match ids.as_array()?.as_slice() {
        [one] => OrderId::parse(one.as_str()?).map(About::Id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::encode::form;
    use crate::domain::time::Delay;
    use crate::http::Method;

    const ID: &str = "05d47a64-3aaf-43cd-a99c-a48b7d84365e";
    const OTHER: &str = "15d47a64-3aaf-43cd-a99c-a48b7d84365e";

    fn asked(method: &str, query: &str, fields: &[(&str, String)]) -> Option<About> {
        about(&Request {
            method: if query.is_empty() { Method::Post } else { Method::Get },
            url: format!("https://eu-ext.linnworks.net/api/{method}{query}"),
            headers: Vec::new(),
            body: form(fields).into_bytes(),
            timeout: Delay::secs(1),
            fresh_connection: false,
        })
    }

    #[test]
    fn a_call_about_one_order_is_known_and_one_about_several_is_about_none() {
        let id = OrderId::parse(ID).map(About::Id);
        let ids = |list: &[&str]| serde_json::json!(list).to_string();
        let request = |list: &[&str]| serde_json::json!({"OrderIds": list, "Tag": "X"}).to_string();
        let shipping = [("orderId", ID.to_owned()), ("info", "{}".to_owned())];
        assert_eq!(asked("Orders/SetOrderShippingInfo", "", &shipping), id);
        assert_eq!(asked("Orders/GetOrderNotes", &format!("?orderId={ID}"), &[]), id);
        let by_number = asked("Orders/GetOrderDetailsByNumOrderId", "?OrderId=104512", &[]);
        assert_eq!(by_number, Some(About::Number(OrderNumber(104_512))));
        assert_eq!(asked("Orders/GetOrdersById", "", &[("pkOrderIds", ids(&[ID]))]), id);
        let assign = "OpenOrders/AssignOrderIdentifier";
        assert_eq!(asked(assign, "", &[("request", request(&[ID]))]), id);
        assert_eq!(asked(assign, "", &[("request", request(&[ID, OTHER]))]), None);
        assert_eq!(asked("Orders/GetOrdersById", "", &[("pkOrderIds", ids(&[]))]), None);
    }

    #[test]
    fn the_sign_in_and_lists_are_about_no_order() {
        let secret =
            [("request", format!("{{\"ApplicationId\":\"{ID}\",\"OrderIds\":[\"{ID}\"]}}"))];
        assert_eq!(asked("Auth/AuthorizeByApplication", "", &secret), None);
        let location = [("fulfilmentCenter", ID.to_owned())];
        assert_eq!(asked("Orders/GetAllOpenOrders", "", &location), None);
        assert_eq!(asked("Orders/GetOrdersById", "", &[("pkOrderIds", "%".to_owned())]), None);
    }
}
