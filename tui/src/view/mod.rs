//! What the model looks like. Every screen is a list of lines of exactly the columns there are, so that any
//! size works and each is compared with a text file.
//!
//! - `look`: colours, marks and their plain and ASCII forms
//! - `head`: header, tabs, footer
//! - `lists`: orders, queue, errors, webhooks
//! - `pages`: overview, services, settings, activity
//! - `order`: one order; `exchanges`: what was last said about it
//! - `link`: where on the screen an address stands that can be opened
//! - `runs`: runs and stops
//! - `overlays`: help, palette, questions

mod exchanges;
pub mod head;
pub mod link;
mod lists;
mod look;
mod order;
mod overlays;
mod pages;
mod runs;
#[cfg(test)]
pub(crate) mod tests;

use ratatui::Frame;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::Model;
use crate::app::model::Screen;
use crate::protocol::screens::Body;
use look::Look;

/// Row of the terminal on which the first row of a list stands.
pub const FIRST_ROW: u16 = 5;

/// Smaller than this it only says what it needs.
const COLUMNS_MIN: u16 = 30;
const ROWS_MIN: u16 = 6;

/// Draws it.
pub fn draw(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    let lines = lines(model, area.width, area.height);
    frame.render_widget(Paragraph::new(lines), area);
}

/// The whole screen, line by line.
pub fn lines(model: &Model, columns: u16, rows: u16) -> Vec<Line<'static>> {
    let look = Look::of(model);
    if columns < COLUMNS_MIN || rows < ROWS_MIN {
        let text = format!("linnstream needs {COLUMNS_MIN}x{ROWS_MIN}");
        return vec![Line::from(crate::text::cut(&text, usize::from(columns)))];
    }
    let width = usize::from(columns);
    let mut all = head::lines(model, &look, width);
    let footer = head::footer(model, &look, width);
    let room = usize::from(rows).saturating_sub(all.len() + footer.len());
    let mut body = match overlays::lines(model, &look, width, room) {
        Some(over) => over,
        None => body(model, &look, width, room),
    };
    body.truncate(room);
    body.resize(room, Line::default());
    all.extend(body);
    all.extend(footer);
    all.into_iter().map(|line| look.plainly(line)).collect()
}

fn body(model: &Model, look: &Look, width: usize, room: usize) -> Vec<Line<'static>> {
    let Some(body) = model.body() else {
        return vec![Line::default(), Line::from("  Asking the daemon …")];
    };
    match body {
        Body::Overview(view) => pages::overview(model, view, look, width, room),
        Body::Orders(page) => lists::orders(model, page, look, width),
        Body::Order(one) => order::page(model, one, look, width, room),
        Body::Queue(page) => lists::queue(model, page, look, width),
        Body::Errors(page) => lists::errors(model, page, look, width),
        Body::Runs(all) => runs::page(model, all, look, width, room),
        Body::Webhooks(page) => lists::webhooks(model, page, look, width),
        Body::Services(view) => pages::services(model, view, look, width, room),
        Body::Activity(_) => pages::activity(model, look, width, room),
        Body::Settings(rows) => pages::settings(model, rows, look, width, room),
        Body::Nothing(text) => {
            let lines = crate::text::wrap(text, width.saturating_sub(4));
            let indented = lines.into_iter().map(|line| Line::from(format!("  {line}")));
            std::iter::once(Line::default()).chain(indented).collect()
        }
    }
}

/// A part of a page that is longer than the screen, from where one has scrolled to.
fn scrolled(model: &Model, lines: Vec<Line<'static>>, room: usize) -> Vec<Line<'static>> {
    let from = model.scroll.min(lines.len().saturating_sub(room));
    lines.into_iter().skip(from).collect()
}

/// The verdict of a screen: the first line, in words.
fn verdict(model: &Model, text: String, look: &Look, width: usize) -> Line<'static> {
    let calm = model.head.errors == 0 && model.head.alarms == 0 && model.head.paused.is_none();
    let needs = matches!(model.screen, Screen::Overview | Screen::Errors) && !calm;
    let style = if needs { look.need() } else { look.strong() };
    Line::from(Span::styled(crate::text::cut(&text, width), style))
}
