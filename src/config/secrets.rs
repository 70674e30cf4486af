//! Secrets from files: who may read the file, and what is taken from it.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use secrecy::SecretString;
use zeroize::Zeroizing;

/// Largest secret file: tokens are a few hundred bytes; a file beyond this is the wrong file.
pub const SECRET_BYTES_MAX: u64 = 16 * 1024;

/// Permission bits of group and others, of which none may be set.
const GROUP_AND_OTHERS: u32 = 0o077;

/// In the credentials directory systemd gives the service read access through an access list, whose
/// mask stands where the group's bits are (systemd.exec(5), `LoadCredential`).
const OTHERS_AND_GROUP_WRITE: u32 = 0o037;

/// Where a secret file came from: the rule for its permissions depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A path written in the configuration.
    Named,
    /// A file in the credentials directory of systemd.
    Credential,
}

/// Why a secret could not be taken from a file. Never contains the secret.
#[derive(Debug)]
pub(super) enum SecretError {
    Absent,
    Unreadable(std::io::Error),
    NoFile,
    Open(u32),
    TooLong,
    Empty,
    NoText,
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => write!(f, "there is no such file"),
            Self::Unreadable(error) => write!(f, "it cannot be read: {error}"),
            Self::NoFile => write!(f, "it is no ordinary file"),
            Self::Open(mode) => write!(
                f,
                "others than its owner can read it (mode {mode:04o}): run chmod 600 on it, and change \
                 the secret if it may have been read"
            ),
            Self::TooLong => {
                write!(f, "it is longer than {SECRET_BYTES_MAX} bytes: is it the right file?")
            }
            Self::Empty => write!(f, "it is empty"),
            Self::NoText => write!(f, "it is not one line of plain text"),
        }
    }
}

/// Reads a secret: one line, its end trimmed.
pub(super) fn read(path: &Path, origin: Origin) -> Result<SecretString, SecretError> {
    let absent = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => SecretError::Absent,
        _ => SecretError::Unreadable(error),
    };
    // Asked before opening as well: opening a named pipe would wait for a writer.
    if !std::fs::metadata(path).map_err(absent)?.is_file() {
        return Err(SecretError::NoFile);
    }
    let file = File::open(path).map_err(absent)?;
    // Of the open file, so that what is checked is what is read.
    let metadata = file.metadata().map_err(SecretError::Unreadable)?;
    if !metadata.is_file() {
        return Err(SecretError::NoFile);
    }
    let forbidden = match origin {
        Origin::Named => GROUP_AND_OTHERS,
        Origin::Credential => OTHERS_AND_GROUP_WRITE,
    };
    if metadata.mode() & forbidden != 0 {
        return Err(SecretError::Open(metadata.mode() & 0o7777));
    }
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(SECRET_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(SecretError::Unreadable)?;
    if bytes.len() as u64 > SECRET_BYTES_MAX {
        return Err(SecretError::TooLong);
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| SecretError::NoText)?;
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        return Err(SecretError::Empty);
    }
    // It will stand in a header: a control character would end the header early.
    if text.chars().any(char::is_control) {
        return Err(SecretError::NoText);
    }
    Ok(SecretString::from(text))
}
