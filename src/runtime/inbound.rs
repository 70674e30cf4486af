//! What listens: notifications and Linnworks on one address, health and metrics on another.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use secrecy::{ExposeSecret as _, SecretString};

use super::{RunError, secrets};
use crate::clock::Clock;
use crate::config::{BaseUrl, Bind, Config};
use crate::domain::time::Moment;
use crate::listener::gate::Limits;
use crate::listener::keys::{OLD_KEPT, Rotating, Which};
use crate::listener::ops::{self, Gather};
use crate::listener::server::{Answer, Endpoint, Handler, Incoming, Listener, ListenerOptions};
use crate::listener::shipping::{self, Office, Settings};
use crate::listener::stream::{self, Hooks};
use crate::logging::Redactor;
use crate::poll::Sources;
use crate::poll::subscriptions::Address;
use crate::tally::Counts;

/// Requests handled at once: so many notifications can share a commit.
const HANDLERS: usize = 64;

/// Health and metrics are asked for by one or two programs.
const OPS_HANDLERS: usize = 2;

/// Secrets of the listener, which may be replaced while it runs.
#[derive(Clone)]
pub(super) struct Secrets {
    /// The path segment under which everything is.
    pub(super) token: Arc<Rotating>,
    /// What notifications carry.
    pub(super) hook: Arc<Rotating>,
}

impl Secrets {
    /// Those of the configuration, or our own; from here on no line of the log shows them.
    pub(super) fn of(config: &Config, redactor: &Redactor) -> Result<Self, RunError> {
        let (token, hook) = given(config, redactor)?;
        let new = |secret| Arc::new(Rotating::new(secret));
        Ok(Self { token: new(token), hook: new(hook) })
    }

    /// Those that the files hold now take the place of those before, which are accepted for a while yet.
    pub(super) fn renew(
        &self,
        config: &Config,
        redactor: &Redactor,
        now: Moment,
    ) -> Result<(), RunError> {
        let (token, hook) = given(config, redactor)?;
        let hours = OLD_KEPT.0 / 3_600_000;
        if self.token.replace(token, now) {
            log::warn!(
                "the secret path segment was replaced. Register the new addresses in Linnworks within {hours} h \
                 (linnstream endpoints shows them); until then the one before is accepted as well. A restart ends \
                 that at once"
            );
        }
        if self.hook.replace(hook, now) {
            log::warn!(
                "the webhook secret was replaced: Stream is given the new one. The one before is accepted as well \
                 for {hours} h, or until a restart"
            );
        }
        Ok(())
    }

    fn hook_path(&self) -> String {
        format!("/{}/stream", self.token.get().expose_secret())
    }
}

fn given(config: &Config, redactor: &Redactor) -> Result<(SecretString, SecretString), RunError> {
    let given = |secret: &Option<SecretString>, name| match secret {
        Some(secret) => Ok(secret.clone()),
        None => secrets::kept(&config.store.path, name),
    };
    let token = given(&config.listener.path_token, "path-token")?;
    let hook = given(&config.listener.webhook_secret, "webhook-secret")?;
    redactor.register(&token);
    redactor.register(&hook);
    Ok((token, hook))
}

/// Where notifications go, as the wizard shows it: empty when nobody outside could reach it.
fn hook_url(base: Option<&BaseUrl>, secrets: &Secrets) -> SecretString {
    let url = base.map(|base| format!("{}{}", base.as_str(), secrets.hook_path()));
    SecretString::from(url.unwrap_or_default())
}

/// Where Stream is to send notifications; `None` when they are not wanted or cannot reach us.
pub(super) fn address(config: &Config, secrets: &Secrets) -> Option<Address> {
    let base = config.listener.public_url.as_ref().filter(|_| config.webhooks.enabled)?;
    Some(Address {
        url: format!("{}{}", base.as_str(), secrets.hook_path()).into(),
        secret: secrets.hook.get(),
    })
}

/// Listens for notifications and for Linnworks; `None` when nothing is to listen.
pub(super) fn listen(
    config: &Config,
    secrets: &Secrets,
    sources: &Sources,
    clock: &Arc<dyn Clock>,
    settings: Settings,
    received: Arc<Counts<&'static str>>,
) -> Result<Option<Listener>, RunError> {
    let Some(endpoint) = endpoint(&config.listener.bind) else { return Ok(None) };
    let hooks = Arc::new(Hooks {
        token: secrets.token.clone(),
        secret: secrets.hook.clone(),
        require_secret: config.listener.require_webhook_secret,
        store: sources.store.clone(),
        rules: sources.rules.clone(),
        clock: clock.clone(),
        wake: sources.wake.clone(),
        received,
    });
    let (public, shown) = (config.listener.public_url.clone(), secrets.clone());
    let office = Arc::new(Office {
        token: secrets.token.clone(),
        hook_url: Box::new(move || hook_url(public.as_ref(), &shown)),
        store: sources.store.clone(),
        clock: clock.clone(),
        rules: sources.rules.clone(),
        wake: sources.wake.clone(),
        settings,
        site: config.site.name.clone(),
        waiting: AtomicUsize::new(0),
    });
    let (known, knows) = (hooks.clone(), office.clone());
    let (token, ticks) = (secrets.token.clone(), clock.clone());
    let options = ListenerOptions {
        endpoint,
        name: "listener",
        handlers: HANDLERS,
        body_max: Arc::new(move |path| {
            if known.is_path(path) {
                return Some(stream::BODY_BYTES_MAX);
            }
            knows.endpoint(path).map(|_| shipping::BODY_BYTES_MAX)
        }),
        limits: Limits::default(),
    };
    let handler: Handler = Arc::new(move |incoming: &Incoming| {
        // The gate let it through, so the segment is one of the two.
        let segment = incoming.path.split('/').nth(1).unwrap_or_default();
        if token.which(segment, ticks.now().mono) == Some(Which::Before) {
            log::warn!(
                request_id = incoming.id();
                "a request came to the path that was replaced; it is accepted for a while. Register the new address: \
                 linnstream endpoints"
            );
        }
        if hooks.is_path(&incoming.path) {
            return hooks.answer(incoming);
        }
        match office.endpoint(&incoming.path) {
            Some(name) => office.answer(name, incoming),
            None => Answer::empty(404),
        }
    });
    Ok(Some(Listener::start(options, handler)?))
}

/// Serves health and metrics; `None` when that is not wanted.
pub(super) fn serve_ops(config: &Config, gather: Gather) -> Result<Option<Listener>, RunError> {
    let Some(endpoint) = endpoint(&config.ops.bind) else { return Ok(None) };
    let options = ListenerOptions {
        endpoint,
        name: "ops",
        handlers: OPS_HANDLERS,
        body_max: Arc::new(|path| ops::is_path(path).then_some(0)),
        limits: Limits::default(),
    };
    let handler: Handler = Arc::new(move |incoming: &Incoming| ops::answer(incoming, &gather));
    Ok(Some(Listener::start(options, handler)?))
}

fn endpoint(bind: &Bind) -> Option<Endpoint> {
    match bind {
        Bind::None => None,
        Bind::Tcp(address) => Some(Endpoint::Tcp(*address)),
        Bind::Unix(path) => Some(Endpoint::Unix(path.clone())),
    }
}
