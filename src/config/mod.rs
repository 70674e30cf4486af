//! The configuration file: typed, unknown keys refused, every problem reported at once with its line,
//! secrets only from files that nobody else can read.
//!
//! Read once into parts, which `runtime` takes apart: no other module receives the whole, and none
//! asks for a key by name. Values wander in with TOML and out as types of `domain` or of `parts`;
//! this module does not know what they are used for.
//!
//! The format of the file is fixed ahead of the features: every key is read and checked by every
//! version, so that a file can be carried from one version to another. A feature that a version
//! lacks does not make its keys unknown.
//!
//! - `parts`: the sections as types
//! - `read`: defaults, ranges, what must fit together
//! - `document`: the text as keys with lines
//! - `draft`: a file that is about to be written, and the answers it is made from
//! - `keys`: all names, and the nearest to a mistaken one
//! - `address`, `duration`, `secrets`: kinds of values
//! - `effective`: what holds, and where it comes from
//! - `wizard`: what was set in Linnworks, under what the file sets
//! - `environment`: the process environment, read once
//! - `example`: the example of the package, with every key explained
//! - `identifiers`: what the marks are called, each differently
//! - `places`: where an installation is
//! - `problem`: what is wrong

mod address;
mod document;
mod draft;
mod duration;
mod effective;
mod environment;
mod example;
mod identifiers;
mod keys;
mod parts;
mod places;
mod problem;
mod read;
mod secrets;
#[cfg(test)]
mod tests;
mod wizard;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

pub use address::{BaseUrl, Bind, SOCKET_PATH_BYTES_MAX};
pub use draft::{Draft, SECRET_NAMES};
pub use duration::{parse as parse_duration, show as show_duration};
pub use effective::{Effective, Origin};
pub use environment::{CREDENTIALS_FOLDER, Environment};
pub use example::{EXAMPLE, ExampleKey, ExampleSection, example};
pub use parts::*;
pub use places::Places;
pub use problem::{Problem, Problems};
pub use secrets::SECRET_BYTES_MAX;
pub use wizard::{Source, quoted};

/// Largest configuration file: ours is a few kilobytes; a file beyond this is the wrong file.
pub const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// The whole file, for `runtime` to take apart.
#[derive(Clone, Debug)]
pub struct Config {
    /// `site.*`
    pub site: SiteConfig,
    /// `store.*`
    pub store: StoreConfig,
    /// `admin.*`
    pub admin: AdminConfig,
    /// `listener.*`
    pub listener: ListenerConfig,
    /// `ops.*`
    pub ops: OpsConfig,
    /// `network.*`
    pub network: NetworkConfig,
    /// `linnworks.*`
    pub linnworks: LinnworksConfig,
    /// `stream.*`
    pub stream: StreamConfig,
    /// `partner.*`
    pub partner: PartnerConfig,
    /// `sender.*`
    pub sender: SenderConfig,
    /// `warehouse.*`
    pub warehouse: WarehouseConfig,
    /// `dates.*`
    pub dates: DatesConfig,
    /// `labels.*`
    pub labels: LabelsConfig,
    /// `identifiers.*`
    pub identifiers: IdentifiersConfig,
    /// `sync.*`
    pub sync: SyncConfig,
    /// `webhooks.*`
    pub webhooks: WebhooksConfig,
    /// `delivered.*`
    pub delivered: DeliveredConfig,
    /// `[[services]]`
    pub services: Vec<ServiceConfig>,
    /// `alarms.*`
    pub alarms: AlarmsConfig,
    /// `log.*`
    pub log: LogConfig,
    /// Where all this comes from.
    pub source: Source,
}

impl Config {
    /// Reads a file and the secrets that it names, or says everything that is wrong with them.
    pub fn load(path: &Path, env: &Environment) -> Result<Self, Problems> {
        Self::load_with_lines(path, env).map(|(config, _)| config)
    }

    /// Where the daemon with this configuration is asked. Of the file only `admin.socket` counts: an
    /// operator need not be able to read the secrets that it names, and a mistake elsewhere in it must
    /// keep nobody from asking the daemon that runs.
    pub fn socket_of(path: &Path) -> Result<PathBuf, Problems> {
        let problem = |text| Problem { key: String::new(), line: None, text };
        let text = file_text(path)
            .map_err(|text| Problems { file: Some(path.to_owned()), list: vec![problem(text)] })?;
        let mut document = document::Document::parse(&text);
        let socket = read::admin(&mut document).socket;
        let wrong = document.into_problems().into_iter().filter(|one| one.key == "admin.socket");
        let list: Vec<Problem> = wrong.collect();
        if list.is_empty() {
            Ok(socket)
        } else {
            Err(Problems { file: Some(path.to_owned()), list })
        }
    }

    /// The same, and the line of every key that is there.
    fn load_with_lines(path: &Path, env: &Environment) -> Result<(Self, Lines), Problems> {
        let named = |problems: Problems| Problems { file: Some(path.to_owned()), ..problems };
        let text = file_text(path).map_err(|text| {
            named(Problems {
                file: None,
                list: vec![Problem { key: String::new(), line: None, text }],
            })
        })?;
        Self::parse_with_lines(&text, &env.beside(path)).map_err(named)
    }

    /// Reads a text and the secrets that it names, or says everything that is wrong with them.
    /// Credentials that are not there are nothing wrong: the daemon runs and says what is missing.
    pub fn parse(text: &str, env: &Environment) -> Result<Self, Problems> {
        Self::parse_with_lines(text, env).map(|(config, _)| config)
    }

    fn parse_with_lines(text: &str, env: &Environment) -> Result<(Self, Lines), Problems> {
        Self::parse_over(text, env, "", None)
    }

    /// Over what is set elsewhere.
    fn parse_over(
        text: &str,
        env: &Environment,
        under: &str,
        client_secret: Option<SecretString>,
    ) -> Result<(Self, Lines), Problems> {
        let mut document = document::Document::parse(text);
        document.overlay(under);
        let lines = document.lines();
        let mut config = read::config(&mut document, env);
        let list = document.into_problems();
        if !list.is_empty() {
            return Err(Problems { file: None, list });
        }
        config.source = Source::new(text, env, lines.clone(), &config);
        config.stream.client_secret = config.stream.client_secret.or(client_secret);
        Ok((config, lines))
    }
}

/// Lines from 1, by key.
type Lines = BTreeMap<String, usize>;

fn file_text(path: &Path) -> Result<String, String> {
    let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            "there is no such file: name the configuration with --config FILE".to_owned()
        }
        _ => format!("the file cannot be read: {error}"),
    })?;
    if !metadata.is_file() {
        return Err("this is no file".to_owned());
    }
    if metadata.len() > FILE_BYTES_MAX {
        return Err(format!(
            "the file is larger than {FILE_BYTES_MAX} bytes: is it the right one?"
        ));
    }
    let bytes = std::fs::read(path).map_err(|error| format!("the file cannot be read: {error}"))?;
    String::from_utf8(bytes).map_err(|_| "the file is not UTF-8 text".to_owned())
}
