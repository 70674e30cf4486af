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

/// How soon, when Stream did not answer or identifiers are still missing.
pub const AGAIN: Delay = Delay::mins(1);

enum Stage {
    Locations,
    Services,
    Identifiers,
    Create(Vec<(Tag, String)>),
    /// After creating, the list is read back: a yes does not prove the effect.
    ReadBack,
    Depots,
}

/// One reading of the lists.
pub struct Reference {
    stage: Stage,
    /// Which tag stands for which mark has changed: orders may lack identifiers that exist now.
    changed: bool,
    /// Some identifiers could not be created yet.
    missing: bool,
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
    /// From the beginning. The first reading of a run counts as a change: the run before may have
    /// ended between learning of an identifier and looking through the orders.
    pub fn begin(first: bool) -> Self {
        Self { stage: Stage::Locations, changed: first, missing: false }
    }

    /// Whether orders must be looked through for identifiers they lack.
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// When the lists should be read again.
    pub fn again(&self) -> Delay {
        if self.missing { AGAIN } else { EVERY }
    }

    /// Whether all that is left is already known from before.
    pub fn can_wait(&self, sources: &Sources) -> bool {
        let known = || matches!(sources.store.read(|view| view.depots()), Ok(Some(_)));
        matches!(self.stage, Stage::Depots) && known()
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
                self.missing = !missing.is_empty();
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
                return Ok(Progress::Done);
            }
        };
        Ok(Progress::More)
    }
}

/// Creates one identifier. Its outcome does not matter here: an unknown one is found or missed when
/// the list is read back, and creation is tried again only for those still missing then.
fn create(sources: &Sources, now: Now, tag: &Tag, name: &str) -> Result<(), Trouble> {
    match sources.linnworks.save_identifier(now, tag, name) {
        Ok(_) => Ok(()),
        Err(Failure::Unknown { what }) => {
            log::warn!("creating the identifier {name}: {what}; looking for it afterwards");
            Ok(())
        }
        Err(failure) => Err(failure.into()),
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
    let predecessor = table.tag(Mark::Sent).is_some();
    let mut settings = vec![Setting::Tags(table)];
    let mut event = None;
    if installed.as_ref().is_none_or(|installed| installed.predecessor.is_none()) {
        let at = installed.map_or(now.wall, |installed| installed.at);
        settings.push(Setting::Installed(Installed { at, predecessor: Some(predecessor) }));
        event = Some(Event::Daemon(if predecessor {
            "first start: identifiers were here before us, so every older order is looked up in Stream first".into()
        } else {
            "first start in this account".into()
        }));
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
