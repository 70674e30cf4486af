//! Open questions answered by experiment: against the model, told to behave in one way or another.

use std::io::Write as _;
use std::process::{Output, Stdio};

use linnstream::domain::time::Delay;
use linnstream::sandbox::WorldOptions;
use serde_json::Value;

use super::Site;

/// `doctor --measure` with something typed.
fn measure(site: &Site, typed: &str, more: &[&str]) -> Output {
    let mut command = site.command(&["doctor", "--measure"]);
    let mut child = command.args(more).stdin(Stdio::piped()).spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("piped");
    // One that refuses at once reads nothing.
    let _ = stdin.write_all(typed.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

fn measured(site: &Site) -> Value {
    let output = measure(site, "measure\n", &["--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}

fn answer(report: &Value, name: &str) -> String {
    let all = report["measured"].as_array().expect("a list");
    let one =
        all.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name}: {report}"));
    assert!(one["means"].as_str().is_some_and(|means| !means.is_empty()), "{one}");
    one["answer"].as_str().expect("text").to_owned()
}

/// Nothing that was made is there any more.
fn is_tidy(site: &Site) {
    site.world(|world| {
        assert!(world.shipments().iter().all(|one| one.deleted), "an order is left behind");
        assert!(world.shipments().iter().all(|one| one.order_no.starts_with("LSMEASURE")));
        assert_eq!(world.subscription_count(), 0, "a subscription is left behind");
    });
}

#[test]
fn each_question_has_one_line_with_what_its_answer_means_and_nothing_is_left_behind() {
    let site = Site::new(WorldOptions::default(), "");
    let output = measure(&site, "measure\n", &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let asked = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(asked.contains("makes orders in the Stream account of http://127.0.0.1"), "{asked}");
    for part in [
        "What does the same number twice do while the order is unconfirmed? Taken, and its lines are there twice: 2 instead of 1.",
        "[stream.settle]",
        "Not measured: needs a planner",
        "Everything that was made has been taken back.",
    ] {
        assert!(said.contains(part), "{part}:\n{said}");
    }
    assert!(said.lines().filter(|line| line.contains("? ")).count() >= 25, "{said}");
    let secret =
        site.server.world().lock().expect("whole").options().credentials.client_secret.clone();
    assert!(!said.contains(&secret) && !said.contains("sandbox-access-token"), "{said}");
    is_tidy(&site);
}

#[test]
fn a_stream_that_behaves_in_another_way_is_measured_as_it_is() {
    let options = WorldOptions {
        refuse_repeated_nonce: false,
        confirm_on_arrival: true,
        deleted_is_cancelled: true,
        read_after_write: Delay(700),
        ..WorldOptions::default()
    };
    let site = Site::new(options, "");
    let report = measured(&site);
    assert!(answer(&report, "nonce-twice").contains("taken both times"));
    assert_eq!(answer(&report, "status"), "CONFIRMED");
    assert!(answer(&report, "number-twice").starts_with("refused: "), "{report}");
    assert_eq!(answer(&report, "delete"), "it stays as CANCELLED");
    let seen = answer(&report, "read-after-write");
    assert!(
        seen.starts_with("0.7 s") || seen.starts_with("0.8 s") || seen.starts_with("0.9 s"),
        "{seen}"
    );
    assert_eq!(
        (&report["ok"], &report["left_behind"]),
        (&Value::Bool(true), &serde_json::json!([]))
    );
    is_tidy(&site);
}

#[test]
fn repeated_nonces_and_duplicates_of_an_account_that_allows_them_are_found_and_taken_back() {
    let options = WorldOptions {
        refuse_repeated_nonce: true,
        allow_duplicates: true,
        ..WorldOptions::default()
    };
    let site = Site::new(options, "");
    let report = measured(&site);
    assert!(answer(&report, "nonce-twice").contains("Stream-Nonce was used before"), "{report}");
    assert!(answer(&report, "number-twice").starts_with("a second order LSMEASURE"), "{report}");
    assert!(answer(&report, "not-found").contains("not found"), "{report}");
    assert!(answer(&report, "unauthorised").starts_with("401"), "{report}");
    assert!(answer(&report, "subscription-ended").starts_with("yes"), "{report}");
    assert!(answer(&report, "batch").starts_with("no: "), "{report}");
    is_tidy(&site);
}

#[test]
fn without_the_word_or_against_another_host_nothing_is_asked_of_anybody() {
    let site = Site::new(WorldOptions::default(), "");
    for typed in ["", "yes\n"] {
        let refused = measure(&site, typed, &[]);
        assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    }
    let config = std::fs::read_to_string(site.path("config.toml")).expect("there");
    let base = format!("base_url = {:?}", site.server.stream());
    let live = config.replace(&base, "base_url = \"https://www.go2stream.net\"");
    assert_ne!(config, live);
    std::fs::write(site.path("config.toml"), live).expect("written");
    let refused = measure(&site, "measure\n", &[]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("in the demo system alone"), "{said}");
    assert_eq!(site.world(|world| world.ledger().len()), 0);
}
