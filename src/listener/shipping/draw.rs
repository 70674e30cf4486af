//! An order with its shipment becomes the labels that are handed out.

use crate::config::{LabelFormat, LabelReference, LabelsConfig};
use crate::domain::demand::{Content, Piece, Printed};
use crate::domain::order::{Order, Shipped};
use crate::domain::plan::RunText;
use crate::domain::time::{Day, Timestamp};
use crate::flow::demand::Labels;
use crate::label::{Dpi, Label, Layout, Planned, Reference, draw};

/// Pieces of one package that get a label each; a package with more is one piece.
const UNITS_MAX: u32 = 50;

/// Labels of one order; with more, each package is one piece again. A label has some 20 kB, and all of an
/// order are kept in one transaction and handed over in one answer.
const SHEETS_MAX: u32 = 300;

/// How labels are printed.
#[derive(Clone, Debug)]
pub struct Printing {
    /// Layout, copies, reference, resolution.
    pub labels: LabelsConfig,
    /// Who sends, line by line.
    pub sender: Vec<String>,
}

/// A label that cannot be drawn.
pub type DrawError = crate::label::LabelError;

impl Printing {
    /// The layout of the configuration.
    pub fn layout(&self) -> Layout {
        layout(self.labels.format)
    }

    fn dpi(&self) -> Dpi {
        if self.labels.dpi == 300 { Dpi::Dpi300 } else { Dpi::Dpi203 }
    }
}

/// The layout that a word of the configuration names.
pub const fn layout(format: LabelFormat) -> Layout {
    match format {
        LabelFormat::Default => Layout::Default,
        LabelFormat::PortraitWithoutQr => Layout::PortraitWithoutQr,
        LabelFormat::Portrait => Layout::Portrait,
        LabelFormat::Compact => Layout::Compact,
    }
}

/// What is asked for of one order.
pub struct Wanted<'a> {
    /// SHA-256 of the request.
    pub asked: [u8; 32],
    /// What is printed.
    pub content: &'a Content,
    /// The delivery note.
    pub note: &'a str,
    /// The packages.
    pub pieces: &'a [Piece],
    /// Whether every unit of goods is a piece of its own.
    pub own_pieces: bool,
}

/// Draws all labels of an order.
///
/// # Errors
/// When one cannot be drawn; then none is handed out.
pub fn drawn(
    order: &Order,
    shipped: &Shipped,
    wanted: &Wanted<'_>,
    printing: &Printing,
    now: Timestamp,
) -> Result<Labels, DrawError> {
    let split = |piece: &Piece| match piece.units {
        units if (1..=UNITS_MAX).contains(&units) => units,
        _ => 1,
    };
    let own_pieces =
        wanted.own_pieces && wanted.pieces.iter().map(split).sum::<u32>() <= SHEETS_MAX;
    let units = |piece: &Piece| if own_pieces { split(piece) } else { 1 };
    let all: u32 = wanted.pieces.iter().map(units).sum();
    let mut label = blank(order, shipped, wanted, printing);
    label.pieces = all;
    let (mut sheets, mut pictures) = (Vec::new(), Vec::new());
    for (at, piece) in (0..).zip(wanted.pieces) {
        let count = units(piece);
        for _ in 0..count {
            label.piece += 1;
            label.weight_g = piece.weight_g / u64::from(count);
            pictures.push(draw(&label, printing.layout(), printing.dpi())?.png());
            sheets.push(at);
        }
    }
    let (width, height) = printing.layout().inches();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few inches")]
    let hundredths = |inches: f64| (inches * 100.0).round() as u32;
    let printed = Printed {
        asked: wanted.asked,
        generation: shipped.generation,
        consignment: shipped.consignment.clone(),
        tracking: shipped.tracking.clone(),
        at: now,
        size: (hundredths(width), hundredths(height)),
        copies: printing.labels.copies,
        content: wanted.content.clone(),
        note: wanted.note.to_owned(),
        pieces: wanted.pieces.to_vec(),
        sheets,
    };
    Ok(Labels { printed, pictures })
}

/// `Mon 23 Nov`: a label lives for days, not for years.
fn day_of(day: Day) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = day.to_string();
    let part = |from: usize| text.get(from..from + 2).and_then(|part| part.parse::<usize>().ok());
    let month = part(5).and_then(|month| MONTHS.get(month.wrapping_sub(1)));
    match (part(8), month) {
        (Some(number), Some(month)) => format!("{} {number} {month}", day.short_name()),
        _ => text,
    }
}

fn blank(order: &Order, shipped: &Shipped, wanted: &Wanted<'_>, printing: &Printing) -> Label {
    let content = wanted.content.clone();
    let reference = match printing.labels.reference {
        LabelReference::ChannelReference if !content.reference.is_empty() => {
            Reference::ChannelReference(content.reference.clone())
        }
        LabelReference::ChannelReference | LabelReference::OrderId => {
            Reference::OrderId(order.number.to_string())
        }
    };
    let plan = order.standing.plan.as_ref().map(|plan| Planned {
        run: match plan.run_text() {
            RunText::Number(number) => format!("RUN {number:02}"),
            RunText::Beyond(_) | RunText::Unreadable => plan.text.trim().to_owned(),
        },
        day: plan.day.map(day_of).unwrap_or_default(),
        sequence: plan.sequence,
    });
    Label {
        name: content.name,
        company: content.company,
        lines: content.lines,
        town: content.town,
        region: content.region,
        postcode: content.postcode,
        country: content.country,
        phone: content.phone,
        reference,
        tracking: shipped.tracking.to_string(),
        consignment: shipped.consignment.to_string(),
        service: order.method.clone().unwrap_or_else(|| order.service.clone()),
        depot: order.depot.clone().unwrap_or_default(),
        sender: printing.sender.clone(),
        piece: 0,
        pieces: 0,
        weight_g: 0,
        note: wanted.note.to_owned(),
        plan,
    }
}
