//! Depots and delivery methods as Stream lists them (`GET /depots/depots`). They come from Stream
//! and are never made by us.

/// How a depot fulfils an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MethodKind {
    /// Own vehicle.
    Delivery,
    /// Click and collect.
    Collection,
    /// Sent as a delivery order.
    Courier,
    /// Depot to depot; sent as a delivery order.
    Trunk,
    /// A word the published list does not have; sent as a delivery order.
    Other(String),
}

/// A delivery method of a depot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryMethod {
    /// Its id.
    pub id: String,
    /// Its name: what public clients send.
    pub name: String,
    /// Its type.
    pub kind: MethodKind,
}

/// A depot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depot {
    /// Its code.
    pub id: String,
    /// Its name (`address.name`).
    pub name: String,
    /// Id and name of the stock location; either may be empty.
    pub stock_location: (String, String),
    /// Its methods, several of one type possible.
    pub methods: Vec<DeliveryMethod>,
}

/// A stock location of Linnworks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Its key.
    pub id: super::ids::LocationId,
    /// Its name.
    pub name: String,
}

/// A postal service of Linnworks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostalService {
    /// Its key.
    pub id: super::ids::PostalServiceId,
    /// Its name: what orders carry.
    pub name: String,
    /// Its vendor.
    pub vendor: String,
}
