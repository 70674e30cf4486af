//! The configuration read again while it runs: all of it or none.

use std::path::Path;
use std::sync::Arc;

use super::{Daemon, live};
use crate::config::{Config, Environment, Problems};
use crate::logging::Logger;

/// Where the configuration comes from.
pub(super) struct Source<'a> {
    /// The file.
    pub(super) file: &'a Path,
    /// `--socket`, which goes before the file.
    pub(super) socket: Option<&'a Path>,
    /// The environment the program was started in.
    pub(super) environment: &'a Environment,
}

impl Source<'_> {
    /// Reads it, or says everything that is wrong with it.
    pub(super) fn read(&self) -> Result<Config, Problems> {
        let mut config = Config::load(self.file, self.environment)?;
        if let Some(socket) = self.socket {
            config.admin.socket = socket.to_owned();
        }
        Ok(config)
    }
}

/// A file that cannot be used: every problem is said, and nothing changes.
pub(super) fn refuse(problems: &Problems) {
    log::error!("the configuration was read again and is not used; the one before still holds");
    for line in problems.lines() {
        log::error!("{line}");
    }
}

/// Takes over what can change and says what cannot.
pub(super) fn take_over(daemon: &Daemon, new: Config, logger: &Arc<Logger>) {
    let running = daemon.live().config();
    let new = match live::over_wizard(daemon.store(), &new) {
        Ok(new) => new,
        Err(problems) => return refuse(&problems),
    };
    let wanted = new.clone();
    let config = what_can_change(&running, new);
    daemon.live().apply(&config);
    let changed = running.differences(&config);
    if changed.is_empty() {
        log::info!("the configuration was read again: nothing changed");
    } else {
        log::info!("the configuration was read again, changed: {}", changed.join(", "));
    }
    for key in config.differences(&wanted) {
        log::warn!("{key} differs in the file and cannot change while running: start again for it");
    }
    logger.set_level(config.log.level);
}

/// The new configuration with what stays as it is until the next start: sockets and files that are
/// open, how the outside is reached, and what every day is reckoned in.
fn what_can_change(running: &Config, new: Config) -> Config {
    let mut config = Config {
        admin: running.admin.clone(),
        listener: running.listener.clone(),
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
