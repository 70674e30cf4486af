//! Each kind of problem, shown on an order that is otherwise good.

use super::*;
use crate::domain::options::ServiceRule;
use crate::domain::shipment::fixtures::{line, order};
use crate::domain::source::Line;

fn problems(change: impl FnOnce(&mut SourceOrder)) -> Vec<Problem> {
    let mut order = order();
    change(&mut order);
    check(&order, &ShippingOptions::default()).err().unwrap_or_default()
}

fn place_of(country: &str, postcode: &str) -> Result<(String, &'static str), Vec<Problem>> {
    let mut address = order().address;
    address.country = country.into();
    address.postcode = postcode.into();
    destination(&address).map(|place| (place.postcode, place.country))
}

#[test]
fn r15_a_complete_order_has_no_problem() {
    assert_eq!(problems(|_| {}), []);
}

#[test]
fn r67_each_of_address_service_and_goods_is_named_and_all_at_once() {
    let found = problems(|order| {
        order.address = Address::default();
        order.shipping.service = " ".into();
        order.lines.clear();
    });
    assert_eq!(
        found,
        [
            Problem::Service(ServiceProblem::NoService),
            Problem::MissingField(Field::Name),
            Problem::MissingField(Field::AddressLine),
            Problem::MissingField(Field::Country),
            Problem::MissingField(Field::Postcode),
            Problem::NoItems,
        ]
    );
}

#[test]
fn r68_each_missing_address_field_is_named() {
    let missing = |change: fn(&mut Address)| problems(|order| change(&mut order.address));
    assert_eq!(missing(|a| a.full_name = "\u{a0}\t".into()), [Problem::MissingField(Field::Name)]);
    assert_eq!(
        missing(|a| a.lines = Default::default()),
        [Problem::MissingField(Field::AddressLine)]
    );
    assert_eq!(missing(|a| a.postcode.clear()), [Problem::MissingField(Field::Postcode)]);
    assert_eq!(missing(|a| a.country.clear()), [Problem::MissingField(Field::Country)]);
    let text = Problem::MissingField(Field::AddressLine).to_string();
    assert!(text.contains("address line is missing"), "{text}");
}

#[test]
fn a_company_stands_for_a_name_and_any_line_for_the_first() {
    let found = problems(|order| {
        order.address.full_name.clear();
        order.address.company = "Acme".into();
        order.address.lines = [String::new(), String::new(), "14 High St".into()];
        order.address.town.clear();
        order.address.region.clear();
        order.address.phone.clear();
        order.address.email.clear();
    });
    assert_eq!(found, []);
}

#[test]
fn r68_r116_an_invalid_postcode_is_shown_with_what_is_wanted() {
    let found = problems(|order| order.address.postcode = "LS1".into());
    let [problem] = &found[..] else { panic!("{found:?}") };
    let text = problem.to_string();
    assert!(text.contains("postcode \"LS1\"") && text.contains("LS1 4AP"), "{text}");
    let long = problems(|order| {
        order.address.country = "France".into();
        order.address.postcode = "7".repeat(60);
    });
    let [problem] = &long[..] else { panic!("{long:?}") };
    assert!(problem.to_string().contains("at most 17"), "{problem}");
    assert!(problem.to_string().len() < 120);
}

#[test]
fn r68_an_unknown_country_is_shown() {
    let found = problems(|order| order.address.country = "Ruritania".into());
    assert_eq!(found, [Problem::UnknownCountry("Ruritania".into())]);
    assert!(found[0].to_string().contains("\"Ruritania\""));
}

#[test]
fn the_crown_dependencies_and_northern_ireland_get_their_own_codes() {
    assert_eq!(place_of("United Kingdom", "je23xp"), Ok(("JE2 3XP".into(), "JE")));
    assert_eq!(place_of("UK", "GY1 1WR"), Ok(("GY1 1WR".into(), "GG")));
    assert_eq!(place_of("GB", "im1 1ad"), Ok(("IM1 1AD".into(), "IM")));
    assert_eq!(place_of("Isle of Man", "im1 1ad"), Ok(("IM1 1AD".into(), "IM")));
    assert_eq!(place_of("Northern Ireland", "bt11aa"), Ok(("BT1 1AA".into(), "GB")));
    assert_eq!(place_of("United Kingdom", "bfpo12"), Ok(("BFPO 12".into(), "GB")));
    assert_eq!(place_of("Ireland", ""), Ok((String::new(), "IE")));
}

#[test]
fn r68_amazons_placeholder_is_told_apart_from_a_bad_address() {
    let found = problems(|order| {
        order.address.full_name = "UNKNOWN".into();
        order.address.lines = ["UNKNOWN".into(), String::new(), String::new()];
        order.address.town = "Unknown".into();
        order.address.postcode = "UNKNOWN".into();
    });
    assert_eq!(found, [Problem::Placeholder(Field::Name)]);
    let line_only = problems(|order| order.address.lines[0] = " unknown ".into());
    assert_eq!(line_only, [Problem::Placeholder(Field::AddressLine)]);
    assert!(line_only[0].to_string().contains("UNKNOWN"));
    assert_eq!(problems(|order| order.address.lines[0] = "1 Unknown Street".into()), []);
}

#[test]
fn r68_missing_shipment_data_is_named_with_its_line() {
    let service_only = problems(|order| {
        order.lines = vec![Line { is_service: true, ..line("POST", 1) }];
    });
    assert_eq!(service_only, [Problem::NoItems]);
    let quantities = problems(|order| {
        order.lines = vec![line("A", 1), line("B", 0), line("C", -1), line("D", i64::MAX)];
    });
    assert_eq!(
        quantities,
        [
            Problem::Quantity { line: 2, quantity: 0 },
            Problem::Quantity { line: 3, quantity: -1 },
            Problem::Quantity { line: 4, quantity: i64::MAX },
        ]
    );
    let text = quantities[0].to_string();
    assert!(text.contains("item line 2") && text.contains("\"0\""), "{text}");
    let nameless = problems(|order| {
        order.lines = vec![Line { title: " -- ".into(), sku: String::new(), ..line("", 1) }];
    });
    assert_eq!(nameless, [Problem::NoCode { line: 1 }]);
}

#[test]
fn r68_what_may_not_be_cut_is_refused_when_too_long() {
    let number = problems(|order| order.number.0 = u64::MAX);
    assert_eq!(number, [Problem::TooLong { what: Uncut::OrderNumber, max: 17 }]);
    let code = problems(|order| order.lines = vec![line(&"X".repeat(256), 1)]);
    assert_eq!(code, [Problem::TooLong { what: Uncut::StockCode(1), max: 255 }]);
}

#[test]
fn r68_a_service_problem_is_a_problem_of_the_order_and_keeps_its_words() {
    let problem = ServiceProblem::NotMapped { service: "Van".into() };
    assert_eq!(Problem::from(problem.clone()).to_string(), problem.to_string());
}

#[test]
fn components_are_checked_when_they_are_what_is_shipped() {
    let mut order = order();
    order.lines = vec![Line { children: vec![line("CHILD", 0)], ..line("PARENT", 1) }];
    let mut options = ShippingOptions::default();
    assert_eq!(check(&order, &options), Ok(()));
    options.rules = vec![ServiceRule {
        name: order.shipping.service.to_uppercase(),
        skip_composite_parent: Some(true),
        ..ServiceRule::default()
    }];
    assert_eq!(check(&order, &options), Err(vec![Problem::Quantity { line: 1, quantity: 0 }]));
}

#[test]
fn no_debug_text_of_a_destination_shows_its_postcode() {
    let place = destination(&order().address).expect("good");
    assert!(!format!("{place:?}").contains("LS18"));
}
