//! What a client calls with: its settings, and the session that was opened with them. Both are
//! replaced together, so that no call mixes old and new.
//!
//! It does not know what is in either.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::flight::Flight;

/// Settings of a client, and the session opened with them.
pub struct Access<S, T> {
    /// The settings.
    pub settings: S,
    /// The session.
    pub flight: Mutex<Flight<T>>,
}

/// The access that calls made from now on use.
pub struct CurrentAccess<S, T>(RwLock<Arc<Access<S, T>>>);

impl<S, T> CurrentAccess<S, T> {
    /// With these settings; no session yet.
    pub fn new(settings: S) -> Self {
        Self(RwLock::new(fresh(settings)))
    }

    /// The access now. A call keeps it to its end.
    pub fn get(&self) -> Arc<Access<S, T>> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether it has not been replaced since.
    pub fn is_current(&self, access: &Arc<Access<S, T>>) -> bool {
        Arc::ptr_eq(&self.0.read().unwrap_or_else(PoisonError::into_inner), access)
    }

    /// Other settings hold from now on; the session is dropped. Calls that are out finish as they
    /// began.
    pub fn replace(&self, settings: S) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = fresh(settings);
    }
}

fn fresh<S, T>(settings: S) -> Arc<Access<S, T>> {
    Arc::new(Access { settings, flight: Mutex::new(Flight::new()) })
}
