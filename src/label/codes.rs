//! Code 128 and QR as modules, black or white.

use barcoders::sym::code128::Code128;
use qrcodegen::{QrCode, QrCodeEcc};

use super::LabelError;

/// White modules on each side of a Code 128 (ISO/IEC 15417).
pub(super) const BARCODE_QUIET: usize = 10;

/// White modules around a QR code (ISO/IEC 18004).
pub(super) const QR_QUIET: usize = 4;

/// Longest text of a code: longer ones have bars that no label printer resolves.
const CHARS_MAX: usize = 48;

/// Digits in a row from which pairs of them are shorter than single ones.
const PAIRS_FROM: usize = 6;

/// The bars of a text in sets B and C.
pub(super) fn code128(text: &str) -> Result<Vec<bool>, LabelError> {
    let plain = |c: char| (' '..='~').contains(&c);
    if text.is_empty() || text.chars().count() > CHARS_MAX || !text.chars().all(plain) {
        return Err(LabelError::Code);
    }
    let code = Code128::new(with_sets(text)).map_err(|_| LabelError::Code)?;
    Ok(code.encode().into_iter().map(|module| module == 1).collect())
}

/// The text with the signs by which the encoder changes its set: Ɓ single characters, Ć pairs of digits.
fn with_sets(text: &str) -> String {
    let mut out = String::from("\u{0181}");
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let pairs = digits - digits % 2;
        if pairs >= PAIRS_FROM && at > 0 {
            // An odd digit stands before the pairs, in the set that is on.
            let odd = digits % 2;
            out.push_str(&text[at..at + odd]);
            out.push('\u{0106}');
            out.push_str(&text[at + odd..at + digits]);
            at += digits;
            if at < bytes.len() {
                out.push('\u{0181}');
            }
        } else {
            let count = digits.max(1);
            out.push_str(&text[at..at + count]);
            at += count;
        }
    }
    out
}

/// The modules of a QR code, row by row.
pub(super) fn qr(text: &str) -> Result<Vec<Vec<bool>>, LabelError> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|_| LabelError::Code)?;
    let size = code.size();
    Ok((0..size).map(|y| (0..size).map(|x| code.get_module(x, y)).collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_paired_where_that_is_shorter() {
        assert_eq!(with_sets("CN00000123-00001"), "\u{181}CN\u{106}00000123\u{181}-00001");
        assert_eq!(with_sets("A1234567"), "\u{181}A1\u{106}234567");
        assert_eq!(with_sets("AB-12"), "\u{181}AB-12");
    }

    #[test]
    fn what_no_scanner_could_read_is_refused() {
        assert!(
            code128("").is_err() && code128("Ł1").is_err() && code128(&"A".repeat(49)).is_err()
        );
    }
}
