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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{ConsignmentNo, Generation, OrderId, OrderNumber, TrackingNumber};
    use crate::label::Bitmap;

    fn order() -> (Order, Shipped) {
        let mut order =
            Order::unknown(OrderId::from_bytes([1; 16]), OrderNumber(104_512), Timestamp(0));
        let shipped = Shipped {
            generation: Generation::FIRST,
            consignment: ConsignmentNo("CN00481000".into()),
            tracking: TrackingNumber("TRK1".into()),
            tracking_url: String::new(),
            at: Timestamp(0),
            adopted: false,
        };
        order.shipped = Some(shipped.clone());
        (order, shipped)
    }

    fn printing(format: LabelFormat, reference: LabelReference) -> Printing {
        let labels = LabelsConfig { format, copies: 1, reference, dpi: 203 };
        Printing { labels, sender: vec!["Warehouse Ltd".into(), "LS10 1RT".into()] }
    }

    fn wanted<'a>(content: &'a Content, pieces: &'a [Piece], own_pieces: bool) -> Wanted<'a> {
        Wanted { asked: [0; 32], content, note: "", pieces, own_pieces }
    }

    #[test]
    fn r52_the_reference_is_the_order_number_or_the_channels_and_never_nothing() {
        let (order, shipped) = order();
        let content = Content { reference: "SO-88121".into(), ..Content::default() };
        let bare = Content::default();
        let pieces = [Piece { sequence: 1, weight_g: 0, units: 1 }];
        for (reference, content, printed) in [
            (LabelReference::OrderId, &content, Reference::OrderId("104512".into())),
            (
                LabelReference::ChannelReference,
                &content,
                Reference::ChannelReference("SO-88121".into()),
            ),
            (LabelReference::ChannelReference, &bare, Reference::OrderId("104512".into())),
        ] {
            let printing = printing(LabelFormat::Default, reference);
            let label = blank(&order, &shipped, &wanted(content, &pieces, false), &printing);
            assert_eq!(label.reference, printed);
            assert_eq!(label.sender, ["Warehouse Ltd", "LS10 1RT"], "R27: who sends is printed");
        }
    }

    #[test]
    fn r53_the_layout_of_the_configuration_is_drawn_in_its_size() {
        let (order, shipped) = order();
        let content = Content::default();
        let pieces = [Piece { sequence: 1, weight_g: 0, units: 1 }];
        for (format, layout) in [
            (LabelFormat::Default, Layout::Default),
            (LabelFormat::PortraitWithoutQr, Layout::PortraitWithoutQr),
            (LabelFormat::Portrait, Layout::Portrait),
            (LabelFormat::Compact, Layout::Compact),
        ] {
            let printing = printing(format, LabelReference::OrderId);
            let wanted = wanted(&content, &pieces, false);
            let labels = drawn(&order, &shipped, &wanted, &printing, Timestamp(5)).expect("drawn");
            let picture = Bitmap::from_png(&labels.pictures[0]).expect("a label");
            assert_eq!((picture.width(), picture.height()), layout.dots(Dpi::Dpi203));
        }
    }

    #[test]
    fn r40_r55_packages_are_those_of_linnworks_or_every_unit_is_a_piece_and_the_weight_is_the_same()
    {
        let (order, shipped) = order();
        let content = Content::default();
        let pieces = [
            Piece { sequence: 7, weight_g: 3_000, units: 3 },
            Piece { sequence: 2, weight_g: 500, units: 0 },
        ];
        let printing = printing(LabelFormat::Compact, LabelReference::OrderId);
        let sheets = |pieces: &[Piece], own: bool| {
            let wanted = wanted(&content, pieces, own);
            let labels = drawn(&order, &shipped, &wanted, &printing, Timestamp(5)).expect("drawn");
            assert_eq!(labels.printed.pieces, pieces, "as they were asked for");
            assert_eq!(labels.pictures.len(), labels.printed.sheets.len());
            labels.printed.sheets
        };
        assert_eq!(sheets(&pieces, false), [0, 1]);
        assert_eq!(sheets(&pieces, true), [0, 0, 0, 1]);
        let many = vec![Piece { sequence: 1, weight_g: 1, units: 50 }; 10];
        assert_eq!(sheets(&many, true).len(), 10, "more than one answer may hold");
    }

    #[test]
    fn a_day_is_written_as_people_say_it() {
        assert_eq!(day_of(Day::parse("2026-11-03").expect("a day")), "Tue 3 Nov");
    }
}
