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
    // Not before the order itself is on its page: until then there is nothing to send again.
    console.wait_for("Reference");
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
    console.wait_until("a clean terminal", |_| console.is_clean().is_ok());
}

#[test]
fn the_last_answer_of_stream_is_on_the_page_of_an_order_and_its_personal_data_after_asking() {
    let site = site();
    let _daemon = site.run();
    site.wait_for("a shipment", |world| {
        world.shipments().iter().any(|one| one.order_no == "100001")
    });
    let postcode =
        site.world(|world| world.order(100_001).expect("there").address.postcode.clone());
    let mut console = console(&site, &["--no-mouse"]);
    console.wait_for("LIVE");
    console.press("2");
    console.wait_for("by number");
    console.press("\r");
    // Not before its shipment is settled: until then nothing can be read again.
    console.wait_for("track/TRK");
    console.press("e");
    console.wait_until("the answer", |screen| {
        screen.contains("What was last said about order 100001")
            && screen.contains("/api/orders/orders")
            && screen.contains("200")
            && screen.contains("\"valid\":true")
    });
    let shown = console.screen();
    assert!(!shown.contains(&postcode) && shown.contains("Secrets are never kept"), "{shown}");
    console.press("f");
    console.wait_until("the whole order, masked", |screen| screen.contains("\"groups\":"));
    assert!(!console.screen().contains(&postcode), "{}", console.screen());
    console.press("v");
    console.wait_for("Show postcodes");
    console.press("y");
    console.wait_for("personal data shown");
    console.wait_until("in full", |screen| screen.contains(&postcode));
    console.press("q");
    assert!(console.ended().success());
}

#[test]
fn a_cancellation_can_be_stopped_and_goes_out_when_it_is_not() {
    let site = site();
    let _daemon = site.run();
    site.wait_for("a shipment", |world| {
        world.shipments().iter().any(|one| one.order_no == "100001")
    });
    let mut console = console(&site, &["--no-mouse"]);
    console.wait_for("LIVE");
    console.press("2");
    console.wait_for("by number");
    console.press("\r");
    console.wait_for("track/TRK");
    console.press("Xy");
    console.wait_for("Cancelling order 100001 in ");
    console.press("\x1b");
    console.wait_for("Stopped: order 100001 stays as it is.");
    console.press("Xy");
    let took = console.wait_for("it is deleted in Stream");
    site.wait_for("it is gone", |world| {
        world.shipments().iter().any(|one| one.order_no == "100001" && one.deleted)
    });
    assert!(took > Duration::from_secs(2), "not at once: {took:?}");
    console.press("q");
    assert!(console.ended().success());
}

#[test]
fn a_tracking_page_is_a_link_where_the_terminal_takes_it_and_text_elsewhere() {
    let site = site();
    let _daemon = site.run();
    site.wait_for("a shipment", |world| {
        world.shipments().iter().any(|one| one.order_no == "100001")
    });
    for (name, forced, more, linked) in [
        ("links.cast", "1", &[][..], true),
        ("forced-off.cast", "0", &[], false),
        ("flag.cast", "1", &["--no-links"], false),
    ] {
        let cast = site.path(name).to_string_lossy().into_owned();
        let mut command = Command::new("env");
        command.arg(format!("FORCE_HYPERLINK={forced}")).arg(env!("CARGO_BIN_EXE_linnstream"));
        command
            .arg("--config")
            .arg(site.path("config.toml"))
            .args(["console", "--record", &cast])
            .args(more);
        let mut console = Terminal::start(&command, SIZE);
        console.wait_for("LIVE");
        console.press("2");
        console.wait_for("by number");
        console.press("\r");
        console.wait_for("Page");
        console.press("q");
        assert!(console.ended().success());
        console.wait_until("a clean terminal", |_| console.is_clean().is_ok());
        let written = std::fs::read_to_string(&cast).expect("written");
        assert_eq!(written.contains("]8;;http"), linked, "{name}");
    }
}

#[test]
fn a_run_sheet_goes_to_the_command_that_prints() {
    let site = site();
    let _daemon = site.run();
    let clock = linnstream::clock::SystemClock::continuing(linnstream::domain::time::Moment(0));
    site.wait_for("all shipments", |world| world.shipments().len() == 30);
    for body in [
        json!({"action": "confirm", "orders": [100_001, 100_002]}),
        json!({"action": "plan", "orders": [100_001, 100_002], "run": "RUN 03", "run_id": "R3",
            "day": linnstream::domain::time::Timestamp(linnstream::clock::Clock::now(&clock).wall.0 + 86_400_000)
                .rfc3339()[..10], "sequence": 1}),
    ] {
        let request = linnstream::http::Request {
            method: linnstream::http::Method::Post,
            url: "http://control/advance".into(),
            headers: Vec::new(),
            body: body.to_string().into_bytes(),
            timeout: linnstream::domain::time::Delay::secs(1),
            fresh_connection: false,
        };
        let now = linnstream::clock::Clock::now(&clock);
        let answer = site.world(|world| world.handle_control(now, &request));
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    }
    for number in ["100001", "100002"] {
        site.wait_for_exit_code(&["refresh", number], 0);
    }
    let paper = site.path("paper");
    let printer = format!("cat > '{}'", paper.display());
    let mut console = console(&site, &["--printer", &printer]);
    console.wait_for("LIVE");
    console.press("5");
    console.wait_for("1 run, 2 stops");
    console.press("S");
    console.wait_for("The sheet of RUN 03 went to the printer.");
    let printed = std::fs::read_to_string(&paper).expect("printed");
    assert!(
        printed.contains("100002") && printed.contains("last stop is loaded first"),
        "{printed}"
    );
    console.press("q");
    assert!(console.ended().success());
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
    console.wait_until("a clean terminal", |_| console.is_clean().is_ok());
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
    again.wait_until("a clean terminal", |_| again.is_clean().is_ok());
}

#[test]
fn without_a_terminal_it_says_what_to_use_instead() {
    let site = site();
    let output = site.ask(&["console"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("status --json"), "{said}");
}
