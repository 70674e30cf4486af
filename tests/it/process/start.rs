//! What the daemon refuses to start on, how it stops, and what its log never shows.

use std::time::Duration;

use linnstream::clock::{Clock as _, SystemClock};
use linnstream::domain::time::Moment;
use linnstream::sandbox::{Mix, WorldOptions};

use super::Site;

#[test]
fn a_missing_database_where_one_was_is_refused_and_never_a_silent_first_start() {
    let site = Site::new(WorldOptions::default(), "");
    let daemon = site.run();
    site.wait_for_exit_code(&["status"], 0);
    daemon.kill();
    std::fs::remove_file(site.path("linnstream.redb")).expect("removed");
    let refused = site.ask(&["run"]);
    assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(text.contains("is missing although linnstream ran here before"), "{text}");
}

#[test]
fn a_second_daemon_on_the_same_database_is_refused_with_its_path() {
    let site = Site::new(WorldOptions::default(), "");
    let _daemon = site.run();
    site.wait_for_exit_code(&["status"], 0);
    let other = site.path("other.sock");
    let second = site.ask(&["run", "--socket", other.to_str().expect("text")]);
    assert_eq!(second.status.code(), Some(4), "{second:?}");
    let text = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(text.contains("linnstream.redb is already open by another linnstream"), "{text}");
}

#[test]
fn a_configuration_that_cannot_be_used_is_refused_with_every_problem_and_its_line() {
    let site = Site::new(WorldOptions::default(), "lookback_days = 400\norder = \"on\"\n");
    let refused = site.ask(&["run"]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(text.contains("lookback_days") && text.contains("sync.order"), "{text}");
    assert_eq!(text.matches("config.toml:").count(), 2, "{text}");
}

#[test]
fn without_credentials_it_runs_and_says_what_is_missing() {
    let site = Site::new(WorldOptions::default(), "");
    let config = std::fs::read_to_string(site.path("config.toml")).expect("there");
    let without: String = config
        .lines()
        .filter(|line| !line.contains("token_file"))
        .map(|l| format!("{l}\n"))
        .collect();
    std::fs::write(site.path("config.toml"), without).expect("written");
    let _daemon = site.run();
    let status = site.wait_for_exit_code(&["status"], 0);
    let text = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(text.contains("Linnworks has no credentials yet"), "{text}");
    assert_eq!(site.world(|world| world.ledger().len()), 0, "nobody is called");
}

#[test]
fn it_stops_within_five_seconds_with_zero_and_leaves_no_socket() {
    let site = Site::new(WorldOptions::default(), "");
    for signal in ["TERM", "INT"] {
        let mut daemon = site.run();
        site.wait_for_exit_code(&["status"], 0);
        daemon.signal(signal);
        let status = daemon.ended(Duration::from_secs(5));
        assert_eq!(status.and_then(|status| status.code()), Some(0), "{}", site.log());
        assert!(!site.path("admin.sock").exists());
    }
}

#[test]
fn i11_no_secret_and_no_customer_stands_in_the_log() {
    let site = Site::new(WorldOptions::default(), "[log]\nlevel = \"trace\"\n");
    let now = SystemClock::continuing(Moment(0)).now();
    let numbers = site.world(|world| world.add_orders(now, 5, &Mix::everything()));
    let secrets = site.world(|world| world.options().credentials.clone());
    let _daemon = site.run();
    site.wait_for("something is sent", |world| {
        numbers.iter().any(|n| !world.live_shipments(*n).is_empty())
    });
    let customers: Vec<String> =
        site.world(|world| world.orders().map(|order| order.address.name.clone()).collect());
    let log = site.log();
    assert!(log.len() > 100, "the log says something: {log}");
    for canary in [&secrets.application_secret, &secrets.token, &secrets.client_secret] {
        assert!(!log.contains(canary.as_str()), "a secret stands in the log");
    }
    for customer in customers.iter().filter(|name| !name.is_empty()) {
        assert!(!log.contains(customer.as_str()), "{customer} stands in the log");
    }
}
