//! PDF and ZPL of the same dots.

use std::fmt::Write as _;

use pdf_writer::{Content, Filter, Finish as _, Name, Pdf, Rect, Ref};

use super::bitmap::Bitmap;

/// Points of PDF in an inch.
const POINTS: f32 = 72.0;

/// A page for each picture, in its true size.
pub fn pdf(pages: &[Bitmap]) -> Vec<u8> {
    let mut pdf = Pdf::new();
    let (catalog, tree) = (Ref::new(1), Ref::new(2));
    let three = |n: usize| {
        let first = 3 + 3 * i32::try_from(n).unwrap_or(0);
        [Ref::new(first), Ref::new(first + 1), Ref::new(first + 2)]
    };
    pdf.catalog(catalog).pages(tree);
    let kids = (0..pages.len()).map(|n| three(n)[0]);
    pdf.pages(tree).kids(kids).count(i32::try_from(pages.len()).unwrap_or(0));
    for (n, bitmap) in pages.iter().enumerate() {
        let [page_id, content_id, image_id] = three(n);
        let points = |dots: u32| dots as f32 * POINTS / bitmap.dpi().dots() as f32;
        let (width, height) = (points(bitmap.width()), points(bitmap.height()));
        let mut page = pdf.page(page_id);
        page.media_box(Rect::new(0.0, 0.0, width, height)).parent(tree).contents(content_id);
        page.resources().x_objects().pair(Name(b"L"), image_id);
        page.finish();
        let mut content = Content::new();
        content.save_state();
        content.transform([width, 0.0, 0.0, height, 0.0, 0.0]);
        content.x_object(Name(b"L"));
        content.restore_state();
        pdf.stream(content_id, &content.finish());
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(bitmap.rows(), 6);
        let mut image = pdf.image_xobject(image_id, &packed);
        image.filter(Filter::FlateDecode);
        image.width(i32::try_from(bitmap.width()).unwrap_or(0));
        image.height(i32::try_from(bitmap.height()).unwrap_or(0));
        image.color_space().device_gray();
        image.bits_per_component(1);
        // A set bit is black here.
        image.decode([1.0, 0.0]);
        image.finish();
    }
    pdf.finish()
}

/// A label for each picture, as printers of that language take it.
pub fn zpl(pages: &[Bitmap]) -> String {
    let mut out = String::new();
    for bitmap in pages {
        let total = bitmap.rows().len();
        // Writing to a text does not fail.
        let _ = write!(
            out,
            "^XA^PW{}^LL{}^FO0,0^GFA,{total},{total},{},",
            bitmap.width(),
            bitmap.height(),
            bitmap.stride()
        );
        for byte in bitmap.rows() {
            let _ = write!(out, "{byte:02X}");
        }
        out.push_str("^FS^XZ\n");
    }
    out
}
