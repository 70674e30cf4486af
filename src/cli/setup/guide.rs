//! The way through setup: the same with questions and with answers. With answers a question is answered by
//! the draft, and what is missing was said before anything was tried.

use super::questions::{self as q, Question, Secret};
use super::terminal::{Terminal, broken_off, say};
use crate::cli::{Exit, Failed, run};
use crate::config::{Config, Draft, SECRET_NAMES};
use crate::domain::depot::Depot;
use crate::probe::linnworks::{Account, same};
use crate::probe::lists;
use crate::runtime::setup::{Setup, SetupError};

/// Stock locations and postal services listed for a person; the rest is counted.
const LISTED_MAX: usize = 20;

/// A setup and the answers so far.
pub(super) struct Guide<'a> {
    pub(super) setup: &'a Setup,
    pub(super) draft: Draft,
    /// Who answers; `None`: the draft holds all answers.
    pub(super) terminal: Option<Terminal>,
    /// The default of `site.name`.
    pub(super) host: String,
}

/// What both systems showed.
pub(super) struct Learned {
    pub(super) config: Config,
    pub(super) account: Account,
}

impl Guide<'_> {
    /// Asks for everything, tries each credential, and answers with what holds.
    pub(super) fn learn(&mut self) -> Result<Learned, Failed> {
        if self.terminal.is_none() {
            self.nothing_is_missing()?;
        }
        self.site()?;
        let account = self.linnworks()?;
        self.vendor(&account)?;
        self.locations(&account)?;
        let depots = self.stream()?;
        self.heading("The sender, printed on labels");
        for question in &q::SENDER {
            self.ask(question)?;
        }
        self.warehouse(&depots)?;
        self.heading(q::WAYS_IN);
        self.ask(&q::PUBLIC_URL)?;
        let config = self.checked()?;
        self.setup.names(&config, &account, &depots).map_err(stopped)?;
        Ok(Learned { config, account })
    }

    fn checked(&self) -> Result<Config, Failed> {
        self.setup.checked(&self.draft).map_err(stopped)
    }

    /// Every answer that is missing, at once.
    fn nothing_is_missing(&self) -> Result<(), Failed> {
        let config = self.checked()?;
        let mut missing: Vec<String> =
            q::all_needed().filter(|key| !self.draft.has(key)).map(str::to_owned).collect();
        missing.extend(
            SECRET_NAMES
                .iter()
                .filter(|(name, _)| !has_secret(&config, name))
                .map(|(name, key)| format!("secrets.{name} (or {key})")),
        );
        if missing.is_empty() {
            return Ok(());
        }
        let text = format!("the answers lack {}: each is needed", missing.join(", "));
        Err(Failed::new(Exit::Usage, text))
    }

    fn heading(&self, text: &str) {
        if self.terminal.is_some() {
            say(&format!("\n{text}"));
        }
    }

    fn ask(&mut self, question: &Question) -> Result<(), Failed> {
        let Some(terminal) = &mut self.terminal else { return Ok(()) };
        let before = self.draft.shown(question.key);
        let default = before.clone().or_else(|| Some(question.default.to_owned()));
        let default = default.filter(|text| !text.is_empty());
        let shown = match (&default, question.needed) {
            (Some(default), true) => format!("{} [{default}]", question.text),
            (Some(default), false) => format!("{} [{default}; - for none]", question.text),
            (None, _) => question.text.to_owned(),
        };
        loop {
            let typed = terminal.line(&shown)?;
            let value = match (typed.as_str(), &default) {
                ("-", _) if !question.needed => None,
                ("", Some(default)) => Some(default.clone()),
                ("", None) => None,
                (typed, _) => Some(typed.to_owned()),
            };
            match value {
                None if question.needed => {
                    say("It is needed.");
                    continue;
                }
                None => self.draft.unset(question.key),
                Some(value) => self.draft.set_text(question.key, &value),
            }
            match self.draft.problem_of(question.key, self.setup.environment()) {
                None => return Ok(()),
                Some(problem) => say(&format!("  {problem}")),
            }
            match &before {
                Some(before) => self.draft.set_text(question.key, before),
                None => self.draft.unset(question.key),
            }
        }
    }

    fn ask_secret(&mut self, secret: &Secret) -> Result<(), Failed> {
        let config = self.checked()?;
        let Some(terminal) = &mut self.terminal else { return Ok(()) };
        let kept = has_secret(&config, secret.name);
        let hint = if kept { " (not shown; Enter keeps the one there is)" } else { " (not shown)" };
        loop {
            let typed = terminal.secret(&format!("{}{hint}", secret.text))?;
            match (typed.is_empty(), kept) {
                (true, true) => return Ok(()),
                (true, false) => say("It is needed."),
                (false, _) if typed.chars().any(char::is_control) => {
                    say("It must be one line of text.")
                }
                (false, _) => {
                    self.draft.set_secret(secret.name, &typed);
                    return Ok(());
                }
            }
        }
    }

    /// Yes or no; the default for nothing typed.
    fn ask_flag(&mut self, text: &str, default: bool) -> Result<bool, Failed> {
        let Some(terminal) = &mut self.terminal else { return Ok(default) };
        let shown = format!("{text} [{}]", if default { "yes" } else { "no" });
        loop {
            match terminal.line(&shown)?.to_lowercase().as_str() {
                "" => return Ok(default),
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => say("Type yes or no."),
            }
        }
    }

    fn site(&mut self) -> Result<(), Failed> {
        self.heading("This site");
        if self.terminal.is_some() && !self.draft.has(q::NAME.key) {
            let host = self.host.clone();
            self.draft.set_text(q::NAME.key, &host);
        }
        self.ask(&q::NAME)?;
        self.ask(&q::ZONE)
    }

    /// Until it works, when somebody is there to correct it.
    fn linnworks(&mut self) -> Result<Account, Failed> {
        self.heading(
            "Linnworks: an application of the type shipping integration, installed on the account",
        );
        loop {
            self.ask(&q::APPLICATION)?;
            self.ask_secret(&q::APPLICATION_SECRET)?;
            self.ask_secret(&q::TOKEN)?;
            let config = self.checked()?;
            say("Asking Linnworks ...");
            match self.setup.linnworks(&config) {
                Ok(account) => {
                    say("Linnworks accepts them, and the rights are there.");
                    return Ok(account);
                }
                Err(SetupError::Credentials(why)) if self.terminal.is_some() => {
                    say(&format!("  {why}."))
                }
                Err(error) => return Err(stopped(error)),
            }
        }
    }

    fn vendor(&mut self, account: &Account) -> Result<(), Failed> {
        let services = account.services.as_deref().unwrap_or_default();
        let mut vendors: Vec<&str> = services.iter().map(|one| one.vendor.as_str()).collect();
        vendors.sort_unstable();
        vendors.dedup();
        self.heading(&format!("Postal services in Linnworks are of {}", some_of(&vendors)));
        self.ask(&q::VENDOR)?;
        let check = lists::postal_services(&self.checked()?.linnworks.vendor, services);
        if !check.ok {
            // They come with the integration, which may be added later.
            say(&format!("Note: {}. {}.", check.text, check.remedy.unwrap_or_default()));
        }
        Ok(())
    }

    fn locations(&mut self, account: &Account) -> Result<(), Failed> {
        const KEY: &str = "linnworks.locations";
        let have = account.locations.as_deref().unwrap_or_default();
        let names: Vec<&str> = have.iter().map(|one| one.name.as_str()).collect();
        self.heading(&format!("Locations in Linnworks: {}", some_of(&names)));
        let Some(terminal) = &mut self.terminal else { return Ok(()) };
        let before = self.draft.shown(KEY).unwrap_or_else(|| "all".to_owned());
        let shown =
            format!("Which of them are this site's: all, or names with commas between [{before}]");
        loop {
            let typed = terminal.line(&shown)?;
            if typed.is_empty() {
                return Ok(());
            }
            if typed.eq_ignore_ascii_case("all") {
                self.draft.unset(KEY);
                return Ok(());
            }
            let wanted: Vec<String> = typed
                .split(',')
                .map(|name| name.trim().to_owned())
                .filter(|n| !n.is_empty())
                .collect();
            match wanted.iter().find(|name| !names.iter().any(|known| same(name, known))) {
                Some(unknown) => say(&format!("  There is no location \"{unknown}\".")),
                None if wanted.is_empty() => say("  Name at least one."),
                None => {
                    self.draft.set_texts(KEY, &wanted);
                    return Ok(());
                }
            }
        }
    }

    fn stream(&mut self) -> Result<Vec<Depot>, Failed> {
        self.heading("Stream: the API credentials that your Stream administrator gave you");
        loop {
            self.ask(&q::BASE_URL)?;
            self.ask(&q::CLIENT)?;
            self.ask_secret(&q::CLIENT_SECRET)?;
            let config = self.checked()?;
            say("Asking Stream ...");
            match self.setup.stream(&config) {
                Ok(depots) => {
                    say("Stream accepts them. Depots and their delivery methods:");
                    for depot in depots.iter().take(LISTED_MAX) {
                        let methods: Vec<&str> =
                            depot.methods.iter().map(|m| m.name.as_str()).collect();
                        say(&format!("  {}: {}", depot.name, methods.join(", ")));
                    }
                    return Ok(depots);
                }
                Err(SetupError::Credentials(why)) if self.terminal.is_some() => {
                    say(&format!("  {why}."))
                }
                Err(error) => return Err(stopped(error)),
            }
        }
    }

    fn warehouse(&mut self, depots: &[Depot]) -> Result<(), Failed> {
        const KEY: &str = "warehouse.use_default_location";
        let names: Vec<&str> = (depots.iter())
            .map(|depot| depot.stock_location.1.as_str())
            .filter(|name| !name.is_empty())
            .collect();
        self.heading(&format!("Stock locations in Stream: {}", some_of(&names)));
        if self.terminal.is_none() {
            return Ok(());
        }
        let before = self.draft.shown(KEY).is_some_and(|text| text == "true");
        let text = "Use one of them for every shipment, whatever depot its service leads to";
        if !self.ask_flag(text, before)? {
            if self.draft.has(KEY) {
                self.draft.set_flag(KEY, false);
            }
            return Ok(());
        }
        // Its partner first: the one without the other is a mistake.
        loop {
            self.ask(&q::STOCK)?;
            let chosen = self.draft.shown(q::STOCK.key).unwrap_or_default();
            if names.iter().any(|name| same(name, &chosen)) {
                break;
            }
            say(&format!("  Stream has no stock location \"{chosen}\"."));
            self.draft.unset(q::STOCK.key);
        }
        self.draft.set_flag(KEY, true);
        Ok(())
    }

    /// Whether sending begins: what is to stand for `sync.orders`.
    pub(super) fn sending(&mut self, given: Option<String>) -> Result<String, Failed> {
        let before = given.unwrap_or_else(|| "off".to_owned());
        let Some(terminal) = &mut self.terminal else { return Ok(before) };
        let shown = format!("\nSend orders from now on: on, dry-run (show only) or off [{before}]");
        loop {
            match terminal.line(&shown)?.to_lowercase().as_str() {
                "" => return Ok(before),
                word @ ("on" | "off" | "dry-run") => return Ok(word.to_owned()),
                _ => say("Type on, dry-run or off."),
            }
        }
    }
}

fn has_secret(config: &Config, name: &str) -> bool {
    match name {
        "linnworks-secret" => config.linnworks.application_secret.is_some(),
        "linnworks-token" => config.linnworks.token.is_some(),
        _ => config.stream.client_secret.is_some(),
    }
}

fn some_of(names: &[&str]) -> String {
    let shown: Vec<&str> = names.iter().take(LISTED_MAX).copied().collect();
    match names.len().saturating_sub(LISTED_MAX) {
        _ if names.is_empty() => "none".to_owned(),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// How setup ends when it does not go on.
pub(super) fn stopped(error: SetupError) -> Failed {
    match error {
        SetupError::Config(problems) => Failed::new(Exit::Usage, problems),
        SetupError::Run(error) => {
            let exit = run::exit_of(&error);
            let stop = if exit == Exit::Refused { ". See: systemctl stop linnstream" } else { "" };
            Failed::new(exit, format!("{}{stop}", run::chain(&error)))
        }
        SetupError::Unreadable(text) => Failed::new(Exit::Usage, text),
        error @ (SetupError::Missing(_) | SetupError::Credentials(_)) => {
            Failed::new(Exit::No, error)
        }
        error @ SetupError::Write { .. } => Failed::new(Exit::Internal, run::chain(&error)),
        SetupError::Interrupted => Failed::new(Exit::No, broken_off().text),
    }
}
