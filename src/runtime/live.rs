//! The configuration that holds now: the file over what was set in Linnworks. Either may change while the
//! daemon runs; what follows from both is made here and nowhere else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::inbound::{self, Secrets};
use super::{parts, secrets};
use crate::clock::Clock;
use crate::config::{Config, Effective, Origin, Problems};
use crate::domain::event::Event;
use crate::domain::profile::{Stage, WizardSettings};
use crate::domain::rules::Rules;
use crate::http::ureq::UreqTransport;
use crate::listener::shipping::{NotSaved, Printing, Save, Settings, Shown};
use crate::logging::Redactor;
use crate::poll::Sources;
use crate::poll::subscriptions::Address;
use crate::probe;
use crate::store::{Changes, Setting, Store, StoreError};

/// Everything that follows from the configuration.
pub(super) struct Live {
    pub(super) sources: Sources,
    pub(super) transport: Arc<UreqTransport>,
    pub(super) address: Arc<Mutex<Option<Address>>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) redactor: Arc<Redactor>,
    pub(super) secrets: Secrets,
    pub(super) config: Mutex<Config>,
}

/// The file over what was set in Linnworks.
pub(super) fn over_wizard(store: &Store, file: &Config) -> Result<Config, Problems> {
    let wizard = store.read(|view| view.wizard()).unwrap_or_else(|error| {
        log::error!("what was set in Linnworks cannot be read: {error}; the file alone holds");
        WizardSettings::default()
    });
    let secret = wizard.secret_file.as_ref().and_then(|name| {
        let read = secrets::typed(&file.store.path, name);
        if let Err(error) = &read {
            log::error!("the client secret that was set in Linnworks cannot be read: {error}; enter it there again");
        }
        read.ok()
    });
    file.over(&wizard, secret)
}

/// The rules of a configuration, and of whether the integration was removed in Linnworks.
pub(super) fn rules(store: &Store, config: &Config) -> Rules {
    let profile = store.read(|view| view.profile()).unwrap_or_default();
    let removed = profile.is_some_and(|profile| profile.stage == Stage::Removed);
    Rules { removed, ..parts::rules(config) }
}

impl Live {
    fn lock(&self) -> MutexGuard<'_, Config> {
        self.config.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What holds now.
    pub(super) fn config(&self) -> Config {
        self.lock().clone()
    }

    /// Every key with its value and where it comes from.
    pub(super) fn settings_shown(&self) -> Vec<(String, String, String)> {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let one = |one: Effective| {
            let origin = match one.origin {
                Origin::Line(line) => format!("line {line}"),
                Origin::Wizard => "Linnworks".to_owned(),
                Origin::Credential(name) => format!("credential {name}"),
                Origin::Default => "default".to_owned(),
            };
            (one.key.to_owned(), text(&one.value), origin)
        };
        self.lock().holding().into_iter().map(one).collect()
    }

    /// From now on this holds. Work that waits stays and is done by it; calls that are out finish as they
    /// began.
    pub(super) fn apply(&self, config: &Config) {
        let now = self.clock.now().mono;
        self.sources.rules.set(rules(&self.sources.store, config));
        self.sources.linnworks.reconfigure(parts::linnworks(config, &self.redactor, None));
        self.sources.stream.reconfigure(parts::stream(config, &self.redactor, now));
        let address = inbound::address(config, &self.secrets);
        *self.address.lock().unwrap_or_else(PoisonError::into_inner) = address;
        *self.lock() = config.clone();
        self.sources.wake.notify();
    }

    /// What the wizard sees and does.
    pub(super) fn settings(self: &Arc<Self>) -> Settings {
        let live = || Arc::clone(self);
        let (one, two, three, four) = (live(), live(), live(), live());
        Settings {
            shown: Box::new(move || one.shown()),
            save: Box::new(move |save| two.save(save)),
            changed: Box::new(move || {
                three.sources.rules.set(rules(&three.sources.store, &three.config()));
                three.sources.wake.notify();
            }),
            printing: Box::new(move || printing(&four.lock())),
        }
    }

    fn shown(&self) -> BTreeMap<String, Shown> {
        let config = self.config();
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let one = |(key, value): (&'static str, Value)| {
            let set = value != "not set";
            let text = if key.ends_with("_file") && !set { String::new() } else { text(&value) };
            (key.to_owned(), Shown { text, fixed: config.source.fixes(key) })
        };
        config.values().into_iter().map(one).collect()
    }

    /// Validated as a whole, tried, the secret on disk first, then one transaction, then it holds.
    fn save(&self, save: Save) -> Result<(), NotSaved> {
        let store_failed = |error: StoreError| {
            log::error!("settings of Linnworks could not be saved: {error}");
            NotSaved::Refused(
                "linnstream cannot use its database at this moment: nothing was saved. Try again."
                    .into(),
            )
        };
        let before = self.sources.store.read(|view| view.wizard()).map_err(store_failed)?;
        let mut wizard = before.clone();
        for (key, value) in save.values {
            match value {
                Some(value) => wizard.values.insert(key.to_owned(), value),
                None => wizard.values.remove(key),
            };
        }
        let running = self.config();
        let given = save.secret.clone().or_else(|| running.stream.client_secret.clone());
        let config = running.over(&wizard, given).map_err(|problems| {
            NotSaved::Wrong(problems.list.into_iter().map(|p| (p.key, p.text)).collect())
        })?;
        if save.probe {
            let settings = parts::stream(&config, &self.redactor, self.clock.now().mono);
            probe::stream(self.transport.clone(), settings, &*self.clock, &self.sources.wake)
                .map_err(NotSaved::Refused)?;
        }
        if let Some(secret) = &save.secret {
            self.redactor.register(secret);
            let name = secrets::keep_typed(&running.store.path, secret).map_err(|error| {
                log::error!("the client secret could not be kept: {error}");
                let text = "The secret could not be kept on the disk of linnstream: nothing was saved. See its log.";
                NotSaved::Refused(text.into())
            })?;
            wizard.secret_file = Some(name);
        }
        let (stage, now, old) = (save.stage, self.clock.now(), before.secret_file.clone());
        let kept = wizard.secret_file.clone();
        let written = self.sources.store.write(now, move |view| {
            let mut changes = Changes::new();
            changes.set(Setting::Wizard(wizard));
            if let Some(mut profile) = view.profile()? {
                profile.stage = stage;
                changes.set(Setting::Profile(profile));
            }
            changes.daemon(Event::Daemon("settings were changed in Linnworks".to_owned()));
            Ok::<_, StoreError>((changes, ()))
        });
        written.map_err(|_| store_failed(StoreError::Closed))?;
        if let Some(old) = old.filter(|old| Some(old) != kept.as_ref()) {
            secrets::forget_typed(&running.store.path, &old);
        }
        self.apply(&config);
        Ok(())
    }
}

/// How labels are printed by a configuration.
pub(super) fn printing(config: &Config) -> Printing {
    let sender = &config.sender;
    let [one, two, three] = &sender.address;
    let town = [&sender.city, &sender.region, &sender.postcode];
    let town: Vec<String> = town.into_iter().flatten().cloned().collect();
    let lines =
        [&sender.company, &sender.contact_name, one, two, three].into_iter().flatten().cloned();
    let mut lines: Vec<String> = lines.collect();
    lines.extend((!town.is_empty()).then(|| town.join(", ")));
    lines.extend(sender.phone.clone());
    Printing { labels: config.labels.clone(), sender: lines }
}
