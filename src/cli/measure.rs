//! `linnstream doctor --measure`: open questions about Stream, answered by experiment in a demo account.

use std::io::{self, BufRead, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::run::chain;
use super::{Exit, Failed, json as documents};
use crate::config::{Config, Environment};
use crate::runtime::measure::{self, MeasureError, Measured, PREFIX, Report, UNMEASURED};

/// What must be typed.
const WORD: &str = "measure";

/// Longest line that is read for it.
const LINE_BYTES_MAX: u64 = 1_024;

/// Warns, asks, finds out, and says what each answer means.
pub(super) fn execute(config: &Path, as_json: bool) -> Result<Exit, Failed> {
    let config = Config::load(config, &Environment::of_process())
        .map_err(|problems| Failed::new(Exit::Usage, problems))?;
    measure::may(&config).map_err(failed)?;
    confirmed(config.stream.base_url.as_str(), &mut io::stderr().lock(), &mut io::stdin().lock())?;
    let mut out = io::stdout().lock();
    let mut written = Ok(());
    let mut tell = |one: &Measured| {
        if !as_json && written.is_ok() {
            written = writeln!(out, "{}", line(one)).and_then(|()| out.flush());
        }
    };
    let report = measure::measure(&config, &mut tell).map_err(failed)?;
    // Somebody who stopped reading still has everything taken back.
    written?;
    if as_json {
        documents::print(&mut out, &document(&report))?;
    } else {
        for one in &UNMEASURED {
            writeln!(out, "{} Not measured: needs {}.", one.question, one.needs)?;
        }
        out.write_all(account(&report).as_bytes())?;
    }
    Ok(if report.left_behind.is_empty() { Exit::Done } else { Exit::No })
}

fn failed(error: MeasureError) -> Failed {
    let exit = match &error {
        MeasureError::NotDemo(_) | MeasureError::Unconfigured => Exit::Usage,
        MeasureError::SignIn(_) => Exit::No,
        MeasureError::Run(_) => Exit::Internal,
    };
    Failed::new(exit, chain(&error))
}

/// Nothing is made before somebody has read what will be, and typed the word.
fn confirmed(base_url: &str, out: &mut impl Write, input: &mut impl BufRead) -> Result<(), Failed> {
    writeln!(
        out,
        "This makes orders in the Stream account of {base_url}, changes and deletes them, and subscribes to \
         notifications at an address that does not exist. Their numbers begin with {PREFIX}, so that none is one of \
         Linnworks. It takes about a minute, and takes back what it made. Do it in a demo account, and tell its \
         planners.\nType {WORD} and Enter to go on:"
    )?;
    out.flush()?;
    let mut typed = String::new();
    let read = io::Read::take(input, LINE_BYTES_MAX).read_line(&mut typed);
    if read.is_ok() && typed.trim() == WORD {
        return Ok(());
    }
    let text = format!("nothing was done: type {WORD}, or give it on stdin");
    Err(Failed::new(Exit::Refused, text))
}

/// Question, answer, meaning.
fn line(one: &Measured) -> String {
    let setting = one.setting.map(|key| format!(" [{key}]")).unwrap_or_default();
    format!("{} {}. {}{setting}", one.question, capital(&one.answer), one.means)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

fn account(report: &Report) -> String {
    if report.left_behind.is_empty() {
        return "\nEverything that was made has been taken back.\n".to_owned();
    }
    format!("\nDelete in Stream by hand, this could not be: {}.\n", report.left_behind.join(", "))
}

fn document(report: &Report) -> Value {
    let measured = |one: &Measured| {
        json!({"name": one.name, "question": one.question, "answer": one.answer, "means": one.means,
            "setting": one.setting})
    };
    let not = UNMEASURED.map(|one| json!({"question": one.question, "needs": one.needs}));
    json!({
        "base_url": report.base_url,
        "measured": report.measured.iter().map(measured).collect::<Vec<_>>(),
        "not_measured": not,
        "left_behind": report.left_behind,
        "ok": report.left_behind.is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_done_before_the_word_was_typed() {
        let asked = |typed: &str| {
            let mut said = Vec::new();
            let answer = confirmed("https://demo.example", &mut said, &mut typed.as_bytes());
            (String::from_utf8(said).expect("text"), answer.map_err(|failed| failed.exit))
        };
        let (said, answer) = asked("measure\n");
        assert_eq!(answer, Ok(()));
        assert!(said.contains("https://demo.example") && said.contains(PREFIX), "{said}");
        assert_eq!(asked(" measure ").1, Ok(()));
        for no in ["", "\n", "y\n", "yes\n", "Measure\n", "\nmeasure\n"] {
            assert_eq!(asked(no).1, Err(Exit::Refused), "{no:?}");
        }
        assert_eq!(asked(&"x".repeat(1 << 20)).1, Err(Exit::Refused));
    }

    #[test]
    fn each_answer_is_one_line_and_what_is_left_behind_is_named() {
        let one = Measured {
            name: "batch",
            question: "Are several orders taken in one request?",
            answer: "no: 422, not valid".into(),
            means: "Orders go one by one.".into(),
            setting: Some("stream.batch"),
        };
        let shown = "Are several orders taken in one request? No: 422, not valid. Orders go one by one. [stream.batch]";
        assert_eq!(line(&one), shown);
        let mut report = Report {
            base_url: "https://demo.example".into(),
            measured: vec![one],
            left_behind: Vec::new(),
        };
        assert!(account(&report).contains("taken back"));
        report.left_behind.push("order LSMEASURE1A".into());
        assert!(account(&report).contains("by hand, this could not be: order LSMEASURE1A"));
        let document = document(&report);
        assert_eq!(
            (&document["ok"], &document["measured"][0]["setting"]),
            (&json!(false), &json!("stream.batch"))
        );
        assert_eq!(document["not_measured"].as_array().map(Vec::len), Some(UNMEASURED.len()));
    }
}
