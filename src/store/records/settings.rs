//! Stored shapes of the facts kept once. FROZEN, see the parent module.

use serde::{Deserialize, Serialize};

use crate::domain::alarm::{Code, Raised};
use crate::domain::demand::{Choice, Offered};
use crate::domain::depot::{DeliveryMethod, Depot, Location, MethodKind, PostalService};
use crate::domain::ids::{LocationId, PostalServiceId, Tag};
use crate::domain::profile::{Profile, Stage, WizardSettings};
use crate::domain::tags::{Mark, TagTable};
use crate::domain::time::{Moment, Now, Timestamp};
use crate::store::changes::{Installed, Paused, Purge, QuarantineBegun, Setting, Subscription};

/// One fact; its name is the key.
#[derive(Serialize, Deserialize)]
pub(in crate::store) enum SettingRec {
    TagsV1(Vec<(MarkV1, String)>),
    DepotsV1 {
        at: i64,
        depots: Vec<DepotV1>,
    },
    /// Id and name.
    LocationsV1(Vec<([u8; 16], String)>),
    /// Id, name and vendor.
    ServicesV1(Vec<([u8; 16], String, String)>),
    InstalledV1 {
        at: i64,
        predecessor: Option<bool>,
    },
    /// Who and when.
    PausedV1(Option<(String, i64)>),
    PolledV1(i64),
    /// Id, event, event type, hash of address and secret.
    SubscriptionsV1(Vec<(u64, String, String, [u8; 32])>),
    /// Code, subject, text, since.
    AlarmsV1(Vec<(String, String, String, i64)>),
    ProfileV1 {
        account: String,
        name: String,
        tokens: Vec<[u8; 32]>,
        stage: StageV1,
        at: i64,
    },
    /// Key and value; name of the secret's file.
    WizardV1(Vec<(String, String)>, Option<String>),
    /// Service, depot, method, own pieces, components alone.
    LearnedV1(Vec<(String, String, String, bool, bool)>),
    /// Id, depot, method.
    OfferedV1(Vec<OfferedV1>),
    QuarantineV1 {
        since: i64,
    },
    PurgeV1 {
        /// Wall clock and moment.
        began: (i64, u64),
        /// Orders, notifications, labels, manifests, orders received.
        before: [i64; 5],
    },
    QuarantineBegunV1 {
        since: i64,
        at: u64,
        rebuilding: bool,
    },
}

/// Id, depot, method; each of the two by id and name.
type OfferedV1 = ([u8; 16], (String, String), (String, String));

#[derive(Serialize, Deserialize)]
pub(in crate::store) enum StageV1 {
    Credentials,
    Settings,
    Active,
    Removed,
}

#[derive(Serialize, Deserialize)]
pub(in crate::store) enum MarkV1 {
    Sent,
    Error,
    Run(u8),
    Day(u8),
    Sequence(u8),
}

#[derive(Serialize, Deserialize)]
pub(in crate::store) struct DepotV1 {
    id: String,
    name: String,
    stock_location: (String, String),
    methods: Vec<(String, String, KindV1)>,
}

#[derive(Serialize, Deserialize)]
enum KindV1 {
    Delivery,
    Collection,
    Courier,
    Trunk,
    Other(String),
}

impl SettingRec {
    /// The name it is kept under, and itself.
    pub(in crate::store) fn of(setting: &Setting) -> (&'static [u8], Self) {
        match setting {
            Setting::Tags(table) => {
                let pairs = table.0.iter();
                (b"tags", Self::TagsV1(pairs.map(|(m, t)| (MarkV1::of(*m), t.0.clone())).collect()))
            }
            Setting::Depots { at, depots } => {
                let depots = depots.iter().map(DepotV1::of).collect();
                (b"depots", Self::DepotsV1 { at: at.0, depots })
            }
            Setting::Locations(all) => {
                let all = all.iter().map(|l| (l.id.bytes(), l.name.clone())).collect();
                (b"locations", Self::LocationsV1(all))
            }
            Setting::Services(all) => {
                let stored = |s: &PostalService| (s.id.bytes(), s.name.clone(), s.vendor.clone());
                (b"services", Self::ServicesV1(all.iter().map(stored).collect()))
            }
            Setting::Installed(Installed { at, predecessor }) => {
                (b"installed", Self::InstalledV1 { at: at.0, predecessor: *predecessor })
            }
            Setting::Paused(paused) => {
                (b"paused", Self::PausedV1(paused.as_ref().map(|p| (p.by.clone(), p.at.0))))
            }
            Setting::Polled(at) => (b"polled", Self::PolledV1(at.0)),
            Setting::Subscriptions(all) => {
                let one =
                    |s: &Subscription| (s.id, s.event.clone(), s.event_type.clone(), s.made_with);
                (b"subscriptions", Self::SubscriptionsV1(all.iter().map(one).collect()))
            }
            Setting::Alarms(all) => {
                let one = |a: &Raised| {
                    (a.code.word().to_owned(), a.about.clone(), a.text.clone(), a.since.0)
                };
                (b"alarms", Self::AlarmsV1(all.iter().map(one).collect()))
            }
            Setting::Profile(profile) => (b"profile", Self::profile(profile)),
            Setting::Wizard(wizard) => {
                let values = wizard.values.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
                (b"wizard", Self::WizardV1(values, wizard.secret_file.clone()))
            }
            Setting::Learned(all) => {
                let one = |(service, c): (&String, &Choice)| {
                    let (split, skip) = (c.override_packaging_split, c.skip_composite_parent);
                    (service.clone(), c.depot.clone(), c.method.clone(), split, skip)
                };
                (b"learned", Self::LearnedV1(all.iter().map(one).collect()))
            }
            Setting::Offered(all) => {
                let one = |o: &Offered| (*o.id.as_bytes(), o.depot.clone(), o.method.clone());
                (b"offered", Self::OfferedV1(all.iter().map(one).collect()))
            }
            Setting::Quarantine { since } => (b"quarantine", Self::QuarantineV1 { since: since.0 }),
            Setting::Purge(purge) => {
                let Purge { began, orders, webhooks, labels, manifests, forgotten } = purge;
                let before = [orders.0, webhooks.0, labels.0, manifests.0, forgotten.0];
                (b"purge", Self::PurgeV1 { began: (began.wall.0, began.mono.0), before })
            }
            Setting::QuarantineBegun(QuarantineBegun { since, at, rebuilding }) => (
                b"quarantine_begun",
                Self::QuarantineBegunV1 { since: since.0, at: at.0, rebuilding: *rebuilding },
            ),
        }
    }

    pub(in crate::store) fn setting(self) -> Setting {
        match self {
            Self::TagsV1(pairs) => Setting::Tags(TagTable(
                pairs.into_iter().map(|(mark, tag)| (mark.mark(), Tag(tag))).collect(),
            )),
            Self::DepotsV1 { at, depots } => Setting::Depots {
                at: Timestamp(at),
                depots: depots.into_iter().map(DepotV1::depot).collect(),
            },
            Self::LocationsV1(all) => Setting::Locations(
                all.into_iter()
                    .map(|(id, name)| Location { id: LocationId::from_bytes(id), name })
                    .collect(),
            ),
            Self::ServicesV1(all) => Setting::Services(
                all.into_iter()
                    .map(|(id, name, vendor)| PostalService {
                        id: PostalServiceId::from_bytes(id),
                        name,
                        vendor,
                    })
                    .collect(),
            ),
            Self::InstalledV1 { at, predecessor } => {
                Setting::Installed(Installed { at: Timestamp(at), predecessor })
            }
            Self::PausedV1(paused) => {
                Setting::Paused(paused.map(|(by, at)| Paused { by, at: Timestamp(at) }))
            }
            Self::PolledV1(at) => Setting::Polled(Timestamp(at)),
            Self::QuarantineV1 { since } => Setting::Quarantine { since: Timestamp(since) },
            Self::PurgeV1 { began: (wall, mono), before } => {
                let [orders, webhooks, labels, manifests, forgotten] = before.map(Timestamp);
                let began = Now { wall: Timestamp(wall), mono: Moment(mono) };
                Setting::Purge(Purge { began, orders, webhooks, labels, manifests, forgotten })
            }
            Self::QuarantineBegunV1 { since, at, rebuilding } => {
                let (since, at) = (Timestamp(since), Moment(at));
                Setting::QuarantineBegun(QuarantineBegun { since, at, rebuilding })
            }
            Self::SubscriptionsV1(all) => Setting::Subscriptions(
                all.into_iter()
                    .map(|(id, event, event_type, made_with)| Subscription {
                        id,
                        event,
                        event_type,
                        made_with,
                    })
                    .collect(),
            ),
            // One of a code this version does not know is raised anew if its cause is known.
            Self::AlarmsV1(all) => Setting::Alarms(
                all.into_iter()
                    .filter_map(|(code, about, text, since)| {
                        let code = Code::parse(&code)?;
                        Some(Raised { code, about, text, since: Timestamp(since) })
                    })
                    .collect(),
            ),
            other => other.of_linnworks(),
        }
    }
}

impl SettingRec {
    /// Facts of the integration in Linnworks; the others are read before.
    fn of_linnworks(self) -> Setting {
        match self {
            Self::ProfileV1 { account, name, tokens, stage, at } => Setting::Profile(Profile {
                account,
                name,
                tokens,
                stage: stage.stage(),
                at: Timestamp(at),
            }),
            Self::WizardV1(values, secret_file) => Setting::Wizard(WizardSettings {
                values: values.into_iter().collect(),
                secret_file,
            }),
            Self::LearnedV1(all) => Setting::Learned(
                all.into_iter()
                    .map(|(service, depot, method, split, skip)| {
                        let choice = Choice {
                            depot,
                            method,
                            override_packaging_split: split,
                            skip_composite_parent: skip,
                        };
                        (service, choice)
                    })
                    .collect(),
            ),
            Self::OfferedV1(all) => Setting::Offered(
                all.into_iter()
                    .map(|(id, depot, method)| Offered {
                        id: uuid::Uuid::from_bytes(id),
                        depot,
                        method,
                    })
                    .collect(),
            ),
            Self::TagsV1(_)
            | Self::DepotsV1 { .. }
            | Self::LocationsV1(_)
            | Self::ServicesV1(_)
            | Self::InstalledV1 { .. }
            | Self::PausedV1(_)
            | Self::PolledV1(_)
            | Self::QuarantineV1 { .. }
            | Self::PurgeV1 { .. }
            | Self::QuarantineBegunV1 { .. }
            | Self::SubscriptionsV1(_)
            | Self::AlarmsV1(_) => self.setting(),
        }
    }

    fn profile(profile: &Profile) -> Self {
        Self::ProfileV1 {
            account: profile.account.clone(),
            name: profile.name.clone(),
            tokens: profile.tokens.clone(),
            stage: match profile.stage {
                Stage::Credentials => StageV1::Credentials,
                Stage::Settings => StageV1::Settings,
                Stage::Active => StageV1::Active,
                Stage::Removed => StageV1::Removed,
            },
            at: profile.at.0,
        }
    }
}

impl StageV1 {
    const fn stage(self) -> Stage {
        match self {
            Self::Credentials => Stage::Credentials,
            Self::Settings => Stage::Settings,
            Self::Active => Stage::Active,
            Self::Removed => Stage::Removed,
        }
    }
}

impl MarkV1 {
    const fn of(mark: Mark) -> Self {
        match mark {
            Mark::Sent => Self::Sent,
            Mark::Error => Self::Error,
            Mark::Run(n) => Self::Run(n),
            Mark::Day(n) => Self::Day(n),
            Mark::Sequence(n) => Self::Sequence(n),
        }
    }

    const fn mark(self) -> Mark {
        match self {
            Self::Sent => Mark::Sent,
            Self::Error => Mark::Error,
            Self::Run(n) => Mark::Run(n),
            Self::Day(n) => Mark::Day(n),
            Self::Sequence(n) => Mark::Sequence(n),
        }
    }
}

impl DepotV1 {
    fn of(depot: &Depot) -> Self {
        Self {
            id: depot.id.clone(),
            name: depot.name.clone(),
            stock_location: depot.stock_location.clone(),
            methods: depot
                .methods
                .iter()
                .map(|m| (m.id.clone(), m.name.clone(), KindV1::of(&m.kind)))
                .collect(),
        }
    }

    fn depot(self) -> Depot {
        Depot {
            id: self.id,
            name: self.name,
            stock_location: self.stock_location,
            methods: self
                .methods
                .into_iter()
                .map(|(id, name, kind)| DeliveryMethod { id, name, kind: kind.kind() })
                .collect(),
        }
    }
}

impl KindV1 {
    fn of(kind: &MethodKind) -> Self {
        match kind {
            MethodKind::Delivery => Self::Delivery,
            MethodKind::Collection => Self::Collection,
            MethodKind::Courier => Self::Courier,
            MethodKind::Trunk => Self::Trunk,
            MethodKind::Other(word) => Self::Other(word.clone()),
        }
    }

    fn kind(self) -> MethodKind {
        match self {
            Self::Delivery => MethodKind::Delivery,
            Self::Collection => MethodKind::Collection,
            Self::Courier => MethodKind::Courier,
            Self::Trunk => MethodKind::Trunk,
            Self::Other(word) => MethodKind::Other(word),
        }
    }
}
