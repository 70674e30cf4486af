//! Installing the integration from Linnworks' own pages: a profile, two steps, and the settings afterwards.
//! The profile's stage is ours; Linnworks only echoes its name.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::items::{self, ALSO, FIRST_STEP, ITEMS, Item, Kind, MASK};
use super::wire::{Fields, bad, good, truth};
use super::{NotSaved, Office, STORE, Save, Shown, plain};
use crate::config::quoted;
use crate::domain::event::Event;
use crate::domain::profile::{Profile, Stage};
use crate::domain::validate::country;
use crate::listener::server::Answer;
use crate::store::{Changes, Setting, StoreError};

/// Longest value of an item.
const VALUE_CHARS_MAX: usize = 255;

/// Longest name of an account that is kept.
const NAME_CHARS_MAX: usize = 100;

/// Tokens that are accepted; one is handed out for each secret path there was.
const TOKENS_MAX: usize = 8;

/// The name of a stage, as Linnworks echoes it.
const fn status(stage: Stage) -> &'static str {
    match stage {
        Stage::Credentials => "API_CREDENTIALS",
        Stage::Settings => "SETTINGS",
        Stage::Active | Stage::Removed => "CONFIG",
    }
}

fn items_of(stage: Stage) -> &'static [Item] {
    match stage {
        Stage::Credentials => &ITEMS[..FIRST_STEP],
        Stage::Settings => &ITEMS[FIRST_STEP..],
        Stage::Active | Stage::Removed => &ITEMS,
    }
}

impl Office {
    pub(super) fn add_user(&self, fields: Fields<'_>, empty: Value) -> Answer {
        let account = plain(&fields.text("LinnworksUniqueIdentifier"));
        if account.is_empty() {
            return bad(empty, "The request does not say which Linnworks account it is for.");
        }
        let name: String = fields.text("AccountName").trim().chars().take(NAME_CHARS_MAX).collect();
        let token = self.token_of(&account);
        let hash: [u8; 32] = Sha256::digest(plain(&token).as_bytes()).into();
        let now = self.clock.now();
        let added = self.store.write(now, move |view| {
            let mut changes = Changes::new();
            let profile = match view.profile()? {
                Some(other) if other.stage != Stage::Removed && other.account != account => {
                    return Ok((changes, Err(other.name)));
                }
                Some(mut known) if known.account == account => {
                    if known.stage == Stage::Removed {
                        (known.stage, known.at) = (Stage::Credentials, now.wall);
                    }
                    if !known.tokens.contains(&hash) {
                        known.tokens.push(hash);
                        let over = known.tokens.len().saturating_sub(TOKENS_MAX);
                        known.tokens.drain(..over);
                    }
                    known.name = name;
                    known
                }
                Some(_) | None => {
                    let (stage, at) = (Stage::Credentials, now.wall);
                    Profile { account, name, tokens: vec![hash], stage, at }
                }
            };
            changes.daemon(Event::Daemon("the integration was added in Linnworks".to_owned()));
            changes.set(Setting::Profile(profile));
            Ok::<_, StoreError>((changes, Ok(())))
        });
        match added {
            Ok(Ok(())) => {
                (self.settings.changed)();
                good(json!({"AuthorizationToken": token}))
            }
            Ok(Err(other)) => bad(
                empty,
                &format!(
                    "This linnstream serves another Linnworks account already, as \"{other}\". Remove the integration \
                     there first, or install a second linnstream for this account."
                ),
            ),
            Err(_) => bad(empty, STORE),
        }
    }

    /// The same for an account each time, and nothing that could be guessed.
    fn token_of(&self, account: &str) -> String {
        let text = format!("{}|{account}|AuthorizationToken", self.token.get().expose_secret());
        let hash: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
    }

    pub(super) fn show_config(&self, profile: &Profile) -> Answer {
        let shown = (self.settings.shown)();
        let items = items_of(profile.stage).iter().enumerate().map(|(sort, item)| {
            let value = shown.get(item.key);
            let fixed = value.is_some_and(|value| value.fixed);
            items::shown(item, sort + 1, &self.value_of(item, value), fixed)
        });
        let (title, text) = match profile.stage {
            Stage::Credentials => (
                "Connect to Stream",
                "Enter the API credentials supplied by your Stream administrator. They are tried when you press Next.",
            ),
            Stage::Settings => (
                "Settings",
                "Who sends, what labels look like, and what is kept in step. All of it can be changed later.",
            ),
            Stage::Active | Stage::Removed => ("Stream", "Settings of this Stream integration."),
        };
        good(json!({
            "IsConfigActive": profile.stage == Stage::Active,
            "ConfigStatus": status(profile.stage),
            "ConfigStage": {
                "WizardStepTitle": title,
                "WizardStepDescription": text,
                "ConfigItems": items.collect::<Vec<Value>>(),
            },
        }))
    }

    fn value_of(&self, item: &Item, value: Option<&Shown>) -> String {
        let text = value.map(|value| value.text.clone()).unwrap_or_default();
        match item.kind {
            Kind::Note => (self.hook_url)().expose_secret().to_owned(),
            Kind::Secret if text.is_empty() => String::new(),
            Kind::Secret => MASK.to_owned(),
            Kind::Country => country::code(&text).unwrap_or_default().to_owned(),
            Kind::Text | Kind::Whole | Kind::Flag | Kind::Words(_) => text,
        }
    }

    pub(super) fn update_config(
        &self,
        profile: &Profile,
        fields: Fields<'_>,
        empty: Value,
    ) -> Answer {
        let echoed = fields.text("ConfigStatus");
        if !echoed.eq_ignore_ascii_case(status(profile.stage)) {
            let text = "These settings are out of date: close the page, open it again and repeat the change.";
            return bad(empty, text);
        }
        let shown = (self.settings.shown)();
        let given: BTreeMap<String, String> = fields
            .list(&["ConfigItems"])
            .into_iter()
            .map(|one| (one.text("ConfigItemId").to_ascii_lowercase(), one.text("SelectedValue")))
            .collect();
        let save = match wanted(items_of(profile.stage), &given, &shown, profile.stage) {
            Ok(save) => save,
            Err(problems) => return bad(empty, &problems.join(" ")),
        };
        match (self.settings.save)(save) {
            Ok(()) => good(empty),
            Err(NotSaved::Refused(why)) => bad(empty, &why),
            Err(NotSaved::Wrong(problems)) => {
                let texts = problems.iter().map(|(key, text)| {
                    let item = ITEMS.iter().find(|item| !key.is_empty() && item.key == key);
                    match item {
                        Some(item) => format!("{}: {text}.", item.name),
                        None => format!("{key} in the configuration file of linnstream: {text}."),
                    }
                });
                bad(empty, &texts.collect::<Vec<_>>().join(" "))
            }
        }
    }

    pub(super) fn delete_config(&self, mut profile: Profile, empty: Value) -> Answer {
        let now = self.clock.now();
        (profile.stage, profile.at) = (Stage::Removed, now.wall);
        let removed = self.store.write(now, move |_| {
            let mut changes = Changes::new();
            let text =
                "the integration was removed in Linnworks: nothing is sent until it is added again";
            changes.daemon(Event::Daemon(text.to_owned()));
            changes.set(Setting::Profile(profile));
            Ok::<_, StoreError>((changes, ()))
        });
        match removed {
            Ok(()) => {
                (self.settings.changed)();
                good(empty)
            }
            Err(_) => bad(empty, STORE),
        }
    }
}

/// What is to be saved, or everything that is wrong with it at first sight.
fn wanted(
    items: &[Item],
    given: &BTreeMap<String, String>,
    shown: &BTreeMap<String, Shown>,
    stage: Stage,
) -> Result<Save, Vec<String>> {
    let follows = match stage {
        Stage::Credentials => Stage::Settings,
        Stage::Settings | Stage::Active | Stage::Removed => Stage::Active,
    };
    let mut save = Save {
        values: BTreeMap::new(),
        secret: None,
        probe: stage == Stage::Credentials,
        stage: follows,
    };
    let mut problems = Vec::new();
    for item in items {
        let now =
            shown.get(item.key).cloned().unwrap_or(Shown { text: String::new(), fixed: false });
        if item.kind == Kind::Note || now.fixed {
            continue;
        }
        let value = given.get(&item.id.to_ascii_lowercase()).map(|text| text.trim().to_owned());
        // One that is missing keeps its value; one that is needed must have one.
        let Some(value) = value else {
            if item.required && now.text.is_empty() {
                problems.push(format!("{} is missing: it is needed.", item.name));
            }
            continue;
        };
        if let Err(problem) = take(item, value, &now, &mut save) {
            problems.push(format!("{} {problem}.", item.name));
        }
    }
    if problems.is_empty() { Ok(save) } else { Err(problems) }
}

fn take(item: &Item, value: String, now: &Shown, save: &mut Save) -> Result<(), String> {
    if value.chars().count() > VALUE_CHARS_MAX {
        return Err(format!("is longer than {VALUE_CHARS_MAX} characters"));
    }
    if value.chars().any(char::is_control) {
        return Err("has a line break or another control character in it".to_owned());
    }
    if item.kind == Kind::Secret {
        if value == MASK && !now.text.is_empty() {
            return Ok(());
        }
        if value.is_empty() || value == MASK {
            return Err("is empty: it is needed".to_owned());
        }
        save.secret = Some(SecretString::from(value));
        save.probe = true;
        return Ok(());
    }
    if value.is_empty() && item.required {
        return Err("is empty: it is needed".to_owned());
    }
    let literal = if value.is_empty() && item.kind != Kind::Flag {
        None
    } else {
        Some(literal(item, &value)?)
    };
    save.probe |= item.key.starts_with("stream.") && now.text != value;
    save.values.insert(item.key, literal);
    Ok(())
}

/// A value as it would stand in the file.
fn literal(item: &Item, value: &str) -> Result<String, String> {
    let number = |text: &str| text.parse::<i64>().ok().map(|number| number.to_string());
    match item.kind {
        Kind::Text | Kind::Secret | Kind::Note => Ok(quoted(value)),
        Kind::Country => match country::code(value) {
            Some(code) => Ok(quoted(code)),
            None => Err(format!("\"{value}\" is no known country")),
        },
        Kind::Whole => {
            number(value).ok_or_else(|| format!("must be a whole number, not \"{value}\""))
        }
        Kind::Flag => {
            let truth =
                truth(value).ok_or_else(|| format!("must be yes or no, not \"{value}\""))?;
            Ok(truth.to_string())
        }
        Kind::Words(words) => {
            let bare = bare(value);
            let also = ALSO.iter().find(|(also, _)| *also == bare).map(|(_, word)| *word);
            let found = words.iter().find(|(word, display)| {
                self::bare(word) == bare || self::bare(display) == bare || Some(*word) == also
            });
            let (word, _) = found.ok_or_else(|| {
                let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                format!("\"{value}\" is not one of {}", known.join(", "))
            })?;
            Ok(number(word).unwrap_or_else(|| quoted(word)))
        }
    }
}

/// Letters and digits alone, in lower case.
fn bare(text: &str) -> String {
    let letters = text.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pairs: &[(&str, &str, bool)]) -> BTreeMap<String, Shown> {
        let one = |(key, text, fixed): &(&str, &str, bool)| {
            ((*key).to_owned(), Shown { text: (*text).to_owned(), fixed: *fixed })
        };
        pairs.iter().map(one).collect()
    }

    fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(id, v)| (id.to_ascii_lowercase(), (*v).to_owned())).collect()
    }

    #[test]
    fn r25_an_unchanged_mask_keeps_the_secret_and_another_text_replaces_it() {
        let is_set =
            shown(&[("stream.client_secret_file", "set", false), ("stream.client_id", "A", false)]);
        let items = items_of(Stage::Active);
        let save = wanted(items, &given(&[("StreamClientSecret", MASK)]), &is_set, Stage::Active);
        // The sender is missing, which is said; the secret is not among what is wrong.
        let problems = save.err().expect("the sender is needed");
        assert!(problems.iter().all(|text| !text.contains("Secret")), "{problems:?}");
        let first = items_of(Stage::Credentials);
        let all = given(&[
            ("StreamClientId", "A"),
            ("STREAMCLIENTSECRET", "new"),
            ("StreamBaseUrl", "https://s"),
        ]);
        let save = wanted(first, &all, &is_set, Stage::Credentials);
        let Ok(save) = save else { panic!("good") };
        assert_eq!(save.secret.map(|s| s.expose_secret().to_owned()).as_deref(), Some("new"));
        assert!(save.probe && save.stage == Stage::Settings);
    }

    #[test]
    fn r31_every_problem_is_named_by_its_field_and_what_the_file_fixes_is_ignored() {
        let now = shown(&[("labels.copies", "3", true)]);
        let all = given(&[
            ("LabelCopies", "9"),
            ("COUNTRY", "Atlantis"),
            ("LinnDays", "soon"),
            ("LabelFormat", "round"),
            ("NAME", ""),
        ]);
        let problems =
            wanted(items_of(Stage::Settings), &all, &now, Stage::Settings).err().expect("wrong");
        let text = problems.join(" ");
        for name in ["Country", "Order Lookback Days", "Label Format", "Contact Name", "Town/City"]
        {
            assert!(text.contains(name), "{name}: {text}");
        }
        assert!(!text.contains("Number of Labels"), "{text}");
    }

    #[test]
    fn values_become_what_would_stand_in_the_file() {
        let of = |id: &str, value: &str| {
            let item = ITEMS.iter().find(|item| item.id == id).expect("an item");
            literal(item, value)
        };
        assert_eq!(of("LabelDpi", "300").as_deref(), Ok("300"));
        assert_eq!(of("LabelFormat", "COMPACT").as_deref(), Ok("\"compact\""));
        assert_eq!(of("COUNTRY", "United Kingdom").as_deref(), Ok("\"GB\""));
        for word in ["on", "On", "true"] {
            assert_eq!(of("AutoOrderSync", word).as_deref(), Ok("\"on\""));
        }
        for word in ["COMPACT_100X50", "compact", "Compact (100x50 mm without QR)"] {
            assert_eq!(of("LabelFormat", word).as_deref(), Ok("\"compact\""));
        }
        assert_eq!(of("LABELREFERENCE", "LinnworksOrderId").as_deref(), Ok("\"order-id\""));
        assert_eq!(of("UseCurrentDate", "True").as_deref(), Ok("true"));
        assert_eq!(of("LinnDays", "7").as_deref(), Ok("7"));
    }
}
