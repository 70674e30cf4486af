//! What was set in Linnworks counts where the file says nothing: the same keys, read and checked the same
//! way, from under the file.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::SecretString;

use super::{Config, Environment, Lines, Problems, keys};
use crate::domain::profile::WizardSettings;

/// The file and the environment a configuration was read from, so that it can be read again over what is set
/// in Linnworks.
#[derive(Clone, Default)]
pub struct Source {
    text: String,
    environment: Environment,
    lines: Lines,
    /// Keys of secrets that are given by a file or a credential.
    secrets: Vec<&'static str>,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").finish_non_exhaustive()
    }
}

impl Source {
    pub(super) fn new(text: &str, env: &Environment, lines: Lines, config: &Config) -> Self {
        let given = config.stream.client_secret.is_some().then_some(keys::CLIENT_SECRET.file);
        let secrets = given.into_iter().collect();
        Self { text: text.to_owned(), environment: env.clone(), lines, secrets }
    }

    /// The text of the file, and the environment.
    pub(super) fn read_from(&self) -> (&str, &Environment) {
        (&self.text, &self.environment)
    }

    /// Whether the file or a credential gives the key, so that it cannot be set in Linnworks.
    pub fn fixes(&self, key: &str) -> bool {
        self.lines.get(key).is_some_and(|line| *line > 0) || self.secrets.contains(&key)
    }
}

impl Config {
    /// What holds for every key, and where it comes from.
    pub fn holding(&self) -> Vec<super::Effective> {
        self.explained(&self.source.lines)
    }

    /// The same over what is set in Linnworks. `admin.socket` stays: it may come from the command line.
    ///
    /// # Errors
    /// What of both together cannot be used.
    pub fn over(
        &self,
        wizard: &WizardSettings,
        client_secret: Option<SecretString>,
    ) -> Result<Self, Problems> {
        let under = text_of(&wizard.values);
        let source = &self.source;
        let (mut config, _) =
            Self::parse_over(&source.text, &source.environment, &under, client_secret)?;
        config.admin.socket.clone_from(&self.admin.socket);
        Ok(config)
    }
}

fn text_of(values: &BTreeMap<String, String>) -> String {
    values.iter().map(|(key, value)| format!("{key} = {value}\n")).collect()
}

/// A text as it would stand in the file.
pub fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wizard(pairs: &[(&str, &str)]) -> WizardSettings {
        let values = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        WizardSettings { values, secret_file: None }
    }

    #[test]
    fn the_file_goes_before_linnworks_and_linnworks_before_the_default() {
        let file = Config::parse("labels.copies = 3\n", &Environment::default()).expect("good");
        let city = quoted("Bishop's \"Stortford\"\\");
        let set = wizard(&[("labels.copies", "5"), ("labels.dpi", "300"), ("sender.city", &city)]);
        let secret = SecretString::from("hidden".to_owned());
        let both = file.over(&set, Some(secret)).expect("good");
        assert_eq!((both.labels.copies, both.labels.dpi), (3, 300));
        assert_eq!(both.sender.city.as_deref(), Some("Bishop's \"Stortford\"\\"));
        assert!(both.stream.client_secret.is_some());
        let source = &both.source;
        assert!(source.fixes("labels.copies") && !source.fixes("labels.dpi"));
        assert!(!source.fixes("stream.client_secret_file"));
        let again = both.over(&wizard(&[]), None).expect("good");
        assert_eq!(again.labels.dpi, 203, "what is no longer set there no longer counts");
    }

    #[test]
    fn r31_what_is_wrong_in_linnworks_is_named_by_its_key_without_a_line() {
        let file = Config::parse("", &Environment::default()).expect("good");
        let set = wizard(&[("labels.copies", "9"), ("sender.country", "\"Atlantis\"")]);
        let problems = file.over(&set, None).expect_err("two");
        let keys: Vec<_> = problems.list.iter().map(|p| (p.key.as_str(), p.line)).collect();
        assert_eq!(keys, [("sender.country", None), ("labels.copies", None)]);
    }
}
