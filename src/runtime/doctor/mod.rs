//! Everything that an installation needs, looked at one after the other: `linnstream doctor`. It reads and
//! asks; nothing is changed on either side.
//!
//! It needs no daemon. While one runs it holds the database, so what the database knows is asked of it;
//! while none runs the database is opened here. That no daemon runs is a fault only when everything else is
//! in order: before that it is what the other faults lead to, and starting it would help nobody.
//!
//! - `running`: what a daemon that runs says of itself
//! - `systems`: both systems, and what they list
//! - `foreign`: traces of somebody else's work

mod foreign;
mod running;
mod systems;

use std::path::{Path, PathBuf};

pub use running::{DaemonView, Running, Standing};

use super::systems::Systems;
use super::{live, place};
use crate::config::{CREDENTIALS_FOLDER, Config, Draft, Environment, Problems, SECRET_NAMES};
use crate::domain::ids::OrderNumber;
use crate::domain::time::Timestamp;
use crate::http::{Method, Request};
use crate::probe::check::Check;
use crate::probe::machine;
use crate::store::{Create, Store, StoreOptions};

/// Secrets that the program makes for itself, beside the database.
const OWN_SECRETS: [&str; 2] = ["path-token", "webhook-secret"];

/// A round of looking.
struct Doctor<'a> {
    file: &'a Path,
    config: Config,
    running: Running,
    systems: Systems,
    /// Opened here, when no daemon holds it.
    store: Option<Store>,
    tell: &'a mut dyn FnMut(&Check),
    checks: Vec<Check>,
}

/// Looks at everything, telling each check as it is made.
///
/// # Errors
/// When the configuration cannot be used: then nothing else was looked at.
pub fn doctor(
    file: &Path,
    socket: Option<&Path>,
    running: Running,
    tell: &mut dyn FnMut(&Check),
) -> Result<Vec<Check>, Problems> {
    let environment = Environment::of_process();
    let mut config = Config::load(file, &environment)?;
    if let Some(socket) = socket {
        config.admin.socket = socket.to_owned();
    }
    let in_order = Check::good("configuration", format!("{} is in order", file.display()));
    let systems = match Systems::new(&config) {
        Ok(systems) => systems,
        Err(error) => {
            tell(&in_order);
            let remedy = "correct network.proxy or network.ca_file";
            let check = Check::fault("network", super::chain(&error), remedy);
            tell(&check);
            return Ok(vec![in_order, check]);
        }
    };
    let mut doctor =
        Doctor { file, config, running, systems, store: None, tell, checks: Vec::new() };
    doctor.add(in_order);
    doctor.machine();
    let seen = doctor.linnworks();
    let account = doctor.stream();
    doctor.lists(&seen, &account);
    doctor.foreign(&seen, &account);
    if let Some(check) = doctor.systems.dated.clock_check() {
        doctor.add(check);
    }
    doctor.webhook_url();
    doctor.daemon();
    if let Some(store) = &doctor.store {
        // It was only read: what closing it says is of no use to anybody.
        let _ = store.close();
    }
    Ok(doctor.checks)
}

impl Doctor<'_> {
    fn add(&mut self, check: Check) {
        (self.tell)(&check);
        self.checks.push(check);
    }

    fn answers(&self) -> bool {
        matches!(self.running, Running::Answers(_))
    }

    /// This machine.
    fn machine(&mut self) {
        let zone = &self.config.site.time_zone;
        let now = zone.show(self.systems.clock.now().wall);
        self.add(Check::good("time-zone", format!("{}, where it is {now}", zone.name())));
        let database = self.config.store.path.clone();
        self.secret_files(&database);
        let folder = machine::state_directory(&database);
        let has_folder = folder.ok;
        self.add(folder);
        let bytes = self.database(&database);
        if has_folder {
            self.add(machine::disk(&database, bytes));
        }
        self.add(machine::admin_socket(&self.config.admin, self.answers()));
        self.add(machine::listener(&self.config.listener.bind, self.answers()));
    }

    fn secret_files(&mut self, database: &Path) {
        let beside = machine::folder_of(self.file).join(CREDENTIALS_FOLDER);
        let mut files: Vec<PathBuf> =
            SECRET_NAMES.iter().map(|(name, _)| beside.join(name)).collect();
        files.extend(OWN_SECRETS.map(|name| machine::folder_of(database).join(name)));
        // The file can be read: it was, a moment ago.
        let draft = Draft::of_file(self.file).unwrap_or_default();
        let named = |(_, key): &(&str, &str)| draft.shown(key).map(PathBuf::from);
        let named: Vec<PathBuf> = SECRET_NAMES.iter().filter_map(named).collect();
        let owner = std::fs::metadata(machine::folder_of(database));
        let owner = owner.map(|found| std::os::unix::fs::MetadataExt::uid(&found)).ok();
        self.add(machine::secret_files(&files, &named, owner));
    }

    /// The database, and what was set in Linnworks and is kept in it. Answers its size.
    fn database(&mut self, path: &Path) -> u64 {
        const NAME: &str = "database";
        let found = match machine::database(path, &place::marker_of(path)) {
            Ok(found) => found,
            Err(check) => {
                self.add(check);
                return 0;
            }
        };
        let size = format!("{} ({} KB)", path.display(), found.len() / 1024);
        match &self.running {
            Running::Answers(view) => {
                if let Some(over) = view.over(&self.config) {
                    self.config = over;
                }
                self.add(Check::good(NAME, format!("{size}, held by the daemon")));
            }
            Running::Closed(_) | Running::Not(_) => self.open(path, &size),
        }
        found.len()
    }

    fn open(&mut self, path: &Path, size: &str) {
        const NAME: &str = "database";
        let options = StoreOptions { create: Create::Never, ..StoreOptions::default() };
        let opened = Store::open(path, options).and_then(|store| {
            let orders = store.read(|view| view.counts())?.orders.values().sum::<u64>();
            Ok((store, orders))
        });
        match opened {
            Ok((store, orders)) => {
                if let Ok(over) = live::over_wizard(&store, &self.config) {
                    self.config = over;
                }
                self.store = Some(store);
                self.add(Check::good(NAME, format!("{size}, sound, {orders} orders in it")));
            }
            Err(error) => {
                let remedy = "see the message; linnstream inspect looks at a copy, linnstream restore puts one back";
                self.add(Check::fault(NAME, super::chain(&error), remedy));
            }
        }
    }

    /// Whether the address that Stream is given leads here.
    fn webhook_url(&mut self) {
        const NAME: &str = "webhook-url";
        let Some(base) = self.config.listener.public_url.clone() else {
            let text = "listener.public_url is not set: nothing is subscribed, and polling finds every change";
            return self.add(Check::good(NAME, text));
        };
        let Running::Answers(view) = &self.running else {
            let text = "not tried: nobody listens while the daemon does not run";
            return self.add(Check::good(NAME, text));
        };
        let Some(url) = &view.hook_url else {
            let text = "not tried: only operators may learn the address";
            return self.add(Check::good(NAME, text).hint("run linnstream doctor as root"));
        };
        let request = Request {
            method: Method::Get,
            url: secrecy::ExposeSecret::expose_secret(url).to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout: self.config.stream.timeout,
            fresh_connection: true,
        };
        let answer = self.systems.transport().send(&request);
        let base = base.as_str();
        self.add(match answer.map(|answer| answer.status) {
            Ok(200) => Check::good(NAME, format!("{base} leads here")),
            Ok(status) => Check::fault(
                NAME,
                format!("{base} answers {status} where this linnstream would answer 200"),
                format!("let the proxy or tunnel of {base} lead to {}", self.config.listener.bind),
            ),
            Err(error) => Check::good(NAME, format!("{base} cannot be reached from here: {error}")).hint(
                "many routers do not let a machine reach its own public address: try it from outside",
            ),
        });
    }

    fn daemon(&mut self) {
        let others = self.checks.iter().any(|check| !check.ok);
        let check = self.running.check(&self.config, others);
        self.add(check);
    }

    /// How our own record of an order stands; `None` when there is none.
    fn standing(&mut self, number: u64) -> Result<Option<String>, String> {
        if let Some(store) = &self.store {
            let order = store.read(|view| view.order_by_number(OrderNumber(number)));
            let order = order.map_err(|error| error.to_string())?;
            return Ok(order.map(|order| order.state.word().word().to_owned()));
        }
        match &mut self.running {
            Running::Answers(view) => (view.standing)(number),
            // There is no database yet, or it cannot be read; the caller says which.
            Running::Closed(_) | Running::Not(_) => Ok(None),
        }
    }

    /// When the round began, for what is new.
    fn now(&self) -> Timestamp {
        self.systems.clock.now().wall
    }
}
