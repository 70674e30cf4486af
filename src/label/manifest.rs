//! A list of shipments as PDF: pages of A4, drawn like labels, so that every name is right.

use super::Dpi;
use super::bitmap::Bitmap;
use super::canvas::{Canvas, Side, frame};
use super::fonts::Face;
use super::output;
use super::sheet::style;

/// A shipment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Order number.
    pub number: String,
    /// Consignment.
    pub consignment: String,
    /// Tracking number.
    pub tracking: String,
    /// Where it goes.
    pub name_or_postcode: String,
    /// Depot.
    pub depot: String,
    /// Delivery method.
    pub method: String,
    /// Packages; 0 when not known.
    pub packages: u32,
}

/// What is listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// What it is called.
    pub reference: String,
    /// When it was filed.
    pub filed: String,
    /// By which site.
    pub site: String,
    /// The shipments.
    pub rows: Vec<Row>,
}

/// A4 at 203 dpi.
const PAGE: (u32, u32) = (1678, 2374);
const X: f32 = 110.0;
const W: f32 = 1458.0;
const TOP: f32 = 330.0;
const ROW: f32 = 34.0;

/// Shipments on a page.
const ROWS_A_PAGE: usize = 55;

/// Left edges and widths of the columns.
const COLUMNS: [(&str, f32, f32); 7] = [
    ("Order", 0.0, 130.0),
    ("Consignment", 140.0, 240.0),
    ("Tracking", 390.0, 310.0),
    ("Postcode", 710.0, 140.0),
    ("Depot", 860.0, 260.0),
    ("Method", 1130.0, 210.0),
    ("Pkgs", 1350.0, 100.0),
];

/// As a document to print.
pub fn pdf(manifest: &Manifest) -> Vec<u8> {
    let pages = manifest.rows.chunks(ROWS_A_PAGE).collect::<Vec<_>>();
    let count = pages.len().max(1);
    let drawn: Vec<Bitmap> = (0..count)
        .map(|n| page(manifest, pages.get(n).copied().unwrap_or_default(), n + 1, count))
        .collect();
    output::pdf(&drawn)
}

fn page(manifest: &Manifest, rows: &[Row], number: usize, count: usize) -> Bitmap {
    let mut canvas = Canvas::new(PAGE, Dpi::Dpi203, 1.0);
    let title = format!("Manifest {}", manifest.reference);
    canvas.text(&title, style(Face::Bold, 64.0, 30.0, 1), frame(X, 90.0, W, 70.0), Side::Left);
    let packages: u32 = manifest.rows.iter().map(|row| row.packages).sum();
    let about = format!(
        "{} · filed {} · {} shipments · {packages} packages with labels from here",
        manifest.site,
        manifest.filed,
        manifest.rows.len()
    );
    let small = style(Face::Regular, 32.0, 20.0, 1);
    canvas.text(&about, small, frame(X, 172.0, W, 36.0), Side::Left);
    let of = format!("page {number} of {count}");
    canvas.text(&of, small, frame(X, 216.0, W, 36.0), Side::Left);
    for (name, x, width) in COLUMNS {
        let head = style(Face::Bold, 28.0, 18.0, 1);
        canvas.text(name, head, frame(X + x, TOP - 44.0, width, 30.0), Side::Left);
    }
    canvas.rule(X, TOP - 8.0, W);
    for (n, row) in rows.iter().enumerate() {
        let y = TOP + n as f32 * ROW;
        let known = if row.packages == 0 { "–".to_owned() } else { row.packages.to_string() };
        let cells = [
            &row.number,
            &row.consignment,
            &row.tracking,
            &row.name_or_postcode,
            &row.depot,
            &row.method,
            &known,
        ];
        for ((_, x, width), text) in COLUMNS.into_iter().zip(cells) {
            let cell = style(Face::Regular, 27.0, 17.0, 1);
            canvas.text(text, cell, frame(X + x, y, width, 30.0), Side::Left);
        }
    }
    let foot = "Received by: ______________________________   Date and time: ____________________";
    canvas.text(foot, small, frame(X, 2270.0, W, 36.0), Side::Left);
    canvas.finish()
}
