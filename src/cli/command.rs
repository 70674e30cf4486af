//! What can be asked for: the commands and their arguments. Their help texts are the manual pages, too.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::label;
use crate::config::{LabelFormat, parse_duration};
use crate::domain::time::Delay;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
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
        /// Show tracking pages as plain text. Else they are links where the terminal is known to take them;
        /// FORCE_HYPERLINK=1 or 0 says whether this one does.
        #[arg(long)]
        no_links: bool,
        /// The command that prints what comes on its stdin, such as "lp -d van"; S prints a run sheet.
        #[arg(long, value_name = "COMMAND")]
        printer: Option<String>,
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
    /// First installation: asks for what is needed, tries it, writes the configuration and the secret
    /// files, creates the identifiers, and says what to register where.
    Setup {
        /// Answers in a TOML file, for an installation without questions.
        #[arg(long, value_name = "FILE")]
        answers: Option<PathBuf>,
    },
    /// Check everything that can go wrong here; a remedy for each fault. Exit 1 when there is one.
    Doctor {
        /// Answer by experiment what is not documented of both systems. For a demo account.
        #[arg(long)]
        measure: bool,
    },
    /// Copy the database while the daemon runs. The copy holds no secrets.
    Backup {
        /// The copy; it must not be there yet.
        file: PathBuf,
    },
    /// Put a copy in place of the database. The daemon must be stopped.
    Restore {
        /// A copy made by backup.
        file: PathBuf,
        /// Also over a database that is there; it is kept beside.
        #[arg(long)]
        force: bool,
    },
    /// Make a new database for one that is lost, by looking everything up in Stream and Linnworks. The
    /// daemon must be stopped.
    Rebuild,
    /// Check a copy, or the database of a stopped daemon, and print what is in it.
    Inspect {
        /// A copy made by backup; without it the database itself.
        file: Option<PathBuf>,
    },
    /// Give room in the database that nothing uses back to the disk. The daemon must be stopped.
    Compact,
    /// Write one file for a support case, without secrets and personal data.
    Support {
        /// The file; it must not be there yet.
        file: PathBuf,
    },
    /// Erase what is personal of an order; numbers, states and times stay.
    Forget {
        /// Linnworks order number.
        number: u64,
    },
    /// Print a completion script for a shell.
    Completions {
        /// bash, zsh, fish, elvish or powershell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write all of them into a folder.
    Man {
        /// Folder for the pages of sections 1, 5 and 8.
        #[arg(long, value_name = "FOLDER")]
        out: Option<PathBuf>,
    },
    /// The configuration that holds.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// The value of every key; of secrets only whether they are set.
    Show {
        /// Also where each comes from: a line of the file, a credential, or the default.
        #[arg(long)]
        origin: bool,
    },
}

/// Whether the sandbox moves shipments along by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ModeArg {
    /// By the clock.
    Auto,
    /// Only when told.
    Explicit,
}
