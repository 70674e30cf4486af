//! `linnstream check-config`: every problem of the configuration, each with its key and line.

use std::io::{self, Write as _};
use std::path::Path;

use super::{Exit, Failed, json};
use crate::config::{Config, Environment};

/// Prints the problems; `Usage` when there is one.
pub(super) fn execute(config: &Path, as_json: bool) -> Result<Exit, Failed> {
    let problems = Config::load(config, &Environment::of_process()).err();
    let mut out = io::stdout().lock();
    if as_json {
        let list = problems.as_ref().map_or(&[][..], |problems| &problems.list);
        json::print(&mut out, &json::check_config(list))?;
    } else {
        match &problems {
            Some(problems) => writeln!(out, "{problems}")?,
            None => writeln!(out, "{}: the configuration is in order", config.display())?,
        }
    }
    Ok(if problems.is_some() { Exit::Usage } else { Exit::Done })
}
