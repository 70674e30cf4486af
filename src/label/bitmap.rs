//! One bit a dot, and PNG.

use super::{Dpi, LabelError};

/// Largest picture that is read back: a label at 300 dpi has 2.2 million dots.
const DOTS_MAX: u64 = 16_000_000;

/// A picture of black dots on white.
#[derive(Clone, PartialEq, Eq)]
pub struct Bitmap {
    width: u32,
    height: u32,
    dpi: Dpi,
    /// Rows of whole bytes, the left dot in the highest bit, 1 for black.
    rows: Vec<u8>,
}

impl std::fmt::Debug for Bitmap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bitmap({}x{})", self.width, self.height)
    }
}

impl Bitmap {
    /// All white.
    pub(super) fn new(width: u32, height: u32, dpi: Dpi) -> Self {
        let bytes = width.div_ceil(8) as usize * height as usize;
        Self { width, height, dpi, rows: vec![0; bytes] }
    }

    /// Dots across.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Dots down.
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// Resolution.
    pub const fn dpi(&self) -> Dpi {
        self.dpi
    }

    /// Bytes of a row.
    pub(super) const fn stride(&self) -> usize {
        self.width.div_ceil(8) as usize
    }

    /// Rows, 1 for black.
    pub(super) fn rows(&self) -> &[u8] {
        &self.rows
    }

    /// Whether a dot is black; outside none is.
    pub fn is_black(&self, x: u32, y: u32) -> bool {
        x < self.width
            && y < self.height
            && self.rows[y as usize * self.stride() + x as usize / 8] & (0x80 >> (x % 8)) != 0
    }

    /// Sets a dot; outside nothing happens.
    pub(super) fn set(&mut self, x: i64, y: i64, black: bool) {
        let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { return };
        if x >= self.width || y >= self.height {
            return;
        }
        let stride = self.stride();
        let byte = &mut self.rows[y as usize * stride + x as usize / 8];
        let bit = 0x80 >> (x % 8);
        *byte = if black { *byte | bit } else { *byte & !bit };
    }

    /// Black becomes white and white black, bit for bit.
    fn inverted(&self) -> Vec<u8> {
        self.rows.iter().map(|byte| !byte).collect()
    }

    /// As PNG: one bit of grey a dot, with the size of a dot.
    pub fn png(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        encoder.set_compression(png::Compression::Fast);
        let metre = self.dpi.dots_per_metre();
        let dims = png::PixelDimensions { xppu: metre, yppu: metre, unit: png::Unit::Meter };
        encoder.set_pixel_dims(Some(dims));
        // In PNG a set bit is white.
        let written = encoder.write_header().and_then(|mut writer| {
            writer.write_image_data(&self.inverted())?;
            writer.finish()
        });
        written.expect("writing to memory does not fail and the rows are of the size given");
        bytes
    }

    /// Reads what [`Self::png`] made.
    ///
    /// # Errors
    /// [`LabelError::Picture`] for anything else.
    pub fn from_png(bytes: &[u8]) -> Result<Self, LabelError> {
        let failed = |error: png::DecodingError| LabelError::Picture(error.to_string());
        let other = |what: &str| LabelError::Picture(what.to_owned());
        let decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        let mut reader = decoder.read_info().map_err(failed)?;
        let info = reader.info();
        let (width, height) = (info.width, info.height);
        if u64::from(width) * u64::from(height) > DOTS_MAX {
            return Err(other("it is too large"));
        }
        if info.color_type != png::ColorType::Grayscale || info.bit_depth != png::BitDepth::One {
            return Err(other("it is not of one bit a dot"));
        }
        let metre = info.pixel_dims.map(|dims| dims.xppu);
        let dpi = Dpi::ALL.into_iter().find(|dpi| Some(dpi.dots_per_metre()) == metre);
        let dpi = dpi.ok_or_else(|| other("it has another resolution"))?;
        let mut bitmap = Self::new(width, height, dpi);
        if reader.output_buffer_size() != Some(bitmap.rows.len()) {
            return Err(other("its rows are of another size"));
        }
        reader.next_frame(&mut bitmap.rows).map_err(failed)?;
        bitmap.rows = bitmap.inverted();
        Ok(bitmap)
    }
}
