//! The command line: arguments, human output, JSON output. Every command but `run`, `demo` and
//! `sandbox` asks the running daemon over its admin socket; none opens the database.
//!
//! One file a command; `json` has the documents that scripts rely on, `text` the tables for people.

mod act;
mod ask;
mod audit;
mod check_config;
mod config_show;
mod console;
mod demo;
mod exit;
mod jobs;
mod json;
mod label;
mod log;
mod order;
mod orders;
mod run;
mod runs;
mod sandbox;
mod services;
mod status;
mod text;
mod webhooks;
mod why;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
pub use exit::{Exit, Failed};
use tui::client::Client;
use tui::protocol::Action;

use crate::config::{LabelFormat, parse_duration};
use crate::domain::time::Delay;

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

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon in the foreground.
    Run,
    /// Show the main job with models of both systems: no account, no configuration, no privileges.
    Demo {
        /// Print what happens, one line an event. Also done when stdout is no terminal.
        #[arg(long)]
        headless: bool,
        /// End once every order that waited at the start has its shipment.
        #[arg(long)]
        until_sent: bool,
        /// Orders that wait at the start.
        #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        orders: u32,
    },
    /// Serve models of both systems on loopback until interrupted.
    Sandbox {
        /// Loopback address; port 0 takes free ones.
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
        bind: SocketAddr,
        /// What to do after how long: a JSON array of {"after_ms","control","body"}.
        #[arg(long, value_name = "FILE")]
        scenario: Option<PathBuf>,
        /// Whether shipments move along by themselves.
        #[arg(long, value_enum, default_value_t = ModeArg::Explicit)]
        mode: ModeArg,
    },
    /// The terminal dashboard.
    Console {
        /// Change nothing from here.
        #[arg(long)]
        read_only: bool,
        /// Leave the mouse to the terminal, so that text can be selected.
        #[arg(long)]
        no_mouse: bool,
        /// Draw with ASCII alone. Also done when the locale has no UTF-8, or with TERM=dumb.
        #[arg(long)]
        ascii: bool,
        /// Write the session down as an asciicast; personal data is masked as on the screen.
        #[arg(long, value_name = "FILE")]
        record: Option<PathBuf>,
        /// Play a session that was written down; needs no daemon.
        #[arg(long, value_name = "FILE", conflicts_with = "record")]
        replay: Option<PathBuf>,
    },
    /// One screen: both systems, the queue, orders by state, what needs a person.
    Status,
    /// List orders.
    Orders {
        /// Only in this state, such as waiting, refused or sent.
        #[arg(long)]
        state: Option<String>,
        /// Only those whose number, reference, tracking number or postcode contains this.
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// At most this many.
        #[arg(long, value_name = "N")]
        limit: Option<u32>,
    },
    /// One order with its timeline.
    Order {
        /// Linnworks order number.
        number: u64,
    },
    /// Why an order is where it is, in one sentence, and what to do next.
    Why {
        /// Linnworks order number.
        number: u64,
    },
    /// Send orders again that were refused, or that you have put right in Stream.
    Resend {
        /// Linnworks order numbers.
        #[arg(required = true, value_name = "NUMBER")]
        numbers: Vec<u64>,
    },
    /// Read the shipments of orders in Stream again now.
    Refresh {
        /// Linnworks order numbers.
        #[arg(required = true, value_name = "NUMBER")]
        numbers: Vec<u64>,
    },
    /// Cancel the shipments of orders in Stream.
    Cancel {
        /// Linnworks order numbers.
        #[arg(required = true, value_name = "NUMBER")]
        numbers: Vec<u64>,
    },
    /// List what is to be done: the outbox.
    Jobs {
        /// waiting, sending, unsure, parked or done; without it everything that is not done.
        #[arg(long)]
        state: Option<String>,
        /// At most this many.
        #[arg(long, value_name = "N")]
        limit: Option<u32>,
    },
    /// Try jobs again that are parked or were put off.
    Retry {
        /// Job ids, as listed by jobs.
        #[arg(
            required_unless_present = "all_parked",
            conflicts_with = "all_parked",
            value_name = "ID"
        )]
        jobs: Vec<String>,
        /// Every parked job.
        #[arg(long)]
        all_parked: bool,
    },
    /// An order's label again; with --sample one to try a printer with, which needs no daemon.
    Label {
        /// Linnworks order number.
        #[arg(required_unless_present = "sample", conflicts_with = "sample")]
        number: Option<u64>,
        /// Draw it in this layout instead of handing out what was printed: default,
        /// portrait-without-qr, portrait or compact.
        #[arg(long, value_name = "LAYOUT", conflicts_with = "sample", value_parser = label::layout)]
        format: Option<LabelFormat>,
        /// A label that nobody takes for a parcel's, in this layout.
        #[arg(long, value_name = "LAYOUT", value_parser = label::layout)]
        sample: Option<LabelFormat>,
        /// Where to; its ending says what is written: .png, .pdf or .zpl. "-" is PNG on stdout.
        /// Further pieces get -2, -3 and so on before the ending.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Create nothing in Stream until resumed; kept over restarts.
    Pause,
    /// Create in Stream again.
    Resume,
    /// Delivery runs and their stops, from yesterday on.
    Runs {
        /// Only of this day, such as 2026-11-26.
        #[arg(long)]
        day: Option<String>,
    },
    /// The stops of one run in loading order, to be printed.
    Runsheet {
        /// 7, 07, RUN 07, or its text as Stream has it.
        run: String,
        /// Its day, such as 2026-11-26, where two runs have the same name.
        #[arg(long)]
        day: Option<String>,
    },
    /// What Stream told us.
    Webhooks {
        /// At most this many.
        #[arg(long, value_name = "N")]
        limit: Option<u32>,
    },
    /// Handle a notification once more.
    Replay {
        /// Its id, as listed by webhooks.
        id: String,
    },
    /// The addresses to register with both systems. They hold a secret.
    Endpoints,
    /// Depots, methods, and how each Linnworks service resolves.
    Services,
    /// The no-loss account; exit 1 when it does not add up.
    Audit {
        /// Compare our own records only, without reading either system.
        #[arg(long)]
        local: bool,
    },
    /// Log at another level for a while; it reverts by itself.
    Log {
        /// How much: error, warn, info, debug or trace.
        level: String,
        /// How long, such as 30s, 15m or 2h; at most 24h.
        #[arg(long = "for", value_name = "DURATION", default_value = "15m", value_parser = parse_duration)]
        lasts: Delay,
    },
    /// Every problem of the configuration with its key and line; exit 2 when there is one.
    CheckConfig,
    /// The configuration that holds.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// The value of every key; of secrets only whether they are set.
    Show {
        /// Also where each comes from: a line of the file, a credential, or the default.
        #[arg(long)]
        origin: bool,
    },
}

/// Whether the sandbox moves shipments along by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ModeArg {
    /// By the clock.
    Auto,
    /// Only when told.
    Explicit,
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
        Command::Console { read_only, no_mouse, ascii, record, replay } => {
            let shown = console::Shown { read_only, no_mouse, ascii, record, replay };
            console::execute(&config, socket, shown)
        }
        Command::Sandbox { bind, scenario, mode } => {
            sandbox::execute(bind, scenario.as_deref(), mode == ModeArg::Auto)
        }
        Command::CheckConfig => check_config::execute(&config, json),
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
        Command::Run
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
