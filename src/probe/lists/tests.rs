//! Names that lead nowhere are said with the names there are.

use super::*;
use crate::domain::depot::{DeliveryMethod, MethodKind};
use crate::domain::ids::{LocationId, PostalServiceId};

fn place(name: &str) -> Location {
    Location { id: LocationId::from_bytes([1; 16]), name: name.into() }
}

fn postal(name: &str, vendor: &str) -> PostalService {
    let id = PostalServiceId::from_bytes([1; 16]);
    PostalService { id, name: name.into(), vendor: vendor.into() }
}

fn depot(name: &str, methods: &[&str]) -> Depot {
    let method = |name: &&str| DeliveryMethod {
        id: name.to_uppercase(),
        name: (*name).to_owned(),
        kind: MethodKind::Delivery,
    };
    Depot {
        id: name.to_uppercase(),
        name: name.into(),
        stock_location: (String::new(), format!("{name} stock")),
        methods: methods.iter().map(method).collect(),
    }
}

fn identifier(tag: &str, name: &str) -> Identifier {
    Identifier { id: 1, tag: Tag(tag.into()), name: name.into(), custom: true }
}

fn remedy(check: &Check) -> &str {
    check.remedy.as_deref().unwrap_or_default()
}

#[test]
fn r22_no_location_in_linnworks_is_named_as_warehouse_data_that_is_missing() {
    let check = locations(&[], &[]);
    assert!(!check.ok && remedy(&check).contains("warehouse"), "{check:?}");
    let have = [place("Default"), place("Bristol")];
    assert!(locations(&[], &have).text.contains("all of 2 locations"));
    assert!(locations(&[" bristol".into()], &have).ok);
    let check = locations(&["Bristol".into(), "Leeds".into()], &have);
    assert_eq!(check.text, "Linnworks has no location \"Leeds\"");
    assert!(remedy(&check).contains("\"Default\", \"Bristol\""), "{check:?}");
}

#[test]
fn a_vendor_without_services_is_named_with_the_vendors_there_are() {
    let have = [postal("A", "My Stream Ltd"), postal("B", "Royal Mail")];
    assert!(postal_services("stream", &have).ok);
    let check = postal_services("DPD", &have);
    assert!(!check.ok && remedy(&check).contains("\"My Stream Ltd\", \"Royal Mail\""), "{check:?}");
}

#[test]
fn r17_identifiers_that_are_missing_or_under_another_tag_are_named() {
    let names = TagNames::default();
    let mut have: Vec<Identifier> =
        names.all().iter().map(|(_, name)| identifier(&name.to_uppercase(), name)).collect();
    assert_eq!(identifiers(&names, &have, Mode::On).text, "all 49 are there");
    have[0] = identifier("OLD_SENT", "sent to stream");
    let check = identifiers(&names, &have, Mode::On);
    assert!(check.ok && check.text.contains("\"Sent to Stream as OLD_SENT\""), "{check:?}");
    assert_eq!(sent_tag(&names, &have), Some(Tag("OLD_SENT".into())));
    have.truncate(47);
    let check = identifiers(&names, &have, Mode::Off);
    assert!(
        !check.ok && check.text.contains("2 of 49 are missing: \"SEQ 19\", \"SEQ 20\""),
        "{check:?}"
    );
    assert!(identifiers(&names, &have, Mode::DryRun).ok, "a dry run creates none");
}

#[test]
fn r22_depots_without_methods_are_named() {
    assert!(!depots(&[]).ok);
    let check = depots(&[depot("Leeds", &[])]);
    assert!(!check.ok && check.text.contains("1 depot with 0 delivery methods"), "{check:?}");
    let check = depots(&[depot("Leeds", &["Two Man"]), depot("Bristol", &[])]);
    assert!(check.ok && remedy(&check).contains("\"Bristol\""), "{check:?}");
}

#[test]
fn an_entry_that_leads_nowhere_is_a_fault_and_an_unused_service_only_a_hint() {
    let all = [depot("Leeds", &["Two Man"])];
    let learned = BTreeMap::new();
    let judged = |ours: &[&PostalService], rules: &[ServiceRule]| {
        services(ours, &Mapping { rules, learned: &learned, depots: &all })
    };
    let (good, odd) = (postal("Two Man (Leeds)", "Stream"), postal("Express", "Stream"));
    assert_eq!(judged(&[&good], &[]).remedy, None);
    let check = judged(&[&good, &odd], &[]);
    assert!(check.ok && remedy(&check).contains("\"Express\""), "{check:?}");
    assert!(!judged(&[&odd], &[]).ok, "nothing could be sent");
    let rule = |depot: &str| ServiceRule {
        name: "Express".into(),
        depot: depot.into(),
        method: "Two Man".into(),
        ..ServiceRule::default()
    };
    assert!(judged(&[&odd], &[rule("Leeds")]).ok);
    let check = judged(&[&good, &odd], &[rule("Atlantis")]);
    assert!(!check.ok && check.text.contains("depot \"Atlantis\" is not in Stream"), "{check:?}");
}

#[test]
fn stock_locations_are_looked_for_where_they_are_named() {
    let (have, depots) = ([place("North")], [depot("Leeds", &["Two Man"])]);
    let mut part = WarehouseConfig::default();
    assert!(warehouse(&part, &have, &depots).ok);
    part.default_location = Some("leeds STOCK".into());
    part.map.insert("north".into(), "Leeds stock".into());
    assert!(warehouse(&part, &have, &depots).ok);
    part.default_location = Some("Hull".into());
    part.map.insert("South".into(), "York".into());
    let check = warehouse(&part, &have, &depots);
    for what in
        ["no stock location \"Hull\"", "no location \"South\"", "no stock location \"York\""]
    {
        assert!(check.text.contains(what), "{check:?}");
    }
}

#[test]
fn subscriptions_of_others_are_named_by_their_host_alone() {
    let one = |id, url: &str| Standing {
        id,
        event: "RUNSTATUS".into(),
        event_type: "LOADHEADER".into(),
        url: url.into(),
    };
    let all = [one(1, "https://ours.example/canary/stream"), one(2, "https://old.example/canary")];
    let ours = |s: &Standing| s.id == 1;
    let check = subscriptions(&all, Some("ours.example"), ours);
    assert!(!check.ok && check.text.contains("\"old.example\""), "{check:?}");
    assert!(!format!("{check:?}").contains("canary"));
    assert!(subscriptions(&all[..1], Some("ours.example"), ours).ok);
    assert!(subscriptions(&all, Some("old.example"), ours).ok, "another linnstream of this site");
    assert!(subscriptions(&[one(3, "")], None, ours).text.contains("does not show"));
}
