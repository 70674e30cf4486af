//! The unit files: systemd understands them, they take away all that can be taken away, and they agree with the
//! program about times, exit codes, limits, folders and credentials.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use linnstream::cli::Exit;
use linnstream::config::{Config, Environment};
use linnstream::listener::gate;
use linnstream::runtime::daemon::STOP_CALLS_MAX;

use super::{ran, said, text};

const MAIN: &str = "systemd/linnstream.service";
const TEMPLATE: &str = "systemd/linnstream@.service";
const FAILURE: &str = "systemd/linnstream-failure@.service";

/// Highest exposure that `systemd-analyze security` may find. What is left is the network, which it needs.
const EXPOSURE_MAX: f64 = 1.1;

/// Every way in which the unit is held: an assignment each.
const HARDENED: &str = "NoNewPrivileges=yes CapabilityBoundingSet= AmbientCapabilities= ProtectSystem=strict \
    ProtectHome=yes PrivateTmp=yes PrivateMounts=yes PrivateDevices=yes PrivateUsers=yes PrivateIPC=yes \
    DevicePolicy=closed ProtectClock=yes ProtectControlGroups=yes ProtectHostname=yes ProtectKernelLogs=yes \
    ProtectKernelModules=yes ProtectKernelTunables=yes ProtectProc=invisible ProcSubset=pid RestrictNamespaces=yes \
    RestrictRealtime=yes RestrictSUIDSGID=yes LockPersonality=yes MemoryDenyWriteExecute=yes RemoveIPC=yes \
    KeyringMode=private SystemCallArchitectures=native SystemCallFilter=@system-service \
    SystemCallErrorNumber=EPERM UMask=0077 StateDirectoryMode=0700 RuntimeDirectoryMode=0750";

/// The assignments of a unit by their key, in their order.
fn assignments(unit: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in text(unit).lines().filter(|line| !line.starts_with('#')) {
        if let Some((key, value)) = line.split_once('=') {
            found.entry(key.to_owned()).or_default().push(value.to_owned());
        }
    }
    found
}

/// The one value of a key.
fn one(unit: &str, key: &str) -> String {
    let mut all = assignments(unit);
    let values = all.remove(key).unwrap_or_default();
    assert_eq!(values.len(), 1, "{unit}: {key}: {values:?}");
    values.into_iter().next().expect("one")
}

fn number(unit: &str, key: &str) -> u64 {
    one(unit, key).parse().unwrap_or_else(|error| panic!("{unit}: {key}: {error}"))
}

/// The units as systemd will see them, with a program that is there; the template as an instance too.
fn installed() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for unit in [MAIN, TEMPLATE, FAILURE] {
        let program = env!("CARGO_BIN_EXE_linnstream");
        let there = text(unit).replace("/usr/bin/linnstream", program);
        let name = Path::new(unit).file_name().expect("a name");
        std::fs::write(folder.path().join(name), &there).expect("written");
        if unit == TEMPLATE {
            std::fs::write(folder.path().join("linnstream@leeds.service"), there).expect("written");
        }
    }
    folder
}

const STARTED: [&str; 2] = ["linnstream.service", "linnstream@leeds.service"];

#[test]
fn systemd_understands_every_line_of_the_units() {
    let folder = installed();
    for unit in STARTED.into_iter().chain(["linnstream-failure@.service"]) {
        let mut command = Command::new("systemd-analyze");
        command.args(["verify", "--man=no", "--recursive-errors=no"]).arg(folder.path().join(unit));
        // Only what is ours: units of the machine may have mistakes of their own.
        command.env("SYSTEMD_UNIT_PATH", format!("{}:", folder.path().display()));
        let Some(output) = ran(&mut command, "systemd-analyze") else { return };
        let complaints: Vec<String> =
            said(&output).lines().filter(|l| l.contains("linnstream")).map(String::from).collect();
        assert!(output.status.success() && complaints.is_empty(), "{unit}: {}", said(&output));
    }
}

#[test]
fn a_line_that_systemd_does_not_know_would_be_noticed() {
    let folder = installed();
    let unit = folder.path().join("linnstream.service");
    let wrong = std::fs::read_to_string(&unit).expect("there").replace("MemoryMax=", "MemoryMost=");
    std::fs::write(&unit, wrong).expect("written");
    let mut command = Command::new("systemd-analyze");
    command.args(["verify", "--man=no"]).arg(&unit);
    let Some(output) = ran(&mut command, "systemd-analyze") else { return };
    assert!(said(&output).contains("MemoryMost"), "{}", said(&output));
}

#[test]
fn the_exposure_of_the_daemon_stays_at_what_the_network_costs() {
    let folder = installed();
    for unit in STARTED {
        let mut command = Command::new("systemd-analyze");
        command.args(["security", "--offline=true", "--no-pager"]).arg(folder.path().join(unit));
        let Some(output) = ran(&mut command, "systemd-analyze") else { return };
        let said = said(&output);
        let line =
            said.lines().find(|line| line.contains("Overall exposure level")).unwrap_or_default();
        let level = line.split(": ").nth(1).and_then(|rest| rest.split_whitespace().next());
        let level: f64 =
            level.and_then(|level| level.parse().ok()).unwrap_or_else(|| panic!("{said}"));
        assert!(level <= EXPOSURE_MAX, "{unit}: {level}\n{said}");
    }
}

#[test]
fn everything_is_taken_away_that_the_daemon_can_do_without() {
    for unit in [MAIN, TEMPLATE] {
        let all = assignments(unit);
        for assignment in HARDENED.split_whitespace() {
            let (key, value) = assignment.split_once('=').expect("an assignment");
            assert!(all.get(key).is_some_and(|v| v[0] == value), "{unit}: {assignment}");
        }
        assert_eq!(all["SystemCallFilter"], ["@system-service", "~@privileged @resources"]);
        assert_eq!(one(unit, "RestrictAddressFamilies"), "AF_INET AF_INET6 AF_UNIX");
    }
}

#[test]
fn an_instance_is_held_as_the_one_service_is_and_differs_in_its_places_alone() {
    let mut differ: Vec<String> = Vec::new();
    let (main, template) = (assignments(MAIN), assignments(TEMPLATE));
    assert_eq!(main.keys().collect::<Vec<_>>(), template.keys().collect::<Vec<_>>());
    for (key, values) in &main {
        if template[key] != *values {
            differ.push(key.clone());
        }
    }
    assert_eq!(
        differ,
        ["Description", "ExecStart", "LoadCredential", "RuntimeDirectory", "StateDirectory"]
    );
}

#[test]
fn systemd_waits_longer_for_the_end_than_the_daemon_takes() {
    // What interrupted calls have to be settled, and what the closing of the database takes on a busy disk.
    let bound = STOP_CALLS_MAX + Duration::from_secs(3);
    for unit in [MAIN, TEMPLATE] {
        let stop = Duration::from_secs(number(unit, "TimeoutStopSec"));
        assert!(stop >= bound + Duration::from_secs(5), "{unit}: {stop:?} for {bound:?}");
        // A million orders brought to a newer format must not be broken off and begun again for ever.
        assert!(number(unit, "TimeoutStartSec") >= 600, "{unit}");
        assert_eq!(one(unit, "Type"), "notify");
        assert_eq!(one(unit, "NotifyAccess"), "main");
        assert_eq!(number(unit, "WatchdogSec"), 30);
        assert_eq!(one(unit, "ExecReload"), "kill -HUP $MAINPID");
    }
}

#[test]
fn what_another_start_cannot_mend_is_not_started_again_and_the_rest_is_for_a_while() {
    for unit in [MAIN, TEMPLATE] {
        let hopeless = format!("{} {}", Exit::Usage as i32, Exit::Refused as i32);
        assert_eq!(one(unit, "RestartPreventExitStatus"), hopeless);
        assert_eq!(one(unit, "Restart"), "on-failure");
        assert_eq!(number(unit, "RestartSec"), 2);
        let (interval, burst) =
            (number(unit, "StartLimitIntervalSec"), number(unit, "StartLimitBurst"));
        assert_eq!((interval, burst), (300, 10));
        // Otherwise a start that always fails would be tried for ever and never said.
        assert!(burst * (number(unit, "RestartSec") + 1) < interval);
        assert_eq!(one(unit, "OnFailure"), "linnstream-failure@%n.service");
    }
}

#[test]
fn the_limits_leave_room_for_what_the_listener_may_hold() {
    let connections = gate::CONNECTIONS_MAX as u64;
    for unit in [MAIN, TEMPLATE] {
        // A thread and its connection inwards for each, at both listeners, and 200 for all else.
        assert!(number(unit, "TasksMax") >= 2 * (connections + 64) + 200, "{unit}");
        // Two sockets outwards and inwards for each, their copies, at both listeners, and 500 for all else.
        assert!(number(unit, "LimitNOFILE") >= 2 * 4 * connections + 500, "{unit}");
        let memory = one(unit, "MemoryMax");
        let megabytes: u64 = memory.trim_end_matches('M').parse().expect("megabytes");
        assert!(megabytes * 1024 * 1024 >= 8 * gate::BODIES_BYTES_MAX, "{unit}");
    }
}

#[test]
fn the_folders_of_the_unit_are_where_the_configuration_looks_by_itself() {
    let values = Config::parse("", &Environment::default()).expect("good").values();
    let in_folder = |key: &str, base: &str, folder: &str| {
        let path = PathBuf::from(values[key].as_str().expect("a path"));
        assert_eq!(path.parent(), Some(Path::new(base).join(folder).as_path()), "{key}");
    };
    in_folder("store.path", "/var/lib", &one(MAIN, "StateDirectory"));
    in_folder("admin.socket", "/run", &one(MAIN, "RuntimeDirectory"));
    assert!(one(MAIN, "ExecStart").ends_with(" run --config /etc/linnstream/config.toml"));
    let users = text("systemd/linnstream.sysusers");
    assert!(users.lines().any(|line| line.starts_with("u linnstream ")), "{users}");
    assert_eq!((one(MAIN, "User"), one(MAIN, "Group")), ("linnstream".into(), "linnstream".into()));
}

#[test]
fn every_credential_is_one_that_the_program_asks_for_and_may_be_missing() {
    for unit in [MAIN, TEMPLATE] {
        let all = assignments(unit);
        let credentials = tempfile::tempdir().expect("a folder");
        let mut names = Vec::new();
        for credential in &all["LoadCredential"] {
            let (name, file) = credential.split_once(':').expect("a name and a file");
            assert!(file.ends_with(&format!("/credentials/{name}")), "{credential}");
            names.push(format!("{name}:\\n"));
            std::fs::write(credentials.path().join(name), "\n").expect("written");
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o400);
            std::fs::set_permissions(credentials.path().join(name), mode).expect("set");
        }
        assert_eq!(all["SetCredential"], names, "what stands in for a missing file");
        let env = Environment {
            credentials_directory: Some(credentials.path().to_owned()),
            ..Environment::default()
        };
        let ids = "linnworks.application_id = \"a\"\nstream.client_id = \"c\"\n";
        let blank = Config::parse(ids, &env).expect("blank credentials are no mistake");
        assert!(!blank.linnworks.is_complete() && !blank.stream.is_complete());
        for name in std::fs::read_dir(credentials.path()).expect("there") {
            let file = name.expect("an entry").path();
            std::fs::remove_file(&file).expect("removed");
            std::fs::write(&file, "secret\n").expect("written");
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o400);
            std::fs::set_permissions(&file, mode).expect("set");
        }
        let given = Config::parse(ids, &env).expect("good");
        assert!(given.linnworks.is_complete() && given.stream.is_complete());
    }
}
