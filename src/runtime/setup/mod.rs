//! The first installation: `linnstream setup`. Whoever asks the questions is told here whether the answers
//! work, and has written what follows from them.
//!
//! In this order, so that breaking it off at any moment leaves nothing half done: both systems are tried;
//! the database is made, which records whether a predecessor worked here; then the identifiers are created,
//! which must not be taken for a predecessor's; then secrets and configuration are written, each whole or
//! not at all; then a dry run says what would go. Repeating it finds everything as it is and changes
//! nothing.
//!
//! Secrets go into the folder `credentials` beside the configuration, readable by their owner alone. The
//! unit hands them to the service as credentials, and a program that systemd did not start finds them
//! there: see [`Environment::beside`]. So the configuration names no secret file unless the answers do.
//!
//! - `files`: what is written, and for whom
//! - `install`: the database and the identifiers
//! - `dry_run`: what would be sent

mod dry_run;
mod files;
mod install;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};

pub use dry_run::DryRun;
pub use files::Written;
pub use install::Installation;

use super::inbound::Secrets;
use super::systems::Systems;
use super::{RunError, desk, parts, place};
use crate::config::{Bind, Config, Draft, Environment, Problems, SECRET_NAMES};
use crate::console::answer::Endpoints;
use crate::domain::depot::Depot;
use crate::domain::time::Timestamp;
use crate::probe::linnworks::{Account, Asked};
use crate::probe::{linnworks, lists, stream};
use crate::store::{Create, Store, StoreOptions};

/// Why setup does not go on.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The configuration, or the answers.
    #[error("{0}")]
    Config(#[from] Problems),
    /// The database, the network, or the machine.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Something that must be there first, by its name.
    #[error("{0}")]
    Missing(String),
    /// A system does not accept the credentials.
    #[error("{0}")]
    Credentials(String),
    /// Something could not be written.
    #[error("{path} cannot be written")]
    Write {
        /// What.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A secret file that the service could not read.
    #[error("{0}")]
    Unreadable(String),
    /// Somebody ended it.
    #[error("broken off; what was being written is whole")]
    Interrupted,
}

/// A setup under way.
pub struct Setup {
    file: PathBuf,
    environment: Environment,
    /// What the file set before.
    before: Draft,
    /// Whether there was one.
    existed: bool,
    guard: Guard,
}

/// Keeps signals from ending the program while files are written.
struct Guard {
    /// Whether they end it.
    armed: Arc<AtomicBool>,
    /// One came.
    seen: Arc<AtomicBool>,
}

impl Guard {
    fn new() -> Result<Self, RunError> {
        let failed = |source| RunError::System { what: "to deliver signals", source };
        let (armed, seen) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(false)));
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, seen.clone()).map_err(failed)?;
            signal_hook::flag::register_conditional_default(signal, armed.clone())
                .map_err(failed)?;
        }
        Ok(Self { armed, seen })
    }

    fn whole<T>(&self, write: impl FnOnce() -> Result<T, SetupError>) -> Result<T, SetupError> {
        self.armed.store(false, Ordering::SeqCst);
        let written = write();
        self.armed.store(true, Ordering::SeqCst);
        if self.seen.load(Ordering::SeqCst) { Err(SetupError::Interrupted) } else { written }
    }
}

impl Setup {
    /// Reads the configuration that may be there, and makes sure that no daemon holds the database.
    ///
    /// # Errors
    /// [`SetupError`].
    pub fn begin(file: &Path, environment: &Environment) -> Result<Self, SetupError> {
        let environment = environment.beside(file);
        let existed = file.exists();
        let before = if existed {
            let config = Config::load(file, &environment)?;
            must_be_free(&config)?;
            Draft::of_file(file)?
        } else {
            Draft::default()
        };
        Ok(Self { file: file.to_owned(), environment, before, existed, guard: Guard::new()? })
    }

    /// What the configuration set before.
    pub fn before(&self) -> &Draft {
        &self.before
    }

    /// The environment that the configuration is read in.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The answers as a configuration. The database that it names must not be held by a daemon, and the
    /// service must be able to read the secret files that it names.
    ///
    /// # Errors
    /// [`SetupError`].
    pub fn checked(&self, draft: &Draft) -> Result<Config, SetupError> {
        let config = draft.checked(&self.environment)?;
        must_be_free(&config)?;
        for (_, key) in SECRET_NAMES {
            if let Some(path) = draft.shown(key) {
                files::service_can_read(key, Path::new(&path)).map_err(SetupError::Unreadable)?;
            }
        }
        Ok(config)
    }

    /// Signs in to Linnworks and tries what is needed there.
    ///
    /// # Errors
    /// [`SetupError::Credentials`], or [`SetupError::Missing`] with what is missing.
    pub fn linnworks(&self, config: &Config) -> Result<Account, SetupError> {
        let systems = Systems::new(config)?;
        let (client, settings) = systems.linnworks(config);
        let wanted = config.linnworks.locations.clone().unwrap_or_default();
        let account = match linnworks::ask(&client, &settings, &*systems.clock, &wanted) {
            Asked::Refused(why) => {
                return Err(SetupError::Credentials(format!(
                    "Linnworks does not accept the application id, its secret and the token: {why}. Check all three \
                     in the developer portal of Linnworks"
                )));
            }
            Asked::Unreached(why) => {
                return Err(SetupError::Missing(format!("Linnworks cannot be asked: {why}")));
            }
            Asked::In(account) => *account,
        };
        if let Some(denied) = account.denied.first() {
            return Err(SetupError::Missing(format!(
                "administrator rights are missing: Linnworks refuses {} ({}), which needs {}. Give the user who \
                 installed the application administrator rights in Linnworks, then run setup again",
                denied.method,
                denied.said,
                denied.right()
            )));
        }
        if let Some((method, why)) = account.untold.first() {
            let text =
                format!("Linnworks cannot be asked for {method}: {why}. Try again in a minute");
            return Err(SetupError::Missing(text));
        }
        if account.locations.as_ref().is_none_or(Vec::is_empty) {
            return Err(SetupError::Missing(
                "warehouse data is missing: Linnworks shows no stock location. Set up the warehouse in Linnworks \
                 (Inventory > Locations), then run setup again"
                    .to_owned(),
            ));
        }
        Ok(account)
    }

    /// Signs in to Stream and reads its depots.
    ///
    /// # Errors
    /// [`SetupError::Credentials`], or [`SetupError::Missing`] with what is missing.
    pub fn stream(&self, config: &Config) -> Result<Vec<Depot>, SetupError> {
        let systems = Systems::new(config)?;
        let depots = match stream::ask(&systems.stream(config), &*systems.clock) {
            stream::Asked::Refused(why) => {
                return Err(SetupError::Credentials(format!(
                    "Stream does not accept the client id and its secret: {why}. Check both, and whether they are \
                     those of this base URL"
                )));
            }
            stream::Asked::Unreached(why) => {
                return Err(SetupError::Missing(format!("Stream cannot be asked: {why}")));
            }
            stream::Asked::NoDepots(why) => {
                return Err(SetupError::Missing(format!(
                    "the depots of Stream cannot be read: {why}"
                )));
            }
            stream::Asked::In(account) => account.depots,
        };
        if stream::has_methods(&depots) {
            return Ok(depots);
        }
        Err(SetupError::Missing(
            "depots and delivery methods are missing: Stream shows none. Ask your Stream administrator to set them up, \
             then run setup again"
                .to_owned(),
        ))
    }

    /// Names of locations and stock locations must exist.
    ///
    /// # Errors
    /// [`SetupError::Missing`] with the names that do not, and those that do.
    pub fn names(
        &self,
        config: &Config,
        account: &Account,
        depots: &[Depot],
    ) -> Result<(), SetupError> {
        let locations = account.locations.as_deref().unwrap_or_default();
        let wanted = config.linnworks.locations.clone().unwrap_or_default();
        let rules = parts::rules(config);
        // Entries alone: that no postal service leads anywhere yet is said by the dry run.
        let mapping = lists::Mapping {
            rules: &rules.shipping.rules,
            learned: &std::collections::BTreeMap::new(),
            depots,
        };
        let checks = [
            lists::locations(&wanted, locations),
            lists::warehouse(&config.warehouse, locations, depots),
            lists::services(&[], &mapping),
        ];
        match checks.into_iter().find(|check| !check.ok) {
            None => Ok(()),
            Some(check) => {
                let remedy = check.remedy.unwrap_or_default();
                Err(SetupError::Missing(format!("{}: {}; {remedy}", check.name, check.text)))
            }
        }
    }

    /// Writes what the draft says where it differs from what is there. With `keep`, the file from before is
    /// kept beside it.
    ///
    /// # Errors
    /// [`SetupError::Write`].
    pub fn write(
        &mut self,
        draft: &Draft,
        keep: bool,
        at: Timestamp,
    ) -> Result<Written, SetupError> {
        let Self { file, before, existed, guard, .. } = self;
        let written =
            guard.whole(|| files::write(file, draft, existed.then_some(&*before), keep, at))?;
        *before = draft.clone();
        *existed = true;
        Ok(written)
    }

    /// The addresses that are registered with both systems; makes the secrets in them when there are none.
    ///
    /// # Errors
    /// [`SetupError::Run`].
    pub fn endpoints(&self, config: &Config) -> Result<Endpoints, SetupError> {
        let redactor = crate::logging::Redactor::default();
        let secrets = Secrets::of(config, &redactor)?;
        files::hand_over(&config.store.path)?;
        let base = match (&config.listener.public_url, &config.listener.bind) {
            (Some(url), _) => Some(url.as_str().to_owned()),
            (None, Bind::Tcp(address)) => Some(format!("http://{address}")),
            (None, Bind::Unix(_) | Bind::None) => None,
        };
        Ok(desk::endpoints_at(base.as_deref(), &secrets))
    }
}

/// While a daemon holds the database, setup changes nothing behind its back.
fn must_be_free(config: &Config) -> Result<(), SetupError> {
    let path = &config.store.path;
    if !path.exists() {
        return if place::marker_of(path).exists() {
            let marker = place::marker_of(path);
            Err(RunError::DatabaseGone { path: path.clone(), marker }.into())
        } else {
            Ok(())
        };
    }
    let options = StoreOptions { create: Create::Never, ..StoreOptions::default() };
    let store = Store::open(path, options).map_err(RunError::Store)?;
    store.close().map_err(RunError::Store)?;
    Ok(())
}
