//! Orders that cannot be taken in delay no other.

use std::sync::Arc;

use super::*;
use crate::domain::depot::Depot;
use crate::domain::shipment::fixtures;
use crate::domain::time::Timestamp;
use crate::flow::fixtures as plain;
use crate::store::{Setting, StoreOptions};

fn rules() -> Arc<Rules> {
    Arc::new(plain::rules())
}

#[test]
fn an_order_that_breaks_a_rule_of_the_records_is_left_alone_and_the_page_is_taken_in() {
    let place = tempfile::tempdir().expect("a directory");
    let store = Store::open(&place.path().join("db"), StoreOptions::default()).expect("opens");
    let now = Now { wall: Timestamp(1_795_413_600_000), mono: Moment(1_000) };
    store
        .write(now, |_| {
            let mut changes = Changes::new();
            changes.set(Setting::Depots { at: Timestamp(0), depots: Vec::<Depot>::new() });
            Ok::<_, FlowError>((changes, ()))
        })
        .expect("written");
    let order = |id: u8, number: u64| {
        let mut order = fixtures::order();
        order.id = OrderId::from_bytes([id; 16]);
        order.number = crate::domain::ids::OrderNumber(number);
        order
    };
    // Two orders of one number: the second contradicts our records.
    let page = vec![order(1, 7), order(2, 7), order(3, 8)];
    let taken = accept(&store, now, &rules(), page, Vec::new()).expect("taken in");
    assert_eq!(taken.found, 2);
    for (id, known) in [(1, true), (2, false), (3, true)] {
        let id = OrderId::from_bytes([id; 16]);
        assert_eq!(store.read(|view| view.order(id)).expect("readable").is_some(), known, "{id}");
    }
}
