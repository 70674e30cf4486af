//! `linnstream compact`: room that nothing uses goes back to the disk, while the daemon is stopped.

use std::io::{self, Write as _};
use std::path::Path;

use super::restore::failed;
use super::{Exit, Failed, json};
use crate::runtime::offline;

/// Compacts and says how large the file was and is.
pub(super) fn execute(config: &Path, as_json: bool) -> Result<Exit, Failed> {
    let done = offline::compact(config).map_err(|error| failed(&error))?;
    let mut out = io::stdout().lock();
    let (before, after) = (done.sizes.before, done.sizes.after);
    if as_json {
        let document =
            serde_json::json!({ "before": before, "after": after, "written_anew": done.anew });
        json::print(&mut out, &document)?;
        return Ok(Exit::Done);
    }
    writeln!(out, "{before} bytes before, {after} bytes now")?;
    if done.anew {
        writeln!(out, "The file was written anew: nothing of what was deleted is left in it.")?;
    } else {
        writeln!(
            out,
            "The disk has no room for a second file, so this one was compacted in itself: what was deleted or \
             forgotten may still be found in it. Make room and compact again to be rid of it."
        )?;
    }
    Ok(Exit::Done)
}
