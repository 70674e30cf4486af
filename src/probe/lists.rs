//! What both systems list, held against the configuration. Every name that leads nowhere is said before
//! the first order runs into it.

use std::collections::BTreeMap;

use super::check::{Check, counted, listed};
use super::linnworks::same;
use crate::api::stream::Standing;
use crate::config::WarehouseConfig;
use crate::domain::decide::service_key;
use crate::domain::demand::Choice;
use crate::domain::depot::{Depot, Location, PostalService};
use crate::domain::ids::Tag;
use crate::domain::options::ServiceRule;
use crate::domain::rules::Mode;
use crate::domain::service::{self, suggested_name};
use crate::domain::source::Identifier;
use crate::domain::tags::{Mark, TagNames, TagTable};

/// Identifiers there are in all.
pub const IDENTIFIERS: usize = 49;

/// The identifiers that an account has of ours, and the names of those it lacks.
pub fn adopted(names: &TagNames, identifiers: &[Identifier]) -> (TagTable, Vec<String>) {
    let existing: Vec<(Tag, String)> =
        identifiers.iter().map(|one| (one.tag.clone(), one.name.clone())).collect();
    let (table, missing) = TagTable::adopt(names, &existing);
    (table, missing.into_iter().map(|(_, _, name)| name).collect())
}

/// Every location that is named must exist, and there must be one.
pub fn locations(wanted: &[String], have: &[Location]) -> Check {
    const NAME: &str = "locations";
    if have.is_empty() {
        let text = "Linnworks shows no stock location";
        return Check::fault(
            NAME,
            text,
            "set up the warehouse in Linnworks (Inventory > Locations)",
        );
    }
    let missing: Vec<&String> =
        wanted.iter().filter(|name| !have.iter().any(|one| same(name, &one.name))).collect();
    let names: Vec<&str> = have.iter().map(|one| one.name.as_str()).collect();
    if missing.is_empty() {
        let which = if wanted.is_empty() { "all of " } else { "" };
        let count = if wanted.is_empty() { have.len() } else { wanted.len() };
        return Check::good(NAME, format!("{which}{} watched", counted(count, "location")));
    }
    Check::fault(
        NAME,
        format!("Linnworks has no location {}", listed(&missing)),
        format!("correct linnworks.locations; there are {}", listed(&names)),
    )
}

/// The vendor's postal services, which are what orders are known by.
pub fn of_vendor<'s>(vendor: &str, services: &'s [PostalService]) -> Vec<&'s PostalService> {
    let vendor = vendor.to_lowercase();
    services.iter().filter(|one| one.vendor.to_lowercase().contains(&vendor)).collect()
}

/// There must be postal services of our vendor.
pub fn postal_services(vendor: &str, services: &[PostalService]) -> Check {
    const NAME: &str = "postal-services";
    let ours = of_vendor(vendor, services);
    if !ours.is_empty() {
        let count = counted(ours.len(), "postal service");
        return Check::good(NAME, format!("{count} of the vendor \"{vendor}\""));
    }
    let mut vendors: Vec<&str> = services.iter().map(|one| one.vendor.as_str()).collect();
    vendors.sort_unstable();
    vendors.dedup();
    Check::fault(
        NAME,
        format!(
            "Linnworks has no postal service whose vendor contains \"{vendor}\", so no order is ours"
        ),
        format!(
            "add the integration's services in Linnworks (Shipping > Integrations), or correct linnworks.vendor; \
             there are services of {}",
            listed(&vendors)
        ),
    )
}

/// All 49 must exist, unless nothing is written.
pub fn identifiers(names: &TagNames, have: &[Identifier], mode: Mode) -> Check {
    const NAME: &str = "identifiers";
    let (table, missing) = adopted(names, have);
    let other: Vec<String> = (names.all().into_iter())
        .filter_map(|(mark, name)| {
            let tag = table.tag(mark)?;
            (tag.as_str() != name.to_uppercase()).then(|| format!("{name} as {tag}"))
        })
        .collect();
    let other = if other.is_empty() {
        String::new()
    } else {
        format!(
            "; {} found under another tag and used as they are: {}",
            other.len(),
            listed(&other)
        )
    };
    match (missing.len(), mode) {
        (0, _) => Check::good(NAME, format!("all {IDENTIFIERS} are there{other}")),
        (count, Mode::DryRun) => {
            let text =
                format!("{count} of {IDENTIFIERS} are missing, and a dry run creates none{other}");
            Check::good(NAME, text)
                .hint("linnstream setup creates them, and so does sync.orders = \"on\"")
        }
        (count, Mode::Off | Mode::On) => Check::fault(
            NAME,
            format!("{count} of {IDENTIFIERS} are missing: {}{other}", listed(&missing)),
            "the daemon creates them when it starts; while it is stopped, linnstream setup does",
        ),
    }
}

/// Somebody worked in this account: our Sent identifier is there.
pub fn sent_tag(names: &TagNames, have: &[Identifier]) -> Option<Tag> {
    adopted(names, have).0.tag(Mark::Sent).cloned()
}

/// There must be a depot from which something can be delivered.
pub fn depots(depots: &[Depot]) -> Check {
    const NAME: &str = "depots";
    let methods: usize = depots.iter().map(|depot| depot.methods.len()).sum();
    let (some, all) = (counted(depots.len(), "depot"), counted(methods, "delivery method"));
    if methods == 0 {
        return Check::fault(
            NAME,
            format!("Stream shows {some} with {all}: nothing could be delivered"),
            "ask your Stream administrator to set up depots and delivery methods in Stream",
        );
    }
    let bare: Vec<&str> = (depots.iter())
        .filter(|depot| depot.methods.is_empty())
        .map(|depot| depot.name.as_str())
        .collect();
    let check = Check::good(NAME, format!("{some} with {all}"));
    if bare.is_empty() {
        return check;
    }
    check.hint(format!("{} without a delivery method: set some up in Stream", listed(&bare)))
}

/// What services are resolved with.
pub struct Mapping<'a> {
    /// `[[services]]`.
    pub rules: &'a [ServiceRule],
    /// Chosen in Linnworks, by key; empty when that is not known.
    pub learned: &'a BTreeMap<String, Choice>,
    /// Stream's depots.
    pub depots: &'a [Depot],
}

/// Every entry of the configuration must lead to a depot and a method; of the postal services some must.
pub fn services(ours: &[&PostalService], mapping: &Mapping<'_>) -> Check {
    const NAME: &str = "services";
    let resolve = |name: &str, rules: &[ServiceRule]| {
        service::resolve(name, mapping.learned.get(&service_key(name)), rules, mapping.depots)
    };
    let wrong: Vec<String> = (mapping.rules.iter())
        .filter_map(|rule| resolve(&rule.name, mapping.rules).err())
        .map(|problem| problem.to_string())
        .collect();
    if !wrong.is_empty() {
        let remedy = "correct the [[services]] entries, or add in Stream what they name";
        return Check::fault(NAME, wrong.join("; "), remedy);
    }
    let unresolved: Vec<&str> = (ours.iter())
        .filter(|one| resolve(&one.name, mapping.rules).is_err())
        .map(|one| one.name.as_str())
        .collect();
    let leads = ours.len() - unresolved.len();
    let text = format!(
        "{leads} of {} lead to a depot and a delivery method",
        counted(ours.len(), "postal service")
    );
    let suggestion = mapping
        .depots
        .iter()
        .find_map(|depot| depot.methods.first().map(|method| suggested_name(depot, method)));
    let remedy = format!(
        "orders with {} would be refused: add a [[services]] entry, or name the service like \"{}\"",
        listed(&unresolved),
        suggestion.unwrap_or_else(|| "Method (Depot)".to_owned()),
    );
    match (leads, unresolved.len()) {
        (_, 0) => Check::good(NAME, text),
        (0, _) => Check::fault(NAME, text, remedy),
        _ => Check::good(NAME, text).hint(remedy),
    }
}

/// Stock locations that the configuration names must exist, on the side where they are named.
pub fn warehouse(part: &WarehouseConfig, locations: &[Location], depots: &[Depot]) -> Check {
    const NAME: &str = "warehouse";
    let in_stream = |name: &str| {
        let is = |known: &str| !known.trim().is_empty() && same(name, known);
        depots.iter().any(|depot| is(&depot.stock_location.0) || is(&depot.stock_location.1))
    };
    let mut wrong = Vec::new();
    if let Some(name) = part.default_location.as_deref().filter(|name| !in_stream(name)) {
        wrong.push(format!("warehouse.default_location: Stream has no stock location \"{name}\""));
    }
    for (from, to) in &part.map {
        if !locations.iter().any(|one| same(from, &one.name)) {
            wrong.push(format!("warehouse.map: Linnworks has no location \"{from}\""));
        }
        if !in_stream(to) {
            wrong.push(format!("warehouse.map: Stream has no stock location \"{to}\""));
        }
    }
    if wrong.is_empty() {
        let text = if part.use_default_location {
            format!(
                "every shipment uses \"{}\"",
                part.default_location.as_deref().unwrap_or_default()
            )
        } else {
            "each shipment uses the stock location of its depot".to_owned()
        };
        return Check::good(NAME, text);
    }
    let known: Vec<&str> = (depots.iter())
        .map(|depot| depot.stock_location.1.as_str())
        .filter(|name| !name.trim().is_empty())
        .collect();
    Check::fault(
        NAME,
        wrong.join("; "),
        format!("correct the names; Stream has {}", listed(&known)),
    )
}

/// Subscriptions of somebody else: a predecessor that was not switched off would go on writing.
/// `ours` says whether one is known to be our own.
pub fn subscriptions(
    standing: &[Standing],
    host: Option<&str>,
    ours: impl Fn(&Standing) -> bool,
) -> Check {
    const NAME: &str = "subscriptions";
    let host_of = |one: &Standing| one.url.split('/').nth(2).unwrap_or_default().to_owned();
    let others: Vec<&Standing> = standing.iter().filter(|one| !ours(one)).collect();
    // Another linnstream of this site, or an address of ours from before.
    let (near, foreign): (Vec<&Standing>, Vec<&Standing>) =
        others.into_iter().partition(|one| host.is_some_and(|host| same(host, &host_of(one))));
    if foreign.is_empty() {
        let mine = counted(standing.len() - near.len(), "subscription");
        let near = match near.len() {
            0 => String::new(),
            some => format!(", and {some} to other addresses of this host"),
        };
        return Check::good(NAME, format!("{mine} of ours in Stream{near}"));
    }
    // The host alone: the rest of an address may hold a secret.
    let mut hosts: Vec<String> = foreign.iter().map(|one| host_of(one)).collect();
    hosts.retain(|host| !host.is_empty());
    hosts.sort();
    hosts.dedup();
    let whom = match hosts.as_slice() {
        [] => "addresses that it does not show".to_owned(),
        some => listed(some),
    };
    Check::fault(
        NAME,
        format!(
            "Stream also tells {whom} of changes ({} of others)",
            counted(foreign.len(), "subscription")
        ),
        "find out whose they are; a predecessor must be stopped, and its subscriptions ended in Stream",
    )
}

#[cfg(test)]
mod tests;
