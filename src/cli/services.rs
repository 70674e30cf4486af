//! `linnstream services`: depots, methods, and how each Linnworks service resolves.

use std::io::{self, Write as _};

use tui::client::Client;
use tui::protocol::views::ServicesView;
use tui::protocol::{Reply, Request};

use super::text::{Align, table};
use super::{Exit, Failed, ask, json};

/// Prints the services.
pub(super) fn execute(client: &mut Client, as_json: bool) -> Result<Exit, Failed> {
    let services = match client.ask(&Request::Services)? {
        Reply::Services(services) => services,
        other => return Err(ask::unexpected(&other)),
    };
    let mut out = io::stdout().lock();
    if as_json {
        json::print(&mut out, &json::services(&services))?;
    } else {
        out.write_all(page(&services).as_bytes())?;
    }
    Ok(Exit::Done)
}

fn page(view: &ServicesView) -> String {
    if view.depots.is_empty() {
        return "Stream's depots have not been read yet. See: linnstream status\n".to_owned();
    }
    let depots = view.depots.iter().flat_map(|depot| {
        depot
            .methods
            .iter()
            .map(|method| vec![depot.name.clone(), method.name.clone(), method.kind.clone()])
    });
    let heading = [("DEPOT", Align::Left), ("METHOD", Align::Left), ("TYPE", Align::Left)];
    let mut text = table(&heading, &depots.collect::<Vec<_>>());
    let faulty = view.services.iter().filter(|service| service.rule == "none").count();
    text.push_str(match faulty {
        0 => "\nEvery Linnworks service leads to a depot and a method.\n\n",
        1 => "\nOne Linnworks service leads nowhere: its orders are refused.\n\n",
        _ => "\nSome Linnworks services lead nowhere: their orders are refused.\n\n",
    });
    let heading = [
        ("SERVICE", Align::Left),
        ("DEPOT", Align::Left),
        ("METHOD", Align::Left),
        ("BY", Align::Left),
    ];
    let rows = view.services.iter().map(|service| {
        let dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        vec![
            service.name.clone(),
            dash(&service.depot),
            dash(&service.method),
            service.rule.clone(),
        ]
    });
    text.push_str(&table(&heading, &rows.collect::<Vec<_>>()));
    for service in &view.services {
        if let Some(problem) = &service.problem {
            text.push_str(&format!("\n{problem}\n"));
        }
    }
    text
}
