//! Newtypes for every identifier. A value of one of these types has been checked where it entered
//! the program; nothing inside parses text into an identifier again.

use std::fmt;

use uuid::Uuid;

macro_rules! guid {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Reads the usual text form; `None` when it is not a GUID.
            pub fn parse(text: &str) -> Option<Self> {
                Uuid::try_parse(text.trim()).ok().map(Self)
            }

            /// The sixteen bytes in the order used for keys on disk.
            pub fn bytes(self) -> [u8; 16] {
                *self.0.as_bytes()
            }

            /// The reverse of [`Self::bytes`].
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0.hyphenated())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0.hyphenated())
            }
        }
    };
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub String);

        impl $name {
            /// The text as the other system wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    };
}

guid!(
    /// A Linnworks order (`pkOrderID`). The lane of every job that concerns the order.
    OrderId
);
guid!(
    /// A Linnworks stock location. The all-zero GUID is a real one: the location named "Default".
    LocationId
);
guid!(
    /// A Linnworks postal service. The all-zero GUID may be a real one.
    PostalServiceId
);

/// The Linnworks order number (`NumOrderId`): what people call an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderNumber(pub u64);

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Which shipment of an order: 1 is the first, the next one exists only after a confirmed cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u32);

impl Generation {
    /// The first shipment of an order.
    pub const FIRST: Self = Self(1);

    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

text!(
    /// Stream's order number (`header.orderNo`), at most 17 characters: the Linnworks number for
    /// the first generation, `NUMBER-2`, `NUMBER-3` for later ones. Never cut.
    StreamOrderNo
);

impl StreamOrderNo {
    /// The order number under which a generation of an order is known in Stream.
    pub fn of(number: OrderNumber, generation: Generation) -> Self {
        if generation == Generation::FIRST {
            Self(number.to_string())
        } else {
            Self(format!("{number}-{generation}"))
        }
    }
}

text!(
    /// Stream's key of an order (`consignmentNo`). Opaque.
    ConsignmentNo
);
text!(
    /// The tracking number (`trackingId`). Opaque.
    TrackingNumber
);
text!(
    /// The tag of a Linnworks identifier, as it stands in Linnworks. Tags are compared exactly there.
    Tag
);

text!(
    /// A delivery run in Stream (`runDetails.id`, `loadId`). Opaque.
    RunId
);

/// A notification of Stream as it was kept. Handed out by the store in rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WebhookId(pub u64);

impl fmt::Display for WebhookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "w{}", self.0)
    }
}

/// A job in the outbox. Handed out by the store in rising order and never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "j{}", self.0)
    }
}

/// The first eight bytes of a SHA-256, used where two contents must be told apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub u64);

impl Fingerprint {
    /// The fingerprint of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        let digest = sha2::Sha256::digest(bytes);
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        Self(u64::from_be_bytes(first))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_generation_is_the_linnworks_number_and_later_ones_add_a_suffix() {
        let number = OrderNumber(104_512);
        assert_eq!(StreamOrderNo::of(number, Generation(1)).as_str(), "104512");
        assert_eq!(StreamOrderNo::of(number, Generation(3)).as_str(), "104512-3");
    }

    #[test]
    fn a_guid_is_read_in_any_case_and_refused_when_it_is_not_one() {
        let id = OrderId::parse(" 05D47A64-3AAF-43CD-A99C-A48B7D84365E ").expect("a GUID");
        assert_eq!(id.to_string(), "05d47a64-3aaf-43cd-a99c-a48b7d84365e");
        assert_eq!(OrderId::from_bytes(id.bytes()), id);
        assert_eq!(OrderId::parse("104512"), None);
    }
}
