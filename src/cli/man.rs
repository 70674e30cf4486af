//! `linnstream man`: the manual. Section 1 is made of the command line itself, section 5 of the example
//! configuration, so that neither can say anything else than the program does; section 8, how it is
//! operated, is written by hand in `man/operations.roff` and gets the exit codes put in.
//!
//! One page for all commands and not one for each: what an operator looks for is found by searching it.
//!
//! - `commands`: section 1
//! - `keys`: section 5

mod commands;
mod keys;

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use clap_mangen::roff::{Roff, bold, roman};

use super::{Exit, Failed};

/// Section 8; `@VERSION@` and `@EXIT_STATUS@` are put in.
const OPERATIONS: &str = include_str!("man/operations.roff");

/// Prints section 1, or writes all sections into a folder.
pub(super) fn execute(out: Option<&Path>) -> Result<Exit, Failed> {
    let Some(folder) = out else {
        io::stdout().write_all(commands::page().as_bytes())?;
        return Ok(Exit::Done);
    };
    let failed = |path: &Path, error: io::Error| {
        Failed::new(Exit::Internal, format!("{} cannot be written: {error}", path.display()))
    };
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    for (name, text) in pages() {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| failed(&path, error))?;
    }
    Ok(Exit::Done)
}

/// Every page by the name of its file.
fn pages() -> [(&'static str, String); 3] {
    [
        ("linnstream.1", commands::page()),
        ("linnstream.toml.5", keys::page()),
        ("linnstream.8", operations()),
    ]
}

fn operations() -> String {
    let mut exits = Roff::new();
    exit_codes(&mut exits);
    OPERATIONS
        .replace("@VERSION@", env!("CARGO_PKG_VERSION"))
        .replace("@EXIT_STATUS@\n", &exits.to_roff())
}

/// Begins a page.
fn begin(name: &str, section: &str, about: &str) -> Roff {
    let source = format!("linnstream {}", env!("CARGO_PKG_VERSION"));
    let mut page = Roff::new();
    // Without a date, which would differ with each build: an empty word must be written as one.
    page.control("TH", [name, section, "\"\"", &source, "linnstream manual"])
        .control("SH", ["NAME"])
        .text([roman(format!("{} - {about}", name.to_lowercase()))]);
    page
}

/// What scripts and systemd may rely on.
fn exit_codes(page: &mut Roff) {
    for exit in Exit::ALL {
        page.control("TP", [])
            .text([bold((exit as i32).to_string())])
            .text([roman(exit.meaning())]);
    }
}

/// A sentence ends with a point, also where the command line's help leaves it out.
fn sentence(text: &str) -> String {
    let mut text = text.replace('\n', " ");
    if !text.ends_with(['.', ':', '?', '!']) {
        let _ = write!(text, ".");
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::super::Cli;
    use super::*;
    use crate::config::Config;
    use crate::domain::alarm::Code;

    fn page(name: &str) -> String {
        let page = pages().into_iter().find(|(known, _)| *known == name);
        // As it reads: what roff escapes is taken back.
        page.expect("there")
            .1
            .replace("\\-", "-")
            .replace("\\fB", "")
            .replace("\\fR", "")
            .replace("\\fI", "")
    }

    #[test]
    fn section_1_has_every_command_with_every_argument() {
        let text = page("linnstream.1");
        let mut commands: Vec<clap::Command> = Cli::command().get_subcommands().cloned().collect();
        commands.extend(commands.clone().iter().flat_map(|c| c.get_subcommands().cloned()));
        for command in commands {
            assert!(text.contains(command.get_name()), "{}", command.get_name());
            for argument in command.get_arguments() {
                let named = match argument.get_long() {
                    Some(long) => format!("--{long}"),
                    None => argument.get_value_names().expect("positional")[0].to_string(),
                };
                assert!(text.contains(&named), "{} {named}", command.get_name());
            }
        }
        for global in ["--config", "--socket", "--json", "LINNSTREAM_CONFIG"] {
            assert!(text.contains(global), "{global}");
        }
    }

    #[test]
    fn section_5_has_every_key_with_its_default() {
        let text = page("linnstream.toml.5");
        let defaults = Config::parse("", &Default::default()).expect("good").values();
        for key in defaults.keys() {
            let last = key.rsplit('.').next().expect("a name");
            assert!(text.contains(&format!("\n{last} = ")) || *key == "services", "{key}");
        }
        assert!(text.contains("poll_interval = \"60s\""), "{text}");
    }

    #[test]
    fn sections_1_and_8_have_every_exit_code() {
        for name in ["linnstream.1", "linnstream.8"] {
            let text = page(name);
            for exit in Exit::ALL {
                let entry = format!("\n{}\n{}", exit as i32, exit.meaning());
                assert!(text.contains(&entry), "{name}: {entry}");
            }
        }
        let put_in = |mark: &str| {
            !OPERATIONS.replace(mark, "").eq(OPERATIONS) && !page("linnstream.8").contains(mark)
        };
        assert!(put_in("@VERSION@") && put_in("@EXIT_STATUS@"));
    }

    #[test]
    fn section_8_says_what_to_do_about_every_standing_warning() {
        let text = page("linnstream.8");
        let missing: Vec<_> = Code::ALL
            .iter()
            .map(|code| code.word())
            .filter(|word| !text.contains(&format!("\n.B {word}\n")))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn all_pages_go_into_a_folder_that_is_made() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("deep/man");
        execute(Some(&folder)).expect("written");
        for (name, text) in pages() {
            assert_eq!(fs::read_to_string(folder.join(name)).expect("there"), text);
            assert!(text.contains("\n.SH NAME\n"), "{name}");
            let (title, section) = name.rsplit_once('.').expect("a section");
            let source =
                concat!("\"linnstream ", env!("CARGO_PKG_VERSION"), "\" \"linnstream manual\"");
            let first = text.lines().find(|line| line.starts_with(".TH ")).expect("a title");
            let wanted = format!(".TH {title} {section} \"\" {source}");
            assert!(first.eq_ignore_ascii_case(&wanted), "{first}\n{wanted}");
        }
        let blocked = place.path().join("file");
        fs::write(&blocked, "").expect("written");
        let failed = execute(Some(&blocked)).expect_err("no folder");
        assert!(failed.text.contains("cannot be written"), "{}", failed.text);
    }
}
