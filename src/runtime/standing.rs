//! How we are, in one line: what `systemctl status` shows.

use crate::console::answer::ApiHealth;
use crate::domain::explain::Reach;
use crate::domain::job::JobWord;
use crate::domain::order::StateWord;
use crate::domain::rules::{Mode, Rules};
use crate::domain::time::Timestamp;
use crate::store::{StoreError, View};

/// The line.
pub(super) fn line(
    view: &View<'_>,
    rules: &Rules,
    apis: (&ApiHealth, &ApiHealth),
    now: Timestamp,
) -> Result<String, StoreError> {
    let counts = view.counts()?;
    let jobs = |word| counts.jobs.get(&word).copied().unwrap_or(0);
    let orders = |word| counts.orders.get(&word).copied().unwrap_or(0);
    let since = |at| rules.shipping.zone.since(at, now);
    let sending = match (view.paused()?, rules.mode) {
        (Some(paused), _) => format!("paused by {} since {}", paused.by, since(paused.at)),
        (None, _) if rules.removed => "removed in Linnworks, nothing is sent".to_owned(),
        (None, Mode::On) => "sending on".to_owned(),
        (None, Mode::DryRun) => "dry run".to_owned(),
        (None, Mode::Off) => "sending off".to_owned(),
    };
    let api = |name, health: &ApiHealth| match health.reach {
        Reach::Up => format!("{name} up"),
        Reach::Throttled { .. } => format!("{name} asks us to wait"),
        Reach::Down { since: at, .. } => format!("{name} down since {}", since(at)),
        Reach::Unauthorised { since: at } => {
            format!("{name} refuses our credentials since {}", since(at))
        }
        Reach::Unconfigured => format!("{name} has no credentials"),
    };
    let waiting = jobs(JobWord::Waiting) + jobs(JobWord::Sending) + jobs(JobWord::Unsure);
    let people = orders(StateWord::Refused) + orders(StateWord::Attention);
    let needs = if people == 1 { "needs" } else { "need" };
    Ok(format!(
        "{sending}; {}, {}; {waiting} waiting, {people} {needs} a person",
        api("Linnworks", apis.0),
        api("Stream", apis.1)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{Moment, Now};
    use crate::store::{Changes, Paused, Setting, Store, StoreOptions};

    fn health(reach: Reach) -> ApiHealth {
        ApiHealth { reach, last_ok: None, calls_last_minute: 0, busiest: None, took: None }
    }

    #[test]
    fn one_line_says_whether_it_sends_who_answers_and_what_waits() {
        let place = tempfile::tempdir().expect("a folder");
        let store = Store::open(&place.path().join("db"), StoreOptions::default()).expect("opens");
        let rules = crate::flow::fixtures::rules();
        let at = |text| Timestamp::parse_lenient(text).expect("a time");
        let now = at("2026-11-29T15:00:00Z");
        let down = health(Reach::Down { since: at("2026-11-29T14:02:30Z"), again: now });
        let up = health(Reach::Up);
        let shown = |apis| store.read(|view| line(view, &rules, apis, now)).expect("read");
        assert_eq!(
            shown((&up, &down)),
            "sending on; Linnworks up, Stream down since 14:02; 0 waiting, 0 need a person"
        );
        let (by, at) = ("pat".to_owned(), at("2026-11-28T09:30:00Z"));
        let moment = Now { wall: now, mono: Moment(1) };
        store
            .write(moment, move |_| {
                let mut changes = Changes::new();
                changes.set(Setting::Paused(Some(Paused { by: by.clone(), at })));
                Ok::<_, StoreError>((changes, ()))
            })
            .map_err(|_| "refused")
            .expect("written");
        let refused = health(Reach::Unauthorised { since: now });
        assert_eq!(
            shown((&health(Reach::Unconfigured), &refused)),
            "paused by pat since Sat 28 Nov 09:30; Linnworks has no credentials, Stream refuses our credentials \
             since 15:00; 0 waiting, 0 need a person"
        );
    }
}
