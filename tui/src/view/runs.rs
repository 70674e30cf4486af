//! Runs by day, each with its stops in sequence.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::look::Look;
use super::verdict;
use crate::app::Model;
use crate::protocol::views::RunView;
use crate::text::{counted, cut, day, left, long_age, right};

pub(super) fn page(
    model: &Model,
    runs: &[RunView],
    look: &Look,
    width: usize,
    room: usize,
) -> Vec<Line<'static>> {
    let mut lines = vec![verdict(model, sentence(model, runs), look, width)];
    let heading = format!(
        "  {}  {}  {}  {}  {}",
        left("run", 22),
        right("stops", 5),
        right("ready", 5),
        left("leaves", 12),
        left("vehicle, driver", 18)
    );
    lines.push(Line::from(Span::styled(cut(&heading, width), look.faint())));
    let cursor = model.list().cursor;
    let mut rows = Vec::new();
    for run in runs {
        rows.push(run_line(model, run, look, width, rows.len() == cursor));
        for stop in &run.stops {
            let here = rows.len() == cursor;
            let style = if here { look.at() } else { Style::new() };
            let place = stop.sequence.map_or_else(|| "-".to_owned(), |place| format!("{place:02}"));
            let problem = stop.problem.as_deref().unwrap_or("ready");
            let bad = if stop.problem.is_some() { look.need() } else { look.faint() };
            rows.push(Line::from(vec![
                Span::styled(look.mark(here, false), look.accent()),
                Span::styled(
                    format!(
                        "    {}  {}  {}  {}  ",
                        right(&place, 2),
                        right(&stop.number.to_string(), 8),
                        left(&stop.postcode, 9),
                        left(&stop.state, 10)
                    ),
                    style,
                ),
                Span::styled(left(problem, width.saturating_sub(44)), bad.patch(style)),
            ]));
        }
    }
    let shown = room.saturating_sub(2).max(1);
    let from = (cursor + 1).saturating_sub(shown).min(rows.len());
    lines.extend(rows.into_iter().skip(from));
    lines
}

fn sentence(model: &Model, runs: &[RunView]) -> String {
    let when = model.day.as_deref().map(day);
    let stops: usize = runs.iter().map(|run| run.stops.len()).sum();
    if runs.is_empty() {
        let when = when.map_or_else(|| "from yesterday on".to_owned(), |day| format!("on {day}"));
        return format!("No run {when}. Planners make them in Stream; h and l change the day.");
    }
    let bad: Vec<&RunView> =
        runs.iter().filter(|run| run.stops.iter().any(|stop| stop.problem.is_some())).collect();
    let when = when.map(|day| format!(" on {day}")).unwrap_or_default();
    let begin =
        format!("{}{when}, {}.", counted(runs.len() as u64, "run"), counted(stops as u64, "stop"));
    match bad.as_slice() {
        [] => format!("{begin} All are ready."),
        [one] => {
            let count = one.stops.iter().filter(|stop| stop.problem.is_some()).count();
            format!("{begin} {} has {} not ready.", name(one), counted(count as u64, "stop"))
        }
        several => format!(
            "{begin} {} have stops that are not ready.",
            counted(several.len() as u64, "run")
        ),
    }
}

fn name(run: &RunView) -> &str {
    if run.run_text.trim().is_empty() { &run.run_id } else { run.run_text.trim() }
}

fn run_line(model: &Model, run: &RunView, look: &Look, width: usize, here: bool) -> Line<'static> {
    let style = if here { look.at() } else { Style::new() };
    let ready = run.stops.iter().filter(|stop| stop.problem.is_none()).count();
    let all = run.stops.len();
    let leaves = match run.leaves_at {
        Some(at) if at > model.now() => format!("in {}", long_age(model.now(), at)),
        Some(at) => format!("{} ago", long_age(model.now(), at)),
        None => "-".to_owned(),
    };
    let title = format!("{}  {}", name(run), run.day.as_deref().map(day).unwrap_or_default());
    let who: Vec<&str> =
        [&run.vehicle, &run.driver].into_iter().flatten().map(String::as_str).collect();
    let missing = if ready < all { look.need() } else { Style::new() };
    Line::from(vec![
        Span::styled(look.mark(here, false), look.accent()),
        Span::styled(left(&title, 22), look.strong().patch(style)),
        Span::styled(format!("  {}  ", right(&all.to_string(), 5)), style),
        Span::styled(right(&ready.to_string(), 5), missing.patch(style)),
        Span::styled(format!("  {}  ", left(&leaves, 12)), style),
        Span::styled(left(&who.join(", "), width.saturating_sub(66)), style),
        Span::styled(format!("  {}", left(&run.status, 10)), style),
    ])
}
