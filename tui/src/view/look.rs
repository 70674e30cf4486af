//! One accent, calm when all is well: colour stands where somebody is needed, always beside a word. Sixteen
//! colours, named by role, so that dark and light terminals both keep their own; without colours weight and
//! marks are left, and without UTF-8 the marks are ASCII.

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use crate::app::Model;

/// How it looks here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    plain: bool,
    ascii: bool,
}

impl Look {
    pub(super) fn of(model: &Model) -> Self {
        Self { plain: model.options.plain, ascii: model.options.ascii }
    }

    fn colour(self, colour: Color) -> Style {
        if self.plain { Style::new() } else { Style::new().fg(colour) }
    }

    /// The one accent.
    pub(super) fn accent(self) -> Style {
        self.colour(Color::Cyan)
    }

    /// Somebody is needed. Yellow and not red: it is told from green by every eye.
    pub(super) fn need(self) -> Style {
        self.colour(Color::Yellow).add_modifier(Modifier::BOLD)
    }

    /// To be read first.
    pub(super) fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Less than the rest.
    pub(super) fn faint(self) -> Style {
        if self.plain { Style::new() } else { Style::new().add_modifier(Modifier::DIM) }
    }

    /// Nothing special.
    pub(super) fn at_rest(self) -> Style {
        Style::new()
    }

    /// An address that a terminal may be told to open.
    pub(super) fn link(self) -> Style {
        Style::new().add_modifier(Modifier::UNDERLINED)
    }

    /// The row one is at.
    pub(super) fn at(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// A word of state.
    pub(super) fn state(self, state: &str) -> Style {
        match state {
            "refused" | "attention" | "parked" | "down" | "unauthorised" | "unconfigured"
            | "unreadable" | "failed" => self.need(),
            "unsure" | "throttled" => self.accent(),
            _ => Style::new(),
        }
    }

    /// The mark before the row one is at.
    pub(super) const fn mark(self, here: bool, picked: bool) -> &'static str {
        match (here, picked) {
            (true, true) => "▸●",
            (true, false) => "▸ ",
            (false, true) => " ●",
            (false, false) => "  ",
        }
    }

    /// In ASCII where nothing else can be shown.
    pub(super) fn plainly(self, line: Line<'static>) -> Line<'static> {
        if !self.ascii {
            return line;
        }
        let spans = line.spans.into_iter().map(|span| {
            let text: String = span.content.chars().map(ascii).collect();
            Span::styled(text, span.style)
        });
        Line::from(spans.collect::<Vec<_>>()).style(line.style)
    }
}

fn ascii(letter: char) -> char {
    match letter {
        '─' => '-',
        '▸' | '›' => '>',
        '●' => '*',
        '…' => '~',
        '↑' | '▲' => '^',
        '↓' | '▼' => 'v',
        '▁' => '_',
        '▂' => '.',
        '▃' => ':',
        '▄' => '-',
        '▅' => '=',
        '▆' => '+',
        '▇' => '*',
        '█' => '#',
        '·' => '.',
        '–' => '-',
        letter if letter.is_ascii() => letter,
        _ => '?',
    }
}

/// A row of small bars; the highest is as high as a line.
pub(super) fn spark(values: &[u32]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = values.iter().copied().max().unwrap_or(0).max(1);
    let bar = |value: &u32| match value {
        0 => '▁',
        value => {
            let step = (u64::from(*value) * 7).div_ceil(u64::from(most)).max(1);
            BARS[usize::try_from(step).unwrap_or(7).min(7)]
        }
    };
    values.iter().map(bar).collect()
}
