//! Real programs, and a clock that is turned by hand.

use std::path::PathBuf;

use super::*;
use crate::domain::alarm::Code;
use crate::domain::time::{Moment, Now, Timestamp};

/// A clock that shows too late once a file is there.
struct LateWith(PathBuf);

impl Clock for LateWith {
    fn now(&self) -> Now {
        let mono = if self.0.exists() { Moment(RUN_WITHIN.0) } else { Moment(0) };
        Now { wall: Timestamp(0), mono }
    }
}

/// One that stands.
struct Still;

impl Clock for Still {
    fn now(&self) -> Now {
        Now { wall: Timestamp(0), mono: Moment(0) }
    }
}

fn shell(script: &str) -> Vec<String> {
    ["/bin/sh", "-c", script].map(str::to_owned).to_vec()
}

fn ran(script: &str, clock: &dyn Clock) -> (Ended, String) {
    let (ended, printed) =
        run(&shell(script), b"told\n", clock, &AtomicBool::new(false)).expect("it runs");
    (ended, String::from_utf8_lossy(&printed).into_owned())
}

fn code(ended: Ended) -> Option<i32> {
    match ended {
        Ended::Itself(status) => status.code(),
        Ended::Late | Ended::Stopped => None,
    }
}

#[test]
fn it_reads_the_document_and_sees_nothing_of_our_environment() {
    let (ended, printed) =
        ran("cat; pwd; env | grep -v ^PWD | grep -v ^_ | grep -v ^SHLVL", &Still);
    assert_eq!(code(ended), Some(0));
    let wanted = format!("told\n/\nPATH={PATH}\n");
    assert!(
        printed == wanted || printed == wanted.replace("\nPATH", "\nOLDPWD=/\nPATH"),
        "{printed}"
    );
}

#[test]
fn what_it_says_is_kept_up_to_a_limit_and_how_it_ended_is_known() {
    let (ended, printed) = ran("echo no mail >&2; exit 3", &Still);
    assert_eq!((code(ended), printed.as_str()), (Some(3), "no mail\n"));
    let (ended, printed) = ran("head -c 300000 /dev/zero", &Still);
    assert_eq!((code(ended), printed.len()), (Some(0), OUTPUT_BYTES_MAX));
    let (ended, _) = ran("exec 0<&-; exit 0", &Still);
    assert_eq!(code(ended), Some(0), "one that reads nothing is no trouble");
}

#[test]
fn one_that_hangs_is_ended_with_what_it_started() {
    let place = tempfile::tempdir().expect("a folder");
    let (pid, go) = (place.path().join("pid"), place.path().join("go"));
    let (to, then) = (pid.display(), go.display());
    let script = format!("sleep 3600 & echo $! > {to}; echo begun; : > {then}; wait");
    let (ended, printed) = ran(&script, &LateWith(go));
    assert_eq!((ended, printed.as_str()), (Ended::Late, "begun\n"));
    let child = std::fs::read_to_string(&pid).expect("written");
    let stat = std::path::PathBuf::from(format!("/proc/{}/stat", child.trim()));
    let gone = || {
        let stat = std::fs::read_to_string(&stat).unwrap_or_default();
        // Nobody may collect it here: dead is enough.
        stat.is_empty() || stat.contains(") Z ")
    };
    let (_keep, never) = std::sync::mpsc::channel::<()>();
    for _ in 0..500 {
        if gone() {
            return;
        }
        let _ = never.recv_timeout(Duration::from_millis(10));
    }
    panic!("what it started still runs: {}", std::fs::read_to_string(&stat).unwrap_or_default());
}

#[test]
fn it_is_ended_when_we_stop_and_a_missing_program_is_an_error() {
    let stopped = run(&shell("sleep 3600"), b"", &Still, &AtomicBool::new(true)).expect("it runs");
    assert_eq!(stopped.0, Ended::Stopped);
    let missing = run(&["/nowhere/program".to_owned()], b"", &Still, &AtomicBool::new(false));
    assert_eq!(missing.expect_err("missing").kind(), io::ErrorKind::NotFound);
    assert!(run(&[], b"", &Still, &AtomicBool::new(false)).is_err());
}

#[test]
fn the_document_says_everything_and_fits_a_pipe() {
    let mut alarm = Raised {
        code: Code::StreamDown,
        about: String::new(),
        text: "Stream does not answer".to_owned(),
        since: Timestamp(0),
    };
    let raised: serde_json::Value =
        serde_json::from_slice(&document(&alarm, true, "Leeds")).expect("JSON");
    assert_eq!(
        raised,
        json!({
            "event": "raised", "code": "stream-down", "about": "", "text": "Stream does not answer",
            "since": "1970-01-01T00:00:00.000Z", "site": "Leeds",
        })
    );
    alarm.text = "\u{1}".repeat(1_000_000);
    let cleared = document(&alarm, false, "Leeds");
    assert!(cleared.len() < 64 * 1024, "{}", cleared.len());
    assert!(cleared.starts_with(b"{\"about\":\"\",\"code\":\"stream-down\",\"event\":\"cleared\""));
}
