//! The layout on 100 by 50 mm: what a driver needs, and a barcode.

use super::bitmap::Bitmap;
use super::canvas::{Canvas, Side, frame};
use super::fonts::Face;
use super::layout::{Dpi, Layout};
use super::sheet::{is_abroad, joined, reference, style, weight};
use super::{Label, LabelError};

const X: f32 = 20.0;
const W: f32 = 759.0;

pub(super) fn draw(label: &Label, dpi: Dpi) -> Result<Bitmap, LabelError> {
    Ok(drawn(label, dpi)?.finish())
}

pub(super) fn drawn(label: &Label, dpi: Dpi) -> Result<Canvas, LabelError> {
    let dots = Layout::Compact.dots(dpi);
    let mut canvas = Canvas::new(dots, dpi, dots.0 as f32 / 799.0);
    let (left, right) = (500.0, W - 500.0 - 14.0);
    let postcode = style(Face::Bold, 84.0, 36.0, 1);
    canvas.text(&label.postcode.to_uppercase(), postcode, frame(X, 12.0, left, 84.0), Side::Left);
    let x = X + left + 14.0;
    let piece = joined(
        &[
            format!("{} of {}", label.piece, label.pieces),
            weight(label.weight_g).unwrap_or_default(),
        ],
        " · ",
    );
    canvas.text(&piece, style(Face::Bold, 40.0, 20.0, 1), frame(x, 14.0, right, 42.0), Side::Right);
    if let Some(plan) = &label.plan {
        let band = frame(x, 58.0, right, 38.0);
        canvas.fill(band, true);
        let place = plan.sequence.map(|place| format!("SEQ {place:02}")).unwrap_or_default();
        let text = joined(&[plan.run.clone(), plan.day.clone(), place], " ");
        let inner = frame(x + 8.0, 63.0, right - 16.0, 30.0);
        canvas.white_text(&text, style(Face::Bold, 28.0, 14.0, 1), inner, Side::Centre);
    }
    canvas.rule(X, 102.0, W);
    let (mut y, end) = (110.0, 224.0);
    let mut rows = vec![(
        joined(&[label.name.clone(), label.company.clone()], ", "),
        style(Face::Bold, 36.0, 22.0, 1),
    )];
    let mut parts = label.lines.clone();
    parts.extend([label.town.clone(), label.region.clone()]);
    if is_abroad(&label.country) {
        parts.push(label.country.to_uppercase());
    }
    rows.push((joined(&parts, ", "), style(Face::Regular, 26.0, 20.0, 2)));
    for (text, style) in rows {
        y += canvas.text(&text, style, frame(X, y, W, end - y), Side::Left) + 2.0;
    }
    let (caption, order) = reference(label);
    let facts = joined(
        &[
            format!("{caption} {order}"),
            label.tracking.clone(),
            joined(&[label.service.clone(), label.depot.clone()], ", "),
        ],
        " · ",
    );
    canvas.text(&facts, style(Face::Regular, 22.0, 14.0, 1), frame(X, 226.0, W, 24.0), Side::Left);
    let code = label.code();
    canvas.barcode(&code, frame(X - 16.0, 256.0, W + 32.0, 88.0))?;
    canvas.text(&code, style(Face::Regular, 24.0, 16.0, 1), frame(X, 346.0, W, 26.0), Side::Centre);
    let sender = joined(&label.sender, ", ");
    let from = if sender.is_empty() { String::new() } else { format!("From: {sender}") };
    canvas.text(&from, style(Face::Regular, 18.0, 13.0, 1), frame(X, 372.0, W, 20.0), Side::Left);
    Ok(canvas)
}
