//! The database and the identifiers. The first reading of the account's identifiers decides whether a
//! predecessor worked here, so it is written down before any is created; and none is created that is there.

use std::sync::Arc;

use super::{Setup, SetupError, files};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::domain::answer::Failure;
use crate::domain::rules::{Mode, Rules};
use crate::domain::time::{Delay, Moment};
use crate::flow::LiveRules;
use crate::poll::Sources;
use crate::poll::reference::{Progress, Reference, Trouble};
use crate::probe::linnworks::Account;
use crate::probe::lists::{self, IDENTIFIERS};
use crate::pulse::Pulse;
use crate::runtime::systems::Systems;
use crate::runtime::{RunError, parts, place};
use crate::store::Store;
use crate::wake::Wake;

/// Failures in a row before it is given up: setup can be run again.
const FAILURES_MAX: u32 = 3;

/// What is installed.
pub struct Installation {
    /// The database.
    pub(super) store: Arc<Store>,
    pub(super) systems: Systems,
    /// Identifiers that were created just now.
    pub created: usize,
    /// Another integration worked in the account.
    pub predecessor: bool,
}

impl Setup {
    /// Makes the database, then the identifiers that are missing; `account` is as it was before.
    ///
    /// # Errors
    /// [`SetupError::Missing`] when Linnworks does not let us create them.
    pub fn install(&self, config: &Config, account: &Account) -> Result<Installation, SetupError> {
        let before = account.identifiers.as_deref().unwrap_or_default();
        let missing = lists::adopted(&config.identifiers.names, before).1.len();
        files::make_state_folder(&config.store.path)?;
        let first = SystemClock::continuing(Moment(0)).now();
        let (store, last) = place::open(&config.store.path, first)?;
        files::hand_over(&config.store.path)?;
        let mut systems = Systems::new(config)?;
        systems.clock = Arc::new(SystemClock::continuing(last.after(Delay(1))));
        let store = Arc::new(store);
        let sources = sources(config, &systems, store.clone(), Mode::Off);
        let left = create(&sources, &*systems.clock)?;
        if left > 0 {
            return Err(SetupError::Missing(format!(
                "{left} of {IDENTIFIERS} identifiers do not show in Linnworks after they were created. Creating them \
                 needs administrator rights: give them to the user who installed the application, then run setup again"
            )));
        }
        let installed = store.read(|view| view.installed()).map_err(RunError::Store)?;
        let predecessor = installed.and_then(|installed| installed.predecessor) == Some(true);
        Ok(Installation { store, systems, created: missing, predecessor })
    }
}

impl Installation {
    /// Closes the database, so that the daemon can have it.
    ///
    /// # Errors
    /// [`SetupError::Run`].
    pub fn close(&self) -> Result<(), SetupError> {
        self.store.close().map_err(RunError::Store)?;
        Ok(())
    }
}

/// What the poller and its lists work with, in another mode than the site's.
pub(super) fn sources(
    config: &Config,
    systems: &Systems,
    store: Arc<Store>,
    mode: Mode,
) -> Sources {
    let rules = Rules { mode, ..parts::rules(config) };
    Sources {
        store,
        linnworks: Arc::new(systems.linnworks(config).0),
        stream: Arc::new(systems.stream(config)),
        rules: Arc::new(LiveRules::new(rules)),
        wake: Wake::new(),
        pulse: Arc::new(Pulse::default()),
    }
}

/// Reads the lists and creates what is missing. Answers how many identifiers are still missing.
fn create(sources: &Sources, clock: &dyn Clock) -> Result<usize, SetupError> {
    let mut reference = Reference::begin();
    let mut failures = 0;
    loop {
        let now = clock.now();
        match reference.step(sources, now) {
            Ok(Progress::More) => failures = 0,
            Ok(Progress::Done) => {
                let table = sources.store.read(|view| view.tags()).map_err(RunError::Store)?;
                return Ok(IDENTIFIERS.saturating_sub(table.0.len()));
            }
            Err(Trouble::Store(error)) => return Err(RunError::Rescue(error).into()),
            Err(Trouble::Call(Failure::NotBefore(turn))) => {
                sources.wake.wait(sources.wake.current(), turn.since(now.mono).std());
            }
            Err(Trouble::Call(Failure::Unauthorised { what })) => {
                return Err(SetupError::Missing(format!(
                    "administrator rights are missing: {} is refused ({what}). Give the user who installed the \
                     application administrator rights in Linnworks, then run setup again",
                    reference.doing()
                )));
            }
            Err(Trouble::Call(failure)) => {
                failures += 1;
                if failures > FAILURES_MAX {
                    let text = format!("{}: {failure}. Run setup again", reference.doing());
                    return Err(SetupError::Missing(text));
                }
                sources.wake.wait(sources.wake.current(), Delay::secs(1).std());
            }
        }
    }
}
