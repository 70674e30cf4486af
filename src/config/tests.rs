//! The configuration file as its contract has it: defaults, each refusal, all of them at once.

mod refusals;

use std::os::unix::fs::PermissionsExt;

use secrecy::ExposeSecret;

use super::*;
use crate::domain::options::{MethodField, WeightUnit};
use crate::domain::rules::Mode;
use crate::domain::shipment::OrderType;
use crate::domain::time::Delay;

fn read(text: &str) -> Result<Config, Problems> {
    Config::parse(text, &Environment::default())
}

fn good(text: &str) -> Config {
    read(text).unwrap_or_else(|problems| panic!("{problems}"))
}

fn problems(text: &str) -> Vec<Problem> {
    match read(text) {
        Ok(_) => panic!("accepted: {text}"),
        Err(problems) => problems.list,
    }
}

/// The one problem of a text.
fn problem(text: &str) -> Problem {
    let mut list = problems(text);
    assert_eq!(list.len(), 1, "{list:?}");
    list.remove(0)
}

/// A folder with files of a mode.
fn folder(files: &[(&str, &str, u32)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text, mode) in files {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(*mode)).expect("set");
    }
    folder
}

fn with_credentials(folder: &tempfile::TempDir) -> Environment {
    Environment { credentials_directory: Some(folder.path().to_owned()), ..Environment::default() }
}

#[test]
fn r30_an_empty_file_gives_the_defaults_of_the_contract_and_sends_nothing() {
    let config = good("");
    assert_eq!(config.sync.orders, Mode::Off);
    assert_eq!(config.site.time_zone.name(), "Europe/London");
    assert_eq!(config.store.path.to_str(), Some("/var/lib/linnstream/linnstream.redb"));
    let days = |days: u64| Delay::mins(days * 24 * 60);
    let kept = (config.store.keep_closed, config.store.keep_webhooks, config.store.keep_labels);
    assert_eq!(kept, (days(90), days(30), days(14)));
    assert_eq!(config.admin.socket.to_str(), Some("/run/linnstream/admin.sock"));
    assert_eq!(config.admin.operators, None);
    assert_eq!(config.listener.bind, Bind::Tcp(([127, 0, 0, 1], 7780).into()));
    assert!(!config.listener.allow_remote && !config.listener.require_webhook_secret);
    assert_eq!(config.listener.public_url, None);
    assert!(config.listener.path_token.is_none() && config.listener.webhook_secret.is_none());
    assert_eq!(config.ops.bind, Bind::None);
    assert_eq!((config.network.proxy, config.network.ca_file), (None, None));
    assert_eq!(config.partner.id, None);
    assert_eq!(config.partner.name, None);
    assert_eq!(config.sender.postcode, None);
    assert_eq!(config.warehouse.default_location, None);
    assert!(config.warehouse.map.is_empty() && config.services.is_empty());
    assert!(!config.dates.pickup_today && !config.delivered.mark_processed);
    assert!(config.webhooks.enabled);
    assert_eq!(config.log.level, log::LevelFilter::Info);
}

#[test]
fn the_defaults_of_both_systems_are_those_of_the_contract() {
    let config = good("");
    assert_eq!(config.linnworks.auth_url.as_str(), "https://api.linnworks.net");
    assert_eq!(config.linnworks.vendor, "Stream");
    assert_eq!((config.linnworks.locations.clone(), config.linnworks.calls_percent), (None, 90));
    assert_eq!(config.linnworks.weight_unit, WeightUnit::Grams);
    assert!(!config.linnworks.is_complete() && !config.stream.is_complete());
    let stream = config.stream;
    assert_eq!(stream.base_url.as_str(), "https://www.demo.go2stream.net");
    assert!((stream.requests_per_second - 2.0).abs() < f64::EPSILON);
    assert_eq!((stream.burst, stream.timeout, stream.batch), (30, Delay::secs(30), 10));
    assert_eq!(stream.settle, [Delay::secs(5), Delay::secs(30), Delay::secs(120)]);
    assert!(stream.booking_required && stream.services.is_empty());
    assert_eq!(stream.method_field, MethodField::Name);
}

#[test]
fn the_defaults_of_work_and_labels_are_those_of_the_contract() {
    let config = good("");
    let sync = config.sync;
    assert!(sync.dispatch && sync.changes);
    assert_eq!((sync.poll_interval, sync.sweep_interval), (Delay::secs(60), Delay::mins(15)));
    assert_eq!(sync.lookback_days, 7);
    let labels = config.labels;
    assert_eq!((labels.format, labels.reference), (LabelFormat::Default, LabelReference::OrderId));
    assert_eq!((labels.copies, labels.dpi), (1, 203));
    assert!(config.identifiers.sequence);
    assert_eq!(config.identifiers.names, crate::domain::tags::TagNames::default());
    let alarms = config.alarms;
    assert_eq!((alarms.error_age, alarms.silence), (Delay::mins(60), Delay::mins(30)));
    assert_eq!(alarms.unplanned_before_dispatch, Delay::mins(30));
    assert!(alarms.command.is_empty());
}

#[test]
fn every_key_is_read_so_none_can_be_wrong_without_being_named() {
    for key in keys::KEYS {
        // No key takes a date.
        let problem = problem(&format!("{key} = 1979-05-27"));
        assert_eq!((problem.key.as_str(), problem.line), (*key, Some(1)), "{problem:?}");
    }
    for key in keys::SERVICE_KEYS {
        let list = problems(&format!("[[services]]\n{key} = 1979-05-27"));
        let named = format!("services[0].{key}");
        assert!(list.iter().any(|p| p.key == named && p.line == Some(2)), "{key}: {list:?}");
    }
}

#[test]
fn a_file_that_sets_everything_is_read_as_it_stands() {
    let config = good(EVERYTHING);
    assert_eq!(config.site.name, "Depot North");
    assert_eq!(config.listener.bind, Bind::Unix("/run/linnstream/in.sock".into()));
    assert_eq!(config.linnworks.locations, Some(vec!["Default".to_owned(), "North".to_owned()]));
    assert_eq!(config.linnworks.weight_unit, WeightUnit::Kilograms);
    assert_eq!(config.stream.settle, [Delay::secs(2), Delay::secs(20)]);
    assert_eq!(config.stream.services, ["TAIL"]);
    assert_eq!(config.warehouse.default_location.as_deref(), Some("Main"));
    assert_eq!(config.warehouse.map.get("North shed").map(String::as_str), Some("NORTH"));
    assert_eq!((config.labels.copies, config.labels.dpi), (5, 300));
    assert_eq!(config.identifiers.names.run, "TOUR");
    assert_eq!(config.identifiers.names.days[0], "Mon");
    assert_eq!(config.sync.orders, Mode::DryRun);
    assert_eq!(config.alarms.command, ["/usr/bin/logger", "-t", "linnstream"]);
    assert_eq!(config.services.len(), 2);
    assert_eq!(config.services[0].kind, Some(OrderType::Collection));
    assert_eq!(config.services[0].skip_composite_parent, Some(true));
    assert_eq!(config.services[1].kind, None);
}

const EVERYTHING: &str = r#"
site.name = "Depot North"
[listener]
bind = "unix:/run/linnstream/in.sock"
public_url = "https://hooks.example.com"
[linnworks]
locations = ["Default", "North"]
weight_unit = "kg"
[stream]
timeout = "10s"
settle = ["2s", "20s"]
services = ["TAIL"]
requests_per_second = 3
[warehouse]
use_default_location = true
default_location = "Main"
[warehouse.map]
"North shed" = "NORTH"
"South.shed" = "SOUTH"
[labels]
copies = 5
dpi = 300
[identifiers.names]
run = "TOUR"
monday = "Mon"
[sync]
orders = "dry-run"
[alarms]
command = "/usr/bin/logger -t linnstream"
[[services]]
name = "Click & Collect"
depot = "D1"
method = "Collect"
type = "collection"
skip_composite_parent = true
[[services]]
name = "Two man"
depot = "D1"
method = "Two man"
"#;

#[test]
fn r31_each_value_out_of_its_range_is_refused_with_its_key() {
    for text in [
        "labels.copies = 0",
        "labels.copies = 6",
        "labels.copies = \"1\"",
        "labels.dpi = 204",
        "labels.format = \"landscape\"",
        "labels.reference = \"\"",
        "sync.lookback_days = 0",
        "sync.lookback_days = 91",
        "sync.lookback_days = -7",
        "sync.orders = \"yes\"",
        "sync.orders = true",
        "sync.dispatch = \"on\"",
        "sync.poll_interval = \"999ms\"",
        "sync.poll_interval = 60",
        "sync.sweep_interval = \"soon\"",
        "stream.batch = 0",
        "stream.batch = 11",
        "stream.burst = 0",
        "stream.requests_per_second = 0",
        "stream.requests_per_second = nan",
        "stream.timeout = \"1h\"",
        "stream.settle = []",
        "stream.settle = [\"5s\", \"5s\", \"120s\"]",
        "stream.settle = [\"5s\", \"59s\"]",
        "stream.settle = [5, \"60s\"]",
        "stream.method_field = \"code\"",
        "stream.base_url = \"http://www.demo.go2stream.net\"",
        "stream.base_url = \"https://www.demo.go2stream.net/api\"",
        "linnworks.auth_url = \"http://api.linnworks.net\"",
        "linnworks.calls_percent = 0",
        "linnworks.calls_percent = 101",
        "linnworks.locations = []",
        "linnworks.locations = \"Default\"",
        "linnworks.weight_unit = \"lb\"",
        "listener.bind = \"0.0.0.0:7780\"",
        "listener.bind = \"7780\"",
        "listener.public_url = \"http://hooks.example.com\"",
        "ops.bind = \"0.0.0.0:9000\"",
        "ops.bind = \"unix:/run/x\"",
        "network.proxy = \"socks5://proxy:1080\"",
        "network.ca_file = \"/nonexistent/ca.pem\"",
        "site.time_zone = \"Europe/Leeds\"",
        "site.name = \" \"",
        "store.path = \"/nonexistent/folder/x.redb\"",
        "store.keep_closed = \"0d\"",
        "log.level = \"loud\"",
        "identifiers.names.run = \"two\\nlines\"",
    ] {
        let problem = problem(text);
        let key = text.split(" = ").next().unwrap_or_default();
        assert_eq!((problem.key.as_str(), problem.line), (key, Some(1)), "{text}: {problem:?}");
        assert!(problem.text.starts_with(|c: char| !c.is_uppercase()), "{problem:?}");
    }
}

#[test]
fn the_ends_of_each_range_are_accepted() {
    good(
        "labels.copies = 5\nsync.lookback_days = 90\nstream.batch = 1\nsync.poll_interval = \"1s\"",
    );
    good("linnworks.calls_percent = 100\nlabels.dpi = 300\nstream.settle = [\"60s\"]");
    good("listener.bind = \"0.0.0.0:7780\"\nlistener.allow_remote = true");
    good(
        "stream.base_url = \"http://127.0.0.1:4000/x\"\nlinnworks.auth_url = \"http://localhost:1\"",
    );
}

#[test]
fn a_longer_time_out_needs_later_looks() {
    let problem = problem("\nstream.timeout = \"90s\"");
    assert_eq!((problem.key.as_str(), problem.line), ("stream.settle", Some(2)));
    good("stream.timeout = \"60s\"");
}

#[test]
fn many_mistakes_are_reported_at_once_each_with_its_line() {
    let text = "[sync]\norders = \"yes\"\npoll_intervall = \"60s\"\n\n[labels]\ncopies = 9\n\n\
                [strem]\nbatch = 3\n\n[stream]\nbatch = 30\nclient_secret = \"hunter2\"\n\n\
                [[services]]\nname = \"A\"\ndepo = \"D\"\nmethod = \"M\"\n";
    let found: Vec<_> = problems(text).into_iter().map(|p| (p.line, p.key)).collect();
    let expected = [
        (Some(2), "sync.orders"),
        (Some(3), "sync.poll_intervall"),
        (Some(6), "labels.copies"),
        (Some(8), "strem"),
        (Some(12), "stream.batch"),
        (Some(13), "stream.client_secret"),
        (Some(17), "services[0].depo"),
        (None, "services[0].depot"),
    ];
    assert_eq!(found, expected.map(|(line, key)| (line, key.to_owned())));
}

#[test]
fn an_unknown_key_names_the_nearest_known_one() {
    for (text, nearest) in [
        ("sync.poll_intervall = \"60s\"", "sync.poll_interval"),
        ("sync.base_url = \"x\"", "stream.base_url"),
        ("[strem]\nbatch = 3", "stream"),
        ("lookback_days = 3", "sync.lookback_days"),
        ("[stream.settel]", "stream.settle"),
        ("identifiers.names.mondy = \"M\"", "identifiers.names.monday"),
    ] {
        let problem = problem(text);
        assert!(problem.text.ends_with(&format!("the nearest is {nearest}")), "{problem:?}");
    }
    let problem = problem("\"site.name\" = \"x\"");
    assert!(problem.text.contains("dots"), "{problem:?}");
    assert!(problems("sync = 3")[0].text.contains("[sync]"));
}

#[test]
fn what_is_not_toml_is_reported_with_its_line_and_without_what_stands_there() {
    let list = problems("[stream]\nclient_secret = hunter2\nbatch = 99\n");
    assert_eq!(list[0].line, Some(2));
    assert!(list.iter().any(|p| p.key == "stream.batch" && p.line == Some(3)), "{list:?}");
    assert!(list.iter().all(|p| !p.text.contains("hunter2")), "{list:?}");
    for text in ["[", "=", "a = [1,", "x = \"", "\u{0}", "a=1\na=2", "[a]\n[a]", "'''"] {
        assert!(!problems(text).is_empty(), "{text:?}");
    }
}

#[test]
fn r25_a_secret_in_the_file_is_refused_with_what_to_do_instead() {
    for key in keys::SECRETS {
        let problem = problem(&format!("{} = \"hunter2\"", key.inline));
        assert_eq!(problem.key, key.inline);
        assert!(problem.text.contains(key.file) && problem.text.contains(key.credential));
        assert!(!problem.text.contains("hunter2"));
    }
    for key in keys::SECRETS {
        let problem = problem(&format!("{} = \"hunter2\"", key.file));
        assert!(!problem.text.contains("hunter2"), "in place of the path: {problem:?}");
    }
    let problem = problem("network.proxy = \"http://user:hunter2@proxy:3128\"");
    assert!(!problem.text.contains("hunter2"), "{problem:?}");
}

#[test]
fn r25_a_secret_file_that_others_can_read_is_refused() {
    let files = folder(&[("s", "hunter2\n", 0o600)]);
    let path = files.path().join("s");
    let text = format!("stream.client_secret_file = {path:?}");
    for mode in [0o640, 0o604, 0o620, 0o601, 0o644] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("set");
        let problem = problem(&text);
        assert!(problem.text.contains("chmod 600"), "{problem:?}");
        assert!(!problem.text.contains("hunter2"));
    }
    for mode in [0o600, 0o400] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("set");
        let secret = good(&text).stream.client_secret.expect("read");
        assert_eq!(secret.expose_secret(), "hunter2");
    }
}

#[test]
fn a_secret_file_must_be_there_and_hold_one_line() {
    let long = "x".repeat(SECRET_BYTES_MAX as usize + 1);
    let files = folder(&[
        ("empty", "\n", 0o600),
        ("two", "one\ntwo\n", 0o600),
        ("long", &long, 0o600),
        ("windows", "hunter2\r\n", 0o600),
    ]);
    for (name, says) in [
        ("absent", "no such file"),
        ("empty", "empty"),
        ("two", "one line"),
        ("long", "longer than"),
        (".", "no ordinary file"),
    ] {
        let path = files.path().join(name);
        let problem = problem(&format!("linnworks.token_file = {path:?}"));
        assert!(problem.text.contains(says), "{problem:?}");
    }
    let path = files.path().join("windows");
    let token = good(&format!("linnworks.token_file = {path:?}")).linnworks.token;
    assert_eq!(token.expect("read").expose_secret(), "hunter2");
}

#[test]
fn credentials_of_systemd_are_taken_by_name_and_a_named_file_goes_first() {
    let credentials = folder(&[
        ("linnworks-secret", "secret-of-linnworks\n", 0o400),
        ("linnworks-token", "token", 0o440),
        ("stream-secret", "secret-of-stream", 0o400),
        ("path-token", "segment", 0o400),
        ("webhook-secret", "\n", 0o400),
    ]);
    let env = with_credentials(&credentials);
    let config = Config::parse("linnworks.application_id = \"a\"", &env).expect("good");
    assert!(config.linnworks.is_complete());
    assert_eq!(config.linnworks.token.expect("read").expose_secret(), "token");
    assert_eq!(config.listener.path_token.expect("read").expose_secret(), "segment");
    assert!(config.listener.webhook_secret.is_none(), "a blank one is not yet given");
    let other = folder(&[("mine", "other", 0o600)]);
    let text = format!("stream.client_secret_file = {:?}", other.path().join("mine"));
    let config = Config::parse(&text, &env).expect("good");
    assert_eq!(config.stream.client_secret.expect("read").expose_secret(), "other");
}

#[test]
fn a_credential_that_everybody_can_read_is_refused_there_too() {
    let credentials = folder(&[("linnworks-token", "token", 0o444)]);
    let problems = Config::parse("", &with_credentials(&credentials)).expect_err("refused");
    assert_eq!(problems.list[0].key, "linnworks.token_file");
    assert_eq!(problems.list[0].line, None);
}

#[test]
fn a_path_token_must_fit_a_path() {
    let files = folder(&[("p", "a/b?c", 0o600)]);
    let path = files.path().join("p");
    let problem = problem(&format!("listener.path_token_file = {path:?}"));
    assert!(!problem.text.contains("a/b?c"), "{problem:?}");
}

#[test]
fn r28_the_default_location_must_be_named_to_be_used() {
    let problem = problem("warehouse.use_default_location = true");
    assert_eq!((problem.key.as_str(), problem.line), ("warehouse.default_location", None));
    let unused = good("warehouse.default_location = \"Main\"");
    assert!(!unused.warehouse.use_default_location);
}

#[test]
fn r17_two_identifiers_may_not_have_one_name() {
    let problem = problem("[identifiers.names]\nsent = \"Run 01\"");
    assert_eq!((problem.key.as_str(), problem.line), ("identifiers.names.sent", Some(2)));
}

#[test]
fn a_service_has_one_entry_with_all_that_it_needs() {
    let list = problems("[[services]]\nname = \"A\"\n[[services]]\nkind = 1");
    let missing: Vec<_> =
        list.iter().filter(|p| p.line.is_none()).map(|p| p.key.as_str()).collect();
    assert_eq!(
        missing,
        [
            "services[0].depot",
            "services[0].method",
            "services[1].name",
            "services[1].depot",
            "services[1].method"
        ]
    );
    let entry = "[[services]]\nname = \"A\"\ndepot = \"D\"\nmethod = \"M\"\n";
    let twice = problem(&format!("{entry}{}", entry.replace("\"A\"", "\" a\"")));
    assert_eq!((twice.key.as_str(), twice.line), ("services[1].name", Some(6)));
    assert_eq!(problem("services = [1]").key, "services[0]");
    assert!(problem("services = \"A\"").text.contains("[[services]]"));
    assert_eq!(problem("warehouse.map = { A = 1 }").key, "warehouse.map.A");
}

#[test]
fn a_problem_is_shown_as_file_line_key_and_text() {
    let files = folder(&[("config.toml", "\n[labels]\ncopies = 9\n", 0o644)]);
    let path = files.path().join("config.toml");
    let problems = Config::load(&path, &Environment::default()).expect_err("refused");
    let shown = format!("{}:3: labels.copies: must be from 1 to 5, not 9", path.display());
    assert_eq!(problems.to_string(), shown);
    let absent = files.path().join("absent.toml");
    let problems = Config::load(&absent, &Environment::default()).expect_err("refused");
    assert!(problems.to_string().contains("no such file"), "{problems}");
    let problems = Config::load(files.path(), &Environment::default()).expect_err("refused");
    assert!(problems.to_string().contains("no file"), "{problems}");
}

#[test]
fn the_host_name_is_the_default_of_the_sites_name() {
    let env = Environment { host_name: Some("depot".to_owned()), ..Environment::default() };
    assert_eq!(Config::parse("", &env).expect("good").site.name, "depot");
    assert_eq!(Config::parse("site.name = \"X\"", &env).expect("good").site.name, "X");
}

#[test]
fn debug_output_of_the_configuration_shows_no_secret() {
    let credentials = folder(&[
        ("linnworks-secret", "canary-one", 0o400),
        ("linnworks-token", "canary-two", 0o400),
        ("stream-secret", "canary-three", 0o400),
        ("path-token", "canary-four", 0o400),
        ("webhook-secret", "canary-five", 0o400),
    ]);
    let config = Config::parse("", &with_credentials(&credentials)).expect("good");
    let shown = format!("{config:?} {config:#?}");
    assert!(!shown.contains("canary"), "{shown}");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_reading_panic(text in "[a-z\\[\\]=\"'.\n #0-9{},\\\\]{0,80}") {
        let _ = read(&text);
    }
}
