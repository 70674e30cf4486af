//! Section 1, from the declaration of the command line.

use clap::{Arg, ArgAction, Command, CommandFactory as _};
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use super::super::Cli;
use super::{begin, exit_codes, sentence};

/// Where things are, with what they are.
const FILES: [(&str, &str); 5] = [
    ("/etc/linnstream/config.toml", "The configuration; see linnstream.toml(5)."),
    ("/etc/linnstream/credentials/", "A file for each secret, readable by root alone."),
    (
        "/var/lib/linnstream/linnstream.redb",
        "The database, and beside it secrets that were made here.",
    ),
    (
        "/run/linnstream/admin.sock",
        "Where the daemon is asked. For root and members of the group linnstream.",
    ),
    (
        "/usr/share/doc/linnstream/examples/",
        "Proxies, tunnels, alert rules, a dashboard, a second account.",
    ),
];

const ENVIRONMENT: [(&str, &str); 4] = [
    ("LINNSTREAM_CONFIG", "The configuration file, when --config does not name it."),
    ("CREDENTIALS_DIRECTORY", "Where systemd puts the credentials of the unit."),
    ("NO_COLOR", "When it is set, the console and the log have no colours."),
    ("LC_ALL, LC_CTYPE, LANG, TERM", "Whether the console may draw with more than ASCII."),
];

/// The whole page.
pub(super) fn page() -> String {
    let program = Cli::command();
    let about = program.get_about().map(ToString::to_string).unwrap_or_default();
    let mut page = begin("LINNSTREAM", "1", &lower(about.trim_end_matches('.')));
    page.control("SH", ["SYNOPSIS"]).text([
        bold("linnstream"),
        roman(" [--config "),
        italic("FILE"),
        roman("] [--socket "),
        italic("PATH"),
        roman("] [--json] "),
        italic("COMMAND"),
    ]);
    page.control("SH", ["DESCRIPTION"])
        .text([roman(
            "linnstream watches a Linnworks account for orders whose shipping service belongs to Stream and creates \
             each of them as a shipment in Stream, exactly once. It writes tracking numbers back, keeps identifiers on \
             the orders that say where they stand, and draws labels.",
        )])
        .control("PP", [])
        .text([roman(
            "run is the daemon. Most other commands ask it over its admin socket; none of them opens the database \
             while it runs. Orders are named by their Linnworks order number.",
        )]);
    page.control("SH", ["OPTIONS"]);
    for option in program.get_arguments() {
        entry(&mut page, option);
    }
    page.control("SH", ["COMMANDS"]);
    for command in program.get_subcommands() {
        section(&mut page, "linnstream", command);
    }
    page.control("SH", ["EXIT STATUS"]);
    exit_codes(&mut page);
    for (title, list) in [("FILES", &FILES[..]), ("ENVIRONMENT", &ENVIRONMENT[..])] {
        page.control("SH", [title]);
        for (name, what) in list {
            page.control("TP", []).text([bold(*name)]).text([roman(*what)]);
        }
    }
    page.control("SH", ["SEE ALSO"]).text([
        bold("linnstream.toml"),
        roman("(5), "),
        bold("linnstream"),
        roman("(8), "),
        bold("systemctl"),
        roman("(1), "),
        bold("journalctl"),
        roman("(1)"),
    ]);
    page.render()
}

/// A command and those below it.
fn section(page: &mut Roff, above: &str, command: &Command) {
    let name = format!("{above} {}", command.get_name());
    if command.has_subcommands() {
        for below in command.get_subcommands() {
            section(page, &name, below);
        }
        return;
    }
    let arguments: Vec<&Arg> = command.get_arguments().filter(|one| !one.is_global_set()).collect();
    let usage = arguments.iter().map(|one| usage(one)).collect::<Vec<_>>().join(" ");
    let about = command.get_long_about().or(command.get_about());
    page.control("SS", [format!("{name} {usage}").trim_end()])
        .text([roman(sentence(&about.map(ToString::to_string).unwrap_or_default()))]);
    for argument in arguments {
        entry(page, argument);
    }
}

/// As it stands in a line of usage.
fn usage(argument: &Arg) -> String {
    let several = matches!(argument.get_action(), ArgAction::Append)
        || argument.get_num_args().is_some_and(|count| count.max_values() > 1);
    let dots = if several { "..." } else { "" };
    let text = match argument.get_long() {
        Some(long) if takes_value(argument) => format!("--{long} {}", value(argument)),
        Some(long) => format!("--{long}"),
        None => format!("{}{dots}", value(argument)),
    };
    if argument.is_required_set() { text } else { format!("[{text}]") }
}

fn takes_value(argument: &Arg) -> bool {
    matches!(argument.get_action(), ArgAction::Set | ArgAction::Append)
}

/// What stands for its value.
fn value(argument: &Arg) -> String {
    let named = argument.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    named.unwrap_or_else(|| argument.get_id().as_str().to_uppercase())
}

/// One argument, what it does, what it may be, and what holds without it.
fn entry(page: &mut Roff, argument: &Arg) {
    let mut head: Vec<Inline> = Vec::new();
    match argument.get_long() {
        Some(long) => {
            head.push(bold(format!("--{long}")));
            if takes_value(argument) {
                head.extend([roman(" "), italic(value(argument))]);
            }
        }
        None => head.push(italic(value(argument))),
    }
    let help = argument.get_long_help().or(argument.get_help());
    let mut text = sentence(&help.map(ToString::to_string).unwrap_or_default());
    if takes_value(argument) {
        let words: Vec<String> =
            argument.get_possible_values().iter().map(|word| word.get_name().to_owned()).collect();
        if !words.is_empty() {
            text.push_str(&format!(" One of {}.", words.join(", ")));
        }
        let defaults: Vec<_> =
            argument.get_default_values().iter().map(|text| text.to_string_lossy()).collect();
        if !defaults.is_empty() {
            text.push_str(&format!(" Default: {}.", defaults.join(" ")));
        }
    }
    if let Some(variable) = argument.get_env() {
        text.push_str(&format!(" Also: ${}.", variable.to_string_lossy()));
    }
    page.control("TP", []).text(head).text([roman(text)]);
}

/// With a small first letter, as a NAME section has it.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
