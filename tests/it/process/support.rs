//! The support file of a real daemon: everything that helps, nothing that is secret or points at a person.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use linnstream::sandbox::{Credentials, WorldOptions};
use serde_json::{Value, json};

use super::{DEADLINE, Site, moment};

/// Words that stand for a person, and where the customer wrote them.
const PERSON: [(&str, &str); 6] = [
    ("name", "Canarina Canaryson"),
    ("company", "Canary Birds Ltd"),
    ("address1", "17 Canary Street"),
    ("town", "Canaryville"),
    ("phone", "01632960999"),
    ("email", "jo@canary.example"),
];

/// What must be nowhere in the file.
const CANARIES: [&str; 12] = [
    "canar",
    "01632960999",
    "632960999",
    "LS17 9ZQ",
    "9ZQ",
    "QQ77",
    "REFCAN",
    "secret-of-app",
    "token-of-app",
    "secret-of-client",
    "hook-of-ours",
    "segment-of-ours",
];

fn order(site: &Site, more: Value) -> u32 {
    let mut fields = json!({"postcode": "LS17 9ZQ", "reference": "REFCAN-88"});
    for (name, value) in PERSON {
        fields[name] = json!(value);
    }
    for (name, value) in more.as_object().expect("fields") {
        fields[name] = value.clone();
    }
    let clock = linnstream::clock::SystemClock::continuing(linnstream::domain::time::Moment(0));
    let now = linnstream::clock::Clock::now(&clock);
    let request = linnstream::http::Request {
        method: linnstream::http::Method::Post,
        url: "http://control/orders".into(),
        headers: Vec::new(),
        body: json!({"orders": [fields]}).to_string().into_bytes(),
        timeout: linnstream::domain::time::Delay::secs(1),
        fresh_connection: false,
    };
    let answer = site.world(|world| world.handle_control(now, &request));
    let numbers: Value = serde_json::from_slice(&answer.body).expect("numbers");
    u32::try_from(numbers[0].as_u64().expect("a number")).expect("fits")
}

fn site() -> Site {
    let credentials = Credentials {
        application_secret: "secret-of-app-5ec2".into(),
        token: "token-of-app-70ce".into(),
        client_secret: "secret-of-client-11".into(),
        ..Credentials::default()
    };
    let options = WorldOptions { credentials, ..WorldOptions::default() };
    let more = "[sender]\ncontact_name = \"Canary Sender\"\nphone = \"01632 960999\"\n";
    let site = Site::new(options, more);
    for (name, text) in [("webhook-secret", "hook-of-ours-1"), ("path-token", "segment-of-ours-1")]
    {
        std::fs::write(site.path(name), text).expect("written");
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(site.path(name), mode).expect("set");
    }
    site
}

fn state(site: &Site, number: u32, wanted: &str) {
    let mut waited = Duration::ZERO;
    loop {
        let shown = site.ask(&["order", &number.to_string(), "--json"]);
        let order: Value = serde_json::from_slice(&shown.stdout).unwrap_or_default();
        if order["state"] == wanted {
            return;
        }
        assert!(waited < DEADLINE, "{wanted}: {order}\n{}", site.log());
        moment(Duration::from_millis(50));
        waited += Duration::from_millis(50);
    }
}

fn made(site: &Site, name: &str) -> (String, Value) {
    let file = site.path(name);
    let output = site.ask(&["support", file.to_str().expect("text"), "--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let printed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(printed["file"], file.display().to_string());
    let mode = std::fs::metadata(&file).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = std::fs::read_to_string(&file).expect("read");
    let document = serde_json::from_str(&text).expect("one JSON document");
    (text, document)
}

fn has_no_canary(text: &str) {
    let lower = text.to_lowercase();
    for canary in CANARIES {
        assert!(!lower.contains(&canary.to_lowercase()), "{canary} is in it:\n{text}");
    }
}

#[test]
fn a_support_file_tells_what_is_wrong_and_nothing_of_secrets_and_customers() {
    let site = site();
    let sent = order(&site, json!({}));
    let odd = order(&site, json!({"postcode": "QQ77 CANARY 1234"}));
    let nowhere = order(&site, json!({"service": "Canary Express (Nowhere)"}));
    let daemon = site.run();
    site.wait_for_exit_code(&["status"], 0);
    state(&site, sent, "sent");
    state(&site, odd, "refused");
    // A customer's words reach the journal through the reasons of refusals.
    let why = site.ask(&["why", &odd.to_string()]);
    assert!(String::from_utf8_lossy(&why.stdout).contains("QQ77"), "{why:?}");
    site.wait_for_exit_code(&["pause"], 0);
    let (text, document) = made(&site, "with.json");
    has_no_canary(&text.replace("Canary Express (Nowhere)", ""));
    let daemon_said = &document["daemon"];
    assert_eq!(daemon_said["answers"], true);
    assert_eq!(daemon_said["status"]["orders"]["refused"], json!(2), "{daemon_said}");
    let listed = daemon_said["orders"]["listed"].as_array().expect("a list");
    let found = listed.iter().find(|one| one["number"] == odd).expect("the refused one");
    assert_eq!(found["state"], "refused");
    assert!(
        found["reason"].as_str().is_some_and(|why| why.contains("is not a UK postcode")),
        "{found}"
    );
    assert!(listed.iter().any(|one| one["number"] == sent && one["shipped"] == true));
    assert!(listed.iter().any(|one| one["number"] == nowhere), "{listed:?}");
    let journal = daemon_said["journal"].as_array().expect("a list");
    assert!(
        journal.iter().any(|line| line["what"] == "created in Stream" && line["order"] == sent)
    );
    assert!(
        journal.iter().any(|line| line["detail"]
            .as_str()
            .is_some_and(|d| d.starts_with("sending paused by …")))
    );
    assert!(document["store"]["bytes"].as_u64().is_some_and(|bytes| bytes > 0));
    assert_eq!(document["store"]["schema"], linnstream::store::SCHEMA);
    let files = document["files"]["files"].as_array().expect("files");
    let token =
        files.iter().find(|one| one["path"].as_str().is_some_and(|p| p.ends_with("path-token")));
    assert_eq!(token.expect("listed")["mode"], "0600");
    let again = site.ask(&["support", site.path("with.json").to_str().expect("text")]);
    assert_eq!(again.status.code(), Some(2), "never over another file: {again:?}");
    // Without a daemon there is less, and why.
    daemon.kill();
    let (text, document) = made(&site, "without.json");
    has_no_canary(&text);
    assert_eq!(document["daemon"]["answers"], false);
    let values = document["configuration"]["values"].as_array().expect("values");
    let secret =
        values.iter().find(|one| one["key"] == "stream.client_secret_file").expect("there");
    assert_eq!(secret["value"], "set");
}
