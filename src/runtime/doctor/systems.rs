//! Both systems asked, and what they list held against the configuration.

use std::collections::BTreeMap;

use super::{Doctor, Running};
use crate::api::stream::Standing;
use crate::domain::demand::Choice;
use crate::domain::depot::Depot;
use crate::probe::check::{Check, counted};
use crate::probe::linnworks::{Account, Asked};
use crate::probe::lists::{self, Mapping};
use crate::probe::{linnworks, stream};
use crate::runtime::parts;

/// What to do when nobody answers.
const WAY_OUT: &str = "see what the message names: DNS, firewall, proxy (network.proxy), certificates \
                       (network.ca_file)";

/// What Stream lists; `None` for what could not be read here.
#[derive(Default)]
pub(super) struct StreamLists {
    pub(super) depots: Option<Vec<Depot>>,
    pub(super) subscriptions: Option<Vec<Standing>>,
}

impl Doctor<'_> {
    /// Linnworks: a way to it, the credentials, the rights.
    pub(super) fn linnworks(&mut self) -> Account {
        const CREDENTIALS: &str = "linnworks-credentials";
        let part = &self.config.linnworks;
        if !part.is_complete() {
            let given = [
                ("linnworks.application_id", part.application_id.is_some()),
                ("linnworks-secret", part.application_secret.is_some()),
                ("linnworks-token", part.token.is_some()),
            ];
            let missing: Vec<&str> =
                given.iter().filter(|(_, given)| !given).map(|(name, _)| *name).collect();
            let check = missing_check(CREDENTIALS, &missing);
            self.add(check);
            return Account::default();
        }
        let url = part.auth_url.as_str().to_owned();
        let wanted = part.locations.clone().unwrap_or_default();
        let (client, settings) = self.systems.linnworks(&self.config);
        let asked = linnworks::ask(&client, &settings, &*self.systems.clock, &wanted);
        let host = url.split('/').nth(2).unwrap_or_default().to_owned();
        match asked {
            Asked::Unreached(why) => self.unreached("linnworks-reach", CREDENTIALS, &url, why),
            Asked::Refused(why) => {
                self.add(Check::good("linnworks-reach", format!("{host} answers")));
                self.add(Check::fault(
                    CREDENTIALS,
                    format!("Linnworks does not accept them: {why}"),
                    "check linnworks.application_id, the secret and the token in the developer portal of Linnworks, \
                     then: linnstream setup",
                ));
            }
            Asked::In(account) => {
                self.add(Check::good("linnworks-reach", format!("{host} answers")));
                self.add(Check::good(CREDENTIALS, "Linnworks accepts them"));
                self.add(permissions(&account));
                return *account;
            }
        }
        Account::default()
    }

    /// Nobody answered, or somebody in a way that means nothing.
    fn unreached(
        &mut self,
        reach: &'static str,
        credentials: &'static str,
        url: &str,
        why: String,
    ) {
        if self.systems.dated.answered(url) {
            let host = url.split('/').nth(2).unwrap_or_default();
            self.add(Check::good(reach, format!("{host} answers")));
            self.add(Check::fault(
                credentials,
                why,
                "check the address, then try again in a minute",
            ));
        } else {
            self.add(Check::fault(reach, why, WAY_OUT));
        }
    }

    /// Stream: a way to it, the credentials, what it lists.
    pub(super) fn stream(&mut self) -> StreamLists {
        const CREDENTIALS: &str = "stream-credentials";
        let part = &self.config.stream;
        let has_secret = part.client_secret.is_some();
        if let Running::Answers(view) = &self.running
            && !has_secret
            && view.holds_credentials()
        {
            return self.stream_of_daemon();
        }
        if !part.is_complete() {
            let given =
                [("stream.client_id", part.client_id.is_some()), ("stream-secret", has_secret)];
            let missing: Vec<&str> =
                given.iter().filter(|(_, given)| !given).map(|(name, _)| *name).collect();
            let check = missing_check(CREDENTIALS, &missing);
            self.add(check);
            return StreamLists::default();
        }
        let url = part.base_url.as_str().to_owned();
        let host = url.split('/').nth(2).unwrap_or_default().to_owned();
        let client = self.systems.stream(&self.config);
        match stream::ask(&client, &*self.systems.clock) {
            stream::Asked::Unreached(why) => self.unreached("stream-reach", CREDENTIALS, &url, why),
            stream::Asked::Refused(why) => {
                self.add(Check::good("stream-reach", format!("{host} answers")));
                self.add(Check::fault(
                    CREDENTIALS,
                    format!("Stream does not accept them: {why}"),
                    "check stream.client_id, the secret, and whether they are those of stream.base_url, then: \
                     linnstream setup",
                ));
            }
            stream::Asked::NoDepots(why) => {
                self.add(Check::good("stream-reach", format!("{host} answers")));
                self.add(Check::good(CREDENTIALS, "Stream accepts them"));
                self.add(Check::fault(
                    "depots",
                    format!("the depots cannot be read: {why}"),
                    "ask your Stream administrator whether this client may read depots",
                ));
            }
            stream::Asked::In(account) => {
                self.add(Check::good("stream-reach", format!("{host} answers")));
                self.add(Check::good(CREDENTIALS, "Stream accepts them"));
                let subscriptions = match account.subscriptions {
                    Ok(standing) => Some(standing),
                    Err(why) => {
                        self.add(Check::fault(
                            "subscriptions",
                            format!("the subscriptions cannot be read: {why}"),
                            "ask your Stream administrator whether this client may use webhooks",
                        ));
                        None
                    }
                };
                return StreamLists { depots: Some(account.depots), subscriptions };
            }
        }
        StreamLists::default()
    }

    /// The credentials were entered in Linnworks and are the daemon's alone.
    fn stream_of_daemon(&mut self) -> StreamLists {
        let Running::Answers(view) = &self.running else { return StreamLists::default() };
        let (state, depots) = (view.stream.clone(), view.depots.clone());
        let text =
            format!("set in Linnworks, where only the daemon has them; it says Stream is {state}");
        self.add(match state.as_str() {
            "unauthorised" | "unconfigured" => Check::fault(
                "stream-credentials",
                text,
                "enter them again in Linnworks under Shipping > Integrations",
            ),
            _ => Check::good("stream-credentials", text),
        });
        StreamLists { depots: Some(depots), subscriptions: None }
    }

    /// What the configuration names, held against what there is.
    pub(super) fn lists(&mut self, seen: &Account, stream: &StreamLists) {
        let config = self.config.clone();
        let ours =
            seen.services.as_deref().map(|all| lists::of_vendor(&config.linnworks.vendor, all));
        if let Some(have) = &seen.locations {
            let wanted = config.linnworks.locations.clone().unwrap_or_default();
            self.add(lists::locations(&wanted, have));
        }
        if let Some(services) = &seen.services {
            self.add(lists::postal_services(&config.linnworks.vendor, services));
        }
        if let Some(have) = &seen.identifiers {
            let check = lists::identifiers(&config.identifiers.names, have, config.sync.orders);
            self.add(check);
        }
        let Some(depots) = &stream.depots else { return };
        let check = lists::depots(depots);
        let has_methods = check.ok;
        self.add(check);
        if !has_methods {
            return;
        }
        let rules = parts::rules(&config);
        let learned = self.learned();
        let mapping = Mapping { rules: &rules.shipping.rules, learned: &learned, depots };
        if let Some(ours) = ours.filter(|ours| !ours.is_empty()) {
            self.add(lists::services(&ours, &mapping));
        }
        let with_stock = depots.iter().any(|depot| !depot.stock_location.1.is_empty());
        if let Some(have) = seen.locations.as_deref().filter(|_| with_stock) {
            self.add(lists::warehouse(&config.warehouse, have, depots));
        }
    }

    fn learned(&self) -> BTreeMap<String, Choice> {
        let store = self.store.as_ref();
        store.and_then(|store| store.read(|view| view.learned()).ok()).unwrap_or_default()
    }
}

fn missing_check(name: &'static str, missing: &[&str]) -> Check {
    Check::fault(
        name,
        format!("not there: {}", missing.join(", ")),
        "linnstream setup asks for them (as root, if the files are root's)",
    )
}

/// Every method that reads was tried.
fn permissions(account: &Account) -> Check {
    const NAME: &str = "linnworks-permissions";
    if !account.denied.is_empty() {
        let texts: Vec<String> = (account.denied.iter())
            .map(|denied| {
                format!(
                    "{} is refused, which needs {} ({})",
                    denied.method,
                    denied.right(),
                    denied.said
                )
            })
            .collect();
        return Check::fault(
            NAME,
            texts.join("; "),
            "give the user who installed the application administrator rights in Linnworks",
        );
    }
    if !account.untold.is_empty() {
        let texts: Vec<String> =
            account.untold.iter().map(|(method, why)| format!("{method}: {why}")).collect();
        return Check::fault(NAME, texts.join("; "), "try again in a minute");
    }
    Check::good(NAME, format!("{} that read are allowed", counted(account.allowed, "call")))
}
