//! A message changes the model and asks for effects.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::acts;
use super::keys::{self, Command};
use super::model::{INPUT_CHARS_MAX, Link, Model, Overlay, Screen};
use super::sheet;
use crate::protocol::Action;
use crate::protocol::screens::{Body, Snapshot};
use crate::protocol::views::ActedView;
use crate::text;

/// Rows by which the help moves, and the last it moves to: as many as there are keys in one column.
const HELP_STEP: usize = 6;
const HELP_MAX: usize = keys::BINDINGS.len();

/// What happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// A key was pressed.
    Key(KeyEvent),
    /// The wheel was turned: down or up.
    Wheel(bool),
    /// A row of the terminal was clicked, from 0, at this column.
    Click(u16, u16),
    /// The terminal has another size.
    Resize(u16, u16),
    /// The daemon showed a screen.
    Shown(Box<Snapshot>),
    /// The daemon is gone, why, and which try to reach it again this is.
    Lost(String, u32),
    /// What was asked for was done.
    Acted(Action, Vec<ActedView>),
    /// It was not: why.
    Failed(String),
    /// What became of what was printed.
    Printed(String),
    /// Time has passed: the local clock.
    Tick(i64),
}

/// What the model asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The screen, as [`Model::watch`] has it.
    Watch,
    /// Something is to be done.
    Act(Action),
    /// To the clipboard.
    Copy(String),
    /// To a file.
    Write {
        /// Its name.
        name: String,
        /// What.
        text: String,
    },
    /// To the printer.
    Print {
        /// Which run.
        name: String,
        /// Its sheet.
        text: String,
    },
    /// Whether the mouse is ours.
    Mouse(bool),
    /// Leave.
    Quit,
}

/// What a message makes of the model.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    match message {
        Message::Key(key) => key_pressed(model, key),
        Message::Wheel(down) => run(model, Command::Move(if down { 3 } else { -3 })),
        Message::Click(column, row) => clicked(model, column, row),
        Message::Resize(columns, rows) => {
            model.size = (columns, rows);
            look_again(model)
        }
        Message::Shown(snapshot) => {
            let known = snapshot.asked == model.asked;
            model.shown(*snapshot);
            // What was asked for before is still coming; it is asked for once.
            if known { vec![Effect::Watch] } else { Vec::new() }
        }
        Message::Lost(why, attempt) => {
            let since = match &model.link {
                Link::Lost { since, .. } => *since,
                Link::Live | Link::Connecting => model.local,
            };
            model.link = Link::Lost { since, attempt, why };
            model.seen = 0;
            Vec::new()
        }
        Message::Acted(action, rows) => acts::acted(model, &action, &rows),
        Message::Failed(text) | Message::Printed(text) => {
            model.say(text);
            Vec::new()
        }
        Message::Tick(local) => {
            model.local = local;
            if model.toast.as_ref().is_some_and(|toast| toast.until <= local) {
                model.toast = None;
            }
            acts::due(model)
        }
    }
}

/// Another question: the answers to the one before are of no use.
fn look_again(model: &mut Model) -> Vec<Effect> {
    model.asked += 1;
    model.seen = 0;
    vec![Effect::Watch]
}

fn key_pressed(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c') {
        return vec![Effect::Quit];
    }
    if key.code == KeyCode::Esc && model.pending.is_some() {
        return acts::stop(model);
    }
    match model.overlay.take() {
        None => match keys::meant(model, key) {
            Some(command) => run(model, command),
            None => Vec::new(),
        },
        Some(Overlay::Help(input)) => help_key(model, input, key),
        Some(Overlay::Palette { input, at }) => palette_key(model, input, at, key),
        Some(Overlay::Filter) => filter_key(model, key),
        Some(Overlay::Ask(question)) => answer_key(model, question, key),
    }
}

/// A character is added or taken away; false when the key is another.
fn typed(input: &mut String, key: KeyEvent) -> bool {
    match key.code {
        KeyCode::Char(letter) if !key.modifiers.contains(KeyModifiers::CONTROL) => {
            if input.chars().count() < INPUT_CHARS_MAX && !letter.is_control() {
                input.push(letter);
            }
            true
        }
        KeyCode::Backspace => {
            input.pop();
            true
        }
        _ => false,
    }
}

fn help_key(model: &mut Model, mut input: String, key: KeyEvent) -> Vec<Effect> {
    match key.code {
        KeyCode::Esc | KeyCode::Enter => {
            model.scroll = 0;
            return Vec::new();
        }
        KeyCode::Down | KeyCode::PageDown => {
            model.scroll = (model.scroll + HELP_STEP).min(HELP_MAX)
        }
        KeyCode::Up | KeyCode::PageUp => model.scroll = model.scroll.saturating_sub(HELP_STEP),
        _ => {
            typed(&mut input, key);
            model.scroll = 0;
        }
    }
    model.overlay = Some(Overlay::Help(input));
    Vec::new()
}

fn palette_key(model: &mut Model, mut input: String, at: usize, key: KeyEvent) -> Vec<Effect> {
    let found = keys::named(model, &input);
    let last = found.len().saturating_sub(1);
    match key.code {
        KeyCode::Esc => return Vec::new(),
        KeyCode::Enter => {
            return found.get(at.min(last)).map_or_else(Vec::new, |one| run(model, one.command));
        }
        KeyCode::Up => model.overlay = Some(Overlay::Palette { input, at: at.saturating_sub(1) }),
        KeyCode::Down => model.overlay = Some(Overlay::Palette { input, at: (at + 1).min(last) }),
        KeyCode::Tab => {
            if let Some(one) = found.get(at.min(last)) {
                input = one.name.to_owned();
            }
            model.overlay = Some(Overlay::Palette { input, at: 0 });
        }
        _ => {
            typed(&mut input, key);
            model.overlay = Some(Overlay::Palette { input, at: 0 });
        }
    }
    Vec::new()
}

/// As one types, the list follows.
fn filter_key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    match key.code {
        KeyCode::Enter => return Vec::new(),
        KeyCode::Esc => model.list_mut().filter.clear(),
        KeyCode::Up => return run(model, Command::Move(-1)),
        KeyCode::Down => return run(model, Command::Move(1)),
        _ => {
            let mut input = model.list().filter;
            typed(&mut input, key);
            model.list_mut().filter = input;
            model.overlay = Some(Overlay::Filter);
        }
    }
    from_the_top(model)
}

fn from_the_top(model: &mut Model) -> Vec<Effect> {
    let list = model.list_mut();
    (list.cursor, list.offset, list.focus) = (0, 0, None);
    look_again(model)
}

fn answer_key(model: &mut Model, mut question: acts::Question, key: KeyEvent) -> Vec<Effect> {
    if question.word.is_empty() {
        if matches!(key.code, KeyCode::Char('y' | 'Y')) {
            return acts::confirmed(model, question);
        }
        model.say("Nothing was done.");
        return Vec::new();
    }
    match key.code {
        KeyCode::Enter if question.typed == question.word => {
            return acts::confirmed(model, question);
        }
        KeyCode::Esc | KeyCode::Enter => model.say("Nothing was done."),
        _ => {
            typed(&mut question.typed, key);
            model.overlay = Some(Overlay::Ask(question));
        }
    }
    Vec::new()
}

/// Does what a command says.
pub fn run(model: &mut Model, command: Command) -> Vec<Effect> {
    match command {
        Command::Go(screen) => {
            model.trail.clear();
            go(model, screen)
        }
        Command::Cycle(forward) => cycle(model, forward),
        Command::Move(rows) => step(model, rows),
        Command::Leaf(down) => {
            let rows = i64::try_from(model.list_rows()).unwrap_or(1);
            step(model, if down { rows } else { -rows })
        }
        Command::Jump(last) => step(model, if last { i64::MAX } else { i64::MIN }),
        Command::Open => open(model),
        Command::Back => back(model),
        // Leaving must not send what somebody may want to stop, nor drop it without a word.
        Command::Quit if model.pending.is_some() => acts::stop(model),
        Command::Quit => vec![Effect::Quit],
        Command::Filter => find(model),
        Command::Palette => {
            model.overlay = Some(Overlay::Palette { input: String::new(), at: 0 });
            Vec::new()
        }
        Command::Help => {
            model.scroll = 0;
            model.overlay = Some(Overlay::Help(String::new()));
            Vec::new()
        }
        Command::Pick => pick(model),
        Command::Sort | Command::Reverse => sort(model, command == Command::Reverse),
        Command::Times => {
            model.exact = !model.exact;
            Vec::new()
        }
        Command::Copy => copy(model),
        Command::CopyLink => match model.body() {
            Some(Body::Order(one)) => copied(model, one.detail.order.tracking_url.clone()),
            _ => Vec::new(),
        },
        Command::RunSheet => sheet::write(model),
        Command::PrintSheet => sheet::print(model),
        Command::Exchanges => {
            model.exchanges = !model.exchanges;
            model.scroll = 0;
            Vec::new()
        }
        Command::Day(after) => other_day(model, after),
        Command::Follow => {
            model.scroll = 0;
            model.unread = if model.unread.is_some() { None } else { Some(0) };
            Vec::new()
        }
        Command::Mouse => mouse(model),
        Command::Resend
        | Command::ResendAll
        | Command::Refresh
        | Command::CancelOrder
        | Command::Retry
        | Command::Replay
        | Command::Pause
        | Command::Reveal => acts::act(model, command),
    }
}

fn find(model: &mut Model) -> Vec<Effect> {
    let effects =
        if model.is_list() { Vec::new() } else { run(model, Command::Go(Screen::Orders)) };
    model.overlay = Some(Overlay::Filter);
    effects
}

fn sort(model: &mut Model, reverse: bool) -> Vec<Effect> {
    let columns = model.screen.columns().len().max(1);
    let list = model.list_mut();
    if reverse {
        list.descending = !list.descending;
    } else {
        list.sort = u8::try_from((usize::from(list.sort) + 1) % columns).unwrap_or(0);
    }
    look_again(model)
}

fn mouse(model: &mut Model) -> Vec<Effect> {
    model.mouse = !model.mouse;
    model.say(if model.mouse { "The mouse moves the list." } else { "The mouse selects text." });
    vec![Effect::Mouse(model.mouse)]
}

fn go(model: &mut Model, screen: Screen) -> Vec<Effect> {
    model.screen = screen;
    model.exchanges = false;
    model.scroll = 0;
    look_again(model)
}

fn cycle(model: &mut Model, forward: bool) -> Vec<Effect> {
    let count = Screen::TABS.len();
    let at = Screen::TABS.iter().position(|tab| *tab == model.screen).unwrap_or(0);
    let next = if forward { at + 1 } else { at + count - 1 };
    run(model, Command::Go(Screen::TABS[next % count]))
}

fn step(model: &mut Model, rows: i64) -> Vec<Effect> {
    let by = |at: usize, last: usize| {
        let at = i64::try_from(at).unwrap_or(i64::MAX);
        usize::try_from(at.saturating_add(rows).max(0)).unwrap_or(usize::MAX).min(last)
    };
    if model.is_list() {
        let shown = model.list_rows();
        let list = model.list_mut();
        list.cursor = by(list.cursor, list.total.saturating_sub(1));
        list.offset = list.offset.clamp((list.cursor + 1).saturating_sub(shown), list.cursor);
        let offset = list.offset;
        model.settle_focus();
        // The rows that are here may be enough until the daemon answers.
        let (from, keys) = model.keys();
        let total = model.list().total;
        let here = from == offset && keys.len() >= shown.min(total - offset.min(total));
        model.list_mut().focus = model.list().focus.filter(|_| here);
        return look_again(model);
    }
    if let Some(own) = model.own_rows() {
        let list = model.list_mut();
        list.cursor = by(list.cursor, own.saturating_sub(1));
        return Vec::new();
    }
    if model.screen == Screen::Activity {
        // Lines count from the newest; to scroll back is to hold it.
        let back = rows.saturating_neg();
        let last = i64::try_from(model.lines.len()).unwrap_or(0);
        let scroll = i64::try_from(model.scroll).unwrap_or(0).saturating_add(back).clamp(0, last);
        model.scroll = usize::try_from(scroll).unwrap_or(0);
        model.unread = if scroll > 0 { Some(model.unread.unwrap_or(0)) } else { None };
        return Vec::new();
    }
    model.scroll = by(model.scroll, 5_000);
    Vec::new()
}

fn open(model: &mut Model) -> Vec<Effect> {
    let orders = model.orders();
    let target = match model.screen {
        Screen::Errors => match orders.as_slice() {
            [one] => Screen::Order(*one),
            // All of one cause, as a list.
            _ => {
                let cause = match model.body() {
                    Some(Body::Errors(page)) => {
                        let focus = model.list().focus;
                        page.rows.iter().find(|row| Some(row.key) == focus).cloned()
                    }
                    _ => None,
                };
                let Some(cause) = cause else { return Vec::new() };
                let words = cause
                    .cause
                    .split_whitespace()
                    .filter(|word| !word.contains('…') && !word.contains(':') && word.len() > 3);
                let words: Vec<&str> = words.take(6).collect();
                let list = model.lists.entry(Screen::Orders).or_default();
                list.filter = format!("state:{} {}", cause.state, words.join(" "));
                (list.cursor, list.offset, list.focus) = (0, 0, None);
                Screen::Orders
            }
        },
        _ => {
            let focus = model.list().focus.filter(|_| model.screen == Screen::Orders);
            let Some(number) = focus.or_else(|| orders.first().copied()) else { return Vec::new() };
            Screen::Order(number)
        }
    };
    model.trail.push(model.screen);
    go(model, target)
}

/// First what is nearest: the last answers, the filter, what was picked, then the screen before.
fn back(model: &mut Model) -> Vec<Effect> {
    if std::mem::take(&mut model.exchanges) {
        model.scroll = 0;
        return Vec::new();
    }
    if model.is_list() && !model.list().picked.is_empty() {
        model.list_mut().picked.clear();
        return Vec::new();
    }
    if model.trail.is_empty() && !model.list().filter.is_empty() {
        model.list_mut().filter.clear();
        return from_the_top(model);
    }
    match model.trail.pop() {
        Some(screen) => go(model, screen),
        None => Vec::new(),
    }
}

fn pick(model: &mut Model) -> Vec<Effect> {
    let list = model.list_mut();
    if let Some(key) = list.focus
        && !list.picked.remove(&key)
    {
        list.picked.insert(key);
    }
    step(model, 1)
}

fn copy(model: &mut Model) -> Vec<Effect> {
    let numbers: Vec<String> = model.orders().iter().map(u64::to_string).collect();
    copied(model, Some(numbers.join(" ")))
}

fn copied(model: &mut Model, text: Option<String>) -> Vec<Effect> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Vec::new() };
    model.say(format!("Copied: {}", text::cut(&text, 60)));
    vec![Effect::Copy(text)]
}

fn other_day(model: &mut Model, after: bool) -> Vec<Effect> {
    let today = text::day_of(&model.head.zone, model.now());
    let day = model.day.clone().unwrap_or(today);
    model.day = text::day_after(&day, if after { 1 } else { -1 });
    model.list_mut().cursor = 0;
    look_again(model)
}

/// A click on a tab or a row.
fn clicked(model: &mut Model, column: u16, row: u16) -> Vec<Effect> {
    if model.overlay.is_some() {
        return Vec::new();
    }
    if row == 1 {
        let tab = crate::view::head::tab_at(model, column);
        return tab.map_or_else(Vec::new, |screen| run(model, Command::Go(screen)));
    }
    let first = crate::view::FIRST_ROW;
    if model.is_list() && row >= first {
        let at = model.list().offset + usize::from(row - first);
        if at == model.list().cursor {
            return run(model, Command::Open);
        }
        let by = i64::try_from(at).unwrap_or(0) - i64::try_from(model.list().cursor).unwrap_or(0);
        return step(model, by);
    }
    Vec::new()
}
