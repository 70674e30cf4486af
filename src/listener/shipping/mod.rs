//! The Linnworks shipping protocol: what Linnworks asks when somebody installs the integration, picks its
//! services, prints a label, cancels it, or files a manifest. Every answer is HTTP 200; what went wrong is a
//! sentence that the person in front of Linnworks reads.
//!
//! - `wire`: requests and replies
//! - `setup`: installing, the wizard, removing
//! - `items`: what the wizard shows
//! - `services`: what can be picked
//! - `labels`: printing and cancelling
//! - `draw`: an order becomes its labels
//! - `manifest`: the end of the day

mod draw;
mod items;
mod labels;
mod manifest;
mod services;
mod setup;
mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Digest as _;

use super::keys::Rotating;
use super::server::{Answer, Incoming, Verb};
use crate::clock::Clock;
use crate::domain::profile::{Profile, Stage};
use crate::flow::LiveRules;
use crate::store::Store;
use crate::wake::Wake;

pub use draw::{DrawError, Printing, Wanted, drawn, layout};
pub use items::Item;
pub use labels::ANSWER_WITHIN;

use wire::{Fields, TOKEN, bad};

/// Longest request. No limit is published; a label request with hundreds of lines has some hundred
/// kilobytes.
pub const BODY_BYTES_MAX: u64 = 5 * 1024 * 1024;

/// The endpoints by the end of their path, with their keys in the manifest of the application.
pub const ENDPOINTS: [(&str, &str); 11] = [
    ("AddNewUserEndpoint", "AddNewUser"),
    ("UserConfigEndpoint", "UserConfig"),
    ("UpdateConfigEndpoint", "UpdateConfig"),
    ("ConfigDeletedEndpoint", "ConfigDelete"),
    ("UserAvailableServicesEndpoint", "UserAvailableServices"),
    ("ExtPropertyMap", "ExtendedPropertyMapping"),
    ("GenerateLabelEndpoint", "GenerateLabel"),
    ("CancelLabelEndpoint", "CancelLabel"),
    ("CreateManifest", "CreateManifest"),
    ("PrintManifest", "PrintManifest"),
    ("Quote", "Quote"),
];

/// A setting as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its value as text; empty for none.
    pub text: String,
    /// The configuration file gives it: it cannot be changed in Linnworks.
    pub fixed: bool,
}

/// What is to be saved.
pub struct Save {
    /// Values by key as they would stand in the file; `None`: no longer set.
    pub values: BTreeMap<&'static str, Option<String>>,
    /// The client secret of Stream, when another was entered.
    pub secret: Option<SecretString>,
    /// Whether the credentials are tried first.
    pub probe: bool,
    /// The stage that follows.
    pub stage: Stage,
}

/// Why nothing was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSaved {
    /// Keys with what is wrong with their values.
    Wrong(Vec<(String, String)>),
    /// A sentence.
    Refused(String),
}

/// The settings of the daemon, as the wizard shows and changes them.
pub struct Settings {
    /// All by key; the secret only as `"set"`.
    pub shown: Box<dyn Fn() -> BTreeMap<String, Shown> + Send + Sync>,
    /// Saves or says why not; then nothing is changed.
    pub save: Box<dyn Fn(Save) -> Result<(), NotSaved> + Send + Sync>,
    /// The integration was added or removed: the rules are made anew.
    pub changed: Box<dyn Fn() + Send + Sync>,
    /// How labels are printed now.
    pub printing: Box<dyn Fn() -> Printing + Send + Sync>,
}

/// Answers Linnworks. Holds secrets and has no `Debug`.
pub struct Office {
    /// The secret path segment.
    pub token: Arc<Rotating>,
    /// Where Stream's notifications go now; shown in the wizard.
    pub hook_url: Box<dyn Fn() -> SecretString + Send + Sync>,
    /// Orders, labels, the profile.
    pub store: Arc<Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The rules in force.
    pub rules: Arc<LiveRules>,
    /// Woken when there is work, and by it.
    pub wake: Wake,
    /// Settings.
    pub settings: Settings,
    /// Name of the site, for documents.
    pub site: String,
    /// Requests that wait for a label.
    pub waiting: AtomicUsize,
}

/// The store could not be used: nothing is known to have happened.
const STORE: &str = "linnstream cannot use its database at this moment. Try again in a minute; nothing is sent twice.";

impl Office {
    /// The end of the path when it is one of ours. The secret is compared in constant time.
    pub fn endpoint<'p>(&self, path: &'p str) -> Option<&'p str> {
        let mut parts = path.strip_prefix('/')?.splitn(3, '/');
        let (token, area, name) = (parts.next()?, parts.next()?, parts.next()?);
        let ours = self.token.which(token, self.clock.now().mono).is_some();
        let known = ENDPOINTS.iter().any(|(_, end)| end.eq_ignore_ascii_case(name));
        (ours && area.eq_ignore_ascii_case("linnworks") && known).then_some(name)
    }

    /// Answers a request to one of the endpoints.
    pub fn answer(&self, name: &str, incoming: &Incoming) -> Answer {
        if incoming.verb != Verb::Post {
            return Answer::empty(200);
        }
        let name = ENDPOINTS.iter().find(|(_, end)| end.eq_ignore_ascii_case(name));
        let Some((_, name)) = name else { return Answer::empty(404) };
        let empty = empty_reply(name);
        let Some(request) = wire::parse(&incoming.body) else {
            return bad(empty, "The request could not be read: it is no JSON object.");
        };
        let fields = Fields::of(&request);
        if *name == "AddNewUser" {
            return self.add_user(fields, empty);
        }
        let profile = match self.profile_of(&fields.text(TOKEN)) {
            Ok(profile) => profile,
            Err(why) => return bad(empty, &why),
        };
        match *name {
            "UserConfig" => self.show_config(&profile),
            "UpdateConfig" => self.update_config(&profile, fields, empty),
            "ConfigDelete" => self.delete_config(profile, empty),
            "UserAvailableServices" => self.services(empty),
            // A label request contributes only its service and its packages: nothing of an order is asked.
            "ExtendedPropertyMapping" => wire::good(empty),
            "GenerateLabel" => self.generate(&profile, &request, empty),
            "CancelLabel" => self.cancel(fields, empty),
            "CreateManifest" => self.create_manifest(fields, empty),
            "PrintManifest" => self.print_manifest(fields, empty),
            _ => bad(empty, "Quotes are not offered by this integration."),
        }
    }

    /// Who asks.
    fn profile_of(&self, token: &str) -> Result<Profile, String> {
        let unknown = "Authorization failed: this integration profile is not known here. Remove the integration in \
                       Linnworks and add it again.";
        let hash: [u8; 32] = sha2::Sha256::digest(plain(token).as_bytes()).into();
        let profile = self.store.read(|view| view.profile()).map_err(|error| {
            log::error!("the integration's profile cannot be read: {error}");
            STORE.to_owned()
        })?;
        let known = profile.filter(|profile| {
            // Hashes of what nobody can guess: to compare them tells nothing.
            profile.stage != Stage::Removed && profile.tokens.contains(&hash)
        });
        known.ok_or_else(|| unknown.to_owned())
    }
}

/// A GUID without its hyphens, in lower case.
fn plain(guid: &str) -> String {
    let letters = guid.chars().filter(|c| c.is_ascii_alphanumeric());
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

/// What a reply holds when it says that something went wrong.
fn empty_reply(name: &str) -> Value {
    match name {
        "AddNewUser" => json!({"AuthorizationToken": ""}),
        "UserConfig" => json!({
            "IsConfigActive": false,
            "ConfigStatus": "",
            "ConfigStage": null,
        }),
        "UserAvailableServices" => json!({"Services": []}),
        "ExtendedPropertyMapping" => json!({"Items": []}),
        "GenerateLabel" => {
            json!({"LeadTrackingNumber": "", "Cost": 0.0, "Currency": "GBP", "Package": []})
        }
        "CreateManifest" => json!({"ManifestReference": ""}),
        "PrintManifest" => json!({"PDFbase64": ""}),
        "Quote" => json!({"QuoteItems": []}),
        _ => json!({}),
    }
}
