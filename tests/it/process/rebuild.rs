//! The database is deleted or damaged while orders go out, and built anew by the command.

use linnstream::clock::{Clock as _, SystemClock};
use linnstream::domain::time::Moment;
use linnstream::sandbox::{Api, Fault, FaultKind, Mix, WorldOptions};
use serde_json::Value;

use super::{DEADLINE, Site, moment};

const GOOD: usize = 60;
const BAD: usize = 4;

fn text(of: &[u8]) -> String {
    String::from_utf8_lossy(of).into_owned()
}

/// A site whose daemon was killed while orders went out, with answers lost on the way.
fn killed_while_sending(seed: u64) -> (Site, Vec<u32>, Vec<u32>) {
    let site = Site::new(WorldOptions { seed, ..WorldOptions::default() }, "");
    let now = SystemClock::continuing(Moment(0)).now();
    let good = site.world(|world| world.add_orders(now, GOOD, &Mix::default()));
    let bad = site.world(|world| {
        world.add_orders(now, BAD, &Mix { missing_postcode: 100, ..Mix::default() })
    });
    for _ in 0..3 {
        let lost = Fault::once(Api::Stream, "/api/orders/orders", FaultKind::DropAfter);
        assert!(site.world(|world| world.add_fault(lost)));
    }
    let daemon = site.run();
    site.wait_for("orders are going out, refused ones are noted", |world| {
        world.shipments().len() >= GOOD / 3
            && bad.iter().all(|n| world.order(*n).is_some_and(|order| !order.notes.is_empty()))
    });
    daemon.kill();
    site.world(|world| world.clear_faults());
    (site, good, bad)
}

/// The daemon sends what is left, once, and the account adds up.
fn goes_on(site: &Site, good: &[u32], bad: &[u32]) {
    let _daemon = site.run();
    site.wait_for("every good order has its shipment", |world| {
        good.iter().all(|number| world.live_shipments(*number).len() == 1)
    });
    let mut waited = std::time::Duration::ZERO;
    loop {
        let output = site.wait_for_exit_code(&["jobs", "--json"], 0);
        if text(&output.stdout).trim() == "[]" {
            break;
        }
        assert!(waited < DEADLINE, "{}\n{}", text(&output.stdout), site.log());
        let pause = std::time::Duration::from_millis(100);
        moment(pause);
        waited += pause;
    }
    let audit = site.ask(&["audit", "--json"]);
    assert_eq!(audit.status.code(), Some(0), "{audit:?}");
    let audit: Value = serde_json::from_slice(&audit.stdout).expect("JSON");
    assert_eq!(audit["ok"], true);
    assert_eq!((&audit["shipped"], &audit["refused"]), (&GOOD.into(), &BAD.into()), "{audit}");
    site.world(|world| {
        assert_eq!(world.shipments().len(), GOOD);
        assert!(world.shipments().iter().all(|shipment| shipment.creations == 1));
        for number in bad {
            assert_eq!(world.order(*number).expect("there").notes.len(), 1, "order {number}");
        }
        for number in good {
            let tags = &world.order(*number).expect("there").tags;
            assert_eq!(tags, &["SENT TO STREAM"], "order {number}");
        }
    });
    let refused = site.ask(&["rebuild"]);
    assert_eq!(refused.status.code(), Some(4), "while the daemon runs: {refused:?}");
    assert!(text(&refused.stderr).contains("stop it first"), "{refused:?}");
}

#[test]
fn i2_a_database_deleted_while_orders_go_out_is_rebuilt_and_none_is_sent_twice() {
    let (site, good, bad) = killed_while_sending(61);
    let database = site.path("linnstream.redb");
    std::fs::remove_file(&database).expect("removed");
    let refused = site.ask(&["run"]);
    assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    let why = text(&refused.stderr);
    assert!(why.contains("linnstream restore FILE") && why.contains("linnstream rebuild"), "{why}");
    let sent = site.world(|world| world.shipments().len());
    let rebuilt = site.ask(&["rebuild", "--json"]);
    assert_eq!(rebuilt.status.code(), Some(0), "{rebuilt:?}");
    let progress = text(&rebuilt.stderr);
    assert!(progress.contains("looked up 64 of 64"), "{progress}");
    let summary: Value = serde_json::from_slice(&rebuilt.stdout).expect("one document");
    assert_eq!(summary["complete"], true, "{summary}");
    assert_eq!(summary["kept"], Value::Null);
    assert_eq!(summary["found"], sent, "{summary}");
    assert_eq!((&summary["to_send"], &summary["refused"]), (&(GOOD - sent).into(), &BAD.into()));
    assert_eq!(site.world(|world| world.shipments().len()), sent, "nothing was sent");
    let again = site.ask(&["rebuild"]);
    assert_eq!(again.status.code(), Some(4), "{again:?}");
    assert!(text(&again.stderr).contains("move it away first"), "{again:?}");
    goes_on(&site, &good, &bad);
}

#[test]
fn i2_a_damaged_database_is_refused_with_what_to_do_and_kept_beside_the_new_one() {
    let (site, good, bad) = killed_while_sending(62);
    let database = site.path("linnstream.redb");
    let mut bytes = std::fs::read(&database).expect("there");
    bytes[..4096].fill(0);
    std::fs::write(&database, &bytes).expect("damaged");
    let refused = site.ask(&["run"]);
    assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    let why = text(&refused.stderr);
    assert!(why.contains("is damaged") && why.contains("linnstream rebuild"), "{why}");
    let rebuilt = site.ask(&["rebuild"]);
    assert_eq!(rebuilt.status.code(), Some(0), "{rebuilt:?}");
    let kept = std::fs::read_dir(site.place.path()).expect("readable").filter_map(Result::ok);
    let mut kept = kept.map(|entry| entry.path());
    let kept = kept.find(|path| path.to_string_lossy().contains(".damaged-"));
    let kept = kept.expect("the damaged one is kept");
    assert_eq!(std::fs::read(&kept).expect("readable"), bytes, "as it was");
    assert!(text(&rebuilt.stdout).contains(&kept.display().to_string()), "{rebuilt:?}");
    goes_on(&site, &good, &bad);
}

#[test]
fn a_rebuilding_beside_a_daemon_whose_database_was_deleted_under_it_is_refused() {
    let site = Site::new(WorldOptions::default(), "");
    let _daemon = site.run();
    site.wait_for_exit_code(&["status"], 0);
    std::fs::remove_file(site.path("linnstream.redb")).expect("removed");
    let refused = site.ask(&["rebuild"]);
    assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    assert!(!site.path("linnstream.redb").exists(), "nothing was begun");
}

#[test]
fn i2_a_rebuilding_killed_at_any_instant_is_gone_on_with_or_left_to_the_daemon() {
    let (site, good, bad) = killed_while_sending(63);
    std::fs::remove_file(site.path("linnstream.redb")).expect("removed");
    let mut random = fastrand::Rng::with_seed(63);
    for _ in 0..6 {
        let mut killed = site.command(&["rebuild"]).spawn().expect("starts");
        moment(std::time::Duration::from_millis(random.u64(5..600)));
        let _ = killed.kill();
        let _ = killed.wait();
    }
    // It may have been killed before the new database had its name.
    if !site.path("linnstream.redb").exists() {
        assert_eq!(site.ask(&["run"]).status.code(), Some(4));
        assert_eq!(site.ask(&["rebuild"]).status.code(), Some(0));
    }
    goes_on(&site, &good, &bad);
}

#[test]
fn without_credentials_nothing_is_begun_to_be_rebuilt() {
    let site = Site::new(WorldOptions::default(), "");
    let config = std::fs::read_to_string(site.path("config.toml")).expect("there");
    let without: String = config
        .lines()
        .filter(|line| !line.contains("client_secret_file"))
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(site.path("config.toml"), without).expect("written");
    let refused = site.ask(&["rebuild"]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    assert!(text(&refused.stderr).contains("client_secret_file"), "{refused:?}");
    assert!(!site.path("linnstream.redb").exists());
}
