//! The command line: arguments, human output, JSON output. Most commands ask the running daemon over its
//! admin socket; those on the database of a stopped one go through `runtime`.
//!
//! One file a command; `json` has the documents that scripts rely on, `text` the tables for people.

mod act;
mod ask;
mod audit;
mod backup;
mod check_config;
mod command;
mod compact;
mod completions;
mod config_show;
mod console;
mod demo;
mod doctor;
mod exit;
mod forget;
mod inspect;
mod jobs;
mod json;
mod label;
mod log;
mod man;
mod measure;
mod order;
mod orders;
mod rebuild;
mod restore;
mod run;
mod runs;
mod sandbox;
mod services;
mod setup;
mod status;
mod support;
mod text;
mod webhooks;
mod why;

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::Parser;
use command::{Command, ConfigCommand, ModeArg};
pub use exit::{Exit, Failed};
use tui::client::Client;
use tui::protocol::Action;

/// Sends Linnworks orders to Stream, each exactly once.
#[derive(Debug, Parser)]
#[command(name = "linnstream", version, max_term_width = 100)]
pub struct Cli {
    /// Configuration file.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "LINNSTREAM_CONFIG",
        default_value = "/etc/linnstream/config.toml"
    )]
    config: PathBuf,

    /// Admin socket of the daemon, instead of the one in the configuration.
    #[arg(long, global = true, value_name = "PATH")]
    socket: Option<PathBuf>,

    /// Print one JSON document and nothing else on stdout.
    #[arg(long, global = true)]
    json: bool,

    #[command(subcommand)]
    command: Command,
}

/// Reads the arguments and does what they say. Errors go to stderr as a sentence, or to stdout as
/// `{"error": TEXT}` when JSON was asked for.
pub fn main() -> Exit {
    // Looked at before parsing, so that a wrong argument is answered in the form asked for.
    let wants_json = std::env::args_os().any(|argument| argument == "--json");
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if !error.use_stderr() => {
            let _ = error.print();
            return Exit::Done;
        }
        Err(error) => {
            if wants_json {
                report(true, &first_line(&error.to_string()));
            } else {
                let _ = error.print();
            }
            return Exit::Usage;
        }
    };
    let json = cli.json;
    match execute(cli) {
        Ok(exit) => exit,
        Err(failed) => {
            report(json, &failed.text);
            failed.exit
        }
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

fn report(json: bool, text: &str) {
    if json {
        let _ = writeln!(io::stdout(), "{}", serde_json::json!({ "error": text }));
    } else {
        let _ = writeln!(io::stderr(), "linnstream: {text}");
    }
}

fn execute(cli: Cli) -> Result<Exit, Failed> {
    let Cli { config, socket, json, command } = cli;
    let done = match command {
        Command::Run => run::execute(&config, socket.as_deref()),
        Command::Demo { headless, until_sent, orders } => {
            demo::execute(headless, until_sent, orders)
        }
        Command::Console { read_only, no_mouse, ascii, no_links, printer, record, replay } => {
            let shown =
                console::Shown { read_only, no_mouse, ascii, no_links, printer, record, replay };
            console::execute(&config, socket, shown)
        }
        Command::Sandbox { bind, scenario, mode } => {
            sandbox::execute(bind, scenario.as_deref(), mode == ModeArg::Auto)
        }
        Command::CheckConfig => check_config::execute(&config, json),
        Command::Setup { answers } => setup::execute(&config, json, answers.as_deref()),
        Command::Doctor { measure: false } => doctor::execute(&config, socket, json),
        Command::Doctor { measure: true } => measure::execute(&config, json),
        Command::Restore { file, force } => restore::execute(&config, json, &file, force),
        Command::Rebuild => rebuild::execute(&config, json),
        Command::Inspect { file } => inspect::execute(&config, json, file.as_deref()),
        Command::Compact => compact::execute(&config, json),
        Command::Support { file } => support::execute(&config, socket, json, &file),
        Command::Completions { shell } => completions::execute(shell),
        Command::Man { out } => man::execute(out.as_deref()),
        Command::Label { number: None, sample: Some(layout), out, format: _ } => {
            label::sample(&config, json, layout, out)
        }
        Command::Config { command: ConfigCommand::Show { origin } } => {
            config_show::execute(&config, json, origin)
        }
        asking => {
            ask::connect(&config, socket).and_then(|mut daemon| ask_for(&mut daemon, json, asking))
        }
    };
    done.or_else(|failed| if failed.is_broken_pipe() { Ok(Exit::Done) } else { Err(failed) })
}

/// Commands that the daemon answers.
fn ask_for(daemon: &mut Client, json: bool, command: Command) -> Result<Exit, Failed> {
    match command {
        Command::Status => status::execute(daemon, json),
        Command::Orders { state, search, limit } => {
            orders::execute(daemon, json, state, search, limit)
        }
        Command::Order { number } => order::execute(daemon, json, number),
        Command::Jobs { state, limit } => jobs::execute(daemon, json, state, limit),
        Command::Why { number } => why::execute(daemon, json, number),
        Command::Resend { numbers } => act::resend(daemon, json, &numbers),
        Command::Refresh { numbers } => act::refresh(daemon, json, &numbers),
        Command::Cancel { numbers } => act::cancel(daemon, json, &numbers),
        Command::Retry { jobs, all_parked: _ } => act::retry(daemon, json, &jobs),
        Command::Pause => act::execute(daemon, json, [Action::Pause]),
        Command::Resume => act::execute(daemon, json, [Action::Resume]),
        Command::Runs { day } => runs::execute(daemon, json, day),
        Command::Runsheet { run, day } => runs::sheet(daemon, json, &run, day),
        Command::Webhooks { limit } => webhooks::execute(daemon, json, limit),
        Command::Replay { id } => act::execute(daemon, json, [Action::Replay { id }]),
        Command::Endpoints => webhooks::endpoints(daemon, json),
        Command::Services => services::execute(daemon, json),
        Command::Audit { local } => audit::execute(daemon, json, local),
        Command::Log { level, lasts } => log::execute(daemon, json, &level, lasts),
        Command::Label { number: Some(number), format, out, sample: _ } => {
            label::execute(daemon, json, number, format, out)
        }
        Command::Backup { file } => backup::execute(daemon, json, &file),
        Command::Forget { number } => forget::execute(daemon, json, number),
        Command::Run
        | Command::Setup { .. }
        | Command::Doctor { .. }
        | Command::Restore { .. }
        | Command::Rebuild
        | Command::Inspect { .. }
        | Command::Compact
        | Command::Support { .. }
        | Command::Completions { .. }
        | Command::Man { .. }
        | Command::Demo { .. }
        | Command::Console { .. }
        | Command::Sandbox { .. }
        | Command::CheckConfig
        | Command::Label { .. }
        | Command::Config { .. } => Err(Failed::new(Exit::Internal, "this command asks no daemon")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;
    use tui::client::ClientError;
    use tui::protocol::ErrorKind;

    #[test]
    fn the_arguments_are_consistent_and_help_lists_exactly_what_exists() {
        Cli::command().debug_assert();
        let names: Vec<String> =
            Cli::command().get_subcommands().map(|c| c.get_name().to_owned()).collect();
        assert_eq!(
            names,
            [
                "run",
                "demo",
                "sandbox",
                "console",
                "status",
                "orders",
                "order",
                "why",
                "resend",
                "refresh",
                "cancel",
                "jobs",
                "retry",
                "label",
                "pause",
                "resume",
                "runs",
                "runsheet",
                "webhooks",
                "replay",
                "endpoints",
                "services",
                "audit",
                "log",
                "check-config",
                "setup",
                "doctor",
                "backup",
                "restore",
                "rebuild",
                "inspect",
                "compact",
                "support",
                "forget",
                "completions",
                "man",
                "config"
            ]
        );
    }

    #[test]
    fn global_flags_stand_before_or_after_the_command() {
        for line in [
            ["linnstream", "--json", "--socket", "/s", "order", "7"],
            ["linnstream", "order", "7", "--json", "--socket", "/s"],
        ] {
            let cli = Cli::try_parse_from(line).expect("parses");
            assert!(cli.json && cli.socket == Some("/s".into()));
        }
    }

    #[test]
    fn an_answer_of_the_daemon_maps_to_its_exit_code() {
        let daemon = |kind| ClientError::Daemon { kind, text: "text".into() };
        for (error, exit) in [
            (daemon(ErrorKind::NotFound), Exit::No),
            (daemon(ErrorKind::Unavailable), Exit::No),
            (daemon(ErrorKind::BadRequest), Exit::Usage),
            (daemon(ErrorKind::Refused), Exit::Refused),
            (daemon(ErrorKind::Internal), Exit::Internal),
            (ClientError::Version("old".into()), Exit::Refused),
        ] {
            assert_eq!(Failed::from(error).exit, exit);
        }
    }
}
