//! What listens: notifications and Linnworks on one address, health and metrics on another.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use super::{RunError, secrets};
use crate::clock::Clock;
use crate::config::{Bind, Config};
use crate::listener::gate::Limits;
use crate::listener::ops::{self, Gather};
use crate::listener::server::{Answer, Endpoint, Handler, Incoming, Listener, ListenerOptions};
use crate::listener::stream::{self, Hooks};
use crate::logging::Redactor;
use crate::poll::Sources;
use crate::poll::subscriptions::Address;

/// Requests handled at once: so many notifications can share a commit.
const HANDLERS: usize = 64;

/// Health and metrics are asked for by one or two programs.
const OPS_HANDLERS: usize = 2;

/// Secrets of the listener.
#[derive(Clone)]
pub(super) struct Secrets {
    /// The path segment under which everything is.
    pub(super) token: SecretString,
    /// What notifications carry.
    pub(super) hook: SecretString,
}

impl Secrets {
    /// Those of the configuration, or our own; from here on no line of the log shows them.
    pub(super) fn of(config: &Config, redactor: &Redactor) -> Result<Self, RunError> {
        let given = |secret: &Option<SecretString>, name| match secret {
            Some(secret) => Ok(secret.clone()),
            None => secrets::kept(&config.store.path, name),
        };
        let token = given(&config.listener.path_token, "path-token")?;
        let hook = given(&config.listener.webhook_secret, "webhook-secret")?;
        redactor.register(&token);
        redactor.register(&hook);
        Ok(Self { token, hook })
    }

    fn hook_path(&self) -> String {
        format!("/{}/stream", self.token.expose_secret())
    }
}

/// Where Stream is to send notifications; `None` when they are not wanted or cannot reach us.
pub(super) fn address(config: &Config, secrets: &Secrets) -> Option<Address> {
    let base = config.listener.public_url.as_ref().filter(|_| config.webhooks.enabled)?;
    Some(Address {
        url: format!("{}{}", base.as_str(), secrets.hook_path()).into(),
        secret: secrets.hook.clone(),
    })
}

/// Listens for notifications; `None` when nothing is to listen.
pub(super) fn listen(
    config: &Config,
    secrets: &Secrets,
    sources: &Sources,
    clock: &Arc<dyn Clock>,
) -> Result<Option<Listener>, RunError> {
    let Some(endpoint) = endpoint(&config.listener.bind) else { return Ok(None) };
    let hooks = Arc::new(Hooks {
        path: secrets.hook_path().into(),
        secret: secrets.hook.clone(),
        require_secret: config.listener.require_webhook_secret,
        store: sources.store.clone(),
        rules: sources.rules.clone(),
        clock: clock.clone(),
        wake: sources.wake.clone(),
    });
    let known = hooks.clone();
    let options = ListenerOptions {
        endpoint,
        name: "listener",
        handlers: HANDLERS,
        body_max: Arc::new(move |path| known.is_path(path).then_some(stream::BODY_BYTES_MAX)),
        limits: Limits::default(),
    };
    let handler: Handler = Arc::new(move |incoming: &Incoming| {
        if hooks.is_path(&incoming.path) { hooks.answer(incoming) } else { Answer::empty(404) }
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
