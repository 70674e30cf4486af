//! `linnstream restore`: a copy in place of the database, while the daemon is stopped.

use std::io::{self, Write as _};
use std::path::Path;

use super::run::chain;
use super::{Exit, Failed, inspect, json};
use crate::runtime::offline::{self, OfflineError};
use crate::store::StoreError;

/// Restores and says what was.
pub(super) fn execute(
    config: &Path,
    as_json: bool,
    file: &Path,
    force: bool,
) -> Result<Exit, Failed> {
    let done = offline::restore(config, file, force).map_err(|error| failed(&error))?;
    let mut out = io::stdout().lock();
    if as_json {
        let mut document = inspect::document(&done.database, &done.found);
        document["kept"] = done.kept.as_ref().map(|path| path.display().to_string()).into();
        document["looked_up_first"] = done.looked_for.into();
        json::print(&mut out, &document)?;
        return Ok(Exit::Done);
    }
    let orders: u64 = done.found.orders.values().sum();
    writeln!(out, "{}: restored, {orders} orders", done.database.display())?;
    if let Some(kept) = &done.kept {
        writeln!(out, "The database before is kept as {}", kept.display())?;
    }
    writeln!(
        out,
        "What was sent since the copy was made is not in it: {} orders that wait, and every order received until \
         now that it does not know, are looked up in Stream before anything is sent.\n\
         Put the credential files back as backup listed them, then start the daemon.",
        done.looked_for
    )?;
    Ok(Exit::Done)
}

/// How commands on a stopped installation end when nothing was done.
pub(super) fn failed(error: &OfflineError) -> Failed {
    let exit = match error {
        OfflineError::Config(_) => Exit::Usage,
        OfflineError::Running { .. }
        | OfflineError::Exists { .. }
        | OfflineError::Itself { .. }
        | OfflineError::NoCopy { .. }
        | OfflineError::Damaged { .. }
        | OfflineError::NoRoom(_)
        | OfflineError::Store(
            StoreError::AlreadyOpen { .. } | StoreError::Newer { .. } | StoreError::Missing { .. },
        ) => Exit::Refused,
        OfflineError::Store(StoreError::Corrupt { .. } | StoreError::Damaged { .. }) => Exit::No,
        OfflineError::Store(_) | OfflineError::File { .. } | OfflineError::Prepare(_) => {
            Exit::Internal
        }
    };
    Failed::new(exit, chain(error))
}
