//! The embedded faces: DejaVu Sans Condensed, cut down to Latin, Greek and Cyrillic. Their licence stands
//! beside them.

use std::sync::LazyLock;

use ab_glyph::{Font as _, FontRef, PxScale, ScaleFont as _};

/// A face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    Regular,
    Bold,
}

static REGULAR: LazyLock<FontRef<'static>> =
    LazyLock::new(|| load(include_bytes!("fonts/DejaVuSansCondensed.ttf")));
static BOLD: LazyLock<FontRef<'static>> =
    LazyLock::new(|| load(include_bytes!("fonts/DejaVuSansCondensed-Bold.ttf")));

fn load(bytes: &'static [u8]) -> FontRef<'static> {
    FontRef::try_from_slice(bytes).expect("the embedded fonts are whole, a test reads both")
}

/// Shown for a character that the fonts lack: a box is seen and asked about, a gap is not.
const UNKNOWN: char = '\u{25af}';

impl Face {
    pub(super) fn font(self) -> &'static FontRef<'static> {
        match self {
            Self::Regular => &REGULAR,
            Self::Bold => &BOLD,
        }
    }

    /// Width of a text in dots at a size.
    pub(super) fn width(self, text: &str, size: f32) -> f32 {
        let font = self.font().as_scaled(PxScale::from(size));
        text.chars().map(|c| font.h_advance(font.glyph_id(c))).sum()
    }
}

/// A text as it is drawn: no control characters, a box for what the fonts lack, single spaces.
pub(super) fn printable(text: &str) -> String {
    let font = Face::Regular.font();
    let shown = text.chars().filter_map(|c| match c {
        c if c.is_whitespace() => Some(' '),
        c if c.is_control() => None,
        c if font.glyph_id(c).0 == 0 => Some(UNKNOWN),
        c => Some(c),
    });
    let shown: String = shown.collect();
    shown.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_polish_greek_and_cyrillic_have_glyphs_and_others_are_replaced_visibly() {
        let text = "Ærøskøbing Zażółć gęślą jaźń Γιώργος Щукин £€№";
        for face in [Face::Regular, Face::Bold] {
            for c in text.chars().chain([UNKNOWN, '…', '–']) {
                assert_ne!(face.font().glyph_id(c).0, 0, "{c}");
            }
        }
        assert_eq!(printable("a\u{1f600} 東\tb\u{7}"), "a\u{25af} \u{25af} b");
    }
}
