//! The four layouts and their sizes.

/// Resolution of a printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dpi {
    /// 203 dots an inch, 8 a millimetre.
    Dpi203,
    /// 300 dots an inch.
    Dpi300,
}

impl Dpi {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Dpi203, Self::Dpi300];

    /// Dots an inch.
    pub const fn dots(self) -> u32 {
        match self {
            Self::Dpi203 => 203,
            Self::Dpi300 => 300,
        }
    }

    /// As PNG says it.
    pub(super) const fn dots_per_metre(self) -> u32 {
        match self {
            Self::Dpi203 => 7992,
            Self::Dpi300 => 11_811,
        }
    }
}

/// A layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// 4 by 6 inches, QR code and barcode.
    Default,
    /// 4 by 6 inches, details across the full width, barcode.
    PortraitWithoutQr,
    /// 4 by 6 inches, the address first, QR code and barcode.
    Portrait,
    /// 100 by 50 mm, barcode.
    Compact,
}

impl Layout {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::Default, Self::PortraitWithoutQr, Self::Portrait, Self::Compact];

    /// Width and height in inches.
    pub const fn inches(self) -> (f64, f64) {
        match self {
            Self::Default | Self::PortraitWithoutQr | Self::Portrait => (4.0, 6.0),
            Self::Compact => (3.94, 1.97),
        }
    }

    /// Width and height in dots.
    pub const fn dots(self, dpi: Dpi) -> (u32, u32) {
        match (self, dpi) {
            (Self::Compact, Dpi::Dpi203) => (799, 400),
            (Self::Compact, Dpi::Dpi300) => (1181, 591),
            (_, Dpi::Dpi203) => (812, 1218),
            (_, Dpi::Dpi300) => (1200, 1800),
        }
    }
}
