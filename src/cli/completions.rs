//! `linnstream completions`: what a shell needs to complete our command line.

use std::io::{self, Write as _};

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Cli, Exit, Failed};

/// Prints the script for a shell.
pub(super) fn execute(shell: Shell) -> Result<Exit, Failed> {
    io::stdout().write_all(&script(shell))?;
    Ok(Exit::Done)
}

/// Made in memory first: the generator panics when its output goes away.
fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "linnstream", &mut script);
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_completes_every_command() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Elvish, Shell::PowerShell] {
            let script = String::from_utf8(script(shell)).expect("text");
            for command in Cli::command().get_subcommands() {
                assert!(script.contains(command.get_name()), "{shell}: {}", command.get_name());
            }
            assert!(script.contains("until-sent"), "{shell}: options of commands");
        }
    }
}
