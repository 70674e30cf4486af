//! Drawing on a bitmap in units of a dot at 203 dpi, whatever the resolution.

use ab_glyph::{Font as _, PxScale, ScaleFont as _, point};

use super::bitmap::Bitmap;
use super::fonts::Face;
use super::text::{Fitted, Style, fit};
use super::{Dpi, LabelError, codes};

/// A box: left, top, width, height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) w: f32,
    pub(super) h: f32,
}

pub(super) const fn frame(x: f32, y: f32, w: f32, h: f32) -> Frame {
    Frame { x, y, w, h }
}

/// Where a text stands in its box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Centre,
    Right,
}

/// Height of a line as a part of its size: the faces are about this high.
const LINE: f32 = 1.0;

/// A bitmap being drawn on.
pub(super) struct Canvas {
    bitmap: Bitmap,
    scale: f32,
    /// What was drawn where, for the test that nothing overlaps.
    pub(super) frames: Vec<Frame>,
}

impl Canvas {
    /// White, of so many dots; one dot at 203 dpi is `scale` dots here.
    pub(super) fn new((width, height): (u32, u32), dpi: Dpi, scale: f32) -> Self {
        Self { bitmap: Bitmap::new(width, height, dpi), scale, frames: Vec::new() }
    }

    pub(super) fn finish(self) -> Bitmap {
        self.bitmap
    }

    #[expect(clippy::cast_possible_truncation, reason = "labels are some thousand dots")]
    fn dots(&self, units: f32) -> i64 {
        (units * self.scale).round() as i64
    }

    pub(super) fn fill(&mut self, area: Frame, black: bool) {
        for y in self.dots(area.y)..self.dots(area.y + area.h) {
            for x in self.dots(area.x)..self.dots(area.x + area.w) {
                self.bitmap.set(x, y, black);
            }
        }
    }

    /// A line across.
    pub(super) fn rule(&mut self, x: f32, y: f32, w: f32) {
        self.fill(frame(x, y, w, 3.0), true);
    }

    /// The border of a box.
    pub(super) fn border(&mut self, area: Frame) {
        let Frame { x, y, w, h } = area;
        for side in [frame(x, y, w, 3.0), frame(x, y + h - 3.0, w, 3.0)] {
            self.fill(side, true);
        }
        for side in [frame(x, y, 3.0, h), frame(x + w - 3.0, y, 3.0, h)] {
            self.fill(side, true);
        }
    }

    /// Sets a text into a box from its top and answers the height used. What does not fit is cut.
    pub(super) fn text(&mut self, text: &str, style: Style, area: Frame, side: Side) -> f32 {
        self.set_text(text, style, area, side, true)
    }

    /// The same in white, for black boxes, in the middle of their height.
    pub(super) fn white_text(&mut self, text: &str, style: Style, area: Frame, side: Side) {
        self.set_text(text, style, area, side, false);
    }

    fn set_text(
        &mut self,
        text: &str,
        mut style: Style,
        area: Frame,
        side: Side,
        black: bool,
    ) -> f32 {
        let rows = |size: f32| (area.h / (size * LINE)).floor().max(0.0);
        if rows(style.sizes.1) < 1.0 {
            return 0.0;
        }
        style.sizes.0 = style.sizes.0.min(area.h / LINE).max(style.sizes.1);
        let mut fitted = fit(text, style, area.w);
        // Several lines are lower than one: smaller until all fit the height, then fewer.
        while fitted.size > style.sizes.1 && fitted.lines.len() as f32 > rows(fitted.size) {
            style.sizes.0 = (style.sizes.0 * 0.94).max(style.sizes.1);
            fitted = fit(text, style, area.w);
            if style.sizes.0 <= style.sizes.1 {
                break;
            }
        }
        while fitted.lines.len() as f32 > rows(fitted.size) && style.lines_max > 1 {
            style.lines_max -= 1;
            fitted = fit(text, style, area.w);
        }
        let height = fitted.lines.len() as f32 * fitted.size * LINE;
        self.frames.push(frame(area.x, area.y, area.w, height));
        let down = if black { 0.0 } else { ((area.h - height) / 2.0).max(0.0) };
        self.lines(&fitted, style.face, Frame { y: area.y + down, ..area }, side, black);
        height
    }

    fn lines(&mut self, fitted: &Fitted, face: Face, area: Frame, side: Side, black: bool) {
        for (n, line) in fitted.lines.iter().enumerate() {
            let width = face.width(line, fitted.size);
            let x = match side {
                Side::Left => area.x,
                Side::Centre => area.x + (area.w - width) / 2.0,
                Side::Right => area.x + area.w - width,
            };
            let y = area.y + n as f32 * fitted.size * LINE;
            self.line(line, face, fitted.size, (x.max(area.x), y), black);
        }
    }

    fn line(&mut self, line: &str, face: Face, size: f32, (x, y): (f32, f32), black: bool) {
        let scale = PxScale::from(size * self.scale);
        let font = face.font().as_scaled(scale);
        let baseline = y * self.scale + font.ascent();
        let mut at = x * self.scale;
        for c in line.chars() {
            let id = font.glyph_id(c);
            let glyph = id.with_scale_and_position(scale, point(at, baseline));
            at += font.h_advance(id);
            let Some(outline) = face.font().outline_glyph(glyph) else { continue };
            let bounds = outline.px_bounds();
            #[expect(clippy::cast_possible_truncation, reason = "within the label")]
            let (left, top) = (bounds.min.x as i64, bounds.min.y as i64);
            let bitmap = &mut self.bitmap;
            outline.draw(|dx, dy, coverage| {
                if coverage >= 0.5 {
                    bitmap.set(left + i64::from(dx), top + i64::from(dy), black);
                }
            });
        }
    }

    /// A Code 128 in a box, centred, in the widest bars that fit with their quiet zones.
    pub(super) fn barcode(&mut self, code: &str, area: Frame) -> Result<(), LabelError> {
        let bars = codes::code128(code)?;
        let room = usize::try_from(self.dots(area.w)).unwrap_or(0);
        let least = if self.bitmap.dpi() == Dpi::Dpi300 { 3 } else { 2 };
        let dot = (room / (bars.len() + 2 * codes::BARCODE_QUIET)).min(2 * least);
        if dot < least {
            return Err(LabelError::Code);
        }
        let width = (bars.len() * dot) as i64;
        let left = self.dots(area.x) + (room as i64 - width) / 2;
        for (n, _) in bars.iter().enumerate().filter(|(_, bar)| **bar) {
            for x in 0..dot as i64 {
                for y in self.dots(area.y)..self.dots(area.y + area.h) {
                    self.bitmap.set(left + (n * dot) as i64 + x, y, true);
                }
            }
        }
        self.frames.push(area);
        Ok(())
    }

    /// A QR code in a square box, with its quiet zone.
    pub(super) fn qr(&mut self, code: &str, area: Frame) -> Result<(), LabelError> {
        let modules = codes::qr(code)?;
        let count = modules.len();
        let room = usize::try_from(self.dots(area.w.min(area.h))).unwrap_or(0);
        let dot = room / (count + 2 * codes::QR_QUIET);
        if dot < 3 {
            return Err(LabelError::Code);
        }
        let inset = (room - count * dot) as i64 / 2;
        let (left, top) = (self.dots(area.x) + inset, self.dots(area.y) + inset);
        for (row, line) in modules.iter().enumerate() {
            for (column, _) in line.iter().enumerate().filter(|(_, black)| **black) {
                for y in 0..dot {
                    for x in 0..dot {
                        let (x, y) = ((column * dot + x) as i64, (row * dot + y) as i64);
                        self.bitmap.set(left + x, top + y, true);
                    }
                }
            }
        }
        self.frames.push(area);
        Ok(())
    }
}
