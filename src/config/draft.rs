//! A configuration file that is about to be written, key by key, and the answers it is made from.
//!
//! Values are kept as TOML and checked by the same reading as every file. A draft never writes a secret
//! into its text: secrets stand beside it, under the names of their credentials. It does not know where
//! its values come from or what is written where.

use std::collections::BTreeMap;
use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use toml::{Table, Value};

use super::document::Document;
use super::keys::{self, SecretKey};
use super::{Config, Environment, Problem, Problems, file_text};

/// The table of an answers file that holds secrets by the names of their credentials.
const SECRETS: &str = "secrets";

/// The credentials that an installation is given, by name, each with the key that may name its file.
pub const SECRET_NAMES: [(&str, &str); 3] = [
    (keys::APPLICATION_SECRET.credential, keys::APPLICATION_SECRET.file),
    (keys::TOKEN.credential, keys::TOKEN.file),
    (keys::CLIENT_SECRET.credential, keys::CLIENT_SECRET.file),
];

/// Permission bits of group and others.
const GROUP_AND_OTHERS: u32 = 0o077;

/// What a written file begins with.
const HEADING: &str = "# Written by linnstream setup, and yours to change: linnstream check-config says what is \
                       wrong with it,\n# linnstream config show --origin what holds. Secrets are in files of \
                       their own.\n";

/// Values by key, and secrets beside them.
#[derive(Clone, Default)]
pub struct Draft {
    values: BTreeMap<String, Value>,
    secrets: BTreeMap<&'static str, SecretString>,
    /// Where values were written down, for what is said of them.
    file: Option<PathBuf>,
    lines: BTreeMap<String, usize>,
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft").field("keys", &self.values.keys()).finish_non_exhaustive()
    }
}

impl Draft {
    /// What an existing configuration file sets.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of_file(path: &Path) -> Result<Self, Problems> {
        let (values, _, _) = read(path)?;
        Ok(Self { values, ..Self::default() })
    }

    /// An answers file: keys of the configuration, and secrets under `[secrets]`. Refused when others
    /// than its owner can read it.
    ///
    /// # Errors
    /// Everything that is wrong with it as a file; whether values fit is said by [`Self::checked`].
    pub fn answers(path: &Path) -> Result<Self, Problems> {
        let wrong = |key: &str, line, text: String| Problems {
            file: Some(path.to_owned()),
            list: vec![Problem { key: key.to_owned(), line, text }],
        };
        if let Ok(found) = std::fs::metadata(path)
            && found.mode() & GROUP_AND_OTHERS != 0
        {
            let mode = found.mode() & 0o7777;
            let text = format!(
                "others than its owner can read it (mode {mode:04o}), and it may hold secrets: run chmod 600 on it"
            );
            return Err(wrong("", None, text));
        }
        let (values, given, lines) = read(path)?;
        let mut draft = Self { values, lines, file: Some(path.to_owned()), ..Self::default() };
        let Some(given) = given else { return Ok(draft) };
        let Value::Table(given) = given else {
            return Err(wrong(SECRETS, None, format!("is a section: write [{SECRETS}]")));
        };
        for (name, value) in given {
            let key = format!("{SECRETS}.{name}");
            let Some(known) = keys::SECRETS.iter().find(|known| known.credential == name) else {
                let near = keys::nearest(&name, keys::SECRETS.iter().map(|known| known.credential));
                return Err(wrong(
                    &key,
                    None,
                    format!("there is no such secret; the nearest is {near}"),
                ));
            };
            match value.as_str().map(str::trim) {
                Some(text) if is_one_line(text) => draft.set_secret(known.credential, text),
                _ => {
                    return Err(wrong(&key, None, "must be one line of text in quotes".to_owned()));
                }
            }
        }
        Ok(draft)
    }

    /// These values, and those of `under` where there are none here. A secret that is given by value
    /// goes before a file that `under` names for it.
    #[must_use]
    pub fn over(mut self, under: &Self) -> Self {
        for (key, value) in &under.values {
            let secret = keys::SECRETS.iter().find(|secret| secret.file == key);
            if secret.is_none_or(|secret| !self.secrets.contains_key(secret.credential)) {
                self.values.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        self
    }

    /// Whether a key has a value.
    pub fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// A value for people: a text as it is, anything else as it would stand in the file.
    pub fn shown(&self, key: &str) -> Option<String> {
        self.values.get(key).map(|value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }

    /// Sets a text.
    pub fn set_text(&mut self, key: &str, text: &str) {
        self.set(key, Value::String(text.to_owned()));
    }

    /// Sets yes or no.
    pub fn set_flag(&mut self, key: &str, flag: bool) {
        self.set(key, Value::Boolean(flag));
    }

    /// Sets a list of texts.
    pub fn set_texts(&mut self, key: &str, texts: &[String]) {
        self.set(key, Value::Array(texts.iter().cloned().map(Value::String).collect()));
    }

    fn set(&mut self, key: &str, value: Value) {
        self.lines.remove(key);
        self.values.insert(key.to_owned(), value);
    }

    /// Takes a key out.
    pub fn unset(&mut self, key: &str) {
        self.values.remove(key);
    }

    /// A secret that was given by value.
    pub fn secret(&self, name: &str) -> Option<&SecretString> {
        self.secrets.get(name)
    }

    /// Keeps a secret by the name of its credential. A file that was named for it no longer counts.
    pub fn set_secret(&mut self, name: &str, text: &str) {
        if let Some(known) = keys::SECRETS.iter().find(|known| known.credential == name) {
            self.values.remove(known.file);
            self.secrets.insert(known.credential, SecretString::from(text.trim().to_owned()));
        }
    }

    /// A secret that is what holds already is no change.
    pub fn forget_secret(&mut self, name: &str) {
        self.secrets.remove(name);
    }

    /// The whole as a configuration, with the secrets, or everything that is wrong with it.
    ///
    /// # Errors
    /// Each problem with its line in the answers, when it stands there.
    pub fn checked(&self, env: &Environment) -> Result<Config, Problems> {
        let mut config = Config::parse(&self.text(), env).map_err(|problems| {
            let list = problems
                .list
                .into_iter()
                .map(|problem| Problem { line: self.lines.get(&problem.key).copied(), ..problem });
            Problems { file: self.file.clone(), list: list.collect() }
        })?;
        let given = |key: &SecretKey| self.secrets.get(key.credential).cloned();
        let put = |at: &mut Option<SecretString>, key| *at = given(key).or_else(|| at.take());
        put(&mut config.listener.path_token, &keys::PATH_TOKEN);
        put(&mut config.listener.webhook_secret, &keys::WEBHOOK_SECRET);
        put(&mut config.linnworks.application_secret, &keys::APPLICATION_SECRET);
        put(&mut config.linnworks.token, &keys::TOKEN);
        put(&mut config.stream.client_secret, &keys::CLIENT_SECRET);
        Ok(config)
    }

    /// What is wrong with one key.
    pub fn problem_of(&self, key: &str, env: &Environment) -> Option<String> {
        let problems = self.checked(env).err()?;
        problems.list.into_iter().find(|problem| problem.key == key).map(|problem| problem.text)
    }

    /// The keys whose values differ, by key.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let keys = self.values.keys().chain(other.values.keys());
        let mut keys: Vec<String> =
            keys.filter(|key| self.values.get(*key) != other.values.get(*key)).cloned().collect();
        keys.sort();
        keys.dedup();
        keys
    }

    /// The secrets given by value, by the names of their credentials.
    pub fn secrets(&self) -> impl Iterator<Item = (&'static str, &SecretString)> {
        self.secrets.iter().map(|(name, secret)| (*name, secret))
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let mut sections: BTreeMap<&str, String> = BTreeMap::new();
        let mut services = String::new();
        for (key, value) in &self.values {
            if let (keys::SERVICES, Value::Array(entries)) = (key.as_str(), value) {
                for entry in entries.iter().filter_map(Value::as_table) {
                    services.push_str("\n[[services]]\n");
                    services
                        .extend(entry.iter().map(|(name, value)| format!("{name} = {value}\n")));
                }
                continue;
            }
            let (section, name) = key.split_once('.').unwrap_or(("", key));
            sections.entry(section).or_default().push_str(&format!("{name} = {value}\n"));
        }
        let sections = sections.into_iter().map(|(name, lines)| format!("\n[{name}]\n{lines}"));
        format!("{HEADING}{}{services}", sections.collect::<String>())
    }
}

fn is_one_line(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(char::is_control)
}

type Read = (BTreeMap<String, Value>, Option<Value>, BTreeMap<String, usize>);

/// Values by key, what stands under `secrets`, and lines by key.
fn read(path: &Path) -> Result<Read, Problems> {
    let file = || Some(path.to_owned());
    let text = file_text(path).map_err(|text| Problems {
        file: file(),
        list: vec![Problem { key: String::new(), line: None, text }],
    })?;
    let document = Document::parse(&text);
    let lines = document.lines();
    let is_secret = |key: &str| key == SECRETS || key.starts_with("secrets.");
    let mut list = document.into_problems();
    list.retain(|problem| !is_secret(&problem.key));
    if !list.is_empty() {
        return Err(Problems { file: file(), list });
    }
    let mut table = text.parse::<Table>().map_err(|error| Problems {
        file: file(),
        list: vec![Problem { key: String::new(), line: None, text: error.message().to_owned() }],
    })?;
    let secrets = table.remove(SECRETS);
    let mut values = BTreeMap::new();
    flatten("", table, &mut values);
    Ok((values, secrets, lines))
}

fn flatten(above: &str, table: Table, values: &mut BTreeMap<String, Value>) {
    for (name, value) in table {
        let key = if above.is_empty() { name } else { format!("{above}.{name}") };
        match value {
            Value::Table(inner) if keys::is_section(&key) => flatten(&key, inner, values),
            value => {
                values.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use secrecy::ExposeSecret as _;

    use super::*;

    fn file(text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("answers.toml");
        std::fs::write(&path, text).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("set");
        (folder, path)
    }

    #[test]
    fn what_is_written_reads_back_as_what_was_answered_and_holds_no_secret() {
        let text = "site.name = 'Depot \"North\"'\nstream.settle = [\"5s\", \"90s\"]\nlabels.copies = 2\n\
                    identifiers.names.run = \"TOUR\"\nwarehouse.map = { \"North. shed\" = \"N\" }\n\
                    [secrets]\nstream-secret = \"canary\"\n\
                    [[services]]\nname = \"A\"\ndepot = \"D\"\nmethod = \"M\"\nskip_composite_parent = true\n";
        let (folder, path) = file(text, 0o600);
        let answers = Draft::answers(&path).expect("good");
        let config = answers.checked(&Environment::default()).expect("good");
        assert_eq!(config.stream.client_secret.expect("given").expose_secret(), "canary");
        let written = folder.path().join("config.toml");
        std::fs::write(&written, answers.text()).expect("written");
        assert!(!answers.text().contains("canary"), "{}", answers.text());
        let again = Draft::of_file(&written).expect("good");
        assert_eq!(again.differences(&answers), Vec::<String>::new());
        assert_eq!(again.text(), answers.text());
        let config = again.checked(&Environment::default()).expect("good");
        assert_eq!((config.labels.copies, config.services.len()), (2, 1));
        assert_eq!(config.warehouse.map.get("North. shed").map(String::as_str), Some("N"));
        assert_eq!(config.identifiers.names.run, "TOUR");
    }

    #[test]
    fn r25_answers_that_others_can_read_are_refused() {
        for (mode, good) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
            let (_folder, path) = file("labels.copies = 2\n", mode);
            let refused = Draft::answers(&path).err().map(|problems| problems.to_string());
            assert_eq!(refused.is_none(), good, "{mode:o}");
            assert!(refused.is_none_or(|text| text.contains("chmod 600")));
        }
    }

    #[test]
    fn r31_what_is_wrong_with_answers_is_said_with_its_line_and_no_secret_in_it() {
        for (text, wanted) in [
            (
                "labels.copys = 2",
                "answers.toml:1: labels.copys: there is no such key; the nearest is labels.copies",
            ),
            ("\nlabels.copies = 9", "answers.toml:2: labels.copies: must be from 1 to 5, not 9"),
            (
                "secrets.stream = \"canary\"",
                "secrets.stream: there is no such secret; the nearest is stream-secret",
            ),
            ("secrets.stream-secret = \"can\\nary\"", "must be one line of text in quotes"),
            ("secrets = \"canary\"", "write [secrets]"),
            ("labels.copies = ", "answers.toml:1:"),
            ("warehouse.use_default_location = true", "warehouse.default_location: is needed by"),
        ] {
            let (_folder, path) = file(text, 0o600);
            let checked = Draft::answers(&path)
                .and_then(|answers| answers.checked(&Environment::default()).map(|_| ()));
            let said = checked.expect_err("wrong").to_string();
            assert!(said.contains(wanted), "{said}");
            assert!(!said.contains("canary"), "{said}");
        }
    }

    #[test]
    fn a_secret_given_by_value_goes_before_a_file_named_for_it() {
        let mut under = Draft::default();
        under.set_text("stream.client_secret_file", "/old");
        under.set_text("linnworks.token_file", "/kept");
        let mut answers = Draft::default();
        answers.set_secret("stream-secret", "new");
        let both = answers.over(&under);
        assert!(!both.has("stream.client_secret_file"));
        assert_eq!(both.shown("linnworks.token_file").as_deref(), Some("/kept"));
    }
}
