//! Which order a request to Stream is about, read from the request itself: those who show exchanges are
//! told nothing else.

use serde_json::Value;

use crate::domain::ids::OrderNumber;
use crate::http::{Method, Request};

/// The Linnworks order of a request that is about one order.
pub fn about(request: &Request) -> Option<OrderNumber> {
    let path = request.path();
    let (_, rest) = path.split_once("/api/orders/")?;
    let order_no = match (rest.split_once('/'), request.method) {
        (Some((_, order_no)), _) => order_no.to_owned(),
        (None, Method::Post) => {
            let body: Value = serde_json::from_slice(&request.body).ok()?;
            body["header"]["orderNo"].as_str()?.to_owned()
        }
        (None, Method::Get | Method::Patch | Method::Delete) => return None,
    };
    // Further generations are `104512-2`.
    order_no.split('-').next()?.parse().ok().map(OrderNumber)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Delay;

    fn request(method: Method, path: &str, body: &str) -> Request {
        Request {
            method,
            url: format!("https://stream.example/base/api{path}"),
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            timeout: Delay::secs(1),
            fresh_connection: false,
        }
    }

    #[test]
    fn the_order_is_named_by_the_path_or_by_the_body_of_a_create() {
        let number =
            |method, path, body| about(&request(method, path, body)).map(|number| number.0);
        assert_eq!(number(Method::Get, "/orders/orders/104512", ""), Some(104_512));
        assert_eq!(number(Method::Delete, "/orders/orders/104512-2", ""), Some(104_512));
        assert_eq!(number(Method::Get, "/orders/status/7?x=1", ""), Some(7));
        let create = r#"{"header":{"orderNo":"104512-3"}}"#;
        assert_eq!(number(Method::Post, "/orders/orders", create), Some(104_512));
        for (method, path, body) in [
            (Method::Post, "/oauth", r#"{"client_id":"7"}"#),
            (Method::Post, "/orders/orders", "[]"),
            (Method::Post, "/orders/orders", "nonsense"),
            (Method::Get, "/orders/orders", ""),
            (Method::Get, "/orders/orders/SO-1", ""),
            (Method::Get, "/depots/depots", ""),
            (Method::Delete, "/webhooks/webhooks/41207", ""),
        ] {
            assert_eq!(number(method, path, body), None, "{path}");
        }
    }
}
