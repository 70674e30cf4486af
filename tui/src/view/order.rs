//! One order: why it is where it is, what happened, what is to be done.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::look::Look;
use super::{exchanges, scrolled};
use crate::app::Model;
use crate::protocol::screens::OrderScreen;
use crate::text::{self, cut, left};

pub(super) fn page(
    model: &Model,
    one: &OrderScreen,
    look: &Look,
    width: usize,
    room: usize,
) -> Vec<Line<'static>> {
    if model.exchanges && !one.exchanges.is_empty() {
        return scrolled(model, exchanges::whole(model, one, look, width), room);
    }
    let mut lines = Vec::new();
    let state = one.detail.order.state.as_str();
    for part in text::wrap(&one.why, width) {
        let style = look.strong().patch(look.state(state));
        lines.push(Line::from(Span::styled(part, style)));
    }
    lines.extend(text::wrap(&one.next, width).into_iter().map(Line::from));
    lines.push(Line::default());
    facts(one, look, width, &mut lines);
    for (name, list) in [("NOTES WE WROTE", &one.detail.notes)] {
        if !list.is_empty() {
            lines.push(Line::default());
            lines.push(Line::from(Span::styled(format!("  {name}"), look.strong())));
            let parts = list.iter().flat_map(|text| text::wrap(text, width.saturating_sub(4)));
            lines.extend(parts.map(|part| Line::from(format!("  {part}"))));
        }
    }
    jobs(model, one, look, width, &mut lines);
    lines.push(Line::default());
    for entry in &one.detail.timeline {
        let at = if model.exact {
            text::exact(&model.head.zone, entry.at)
        } else {
            text::moment(&model.head.zone, model.now(), entry.at)
        };
        let columns = if model.exact { 24 } else { 12 };
        let begin = 2 + columns + 2 + 22 + 2;
        lines.push(Line::from(vec![
            Span::styled(format!("  {}  ", left(&at, columns)), look.faint()),
            Span::raw(format!("{}  ", left(&entry.what, 22))),
            Span::raw(cut(&entry.detail, width.saturating_sub(begin))),
        ]));
    }
    exchanges::brief(model, one, look, width, &mut lines);
    scrolled(model, lines, room)
}

fn facts(one: &OrderScreen, look: &Look, width: usize, lines: &mut Vec<Line<'static>>) {
    let order = &one.detail.order;
    let none = || "-".to_owned();
    let list = |tags: &[String]| if tags.is_empty() { none() } else { tags.join(", ") };
    let place = match (&order.depot, &order.method) {
        (Some(depot), Some(method)) => format!("{depot} › {method}"),
        _ => none(),
    };
    let run = match (&order.run_text, &order.day, order.sequence) {
        (Some(run), day, place) => {
            let day = day.as_deref().map(text::day).unwrap_or_default();
            let place = place.map(|place| format!("place {place}")).unwrap_or_default();
            [run.trim(), &day, &place]
                .iter()
                .filter(|part| !part.is_empty())
                .copied()
                .collect::<Vec<_>>()
                .join(", ")
        }
        (None, ..) => none(),
    };
    let shown = |text: &str| if text.is_empty() { none() } else { text.to_owned() };
    let facts = [
        ("Reference", shown(&order.reference), "Service", shown(&order.service)),
        ("Postcode", shown(&order.postcode), "Depot", place),
        ("Tracking", order.tracking_number.clone().unwrap_or_else(none), "Run", run),
        ("Wanted", list(&one.detail.identifiers_wanted), "Held", list(&one.detail.identifiers)),
    ];
    let half = width.saturating_sub(4) / 2;
    for (name, value, other, more) in facts {
        let columns = half.saturating_sub(13);
        let first = format!("  {}  {}", left(name, 9), left(&value, columns));
        let rest = width.saturating_sub(half + 2 + 10);
        lines.push(Line::from(cut(
            &format!("{first}  {}  {}", left(other, 8), cut(&more, rest)),
            width,
        )));
    }
    if let Some(url) = &order.tracking_url {
        lines.push(Line::from(vec![
            Span::raw(format!("  {}  ", left("Page", 9))),
            Span::styled(cut(url, width.saturating_sub(13)), look.link()),
        ]));
    }
}

fn jobs(
    model: &Model,
    one: &OrderScreen,
    look: &Look,
    width: usize,
    lines: &mut Vec<Line<'static>>,
) {
    let open: Vec<_> = one.detail.jobs.iter().filter(|job| job.state != "done").collect();
    if open.is_empty() {
        return;
    }
    lines.push(Line::default());
    lines.push(Line::from(Span::styled("  TO DO", look.strong())));
    for job in open {
        let due = match job.due_at {
            Some(at) if at > model.now() => format!("in {}", text::age(at, model.now())),
            Some(_) => "now".to_owned(),
            None => String::new(),
        };
        let style = look.state(&job.state);
        let error = job.last_error.as_deref().unwrap_or_default();
        lines.push(Line::from(vec![
            Span::raw(format!("  {}  ", left(&job.kind, 12))),
            Span::styled(left(&job.state, 8), style),
            Span::styled(format!("  {}  ", left(&due, 8)), Style::new()),
            Span::raw(cut(&format!("attempt {}  {error}", job.attempt), width.saturating_sub(36))),
        ]));
    }
}
