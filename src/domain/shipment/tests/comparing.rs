//! Fingerprints, and the comparison with what Stream has.

use super::*;
use crate::domain::answer::Found;
use crate::domain::ids::{ConsignmentNo, Fingerprint};
use crate::domain::plan::Goods;
use crate::domain::shipment::fixtures::line;
use crate::domain::source::Payment;

fn found(items: &[(&str, i64)]) -> Found {
    Found {
        consignment: ConsignmentNo("C1".into()),
        tracking: None,
        tracking_url: String::new(),
        status: "UNCONFIRMED".into(),
        name: "margaret  ellison".into(),
        postcode: "LS184QB".into(),
        reference: String::new(),
        collection: false,
        plan: None,
        goods: Goods::default(),
        items: items.iter().map(|(code, quantity)| ((*code).to_owned(), *quantity)).collect(),
    }
}

fn two_lines() -> Shipment {
    shipment(|order, _, _| order.lines = vec![line("A", 1), line("B", 2)])
}

#[test]
fn the_same_goods_to_the_same_place_are_the_same_in_any_order() {
    assert_eq!(two_lines().matches(&found(&[("A", 1), ("B", 2)])), Match::Same);
    assert_eq!(two_lines().matches(&found(&[("B", 2), ("a ", 1)])), Match::Same);
    assert_eq!(two_lines().matches(&found(&[("B", 1), ("A", 1), ("B", 1)])), Match::Same);
}

#[test]
fn repeated_lines_and_multiplied_quantities_are_doubled() {
    let doubled = [
        vec![("A", 1), ("B", 2), ("A", 1), ("B", 2)],
        vec![("A", 2), ("B", 4)],
        vec![("A", 3), ("B", 6)],
    ];
    for items in doubled {
        assert_eq!(two_lines().matches(&found(&items)), Match::Doubled, "{items:?}");
    }
}

#[test]
fn other_goods_are_different_and_only_the_kind_of_difference_is_said() {
    let others = [
        vec![],
        vec![("A", 1)],
        vec![("A", 2), ("B", 2)],
        vec![("A", 1), ("B", 4)],
        vec![("A", 1), ("C", 2)],
        vec![("A", 1), ("B", 2), ("C", 1)],
        vec![("A", 0), ("B", 0)],
        vec![("A", -1), ("B", -2)],
        vec![("A", i64::MAX), ("A", i64::MAX), ("B", i64::MIN)],
    ];
    for items in others {
        let Match::Different(what) = two_lines().matches(&found(&items)) else {
            panic!("{items:?}");
        };
        assert_eq!(what.to_string(), "different in Stream: items");
    }
}

#[test]
fn another_place_or_name_is_different_even_when_the_goods_are_doubled() {
    let mut elsewhere = found(&[("A", 2), ("B", 4)]);
    elsewhere.postcode = "LS1 4AP".into();
    elsewhere.name = "Somebody".into();
    let Match::Different(what) = two_lines().matches(&elsewhere) else { panic!("different") };
    assert_eq!(what, Difference { postcode: true, name: true, items: false });
    assert_eq!(what.to_string(), "different in Stream: postcode, name");
}

type Change = fn(&mut SourceOrder, &mut Resolution, &mut ShippingOptions);

#[test]
fn r77_every_change_of_address_contact_service_or_goods_changes_the_fingerprint() {
    let before = shipment(|_, _, _| {}).fingerprint();
    let changes: [(&str, Change); 14] = [
        ("name", |order, _, _| order.address.full_name.push('x')),
        ("company", |order, _, _| order.address.company.push('x')),
        ("line", |order, _, _| order.address.lines[1].push('x')),
        ("town", |order, _, _| order.address.town.push('x')),
        ("county", |order, _, _| order.address.region.push('x')),
        ("postcode", |order, _, _| order.address.postcode = "LS1 4AP".into()),
        ("phone", |order, _, _| order.address.phone.push('1')),
        ("e-mail", |order, _, _| order.address.email.push('x')),
        ("service", |order, _, _| order.shipping.service.push('x')),
        ("method", |_, resolution, _| resolution.method.name.push('x')),
        ("depot", |_, resolution, _| resolution.stock_location.name.push('x')),
        ("quantity", |order, _, _| order.lines[0].quantity = 3),
        ("line added", |order, _, _| order.lines.push(line("B", 1))),
        ("window", |order, _, _| order.scheduled = order.received.map(|at| (at, at))),
    ];
    let mut seen = vec![before];
    for (what, change) in changes {
        let after = shipment(change).fingerprint();
        assert!(!seen.contains(&after), "{what}");
        seen.push(after);
    }
}

#[test]
fn the_day_the_generation_and_the_sites_settings_do_not_change_the_fingerprint() {
    let before = shipment(|_, _, _| {});
    let settings = shipment(|_, _, options| {
        options.pickup_today = true;
        options.partner = Some(("P".into(), "N".into()));
        options.services = vec!["X".into()];
        options.booking_required = false;
    });
    assert_eq!(before.fingerprint(), settings.fingerprint());
    let mut order = order();
    order.received = None;
    let options = ShippingOptions::default();
    let later =
        build(&order, Generation(2), &resolution(), "", &options, at("2027-01-01T00:00:00Z"));
    assert_eq!(before.fingerprint(), later.expect("good").shipment.fingerprint());
}

#[test]
fn header_fields_change_the_whole_and_not_the_leg() {
    let before = shipment(|_, _, _| {});
    let header = shipment(|order, _, _| order.reference.push('x'));
    assert_ne!(before.fingerprint(), header.fingerprint());
    assert_eq!(before.leg_fingerprint(), header.leg_fingerprint());
    let leg = shipment(|order, _, _| order.address.town.push('x'));
    assert_ne!(before.leg_fingerprint(), leg.leg_fingerprint());
}

#[test]
fn fingerprints_are_the_same_in_every_build_of_the_program() {
    // They are kept in the store: a change here has to be meant.
    assert_eq!(shipment(|_, _, _| {}).fingerprint().to_string(), "302bc85fad986b97");
    assert_eq!(order().content().to_string(), "75ec9203d8a2b5f3");
}

fn content(change: impl FnOnce(&mut SourceOrder)) -> Fingerprint {
    let mut order = order();
    change(&mut order);
    order.content()
}

#[test]
fn r75_whatever_could_change_eligibility_or_shipment_changes_the_content() {
    let before = content(|_| {});
    let changes: [fn(&mut SourceOrder); 16] = [
        |order| order.processed = true,
        |order| order.parked = true,
        |order| order.hold_or_cancel = true,
        |order| order.payment = Payment::Unpaid,
        |order| order.payment = Payment::Other(9),
        |order| order.location = crate::domain::ids::LocationId::from_bytes([1; 16]),
        |order| order.reference.push('x'),
        |order| order.external_reference.push('x'),
        |order| order.received = None,
        |order| order.scheduled = order.received.map(|at| (at, at)),
        |order| order.shipping.vendor.push('x'),
        |order| order.shipping.service.push('x'),
        |order| order.address.region.push('x'),
        |order| order.lines[0].weight = 1.0,
        |order| order.lines[0].size_cm = Some([1.0, 1.0, 1.0]),
        |order| order.lines[0].children.push(line("B", 1)),
    ];
    let mut seen = vec![before];
    for (n, change) in changes.into_iter().enumerate() {
        let after = content(change);
        assert!(!seen.contains(&after), "change {n}");
        seen.push(after);
    }
}

#[test]
fn what_we_write_ourselves_does_not_change_the_content() {
    let ours = content(|order| {
        order.shipping.tracking = "T1".into();
        order.shipping.total_weight = 1.0;
        order.tags.push("SENT TO STREAM".into());
    });
    assert_eq!(ours, content(|_| {}));
}

#[test]
fn texts_do_not_run_into_each_other() {
    let one = content(|order| {
        order.reference = "AB".into();
        order.external_reference = "C".into();
    });
    let two = content(|order| {
        order.reference = "A".into();
        order.external_reference = "BC".into();
    });
    assert_ne!(one, two);
}
