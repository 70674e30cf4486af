//! What a logger writes, as a stream and to a journal.

use std::os::unix::net::UnixDatagram;

use log::Level;
use secrecy::SecretString;

use super::*;
use crate::domain::time::Moment;

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no panic").clone()).expect("text")
    }
}

fn logger(style: Style) -> (Arc<Logger>, Kept, Arc<Redactor>) {
    let kept = Kept::default();
    let redactor = Arc::new(Redactor::default());
    let now = Box::new(|| Now { wall: Timestamp(0), mono: Moment(0) });
    let sink = Box::new(kept.clone());
    let logger = Logger::new(LevelFilter::Info, style, now, Arc::clone(&redactor), sink);
    (logger, kept, redactor)
}

fn say(logger: &Logger, target: &str, level: Level, text: &str) {
    logger.log(&Record::builder().target(target).level(level).args(format_args!("{text}")).build());
}

#[test]
fn under_the_journal_a_line_begins_with_its_priority() {
    let (logger, kept, _) = logger(Style::Journal);
    say(&logger, "linnstream::poll", Level::Error, "a");
    say(&logger, "linnstream::poll", Level::Warn, "b");
    say(&logger, "linnstream::poll", Level::Info, "c\n<0>forged");
    assert_eq!(kept.text(), "<3>a\n<4>b\n<6>c\\n<0>forged\n");
}

#[test]
fn elsewhere_a_line_begins_with_its_time_and_level() {
    let (logger, kept, _) = logger(Style::Plain);
    say(&logger, "linnstream", Level::Warn, "late");
    assert_eq!(kept.text(), "1970-01-01T00:00:00.000Z WARN  late\n");
}

#[test]
fn fields_stand_at_the_end_and_are_cleaned_too() {
    let (logger, kept, redactor) = logger(Style::Journal);
    redactor.register(&SecretString::from("canary"));
    let fields: [(&str, &str); 2] = [("order", "100001"), ("note", "canary of a@b.example")];
    logger.log(
        &Record::builder()
            .target("linnstream")
            .level(Level::Info)
            .args(format_args!("sent"))
            .key_values(&fields)
            .build(),
    );
    assert_eq!(kept.text(), "<6>sent order=100001 note=*** of ***@***\n");
}

#[test]
fn the_level_changes_while_running() {
    let (logger, kept, _) = logger(Style::Journal);
    say(&logger, "linnstream", Level::Debug, "before");
    logger.set_level(LevelFilter::Debug);
    say(&logger, "linnstream", Level::Debug, "during");
    logger.set_level(LevelFilter::Off);
    say(&logger, "linnstream", Level::Error, "after");
    assert_eq!(kept.text(), "<7>during\n");
}

#[test]
fn libraries_are_heard_from_a_warning_on_at_every_level() {
    let (logger, kept, _) = logger(Style::Journal);
    logger.set_level(LevelFilter::Trace);
    say(&logger, "ureq::run", Level::Debug, "Authorization: x");
    say(&logger, "linnstreamer", Level::Info, "not ours");
    say(&logger, "rustls", Level::Warn, "odd");
    assert_eq!(kept.text(), "<4>odd\n");
}

#[test]
fn a_line_that_repeats_is_written_once_and_then_with_its_count() {
    let (logger, kept, _) = logger(Style::Journal);
    for n in 0..5 {
        say(&logger, "linnstream::poll", Level::Warn, &format!("no answer, try {n}"));
    }
    assert_eq!(kept.text(), "<4>no answer, try 0\n");
    logger.flush();
    assert_eq!(kept.text(), "<4>no answer, try 0\n<4>no answer, try 4 (repeated 4 times in 0 s)\n");
}

/// A stand-in for the journal: a datagram socket, and what arrives at it.
fn journal() -> (UnixDatagram, tempfile::TempDir, Journal) {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("socket");
    let socket = UnixDatagram::bind(&path).expect("bound");
    socket.set_read_timeout(Some(std::time::Duration::from_secs(30))).expect("set");
    (socket, place, Journal::at(&path).expect("a socket"))
}

fn received(socket: &UnixDatagram) -> Vec<String> {
    let mut bytes = vec![0; 64 * 1024];
    let length = socket.recv(&mut bytes).expect("a datagram");
    let text = String::from_utf8(bytes[..length].to_vec()).expect("text");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_journal_gets_ids_as_fields_with_the_priority_and_every_field_is_cleaned() {
    let (logger, kept, redactor) = logger(Style::Journal);
    let (socket, _place, to) = journal();
    logger.to_journal(to);
    redactor.register(&SecretString::from("canary"));
    let fields: [(&str, &str); 5] = [
        ("order", "104512"),
        ("job", "77"),
        ("run", "RUN 03"),
        ("request_id", "9\nPRIORITY=0"),
        ("note", "canary of a@b.example"),
    ];
    logger.log(
        &Record::builder()
            .target("linnstream::worker")
            .level(Level::Warn)
            .args(format_args!("refused\n<0>forged"))
            .key_values(&fields)
            .build(),
    );
    assert_eq!(
        received(&socket),
        [
            "MESSAGE=refused\\n<0>forged order=104512 job=77 run=RUN 03 request_id=9\\nPRIORITY=0 \
             note=*** of ***@***",
            "PRIORITY=4",
            "SYSLOG_IDENTIFIER=linnstream",
            "TARGET=linnstream::worker",
            "ORDER=104512",
            "JOB=77",
            "RUN=RUN 03",
            "REQUEST_ID=9\\nPRIORITY=0",
            "NOTE=*** of ***@***",
        ]
    );
    assert_eq!(kept.text(), "", "nothing twice");
}

#[test]
fn a_credential_is_masked_in_a_field_that_is_named_like_one() {
    let (logger, kept, _) = logger(Style::Journal);
    let fields = [("access_token", "q1w2e3r4t5")];
    logger.log(
        &Record::builder()
            .target("linnstream")
            .level(Level::Info)
            .args(format_args!("signed in"))
            .key_values(&fields)
            .build(),
    );
    assert_eq!(kept.text(), "<6>signed in access_token=***\n");
}

#[test]
fn a_journal_that_is_not_reached_gives_way_to_the_stream_and_is_reached_again() {
    let (logger, kept, _) = logger(Style::Journal);
    let (socket, place, to) = journal();
    logger.to_journal(to);
    say(&logger, "linnstream", Level::Info, "one");
    assert_eq!(received(&socket)[0], "MESSAGE=one");
    drop(socket);
    std::fs::remove_file(place.path().join("socket")).expect("removed");
    say(&logger, "linnstream", Level::Error, "two");
    assert_eq!(kept.text(), "<3>two\n");
    let again = UnixDatagram::bind(place.path().join("socket")).expect("bound");
    say(&logger, "linnstream", Level::Info, "three");
    assert_eq!(received(&again)[..2], ["MESSAGE=three", "PRIORITY=6"]);
    assert_eq!(kept.text(), "<3>two\n");
}

#[test]
fn the_largest_line_is_one_datagram() {
    let (logger, kept, _) = logger(Style::Journal);
    let (socket, _place, to) = journal();
    logger.to_journal(to);
    let long = "x".repeat(1024 * 1024);
    let keys: Vec<String> = (0..40).map(|n| format!("field_{n}")).collect();
    let fields: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), long.as_str())).collect();
    logger.log(
        &Record::builder()
            .target("linnstream")
            .level(Level::Info)
            .args(format_args!("{long}"))
            .key_values(&fields.as_slice())
            .build(),
    );
    let lines = received(&socket);
    assert_eq!(lines.len(), 4 + FIELDS_MAX);
    assert!(lines.iter().all(|line| line.len() <= LINE_BYTES_MAX + "MESSAGE=".len()));
    assert_eq!(kept.text(), "");
}
