//! The three rules of service resolution, and the faults each of them can have.

use super::*;
use crate::domain::demand::Choice;
use proptest::prelude::*;

fn method(id: &str, name: &str, kind: MethodKind) -> DeliveryMethod {
    DeliveryMethod { id: id.into(), name: name.into(), kind }
}

fn depots() -> Vec<Depot> {
    vec![
        Depot {
            id: "LEEDS".into(),
            name: "Leeds".into(),
            stock_location: ("LDS".into(), "Leeds Store".into()),
            methods: vec![
                method("STD", "Standard", MethodKind::Delivery),
                method("LEEDSC", "Click & Collect", MethodKind::Collection),
                method("LEEDST", "Trunk", MethodKind::Trunk),
            ],
        },
        Depot {
            id: "BRISTOL".into(),
            name: "Bristol (West)".into(),
            stock_location: ("BRS".into(), "Bristol Store".into()),
            methods: vec![
                method("STD", "Standard", MethodKind::Delivery),
                method("BRISCOUR", "Courier (AM)", MethodKind::Courier),
                method("ODD", "Odd", MethodKind::Other("DRONE".into())),
            ],
        },
    ]
}

fn rule(name: &str, depot: &str, method: &str) -> ServiceRule {
    ServiceRule {
        name: name.into(),
        depot: depot.into(),
        method: method.into(),
        ..Default::default()
    }
}

fn pair_of(resolution: &Resolution) -> (&str, &str) {
    (&resolution.depot.id, &resolution.method.id)
}

#[test]
fn r4_two_services_resolve_to_two_different_depot_and_method_pairs() {
    let rules = [rule("Next Day", "Leeds", "Standard"), rule("West", "bristol", "standard")];
    let one = resolve("Next Day", None, &rules, &depots()).expect("resolved");
    let two = resolve("West", None, &rules, &depots()).expect("resolved");
    assert_eq!(pair_of(&one), ("LEEDS", "STD"));
    assert_eq!(pair_of(&two), ("BRISTOL", "STD"));
    assert_eq!(one.stock_location.name, "Leeds Store");
    assert_eq!(two.stock_location.id, "BRS");
}

fn choice(depot: &str, method: &str) -> Choice {
    Choice { depot: depot.into(), method: method.into(), ..Choice::default() }
}

#[test]
fn r40_r41_what_an_entry_leaves_open_is_as_chosen_in_linnworks() {
    let mut chosen = choice("LEEDS", "STD");
    (chosen.skip_composite_parent, chosen.override_packaging_split) = (true, true);
    let found = resolve("Any", Some(&chosen), &[], &depots()).expect("resolved");
    assert!(found.skip_composite_parent && found.override_packaging_split);
    let mut entry = rule("Any", "Leeds", "Standard");
    entry.skip_composite_parent = Some(false);
    let found = resolve("Any", Some(&chosen), &[entry], &depots()).expect("resolved");
    assert!(!found.skip_composite_parent && found.override_packaging_split);
}

#[test]
fn r35_the_configuration_comes_before_linnworks_and_that_before_the_name() {
    let learned = choice("BRISTOL", "ODD");
    let rules = [rule(" standard (leeds) ", "Leeds", "Trunk")];
    let name = "Standard (Leeds)";
    let config = resolve(name, Some(&learned), &rules, &depots()).expect("resolved");
    assert_eq!((config.rule, pair_of(&config)), (Rule::Config, ("LEEDS", "LEEDST")));
    let linnworks = resolve(name, Some(&learned), &[], &depots()).expect("resolved");
    assert_eq!((linnworks.rule, pair_of(&linnworks)), (Rule::Linnworks, ("BRISTOL", "ODD")));
    let by_name = resolve(name, None, &[], &depots()).expect("resolved");
    assert_eq!((by_name.rule, pair_of(&by_name)), (Rule::Name, ("LEEDS", "STD")));
    assert_eq!(by_name.warning, None);
}

#[test]
fn r35_names_are_compared_without_case_or_space_and_may_hold_brackets() {
    for (name, wanted) in [
        ("  STANDARD  ( leeds ) ", ("LEEDS", "STD")),
        ("Standard (Bristol (West))", ("BRISTOL", "STD")),
        ("Courier (AM) (Bristol (West))", ("BRISTOL", "BRISCOUR")),
        ("Click &amp; Collect (Leeds)", ("LEEDS", "LEEDSC")),
    ] {
        let found = resolve(name, None, &[], &depots()).expect(name);
        assert_eq!(pair_of(&found), wanted, "{name}");
    }
}

#[test]
fn r35_a_name_that_disagrees_with_its_mapping_is_warned_about() {
    let warned = |name: &str, depot: &str, method: &str| {
        resolve(name, None, &[rule(name, depot, method)], &depots()).expect("resolved").warning
    };
    let depot = warned("Standard (Leeds)", "BRISTOL", "Standard").expect("a warning");
    assert!(depot.contains("Standard (Leeds)") && depot.contains("Bristol (West)"), "{depot}");
    let method = warned("Standard (Leeds)", "LEEDS", "Trunk").expect("a warning");
    assert!(method.contains("Trunk") && method.contains("Standard"), "{method}");
    assert_eq!(warned("Standard (Leeds)", "LEEDS", "Standard"), None);
    assert_eq!(warned("Two Man (Leeds)", "LEEDS", "Standard"), None);
    assert_eq!(warned("Courier (AM) (Bristol (West))", "BRISTOL", "BRISCOUR"), None);
    assert_eq!(warned("Next Day", "LEEDS", "Standard"), None);
}

#[test]
fn r34_only_a_collection_method_makes_a_collection_order_unless_the_entry_says_otherwise() {
    let order_type = |name: &str| resolve(name, None, &[], &depots()).expect(name).order_type;
    assert_eq!(order_type("Standard (Leeds)"), OrderType::Delivery);
    assert_eq!(order_type("Trunk (Leeds)"), OrderType::Delivery);
    assert_eq!(order_type("Courier (AM) (Bristol (West))"), OrderType::Delivery);
    assert_eq!(order_type("Odd (Bristol (West))"), OrderType::Delivery);
    assert_eq!(order_type("Click & Collect (Leeds)"), OrderType::Collection);
    let mut entry = rule("Pick up", "Leeds", "Standard");
    entry.order_type = Some(OrderType::Collection);
    entry.service_level = Some("Gold".into());
    entry.skip_composite_parent = Some(true);
    let found = resolve("pick up", None, &[entry], &depots()).expect("resolved");
    assert_eq!(found.order_type, OrderType::Collection);
    assert_eq!(found.service_level.as_deref(), Some("Gold"));
    assert!(found.skip_composite_parent && !found.override_packaging_split);
}

#[test]
fn r42_r119_a_wrong_pair_is_an_error_that_names_the_service_and_what_exists() {
    let wrong_method =
        resolve("N", None, &[rule("N", "Leeds", "Odd")], &depots()).expect_err("wrong");
    let text = wrong_method.to_string();
    assert!(text.contains("service \"N\"") && text.contains("Standard, Click & Collect"), "{text}");
    let wrong_depot =
        resolve("N", None, &[rule("N", "York", "Odd")], &depots()).expect_err("wrong");
    let text = wrong_depot.to_string();
    assert!(text.contains("\"York\"") && text.contains("Leeds, Bristol (West)"), "{text}");
    // A fault in one rule never falls through to the next.
    let learned = choice("GONE", "STD");
    let gone = resolve("Standard (Leeds)", Some(&learned), &[], &depots());
    assert!(matches!(gone, Err(ServiceProblem::DepotNotFound { .. })));
    let by_name = resolve("Express (Leeds)", None, &[], &depots());
    assert!(matches!(by_name, Err(ServiceProblem::MethodNotFound { .. })));
}

#[test]
fn r39_a_service_that_no_rule_knows_and_no_service_at_all_are_told_apart() {
    let unknown = resolve("Royal Mail (before 12)", None, &[], &depots()).expect_err("unknown");
    assert_eq!(unknown, ServiceProblem::NotMapped { service: "Royal Mail (before 12)".into() });
    assert!(unknown.to_string().contains("Royal Mail (before 12)"));
    assert_eq!(resolve("  ", None, &[], &depots()), Err(ServiceProblem::NoService));
}

#[test]
fn two_depots_of_one_name_are_ambiguous_unless_only_one_has_the_method() {
    let mut twins = depots();
    twins[1].name = "Leeds".into();
    let both = resolve("Standard (Leeds)", None, &[], &twins).expect_err("two");
    assert!(matches!(both, ServiceProblem::Ambiguous { .. }) && both.to_string().contains("ids"));
    let one = resolve("Odd (Leeds)", None, &[], &twins).expect("one");
    assert_eq!(pair_of(&one), ("BRISTOL", "ODD"));
    let by_id = resolve("N", None, &[rule("N", "LEEDS", "STD")], &twins).expect("by id");
    assert_eq!(pair_of(&by_id), ("LEEDS", "STD"));
}

#[test]
fn r36_the_suggested_name_resolves_to_what_it_was_made_from() {
    let all = depots();
    for depot in &all {
        for method in &depot.methods {
            let found = resolve(&suggested_name(depot, method), None, &[], &all).expect("resolved");
            assert_eq!(pair_of(&found), (depot.id.as_str(), method.id.as_str()));
        }
    }
}

proptest! {
    #[test]
    fn resolving_never_panics(name in "\\PC*|[a-z ()]*", depot in "\\PC*", method in "\\PC*") {
        let _ = resolve(&name, None, &[rule(&name, &depot, &method)], &depots());
        let _ = resolve(&name, Some(&choice(&depot, &method)), &[], &depots());
        let _ = resolve(&name, None, &[], &depots());
    }
}
