//! What the daemon says to those who do not ask it: its log, its metrics, the site's own program.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use linnstream::clock::{Clock as _, SystemClock};
use linnstream::domain::time::Moment;
use linnstream::sandbox::{Mix, WorldOptions};
use serde_json::Value;

use super::notified::request;
use super::{DEADLINE, Site, moment};

pub fn free() -> SocketAddr {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    free.local_addr().expect("an address")
}

#[test]
fn every_refusal_is_counted_by_its_reason_and_logged_once_with_how_often_it_came() {
    let ops = free();
    let (site, address) = Site::listening(&format!("ops.bind = \"{ops}\""), "");
    let mut daemon = site.run();
    site.wait_for_exit_code(&["status"], 0);
    for _ in 0..40 {
        assert_eq!(request(address, "GET /secret-canary", "").map(|(status, _)| status), Some(404));
    }
    assert_eq!(request(address, "DELETE /", "").map(|(status, _)| status), Some(405));
    let (_, metrics) = request(ops, "GET /metrics", "").expect("answered");
    for row in [
        "linnstream_listener_rejections_total{status=\"404\",reason=\"no such path\"} 40\n",
        "linnstream_listener_rejections_total{status=\"405\",reason=\"another method\"} 1\n",
        "linnstream_listener_refused_total{status=\"404\"} 40\n",
    ] {
        assert!(metrics.contains(row), "{row}{metrics}");
    }
    daemon.signal("TERM");
    assert!(daemon.ended(DEADLINE).is_some());
    let log = site.log();
    let lines: Vec<&str> =
        log.lines().filter(|line| line.contains("refused with 404: no such path")).collect();
    assert_eq!(lines.len(), 2, "{log}");
    assert!(lines[0].contains("request_id="), "{log}");
    assert!(lines[1].contains("(repeated 39 times in "), "{log}");
    assert!(log.contains("refused with 405: another method"), "{log}");
    assert!(!log.contains("secret-canary"), "{log}");
}

#[test]
fn each_fact_of_an_order_is_a_line_with_its_number_and_calls_are_counted_by_method() {
    let ops = free();
    let (site, _) = Site::listening(&format!("ops.bind = \"{ops}\""), "");
    let _daemon = site.run();
    let now = SystemClock::continuing(Moment(0)).now();
    let number = site.world(|world| world.add_orders(now, 1, &Mix::default()))[0];
    let bad = Mix { missing_postcode: 100, ..Mix::default() };
    let refused = site.world(|world| world.add_orders(now, 1, &bad))[0];
    site.wait_for_log(&format!("order {number}: tracking written order={number}\n"));
    site.wait_for_log(&format!("order {refused}: refused; linnstream why {refused} says why"));
    assert!(
        site.log().contains(&format!("INFO  order {number}: created in Stream order={number}\n"))
    );
    let (_, metrics) = request(ops, "GET /metrics", "").expect("answered");
    for begin in [
        "linnstream_api_calls_total{api=\"stream\",method=\"create\",outcome=\"yes\"} 1\n",
        "linnstream_api_calls_total{api=\"stream\",method=\"sign-in\",outcome=\"yes\"} 1\n",
        "linnstream_api_calls_total{api=\"linnworks\",method=\"Orders/GetAllOpenOrders\",outcome=\"yes\"} ",
        "linnstream_api_budget_left{api=\"stream\",method=\"requests\"} ",
        "linnstream_api_seconds_bucket{api=\"linnworks\",le=\"+Inf\"} ",
        "linnstream_loop_age_seconds{loop=\"poll\"} ",
        "linnstream_build_info{version=\"",
        "linnstream_orders{state=\"sent\"} 1\n",
    ] {
        assert!(metrics.contains(begin), "{begin}{metrics}");
    }
    let commits =
        metrics.lines().find_map(|line| line.strip_prefix("linnstream_commit_seconds_count "));
    assert!(commits.is_some_and(|n| n.parse::<u64>().is_ok_and(|n| n > 3)), "{metrics}");
}

fn program(site: &Site, name: &str, text: &str) -> String {
    let path = site.path(name);
    std::fs::write(&path, text).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).expect("set");
    path.to_str().expect("text").to_owned()
}

/// Waits until the file has so many lines; each is a document.
fn documents(site: &Site, path: &Path, count: usize) -> Vec<Value> {
    let mut waited = Duration::ZERO;
    loop {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        if lines.len() >= count {
            return lines;
        }
        assert!(waited < DEADLINE, "{count} expected: {text}\n{}", site.log());
        moment(Duration::from_millis(50));
        waited += Duration::from_millis(50);
    }
}

#[test]
fn a_program_is_told_of_each_alarm_that_is_raised_and_cleared_and_not_again_after_a_restart() {
    let site = Site::new(WorldOptions::default(), "");
    let kept = site.path("alarms");
    let script = format!(
        "#!/bin/sh\ncat >> \"$1\"\necho told of {{it}} canary-secret\nenv >> {}\n",
        site.path("env").display()
    );
    let told = program(&site, "told", &script);
    site.edit(
        "[sync]",
        &format!("[alarms]\ncommand = [{told:?}, {:?}]\n[sync]", kept.to_str().expect("text")),
    );
    // The look at warnings is every half minute; the first is at the start.
    let daemon = site.run();
    site.wait_for_exit_code(&["pause"], 0);
    daemon.kill();
    let mut daemon = site.run();
    let raised = documents(&site, &kept, 1).remove(0);
    assert_eq!((&raised["event"], &raised["code"]), (&"raised".into(), &"paused".into()));
    assert_eq!((&raised["site"], &raised["about"]), (&"Test".into(), &"".into()));
    assert!(
        raised["text"].as_str().is_some_and(|text| text.contains("paused sending")),
        "{raised}"
    );
    assert!(raised["since"].as_str().is_some_and(|since| since.ends_with('Z')), "{raised}");
    site.wait_for_log("told of {it} canary-secret");
    let environment = std::fs::read_to_string(site.path("env")).expect("written");
    assert!(!environment.contains("LINNSTREAM") && !environment.contains("HOME="), "{environment}");
    daemon.signal("TERM");
    assert!(daemon.ended(DEADLINE).is_some());
    // It stands still: nobody is told again. Then it is over.
    let daemon = site.run();
    site.wait_for_exit_code(&["status"], 0);
    daemon.kill();
    let _daemon = site.run();
    site.wait_for_exit_code(&["resume"], 0);
    let all = documents(&site, &kept, 2);
    assert_eq!(
        (&all[1]["event"], &all[1]["code"]),
        (&"cleared".into(), &"paused".into()),
        "{all:?}"
    );
}

#[test]
fn a_program_that_hangs_or_fails_holds_nothing_up() {
    let site = Site::new(WorldOptions::default(), "");
    let hangs = program(&site, "hangs", "#!/bin/sh\necho begun\nexec sleep 3600\n");
    let now = SystemClock::continuing(Moment(0)).now();
    site.edit("[sync]", &format!("[alarms]\ncommand = {hangs:?}\n[sync]\ndispatch = false"));
    let mut daemon = site.run();
    site.wait_for_log("alarm dispatch-off");
    let number = site.world(|world| world.add_orders(now, 1, &Mix::default()))[0];
    site.wait_for("work goes on", |world| world.live_shipments(number).len() == 1);
    daemon.signal("TERM");
    let ended = daemon.ended(Duration::from_secs(5));
    assert_eq!(ended.and_then(|status| status.code()), Some(0), "{}", site.log());
    let log = site.log();
    assert!(log.contains("was ended because linnstream stops"), "{log}");
    site.edit("command = ", "command = \"/nowhere/program\" # ");
    std::fs::remove_file(site.path("linnstream.redb")).expect("removed");
    std::fs::remove_file(site.path("linnstream.redb.installed")).expect("removed");
    let _daemon = site.run();
    site.wait_for_log("alarms.command: /nowhere/program cannot be run");
}
