//! What a daemon that runs says of itself, as plain data: whoever asked it knows its protocol.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::config::{Config, quoted};
use crate::domain::depot::Depot;
use crate::domain::profile::WizardSettings;
use crate::probe::check::Check;

/// Keys that can be set in Linnworks and matter here, and whether they are texts.
const WIZARD_KEYS: [(&str, bool); 5] = [
    ("stream.base_url", true),
    ("stream.client_id", true),
    ("sync.orders", true),
    ("warehouse.default_location", true),
    ("warehouse.use_default_location", false),
];

/// How an order stands by its number: its word, or `None` when it is not known.
pub type Standing = Box<dyn FnMut(u64) -> Result<Option<String>, String>>;

/// What it says.
pub struct DaemonView {
    /// Its version.
    pub version: String,
    /// `sync.orders`.
    pub sync_orders: String,
    /// State of Linnworks, a word.
    pub linnworks: String,
    /// State of Stream, a word.
    pub stream: String,
    /// Where notifications come; `None` for those who may not know.
    pub hook_url: Option<SecretString>,
    /// Depots as it knows them.
    pub depots: Vec<Depot>,
    /// Keys that were set in Linnworks, with their values.
    pub set_in_linnworks: BTreeMap<String, String>,
    /// Asks for one order.
    pub standing: Standing,
}

/// Whether a daemon runs.
pub enum Running {
    /// It answers.
    Answers(Box<DaemonView>),
    /// It is there, and why it does not answer us.
    Closed(String),
    /// None, and what was tried.
    Not(String),
}

impl DaemonView {
    /// Stream's credentials were entered in Linnworks: the daemon has them, and nobody else.
    pub(super) fn holds_credentials(&self) -> bool {
        self.set_in_linnworks.contains_key("stream.client_id")
    }

    /// The configuration over what was set in Linnworks, as far as it matters here.
    pub(super) fn over(&self, config: &Config) -> Option<Config> {
        let value = |(key, is_text): &(&str, bool)| {
            let value = self.set_in_linnworks.get(*key)?;
            let literal = if *is_text { quoted(value) } else { value.clone() };
            Some(((*key).to_owned(), literal))
        };
        let values = WIZARD_KEYS.iter().filter_map(value).collect();
        config.over(&WizardSettings { values, secret_file: None }, None).ok()
    }

    fn check(&self, config: &Config) -> Check {
        const NAME: &str = "daemon";
        let Self { version, sync_orders, linnworks, stream, .. } = self;
        let text = format!(
            "linnstream {version} runs, sync.orders is {sync_orders}, Linnworks {linnworks}, Stream {stream}"
        );
        // The file has them and they were tried above: it works with others, or read the file before.
        let behind = |state: &str| matches!(state, "unauthorised" | "unconfigured");
        if (config.linnworks.is_complete() && behind(linnworks))
            || (config.stream.is_complete() && behind(stream))
        {
            let remedy = "let it read the credentials again: systemctl restart linnstream";
            return Check::fault(NAME, text, remedy);
        }
        if version != env!("CARGO_PKG_VERSION") {
            let ours = env!("CARGO_PKG_VERSION");
            return Check::good(NAME, text).hint(format!(
                "this program is {ours}: systemctl restart linnstream takes it over"
            ));
        }
        Check::good(NAME, text)
    }
}

impl Running {
    /// The last check, which knows whether there was a fault before it.
    pub(super) fn check(&self, config: &Config, others: bool) -> Check {
        const NAME: &str = "daemon";
        const START: &str = "systemctl start linnstream";
        match (self, others) {
            (Self::Answers(view), _) => view.check(config),
            (Self::Closed(why), _) => {
                Check::fault(NAME, why.clone(), "run linnstream doctor as root")
            }
            (Self::Not(why), true) => Check::good(NAME, format!("does not run: {why}"))
                .hint(format!("first put right what is at fault above, then: {START}")),
            (Self::Not(why), false) => Check::fault(
                NAME,
                format!("everything is there, and it does not run: {why}"),
                START,
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    fn view(linnworks: &str) -> DaemonView {
        DaemonView {
            version: env!("CARGO_PKG_VERSION").into(),
            sync_orders: "on".into(),
            linnworks: linnworks.into(),
            stream: "up".into(),
            hook_url: None,
            depots: Vec::new(),
            set_in_linnworks: BTreeMap::new(),
            standing: Box::new(|_| Ok(None)),
        }
    }

    #[test]
    fn a_daemon_that_does_not_run_is_a_fault_only_when_nothing_else_is() {
        let config = Config::parse("", &Environment::default()).expect("good");
        let not = Running::Not("no socket".into());
        let (first, last) = (not.check(&config, true), not.check(&config, false));
        assert!(
            first.ok
                && first.remedy.is_some_and(|text| text.ends_with("systemctl start linnstream"))
        );
        assert_eq!((last.ok, last.remedy.as_deref()), (false, Some("systemctl start linnstream")));
    }

    #[test]
    fn a_daemon_that_is_refused_with_credentials_that_work_has_old_ones() {
        let mut config = Config::parse("linnworks.application_id = \"a\"", &Environment::default())
            .expect("good");
        assert!(view("unauthorised").check(&config).ok, "none are in the file");
        let secret = SecretString::from("x".to_owned());
        config.linnworks.application_secret = Some(secret.clone());
        config.linnworks.token = Some(secret);
        assert!(!view("unauthorised").check(&config).ok && view("down").check(&config).ok);
    }

    #[test]
    fn what_was_set_in_linnworks_counts_under_the_file() {
        let config = Config::parse("sync.orders = \"off\"", &Environment::default()).expect("good");
        let mut view = view("up");
        let set =
            [("sync.orders", "on"), ("stream.client_id", "X"), ("warehouse.default_location", "7")];
        view.set_in_linnworks = set.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let over = view.over(&config).expect("good");
        assert_eq!(over.sync.orders.word(), "off");
        assert_eq!(over.stream.client_id.as_deref(), Some("X"));
        assert_eq!(over.warehouse.default_location.as_deref(), Some("7"));
        assert!(view.holds_credentials());
    }
}
