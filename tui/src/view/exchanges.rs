//! What was last said about an order with each system: a line each on its page, and in full on demand.

use ratatui::text::{Line, Span};

use super::look::Look;
use crate::app::Model;
use crate::protocol::screens::{ExchangeView, OrderScreen};
use crate::text::{self, cut, cut_middle, fold, left, right, wrap};

/// A line for each system.
pub(super) fn brief(
    model: &Model,
    one: &OrderScreen,
    look: &Look,
    width: usize,
    lines: &mut Vec<Line<'static>>,
) {
    if one.exchanges.is_empty() {
        return;
    }
    lines.push(Line::default());
    lines.push(Line::from(vec![
        Span::styled("  LAST ANSWERS", look.strong()),
        Span::styled("  e shows them", look.faint()),
    ]));
    lines.extend(one.exchanges.iter().map(|exchange| headline(model, exchange, look, width)));
}

/// When, with whom, what, how it ended, how long it took.
fn headline(model: &Model, one: &ExchangeView, look: &Look, width: usize) -> Line<'static> {
    let at = text::moment(&model.head.zone, model.now(), one.at);
    let (ended, good) = match (one.status, &one.error) {
        (Some(status), _) => (status.to_string(), (200..300).contains(&status)),
        (None, Some(why)) => (format!("no answer: {why}"), false),
        (None, None) => ("no answer".to_owned(), false),
    };
    let took = format!("{}.{} s", one.took_ms / 1000, one.took_ms % 1000 / 100);
    let call = format!("{} {}", one.method, one.path);
    // The path gives way to an error, which is what one looks for.
    let room = width.saturating_sub(2 + 12 + 2 + 9 + 2 + 9);
    let ended = cut(&ended, room.saturating_sub(20).max(3));
    let columns = room.saturating_sub(text::width(&ended) + 2);
    let call = left(&cut_middle(&call, columns), columns);
    Line::from(vec![
        Span::styled(format!("  {}  ", left(&at, 12)), look.faint()),
        Span::raw(format!("{}  {call}  ", left(&one.system, 9))),
        Span::styled(ended, if good { look.at_rest() } else { look.need() }),
        Span::raw(format!("  {}", right(&took, 7))),
    ])
}

/// All of them with what came back.
pub(super) fn whole(
    model: &Model,
    one: &OrderScreen,
    look: &Look,
    width: usize,
) -> Vec<Line<'static>> {
    let number = one.detail.order.number;
    let mut lines = vec![Line::from(Span::styled(
        cut(&format!("What was last said about order {number}."), width),
        look.strong(),
    ))];
    if one.exchanges.iter().any(|exchange| exchange.masked) {
        let text = "Personal data is masked; v shows it. Secrets are never kept.";
        lines.extend(wrap(text, width).into_iter().map(Line::from));
    }
    for exchange in &one.exchanges {
        lines.push(Line::default());
        lines.push(headline(model, exchange, look, width));
        let why = exchange.error.iter().flat_map(|why| wrap(why, width.saturating_sub(6)));
        lines.extend(why.map(|part| Line::from(format!("    {part}"))));
        lines.extend(
            fold(&exchange.body, width.saturating_sub(6))
                .into_iter()
                .map(|part| Line::from(format!("    {part}"))),
        );
        if exchange.cut {
            let text = "    … and more, which is not kept";
            lines.push(Line::from(Span::styled(cut(text, width), look.faint())));
        }
    }
    lines
}
