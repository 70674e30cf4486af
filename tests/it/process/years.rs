//! A backup made while orders go out, and everything that is done with it; what is personal, erased.

use std::time::Duration;

use linnstream::clock::{Clock as _, SystemClock};
use linnstream::domain::rules::Mode;
use linnstream::domain::time::Moment;
use linnstream::poll::audit;
use linnstream::sandbox::{ByHand, Mix, WorldOptions};
use linnstream::store::{Store, StoreOptions, inspect};
use serde_json::Value;

use super::{Daemon, Site, moment};

fn json(output: &std::process::Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn stop(mut daemon: Daemon) {
    daemon.signal("TERM");
    let ended = daemon.ended(Duration::from_secs(30)).expect("it stops");
    assert_eq!(ended.code(), Some(0));
}

fn text(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn name(site: &Site, name: &str) -> String {
    site.path(name).display().to_string()
}

/// The account of a database's own records, with the database as it is.
fn account(site: &Site, name: &str) -> linnstream::domain::account::Account {
    let copy = site.path("looked-at.redb");
    std::fs::copy(site.path(name), &copy).expect("copied");
    let store = Store::open(&copy, StoreOptions::default()).expect("opens");
    audit::local(&store, Mode::On).expect("made")
}

#[test]
fn i2_a_backup_made_while_orders_go_out_is_restored_and_sends_nothing_twice() {
    const ORDERS: usize = 60;
    let site = Site::new(WorldOptions { seed: 4, ..WorldOptions::default() }, "");
    let now = SystemClock::continuing(Moment(0)).now();
    let numbers = site.world(|world| world.add_orders(now, ORDERS, &Mix::default()));
    let daemon = site.run();
    site.wait_for("some are sent", |world| world.shipments().len() >= 5);
    let copy = name(&site, "copy.redb");
    let made = site.ask(&["backup", &copy, "--json"]);
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    let made = json(&made);
    let sent = made["orders"]["sent"].as_u64().expect("a count");
    assert!(sent < ORDERS as u64, "all were sent before the copy was made: {made}");
    assert_eq!((&made["ok"], &made["damaged"]), (&true.into(), &0.into()));
    let credentials = made["credentials"].to_string();
    for secret in ["linnworks-secret", "linnworks-token", "stream-secret", "path-token"] {
        assert!(credentials.contains(secret), "{secret}: {credentials}");
    }
    let bytes = std::fs::read(&copy).expect("there");
    for secret in ["linnworks-secret", "linnworks-token", "stream-secret", "path-token"] {
        let kept = std::fs::read(site.path(secret)).expect("there");
        assert!(!bytes.windows(kept.len()).any(|part| part == kept), "{secret} is in the copy");
    }
    let again = site.ask(&["backup", &copy]);
    assert_eq!(again.status.code(), Some(4), "{again:?}");
    let running = site.ask(&["restore", &copy, "--force"]);
    assert_eq!(running.status.code(), Some(4), "{running:?}");
    assert!(text(&running).contains("stop it first"), "{}", text(&running));
    site.wait_for("all are sent", |world| {
        numbers.iter().all(|number| world.live_shipments(*number).len() == 1)
    });
    stop(daemon);
    let unforced = site.ask(&["restore", &copy, "--json"]);
    assert_eq!(unforced.status.code(), Some(4), "{unforced:?}");
    let before = account(&site, "copy.redb");
    let restored = site.ask(&["restore", &copy, "--force", "--json"]);
    assert_eq!(restored.status.code(), Some(0), "{restored:?}");
    let restored = json(&restored);
    assert!(std::path::Path::new(restored["kept"].as_str().expect("kept")).exists());
    let after = account(&site, "linnstream.redb");
    assert!(after.is_ok() && before.is_ok(), "{before:?} {after:?}");
    assert_eq!((after.shipped, after.waiting), (before.shipped, before.waiting));
    let _daemon = site.run();
    let mut waited = Duration::ZERO;
    loop {
        let status = json(&site.wait_for_exit_code(&["status", "--json"], 0));
        if status["orders"]["sent"] == ORDERS {
            break;
        }
        assert!(waited < super::DEADLINE, "{status}\n{}", site.log());
        moment(Duration::from_millis(200));
        waited += Duration::from_millis(200);
    }
    site.world(|world| {
        for shipment in world.shipments() {
            assert_eq!(shipment.creations, 1, "{} was sent again", shipment.order_no);
        }
        assert_eq!(world.shipments().len(), ORDERS);
    });
    let audit = site.ask(&["audit", "--json"]);
    assert_eq!(audit.status.code(), Some(0), "{audit:?}");
}

#[test]
fn what_cannot_be_restored_or_inspected_ends_with_a_sentence_and_the_documented_code() {
    let site = Site::new(WorldOptions::default(), "");
    let daemon = site.run();
    site.wait_for_exit_code(&["status"], 0);
    let copy = name(&site, "copy.redb");
    assert_eq!(site.ask(&["backup", &copy]).status.code(), Some(0));
    let own = site.ask(&["inspect"]);
    assert_eq!(own.status.code(), Some(4), "{own:?}");
    let compact = site.ask(&["compact"]);
    assert_eq!(compact.status.code(), Some(4), "{compact:?}");
    // A copy may be looked at while the daemon runs.
    let found = site.ask(&["inspect", &copy, "--json"]);
    assert_eq!((found.status.code(), &json(&found)["ok"]), (Some(0), &true.into()), "{found:?}");
    daemon.kill();
    let own = site.ask(&["inspect", "--json"]);
    assert_eq!(own.status.code(), Some(0), "after a kill: {own:?}");
    let compact = json(&site.ask(&["compact", "--json"]));
    assert!(compact["after"].as_u64() <= compact["before"].as_u64(), "{compact}");
    let garbage = name(&site, "garbage");
    std::fs::write(&garbage, vec![0x5a; 300_000]).expect("written");
    let refused = site.ask(&["inspect", &garbage]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(!text(&refused).contains("panicked"), "{refused:?}");
    let garbage = site.ask(&["restore", &garbage, "--force"]);
    assert_eq!(garbage.status.code(), Some(4), "{garbage:?}");
    let newer = name(&site, "newer.redb");
    std::fs::copy(&copy, &newer).expect("copied");
    let db = redb::Database::open(&newer).expect("opens");
    let tx = db.begin_write().expect("begun");
    let key: &[u8] = b"schema";
    let mut value = 99_u64.to_be_bytes().to_vec();
    let sum = crc32c::crc32c_append(crc32c::crc32c_append(crc32c::crc32c(b"meta"), key), &value);
    value.extend(sum.to_le_bytes());
    {
        let meta = redb::TableDefinition::<&[u8], &[u8]>::new("meta");
        tx.open_table(meta).expect("there").insert(key, value.as_slice()).expect("put");
    }
    tx.commit().expect("committed");
    drop(db);
    for arguments in [["restore", &newer, "--force"], ["inspect", &newer, "--json"]] {
        let refused = site.ask(&arguments);
        assert_eq!(refused.status.code(), Some(4), "{refused:?}");
        let said = format!("{}{}", text(&refused), String::from_utf8_lossy(&refused.stdout));
        assert!(said.contains("newer linnstream") && said.contains("format 99"), "{said}");
    }
    assert_eq!(inspect(&site.path("linnstream.redb")).expect("sound").damaged, 0);
}

#[test]
fn an_order_that_is_forgotten_keeps_its_numbers_and_says_by_whom_it_was() {
    let site = Site::new(WorldOptions::default(), "");
    let now = SystemClock::continuing(Moment(0)).now();
    let number = site.world(|world| world.add_orders(now, 1, &Mix::default()))[0];
    let daemon = site.run();
    site.wait_for("sent and tracked", |world| {
        world.order(number).is_some_and(|order| !order.tracking.is_empty())
    });
    let order = number.to_string();
    let open = site.ask(&["forget", &order]);
    assert_eq!(open.status.code(), Some(1), "{open:?}");
    let before = json(&site.ask(&["order", &order, "--json"]));
    let postcode = before["postcode"].as_str().expect("a postcode").to_owned();
    assert!(!postcode.is_empty());
    site.world(|world| world.by_hand(now, number, ByHand::Process)).expect("processed");
    let done = site.wait_for_exit_code(&["forget", &order, "--json"], 0);
    assert_eq!(json(&done)[0]["result"], "done", "{done:?}");
    let after = json(&site.ask(&["order", &order, "--json"]));
    assert_eq!((&after["state"], &after["postcode"]), (&"processed".into(), &"".into()));
    assert_eq!(after["tracking_number"], before["tracking_number"]);
    let last = after["timeline"].as_array().expect("lines").last().expect("one").clone();
    assert_eq!(last["what"], "forgotten");
    assert!(last["detail"].as_str().is_some_and(|detail| detail.starts_with("by ")), "{last}");
    stop(daemon);
    assert_eq!(site.ask(&["compact"]).status.code(), Some(0));
    let bytes = std::fs::read(site.path("linnstream.redb")).expect("there");
    let address = site.world(|world| world.order(number).expect("there").clone());
    let found = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(!found(&postcode), "the postcode is still in the file");
    assert!(!found(&address.address.name), "the name is still in the file");
}
