//! What holds for every order, however odd its texts and numbers.

use proptest::prelude::*;

use super::*;
use crate::domain::source::{Address, Line};
use crate::domain::time::Timestamp;
use crate::domain::validate;
use crate::domain::validate::text::chars;

const TEXT: &str = "\\PC{0,120}|.{0,60}|[a-z &;#0-9]{0,200}";

fn texts<const N: usize>() -> impl Strategy<Value = [String; N]> {
    prop::collection::vec(TEXT, N).prop_map(|all| all.try_into().expect("as many as asked for"))
}

fn address() -> impl Strategy<Value = Address> {
    let country = prop_oneof![Just("United Kingdom".to_owned()), Just("France".to_owned()), TEXT];
    let postcode = prop_oneof![Just("ls14ap".to_owned()), Just("75008".to_owned()), TEXT];
    (texts::<9>(), country, postcode).prop_map(|(texts, country, postcode)| {
        let [full_name, company, one, two, three, town, region, phone, email] = texts;
        let lines = [one, two, three];
        Address { full_name, company, lines, town, region, postcode, country, phone, email }
    })
}

fn line() -> impl Strategy<Value = Line> {
    let quantity = prop_oneof![1..9_i64, any::<i64>()];
    let leaf = (texts::<3>(), quantity, any::<f64>(), any::<Option<[f64; 3]>>(), any::<bool>())
        .prop_map(|([sku, channel_sku, title], quantity, weight, size_cm, is_service)| Line {
            sku,
            channel_sku,
            title,
            quantity,
            weight,
            size_cm,
            is_service,
            children: Vec::new(),
        });
    leaf.prop_recursive(3, 12, 3, |inner| {
        (inner.clone(), prop::collection::vec(inner, 0..3))
            .prop_map(|(parent, children)| Line { children, ..parent })
    })
}

prop_compose! {
    fn any_order()(
        address in address(),
        lines in prop::collection::vec(line(), 0..3),
        [reference, external_reference, service] in texts::<3>(),
        number in any::<u64>(),
        received in any::<Option<i64>>(),
        scheduled in any::<Option<(i64, i64)>>(),
    ) -> SourceOrder {
        let mut made = order();
        made.address = address;
        made.lines = lines;
        made.reference = reference;
        made.external_reference = external_reference;
        made.shipping.service = service;
        made.number.0 = number >> 14;
        made.received = received.map(Timestamp);
        made.scheduled = scheduled.map(|(from, to)| (Timestamp(from), Timestamp(to)));
        made
    }
}

fn within_lengths(shipment: &Shipment) {
    let party = &shipment.party;
    let mut limits = vec![
        (shipment.order_no.as_str(), 17),
        (&shipment.customer_order_no, 35),
        (&shipment.driver_notes, 140),
        (&party.name, 35),
        (&party.contact, 35),
        (&party.town, 35),
        (&party.county, 35),
        (&party.postcode, 17),
        (&party.country, 2),
        (&party.tel, 35),
        (&party.mobile, 35),
        (&party.email, 70),
    ];
    limits.extend(party.lines.iter().map(|line| (line.as_str(), 35)));
    limits.extend(shipment.items.iter().map(|item| (item.description.as_str(), 50)));
    limits.extend(shipment.items.iter().map(|item| (item.code.as_str(), 255)));
    limits.extend(shipment.partner.iter().map(|(_, name)| (name.as_str(), 17)));
    for (text, max) in limits {
        assert!(chars(text) <= max, "{text:?} is longer than {max}");
        assert!(!text.chars().any(char::is_control), "{text:?}");
        assert_eq!(text.trim(), text);
    }
    assert!(!party.name.is_empty() && !party.lines[0].is_empty() && !shipment.items.is_empty());
    for (n, item) in shipment.items.iter().enumerate() {
        assert_eq!(usize::try_from(item.sequence), Ok(n + 1));
        assert!(item.quantity >= 1 && item.weight_grams >= 0 && !item.code.is_empty());
    }
}

proptest! {
    #[test]
    fn r68_building_never_panics_never_exceeds_a_length_and_fails_exactly_when_the_check_does(
        order in any_order(),
        skip in any::<bool>(),
        partner in TEXT,
        now in any::<i64>(),
    ) {
        let mut resolution = resolution();
        resolution.skip_composite_parent = skip;
        let options = ShippingOptions {
            partner: Some(("P".into(), partner)),
            pickup_today: true,
            ..ShippingOptions::default()
        };
        let build = || build(&order, Generation::FIRST, &resolution, "", &options, Timestamp(now));
        let built = build();
        prop_assert_eq!(&built, &build());
        let _ = order.content();
        match &built {
            Ok(built) => {
                within_lengths(&built.shipment);
                prop_assert_eq!(built.shipment.fingerprint(), built.shipment.fingerprint());
            }
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                prop_assert!(problems.iter().all(|problem| !problem.to_string().is_empty()));
            }
        }
        if !skip {
            let served = !validate::text::clean(&order.shipping.service).is_empty();
            let fine = validate::check(&order, &options).is_ok();
            prop_assert_eq!(fine, served && built.is_ok());
        }
    }

    #[test]
    fn no_line_of_an_address_is_lost_when_it_can_fit(lines in prop::collection::vec("[a-z]{1,9}( [a-z]{1,9}){0,4}", 3)) {
        let text: String = lines.concat().split(' ').collect();
        let total: usize = lines.iter().map(|line| chars(line)).sum();
        prop_assume!(total + 4 <= 105);
        let built = built(|order, _, _| {
            order.address.lines = lines.try_into().expect("three");
        }).expect("good");
        let kept: String = built.shipment.party.lines.concat();
        prop_assert_eq!(kept.replace([' ', ','], ""), text);
        prop_assert!(built.warnings.is_empty());
    }
}
