//! Orders, timelines, the journal, settings.

use super::*;
use crate::domain::depot::{DeliveryMethod, Depot, Location, MethodKind, PostalService};
use crate::domain::event::Event;
use crate::domain::ids::{PostalServiceId, Tag};
use crate::domain::order::StateWord;
use crate::domain::tags::{Mark, TagTable};
use crate::store::{Installed, JOURNAL_MAX, Paused, Setting, TIMELINE_MAX};

#[test]
fn an_order_is_found_by_id_by_number_and_by_state_and_counted_once() {
    let store = memory();
    put(&store, at(1), |c| c.put_order(order(1, OrderState::Waiting))).unwrap();
    put(&store, at(2), |c| {
        c.put_order(order(2, OrderState::Waiting));
        c.put_order(order(1, OrderState::Sent));
    })
    .unwrap();
    assert_eq!(see(&store, |v| v.order(order_id(1))), Some(order(1, OrderState::Sent)));
    let number = OrderNumber(100_002);
    assert_eq!(see(&store, |v| v.order_by_number(number)), Some(order(2, OrderState::Waiting)));
    assert_eq!(see(&store, |v| v.orders_in(StateWord::Waiting, None, 9)), [order_id(2)]);
    assert_eq!(see(&store, |v| v.orders_in(StateWord::Sent, None, 9)), [order_id(1)]);
    let counts = see(&store, |v| v.counts());
    assert_eq!(counts.orders.len(), 12);
    assert_eq!((counts.orders[&StateWord::Waiting], counts.orders[&StateWord::Sent]), (1, 1));
}

#[test]
fn a_list_of_orders_goes_on_where_the_page_before_ended() {
    let store = memory();
    put(&store, at(1), |c| (1..=7).for_each(|n| c.put_order(order(n, OrderState::Waiting))))
        .unwrap();
    let first = see(&store, |v| v.orders_in(StateWord::Waiting, None, 3));
    assert_eq!(first, [1, 2, 3].map(order_id));
    let after = first.last().copied();
    assert_eq!(see(&store, |v| v.orders_in(StateWord::Waiting, after, 3)), [4, 5, 6].map(order_id));
}

#[test]
fn one_order_number_never_stands_for_two_orders_and_a_changed_number_is_free_again() {
    let store = memory();
    put(&store, at(1), |c| c.put_order(order(1, OrderState::Waiting))).unwrap();
    let mut twin = order(2, OrderState::Waiting);
    twin.number = OrderNumber(100_001);
    let refused = put(&store, at(2), |c| c.put_order(twin.clone()));
    assert!(matches!(refused, Err(StoreError::Invariant(_))), "{refused:?}");
    assert_eq!(see(&store, |v| v.order(order_id(2))), None);
    put(&store, at(3), |c| {
        let mut first = order(1, OrderState::Waiting);
        first.number = OrderNumber(5);
        c.put_order(first);
        c.put_order(twin.clone());
    })
    .unwrap();
    let found = see(&store, |v| v.order_by_number(OrderNumber(100_001)));
    assert_eq!(found.map(|order| order.id), Some(order_id(2)));
}

#[test]
fn a_timeline_keeps_its_newest_lines_and_the_journal_never_reuses_a_number() {
    let store = memory();
    let subject = order(1, OrderState::Waiting);
    put(&store, at(1), |c| {
        for n in 0..TIMELINE_MAX + 5 {
            c.happened(&subject, Event::Looked(format!("look {n}")));
        }
        c.daemon(Event::Daemon("started".into()));
    })
    .unwrap();
    let timeline = see(&store, |v| v.timeline(order_id(1)));
    assert_eq!(timeline.len() as u64, TIMELINE_MAX);
    assert_eq!(timeline[0].detail, "look 5");
    assert_eq!(timeline[0].what, "looked in Stream");
    let head = see(&store, |v| v.journal_head());
    assert_eq!(head, TIMELINE_MAX + 6);
    let last = see(&store, |v| v.journal(head - 2, 10));
    assert_eq!(last.iter().map(|line| line.seq).collect::<Vec<_>>(), [head - 1, head]);
    assert_eq!(last[0].order, Some((order_id(1), OrderNumber(100_001))));
    assert_eq!((last[1].order, last[1].entry.detail.as_str()), (None, "started"));
}

#[test]
fn the_journal_is_bounded_and_goes_on_counting() {
    let store = memory();
    let line = |n: u64| Event::Daemon(n.to_string());
    put(&store, at(1), |c| (1..=JOURNAL_MAX + 30).for_each(|n| c.daemon(line(n)))).unwrap();
    let first = see(&store, |v| v.journal(0, 1));
    assert_eq!(first[0].seq, 31, "the commit trims what it added too much");
    put(&store, at(2), |c| c.daemon(line(0))).unwrap();
    assert_eq!(see(&store, |v| v.journal(0, 1))[0].seq, 32);
    assert_eq!(see(&store, |v| v.journal_head()), JOURNAL_MAX + 31);
}

#[test]
fn facts_kept_once_are_read_back_as_they_were_set() {
    let store = memory();
    assert_eq!(see(&store, |v| v.installed()), None);
    assert_eq!(see(&store, |v| v.tags()), TagTable::default());
    let tags = TagTable([(Mark::Sent, Tag::from("SENT")), (Mark::Run(3), Tag::from("R3"))].into());
    let kinds = [MethodKind::Delivery, MethodKind::Trunk, MethodKind::Other("DRONE".into())];
    let methods = kinds.map(|kind| DeliveryMethod { id: "1".into(), name: "Van".into(), kind });
    let depot = Depot {
        id: "LDS".into(),
        name: "Leeds".into(),
        stock_location: ("1".into(), "Default".into()),
        methods: methods.to_vec(),
    };
    let place = Location { id: LocationId::from_bytes([0; 16]), name: "Default".into() };
    let id = PostalServiceId::from_bytes([9; 16]);
    let service = PostalService { id, name: "Next Day".into(), vendor: "Stream".into() };
    let installed = Installed { at: Timestamp(5), predecessor: Some(true) };
    let paused = Paused { by: "ann".into(), at: Timestamp(6) };
    put(&store, at(1), |c| {
        c.set(Setting::Tags(tags.clone()));
        c.set(Setting::Depots { at: Timestamp(4), depots: vec![depot.clone()] });
        c.set(Setting::Locations(vec![place.clone()]));
        c.set(Setting::Services(vec![service.clone()]));
        c.set(Setting::Installed(installed));
        c.set(Setting::Paused(Some(paused.clone())));
        c.set(Setting::Polled(Timestamp(7)));
        c.set(Setting::Quarantine { since: Timestamp(9) });
    })
    .unwrap();
    assert_eq!(see(&store, |v| v.quarantine()), Some(Timestamp(9)));
    assert_eq!(see(&store, |v| v.tags()), tags);
    assert_eq!(see(&store, |v| v.depots()), Some((Timestamp(4), vec![depot])));
    assert_eq!(see(&store, |v| v.locations()), [place]);
    assert_eq!(see(&store, |v| v.services()), [service]);
    assert_eq!(see(&store, |v| v.installed()), Some(installed));
    assert_eq!(see(&store, |v| v.paused()), Some(paused));
    assert_eq!(see(&store, |v| v.polled()), Some(Timestamp(7)));
    put(&store, at(2), |c| c.set(Setting::Paused(None))).unwrap();
    assert_eq!(see(&store, |v| v.paused()), None);
}
