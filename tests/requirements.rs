//! What the program must do, and which tests show it: `requirements/table.md`, made from
//! `requirements/rows.txt` and the names of the tests.
//!
//! A test shows a requirement when its name begins with it: `r17_…`, or `r49_r50_…` for several.
//! A row is finished when every part of it is built and shown; the table says so only with a test.
//! To rewrite the table: `cargo test --test requirements -- --ignored regenerate`

#[path = "requirements/names.rs"]
mod names;
#[path = "layering/sources.rs"]
mod sources;

use std::collections::BTreeMap;
use std::fmt::Write;

use sources::{root, sources};

/// One line of `rows.txt`.
struct Row {
    number: u16,
    finished: bool,
    wording: String,
}

const ROWS: u16 = 130;

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn rows() -> Vec<Row> {
    read("tests/requirements/rows.txt").lines().map(row).collect()
}

fn row(line: &str) -> Row {
    let parts: Vec<_> = line.splitn(3, " | ").collect();
    let [number, state, wording] = parts[..] else { panic!("not `R1 | open | wording`: {line}") };
    let number = number.strip_prefix('R').and_then(|number| number.parse().ok());
    Row {
        number: number.unwrap_or_else(|| panic!("no number: {line}")),
        finished: match state {
            "finished" => true,
            "open" => false,
            _ => panic!("neither finished nor open: {line}"),
        },
        wording: wording.to_owned(),
    }
}

/// The tests of each requirement, as `FILE name`.
fn shown() -> BTreeMap<u16, Vec<String>> {
    let mut shown: BTreeMap<u16, Vec<String>> = BTreeMap::new();
    let files = sources(&["src", "tui", "tests"]);
    for file in files.iter().filter(|file| file.text.contains("test]")) {
        for test in names::tests(&file.syntax) {
            for number in names::requirements(&test) {
                shown.entry(number).or_default().push(format!("`{}` {test}", file.path));
            }
        }
    }
    shown
}

fn table() -> String {
    let shown = shown();
    let rows = rows();
    let finished = rows.iter().filter(|row| row.finished).count();
    let mut table = format!(
        "# Requirements and the tests that show them\n\n\
         Made by `cargo test --test requirements -- --ignored regenerate`: change \
         `tests/requirements/rows.txt`\nor the name of a test instead.\n\n\
         {finished} of {} are finished.\n\n| | State | Requirement | Tests |\n|---|---|---|---|\n",
        rows.len()
    );
    for row in rows {
        let state = if row.finished { "finished" } else { "open" };
        let tests = shown.get(&row.number).map(|tests| tests.join("<br>")).unwrap_or_default();
        let wording = row.wording.replace('|', "\\|");
        writeln!(table, "| R{} | {state} | {wording} | {tests} |", row.number).expect("a string");
    }
    table
}

#[test]
fn every_requirement_has_its_row_once_and_in_order() {
    let numbers: Vec<_> = rows().iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=ROWS).collect::<Vec<_>>());
}

#[test]
fn what_is_marked_finished_is_shown_by_a_test() {
    let shown = shown();
    let bare: Vec<_> = rows()
        .iter()
        .filter(|row| row.finished && !shown.contains_key(&row.number))
        .map(|row| format!("R{}: {}", row.number, row.wording))
        .collect();
    assert!(bare.is_empty(), "finished without a test:\n{}\n", bare.join("\n"));
}

#[test]
fn every_test_names_requirements_that_exist() {
    let unknown: Vec<_> =
        shown().into_iter().filter(|(number, _)| !(1..=ROWS).contains(number)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn the_table_is_up_to_date() {
    let stale = read("tests/requirements/table.md") != table();
    assert!(!stale, "rewrite it: cargo test --test requirements -- --ignored regenerate");
}

#[test]
#[ignore = "rewrites the table"]
fn regenerate() {
    std::fs::write(root().join("tests/requirements/table.md"), table()).expect("written");
}

#[test]
fn a_test_is_found_wherever_it_stands_and_names_each_of_its_requirements() {
    let file = syn::parse_file(
        "#[test] fn r1_a() {} fn r2_helper() {} \
         mod inner { #[test] #[ignore = \"slow\"] fn r49_r50_b_r51() {} #[tokio::test] fn c() {} } \
         proptest! { #[test] fn r8_d(x in 0..3) {} fn r9_not() {} }",
    );
    let tests = names::tests(&file.expect("syntax"));
    assert_eq!(tests, ["r1_a", "r49_r50_b_r51", "c", "r8_d"]);
    assert_eq!(names::requirements("r49_r50_b_r51"), [49, 50]);
    assert_eq!(names::requirements("r_and_r"), [0u16; 0]);
    assert_eq!(names::requirements("run_7"), [0u16; 0]);
}
