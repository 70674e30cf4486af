//! The number in a run's description: which descriptions are read is decided once, here.

use crate::domain::tags::NUMBER_MAX;

/// What a description says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunText {
    /// A run that has an identifier.
    Number(u8),
    /// A run number outside 1 to 20.
    Beyond(u32),
    /// No run number in the form wanted.
    Unreadable,
}

impl RunText {
    /// Reads a description: the word RUN, nothing or spaces or one of `-_#`, one to three digits, then
    /// the end or a space, colon or hyphen and anything. In any case of letters.
    pub fn read(text: &str) -> Self {
        let text = text.trim_start();
        let word = text.get(..3).filter(|word| word.eq_ignore_ascii_case("run"));
        let Some(rest) = word.and_then(|_| text.get(3..)) else { return Self::Unreadable };
        let rest = match rest.chars().next() {
            Some('-' | '_' | '#') => &rest[1..],
            _ => rest.trim_start_matches(' '),
        };
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at(digits);
        let ends_well = after.is_empty() || after.starts_with([' ', ':', '-']);
        if !(1..=3).contains(&digits) || !ends_well {
            return Self::Unreadable;
        }
        match number.parse::<u32>() {
            Ok(number) => match u8::try_from(number) {
                Ok(small) if (1..=NUMBER_MAX).contains(&small) => Self::Number(small),
                Ok(_) | Err(_) => Self::Beyond(number),
            },
            Err(_) => Self::Unreadable,
        }
    }
}
