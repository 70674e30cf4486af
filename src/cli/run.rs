//! `linnstream run`: the daemon in the foreground.

use std::path::Path;

use super::{Exit, Failed};
use crate::console::server::AdminError;
use crate::listener::server::ListenerError;
pub(super) use crate::runtime::chain;
use crate::runtime::{self, RunError};
use crate::store::StoreError;

/// Runs until it is told to stop.
pub(super) fn execute(config: &Path, socket: Option<&Path>) -> Result<Exit, Failed> {
    match runtime::run(config, socket) {
        Ok(()) => Ok(Exit::Done),
        Err(error) => Err(Failed::new(exit_of(&error), chain(&error))),
    }
}

pub(super) fn exit_of(error: &RunError) -> Exit {
    match error {
        RunError::Config(_)
        | RunError::Network(_)
        | RunError::File { .. }
        | RunError::SecretMode { .. }
        | RunError::Listener(ListenerError::Bind { .. }) => Exit::Usage,
        RunError::DatabaseGone { .. }
        | RunError::DatabaseDamaged { .. }
        | RunError::Admin(AdminError::AlreadyRunning { .. }) => Exit::Refused,
        RunError::Admin(AdminError::Group { .. }) => Exit::Usage,
        RunError::Store(
            StoreError::AlreadyOpen { .. } | StoreError::Newer { .. } | StoreError::Missing { .. },
        ) => Exit::Refused,
        RunError::Admin(AdminError::Socket { .. })
        | RunError::Store(_)
        | RunError::Folder { .. }
        | RunError::OwnSecret { .. }
        | RunError::Listener(ListenerError::Inner { .. })
        | RunError::System { .. }
        | RunError::Rescue(_) => Exit::Internal,
    }
}
