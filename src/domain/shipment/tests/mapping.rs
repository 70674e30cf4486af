//! Each field of a create request and the source it comes from.

use super::*;
use crate::domain::options::{MethodField, WeightUnit};
use crate::domain::shipment::fixtures::line;
use crate::domain::source::Line;
use crate::domain::validate::{Problem, Uncut};

fn codes(shipment: &Shipment) -> Vec<(&str, i64)> {
    shipment.items.iter().map(|item| (item.code.as_str(), item.quantity)).collect()
}

#[test]
fn r2_the_order_number_is_the_linnworks_number_and_later_generations_add_a_suffix() {
    assert_eq!(shipment(|_, _, _| {}).order_no.as_str(), "104512");
    let options = ShippingOptions::default();
    let second = build(&order(), Generation(2), &resolution(), "", &options, at("2026-11-23"));
    assert_eq!(second.expect("good").shipment.order_no.as_str(), "104512-2");
}

#[test]
fn an_order_number_that_a_suffix_makes_too_long_is_refused_and_not_cut() {
    let mut order = order();
    order.number.0 = 10_000_000_000_000_000;
    let options = ShippingOptions::default();
    let now = at("2026-11-23T12:00:00Z");
    assert!(build(&order, Generation(1), &resolution(), "", &options, now).is_ok());
    let second = build(&order, Generation(2), &resolution(), "", &options, now);
    assert_eq!(second, Err(vec![Problem::TooLong { what: Uncut::OrderNumber, max: 17 }]));
}

#[test]
fn r2_the_order_date_is_the_received_day_of_the_site_and_today_without_one() {
    assert_eq!(shipment(|_, _, _| {}).order_date.to_string(), "2026-07-02");
    let without = shipment(|order, _, _| order.received = None);
    assert_eq!(without.order_date.to_string(), "2026-11-23");
}

#[test]
fn r34_order_type_method_and_service_level_come_from_the_orders_service() {
    let plain = shipment(|_, _, _| {});
    assert_eq!(plain.order_type, OrderType::Delivery);
    assert_eq!(plain.method, "Standard");
    assert_eq!(plain.service_level, "Standard (Leeds)");
    let set = shipment(|_, resolution, _| {
        resolution.order_type = OrderType::Collection;
        resolution.service_level = Some("Two Man".into());
    });
    assert_eq!((set.order_type, set.service_level.as_str()), (OrderType::Collection, "Two Man"));
}

#[test]
fn r34_ids_are_sent_for_method_and_stock_location_when_so_set() {
    let ids = shipment(|_, _, options| options.method_field = MethodField::Id);
    assert_eq!((ids.method.as_str(), ids.stock_location.as_str()), ("STD", "LDS"));
}

#[test]
fn r26_a_partner_is_sent_when_set() {
    assert_eq!(shipment(|_, _, _| {}).partner, None);
    let set = shipment(|_, _, options| options.partner = Some(("P1".into(), "North Ltd".into())));
    assert_eq!(set.partner, Some(("P1".into(), "North Ltd".into())));
}

#[test]
fn services_and_booking_are_as_set_and_by_default_none_and_true() {
    let plain = shipment(|_, _, _| {});
    assert!(plain.services.is_empty() && plain.booking_required);
    let set = shipment(|_, _, options| {
        options.services = vec!["STREAM".into()];
        options.booking_required = false;
    });
    assert!(set.services == ["STREAM"] && !set.booking_required);
}

#[test]
fn the_customers_reference_is_sent_else_the_external_one_within_its_length() {
    assert_eq!(shipment(|_, _, _| {}).customer_order_no, "SHOP-77120");
    assert_eq!(shipment(|order, _, _| order.reference.clear()).customer_order_no, "EXT-1");
    let long = built(|order, _, _| order.reference = "R".repeat(40)).expect("good");
    assert_eq!(long.shipment.customer_order_no.len(), 35);
    assert_eq!(long.warnings.len(), 1);
}

#[test]
fn r2_the_destination_has_town_county_country_and_a_normal_postcode() {
    let party = shipment(|_, _, _| {}).party;
    assert_eq!(party.name, "Margaret Ellison");
    assert_eq!(party.lines, ["14 Beechwood Crescent", "Horsforth", ""]);
    assert_eq!((party.town.as_str(), party.county.as_str()), ("Leeds", "West Yorkshire"));
    assert_eq!((party.postcode.as_str(), party.country.as_str()), ("LS18 4QB", "GB"));
    assert_eq!(shipment(|order, _, _| order.address.region.clear()).party.county, "");
}

#[test]
fn the_country_is_the_orders_and_not_always_gb() {
    let party = shipment(|order, _, _| order.address.postcode = "JE2 3XP".into()).party;
    assert_eq!(party.country, "JE");
    let ireland = shipment(|order, _, _| {
        order.address.country = "Ireland".into();
        order.address.postcode.clear();
    });
    assert_eq!((ireland.party.country.as_str(), ireland.party.postcode.as_str()), ("IE", ""));
}

#[test]
fn a_company_is_the_name_and_the_person_becomes_the_contact() {
    let party = shipment(|order, _, _| order.address.company = "Marks &amp; Son".into()).party;
    assert_eq!((party.name.as_str(), party.contact.as_str()), ("Marks & Son", "Margaret Ellison"));
    let alone = shipment(|order, _, _| {
        order.address.company = "Acme".into();
        order.address.full_name.clear();
    });
    assert_eq!((alone.party.name.as_str(), alone.party.contact.as_str()), ("Acme", "Acme"));
}

#[test]
fn a_mobile_number_is_also_sent_as_mobile() {
    let numbers = |phone: &str, country: &str| {
        let party = shipment(|order, _, _| {
            order.address.phone = phone.into();
            order.address.country = country.into();
        });
        (party.party.tel, party.party.mobile)
    };
    for mobile in ["07700 900482", "+447700900482", "00447700900482", "+44 (0)7700 900-482"] {
        let wanted = (mobile.to_owned(), "07700900482".to_owned());
        assert_eq!(numbers(mobile, "United Kingdom"), wanted, "{mobile}");
    }
    for other in ["01632 960482", "", "+33 7 12 34 56 78", "0770090048", "+07700900482"] {
        let wanted = (other.to_owned(), String::new());
        assert_eq!(numbers(other, "United Kingdom"), wanted, "{other}");
    }
    assert_eq!(numbers("07700900482", "France").1, "");
    assert_eq!(numbers("+447700900482", "France").1, "07700900482");
}

#[test]
fn the_e_mail_is_the_customers_own_and_never_a_part_of_one() {
    assert_eq!(shipment(|_, _, _| {}).party.email, "m.ellison@example.com");
    for bad in ["n/a".to_owned(), format!("{}@example.com", "x".repeat(70))] {
        let built = built(|order, _, _| order.address.email = bad).expect("good");
        assert_eq!(built.shipment.party.email, "");
        assert!(built.warnings[0].contains("left out"), "{:?}", built.warnings);
    }
}

#[test]
fn a_long_address_line_flows_onto_free_lines_before_anything_is_cut() {
    let flow = |lines: [&str; 3]| {
        let built = built(|order, _, _| order.address.lines = lines.map(str::to_owned));
        let built = built.expect("good");
        (built.shipment.party.lines, built.warnings.len())
    };
    let (lines, warnings) = flow(["Flat 12 The Old Corn Mill, Riverside Walk", "", "Horsforth"]);
    assert_eq!(lines, ["Flat 12 The Old Corn Mill,", "Riverside Walk", "Horsforth"]);
    assert_eq!(warnings, 0);
    let (lines, warnings) = flow(["Flat 12 The Old Corn Mill, Riverside Walk", "Top", "Horsforth"]);
    assert_eq!(lines, ["Flat 12 The Old Corn Mill,", "Riverside Walk, Top, Horsforth", ""]);
    assert_eq!(warnings, 0);
    let word = "X".repeat(50);
    let (lines, warnings) = flow([&word, "", ""]);
    assert_eq!(lines, ["X".repeat(35), "X".repeat(15), String::new()]);
    assert_eq!(warnings, 0);
    let (lines, warnings) = flow([&word, &word, &word]);
    assert!(lines.iter().all(|line| line.chars().count() <= 35));
    assert_eq!(warnings, 1);
    assert_eq!(flow(["", "14 High St", ""]).0, ["14 High St", "", ""]);
}

#[test]
fn warnings_name_the_field_and_show_nothing_of_the_customer() {
    let built = built(|order, _, _| {
        order.address.full_name = "Wolfeschlegel".repeat(4);
        order.address.town = "Llanfair".repeat(8);
    });
    let warnings = built.expect("good").warnings;
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    assert!(warnings.iter().all(|text| !text.contains("Wolfe") && !text.contains("Llan")));
}

#[test]
fn the_wanted_window_is_sent_only_when_there_is_one_as_the_clock_on_the_wall_shows_it() {
    assert_eq!(shipment(|_, _, _| {}).required, None);
    let window = |from: &str, to: &str| {
        built(|order, _, _| order.scheduled = Some((at(from), at(to)))).expect("good")
    };
    let summer = window("2026-07-01T08:00:00Z", "2026-07-01T12:00:00Z").shipment.required;
    let wanted = ("2026-07-01T09:00:00Z".to_owned(), "2026-07-01T13:00:00Z".to_owned());
    assert_eq!(summer, Some(wanted));
    let winter = window("2026-12-01T08:00:00Z", "2026-12-01T12:00:00Z").shipment.required;
    assert_eq!(winter.map(|(from, _)| from).as_deref(), Some("2026-12-01T08:00:00Z"));
    let backwards = window("2026-12-02T08:00:00Z", "2026-12-01T12:00:00Z");
    assert_eq!((backwards.shipment.required, backwards.warnings.len()), (None, 1));
}

#[test]
fn r28_the_depots_stock_location_is_sent_unless_the_site_uses_one_location() {
    assert_eq!(shipment(|_, _, _| {}).stock_location, "Leeds Store");
    let nameless = shipment(|_, resolution, _| resolution.stock_location = Default::default());
    assert_eq!(nameless.stock_location, "Leeds");
    let off = shipment(|_, _, options| options.default_location = Some("Main".into()));
    assert_eq!(off.stock_location, "Leeds Store");
    let on = shipment(|_, _, options| {
        options.use_default_location = true;
        options.default_location = Some("Main".into());
        options.location_map.insert("Default".into(), "Mapped".into());
    });
    assert_eq!(on.stock_location, "Main");
}

#[test]
fn r28_the_orders_own_location_is_sent_as_mapped() {
    let mapped = shipment(|_, _, options| {
        options.location_map.insert(" default ".into(), "Mapped".into());
    });
    assert_eq!(mapped.stock_location, "Mapped");
    let other = shipment(|_, _, options| {
        options.location_map.insert("Annex".into(), "Mapped".into());
    });
    assert_eq!(other.stock_location, "Leeds Store");
}

#[test]
fn r29_the_pickup_date_is_today_at_the_site_when_set_and_else_none() {
    assert_eq!(shipment(|_, _, _| {}).on_hand, None);
    let mut options = ShippingOptions { pickup_today: true, ..ShippingOptions::default() };
    let late = at("2026-07-01T23:30:00Z");
    let day = |options: &ShippingOptions| {
        let built = build(&order(), Generation::FIRST, &resolution(), "", options, late);
        built.expect("good").shipment.on_hand.map(|day| day.to_string())
    };
    assert_eq!(day(&options).as_deref(), Some("2026-07-02"));
    options.zone = crate::domain::time::Zone::named("America/New_York").expect("known");
    assert_eq!(day(&options).as_deref(), Some("2026-07-01"));
}

#[test]
fn r2_an_item_has_sequence_code_description_quantity_kilograms_and_cube() {
    let shipment = shipment(|order, _, _| {
        order.lines =
            vec![line("A", 1), Line { size_cm: Some([10.0, 20.0, 30.5]), ..line("B", 3) }];
    });
    let [first, second] = &shipment.items[..] else { panic!("two lines") };
    assert_eq!((first.sequence, second.sequence), (1, 2));
    assert_eq!((first.code.as_str(), first.quantity, first.parent), ("A", 1, None));
    assert_eq!(first.description, "Oak chair");
    assert_eq!((first.weight_grams, first.volume_cm3), (4200, None));
    assert_eq!(second.volume_cm3, Some(6100));
}

#[test]
fn weights_are_read_in_the_unit_of_the_account() {
    let kilograms = shipment(|order, _, options| {
        options.weight_unit = WeightUnit::Kilograms;
        order.lines[0].weight = 4.2;
    });
    assert_eq!(kilograms.items[0].weight_grams, 4200);
    for absurd in [f64::NAN, f64::INFINITY, -1.0, 1e300] {
        let built = built(|order, _, _| order.lines[0].weight = absurd).expect("good");
        assert_eq!(built.shipment.items[0].weight_grams, 0);
        assert_eq!(built.warnings.len(), 1);
    }
}

#[test]
fn an_unknown_size_is_left_out_and_an_absurd_one_is_said() {
    let cube = |size: [f64; 3]| {
        let built = built(|order, _, _| order.lines[0].size_cm = Some(size)).expect("good");
        (built.shipment.items[0].volume_cm3, built.warnings.len())
    };
    assert_eq!(cube([0.0, 10.0, 10.0]), (None, 0));
    assert_eq!(cube([-1.0, -1.0, 10.0]), (None, 1));
    assert_eq!(cube([f64::NAN, 1.0, 1.0]), (None, 1));
    assert_eq!(cube([1e9, 1e9, 1e9]), (None, 1));
}

#[test]
fn an_unlinked_line_has_the_channels_code_or_one_made_from_its_title() {
    let coded = |sku: &str, channel: &str, title: &str| {
        let mut shipment = shipment(|order, _, _| {
            order.lines =
                vec![Line { channel_sku: channel.into(), title: title.into(), ..line(sku, 1) }];
        });
        shipment.items.remove(0)
    };
    assert_eq!(coded("A", "B", "C").code, "A");
    assert_eq!(coded(" ", "B", "C").code, "B");
    assert_eq!(coded("", "", "Oak chair, 2 seats").code, "OAK-CHAIR-2-SEATS");
    assert_eq!(coded("A", "", "").description, "A");
    let one = coded("", "", "Oak dining table with extension, natural").code;
    let two = coded("", "", "Oak dining table with extension, walnut").code;
    assert!(one != two && one.starts_with("OAK-DINING-TABLE-WITH-E"), "{one} {two}");
    assert_eq!(coded("A", "", &"é".repeat(60)).description, "é".repeat(50));
}

#[test]
fn service_lines_are_never_shipped() {
    let shipment = shipment(|order, _, _| {
        order.lines.push(Line { is_service: true, ..line("FITTING", 1) });
    });
    assert_eq!(codes(&shipment), [("CHAIR-1", 2)]);
}

fn with_a_composite(skip: bool) -> Shipment {
    shipment(|order, resolution, _| {
        resolution.skip_composite_parent = skip;
        let charge = Line { is_service: true, ..line("ASSEMBLY", 1) };
        let nested = Line { children: vec![line("BOLT", 16)], ..line("LEGS", 4) };
        let set = Line { children: vec![line("TOP", 2), nested, charge.clone()], ..line("SET", 2) };
        let charged = Line { children: vec![charge], ..line("BARE", 1) };
        order.lines = vec![set, line("CHAIR", 6), charged];
    })
}

#[test]
fn r41_with_the_parent_skipped_only_its_components_are_sent_with_their_own_totals() {
    let sent = with_a_composite(true);
    assert_eq!(codes(&sent), [("TOP", 2), ("BOLT", 16), ("CHAIR", 6), ("BARE", 1)]);
    let sequences: Vec<_> = sent.items.iter().map(|item| item.sequence).collect();
    assert_eq!(sequences, [1, 2, 3, 4]);
}

#[test]
fn r41_without_it_the_parent_is_sent_alone_and_nothing_twice() {
    assert_eq!(codes(&with_a_composite(false)), [("SET", 2), ("CHAIR", 6), ("BARE", 1)]);
}

#[test]
fn r40_the_packaging_split_makes_no_difference_to_what_is_in_the_shipment() {
    let split = |on: bool| shipment(|_, resolution, _| resolution.override_packaging_split = on);
    assert_eq!(split(true), split(false));
}

#[test]
fn a_name_that_disagrees_with_its_mapping_is_among_the_warnings() {
    let built = built(|_, resolution, _| resolution.warning = Some("disagrees".into()));
    assert_eq!(built.expect("good").warnings, ["disagrees"]);
}

#[test]
fn r15_no_shipment_is_built_from_a_bad_order_and_every_problem_is_said() {
    let bad = built(|order, _, _| {
        order.address.postcode = "LS1".into();
        order.lines.clear();
    });
    let problems = bad.expect_err("bad");
    assert_eq!(problems.len(), 2);
    assert!(problems.contains(&Problem::NoItems));
}

#[test]
fn no_debug_text_shows_personal_data() {
    let text = format!("{:?}", built(|_, _, _| {}));
    assert!(!text.contains("Ellison") && !text.contains("LS18") && !text.contains("900482"));
}
