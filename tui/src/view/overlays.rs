//! Help, palette, questions. They stand in the place of the screen: nothing shines through.

use ratatui::text::{Line, Span};

use super::look::Look;
use super::scrolled;
use crate::app::Model;
use crate::app::acts::Question;
use crate::app::keys::{self, BINDINGS};
use crate::app::model::Overlay;
use crate::text::{cut, left, wrap};

pub(super) fn lines(
    model: &Model,
    look: &Look,
    width: usize,
    room: usize,
) -> Option<Vec<Line<'static>>> {
    match model.overlay.as_ref()? {
        Overlay::Help(input) => Some(help(model, input, look, width, room)),
        Overlay::Palette { input, at } => Some(palette(model, input, *at, look, width)),
        Overlay::Ask(question) => Some(ask(question, look, width)),
        Overlay::Filter => None,
    }
}

/// Every key, those that work now first to the eye; what is typed finds some.
fn help(model: &Model, input: &str, look: &Look, width: usize, room: usize) -> Vec<Line<'static>> {
    let wanted = input.to_lowercase();
    let found: Vec<_> = BINDINGS
        .iter()
        .filter(|one| one.name.contains(&wanted) || one.keys.to_lowercase() == wanted)
        .collect();
    let columns = (width / 40).clamp(1, 3);
    let rows = found.len().div_ceil(columns);
    let more = if rows + 2 > room { ", ↓ shows more" } else { "" };
    let heading = cut(&format!("Keys. Type to find one{more}: {input}█"), width);
    let heading = Line::from(Span::styled(heading, look.strong()));
    let mut lines = Vec::new();
    for row in 0..rows {
        let mut spans = Vec::new();
        for column in 0..columns {
            let Some(one) = found.get(column * rows + row) else { continue };
            let works = (one.works)(model);
            let style = if works { look.strong() } else { look.faint() };
            spans.push(Span::styled(format!("  {}", left(one.keys, 6)), style));
            let name = left(one.name, (width / columns).saturating_sub(10));
            spans.push(Span::styled(
                format!("{name}  "),
                if works { look.at_rest() } else { look.faint() },
            ));
        }
        lines.push(Line::from(spans));
    }
    // What was typed stays in sight.
    let keys = scrolled(model, lines, room.saturating_sub(2));
    [heading, Line::default()].into_iter().chain(keys).collect()
}

fn palette(model: &Model, input: &str, at: usize, look: &Look, width: usize) -> Vec<Line<'static>> {
    let found = keys::named(model, input);
    let mut lines =
        vec![Line::from(Span::styled(cut(&format!(":{input}█"), width), look.strong()))];
    if found.is_empty() {
        lines.push(Line::from("  No command of that name works here. Esc goes back."));
    }
    for (row, one) in found.iter().enumerate() {
        let here = row == at;
        let style = if here { look.at() } else { look.at_rest() };
        lines.push(Line::from(vec![
            Span::styled(look.mark(here, false), look.accent()),
            Span::styled(left(one.name, 34), style),
            Span::styled(format!("  {}", one.keys), look.faint()),
        ]));
    }
    lines
}

fn ask(question: &Question, look: &Look, width: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::default()];
    for part in wrap(&question.text, width.saturating_sub(4)) {
        lines.push(Line::from(Span::styled(format!("  {part}"), look.need())));
    }
    lines.push(Line::default());
    let how = if question.word.is_empty() {
        "y does it. Any other key does nothing.".to_owned()
    } else {
        format!("Type {} and Enter to do it, Esc to do nothing: {}█", question.word, question.typed)
    };
    lines.push(Line::from(format!("  {how}")));
    lines
}
