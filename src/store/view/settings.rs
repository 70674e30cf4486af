//! Facts kept once.

use super::View;
use std::collections::BTreeMap;

use crate::domain::alarm::Raised;
use crate::domain::decide::Known;
use crate::domain::demand::{Choice, Offered};
use crate::domain::depot::{Depot, Location, PostalService};
use crate::domain::profile::{Profile, WizardSettings};
use crate::domain::tags::TagTable;
use crate::domain::time::Timestamp;
use crate::store::changes::{Installed, Paused, QuarantineBegun, Setting, Subscription};
use crate::store::error::StoreError;
use crate::store::records::damaged;
use crate::store::records::settings::SettingRec;
use crate::store::tables as t;

impl View<'_> {
    pub(super) fn setting(&self, name: &'static [u8]) -> Result<Option<Setting>, StoreError> {
        Ok(self.record::<SettingRec>(t::SETTINGS, name)?.map(SettingRec::setting))
    }

    /// Which identifier stands for what; empty before they exist.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn tags(&self) -> Result<TagTable, StoreError> {
        match self.setting(b"tags")? {
            Some(Setting::Tags(table)) => Ok(table),
            None => Ok(TagTable::default()),
            Some(_) => Err(misplaced(b"tags")),
        }
    }

    /// Stream's depots and when they were read.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn depots(&self) -> Result<Option<(Timestamp, Vec<Depot>)>, StoreError> {
        match self.setting(b"depots")? {
            Some(Setting::Depots { at, depots }) => Ok(Some((at, depots))),
            None => Ok(None),
            Some(_) => Err(misplaced(b"depots")),
        }
    }

    /// Linnworks' stock locations as last read.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn locations(&self) -> Result<Vec<Location>, StoreError> {
        match self.setting(b"locations")? {
            Some(Setting::Locations(all)) => Ok(all),
            None => Ok(Vec::new()),
            Some(_) => Err(misplaced(b"locations")),
        }
    }

    /// Linnworks' postal services as last read.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn services(&self) -> Result<Vec<PostalService>, StoreError> {
        match self.setting(b"services")? {
            Some(Setting::Services(all)) => Ok(all),
            None => Ok(Vec::new()),
            Some(_) => Err(misplaced(b"services")),
        }
    }

    /// Since when this installation exists.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn installed(&self) -> Result<Option<Installed>, StoreError> {
        match self.setting(b"installed")? {
            Some(Setting::Installed(installed)) => Ok(Some(installed)),
            None => Ok(None),
            Some(_) => Err(misplaced(b"installed")),
        }
    }

    /// Who paused sending, while it is paused.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn paused(&self) -> Result<Option<Paused>, StoreError> {
        match self.setting(b"paused")? {
            Some(Setting::Paused(paused)) => Ok(paused),
            None => Ok(None),
            Some(_) => Err(misplaced(b"paused")),
        }
    }

    /// When the open orders were last read completely.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn polled(&self) -> Result<Option<Timestamp>, StoreError> {
        match self.setting(b"polled")? {
            Some(Setting::Polled(at)) => Ok(Some(at)),
            None => Ok(None),
            Some(_) => Err(misplaced(b"polled")),
        }
    }

    /// Our subscriptions in Stream.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn subscriptions(&self) -> Result<Vec<Subscription>, StoreError> {
        match self.setting(b"subscriptions")? {
            Some(Setting::Subscriptions(all)) => Ok(all),
            None => Ok(Vec::new()),
            Some(_) => Err(misplaced(b"subscriptions")),
        }
    }

    /// The standing warnings.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn alarms(&self) -> Result<Vec<Raised>, StoreError> {
        match self.setting(b"alarms")? {
            Some(Setting::Alarms(all)) => Ok(all),
            None => Ok(Vec::new()),
            Some(_) => Err(misplaced(b"alarms")),
        }
    }

    /// The integration in Linnworks.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn profile(&self) -> Result<Option<Profile>, StoreError> {
        match self.setting(b"profile")? {
            Some(Setting::Profile(profile)) => Ok(Some(profile)),
            None => Ok(None),
            Some(_) => Err(misplaced(b"profile")),
        }
    }

    /// What was set in its wizard.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn wizard(&self) -> Result<WizardSettings, StoreError> {
        match self.setting(b"wizard")? {
            Some(Setting::Wizard(wizard)) => Ok(wizard),
            None => Ok(WizardSettings::default()),
            Some(_) => Err(misplaced(b"wizard")),
        }
    }

    /// What was chosen in Linnworks for services, by [`crate::domain::decide::service_key`].
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn learned(&self) -> Result<BTreeMap<String, Choice>, StoreError> {
        match self.setting(b"learned")? {
            Some(Setting::Learned(all)) => Ok(all),
            None => Ok(BTreeMap::new()),
            Some(_) => Err(misplaced(b"learned")),
        }
    }

    /// Services that were offered to Linnworks.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn offered(&self) -> Result<Vec<Offered>, StoreError> {
        match self.setting(b"offered")? {
            Some(Setting::Offered(all)) => Ok(all),
            None => Ok(Vec::new()),
            Some(_) => Err(misplaced(b"offered")),
        }
    }

    /// Since when the mark of [`Self::quarantine`] is minded; `None` before it was taken up.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn quarantine_begun(&self) -> Result<Option<QuarantineBegun>, StoreError> {
        match self.setting(b"quarantine_begun")? {
            Some(Setting::QuarantineBegun(begun)) => Ok(Some(begun)),
            None => Ok(None),
            Some(_) => Err(misplaced(b"quarantine_begun")),
        }
    }

    /// Orders received before this are looked up in Stream, under every generation, before anything
    /// of them is sent: the database was restored from a backup or built anew.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn quarantine(&self) -> Result<Option<Timestamp>, StoreError> {
        match self.setting(b"quarantine")? {
            Some(Setting::Quarantine { since }) => Ok(Some(since)),
            None => Ok(None),
            Some(_) => Err(misplaced(b"quarantine")),
        }
    }

    /// What orders are judged with.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn known(&self) -> Result<Known, StoreError> {
        Ok(Known {
            depots: self.depots()?.map(|(_, depots)| depots).unwrap_or_default(),
            locations: self.locations()?,
            learned: self.learned()?,
        })
    }
}

fn misplaced(name: &'static [u8]) -> StoreError {
    damaged(t::SETTINGS, name, "another setting stands there")
}
