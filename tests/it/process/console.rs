//! The console in a real terminal, attached to the real daemon.

use std::process::Command;
use std::time::Duration;

use serde_json::json;

use super::terminal::Terminal;
use super::{Site, moment};
use linnstream::sandbox::WorldOptions;

const SIZE: (u16, u16) = (80, 24);

fn console(site: &Site, more: &[&str]) -> Terminal {
    let mut command = Command::new(env!("CARGO_BIN_EXE_linnstream"));
    command.arg("--config").arg(site.path("config.toml")).arg("console").args(more);
    Terminal::start(&command, SIZE)
}

/// A daemon with some orders sent, and one refused.
fn site() -> Site {
    let site = Site::new(WorldOptions::default(), "");
    let clock = linnstream::clock::SystemClock::continuing(linnstream::domain::time::Moment(0));
    site.world(|world| {
        let now = linnstream::clock::Clock::now(&clock);
        world.add_orders(now, 30, &Default::default());
        let body = json!({"orders": [{"postcode": ""}]}).to_string().into_bytes();
        let request = linnstream::http::Request {
            method: linnstream::http::Method::Post,
            url: "http://control/orders".into(),
            headers: Vec::new(),
            body,
            timeout: linnstream::domain::time::Delay::secs(1),
            fresh_connection: false,
        };
        assert_eq!(world.handle_control(now, &request).status, 200);
    });
    site
}

#[test]
fn r10_r125_one_key_tells_why_an_order_is_stuck_and_another_sends_it_again() {
    let site = site();
    let _daemon = site.run();
    let mut console = console(&site, &[]);
    console.wait_for("1 order needs you");
    console.wait_for("refused");
    console.press("\r");
    console.wait_for("ostcode");
    console.wait_for("Orders ›".trim_end_matches('›').trim());
    console.press("r");
    console.wait_until("what became of it", |screen| {
        screen.contains("100031:") || screen.contains("again from Linnworks")
    });
    console.press("\x1b");
    console.wait_for("NEEDS YOU");
    console.press("2/state:sent\r");
    console.wait_for("/state:sent");
    console.wait_until("all of them", |screen| screen.contains("30 orders"));
    console.press("q");
    assert!(console.ended().success());
    assert_eq!(console.is_clean(), Ok(()));
}

#[test]
fn every_size_is_drawn_and_none_ends_it() {
    let site = site();
    let _daemon = site.run();
    let mut console = console(&site, &[]);
    console.wait_for("LIVE");
    console.press("2");
    console.wait_for("by number");
    console.resize(50, 10);
    console.wait_until("fifty columns", |screen| {
        screen.contains("by number") && screen.lines().all(|line| line.chars().count() <= 50)
    });
    console.resize(1, 1);
    console.resize(20, 4);
    console.wait_for("linnstream needs");
    console.resize(120, 40);
    console.wait_for("9 Settings");
    console.press("q");
    assert!(console.ended().success());
    assert_eq!(console.is_clean(), Ok(()));
}

#[test]
fn a_daemon_that_is_killed_is_seen_within_a_second_and_its_return_too() {
    let site = site();
    let daemon = site.run();
    let mut console = console(&site, &[]);
    console.wait_for("LIVE");
    console.press("2");
    console.wait_for("by number");
    console.press("jjj");
    console.wait_for("At 4.");
    daemon.kill();
    let took = console.wait_for("OLD DATA");
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(console.screen().contains("by number"), "what was shown stays");
    let _daemon = site.run();
    console.wait_until("live again", |screen| screen.contains("LIVE") && screen.contains("At 4."));
    console.press("q");
    assert!(console.ended().success());
}

#[test]
fn interrupted_terminated_or_cut_off_it_leaves_a_clean_terminal() {
    let site = site();
    let _daemon = site.run();
    for how in ["\u{3}", "TERM", "HUP"] {
        let mut console = console(&site, &[]);
        console.wait_for("LIVE");
        if how.len() == 1 {
            console.press(how);
        } else {
            let pid = format!("{}", child_of(console.child.id()));
            let killed = Command::new("kill").args(["-s", how, &pid]).status().expect("runs");
            assert!(killed.success());
        }
        assert!(console.ended().success(), "{how}");
        // The last bytes are read by a thread of its own.
        console.wait_until("a clean terminal", |_| console.is_clean().is_ok());
    }
    let mut console = console(&site, &[]);
    console.wait_for("LIVE");
    let pid = child_of(console.child.id());
    console.hang_up();
    let _ = Command::new("kill").args(["-s", "HUP", &pid.to_string()]).status();
    console.ended();
}

#[test]
#[ignore = "not a test: it breaks down with the terminal taken"]
fn breaks_down_with_the_terminal_taken() {
    let _taken = tui::terminal::Taken::take(true).expect("a terminal");
    panic!("a defect of the console");
}

#[test]
fn a_panic_gives_the_terminal_back_first_and_is_then_read_on_it() {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--ignored", "--exact", "--nocapture"]);
    command.arg("process::console::breaks_down_with_the_terminal_taken");
    let mut terminal = Terminal::start(&command, SIZE);
    assert!(!terminal.ended().success());
    terminal.wait_for("a defect of the console");
    terminal.wait_until("a clean terminal", |_| terminal.is_clean().is_ok());
}

/// The program that `setsid` started, or that it became.
fn child_of(pid: u32) -> u32 {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let children = children.unwrap_or_default();
    children.split_whitespace().next().and_then(|child| child.parse().ok()).unwrap_or(pid)
}

#[test]
fn a_session_is_written_down_without_postcodes_and_plays_again() {
    let site = site();
    let _daemon = site.run();
    let cast = site.path("session.cast");
    let path = cast.to_string_lossy().into_owned();
    let mut first = console(&site, &["--record", &path, "--no-mouse"]);
    first.wait_for("LIVE");
    first.press("2");
    first.wait_for("by number");
    first.press("\r");
    first.wait_for("Postcode");
    first.press("q");
    assert!(first.ended().success());
    let written = std::fs::read_to_string(&cast).expect("written");
    assert!(written.starts_with("{\"height\":24,\"version\":2,\"width\":80}"), "{written:.80}");
    let postcodes = site.world(|world| {
        world.orders().map(|order| order.address.postcode.clone()).collect::<Vec<_>>()
    });
    for postcode in postcodes.iter().filter(|postcode| !postcode.is_empty()) {
        assert!(!written.contains(postcode.as_str()), "{postcode}");
    }
    let mut again = console(&site, &["--replay", &path]);
    assert!(again.ended().success());
    moment(Duration::from_millis(50));
    assert_eq!(again.is_clean(), Ok(()));
}

#[test]
fn without_a_terminal_it_says_what_to_use_instead() {
    let site = site();
    let output = site.ask(&["console"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("status --json"), "{said}");
}
