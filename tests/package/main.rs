//! What is installed around the program: units, the Debian package, manual, completions, examples. All of it
//! without a system that runs systemd; `tests/lifecycle/run` has that.
//!
//! A test that needs a tool of the system says so and passes where the tool is missing; `.ci/run` installs it.
//!
//! - `units`: the unit files against systemd and against the program
//! - `deb`: what is in the package
//! - `manual`: pages and completions as the program makes them
//! - `examples`: alert rules, dashboard, proxies, the second account

mod deb;
mod examples;
mod manual;
mod units;

use std::path::PathBuf;
use std::process::{Command, Output};

/// A file of the repository.
fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The text of a file of the repository.
fn text(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Files of a folder of the repository, by name.
fn files(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(path(folder)).expect("a folder of the repository");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> =
        names.map(|name| name.into_string().expect("plain names")).collect();
    names.sort();
    names
}

/// Runs a tool, or says that it is not there.
fn tool(program: &str, arguments: &[&str]) -> Option<Output> {
    ran(Command::new(program).args(arguments), program)
}

/// Runs a command, or says that the tool is not there.
fn ran(command: &mut Command, name: &str) -> Option<Output> {
    match command.output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("not checked: {name} is not installed");
            None
        }
        Err(error) => panic!("{name}: {error}"),
    }
}

/// What a tool wrote, whatever it wrote to.
fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}
