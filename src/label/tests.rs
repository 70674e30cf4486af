//! Labels read back: by a decoder of barcodes, and dot by dot.

use proptest::prelude::*;
use rxing::common::HybridBinarizer;
use rxing::{
    BarcodeFormat, BinaryBitmap, DecodeHintValue, DecodeHints, Luma8LuminanceSource,
    MultiFormatReader, Reader as _,
};

use super::*;

fn ordinary() -> Label {
    Label {
        name: "Margaret Okafor".into(),
        company: String::new(),
        lines: vec!["14 Saltaire Terrace".into(), "Flat 2".into()],
        town: "Shipley".into(),
        region: "West Yorkshire".into(),
        postcode: "BD18 3LA".into(),
        country: "United Kingdom".into(),
        phone: "07700 900412".into(),
        reference: Reference::OrderId("104233".into()),
        tracking: "STR7F3K9Q2".into(),
        consignment: "CN00000123".into(),
        service: "Two Man".into(),
        depot: "Leeds Depot".into(),
        sender: vec!["Harbour & Hearth Ltd".into(), "Unit 7, Leeds, LS10 1RT".into()],
        piece: 2,
        pieces: 3,
        weight_g: 8_250,
        note: "Ring the side bell".into(),
        plan: Some(Planned {
            run: "RUN 04".into(),
            day: "Mon 2026-11-23".into(),
            sequence: Some(7),
        }),
    }
}

fn extreme() -> Label {
    let long = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh Çağlayan ".repeat(4);
    Label {
        name: long.clone(),
        company: long.clone(),
        lines: vec![long.clone(), long.clone(), long.clone(), long.clone()],
        town: long.clone(),
        region: long.clone(),
        postcode: "Llanfairpwllgwyngyll 12345-6789".into(),
        country: "Saint Vincent and the Grenadines".into(),
        phone: "0".repeat(60),
        reference: Reference::ChannelReference(long.clone()),
        tracking: "T".repeat(60),
        consignment: "CONSIGNMENT-00000000123456".into(),
        service: long.clone(),
        depot: long.clone(),
        sender: vec![long.clone(), long.clone()],
        piece: 199,
        pieces: 200,
        weight_g: 99_999_999,
        note: long.clone(),
        plan: Some(Planned { run: long.clone(), day: long, sequence: Some(123) }),
    }
}

fn minimal() -> Label {
    Label {
        name: String::new(),
        company: String::new(),
        lines: Vec::new(),
        town: String::new(),
        region: String::new(),
        postcode: String::new(),
        country: String::new(),
        phone: String::new(),
        reference: Reference::OrderId(String::new()),
        tracking: String::new(),
        consignment: "C1".into(),
        service: String::new(),
        depot: String::new(),
        sender: Vec::new(),
        piece: 1,
        pieces: 1,
        weight_g: 0,
        note: String::new(),
        plan: None,
    }
}

fn every() -> impl Iterator<Item = (Layout, Dpi)> {
    Layout::ALL.into_iter().flat_map(|layout| Dpi::ALL.into_iter().map(move |dpi| (layout, dpi)))
}

/// What a decoder reads of one kind of code, from the PNG that is handed out.
fn decoded(png: &[u8], kind: BarcodeFormat) -> Option<String> {
    let bitmap = Bitmap::from_png(png).expect("ours");
    let (width, height) = (bitmap.width(), bitmap.height());
    let dot = |n: u32| if bitmap.is_black(n % width, n / width) { 0 } else { 255 };
    let luma: Vec<u8> = (0..width * height).map(dot).collect();
    let source = Luma8LuminanceSource::new(luma, width, height);
    let mut picture = BinaryBitmap::new(HybridBinarizer::new(source));
    let hints = DecodeHints::default()
        .with(DecodeHintValue::PossibleFormats([kind].into_iter().collect()))
        .with(DecodeHintValue::TryHarder(true));
    let read = MultiFormatReader::default().decode_with_hints(&mut picture, &hints);
    read.ok().map(|result| result.getText().to_owned())
}

#[test]
fn r53_a_reader_reads_the_codes_of_every_layout_at_both_resolutions_from_the_picture_handed_out() {
    for label in [ordinary(), extreme(), sample()] {
        for (layout, dpi) in every() {
            let png = draw(&label, layout, dpi).expect("drawn").png();
            let found = decoded(&png, BarcodeFormat::CODE_128);
            assert_eq!(found.as_deref(), Some(label.code().as_str()), "{layout:?} {dpi:?}");
            let has_qr = matches!(layout, Layout::Default | Layout::Portrait);
            let found = decoded(&png, BarcodeFormat::QR_CODE);
            let wanted = has_qr.then(|| label.code());
            assert_eq!(found, wanted, "{layout:?} {dpi:?}");
        }
    }
    assert_eq!(ordinary().code(), "CN00000123-00002");
}

#[test]
fn r53_every_layout_has_its_size_in_dots_and_says_how_large_a_dot_is() {
    for (layout, dpi) in every() {
        let png = draw(&ordinary(), layout, dpi).expect("drawn").png();
        let reader = png::Decoder::new(std::io::Cursor::new(&png)).read_info().expect("a PNG");
        let info = reader.info();
        assert_eq!((info.width, info.height), layout.dots(dpi));
        assert_eq!(info.bit_depth, png::BitDepth::One);
        let dims = info.pixel_dims.expect("a size of dots");
        let inches = f64::from(info.width) / (f64::from(dims.xppu) * 0.0254);
        assert!((inches - layout.inches().0).abs() < 0.02, "{inches}");
        assert!(png.len() < 40_000, "{} bytes", png.len());
    }
}

#[test]
fn nothing_is_printed_at_the_edges_and_no_two_texts_overlap_however_long_they_are() {
    for label in [ordinary(), extreme(), minimal(), sample()] {
        for (layout, dpi) in every() {
            let canvas = match layout {
                Layout::Default => sheet::drawn(&label, sheet::Plan::DEFAULT, dpi),
                Layout::PortraitWithoutQr => sheet::drawn(&label, sheet::Plan::WITHOUT_QR, dpi),
                Layout::Portrait => sheet::drawn(&label, sheet::Plan::PORTRAIT, dpi),
                Layout::Compact => compact::drawn(&label, dpi),
            };
            let canvas = canvas.expect("drawn");
            for (n, one) in canvas.frames.iter().enumerate() {
                for two in &canvas.frames[n + 1..] {
                    let apart = one.x + one.w <= two.x + 0.5
                        || two.x + two.w <= one.x + 0.5
                        || one.y + one.h <= two.y + 0.5
                        || two.y + two.h <= one.y + 0.5;
                    let empty = one.h == 0.0 || two.h == 0.0;
                    assert!(apart || empty, "{layout:?}: {one:?} and {two:?}");
                }
            }
            let bitmap = canvas.finish();
            let edge = 8 * dpi.dots() / 203;
            for y in 0..bitmap.height() {
                for x in (0..edge).chain(bitmap.width() - edge..bitmap.width()) {
                    assert!(!bitmap.is_black(x, y), "{layout:?} {dpi:?} at {x},{y}");
                }
            }
            for x in 0..bitmap.width() {
                for y in (0..edge).chain(bitmap.height() - edge / 2..bitmap.height()) {
                    assert!(!bitmap.is_black(x, y), "{layout:?} {dpi:?} at {x},{y}");
                }
            }
        }
    }
}

#[test]
fn r57_the_same_label_gives_the_same_bytes() {
    for (layout, dpi) in every() {
        let once = draw(&ordinary(), layout, dpi).expect("drawn").png();
        assert_eq!(once, draw(&ordinary(), layout, dpi).expect("drawn").png());
    }
}

#[test]
fn a_picture_read_back_is_the_same_and_another_file_is_refused() {
    for (layout, dpi) in every() {
        let bitmap = draw(&ordinary(), layout, dpi).expect("drawn");
        assert_eq!(Bitmap::from_png(&bitmap.png()).expect("read"), bitmap);
    }
    let png = draw(&ordinary(), Layout::Compact, Dpi::Dpi203).expect("drawn").png();
    assert!(Bitmap::from_png(b"no picture").is_err());
    assert!(Bitmap::from_png(&png[..png.len() / 2]).is_err());
}

#[test]
fn pdf_and_zpl_hold_the_same_dots_in_true_size() {
    let bitmap = draw(&ordinary(), Layout::Default, Dpi::Dpi203).expect("drawn");
    let text = zpl(&[bitmap.clone(), bitmap.clone()]);
    assert_eq!(text.matches("^XA^PW812^LL1218^FO0,0^GFA,124236,124236,102,").count(), 2);
    let pdf = pdf(&[bitmap.clone(), bitmap]);
    let shown = String::from_utf8_lossy(&pdf);
    assert_eq!(shown.matches("/MediaBox [0 0 288 432]").count(), 2, "4 by 6 inches");
}

#[test]
fn a_manifest_of_many_shipments_has_a_page_for_each_fifty_five() {
    let rows = vec![manifest::Row { number: "100234".into(), ..Default::default() }; 120];
    let pdf = manifest::pdf(&manifest::Manifest { rows, ..Default::default() });
    assert_eq!(String::from_utf8_lossy(&pdf).matches("/MediaBox").count(), 3);
    let none = manifest::pdf(&manifest::Manifest::default());
    assert_eq!(String::from_utf8_lossy(&none).matches("/MediaBox").count(), 1);
}

#[test]
#[ignore = "writes pictures to look at; set PICTURES to a folder"]
fn pictures_to_look_at() {
    #[expect(clippy::disallowed_methods, reason = "a tool for people, not a test")]
    let folder = std::path::PathBuf::from(std::env::var_os("PICTURES").expect("a folder"));
    let labels = [
        ("ordinary", ordinary()),
        ("extreme", extreme()),
        ("minimal", minimal()),
        ("sample", sample()),
    ];
    for (name, label) in labels {
        for (layout, dpi) in every() {
            let file = format!("{name}-{layout:?}-{dpi:?}.png").to_lowercase();
            let png = draw(&label, layout, dpi).expect("drawn").png();
            std::fs::write(folder.join(file), png).expect("written");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_text_is_drawn_and_none_is_a_panic(text in "\\PC{0,80}|[\u{0}-\u{20}]{0,9}", number in 0_u32..) {
        let label = Label {
            name: text.clone(),
            lines: vec![text.clone(); 5],
            postcode: text.clone(),
            note: text.clone(),
            sender: vec![text],
            piece: number,
            weight_g: u64::from(number),
            ..ordinary()
        };
        for layout in [Layout::Default, Layout::PortraitWithoutQr, Layout::Compact] {
            prop_assert!(draw(&label, layout, Dpi::Dpi203).is_ok());
        }
    }
}
