//! How a Linnworks service resolves to a depot and a delivery method of Stream.
//!
//! Three rules, the first that answers wins: an entry of the configuration, what was chosen for the
//! service in Linnworks, the naming form `Method (Depot)`. An entry that names a depot or method
//! which does not exist is an answer too: it is a fault to show, never a reason to try the next
//! rule, or goods would leave from another depot than the one somebody chose.
//!
//! Must not know about orders. Nothing here creates a service, depot or method.
//!
//! - `problem`: why a service could not be resolved, in the words of a warehouse

mod problem;
#[cfg(test)]
mod tests;

pub use problem::ServiceProblem;

use super::demand::Choice;
use super::depot::{DeliveryMethod, Depot, MethodKind};
use super::options::ServiceRule;
use super::shipment::OrderType;
use super::validate::text;

/// Which rule resolved a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A `[[services]]` entry.
    Config,
    /// What was chosen in Linnworks, learned from a label request.
    Linnworks,
    /// The naming form `Method (Depot)`.
    Name,
}

/// An id and a name, as Stream has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
}

/// What a service resolves to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The depot.
    pub depot: Named,
    /// One of its methods.
    pub method: DeliveryMethod,
    /// The depot's stock location; either part may be empty.
    pub stock_location: Named,
    /// Delivery, unless the method is a collection or the configuration says otherwise.
    pub order_type: OrderType,
    /// The rule that answered.
    pub rule: Rule,
    /// `service_level` of the configuration; the service's name is sent when `None`.
    pub service_level: Option<String>,
    /// Ship the components of a composite instead of the composite.
    pub skip_composite_parent: bool,
    /// Use our own packages instead of those of Linnworks.
    pub override_packaging_split: bool,
    /// Said to the administrator when the service's name disagrees with its mapping.
    pub warning: Option<String>,
}

/// Resolves a service by its name.
///
/// `learned` is what was chosen for this service in Linnworks, when known.
///
/// # Errors
///
/// A [`ServiceProblem`] that names the service and what to do.
pub fn resolve(
    service: &str,
    learned: Option<&Choice>,
    rules: &[ServiceRule],
    depots: &[Depot],
) -> Result<Resolution, ServiceProblem> {
    let service = text::clean(service);
    if service.is_empty() {
        return Err(ServiceProblem::NoService);
    }
    if let Some(rule) = rule_for(&service, rules) {
        let (depot, method) = pair(&service, &rule.depot, &rule.method, depots)?;
        let mut resolution = resolution(depot, method, Rule::Config);
        resolution.order_type = rule.order_type.unwrap_or(resolution.order_type);
        resolution.service_level = rule.service_level.clone();
        // What the entry leaves open is as chosen in Linnworks.
        let chosen = |of: fn(&Choice) -> bool| learned.is_some_and(of);
        resolution.skip_composite_parent =
            rule.skip_composite_parent.unwrap_or_else(|| chosen(|c| c.skip_composite_parent));
        resolution.override_packaging_split =
            rule.override_packaging_split.unwrap_or_else(|| chosen(|c| c.override_packaging_split));
        resolution.warning = disagreement(&service, depot, method);
        return Ok(resolution);
    }
    if let Some(choice) = learned {
        let (depot, method) = pair(&service, &choice.depot, &choice.method, depots)?;
        let mut resolution = resolution(depot, method, Rule::Linnworks);
        resolution.skip_composite_parent = choice.skip_composite_parent;
        resolution.override_packaging_split = choice.override_packaging_split;
        resolution.warning = disagreement(&service, depot, method);
        return Ok(resolution);
    }
    let (depot, method) = by_name(&service, depots)?;
    Ok(resolution(depot, method, Rule::Name))
}

/// The first entry for a service, compared without case or surrounding space.
pub fn rule_for<'a>(service: &str, rules: &'a [ServiceRule]) -> Option<&'a ServiceRule> {
    let wanted = text::key(&text::clean(service));
    rules.iter().find(|rule| text::key(&text::clean(&rule.name)) == wanted)
}

/// The name suggested for a service of a depot and one of its methods.
pub fn suggested_name(depot: &Depot, method: &DeliveryMethod) -> String {
    format!("{} ({})", method.name.trim(), depot.name.trim())
}

fn resolution(depot: &Depot, method: &DeliveryMethod, rule: Rule) -> Resolution {
    Resolution {
        depot: Named { id: depot.id.clone(), name: depot.name.clone() },
        method: method.clone(),
        stock_location: Named {
            id: depot.stock_location.0.clone(),
            name: depot.stock_location.1.clone(),
        },
        order_type: match method.kind {
            MethodKind::Collection => OrderType::Collection,
            MethodKind::Delivery
            | MethodKind::Courier
            | MethodKind::Trunk
            | MethodKind::Other(_) => OrderType::Delivery,
        },
        rule,
        service_level: None,
        skip_composite_parent: false,
        override_packaging_split: false,
        warning: None,
    }
}

/// The depot and method that two texts name, each by name or id.
fn pair<'a>(
    service: &str,
    depot: &str,
    method: &str,
    depots: &'a [Depot],
) -> Result<(&'a Depot, &'a DeliveryMethod), ServiceProblem> {
    let candidates = matching(depots, depot, |d| &d.id, |d| &d.name);
    let [first, ..] = candidates[..] else {
        return Err(ServiceProblem::DepotNotFound {
            service: service.to_owned(),
            depot: text::clean(depot),
            depots: depots.iter().map(|d| d.name.clone()).collect(),
        });
    };
    let mut found: Vec<_> = candidates
        .iter()
        .flat_map(|depot| {
            let methods = matching(&depot.methods, method, |m| &m.id, |m| &m.name);
            methods.into_iter().map(move |method| (*depot, method))
        })
        .collect();
    match (found.pop(), found.len()) {
        (Some(only), 0) => Ok(only),
        (Some(_), _) => Err(ServiceProblem::Ambiguous {
            service: service.to_owned(),
            depot: text::clean(depot),
            method: text::clean(method),
        }),
        (None, _) => Err(ServiceProblem::MethodNotFound {
            service: service.to_owned(),
            depot: first.name.clone(),
            method: text::clean(method),
            methods: candidates.iter().flat_map(|d| &d.methods).map(|m| m.name.clone()).collect(),
        }),
    }
}

/// The one whose id is exactly the text, so that an id always tells two of one name apart; when
/// there is none, all whose id or name it is without regard to case or space.
fn matching<'a, T>(
    all: &'a [T],
    wanted: &str,
    id: impl Fn(&T) -> &String,
    name: impl Fn(&T) -> &String,
) -> Vec<&'a T> {
    let key = text::key(wanted);
    if key.is_empty() {
        return Vec::new();
    }
    if let Some(exact) = all.iter().find(|one| id(one).trim() == wanted.trim()) {
        return vec![exact];
    }
    all.iter().filter(|one| text::key(id(one)) == key || text::key(name(one)) == key).collect()
}

/// The naming rule. A method name may hold brackets itself, and so may a depot's, so every opening
/// bracket is tried.
fn by_name<'a>(
    service: &str,
    depots: &'a [Depot],
) -> Result<(&'a Depot, &'a DeliveryMethod), ServiceProblem> {
    let mut closest = None;
    for (method, depot) in readings(service) {
        match pair(service, depot, method, depots) {
            Ok(found) => return Ok(found),
            Err(ServiceProblem::DepotNotFound { .. }) => {}
            Err(problem) => closest = closest.or(Some(problem)),
        }
    }
    Err(closest.unwrap_or_else(|| ServiceProblem::NotMapped { service: service.to_owned() }))
}

/// Every way to read a name as `Method (Depot)`.
fn readings(service: &str) -> impl Iterator<Item = (&str, &str)> {
    let inner = service.trim().strip_suffix(')').unwrap_or_default();
    let splits =
        inner.match_indices('(').map(|(at, _)| (inner[..at].trim(), inner[at + 1..].trim()));
    splits.filter(|(method, depot)| !method.is_empty() && !depot.is_empty())
}

/// A text when the name has the form `Name (Depot)` and says another depot, or another method of
/// the same depot, than its mapping does.
fn disagreement(service: &str, depot: &Depot, method: &DeliveryMethod) -> Option<String> {
    let is = |text: &str, id: &str, name: &str| {
        let text = text::key(text);
        text == text::key(id) || text == text::key(name)
    };
    let mut other_depot = None;
    for (said_method, said_depot) in readings(service) {
        if !is(said_depot, &depot.id, &depot.name) {
            other_depot = Some(said_depot);
            continue;
        }
        let differs = !is(said_method, &method.id, &method.name)
            && depot.methods.iter().any(|m| is(said_method, &m.id, &m.name));
        return differs.then(|| {
            format!(
                "service \"{service}\" is mapped to method \"{}\" of depot \"{}\", but its name \
                 says method \"{said_method}\": rename it or change its mapping",
                method.name, depot.name
            )
        });
    }
    other_depot.map(|said| {
        format!(
            "service \"{service}\" is mapped to depot \"{}\", but its name says \"{said}\": rename \
             it or change its mapping",
            depot.name
        )
    })
}
