//! `label`: an order's labels again.

use tui::protocol::{ErrorKind, Reply};

use crate::domain::ids::OrderNumber;

/// An order's labels again, in a layout by its word or as they were printed: a PNG for each piece.
pub type Reprint =
    Box<dyn Fn(OrderNumber, Option<&str>) -> Result<Vec<Vec<u8>>, Unprinted> + Send + Sync>;

/// Why there is no label, each with a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unprinted {
    /// There is no such layout.
    Layout(String),
    /// There is nothing to print.
    Nothing(String),
    /// Linnworks could not be read.
    Unread(String),
    /// A defect, or a failing disk.
    Defect(String),
}

impl Unprinted {
    /// As a peer reads it.
    pub(super) fn reply(self) -> Reply {
        let (kind, text) = match self {
            Self::Layout(text) => (ErrorKind::BadRequest, text),
            Self::Nothing(text) => (ErrorKind::NotFound, text),
            Self::Unread(text) => (ErrorKind::Unavailable, text),
            Self::Defect(text) => (ErrorKind::Internal, text),
        };
        Reply::Error { kind, text }
    }
}
