//! `linnstream setup`: the first installation, with questions at a terminal or with a file of answers. What
//! people read while it goes on is on stderr; stdout has what came of it.
//!
//! - `questions`: what is asked
//! - `terminal`: asking, secrets without echo
//! - `guide`: the way through, trying each answer
//! - `report`: what came of it

mod guide;
mod questions;
mod report;
mod terminal;

use std::io::{self, IsTerminal as _};
use std::path::Path;

use guide::{Guide, Learned, stopped};
use report::Report;
use terminal::{Terminal, say};

use super::{Exit, Failed};
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Draft, Environment};
use crate::domain::time::Moment;
use crate::runtime::setup::{Setup, SetupError, Written};

/// The key that sending begins with.
const SENDING: &str = "sync.orders";

/// Asks, tries, installs, writes, and says what to do next.
pub(super) fn execute(
    config: &Path,
    as_json: bool,
    answers: Option<&Path>,
) -> Result<Exit, Failed> {
    if answers.is_none() && !io::stdin().is_terminal() {
        let text = "setup asks at a terminal, and this is none: answer with --answers FILE";
        return Err(Failed::new(Exit::Usage, text));
    }
    let environment = Environment::of_process();
    let given = match answers {
        Some(path) => Draft::answers(path).map_err(|problems| stopped(problems.into()))?,
        None => Draft::default(),
    };
    let mut setup = Setup::begin(config, &environment).map_err(stopped)?;
    let before = setup.before().shown(SENDING);
    let wanted = given.shown(SENDING).or_else(|| before.clone());
    let draft = given.over(setup.before());
    let terminal = answers.is_none().then_some(Terminal);
    let host = environment.host_name.unwrap_or_else(|| "linnstream".to_owned());
    let mut guide = Guide { setup: &setup, draft, terminal, host };
    let learned = guide.learn()?;
    let Guide { draft, terminal, host, .. } = guide;
    let report = install(&mut setup, draft, &learned, before.as_deref(), |setup, draft| {
        let mut guide = Guide { setup, draft, terminal, host };
        guide.sending(wanted)
    })?;
    report.print(as_json)?;
    Ok(if report.failed.is_some() { Exit::No } else { Exit::Done })
}

/// Everything that follows from the answers. `sending` answers, after the dry run, whether sending begins.
fn install(
    setup: &mut Setup,
    mut draft: Draft,
    learned: &Learned,
    before: Option<&str>,
    sending: impl FnOnce(&Setup, Draft) -> Result<String, Failed>,
) -> Result<Report, Failed> {
    let Learned { config, account } = learned;
    let now = || SystemClock::continuing(Moment(0)).now().wall;
    say("Creating the database and the identifiers ...");
    let installed = setup.install(config, account).map_err(stopped)?;
    // Nothing is sent before somebody has seen what would be.
    draft.set_text(SENDING, before.unwrap_or("off"));
    show_changes(setup, &draft);
    let mut written = setup.write(&draft, true, now()).map_err(stopped)?;
    say("Reading the open orders, to see what would be sent ...");
    let dry_run = setup.dry_run(config, &installed);
    if let Ok(found) = &dry_run {
        say(&format!("{}.", found.sentence()));
    }
    let (failed, dry_run) = match dry_run {
        Ok(found) => (None, Some(found)),
        Err(error @ SetupError::Missing(_)) => (Some(error.to_string()), None),
        Err(error) => return Err(stopped(error)),
    };
    if failed.is_none() {
        let word = sending(setup, draft.clone())?;
        draft.set_text(SENDING, &word);
        let more = setup.write(&draft, written.files.is_empty(), now()).map_err(stopped)?;
        written = both(written, more);
    }
    installed.close().map_err(stopped)?;
    let endpoints = setup.endpoints(config).map_err(stopped)?;
    Ok(Report {
        written,
        created: installed.created,
        predecessor: installed.predecessor,
        dry_run,
        failed,
        sending: draft.shown(SENDING).unwrap_or_default(),
        public: config.listener.public_url.is_some(),
        endpoints,
    })
}

/// What of an existing configuration becomes something else.
fn show_changes(setup: &Setup, draft: &Draft) {
    let before = setup.before();
    let (other, new): (Vec<String>, Vec<String>) =
        before.differences(draft).into_iter().partition(|key| before.has(key));
    if other.is_empty() {
        return;
    }
    say("The configuration that is there differs, and is kept beside the new one:");
    let shown = |draft: &Draft, key: &str| draft.shown(key).unwrap_or_else(|| "not set".to_owned());
    for key in other {
        say(&format!("  {key}: {} becomes {}", shown(before, &key), shown(draft, &key)));
    }
    if !new.is_empty() {
        say(&format!("  New: {}", new.join(", ")));
    }
}

fn both(mut one: Written, other: Written) -> Written {
    for file in other.files {
        if !one.files.contains(&file) {
            one.files.push(file);
        }
    }
    one.copy = one.copy.or(other.copy);
    for key in other.changed {
        if !one.changed.contains(&key) {
            one.changed.push(key);
        }
    }
    one
}
