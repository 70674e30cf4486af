//! The integration as it is installed in Linnworks, and what was set there.

use std::collections::BTreeMap;
use std::fmt;

use super::time::Timestamp;

/// How far the installation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The credentials of Stream are to be entered.
    Credentials,
    /// The rest is to be entered.
    Settings,
    /// Installed.
    Active,
    /// Removed in Linnworks: nothing is sent until it is added again.
    Removed,
}

/// The one integration of this installation.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    /// `LinnworksUniqueIdentifier`, in lower case and without hyphens.
    pub account: String,
    /// What the user called it.
    pub name: String,
    /// SHA-256 of the tokens that were handed out; each is accepted.
    pub tokens: Vec<[u8; 32]>,
    /// How far it is.
    pub stage: Stage,
    /// When it was added, or removed.
    pub at: Timestamp,
}

/// Without what tells who it is.
impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile").field("stage", &self.stage).finish_non_exhaustive()
    }
}

/// What was set in the wizard of Linnworks. The configuration file goes before it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct WizardSettings {
    /// Values by key of the configuration, each as it would stand in the file.
    pub values: BTreeMap<String, String>,
    /// Name of the file beside the database that holds the client secret of Stream.
    pub secret_file: Option<String>,
}

/// Without the values: some are a person's.
impl fmt::Debug for WizardSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WizardSettings").field("keys", &self.values.keys()).finish_non_exhaustive()
    }
}
