//! The three layouts on 4 by 6 inches: bands from top to bottom, the same blocks in other places and sizes.

use super::bitmap::Bitmap;
use super::canvas::{Canvas, Frame, Side, frame};
use super::fonts::Face;
use super::layout::{Dpi, Layout};
use super::text::Style;
use super::{Label, LabelError, Reference};

/// Left edge and width of what is printed: printers leave some dots at the edges.
const X: f32 = 26.0;
const W: f32 = 760.0;

/// Side of the QR code.
const QR: f32 = 300.0;

/// What tells the three apart.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    /// The address stands above the postcode and the piece.
    address_first: bool,
    /// Size of the postcode.
    postcode: f32,
    qr: bool,
}

impl Plan {
    pub(super) const DEFAULT: Self = Self { address_first: false, postcode: 150.0, qr: true };
    pub(super) const WITHOUT_QR: Self = Self { address_first: false, postcode: 150.0, qr: false };
    pub(super) const PORTRAIT: Self = Self { address_first: true, postcode: 92.0, qr: true };
}

pub(super) const fn style(face: Face, largest: f32, smallest: f32, lines_max: usize) -> Style {
    Style { face, sizes: (largest, smallest), lines_max }
}

const CAPTION: Style = style(Face::Regular, 22.0, 20.0, 1);

pub(super) fn draw(label: &Label, plan: Plan, dpi: Dpi) -> Result<Bitmap, LabelError> {
    Ok(drawn(label, plan, dpi)?.finish())
}

pub(super) fn drawn(label: &Label, plan: Plan, dpi: Dpi) -> Result<Canvas, LabelError> {
    let dots = Layout::Default.dots(dpi);
    let mut canvas = Canvas::new(dots, dpi, dots.0 as f32 / 812.0);
    let mut y = 24.0;
    if plan.address_first {
        address(&mut canvas, label, frame(X, y, W, 300.0));
        y += 308.0;
        canvas.rule(X, y, W);
        y += 12.0;
        head(&mut canvas, label, plan, frame(X, y, W, 150.0));
        y += 158.0;
    } else {
        head(&mut canvas, label, plan, frame(X, y, W, 210.0));
        y += 218.0;
        canvas.rule(X, y, W);
        y += 12.0;
        address(&mut canvas, label, frame(X, y, W, 300.0));
        y += 308.0;
    }
    if label.plan.is_some() {
        run_band(&mut canvas, label, frame(X, y, W, 66.0));
    }
    y += 74.0;
    canvas.rule(X, y, W);
    y += 12.0;
    let bottom = 968.0;
    if plan.qr {
        let (top, width) = ((y + bottom - QR) / 2.0, W - QR - 12.0);
        details(&mut canvas, label, frame(X, y, width, bottom - y));
        canvas.qr(&label.code(), frame(X + W - QR, top, QR, QR))?;
    } else {
        details_across(&mut canvas, label, frame(X, y, W, bottom - y));
    }
    canvas.rule(X, 976.0, W);
    foot(&mut canvas, label)?;
    Ok(canvas)
}

/// Postcode, and which piece of how many.
fn head(canvas: &mut Canvas, label: &Label, plan: Plan, area: Frame) {
    let side = 236.0;
    let room = frame(area.x, area.y, area.w - side - 16.0, area.h);
    let (outward, inward) = split(&label.postcode);
    let size = plan.postcode;
    let big = style(Face::Bold, size, 40.0, 1);
    if inward.is_empty() || size <= 100.0 {
        let whole = style(Face::Bold, size, 40.0, 2);
        canvas.text(&label.postcode.to_uppercase(), whole, room, Side::Left);
    } else {
        let half = area.h / 2.0;
        canvas.text(&outward, big, Frame { h: half, ..room }, Side::Left);
        canvas.text(&inward, big, Frame { y: area.y + half, h: half, ..room }, Side::Left);
    }
    let piece = frame(area.x + area.w - side, area.y, side, area.h);
    canvas.border(piece);
    let inner = frame(piece.x + 12.0, piece.y + 10.0, piece.w - 24.0, 26.0);
    canvas.text("PIECE", CAPTION, inner, Side::Left);
    let count = format!("{} of {}", label.piece, label.pieces);
    let count_style = style(Face::Bold, 72.0, 30.0, 1);
    let middle = frame(inner.x, piece.y + 38.0, inner.w, area.h - 92.0);
    canvas.text(&count, count_style, middle, Side::Centre);
    if let Some(weight) = weight(label.weight_g) {
        let low = frame(inner.x, piece.y + area.h - 50.0, inner.w, 40.0);
        canvas.text(&weight, style(Face::Bold, 38.0, 24.0, 1), low, Side::Centre);
    }
}

/// The two parts of a postcode of the United Kingdom; the second empty for any other.
pub(super) fn split(postcode: &str) -> (String, String) {
    let upper = postcode.trim().to_uppercase();
    match upper.split_once(' ') {
        Some((outward, inward))
            if inward.chars().count() == 3
                && outward.chars().count() <= 4
                && inward.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            (outward.to_owned(), inward.to_owned())
        }
        _ => (upper, String::new()),
    }
}

/// Kilograms, as a person writes them.
pub(super) fn weight(grams: u64) -> Option<String> {
    if grams == 0 {
        return None;
    }
    let (kilos, rest) = (grams / 1000, grams % 1000);
    Some(match (kilos, (rest + 50) / 100) {
        (0, _) if grams < 100 => format!("{grams} g"),
        (kilos, 10) => format!("{} kg", kilos + 1),
        (kilos, 0) => format!("{kilos} kg"),
        (kilos, tenths) => format!("{kilos}.{tenths} kg"),
    })
}

pub(super) fn is_abroad(country: &str) -> bool {
    let home = ["", "gb", "uk", "united kingdom", "great britain", "england", "scotland", "wales"];
    !home.contains(&country.trim().to_lowercase().as_str())
}

/// Recipient, from the top of a box down.
fn address(canvas: &mut Canvas, label: &Label, area: Frame) {
    let mut y = area.y;
    y += canvas.text("DELIVER TO", CAPTION, Frame { h: 24.0, ..area }, Side::Left) + 2.0;
    let mut rows: Vec<(String, Style)> = Vec::new();
    rows.push((label.name.clone(), style(Face::Bold, 48.0, 30.0, 2)));
    let line = style(Face::Regular, 36.0, 26.0, 1);
    rows.push((label.company.clone(), style(Face::Bold, 36.0, 26.0, 1)));
    rows.extend(label.lines.iter().take(3).map(|text| (text.clone(), line)));
    rows.push((label.town.clone(), style(Face::Bold, 38.0, 26.0, 1)));
    let mut end = vec![label.region.clone(), label.postcode.to_uppercase()];
    if is_abroad(&label.country) {
        end.push(label.country.to_uppercase());
    }
    rows.push((joined(&end, ", "), line));
    rows.push((label.phone.clone(), style(Face::Regular, 30.0, 24.0, 1)));
    rows.retain(|(text, _)| !text.trim().is_empty());
    let wanted: f32 = rows.iter().map(|(_, style)| style.sizes.0).sum();
    // Many lines are all set smaller; a second line of the name counts too.
    let room = area.y + area.h - y - 30.0;
    let shrink = (room / wanted.max(1.0)).min(1.0);
    for (text, mut style) in rows {
        style.sizes.0 = (style.sizes.0 * shrink).max(20.0);
        style.sizes.1 = style.sizes.1.min(style.sizes.0);
        let left = area.y + area.h - y;
        y += canvas.text(&text, style, Frame { y, h: left, ..area }, Side::Left);
    }
}

pub(super) fn joined(parts: &[String], between: &str) -> String {
    let parts: Vec<&str> = parts.iter().map(|p| p.trim()).filter(|p| !p.is_empty()).collect();
    parts.join(between)
}

/// White on black: who loads looks for it first.
fn run_band(canvas: &mut Canvas, label: &Label, area: Frame) {
    let Some(plan) = &label.plan else { return };
    canvas.fill(area, true);
    let third = (area.w - 40.0) / 3.0;
    let cell =
        |n: f32| frame(area.x + 14.0 + n * (third + 6.0), area.y + 9.0, third, area.h - 16.0);
    let big = style(Face::Bold, 48.0, 22.0, 1);
    canvas.white_text(&plan.run, big, cell(0.0), Side::Left);
    canvas.white_text(&plan.day, big, cell(1.0), Side::Centre);
    let place = plan.sequence.map(|place| format!("SEQ {place:02}")).unwrap_or_default();
    canvas.white_text(&place, big, cell(2.0), Side::Right);
}

pub(super) fn reference(label: &Label) -> (&'static str, &str) {
    match &label.reference {
        Reference::OrderId(text) => ("ORDER NO", text),
        Reference::ChannelReference(text) => ("REFERENCE", text),
    }
}

/// Captions with what they name, one above the other.
fn details(canvas: &mut Canvas, label: &Label, area: Frame) {
    let (caption, text) = reference(label);
    let service = joined(&[label.service.clone(), label.depot.clone()], " · ");
    let rows = [
        (caption, text, style(Face::Bold, 44.0, 26.0, 1)),
        ("TRACKING", label.tracking.as_str(), style(Face::Bold, 30.0, 20.0, 1)),
        ("SERVICE · DEPOT", &service, style(Face::Regular, 28.0, 20.0, 1)),
    ];
    let mut y = area.y;
    for (caption, text, style) in rows {
        if text.trim().is_empty() {
            continue;
        }
        y += canvas.text(caption, CAPTION, Frame { y, h: 24.0, ..area }, Side::Left);
        y += canvas.text(text, style, Frame { y, h: 46.0, ..area }, Side::Left) + 6.0;
    }
    note(canvas, label, Frame { y, h: area.y + area.h - y, ..area });
}

/// The same over the full width, in two columns.
fn details_across(canvas: &mut Canvas, label: &Label, area: Frame) {
    let half = (area.w - 24.0) / 2.0;
    let (left, right) = (area.x, area.x + half + 24.0);
    let (caption, text) = reference(label);
    let value = style(Face::Bold, 44.0, 22.0, 1);
    let plain = style(Face::Regular, 36.0, 20.0, 1);
    let cells = [
        (left, 0.0, caption, text, value),
        (right, 0.0, "TRACKING", label.tracking.as_str(), value),
        (left, 82.0, "SERVICE", label.service.as_str(), plain),
        (right, 82.0, "DEPOT", label.depot.as_str(), plain),
    ];
    for (x, down, caption, text, style) in cells {
        if text.trim().is_empty() {
            continue;
        }
        let y = area.y + down;
        let used = canvas.text(caption, CAPTION, frame(x, y, half, 24.0), Side::Left);
        canvas.text(text, style, frame(x, y + used, half, 48.0), Side::Left);
    }
    let y = area.y + 162.0;
    note(canvas, label, Frame { y, h: area.y + area.h - y, ..area });
}

fn note(canvas: &mut Canvas, label: &Label, area: Frame) {
    if label.note.trim().is_empty() || area.h < 56.0 {
        return;
    }
    let used = canvas.text("NOTE", CAPTION, Frame { h: 24.0, ..area }, Side::Left);
    let room = Frame { y: area.y + used, h: area.h - used, ..area };
    canvas.text(&label.note, style(Face::Regular, 28.0, 20.0, 4), room, Side::Left);
}

/// Barcode, its text, the sender.
fn foot(canvas: &mut Canvas, label: &Label) -> Result<(), LabelError> {
    let code = label.code();
    canvas.barcode(&code, frame(X - 10.0, 990.0, W + 20.0, 118.0))?;
    let text = style(Face::Regular, 30.0, 20.0, 1);
    canvas.text(&code, text, frame(X, 1112.0, W, 32.0), Side::Centre);
    canvas.rule(X, 1148.0, W);
    let sender = joined(&label.sender, ", ");
    let from = if sender.is_empty() { String::new() } else { format!("From: {sender}") };
    let small = style(Face::Regular, 21.0, 18.0, 2);
    canvas.text(&from, small, frame(X, 1154.0, W, 44.0), Side::Left);
    Ok(())
}
