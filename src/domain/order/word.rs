//! The words under which orders are listed and counted.

/// The twelve words of lists and JSON. Three of them belong to planning and delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StateWord {
    /// Seen, not eligible now.
    Held,
    /// To be sent.
    Waiting,
    /// Going out.
    Sending,
    /// May have happened.
    Unsure,
    /// Refused.
    Refused,
    /// In Stream.
    Sent,
    /// On a run.
    Planned,
    /// On the road.
    Dispatched,
    /// Delivered.
    Delivered,
    /// Processed in Linnworks.
    Processed,
    /// Cancelled.
    Cancelled,
    /// Needs a person.
    Attention,
}

impl StateWord {
    /// All twelve, in the order in which an order passes through them.
    pub const ALL: [Self; 12] = [
        Self::Held,
        Self::Waiting,
        Self::Sending,
        Self::Unsure,
        Self::Refused,
        Self::Sent,
        Self::Planned,
        Self::Dispatched,
        Self::Delivered,
        Self::Processed,
        Self::Cancelled,
        Self::Attention,
    ];

    /// As in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Unsure => "unsure",
            Self::Refused => "refused",
            Self::Sent => "sent",
            Self::Planned => "planned",
            Self::Dispatched => "dispatched",
            Self::Delivered => "delivered",
            Self::Processed => "processed",
            Self::Cancelled => "cancelled",
            Self::Attention => "attention",
        }
    }

    /// The reverse of [`Self::word`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}
