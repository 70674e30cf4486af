//! A text fitted into a box: made smaller first, then broken into lines, then cut with an ellipsis; never
//! larger than its box.

use super::fonts::{Face, printable};

/// How a text is set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) face: Face,
    /// Largest and smallest size, in dots.
    pub(super) sizes: (f32, f32),
    pub(super) lines_max: usize,
}

/// A text that fits.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fitted {
    pub(super) size: f32,
    pub(super) lines: Vec<String>,
}

/// Steps in which a text shrinks.
const SHRINK: f32 = 0.94;

/// Fits a text into a width.
pub(super) fn fit(text: &str, style: Style, width: f32) -> Fitted {
    let text = printable(text);
    let (largest, smallest) = style.sizes;
    if text.is_empty() {
        return Fitted { size: largest, lines: Vec::new() };
    }
    let mut size = largest;
    while size >= smallest {
        if style.face.width(&text, size) <= width {
            return Fitted { size, lines: vec![text] };
        }
        size *= SHRINK;
    }
    // Smaller would not be read: it is broken, in the largest size at which it fits.
    let mut size = largest;
    while size > smallest && style.lines_max > 1 {
        let lines = broken(&text, style.face, size, width);
        if lines.len() <= style.lines_max {
            return Fitted { size, lines };
        }
        size *= SHRINK;
    }
    let mut lines = broken(&text, style.face, smallest, width);
    if lines.len() > style.lines_max {
        lines.truncate(style.lines_max);
        if let Some(last) = lines.last_mut() {
            while !last.is_empty() && style.face.width(&format!("{last}…"), smallest) > width {
                last.pop();
            }
            *last = format!("{}…", last.trim_end());
        }
    }
    Fitted { size: smallest, lines }
}

/// Greedy lines; a word longer than a line is broken anywhere.
fn broken(text: &str, face: Face, size: f32, width: f32) -> Vec<String> {
    let fits = |line: &str| face.width(line, size) <= width;
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let joined = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if fits(&joined) {
            line = joined;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for c in word.chars() {
            line.push(c);
            if !fits(&line) && line.chars().count() > 1 {
                line.pop();
                lines.push(std::mem::replace(&mut line, c.to_string()));
            }
        }
    }
    lines.push(line);
    lines.retain(|line| !line.is_empty());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style { face: Face::Bold, sizes: (40.0, 20.0), lines_max: 2 };

    #[test]
    fn a_long_name_shrinks_then_wraps_then_is_cut_and_never_leaves_its_box() {
        let short = fit("Ann Lee", STYLE, 400.0);
        assert_eq!((short.size, short.lines.len()), (40.0, 1));
        let longer = fit("Margaret Okafor-Featherstone", STYLE, 400.0);
        assert!(longer.size < 40.0 && longer.lines.len() == 1, "{longer:?}");
        let two = fit(&"Margaret Okafor ".repeat(4), STYLE, 400.0);
        assert_eq!(two.lines.len(), 2, "{two:?}");
        let cut = fit(&"Wolfeschlegelsteinhausenbergerdorff ".repeat(9), STYLE, 400.0);
        assert!(cut.lines.len() == 2 && cut.lines[1].ends_with('…'), "{cut:?}");
        for fitted in [short, longer, two, cut] {
            for line in &fitted.lines {
                assert!(STYLE.face.width(line, fitted.size) <= 400.0, "{line}");
            }
        }
    }
}
