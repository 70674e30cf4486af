//! Overview, services, activity, settings.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::look::{Look, spark};
use super::{scrolled, verdict};
use crate::app::Model;
use crate::protocol::screens::{MeterView, OverviewView, SettingView};
use crate::protocol::views::{ApiView, ServicesView, StatusView};
use crate::text::{self, count, counted, cut, left, long_age, right};

/// Is all well, in words; if not, what.
fn all_well(model: &Model, status: &StatusView) -> String {
    let now = model.now();
    if let Some(paused) = &status.paused {
        let age = long_age(now, paused.at);
        return format!("Sending was paused by {} {age} ago: no order goes out.", paused.by);
    }
    for (name, api) in [("Linnworks", &status.linnworks), ("Stream", &status.stream)] {
        match api.state.as_str() {
            "down" => return format!("{name} does not answer. Work waits, and goes on by itself."),
            "unauthorised" => {
                return format!("{name} refuses our credentials. See the alarms below.");
            }
            "unconfigured" => return format!("{name} is not set up yet: see the settings."),
            _ => {}
        }
    }
    let needs = model.head.errors;
    if needs > 0 {
        let oldest = status.stuck.iter().map(|one| one.since).min();
        let age = oldest.map(|at| format!(" The oldest has waited {}.", long_age(now, at)));
        let verb = if needs == 1 { "needs" } else { "need" };
        return format!("{} {verb} you.{}", counted(needs, "order"), age.unwrap_or_default());
    }
    match (status.sync_orders.as_str(), status.alarms.len()) {
        ("off", _) => "Orders are read and held: sync.orders is off.".to_owned(),
        ("dry-run", _) => "A dry run: what would be sent is shown, and nothing is sent.".to_owned(),
        (_, 0) => "All is well. Nothing needs you.".to_owned(),
        (_, alarms) => format!("{} to look at.", counted(alarms as u64, "warning")),
    }
}

pub(super) fn overview(
    model: &Model,
    view: &OverviewView,
    look: &Look,
    width: usize,
    room: usize,
) -> Vec<Line<'static>> {
    let status = &view.status;
    let mut lines = vec![verdict(model, all_well(model, status), look, width)];
    let small = room < 14;
    if !small {
        lines.push(Line::default());
        lines.push(states(status, look, width));
        lines.push(rates(view, look, width));
        lines.push(Line::default());
    }
    if room >= 10 {
        lines.push(system("Linnworks", &status.linnworks, &view.linnworks, look, width));
        lines.push(system("Stream", &status.stream, &view.stream, look, width));
        lines.push(plain("Queue", &queue(model, status), width));
        lines.push(plain("Webhooks", &webhooks(model, status), width));
        lines.push(plain("Poll", &polls(model, status), width));
        lines.push(Line::default());
    }
    needs_you(model, status, look, width, &mut lines);
    lines
}

fn plain(name: &str, what: &str, width: usize) -> Line<'static> {
    Line::from(cut(&format!("  {}  {what}", left(name, 9)), width))
}

fn states(status: &StatusView, look: &Look, width: usize) -> Line<'static> {
    let of = |word: &str| {
        status.orders.iter().find(|(name, _)| name == word).map_or(0, |(_, count)| *count)
    };
    let mut spans = vec![Span::raw("  "), Span::raw(left("Orders", 9)), Span::raw("  ")];
    let mut room = width.saturating_sub(13);
    for word in [
        "waiting",
        "sending",
        "unsure",
        "sent",
        "planned",
        "dispatched",
        "delivered",
        "refused",
        "attention",
        "held",
    ] {
        let number = of(word);
        if number == 0 && !matches!(word, "sent" | "planned" | "refused") {
            continue;
        }
        let text = format!("{word} {}", count(number));
        if text.len() + 3 > room {
            break;
        }
        room -= text.len() + 3;
        let style = if number > 0 { look.state(word) } else { look.faint() };
        spans.push(Span::styled(text, style));
        spans.push(Span::raw("   "));
    }
    Line::from(spans)
}

fn rates(view: &OverviewView, look: &Look, width: usize) -> Line<'static> {
    let total: u64 = view.sent.iter().map(|n| u64::from(*n)).sum();
    let errors: u64 = view.refused.iter().map(|n| u64::from(*n)).sum();
    let peak = view.sent.iter().copied().max().unwrap_or(0);
    let columns = if width >= 110 { 60 } else { 30 };
    // Two minutes a bar where there is room for no more.
    let per = view.sent.len().div_ceil(columns).max(1);
    let bars: Vec<u32> = view.sent.chunks(per).map(|chunk| chunk.iter().sum()).collect();
    let text = format!("{} sent, peak {peak}/min, {errors} refused", count(total));
    Line::from(vec![
        Span::raw(format!("  {}  ", left("Last 60m", 9))),
        Span::styled(spark(&bars), look.accent()),
        Span::raw(cut(&format!("  {text}"), width.saturating_sub(13 + bars.len()))),
    ])
}

fn system(
    name: &str,
    api: &ApiView,
    meter: &MeterView,
    look: &Look,
    width: usize,
) -> Line<'static> {
    let used = match meter.of {
        0 => counted(api.calls_last_minute, "call"),
        of => format!("{} of {} {} this minute", meter.calls, of, short(&meter.what)),
    };
    let took = meter.took_ms.map(|ms| format!("{}.{} s", ms / 1000, ms % 1000 / 100));
    let room = width.saturating_sub(13 + 14 + 9);
    Line::from(vec![
        Span::raw(format!("  {}  ", left(name, 9))),
        Span::styled(left(&api.state, 12), look.state(&api.state)),
        Span::raw("  "),
        Span::raw(left(&used, room)),
        Span::raw(right(&took.unwrap_or_default(), 8)),
    ])
}

/// `Orders/GetAllOpenOrders` is known as its last part.
fn short(method: &str) -> &str {
    method.rsplit('/').next().unwrap_or(method)
}

fn queue(model: &Model, status: &StatusView) -> String {
    let of = |word: &str| {
        status.jobs.iter().find(|(name, _)| name == word).map_or(0, |(_, count)| *count)
    };
    let open = of("waiting") + of("sending") + of("unsure");
    let parked = of("parked");
    let mut text = match status.oldest_job_at {
        Some(at) if open > 0 => {
            format!("{} waiting, the oldest {}", count(open), long_age(model.now(), at))
        }
        _ => "nothing waits".to_owned(),
    };
    if parked > 0 {
        text.push_str(&format!(", {parked} parked for a person"));
    }
    text
}

fn webhooks(model: &Model, status: &StatusView) -> String {
    match (status.webhooks_last_at, status.webhooks_subscribed) {
        (Some(at), _) => {
            let age = long_age(model.now(), at);
            let bad = match status.webhooks_unreadable {
                0 => String::new(),
                bad => format!(", {bad} unreadable"),
            };
            format!("last {age} ago, {} kept{bad}", count(status.webhooks_received))
        }
        (None, 0) => "none: the sweep finds every change".to_owned(),
        (None, pairs) => format!("none yet, {} stand", counted(pairs, "subscription")),
    }
}

fn polls(model: &Model, status: &StatusView) -> String {
    let ago = |at: Option<i64>| {
        at.map_or_else(|| "not yet".to_owned(), |at| format!("{} ago", long_age(model.now(), at)))
    };
    let read = status.oldest_read_at.map(|at| format!(", oldest read {}", ago(Some(at))));
    format!(
        "Linnworks {}, sweep {}{}",
        ago(status.last_poll_at),
        ago(status.last_sweep_at),
        read.unwrap_or_default()
    )
}

fn needs_you(
    model: &Model,
    status: &StatusView,
    look: &Look,
    width: usize,
    lines: &mut Vec<Line<'static>>,
) {
    if status.stuck.is_empty() && status.alarms.is_empty() {
        return;
    }
    lines.push(Line::from(Span::styled("  NEEDS YOU", look.strong())));
    let cursor = model.list().cursor;
    for (at, one) in status.stuck.iter().enumerate() {
        let here = at == cursor;
        let style = if here { look.at() } else { Style::new() };
        let begin = 2 + 9 + 11 + 6;
        lines.push(Line::from(vec![
            Span::styled(look.mark(here, false), look.accent()),
            Span::styled(format!("{}  ", right(&one.number.to_string(), 7)), style),
            Span::styled(left(&one.state, 9), look.state(&one.state).patch(style)),
            Span::styled(format!("  {}  ", right(&model.time(one.since), 4)), style),
            Span::styled(left(&text::brief(&one.reason), width.saturating_sub(begin)), style),
        ]));
    }
    for alarm in &status.alarms {
        let text = format!("  {}  {}", right(&model.time(alarm.since), 4), alarm.text);
        let mut wrapped = text::wrap(&text, width.saturating_sub(4)).into_iter();
        if let Some(first) = wrapped.next() {
            lines.push(Line::from(Span::styled(format!("  {first}"), look.need())));
        }
        lines.extend(wrapped.map(|part| Line::from(format!("      {part}"))));
    }
}

pub(super) fn services(
    model: &Model,
    view: &ServicesView,
    look: &Look,
    width: usize,
    room: usize,
) -> Vec<Line<'static>> {
    let bad = view.services.iter().filter(|one| one.depot.is_none()).count();
    let text = match (view.services.len(), bad) {
        (0, _) => "Linnworks has no service of Stream yet: add the integration there.".to_owned(),
        (all, 0) => {
            format!("{}, each leads to a depot and a method.", counted(all as u64, "service"))
        }
        (all, bad) => {
            let verb = if bad == 1 { "leads" } else { "lead" };
            format!(
                "{bad} of {} {verb} nowhere: their orders are refused.",
                counted(all as u64, "service")
            )
        }
    };
    let mut lines = vec![verdict(model, text, look, width), Line::default()];
    for one in &view.services {
        let place = match (&one.depot, &one.method) {
            (Some(depot), Some(method)) => format!("{depot} › {method}"),
            _ => "nowhere".to_owned(),
        };
        let style = if one.depot.is_none() { look.need() } else { Style::new() };
        lines.push(Line::from(vec![
            Span::raw(format!("  {}  ", left(&one.name, 30))),
            Span::styled(left(&place, width.saturating_sub(46)), style),
            Span::styled(format!("  {}", left(&one.rule, 9)), look.faint()),
        ]));
        for part in one.problem.iter().flat_map(|text| text::wrap(text, width.saturating_sub(8))) {
            lines.push(Line::from(Span::styled(format!("      {part}"), look.accent())));
        }
    }
    lines.push(Line::default());
    lines.push(Line::from(Span::styled("  DEPOTS AND METHODS OF STREAM", look.strong())));
    for depot in &view.depots {
        let methods: Vec<&str> = depot.methods.iter().map(|one| one.name.as_str()).collect();
        let text = format!("  {}  {}", left(&depot.name, 30), methods.join(", "));
        lines.push(Line::from(cut(&text, width)));
    }
    scrolled(model, lines, room)
}

pub(super) fn activity(
    model: &Model,
    look: &Look,
    width: usize,
    room: usize,
) -> Vec<Line<'static>> {
    let text = match model.unread {
        None => "What happens, as it happens.".to_owned(),
        Some(0) => "Held. f follows again; nothing is lost.".to_owned(),
        Some(news) => {
            format!("Held, {} new. f follows again; nothing is lost.", count(news as u64))
        }
    };
    let mut lines = vec![verdict(model, text, look, width)];
    let shown = room.saturating_sub(1);
    let end = model.lines.len().saturating_sub(model.scroll);
    for line in model.lines.range(end.saturating_sub(shown)..end) {
        let order = line.order.map(|number| number.to_string()).unwrap_or_default();
        let what = if width >= 100 { 24 } else { 20 };
        let begin = 2 + 12 + 2 + 8 + 2 + what + 2;
        let moment = text::moment(&model.head.zone, model.now(), line.at);
        let bad = matches!(line.what.as_str(), "refused" | "needs a person");
        let style = if bad { look.need() } else { Style::new() };
        lines.push(Line::from(vec![
            Span::styled(format!("  {}  ", left(&moment, 12)), look.faint()),
            Span::raw(format!("{}  ", right(&order, 8))),
            Span::styled(format!("{}  ", left(&line.what, what)), style),
            Span::raw(cut(&line.detail, width.saturating_sub(begin))),
        ]));
    }
    lines
}

pub(super) fn settings(
    model: &Model,
    rows: &[SettingView],
    look: &Look,
    width: usize,
    room: usize,
) -> Vec<Line<'static>> {
    let text =
        "What holds now, and where it comes from. It is changed in the file or in Linnworks.";
    let mut lines = vec![verdict(model, text.to_owned(), look, width), Line::default()];
    for one in rows {
        let begin = 2 + 34 + 2 + 18 + 2;
        let set = one.origin != "default";
        lines.push(Line::from(vec![
            Span::styled(
                format!("  {}  ", left(&one.key, 34)),
                if set { look.strong() } else { look.faint() },
            ),
            Span::raw(left(&one.value, width.saturating_sub(begin))),
            Span::styled(format!("  {}", left(&one.origin, 18)), look.faint()),
        ]));
    }
    scrolled(model, lines, room)
}
