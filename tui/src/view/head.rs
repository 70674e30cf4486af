//! What stands on every screen: where one is, whether it is true now, and which keys work.

use ratatui::text::{Line, Span};

use super::look::Look;
use crate::app::Model;
use crate::app::keys::{BINDINGS, Binding, Command};
use crate::app::model::{Link, Screen};
use crate::text;

/// Header, tabs or trail, rule.
pub(super) fn lines(model: &Model, look: &Look, width: usize) -> Vec<Line<'static>> {
    let rule = Line::from(Span::styled("─".repeat(width), look.faint()));
    vec![title(model, look, width), trail(model, look, width), rule]
}

fn title(model: &Model, look: &Look, width: usize) -> Line<'static> {
    let zone = &model.head.zone;
    let clock = text::clock(zone, model.now());
    let (state, style) = match &model.link {
        Link::Connecting => ("CONNECTING".to_owned(), look.accent()),
        Link::Live => ("LIVE".to_owned(), look.strong()),
        Link::Lost { since, attempt, .. } => {
            let age = text::age(model.local, *since);
            (format!("OLD DATA {age}, try {attempt}"), look.need())
        }
    };
    let mut marks = Vec::new();
    if !model.head.operator || model.options.read_only {
        marks.push("read-only".to_owned());
    }
    if let Some(paused) = &model.head.paused {
        marks.push(format!("PAUSED by {}", paused.by));
    }
    if model.head.sync_orders != "on" && !model.head.sync_orders.is_empty() {
        marks.push(format!("orders {}", model.head.sync_orders));
    }
    if model.reveal {
        marks.push("personal data shown".to_owned());
    }
    let marks = marks.join("  ");
    let right = text::width(&state) + 2 + text::width(&clock);
    let room = width.saturating_sub(right + 2);
    let name = format!("linnstream  {}", model.head.site);
    let named = text::cut(&name, room);
    let rest = room.saturating_sub(text::width(&named) + 2);
    let marks = text::left(&format!("  {marks}"), rest + 2);
    Line::from(vec![
        Span::styled(named, look.strong()),
        Span::styled(marks, look.need()),
        Span::raw("  "),
        Span::styled(state, style),
        Span::raw("  "),
        Span::raw(clock),
    ])
}

/// The names of the tabs with their counts, and the columns on which each begins.
fn tabs(model: &Model, width: usize) -> Vec<(Screen, String)> {
    let count = |screen: Screen| match screen {
        Screen::Errors => model.head.errors,
        Screen::Queue => model.head.jobs,
        _ => 0,
    };
    let one = |(at, screen): (usize, &Screen)| {
        let name = match width {
            0..100 => short(*screen),
            _ => screen.name(),
        };
        let number = count(*screen);
        let count = if number > 0 { format!(" {}", text::count(number)) } else { String::new() };
        (*screen, format!("{} {name}{count}", at + 1))
    };
    Screen::TABS.iter().enumerate().map(one).collect()
}

const fn short(screen: Screen) -> &'static str {
    match screen {
        Screen::Overview => "All",
        Screen::Webhooks => "Hooks",
        Screen::Services => "Serv",
        Screen::Activity => "Act",
        Screen::Settings => "Set",
        other => other.name(),
    }
}

/// The tab at a column.
pub fn tab_at(model: &Model, column: u16) -> Option<Screen> {
    let mut from = 0;
    for (screen, name) in tabs(model, usize::from(model.size.0)) {
        let to = from + text::width(&name) + 2;
        if usize::from(column) < to {
            return Some(screen);
        }
        from = to;
    }
    None
}

fn trail(model: &Model, look: &Look, width: usize) -> Line<'static> {
    if let Screen::Order(number) = model.screen {
        let mut path: Vec<String> =
            model.trail.iter().map(|screen| screen.name().to_owned()).collect();
        path.push(number.to_string());
        return Line::from(Span::styled(text::cut(&path.join(" › "), width), look.accent()));
    }
    let mut spans = Vec::new();
    let mut room = width;
    for (screen, name) in tabs(model, width) {
        let name = text::cut(&name, room);
        room = room.saturating_sub(text::width(&name) + 2);
        let needs = screen == Screen::Errors && model.head.errors > 0;
        let style = match (screen == model.screen, needs) {
            (true, _) => look.accent().patch(look.strong()),
            (false, true) => look.need(),
            (false, false) => look.faint(),
        };
        spans.push(Span::styled(name, style));
        spans.push(Span::raw("  "));
    }
    Line::from(spans)
}

/// A rule, and the keys that work now; or what was just said.
pub(super) fn footer(model: &Model, look: &Look, width: usize) -> Vec<Line<'static>> {
    let rule = Line::from(Span::styled("─".repeat(width), look.faint()));
    if let Link::Lost { why, .. } = &model.link {
        let text = format!("The daemon does not answer: {why}. Trying again.");
        return vec![rule, Line::from(Span::styled(text::cut(&text, width), look.need()))];
    }
    if let Some(pending) = &model.pending {
        let left = ((pending.at - model.local).max(0) + 999) / 1000;
        let text = format!("Cancelling {} in {left} s. Esc stops it.", pending.what);
        return vec![rule, Line::from(Span::styled(text::cut(&text, width), look.need()))];
    }
    if let Some(toast) = &model.toast {
        return vec![rule, Line::from(Span::styled(text::cut(&toast.text, width), look.accent()))];
    }
    let picked = model.list().picked.len();
    let mut spans = Vec::new();
    let shown = |one: &&Binding| !one.hint.is_empty() && (one.works)(model);
    let is_last = |one: &&Binding| matches!(one.command, Command::Help | Command::Quit);
    let columns = |one: &Binding| text::width(one.keys) + text::width(one.hint) + 4;
    // How to get help and how to leave are never left out.
    let last: Vec<&Binding> = BINDINGS.iter().filter(is_last).collect();
    let mut room = width.saturating_sub(last.iter().map(|one| columns(one)).sum());
    if picked > 0 {
        let text = format!("{picked} picked   ");
        room = room.saturating_sub(text.len());
        spans.push(Span::styled(text, look.accent()));
    }
    let mut fitting = Vec::new();
    for binding in BINDINGS.iter().filter(shown).filter(|one| !is_last(one)) {
        if columns(binding) <= room {
            room -= columns(binding);
            fitting.push(binding);
        }
    }
    for binding in fitting.into_iter().chain(last) {
        spans.push(Span::styled(binding.keys, look.strong()));
        spans.push(Span::raw(format!(" {}   ", binding.hint)));
    }
    vec![rule, Line::from(spans)]
}
