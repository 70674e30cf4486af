//! The configuration read again while it runs: all of it or none.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use super::live::Live;
use super::notify::Notifier;
use super::{RunError, live, prove};
use crate::config::{Config, Environment, ListenerConfig, Problems};
use crate::logging::Logger;

/// Where the configuration comes from.
pub(super) struct Source {
    /// The file.
    pub(super) file: PathBuf,
    /// `--socket`, which goes before the file.
    pub(super) socket: Option<PathBuf>,
    /// The environment the program was started in.
    pub(super) environment: Environment,
}

impl Source {
    /// Reads it, or says everything that is wrong with it.
    pub(super) fn read(&self) -> Result<Config, Problems> {
        let mut config = Config::load(&self.file, &self.environment)?;
        if let Some(socket) = &self.socket {
            config.admin.socket.clone_from(socket);
        }
        Ok(config)
    }
}

/// Reads it again whenever it is asked to, on a thread of its own: new credentials are tried, which takes a while,
/// and a signal to stop waits for nobody.
pub(super) struct Reloader(SyncSender<()>);

impl Reloader {
    pub(super) fn start(
        source: Source,
        live: &Arc<Live>,
        logger: &Arc<Logger>,
        notifier: &Arc<Notifier>,
    ) -> Result<Self, RunError> {
        // One that waits is enough: it reads what is there when its turn comes.
        let (ask, asked) = sync_channel(1);
        let (live, logger, notifier) = (Arc::clone(live), Arc::clone(logger), Arc::clone(notifier));
        std::thread::Builder::new()
            .name("reload".to_owned())
            .spawn(move || {
                while asked.recv().is_ok() {
                    notifier.reloading();
                    match source.read() {
                        Ok(new) => take_over(&live, new, &logger),
                        Err(problems) => refuse(&problems),
                    }
                    notifier.ready();
                }
            })
            .map_err(|source| RunError::System { what: "a thread", source })?;
        Ok(Self(ask))
    }

    /// Asks it to.
    pub(super) fn ask(&self) {
        // One that waits already will see this change too.
        let _ = self.0.try_send(());
    }
}

/// A file that cannot be used: every problem is said, and nothing changes.
fn refuse(problems: &Problems) {
    log::error!("the configuration was read again and is not used; the one before still holds");
    for line in problems.lines() {
        log::error!("{line}");
    }
}

/// Takes over what can change and says what cannot.
fn take_over(live: &Live, new: Config, logger: &Arc<Logger>) {
    let running = live.config();
    let new = match live::over_wizard(&live.sources.store, &new) {
        Ok(new) => new,
        Err(problems) => return refuse(&problems),
    };
    let wanted = new.clone();
    let mut config = what_can_change(&running, new);
    let fixed = config.differences(&wanted);
    prove::keep_what_works(live, &running, &mut config);
    if let Err(error) = live.secrets.renew(&config, &live.redactor, live.clock.now().mono) {
        log::error!("the secrets of the listener are not replaced: {error}");
        config.listener = running.listener.clone();
    }
    live.apply(&config);
    let changed = running.differences(&config);
    if changed.is_empty() {
        log::info!("the configuration was read again: nothing changed");
    } else {
        log::info!("the configuration was read again, changed: {}", changed.join(", "));
    }
    for key in fixed {
        log::warn!("{key} differs in the file and cannot change while running: start again for it");
    }
    logger.set_level(config.log.level);
}

/// The new configuration with what stays as it is until the next start: sockets and files that are
/// open, how the outside is reached, and what every day is reckoned in.
fn what_can_change(running: &Config, new: Config) -> Config {
    let mut config = Config {
        admin: running.admin.clone(),
        listener: ListenerConfig {
            // Those before are accepted beside them for a while.
            path_token: new.listener.path_token.clone(),
            webhook_secret: new.listener.webhook_secret.clone(),
            ..running.listener.clone()
        },
        network: running.network.clone(),
        ops: running.ops.clone(),
        site: running.site.clone(),
        store: running.store.clone(),
        ..new
    };
    // The lease of a job that is taken was reckoned with the old time-out, and a call must not outlast
    // it. A doubt that is being looked into would find its early look to be the last of a shorter
    // list, and be over before whatever was on its way has arrived.
    config.stream.timeout = running.stream.timeout;
    config.stream.settle = running.stream.settle.clone();
    config
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Delay;

    fn config(text: &str) -> Config {
        Config::parse(text, &Environment::default()).expect("good")
    }

    #[test]
    fn what_is_open_stays_as_it_is_and_is_named_and_the_rest_is_taken_over() {
        let running = config("site.name = \"A\"");
        let new = config(
            "site.name = \"B\"\nsite.time_zone = \"UTC\"\nstore.path = \"x.redb\"\nadmin.socket = \"/s\"\n\
             listener.bind = \"none\"\nops.bind = \"127.0.0.1:9\"\nnetwork.proxy = \"http://p:1\"\n\
             sync.orders = \"on\"\nlog.level = \"debug\"\nstream.base_url = \"https://s.example\"\n\
             linnworks.calls_percent = 50\nstream.burst = 7\n",
        );
        let wanted = new.clone();
        let held = what_can_change(&running, new);
        let taken = running.differences(&held);
        assert_eq!(
            taken,
            [
                "linnworks.calls_percent",
                "log.level",
                "stream.base_url",
                "stream.burst",
                "sync.orders"
            ]
        );
        assert_eq!(
            held.differences(&wanted),
            [
                "admin.socket",
                "listener.bind",
                "network.proxy",
                "ops.bind",
                "site.name",
                "site.time_zone",
                "store.path"
            ]
        );
    }

    #[test]
    fn time_out_and_looks_stay_because_leases_and_doubts_were_reckoned_with_them() {
        let running = config("");
        for text in [
            "stream.timeout = \"1s\"\nstream.settle = [\"2s\"]\nstream.batch = 1",
            "stream.settle = [\"60s\"]\nstream.batch = 1",
            "stream.timeout = \"45s\"\nstream.batch = 1",
        ] {
            let held = what_can_change(&running, config(text));
            assert_eq!((held.stream.timeout, held.stream.batch), (Delay::secs(30), 1), "{text}");
            assert_eq!(held.stream.settle, running.stream.settle, "{text}");
        }
        let both = config("stream.timeout = \"1s\"\nstream.settle = [\"2s\"]");
        let held = what_can_change(&running, both.clone());
        assert_eq!(held.differences(&both), ["stream.settle", "stream.timeout"]);
    }
}
