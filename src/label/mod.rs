//! Labels: what stands on one becomes dots, and dots become PNG, PDF or ZPL. Pure: the same label gives the
//! same bytes on every machine.
//!
//! Drawn dot by dot on a one-bit canvas rather than from an SVG: a bar is whole dots by construction, text is
//! measured by the same outlines that draw it, and nothing of the host is consulted.
//!
//! - `canvas`: lines, boxes, text on a bitmap
//! - `text`: a text fitted into a box
//! - `fonts`: the embedded faces
//! - `codes`: Code 128 and QR
//! - `bitmap`: PNG
//! - `layout`: what the four layouts share; `sheet`, `compact`: they
//! - `output`: PDF and ZPL of the same dots
//! - `manifest`: a list of shipments as PDF

mod bitmap;
mod canvas;
mod codes;
mod compact;
mod fonts;
mod layout;
pub mod manifest;
mod output;
mod sheet;
#[cfg(test)]
mod tests;
mod text;

pub use bitmap::Bitmap;
pub use layout::{Dpi, Layout};
pub use output::{pdf, zpl};

/// What is printed as the order's reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// The Linnworks order number.
    OrderId(String),
    /// The sales channel's reference.
    ChannelReference(String),
}

/// Where the shipment stands on a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// `RUN 04`, or the run's own text.
    pub run: String,
    /// The day; may be empty.
    pub day: String,
    /// Its place on the run.
    pub sequence: Option<u32>,
}

/// What stands on one label. Any text may be empty and of any length.
#[derive(Clone, PartialEq, Eq)]
pub struct Label {
    /// Recipient.
    pub name: String,
    /// Company.
    pub company: String,
    /// Street lines.
    pub lines: Vec<String>,
    /// Town.
    pub town: String,
    /// County or region.
    pub region: String,
    /// Postcode.
    pub postcode: String,
    /// Country; printed when it is not the United Kingdom.
    pub country: String,
    /// Phone.
    pub phone: String,
    /// Which order.
    pub reference: Reference,
    /// Tracking number.
    pub tracking: String,
    /// Stream's key: the codes hold it with the number of the piece.
    pub consignment: String,
    /// Delivery method.
    pub service: String,
    /// Depot.
    pub depot: String,
    /// Who sends, line by line.
    pub sender: Vec<String>,
    /// Number of this piece, from 1.
    pub piece: u32,
    /// Number of pieces.
    pub pieces: u32,
    /// Grams; 0 is not printed.
    pub weight_g: u64,
    /// Delivery note.
    pub note: String,
    /// Its run, when it has one.
    pub plan: Option<Planned>,
}

/// Without what leads to a person.
impl std::fmt::Debug for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Label").field("consignment", &self.consignment).finish_non_exhaustive()
    }
}

/// Why there is no label.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// A code that a scanner could read does not fit.
    #[error("its consignment number is too long or has characters that no barcode has")]
    Code,
    /// Not what [`Bitmap::png`] makes.
    #[error("the picture is none of ours: {0}")]
    Picture(String),
}

impl Label {
    /// What both codes hold: the consignment and five digits of the piece, as scanners of the trade expect.
    pub fn code(&self) -> String {
        format!("{}-{:05}", self.consignment.trim(), self.piece)
    }
}

/// Draws a label.
///
/// # Errors
/// [`LabelError::Code`].
pub fn draw(label: &Label, layout: Layout, dpi: Dpi) -> Result<Bitmap, LabelError> {
    match layout {
        Layout::Default => sheet::draw(label, sheet::Plan::DEFAULT, dpi),
        Layout::PortraitWithoutQr => sheet::draw(label, sheet::Plan::WITHOUT_QR, dpi),
        Layout::Portrait => sheet::draw(label, sheet::Plan::PORTRAIT, dpi),
        Layout::Compact => compact::draw(label, dpi),
    }
}

/// A label to try a printer with: nobody could take it for a parcel's.
pub fn sample() -> Label {
    Label {
        name: "SAMPLE – Zażółć Ünsal-Γιώργος".into(),
        company: "Not a parcel Ltd".into(),
        lines: vec!["1 Test Print Lane".into(), "Unit 0".into()],
        town: "Sampleton".into(),
        region: "Testshire".into(),
        postcode: "ZZ99 9ZZ".into(),
        country: "United Kingdom".into(),
        phone: "01632 960000".into(),
        reference: Reference::OrderId("SAMPLE".into()),
        tracking: "SAMPLE0000000".into(),
        consignment: "SAMPLE0000".into(),
        service: "Test print".into(),
        depot: "No depot".into(),
        sender: vec!["linnstream".into(), "printer test".into()],
        piece: 1,
        pieces: 1,
        weight_g: 12_500,
        note: "If both codes scan and nothing is cut off, this printer and this layout fit.".into(),
        plan: Some(Planned { run: "RUN 00".into(), day: "Mon 1 Jan".into(), sequence: Some(1) }),
    }
}
