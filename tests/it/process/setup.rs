//! The first installation: with a file of answers, with questions at a terminal, a second time, and with each
//! thing missing that must be there first.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use linnstream::clock::{Clock as _, SystemClock};
use linnstream::domain::time::Moment;
use linnstream::sandbox::{Mix, World, WorldOptions};
use serde_json::Value;

use super::Site;
use super::terminal::Terminal;

/// High enough that nothing leaves the screen.
const SIZE: (u16, u16) = (120, 200);

const SENDER: &str = "[sender]\ncontact_name = \"Pat Lee\"\ncompany = \"Lee Ltd\"\naddress1 = \"1 Quay\"\n\
                      city = \"Leeds\"\nregion = \"West Yorkshire\"\ncountry = \"GB\"\npostcode = \"LS1 4AP\"\n\
                      phone = \"0113 4960000\"\n";

/// Both systems and an empty folder.
fn bare(options: WorldOptions) -> Site {
    let site = Site::new(options, "");
    for name in ["config.toml", "linnworks-secret", "linnworks-token", "stream-secret"] {
        std::fs::remove_file(site.path(name)).expect("removed");
    }
    site
}

/// Where things are: what no question asks for.
fn places(site: &Site) -> String {
    format!(
        "store.path = {:?}\nadmin.socket = {:?}\nlistener.bind = \"127.0.0.1:0\"\n\
         linnworks.auth_url = {:?}\nlinnworks.calls_percent = 100\nsync.poll_interval = \"1s\"\n",
        site.path("linnstream.redb"),
        site.path("admin.sock"),
        site.server.linnworks_auth(),
    )
}

fn answers_text(site: &Site) -> String {
    let known = site.world(|world| world.options().credentials.clone());
    format!(
        "{}site.name = \"Leeds DC\"\nlinnworks.application_id = {:?}\n\
         [stream]\nbase_url = {:?}\nclient_id = {:?}\nrequests_per_second = 25.0\ntimeout = \"1s\"\n\
         settle = [\"300ms\", \"1s\", \"2s\"]\n{SENDER}[secrets]\nlinnworks-secret = {:?}\nlinnworks-token = {:?}\n\
         stream-secret = {:?}\n",
        places(site),
        known.application_id,
        site.server.stream(),
        known.client_id,
        known.application_secret,
        known.token,
        known.client_secret,
    )
}

fn write(path: &Path, text: &str, mode: u32) {
    std::fs::write(path, text).expect("written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("set");
}

fn setup(site: &Site, answers: &str, more: &[&str]) -> Output {
    let file = site.path("answers.toml");
    write(&file, answers, 0o600);
    let file = file.display().to_string();
    site.ask(&[&["setup", "--answers", &file], more].concat())
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("there").permissions().mode() & 0o7777
}

fn calls(world: &World, method: &str) -> usize {
    world.ledger().iter().filter(|entry| entry.path.ends_with(method)).count()
}

fn all_text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The secrets of the account stand nowhere but in their own files.
fn no_secret_in(site: &Site, text: &str) {
    let known = site.world(|world| world.options().credentials.clone());
    for secret in [&known.application_secret, &known.token, &known.client_secret] {
        assert!(!text.contains(secret.as_str()), "a secret is shown: {text}");
    }
}

fn now() -> linnstream::domain::time::Now {
    SystemClock::continuing(Moment(0)).now()
}

#[test]
fn r22_r23_r25_r30_answers_become_an_installation_that_sends_once_it_is_told_to() {
    let site = bare(WorldOptions::default());
    let mix = Mix { missing_postcode: 20, unpaid: 20, ..Mix::default() };
    site.world(|world| world.add_orders(now(), 40, &mix));
    let answers = answers_text(&site);
    let first = setup(&site, &answers, &["--json"]);
    assert_eq!(first.status.code(), Some(0), "{first:?}");
    no_secret_in(&site, &all_text(&first));
    let document: Value = serde_json::from_slice(&first.stdout).expect("JSON");
    assert_eq!((&document["ok"], &document["identifiers_created"]), (&true.into(), &49.into()));
    let found = &document["dry_run"];
    let of = |key: &str| found[key].as_u64().expect("a number");
    assert_eq!(of("open"), 40, "{found}");
    assert_eq!(of("send") + of("refused") + of("held"), 40, "{found}");
    assert!(of("send") > 0 && of("refused") > 0 && of("held") > 0, "{found}");
    assert!(
        found["refused_for"][0]["text"].as_str().is_some_and(|t| t.contains("postcode")),
        "{found}"
    );
    // What is on disk, and for whom.
    let config = std::fs::read_to_string(site.path("config.toml")).expect("there");
    no_secret_in(&site, &config);
    assert!([0o600, 0o640].contains(&mode(&site.path("config.toml"))), "{config}");
    assert_eq!(mode(&site.path("credentials")), 0o700);
    for name in ["linnworks-secret", "linnworks-token", "stream-secret"] {
        assert_eq!(mode(&site.path("credentials").join(name)), 0o600);
    }
    assert_eq!(site.ask(&["check-config"]).status.code(), Some(0));
    // Nothing but the identifiers was written anywhere.
    site.world(|world| {
        assert_eq!(world.identifiers().iter().filter(|one| one.custom).count(), 49);
        assert_eq!((calls(world, "SaveIdentifier"), calls(world, "/orders/orders")), (49, 0));
        assert_eq!(calls(world, "AssignOrderIdentifier") + calls(world, "AddOrdersNote"), 0);
    });
    // A second time changes nothing.
    let again = setup(&site, &answers, &["--json"]);
    let document: Value = serde_json::from_slice(&again.stdout).expect("JSON");
    assert_eq!(document["identifiers_created"], 0, "{again:?}");
    assert_eq!(document["written"], serde_json::json!([]));
    assert_eq!(site.world(|world| calls(world, "SaveIdentifier")), 49);
    assert_eq!(std::fs::read_to_string(site.path("config.toml")).expect("there"), config);
    // Switched on, it sends what the dry run said.
    let on = answers.replacen("site.name", "sync.orders = \"on\"\nsite.name", 1);
    let on = setup(&site, &on, &[]);
    assert_eq!(on.status.code(), Some(0), "{on:?}");
    let copies = copies(&site);
    assert_eq!(copies.len(), 1, "{copies:?}");
    assert_eq!(std::fs::read_to_string(&copies[0]).expect("kept"), config);
    let _daemon = site.run();
    let send = of("send") as usize;
    site.wait_for("all of them are sent", |world| world.shipments().len() == send);
    site.wait_for_exit_code(&["audit"], 0);
    assert_eq!(site.world(|world| calls(world, "SaveIdentifier")), 49);
}

fn copies(site: &Site) -> Vec<PathBuf> {
    let all = std::fs::read_dir(site.place.path()).expect("a folder");
    let all = all.map(|entry| entry.expect("an entry").path());
    all.filter(|path| path.display().to_string().contains(".before-setup-")).collect()
}

/// One thing is missing, and the sentence names it.
struct Missing {
    what: &'static str,
    options: fn(&mut WorldOptions),
    answers: fn(String) -> String,
    exit: i32,
}

const MISSING: [Missing; 9] = [
    Missing {
        what: "does not accept the application id",
        options: |_| {},
        answers: |text| text.replace("linnworks-token = \"7", "linnworks-token = \"8"),
        exit: 1,
    },
    Missing {
        what: "administrator rights are missing: Linnworks refuses OpenOrders/GetIdentifiers",
        options: |o| o.denied_methods = vec!["OpenOrders/GetIdentifiers".into()],
        answers: |text| text,
        exit: 1,
    },
    Missing {
        what: "administrator rights are missing: Linnworks refuses Orders/GetAllOpenOrders",
        options: |o| o.denied_methods = vec!["Orders/GetAllOpenOrders".into()],
        answers: |text| text,
        exit: 1,
    },
    Missing {
        what: "Stream does not accept the client id",
        options: |_| {},
        answers: |text| text.replace("stream-secret = \"", "stream-secret = \"x"),
        exit: 1,
    },
    Missing {
        what: "depots and delivery methods are missing",
        options: |o| o.without_depots = true,
        answers: |text| text,
        exit: 1,
    },
    Missing {
        what: "the answers lack sender.city, secrets.stream-secret",
        options: |_| {},
        answers: |text| {
            text.replace("city = \"Leeds\"\n", "").replace("stream-secret = ", "webhook-secret = ")
        },
        exit: 2,
    },
    Missing {
        what: "Linnworks has no location \"Atlantis\"",
        options: |_| {},
        answers: |text| format!("linnworks.locations = [\"Atlantis\"]\n{text}"),
        exit: 1,
    },
    Missing {
        what: "Stream has no stock location \"Atlantis\"",
        options: |_| {},
        answers: |text| format!("warehouse.default_location = \"Atlantis\"\n{text}"),
        exit: 1,
    },
    Missing {
        what: "there is no such key; the nearest is sync.orders",
        options: |_| {},
        answers: |text| format!("sync.order = \"on\"\n{text}"),
        exit: 2,
    },
];

#[test]
fn r22_each_thing_that_must_be_there_first_is_named_and_nothing_is_written() {
    for case in &MISSING {
        let site = bare(WorldOptions::default());
        site.world(|world| (case.options)(world.options_mut()));
        let answers = (case.answers)(answers_text(&site));
        let stopped = setup(&site, &answers, &[]);
        assert_eq!(stopped.status.code(), Some(case.exit), "{}: {stopped:?}", case.what);
        let text = all_text(&stopped);
        assert!(text.contains(case.what), "{}: {text}", case.what);
        no_secret_in(&site, &text);
        for name in ["config.toml", "credentials", "linnstream.redb", "linnstream.redb.installed"] {
            assert!(!site.path(name).exists(), "{}: {name} was written", case.what);
        }
        assert_eq!(site.world(|world| calls(world, "SaveIdentifier")), 0, "{}", case.what);
    }
}

#[test]
fn r22_a_missing_right_to_create_identifiers_is_named_and_setup_can_be_repeated() {
    let denied_methods = vec!["OpenOrders/SaveIdentifier".to_owned()];
    let site = bare(WorldOptions { denied_methods, ..WorldOptions::default() });
    let answers = answers_text(&site);
    let stopped = setup(&site, &answers, &[]);
    assert_eq!(stopped.status.code(), Some(1), "{stopped:?}");
    let text = all_text(&stopped);
    assert!(text.contains("administrator rights are missing: creating identifiers"), "{text}");
    assert!(!site.path("config.toml").exists() && !site.path("credentials").exists());
    site.world(|world| world.options_mut().denied_methods.clear());
    let again = setup(&site, &answers, &["--json"]);
    let document: Value = serde_json::from_slice(&again.stdout).expect("JSON");
    assert_eq!(
        (&document["identifiers_created"], &document["predecessor"]),
        (&49.into(), &false.into())
    );
}

#[test]
fn setup_changes_nothing_behind_a_daemon_that_runs_and_takes_no_answers_that_others_can_read() {
    let site = bare(WorldOptions::default());
    let answers = answers_text(&site);
    assert_eq!(setup(&site, &answers, &[]).status.code(), Some(0));
    let _daemon = site.run();
    site.wait_for_exit_code(&["status"], 0);
    let refused = setup(&site, &answers, &[]);
    assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    assert!(all_text(&refused).contains("systemctl stop linnstream"), "{refused:?}");
    let file = site.path("open.toml");
    write(&file, &answers, 0o644);
    let refused = site.ask(&["setup", "--answers", &file.display().to_string()]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    assert!(all_text(&refused).contains("chmod 600"), "{refused:?}");
    let nobody = site.ask(&["setup"]);
    assert_eq!(nobody.status.code(), Some(2), "{nobody:?}");
    assert!(all_text(&nobody).contains("--answers FILE"), "{nobody:?}");
}

#[test]
fn a_predecessor_is_noticed_before_our_own_identifiers_are_there() {
    let site = bare(WorldOptions::default());
    let mut answers = answers_text(&site);
    assert_eq!(setup(&site, &answers, &[]).status.code(), Some(0));
    // Another place with the same account: now there is somebody before us.
    let other = site.path("other");
    std::fs::create_dir(&other).expect("made");
    answers = answers.replace(
        &format!("{:?}", site.path("linnstream.redb")),
        &format!("{:?}", other.join("linnstream.redb")),
    );
    write(&site.path("answers.toml"), &answers, 0o600);
    let mut command = Command::new(env!("CARGO_BIN_EXE_linnstream"));
    command.arg("--config").arg(other.join("config.toml")).args(["setup", "--json", "--answers"]);
    let output = command.arg(site.path("answers.toml")).output().expect("runs");
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        (&document["identifiers_created"], &document["predecessor"]),
        (&0.into(), &true.into())
    );
}

fn ask_at_a_terminal(site: &Site) -> Terminal {
    let mut command = Command::new(env!("CARGO_BIN_EXE_linnstream"));
    command.arg("--config").arg(site.path("config.toml")).arg("setup");
    Terminal::start(&command, SIZE)
}

/// Answers a question when it is there.
fn answer(terminal: &mut Terminal, question: &str, typed: &str) {
    terminal.wait_until(question, |screen| {
        screen
            .lines()
            .rev()
            .find(|line| !line.trim().is_empty())
            .is_some_and(|line| line.contains(question))
    });
    terminal.press(&format!("{typed}\r"));
}

#[test]
fn r25_r30_questions_are_asked_each_answer_is_tried_and_no_secret_is_shown() {
    let site = bare(WorldOptions::default());
    site.world(|world| world.add_orders(now(), 5, &Mix::default()));
    std::fs::write(site.path("config.toml"), places(&site)).expect("written");
    let known = site.world(|world| world.options().credentials.clone());
    let mut terminal = ask_at_a_terminal(&site);
    let t = &mut terminal;
    answer(t, "Name of this site", "Leeds DC");
    answer(t, "Time zone of the warehouse [Europe/London]", "Atlantis");
    t.wait_for("is no known time zone");
    answer(t, "Time zone of the warehouse [Europe/London]", "");
    answer(t, "Application id", &known.application_id);
    answer(t, "Application secret (not shown)", "canary-wrong");
    answer(t, "Token of the installation (not shown)", &known.token);
    t.wait_for("Linnworks does not accept the application id");
    answer(t, "Application id, from the developer portal [", "");
    answer(t, "Application secret", &known.application_secret);
    answer(t, "Token of the installation", "");
    answer(t, "Vendor of the postal services", "");
    answer(t, "Which of them are this site's", "Default, Atlantis");
    t.wait_for("There is no location \"Atlantis\"");
    answer(t, "Which of them are this site's", "all");
    answer(t, "Address of Stream", site.server.stream().as_str());
    answer(t, "Client id", &known.client_id);
    answer(t, "Client secret", &known.client_secret);
    for (question, typed) in [
        ("Contact name", "Pat Lee"),
        ("Company", "Lee Ltd"),
        ("Address, first line", "1 Quay"),
        ("Address, second line", ""),
        ("Address, third line", ""),
        ("Town or city", "Leeds"),
        ("County or region", "West Yorkshire"),
        ("Country [GB]", ""),
        ("Postcode", "LS1 4AP"),
        ("Phone", "0113 4960000"),
        ("Use one of them for every shipment", ""),
        ("Public address", ""),
    ] {
        answer(t, question, typed);
    }
    t.wait_for("5 open orders: 5 would be sent");
    answer(t, "Send orders from now on", "on");
    assert_eq!(terminal.ended().code(), Some(0), "{}", terminal.screen());
    let screen = terminal.screen();
    assert!(
        screen.contains("Tailscale Funnel") && screen.contains("GenerateLabelEndpoint"),
        "{screen}"
    );
    assert!(screen.contains("systemctl enable --now linnstream"), "{screen}");
    no_secret_in(&site, &screen);
    assert!(!screen.contains("canary"), "{screen}");
    assert_eq!(terminal.is_clean(), Ok(()));
    assert_eq!(copies(&site).len(), 1, "what was there is kept");
    let _daemon = site.run();
    site.wait_for("all are sent", |world| world.shipments().len() == 5);
}

#[test]
fn r25_broken_off_while_a_secret_is_typed_it_leaves_nothing_and_the_terminal_as_it_was() {
    let site = bare(WorldOptions::default());
    std::fs::write(site.path("config.toml"), places(&site)).expect("written");
    let mut terminal = ask_at_a_terminal(&site);
    answer(&mut terminal, "Name of this site", "");
    answer(&mut terminal, "Time zone", "");
    answer(&mut terminal, "Application id", "an-id");
    terminal.wait_for("Application secret (not shown)");
    terminal.press("canary-half\x03");
    assert_eq!(terminal.ended().code(), Some(1), "{}", terminal.screen());
    assert!(!terminal.screen().contains("canary"), "{}", terminal.screen());
    assert_eq!(terminal.is_clean(), Ok(()));
    // And at an ordinary question, where the terminal ends it.
    let mut terminal = ask_at_a_terminal(&site);
    terminal.wait_for("Name of this site");
    terminal.press("\x03");
    assert_ne!(terminal.ended().code(), Some(0), "{}", terminal.screen());
    assert_eq!(terminal.is_clean(), Ok(()));
    assert_eq!(std::fs::read_to_string(site.path("config.toml")).expect("there"), places(&site));
    for name in ["credentials", "linnstream.redb"] {
        assert!(!site.path(name).exists(), "{name} was written");
    }
}
