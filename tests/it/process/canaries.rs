//! Every secret of an installation is a canary, looked for wherever bytes leave the program.

use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, Stdio};

use linnstream::clock::{Clock as _, SystemClock};
use linnstream::domain::time::Moment;
use linnstream::sandbox::Mix;

use super::notified::{request, request_with};
use super::told::free;
use super::{DEADLINE, Site};

/// How the session tokens of both models begin.
const SESSIONS: [&str; 2] = ["5e551000-7777-4888-9999", "sandbox-access-token-"];

/// The bytes of every file that is not one of the secrets' own.
fn files(site: &Site) -> Vec<(String, Vec<u8>)> {
    let own =
        ["linnworks-secret", "linnworks-token", "stream-secret", "path-token", "webhook-secret"];
    let entries = std::fs::read_dir(site.place.path()).expect("a folder").flatten();
    let named =
        entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()));
    let read = named.filter(|(name, path)| !own.contains(&name.as_str()) && path.is_file());
    read.map(|(name, path)| (name, std::fs::read(path).expect("readable"))).collect()
}

fn has(bytes: &[u8], canary: &str) -> bool {
    bytes.windows(canary.len()).any(|window| window == canary.as_bytes())
}

#[test]
fn i11_no_secret_is_in_logs_outputs_metrics_database_backup_support_file_or_a_panic() {
    let ops = free();
    let top = format!("ops.bind = \"{ops}\"\nlistener.public_url = \"http://127.0.0.1:9\"");
    let (site, address) = Site::listening(&top, "[log]\nlevel = \"trace\"\n");
    let now = SystemClock::continuing(Moment(0)).now();
    let numbers = site.world(|world| world.add_orders(now, 12, &Mix::everything()));
    let credentials = site.world(|world| world.options().credentials.clone());
    let mut daemon = site.run();
    site.wait_for("something is sent", |world| {
        numbers.iter().any(|n| !world.live_shipments(*n).is_empty())
    });
    // Both systems refuse for a while, and say what they were given.
    site.world(|world| world.end_sessions());
    let hook = std::fs::read_to_string(site.path("webhook-secret")).expect("made at the start");
    let body = format!("{{\"auth\":\"{hook}\",\"token\":\"{}\"}}", credentials.client_secret);
    let line = format!("Authorization: {hook}\r\n");
    let kept = request_with(address, "POST /test-segment/stream", &line, &body).expect("answered");
    assert_eq!(kept.0, 200);
    let mut said: Vec<(String, Vec<u8>)> = Vec::new();
    let number = numbers[0].to_string();
    for arguments in [
        &["status"][..],
        &["orders"],
        &["order", &number],
        &["why", &number],
        &["jobs", "--state", "done"],
        &["webhooks"],
        &["services"],
        &["runs"],
        &["audit"],
        &["config", "show", "--origin"],
        &["check-config"],
        &["doctor"],
        &["backup", &site.path("copy").display().to_string()],
        &["inspect", &site.path("copy").display().to_string()],
        &["support", &site.path("support.json").display().to_string()],
    ] {
        for json in [&[][..], &["--json"]] {
            let output = site.ask(&[arguments, json].concat());
            let name = format!("{arguments:?} {json:?}");
            said.push((name, [output.stdout, output.stderr].concat()));
        }
    }
    for path in ["/metrics", "/healthz", "/readyz"] {
        let (_, answer) = request(ops, &format!("GET {path}"), "").expect("answered");
        said.push((path.to_owned(), answer.into_bytes()));
    }
    daemon.signal("TERM");
    assert!(daemon.ended(DEADLINE).is_some());
    let files = files(&site);
    for wanted in ["log", "linnstream.redb", "copy", "support.json"] {
        let found = files.iter().find(|(name, _)| name == wanted);
        assert!(found.is_some_and(|(_, bytes)| bytes.len() > 200), "{wanted} was looked through");
    }
    said.extend(files);
    let mut canaries = vec![
        credentials.application_secret,
        credentials.token,
        credentials.client_secret,
        "test-segment".to_owned(),
        hook.clone(),
    ];
    canaries.extend(SESSIONS.map(str::to_owned));
    for (name, bytes) in &said {
        for canary in &canaries {
            // What strangers send us is kept as it came: a body may say anything, ours stand in headers.
            let sent_to_us =
                body.contains(canary) && ["linnstream.redb", "copy"].contains(&name.as_str());
            assert!(sent_to_us || !has(bytes, canary), "{canary} stands in {name}");
        }
    }
}

#[test]
fn i11_a_crash_leaves_no_core_in_which_secrets_could_be_read() {
    let dumps = |mut command: Command| {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("it starts")
    };
    let place = tempfile::tempdir().expect("a folder");
    let shell = |script: &str| {
        let mut command = Command::new("sh");
        command.arg0("sh").args(["-c", &format!("ulimit -c unlimited; {script}")]);
        command.current_dir(place.path());
        command
    };
    let mut plain = dumps(shell("kill -s ABRT $$"));
    if !plain.wait().expect("it ends").core_dumped() {
        println!("no process leaves a core on this machine: nothing to be seen here");
        return;
    }
    let site = Site::new(linnstream::sandbox::WorldOptions::default(), "");
    let program = env!("CARGO_BIN_EXE_linnstream");
    let config = site.path("config.toml");
    let mut daemon = dumps(shell(&format!("exec {program} --config {} run", config.display())));
    site.wait_for_exit_code(&["status"], 0);
    let id = daemon.id().to_string();
    assert!(Command::new("kill").args(["-s", "ABRT", &id]).status().expect("kill runs").success());
    let status = daemon.wait().expect("it ends");
    assert_eq!((status.signal(), status.core_dumped()), (Some(6), false));
}
