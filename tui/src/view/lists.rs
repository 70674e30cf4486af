//! Orders, queue, errors, webhooks: columns that never jump, and the row one is at.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::look::Look;
use super::verdict;
use crate::app::Model;
use crate::app::model::{Overlay, Screen};
use crate::protocol::screens::{CauseView, Page};
use crate::protocol::views::{JobView, OrderView, WebhookView};
use crate::text::{self, counted, cut, cut_middle, left, right};

/// A column: its heading, its width, whether numbers stand in it.
type Column = (&'static str, usize, bool);

/// Columns that fit, the last one with all that is left.
fn fitted(columns: &[Column], width: usize) -> Vec<Column> {
    let fixed: usize = columns.iter().map(|(_, columns, _)| columns + 2).sum();
    let mut fitted = columns.to_vec();
    if let Some(last) = fitted.last_mut() {
        last.1 = (last.1 + (width.saturating_sub(2)).saturating_sub(fixed)).max(1);
    }
    fitted
}

fn heading(model: &Model, columns: &[Column], look: &Look) -> Line<'static> {
    let list = model.list();
    let sorted = model.screen.columns().get(usize::from(list.sort)).copied().unwrap_or_default();
    let mut row = String::from("  ");
    for (name, columns, number) in columns {
        let arrow = if list.descending { "▼" } else { "▲" };
        let is_sorted = !sorted.is_empty() && name.eq_ignore_ascii_case(sorted);
        let name = if is_sorted { format!("{name}{arrow}") } else { (*name).to_owned() };
        row.push_str(&if *number { right(&name, *columns) } else { left(&name, *columns) });
        row.push_str("  ");
    }
    Line::from(Span::styled(row, look.faint()))
}

struct Cell(String, Style);

fn row(
    cells: Vec<Cell>,
    columns: &[Column],
    look: &Look,
    (here, picked): (bool, bool),
) -> Line<'static> {
    let mut spans = vec![Span::styled(look.mark(here, picked), look.accent())];
    for (Cell(text, style), (_, columns, number)) in cells.into_iter().zip(columns) {
        let text = if *number { right(&text, *columns) } else { left(&text, *columns) };
        let style = if here { style.patch(look.at()) } else { style };
        spans.push(Span::styled(text, style));
        spans.push(Span::styled("  ", if here { look.at() } else { Style::new() }));
    }
    Line::from(spans)
}

/// The first line of a list: how many, and what was asked for.
fn begin<T>(
    model: &Model,
    page: &Page<T>,
    (one, empty): (&str, &str),
    look: &Look,
    width: usize,
) -> Line<'static> {
    let list = model.list();
    let typing = matches!(model.overlay, Some(Overlay::Filter));
    if typing || !list.filter.is_empty() {
        let cursor = if typing { "█" } else { "" };
        let count = counted(u64::from(page.total), one);
        let text = format!("/{}{cursor}  {count}", list.filter);
        return Line::from(Span::styled(cut(&text, width), look.accent()));
    }
    let text = match page.total {
        0 => empty.to_owned(),
        total => {
            let sort = model.screen.columns().get(usize::from(list.sort)).copied();
            let at = list.cursor + 1;
            let by = sort.map(|sort| format!(", by {sort}")).unwrap_or_default();
            format!("{}{by}. At {}.", counted(u64::from(total), one), text::count(at as u64))
        }
    };
    verdict(model, text, look, width)
}

fn whole<T>(
    model: &Model,
    page: &Page<T>,
    first: Line<'static>,
    columns: &[Column],
    look: &Look,
    cells: impl Fn(&T) -> (u64, Vec<Cell>),
) -> Vec<Line<'static>> {
    let list = model.list();
    let mut lines = vec![first];
    if page.rows.is_empty() {
        return lines;
    }
    lines.push(heading(model, columns, look));
    for (at, one) in page.rows.iter().enumerate() {
        let (key, cells) = cells(one);
        let here = page.offset as usize + at == list.cursor;
        lines.push(row(cells, columns, look, (here, list.picked.contains(&key))));
    }
    lines
}

pub(super) fn orders(
    model: &Model,
    page: &Page<OrderView>,
    look: &Look,
    width: usize,
) -> Vec<Line<'static>> {
    let wide = width >= 110;
    let columns: &[Column] = if wide {
        &[
            ("number", 9, true),
            ("state", 10, false),
            ("age", 5, true),
            ("reference", 16, false),
            ("service", 24, false),
            ("postcode", 8, false),
            ("run", 12, false),
            ("why", 10, false),
        ]
    } else {
        &[
            ("number", 8, true),
            ("state", 10, false),
            ("age", 4, true),
            ("service", 18, false),
            ("run", 10, false),
            ("why", 8, false),
        ]
    };
    let columns = fitted(columns, width);
    let empty = "No order matches. Orders come here when they are found in Linnworks.";
    let first = begin(model, page, ("order", empty), look, width);
    whole(model, page, first, &columns, look, |order| {
        let plain = |text: String| Cell(text, Style::new());
        let run = match (&order.run_text, order.sequence) {
            (Some(run), Some(place)) => format!("{} #{place}", cut(run, 8)),
            (Some(run), None) => run.clone(),
            (None, _) => String::new(),
        };
        let mut cells = vec![
            plain(order.number.to_string()),
            Cell(order.state.clone(), look.state(&order.state)),
            plain(model.time(order.updated_at)),
        ];
        if wide {
            cells.push(plain(cut_middle(&order.reference, 16)));
        }
        cells.push(plain(order.service.clone()));
        if wide {
            cells.push(plain(order.postcode.clone()));
        }
        cells.push(plain(run));
        let why = order.reason.as_deref().map(text::brief);
        let why = why.or_else(|| order.tracking_number.clone());
        cells.push(plain(why.unwrap_or_default()));
        (order.number, cells)
    })
}

pub(super) fn queue(
    model: &Model,
    page: &Page<JobView>,
    look: &Look,
    width: usize,
) -> Vec<Line<'static>> {
    let columns = fitted(
        &[
            ("order", 8, true),
            ("kind", 11, false),
            ("state", 8, false),
            ("attempts", 8, true),
            ("due", 7, true),
            ("age", 5, true),
            ("what stood in the way", 10, false),
        ],
        width,
    );
    let empty = "Nothing is to be done: the queue is empty.";
    let first = begin(model, page, ("job", empty), look, width);
    whole(model, page, first, &columns, look, |job| {
        let plain = |text: String| Cell(text, Style::new());
        let due = match job.due_at {
            Some(at) if at > model.now() => format!("in {}", text::age(at, model.now())),
            Some(_) => "now".to_owned(),
            None => "-".to_owned(),
        };
        let cells = vec![
            plain(job.order.to_string()),
            plain(job.kind.clone()),
            Cell(job.state.clone(), look.state(&job.state)),
            plain(job.attempt.to_string()),
            plain(due),
            plain(model.time(job.created_at)),
            plain(job.last_error.clone().unwrap_or_default()),
        ];
        (job.key, cells)
    })
}

pub(super) fn errors(
    model: &Model,
    page: &Page<CauseView>,
    look: &Look,
    width: usize,
) -> Vec<Line<'static>> {
    let columns = fitted(
        &[
            ("count", 6, true),
            ("state", 9, false),
            ("first", 7, true),
            ("last", 7, true),
            ("cause", 10, false),
        ],
        width,
    );
    let empty = "No order needs you. What is refused, or needs a person, comes here by its cause.";
    let first = begin(model, page, ("cause", empty), look, width);
    let mut lines = whole(model, page, first, &columns, look, |cause| {
        let plain = |text: String| Cell(text, Style::new());
        let cells = vec![
            plain(cause.count.to_string()),
            Cell(cause.state.clone(), look.state(&cause.state)),
            plain(model.time(cause.first_at)),
            plain(model.time(cause.last_at)),
            plain(text::brief(&cause.cause)),
        ];
        (cause.key, cells)
    });
    let focus = model.list().focus;
    if let Some(cause) = page.rows.iter().find(|row| Some(row.key) == focus) {
        lines.push(Line::default());
        for part in text::wrap(&text::brief(&cause.cause), width.saturating_sub(4)) {
            lines.push(Line::from(Span::styled(format!("  {part}"), look.strong())));
        }
        for part in text::wrap(&format!("Next: {}", cause.next), width.saturating_sub(4)) {
            lines.push(Line::from(format!("  {part}")));
        }
        let numbers: Vec<String> = cause.numbers.iter().take(12).map(u64::to_string).collect();
        let more = if cause.numbers.len() > 12 { " …" } else { "" };
        let text = format!("  Orders: {}{more}", numbers.join(", "));
        lines.push(Line::from(Span::styled(cut(&text, width), look.faint())));
    }
    lines
}

pub(super) fn webhooks(
    model: &Model,
    page: &Page<WebhookView>,
    look: &Look,
    width: usize,
) -> Vec<Line<'static>> {
    let columns = fitted(
        &[
            ("time", 7, true),
            ("event", 14, false),
            ("order", 9, true),
            ("run", 9, false),
            ("state", 10, false),
            ("detail", 10, false),
        ],
        width,
    );
    let empty = "No notification yet. Without listener.public_url the sweep does all the work.";
    let first = begin(model, page, ("notification", empty), look, width);
    debug_assert_eq!(model.screen, Screen::Webhooks);
    whole(model, page, first, &columns, look, |one| {
        let plain = |text: String| Cell(text, Style::new());
        let order = one.order.map(|number| number.to_string());
        let cells = vec![
            plain(model.time(one.at)),
            plain(one.event.clone()),
            plain(order.or_else(|| one.order_ref.clone()).unwrap_or_default()),
            plain(one.run.clone().unwrap_or_default()),
            Cell(one.state.clone(), look.state(&one.state)),
            plain(one.detail.clone()),
        ];
        (one.key, cells)
    })
}
