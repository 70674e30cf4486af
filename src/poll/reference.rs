//! The lists both systems keep: locations, postal services and identifiers of Linnworks, depots of
//! Stream. Read at start and every hour; missing identifiers are created, existing ones adopted.
//!
//! What is read is kept in the database, so a start while one system is down goes on with what was
//! known. Orders are polled only after the lists were read once in this run or an earlier one.

use super::Sources;
use crate::domain::answer::Failure;
use crate::domain::event::Event;
use crate::domain::ids::Tag;
use crate::domain::rules::Mode;
use crate::domain::tags::{Mark, TagTable};
use crate::domain::time::{Delay, Now};
use crate::flow::FlowError;
use crate::store::{Changes, Installed, Setting};

/// How often the lists are read again.
pub const EVERY: Delay = Delay::mins(60);

/// Failures of one stage in a row before it is passed over, when what it reads is known from before.
const STAGE_FAILURES_MAX: u32 = 3;

/// How soon, when a list could not be read or identifiers are still missing.
pub const AGAIN: Delay = Delay::mins(1);

enum Stage {
    Locations,
    Services,
    Identifiers,
    Create(Vec<(Tag, String)>),
    /// After creating, the list is read back: a yes does not prove the effect.
    ReadBack,
    Depots,
    /// All of them are read, or passed over.
    Read,
}

/// One reading of the lists.
pub struct Reference {
    stage: Stage,
    /// Failures of this stage in a row.
    failures: u32,
    /// Which tag stands for which mark has changed: orders may lack identifiers that exist now.
    changed: bool,
    /// Some list could not be read, or some identifiers not created yet.
    missing: bool,
    /// Of those, nothing but the depots.
    only_depots: bool,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Step again.
    More,
    /// Everything is read.
    Done,
}

/// Why a step came to nothing; the stage is done again.
#[derive(Debug)]
pub enum Trouble {
    /// A call failed.
    Call(Failure),
    /// The store could not be used.
    Store(FlowError),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Call(failure)
    }
}

impl Reference {
    /// What is to be read of a system that was away is read again by itself, the rest in its time.
    pub fn begin_again(&self) -> Self {
        let stage = if self.only_depots { Stage::Depots } else { Stage::Locations };
        Self { stage, ..Self::begin() }
    }

    /// From the beginning.
    pub fn begin() -> Self {
        Self {
            stage: Stage::Locations,
            failures: 0,
            changed: false,
            missing: false,
            only_depots: true,
        }
    }

    /// Whether orders must be looked through for identifiers they lack.
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// Whether something is still to be read or created.
    pub fn is_incomplete(&self) -> bool {
        self.missing
    }

    /// When the lists should be read again.
    pub fn again(&self) -> Delay {
        if self.missing { AGAIN } else { EVERY }
    }

    /// What it is about to do, for the log.
    pub fn doing(&self) -> &'static str {
        match self.stage {
            Stage::Locations => "reading the locations of Linnworks",
            Stage::Services => "reading the postal services of Linnworks",
            Stage::Identifiers | Stage::ReadBack => "reading the identifiers of Linnworks",
            Stage::Create(_) => "creating identifiers in Linnworks",
            Stage::Depots => "reading the depots of Stream",
            Stage::Read => "reading the lists",
        }
    }

    /// After a stage failed: goes on to the next one when what this one reads is known from before and
    /// trying at once again is no use. The lists are then read again soon.
    pub fn goes_on_without(&mut self, sources: &Sources) -> bool {
        self.failures += 1;
        let next = match self.stage {
            Stage::Locations => Stage::Services,
            Stage::Services => Stage::Identifiers,
            Stage::Identifiers | Stage::ReadBack => Stage::Depots,
            Stage::Depots => Stage::Read,
            // One that cannot be created is passed over by `step`.
            Stage::Create(_) | Stage::Read => return false,
        };
        // Stream may be down for hours, and Linnworks is another system.
        let enough = matches!(self.stage, Stage::Depots) || self.failures >= STAGE_FAILURES_MAX;
        if !enough || !self.is_known(sources) {
            return false;
        }
        self.only_depots &= matches!(self.stage, Stage::Depots);
        self.stage = next;
        self.failures = 0;
        self.missing = true;
        true
    }

    fn is_known(&self, sources: &Sources) -> bool {
        let known = sources.store.read(|view| {
            Ok(match self.stage {
                Stage::Locations => !view.locations()?.is_empty(),
                // Only shown; no order waits for them.
                Stage::Services => true,
                Stage::Identifiers | Stage::ReadBack => {
                    view.installed()?.is_some_and(|installed| installed.predecessor.is_some())
                }
                Stage::Depots => view.depots()?.is_some(),
                Stage::Create(_) | Stage::Read => false,
            })
        });
        known.unwrap_or(false)
    }

    /// One call, and what it gave written down.
    ///
    /// # Errors
    /// [`Trouble`]; the same stage is tried again by the next step.
    pub fn step(&mut self, sources: &Sources, now: Now) -> Result<Progress, Trouble> {
        self.stage = match &mut self.stage {
            Stage::Locations => {
                let locations = sources.linnworks.stock_locations(now)?;
                write(sources, now, vec![Setting::Locations(locations)], None)?;
                Stage::Services
            }
            Stage::Services => {
                let services = sources.linnworks.postal_services(now)?;
                write(sources, now, vec![Setting::Services(services)], None)?;
                Stage::Identifiers
            }
            Stage::Identifiers => {
                let (missing, changed) = adopt(sources, now)?;
                self.changed |= changed;
                // In a dry run nothing is written to Linnworks, so none is created.
                if missing.is_empty() || sources.rules.get().mode == Mode::DryRun {
                    Stage::Depots
                } else {
                    Stage::Create(missing)
                }
            }
            Stage::Create(missing) => match missing.first() {
                Some((tag, name)) => {
                    create(sources, now, tag, name)?;
                    missing.remove(0);
                    return Ok(Progress::More);
                }
                None => Stage::ReadBack,
            },
            Stage::ReadBack => {
                let (missing, changed) = adopt(sources, now)?;
                self.changed |= changed;
                self.missing |= !missing.is_empty();
                self.only_depots &= missing.is_empty();
                if let Some((tag, _)) = missing.first() {
                    log::warn!(
                        "{} identifiers do not show in Linnworks yet, {tag} among them",
                        missing.len()
                    );
                }
                Stage::Depots
            }
            Stage::Depots => {
                let depots = sources.stream.depots(now)?;
                write(sources, now, vec![Setting::Depots { at: now.wall, depots }], None)?;
                Stage::Read
            }
            Stage::Read => return Ok(Progress::Done),
        };
        self.failures = 0;
        Ok(Progress::More)
    }
}

/// Creates one identifier. Its outcome does not matter here: an unknown one is found or missed when
/// the list is read back, and creation is tried again only for those still missing then.
fn create(sources: &Sources, now: Now, tag: &Tag, name: &str) -> Result<(), Trouble> {
    match sources.linnworks.save_identifier(now, tag, name) {
        Ok(_) => Ok(()),
        Err(failure @ (Failure::Unknown { .. } | Failure::No(_))) => {
            log::warn!("creating the identifier {name}: {failure}; looking for it afterwards");
            Ok(())
        }
        Err(
            failure @ (Failure::Throttled { .. }
            | Failure::Unauthorised { .. }
            | Failure::Down { .. }
            | Failure::NotBefore(_)),
        ) => Err(failure.into()),
    }
}

/// Reads the account's identifiers and adopts ours. The first reading ever also decides whether a
/// predecessor worked here: its Sent identifier is already there. Answers what is missing, and
/// whether anything changed.
fn adopt(sources: &Sources, now: Now) -> Result<(Vec<(Tag, String)>, bool), Trouble> {
    let existing: Vec<(Tag, String)> =
        sources.linnworks.identifiers(now)?.into_iter().map(|one| (one.tag, one.name)).collect();
    let (table, missing) = TagTable::adopt(&sources.rules.get().names, &existing);
    let installed = sources
        .store
        .read(|view| view.installed())
        .map_err(|error| Trouble::Store(error.into()))?;
    let known =
        sources.store.read(|view| view.tags()).map_err(|error| Trouble::Store(error.into()))?;
    let changed = known != table;
    // A database that was built anew finds its own identifiers, and minds the mark of that instead.
    let rebuilt = sources
        .store
        .read(|view| view.quarantine())
        .map_err(|error| Trouble::Store(error.into()))?
        .is_some();
    let predecessor = table.tag(Mark::Sent).is_some() && !rebuilt;
    let mut settings = vec![Setting::Tags(table)];
    let mut event = None;
    if installed.as_ref().is_none_or(|installed| installed.predecessor.is_none()) {
        let at = installed.map_or(now.wall, |installed| installed.at);
        settings.push(Setting::Installed(Installed { at, predecessor: Some(predecessor) }));
        let text = match (predecessor, rebuilt) {
            (true, _) => {
                "first start: identifiers were here before us, so every older order is looked up in Stream first"
            }
            (false, true) => {
                "the database was built anew: every older order is looked up in Stream first"
            }
            (false, false) => "first start in this account",
        };
        event = Some(Event::Daemon(text.into()));
    }
    write(sources, now, settings, event)?;
    Ok((missing.into_iter().map(|(_, tag, name)| (tag, name)).collect(), changed))
}

fn write(
    sources: &Sources,
    now: Now,
    settings: Vec<Setting>,
    event: Option<Event>,
) -> Result<(), Trouble> {
    sources
        .store
        .write(now, move |_| {
            let mut changes = Changes::new();
            for setting in settings {
                changes.set(setting);
            }
            if let Some(event) = event {
                changes.daemon(event);
            }
            Ok::<_, FlowError>((changes, ()))
        })
        .map_err(|error| Trouble::Store(error.into()))
}
