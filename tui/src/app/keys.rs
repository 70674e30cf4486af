//! One table of commands. What a key does, what the footer and the help show and what the palette offers
//! all come from it, so that they cannot differ.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::model::{Model, Screen};
use crate::protocol::screens::Body;

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// To a screen.
    Go(Screen),
    /// To the next screen, or the one before.
    Cycle(bool),
    /// Up or down by rows.
    Move(i64),
    /// By screens.
    Leaf(bool),
    /// To the first or the last row.
    Jump(bool),
    /// Into the row.
    Open,
    /// Back.
    Back,
    /// Leave.
    Quit,
    /// Type a filter.
    Filter,
    /// Type a command.
    Palette,
    /// The keys.
    Help,
    /// Pick the row.
    Pick,
    /// The next column to sort by.
    Sort,
    /// The other way round.
    Reverse,
    /// Send again what is meant.
    Resend,
    /// Send again all that the filter finds.
    ResendAll,
    /// Read in Stream again.
    Refresh,
    /// Cancel in Stream.
    CancelOrder,
    /// Try a job again.
    Retry,
    /// Handle a notification again.
    Replay,
    /// Create nothing until resumed, or go on.
    Pause,
    /// Ages or exact times.
    Times,
    /// Show personal data.
    Reveal,
    /// Copy the number.
    Copy,
    /// Copy the tracking page.
    CopyLink,
    /// Write the run sheet.
    RunSheet,
    /// Print the run sheet.
    PrintSheet,
    /// What was last said about the order, or what happened to it.
    Exchanges,
    /// The day before, or after.
    Day(bool),
    /// Follow the journal, or hold it.
    Follow,
    /// Let the terminal select text.
    Mouse,
}

/// A key and what it does.
pub struct Binding {
    /// What.
    pub command: Command,
    /// By which keys, as they are shown.
    pub keys: &'static str,
    /// By which keys.
    pub codes: &'static [KeyCode],
    /// Name in the palette.
    pub name: &'static str,
    /// A few words for the footer; empty when it is not shown there.
    pub hint: &'static str,
    /// Where and when it works.
    pub works: fn(&Model) -> bool,
}

const fn bind(
    command: Command,
    keys: &'static str,
    codes: &'static [KeyCode],
    name: &'static str,
    hint: &'static str,
    works: fn(&Model) -> bool,
) -> Binding {
    Binding { command, keys, codes, name, hint, works }
}

use KeyCode::{Char, Down, End, Enter, Esc, Home, Left, PageDown, PageUp, Right, Tab, Up};

fn always(_: &Model) -> bool {
    true
}

fn has_orders(model: &Model) -> bool {
    model.may_act() && !model.orders().is_empty()
}

/// What is not in Stream is neither read nor cancelled there; of a list only the daemon knows it.
fn may_be_in_stream(model: &Model) -> bool {
    match model.body() {
        Some(Body::Order(one)) => one.detail.order.consignment.is_some(),
        _ => true,
    }
}

fn has_rows(model: &Model) -> bool {
    model.list().total > 0 || model.own_rows().is_some_and(|rows| rows > 0)
}

fn is_list(model: &Model) -> bool {
    model.is_list()
}

fn opens(model: &Model) -> bool {
    match model.screen {
        Screen::Errors | Screen::Orders => model.list().focus.is_some(),
        Screen::Queue | Screen::Webhooks | Screen::Overview | Screen::Runs => {
            !model.orders().is_empty()
        }
        _ => false,
    }
}

/// All of them, in the order in which the footer shows them.
pub const BINDINGS: &[Binding] = &[
    bind(Command::Open, "Enter", &[Enter, Char('l')], "open", "open", opens),
    bind(Command::RunSheet, "s", &[Char('s')], "run sheet", "run sheet", |m| {
        m.screen == Screen::Runs && m.stop().is_some()
    }),
    bind(Command::PrintSheet, "S", &[Char('S')], "print the run sheet", "print it", |m| {
        m.screen == Screen::Runs && m.options.printer && m.stop().is_some()
    }),
    bind(Command::Resend, "r", &[Char('r')], "send again", "send again", |m| {
        has_orders(m) && m.screen != Screen::Queue && m.screen != Screen::Webhooks
    }),
    bind(Command::Retry, "r", &[Char('r')], "try the job again", "try again", |m| {
        m.may_act() && m.screen == Screen::Queue && m.list().focus.is_some()
    }),
    bind(Command::Replay, "r", &[Char('r')], "handle again", "handle again", |m| {
        m.may_act() && m.screen == Screen::Webhooks && m.list().focus.is_some()
    }),
    bind(Command::ResendAll, "R", &[Char('R')], "send all again", "send all again", |m| {
        m.may_act() && matches!(m.screen, Screen::Errors) && m.list().total > 0
    }),
    bind(Command::Refresh, "f", &[Char('f')], "read Stream again", "read Stream again", |m| {
        has_orders(m) && m.screen != Screen::Errors && may_be_in_stream(m)
    }),
    bind(Command::CancelOrder, "X", &[Char('X')], "cancel in Stream", "cancel", |m| {
        let here = matches!(m.screen, Screen::Order(_) | Screen::Orders);
        here && has_orders(m) && may_be_in_stream(m)
    }),
    bind(
        Command::Exchanges,
        "e",
        &[Char('e')],
        "last answers about the order",
        "answers",
        |m| matches!(m.body(), Some(Body::Order(one)) if !one.exchanges.is_empty()),
    ),
    bind(Command::Day(false), "h", &[Left, Char('h')], "day before", "", |m| {
        m.screen == Screen::Runs
    }),
    bind(Command::Day(true), "l", &[Right], "day after", "", |m| m.screen == Screen::Runs),
    bind(Command::Follow, "f", &[Char('f')], "follow or hold", "hold/follow", |m| {
        m.screen == Screen::Activity
    }),
    bind(Command::Pick, "Space", &[Char(' ')], "pick", "pick", |m| {
        matches!(m.screen, Screen::Orders | Screen::Errors) && m.list().focus.is_some()
    }),
    bind(Command::Sort, "o", &[Char('o')], "sort by the next column", "sort", is_list),
    bind(Command::Reverse, "O", &[Char('O')], "sort the other way round", "", is_list),
    bind(Command::Filter, "/", &[Char('/')], "find", "find", |m| {
        is_list(m) || m.screen == Screen::Overview
    }),
    bind(Command::Copy, "y", &[Char('y')], "copy the number", "copy", |m| !m.orders().is_empty()),
    bind(
        Command::CopyLink,
        "Y",
        &[Char('Y')],
        "copy the tracking page",
        "",
        |m| matches!(m.body(), Some(Body::Order(one)) if one.detail.order.tracking_url.is_some()),
    ),
    bind(Command::Help, "?", &[Char('?')], "help", "help", always),
    bind(Command::Back, "Esc", &[Esc, KeyCode::Backspace], "back", "back", |m| {
        !m.trail.is_empty()
            || !m.list().filter.is_empty()
            || !m.list().picked.is_empty()
            || m.overlay.is_some()
            || m.pending.is_some()
            || m.exchanges
    }),
    bind(Command::Quit, "q", &[Char('q')], "leave", "leave", always),
    bind(Command::Palette, ":", &[Char(':')], "command", "", always),
    bind(Command::Move(-1), "k ↑", &[Up, Char('k')], "up", "", always),
    bind(Command::Move(1), "j ↓", &[Down, Char('j')], "down", "", always),
    bind(Command::Leaf(false), "PgUp", &[PageUp], "a screen up", "", always),
    bind(Command::Leaf(true), "PgDn", &[PageDown], "a screen down", "", always),
    bind(Command::Jump(false), "g", &[Home, Char('g')], "first", "", has_rows),
    bind(Command::Jump(true), "G", &[End, Char('G')], "last", "", has_rows),
    bind(Command::Cycle(true), "Tab", &[Tab], "next screen", "", always),
    bind(Command::Cycle(false), "S-Tab", &[KeyCode::BackTab], "screen before", "", always),
    bind(Command::Go(Screen::Overview), "1", &[Char('1')], "overview", "", always),
    bind(Command::Go(Screen::Orders), "2", &[Char('2')], "orders", "", always),
    bind(Command::Go(Screen::Queue), "3", &[Char('3')], "queue", "", always),
    bind(Command::Go(Screen::Errors), "4", &[Char('4')], "errors", "", always),
    bind(Command::Go(Screen::Runs), "5", &[Char('5')], "runs", "", always),
    bind(Command::Go(Screen::Webhooks), "6", &[Char('6')], "webhooks", "", always),
    bind(Command::Go(Screen::Services), "7", &[Char('7')], "services", "", always),
    bind(Command::Go(Screen::Activity), "8", &[Char('8')], "activity", "", always),
    bind(Command::Go(Screen::Settings), "9", &[Char('9')], "settings", "", always),
    bind(Command::Pause, "P", &[Char('P')], "pause or resume sending", "", Model::may_act),
    bind(Command::Times, "t", &[Char('t')], "ages or exact times", "", always),
    bind(Command::Reveal, "v", &[Char('v')], "show or mask personal data", "", Model::may_act),
    bind(Command::Mouse, "m", &[Char('m')], "mouse on or off", "", always),
];

/// What a key does now.
pub fn meant(model: &Model, key: KeyEvent) -> Option<Command> {
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return match key.code {
            Char('c') => Some(Command::Quit),
            Char('d') => Some(Command::Leaf(true)),
            Char('u') => Some(Command::Leaf(false)),
            _ => None,
        };
    }
    let bound = |binding: &&Binding| binding.codes.contains(&key.code) && (binding.works)(model);
    BINDINGS.iter().find(bound).map(|binding| binding.command)
}

/// Commands that work now and whose name has all these words.
pub fn named(model: &Model, input: &str) -> Vec<&'static Binding> {
    let input = input.to_lowercase();
    let words: Vec<&str> = input.split_whitespace().collect();
    let found = |binding: &&Binding| {
        (binding.works)(model)
            && !matches!(binding.command, Command::Palette)
            && words.iter().all(|word| binding.name.to_lowercase().contains(word))
    };
    BINDINGS.iter().filter(found).collect()
}
