//! Percent and form encoding. Knows nothing of what it encodes.

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Percent-encodes everything but the unreserved characters of RFC 3986, so that the result may
/// stand in a path segment, a query or a form: `&`, `+`, `%` and anything beyond ASCII otherwise
/// corrupt a request.
pub fn percent(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + 16);
    for &byte in text.as_bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(HEX[usize::from(byte >> 4)]));
            encoded.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    encoded
}

/// `name=value` pairs joined by `&`, values encoded. Names are ours and need none.
pub fn form(fields: &[(&str, String)]) -> String {
    let mut encoded = String::new();
    for (name, value) in fields {
        if !encoded.is_empty() {
            encoded.push('&');
        }
        encoded.push_str(name);
        encoded.push('=');
        encoded.push_str(&percent(value));
    }
    encoded
}

/// The reverse of [`percent`]; `None` for what it never makes.
pub fn plain(encoded: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let [first, after @ ..] = rest {
        if *first == b'%' {
            let [high, low, after @ ..] = after else { return None };
            let digit = |byte: u8| char::from(byte).to_digit(16);
            bytes.push(u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()?);
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_is_read_back_and_nonsense_is_none() {
        for text in ["", "x&y+z%", "é 🚚", "{\"OrderIds\":[]}"] {
            assert_eq!(plain(&percent(text)).as_deref(), Some(text));
        }
        for nonsense in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(plain(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn ampersand_plus_percent_blanks_and_emoji_are_percent_encoded() {
        assert_eq!(
            form(&[("a", "x&y+z%".into()), ("b", "é 🚚".into()), ("c", String::new())]),
            "a=x%26y%2Bz%25&b=%C3%A9%20%F0%9F%9A%9A&c="
        );
    }

    #[test]
    fn unreserved_characters_stay_as_they_are() {
        assert_eq!(percent("AZaz09-._~"), "AZaz09-._~");
        assert_eq!(percent("1/2?#"), "1%2F2%3F%23");
    }
}
