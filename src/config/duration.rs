//! Durations as they stand in the file: `"500ms"`, `"60s"`, `"15m"`, `"8h"`, `"90d"`.

use crate::domain::time::Delay;

/// Units, the longest suffix first so that `ms` is not read as `s`. Milliseconds each.
const UNITS: [(&str, u64); 5] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Reads one.
///
/// # Errors
/// A fragment that says what is wanted.
pub fn parse(text: &str) -> Result<Delay, String> {
    let wanted = || {
        format!(
            "{text:?} is no duration: write a whole number and ms, s, m, h or d, such as \"60s\""
        )
    };
    let (number, unit) = UNITS
        .iter()
        .find_map(|(suffix, length)| Some((text.strip_suffix(suffix)?, length)))
        .ok_or_else(wanted)?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wanted());
    }
    let number: u64 = number.parse().map_err(|_| wanted())?;
    number.checked_mul(*unit).map(Delay).ok_or_else(wanted)
}

/// Writes one as it would stand in the file, in the largest unit that is exact.
pub fn show(delay: Delay) -> String {
    let (suffix, length) = UNITS
        .iter()
        .rev()
        .find(|(_, length)| delay.0 >= *length && delay.0.is_multiple_of(*length))
        .unwrap_or(&UNITS[0]);
    format!("{}{suffix}", delay.0 / length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_is_read_and_shown_again() {
        for (text, millis) in [
            ("500ms", 500),
            ("60s", 60_000),
            ("15m", 900_000),
            ("8h", 28_800_000),
            ("90d", 7_776_000_000),
        ] {
            assert_eq!(parse(text), Ok(Delay(millis)), "{text}");
        }
        assert_eq!(show(Delay(90_000)), "90s");
        assert_eq!(show(Delay(60_000)), "1m");
        assert_eq!(show(Delay::ZERO), "0ms");
    }

    #[test]
    fn anything_else_is_refused_with_an_example() {
        for text in ["", "5", "s", "1.5s", "-1s", "+1s", "1 s", "1h30m", "1w", "99999999999999999d"]
        {
            let error = parse(text).expect_err(text);
            assert!(error.contains("such as \"60s\""), "{error}");
        }
    }
}
