//! `linnstream doctor`: everything that an installation needs, looked at; a remedy for each fault.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use tui::client::{Client, ClientError};
use tui::protocol::screens::{Body, Query, Watch};
use tui::protocol::views::DepotView;
use tui::protocol::{Reply, Request};

use super::text::counted;
use super::{Exit, Failed, json};
use crate::config::{Config, Problems};
use crate::domain::depot::{DeliveryMethod, Depot, MethodKind};
use crate::probe::check::Check;
use crate::runtime::doctor::{DaemonView, Running, Standing, doctor};

/// Columns of the longest name of a check.
const NAME_COLUMNS: usize = 21;

/// How an origin says that a value was set in the wizard.
const SET_IN_LINNWORKS: &str = "Linnworks";

/// Prints every check as it is made. `No` when one of them found a fault, `Usage` when the configuration
/// cannot be used.
pub(super) fn execute(
    config: &Path,
    socket: Option<PathBuf>,
    as_json: bool,
) -> Result<Exit, Failed> {
    let running = running(config, socket.as_deref());
    let mut out = io::stdout().lock();
    let mut written = Ok(());
    let mut tell = |check: &Check| {
        if !as_json && written.is_ok() {
            written = out.write_all(line(check).as_bytes()).and_then(|()| out.flush());
        }
    };
    let looked = doctor(config, socket.as_deref(), running, &mut tell);
    written?;
    let (checks, exit) = match looked {
        Ok(checks) if checks.iter().all(|check| check.ok) => (checks, Exit::Done),
        Ok(checks) => (checks, Exit::No),
        Err(problems) => (unusable(config, &problems), Exit::Usage),
    };
    if as_json {
        json::print(&mut out, &json::doctor(&checks))?;
        return Ok(exit);
    }
    if exit == Exit::Usage {
        out.write_all(checks.iter().map(line).collect::<String>().as_bytes())?;
    }
    let faults = checks.iter().filter(|check| !check.ok).count();
    let summary = match faults {
        0 => "Everything is in order.".to_owned(),
        some => format!(
            "{} found. The first of them first: others may follow from it.",
            counted(some as u64, "fault")
        ),
    };
    writeln!(out, "\n{summary}")?;
    Ok(exit)
}

/// Each problem of a configuration that cannot be used.
fn unusable(config: &Path, problems: &Problems) -> Vec<Check> {
    let remedy = format!("correct {}, then: linnstream check-config", config.display());
    problems.lines().map(|text| Check::fault("configuration", text, remedy.clone())).collect()
}

fn line(check: &Check) -> String {
    let Check { name, ok, text, remedy } = check;
    let word = if *ok { "ok" } else { "FAULT" };
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut line = format!("{word:<5}  {name:<NAME_COLUMNS$}  {text}\n");
    if let Some(remedy) = remedy {
        line.push_str(&format!("{:indent$}> {remedy}\n", "", indent = 5 + 2 + NAME_COLUMNS + 2));
    }
    line
}

/// Asks the daemon, when one runs.
fn running(config: &Path, socket: Option<&Path>) -> Running {
    let socket = match socket {
        Some(socket) => socket.to_owned(),
        // What is wrong with it is said by the doctor itself.
        None => match Config::socket_of(config) {
            Ok(socket) => socket,
            Err(_) => return Running::Not("admin.socket cannot be read".to_owned()),
        },
    };
    match view(&socket) {
        Ok(view) => Running::Answers(Box::new(view)),
        Err(ClientError::NoDaemon { path, .. }) => {
            Running::Not(format!("nobody answers at {}", path.display()))
        }
        Err(
            error @ (ClientError::Denied { .. }
            | ClientError::Version(_)
            | ClientError::Lost(_)
            | ClientError::Daemon { .. }),
        ) => Running::Closed(format!("it runs and gave no answer: {error}")),
    }
}

fn view(socket: &Path) -> Result<DaemonView, ClientError> {
    let mut client = Client::connect(socket, env!("CARGO_PKG_VERSION"))?;
    let Reply::Status(status) = client.ask(&Request::Status)? else { return Err(odd()) };
    let Reply::Services(services) = client.ask(&Request::Services)? else { return Err(odd()) };
    // Only operators are told: it holds a secret.
    let hook_url = match client.ask(&Request::Endpoints) {
        Ok(Reply::Endpoints(view)) => view.stream_webhook.map(SecretString::from),
        Ok(_) | Err(_) => None,
    };
    let watch = Watch { asked: 1, seen: 0, reveal: false, query: Query::Settings };
    let Reply::Screen(screen) = client.ask(&Request::Watch(watch))? else { return Err(odd()) };
    let Body::Settings(settings) = screen.body else { return Err(odd()) };
    let set_in_linnworks: BTreeMap<String, String> = settings
        .into_iter()
        .filter(|setting| setting.origin == SET_IN_LINNWORKS)
        .map(|setting| (setting.key, setting.value))
        .collect();
    Ok(DaemonView {
        version: status.version.clone(),
        sync_orders: status.sync_orders.clone(),
        linnworks: status.linnworks.state.clone(),
        stream: status.stream.state.clone(),
        hook_url,
        depots: services.depots.into_iter().map(depot).collect(),
        set_in_linnworks,
        standing: standing(Client::connect(socket, env!("CARGO_PKG_VERSION"))?),
    })
}

fn odd() -> ClientError {
    ClientError::Version("it answers another question than was asked".to_owned())
}

fn depot(view: DepotView) -> Depot {
    let methods = view.methods.into_iter().map(|method| DeliveryMethod {
        id: method.id,
        name: method.name,
        kind: MethodKind::Other(method.kind),
    });
    Depot {
        id: view.id,
        name: view.name,
        stock_location: (String::new(), String::new()),
        methods: methods.collect(),
    }
}

/// One order of the list that is sorted by number: the first after the number before.
fn standing(mut client: Client) -> Standing {
    Box::new(move |number| {
        let request = Request::Orders {
            state: None,
            search: None,
            after: Some(number.saturating_sub(1)),
            limit: 1,
        };
        match client.ask(&request) {
            Ok(Reply::Orders(rows)) => {
                let found = rows.into_iter().find(|row| row.number == number);
                Ok(found.map(|row| row.state))
            }
            Ok(_) => Err(odd().to_string()),
            Err(error) => Err(error.to_string()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_aligned_and_a_remedy_stands_below_its_fault() {
        assert_eq!(
            line(&Check::good("disk", "20 GB free")),
            "ok     disk                   20 GB free\n"
        );
        let fault = Check::fault("linnworks-permissions", "a\u{1b}[31mb", "give rights");
        assert_eq!(
            line(&fault),
            "FAULT  linnworks-permissions  a [31mb\n                              > give rights\n"
        );
    }
}
