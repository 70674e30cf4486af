//! Messages on a stream of bytes: a greeting whose layout never changes, then frames of a length
//! (four bytes, little-endian) and that many bytes of postcard.

use std::fmt;
use std::io::{Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::VERSION;

/// Largest frame. Lists are paged, so the largest message is one order with its timeline: some
/// hundred kilobytes. Checked before anything is allocated.
pub const FRAME_BYTES_MAX: u32 = 16 * 1024 * 1024;

/// First bytes of a greeting.
const MAGIC: [u8; 4] = *b"LNST";

/// Longest build text in a greeting.
const BUILD_BYTES_MAX: usize = 255;

/// Why a message could not be exchanged.
#[derive(Debug)]
pub enum FrameError {
    /// The stream failed or ended.
    Io(std::io::Error),
    /// The other side is no linnstream.
    NotOurs,
    /// A frame of this length is never sent.
    TooLong(u32),
    /// The bytes are no message of this protocol.
    Unreadable,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "the connection failed: {error}"),
            Self::NotOurs => f.write_str("the other side does not speak linnstream's protocol"),
            Self::TooLong(length) => {
                write!(f, "a message of {length} bytes is longer than any real one")
            }
            Self::Unreadable => f.write_str("a message could not be read"),
        }
    }
}

impl std::error::Error for FrameError {}

impl From<std::io::Error> for FrameError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// The first thing each side says. Its layout never changes: four bytes `LNST`, the protocol number
/// (two bytes, little-endian), the length of the build text (one byte), the build text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Number of the protocol.
    pub protocol: u16,
    /// Version of the program, for people.
    pub build: String,
}

impl Hello {
    /// Ours.
    pub fn ours(build: &str) -> Self {
        let mut build = build.to_owned();
        while build.len() > BUILD_BYTES_MAX {
            build.pop();
        }
        Self { protocol: VERSION, build }
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.protocol.to_le_bytes());
        let length = self.build.len().min(BUILD_BYTES_MAX);
        // At most 255 by the line above.
        bytes.push(u8::try_from(length).unwrap_or(u8::MAX));
        bytes.extend(&self.build.as_bytes()[..length]);
        bytes
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`FrameError::NotOurs`] when the first bytes are others.
    pub fn read(from: &mut impl Read) -> Result<Self, FrameError> {
        let mut head = [0; 7];
        from.read_exact(&mut head)?;
        if head[..4] != MAGIC {
            return Err(FrameError::NotOurs);
        }
        let mut build = vec![0; usize::from(head[6])];
        from.read_exact(&mut build)?;
        Ok(Self {
            protocol: u16::from_le_bytes([head[4], head[5]]),
            build: String::from_utf8_lossy(&build).into_owned(),
        })
    }
}

/// The sentence when the two numbers differ; `None` when they agree.
pub fn mismatch(console: &Hello, daemon: &Hello) -> Option<String> {
    (console.protocol != daemon.protocol).then(|| {
        format!(
            "console speaks {}, daemon speaks {}: restart the daemon or use its binary ({})",
            console.protocol, daemon.protocol, daemon.build
        )
    })
}

/// A message with its length.
///
/// # Errors
/// [`FrameError::TooLong`].
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, FrameError> {
    let body = postcard::to_stdvec(message).map_err(|_| FrameError::Unreadable)?;
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    if length > FRAME_BYTES_MAX {
        return Err(FrameError::TooLong(length));
    }
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend(body);
    Ok(bytes)
}

/// A message from the bytes of one frame, without its length.
///
/// # Errors
/// [`FrameError::Unreadable`], also when bytes are left over.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, FrameError> {
    match postcard::take_from_bytes(body) {
        Ok((message, [])) => Ok(message),
        Ok(_) | Err(_) => Err(FrameError::Unreadable),
    }
}

/// Whether a frame may have this length.
///
/// # Errors
/// [`FrameError::TooLong`].
pub fn checked(length: [u8; 4]) -> Result<usize, FrameError> {
    let length = u32::from_le_bytes(length);
    if length > FRAME_BYTES_MAX {
        return Err(FrameError::TooLong(length));
    }
    usize::try_from(length).map_err(|_| FrameError::TooLong(length))
}

/// Sends a message.
///
/// # Errors
/// [`FrameError`].
pub fn write_frame<T: Serialize>(to: &mut impl Write, message: &T) -> Result<(), FrameError> {
    to.write_all(&encode(message)?)?;
    to.flush()?;
    Ok(())
}

/// Receives a message.
///
/// # Errors
/// [`FrameError`].
pub fn read_frame<T: DeserializeOwned>(from: &mut impl Read) -> Result<T, FrameError> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = checked(length)?;
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    decode(&body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{ErrorKind, Reply, Request};

    #[test]
    fn a_message_arrives_as_it_was_sent() {
        let request =
            Request::Orders { state: None, search: Some("LS1".into()), after: Some(7), limit: 500 };
        let mut wire = Vec::new();
        write_frame(&mut wire, &request).expect("written");
        assert_eq!(read_frame::<Request>(&mut wire.as_slice()).expect("read"), request);
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_anything_is_allocated() {
        let wire = (FRAME_BYTES_MAX + 1).to_le_bytes();
        let error = read_frame::<Reply>(&mut wire.as_slice()).expect_err("refused");
        assert!(matches!(error, FrameError::TooLong(_)), "{error}");
    }

    #[test]
    fn cut_short_overlong_and_senseless_frames_end_in_errors() {
        let whole = encode(&Reply::Error { kind: ErrorKind::NotFound, text: "none".into() })
            .expect("encoded");
        for cut in 0..whole.len() {
            assert!(read_frame::<Reply>(&mut &whole[..cut]).is_err(), "cut at {cut}");
        }
        let mut more = whole[4..].to_vec();
        more.push(0);
        assert!(matches!(decode::<Reply>(&more), Err(FrameError::Unreadable)));
        assert!(decode::<Reply>(&[0xff; 64]).is_err());
    }

    #[test]
    fn the_layout_of_the_greeting_never_changes() {
        let hello = Hello { protocol: 0x0102, build: "9.8.7".into() };
        assert_eq!(hello.encode(), b"LNST\x02\x01\x059.8.7");
        assert_eq!(Hello::read(&mut &b"LNST\x02\x01\x059.8.7"[..]).expect("read"), hello);
        assert!(matches!(Hello::read(&mut &b"HTTP/1.1"[..]), Err(FrameError::NotOurs)));
    }

    #[test]
    fn different_numbers_end_in_a_sentence() {
        let hello = |protocol| Hello { protocol, build: "1.0.0".into() };
        let text = mismatch(&hello(4), &hello(3)).expect("differ");
        assert!(
            text.starts_with(
                "console speaks 4, daemon speaks 3: restart the daemon or use its binary"
            ),
            "{text}"
        );
        assert_eq!(mismatch(&hello(3), &hello(3)), None);
    }
}
