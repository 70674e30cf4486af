//! Depots, methods, and how each service of ours in Linnworks leads to them.

use tui::protocol::views::{DepotView, MethodView, ServiceView, ServicesView};

use super::answer::Desk;
use crate::domain::depot::MethodKind;
use crate::domain::service::{self, Rule};
use crate::store::StoreError;

impl Desk {
    pub(super) fn services(&self) -> Result<ServicesView, StoreError> {
        let rules = self.rules.get();
        self.store.read(|view| {
            let known = view.known()?;
            let ours = rules.vendor.to_lowercase();
            let services = view
                .services()?
                .into_iter()
                .filter(|service| service.vendor.to_lowercase().contains(&ours))
                .map(|one| {
                    match service::resolve(
                        &one.name,
                        known.learned(&one.name),
                        &rules.shipping.rules,
                        &known.depots,
                    ) {
                        Ok(found) => ServiceView {
                            name: one.name,
                            depot: Some(found.depot.name),
                            method: Some(found.method.name),
                            rule: rule_word(found.rule).to_owned(),
                            problem: found.warning,
                        },
                        Err(problem) => ServiceView {
                            name: one.name,
                            depot: None,
                            method: None,
                            rule: "none".to_owned(),
                            problem: Some(problem.to_string()),
                        },
                    }
                })
                .collect();
            let depots = known
                .depots
                .into_iter()
                .map(|depot| DepotView {
                    id: depot.id,
                    name: depot.name,
                    methods: depot
                        .methods
                        .into_iter()
                        .map(|method| MethodView {
                            id: method.id,
                            name: method.name,
                            kind: kind_word(method.kind),
                        })
                        .collect(),
                })
                .collect();
            Ok(ServicesView { depots, services })
        })
    }
}

const fn rule_word(rule: Rule) -> &'static str {
    match rule {
        Rule::Config => "config",
        Rule::Linnworks => "linnworks",
        Rule::Name => "name",
    }
}

fn kind_word(kind: MethodKind) -> String {
    match kind {
        MethodKind::Delivery => "DELIVERY".to_owned(),
        MethodKind::Collection => "COLLECTION".to_owned(),
        MethodKind::Courier => "COURIER".to_owned(),
        MethodKind::Trunk => "TRUNK".to_owned(),
        MethodKind::Other(word) => word,
    }
}
