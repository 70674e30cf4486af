//! Keeps the house in order: who may import whom, the size of files and functions, what every file
//! begins with, and that documents name files that exist.
//!
//! - `layering/sources.rs`: the source files and their syntax
//! - `layering/table.rs`: the layers and every exception to them
//! - `layering/imports.rs`: every path that a file names, checked against the table
//! - `layering/tidy.rs`: sizes, beginnings, words that do not stay
//! - `layering/documents.rs`: paths named in documents
//! - `layering/fixtures/`: one file with a forbidden import of each kind, each of which must be found

#[path = "layering/documents.rs"]
mod documents;
#[path = "layering/imports.rs"]
mod imports;
#[path = "layering/sources.rs"]
mod sources;
#[path = "layering/table.rs"]
mod table;
#[path = "layering/tidy.rs"]
mod tidy;

use sources::{Source, root, sources};

fn assert_none(found: Vec<String>) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn every_module_imports_only_what_its_layer_may() {
    let files = sources(&["src", "tui/src"]);
    let tests_only = imports::test_only_files(&files);
    assert_none(
        files
            .iter()
            .filter(|file| !tests_only.contains(&file.path))
            .flat_map(imports::check)
            .collect(),
    );
}

#[test]
fn every_module_of_the_program_stands_in_the_table() {
    assert_none(
        sources(&["src"])
            .iter()
            .filter(|file| table::Unit::of_file(&file.path).is_none())
            .map(|file| format!("{}: give it a place in tests/layering/table.rs", file.path))
            .collect(),
    );
}

#[test]
fn files_and_functions_are_short() {
    assert_none(sources(&["src", "tui", "tests"]).iter().flat_map(tidy::too_long).collect());
}

#[test]
fn every_file_begins_by_saying_what_it_is_for() {
    let files = sources(&["src", "tui", "tests"]);
    assert_none(files.iter().filter_map(tidy::without_purpose).collect());
}

#[test]
fn nothing_is_left_for_later_and_no_test_is_ignored_without_a_reason() {
    let files = sources(&["src", "tui", "tests"]);
    assert_none(files.iter().flat_map(tidy::left_for_later).collect());
    assert_none(files.iter().flat_map(tidy::ignored_without_reason).collect());
}

#[test]
fn every_path_that_a_document_names_exists() {
    assert_none(documents::missing_paths(&["README.md", "CHANGELOG.md"]));
}

#[test]
fn the_readme_shows_the_screens_as_the_console_draws_them() {
    assert_none(documents::outdated_screens());
}

#[test]
fn a_path_in_a_document_is_recognised_and_a_missing_one_reported() {
    let text = "See `src/lib.rs`, `src/nowhere.rs:12`, `cargo test`, `a/b` and `tests/*.rs`.\n\
                ```\nsrc/main.rs   the start\nsrc/gone/     lost\n  tui/\n```\n";
    assert_eq!(
        documents::named_paths(text),
        ["src/lib.rs", "src/nowhere.rs", "src/main.rs", "src/gone/", "tui/"]
    );
    assert_eq!(documents::missing_in(text), ["src/nowhere.rs", "src/gone/"]);
}

/// Each fixture says in its first line which file it plays, and marks each line that must be
/// reported with `// reported: ` and a part of the report.
#[test]
fn each_kind_of_forbidden_import_is_found_in_its_fixture() {
    let folder = root().join("tests/layering/fixtures");
    let mut fixtures = 0;
    for entry in std::fs::read_dir(folder).expect("the fixtures") {
        let file = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&file).expect("text");
        let name = file.display();
        let plays = text.lines().next().and_then(|line| line.strip_prefix("//! plays "));
        let plays = plays.unwrap_or_else(|| panic!("{name}: no `//! plays PATH`"));
        let found = imports::check(&Source::new(plays, &text));
        let expected: Vec<_> = text
            .lines()
            .zip(1..)
            .filter_map(|(line, number)| Some((number, line.split_once("// reported: ")?.1)))
            .collect();
        let lines: Vec<_> = expected.iter().map(|(line, _)| format!("{plays}:{line}: ")).collect();
        for ((_, part), place) in expected.iter().zip(&lines) {
            let reported = found.iter().any(|f| f.starts_with(place) && f.contains(part));
            assert!(reported, "{name}: not reported: {place}{part}\n{found:#?}");
        }
        let surplus: Vec<_> =
            found.iter().filter(|f| !lines.iter().any(|place| f.starts_with(place))).collect();
        assert!(surplus.is_empty(), "{name}: reported without need: {surplus:#?}");
        fixtures += 1;
    }
    assert!(fixtures >= 12, "only {fixtures} fixtures");
}

#[test]
fn the_checks_of_size_and_words_find_what_they_look_for() {
    let long_function = format!("//! X.\nfn f() {{\n{}}}\n", "    g();\n".repeat(71));
    assert_eq!(tidy::too_long(&Source::new("src/x.rs", &long_function)).len(), 1);
    let long_file = format!("//! X.\n{}", "const A: u8 = 1;\n".repeat(500));
    assert_eq!(tidy::too_long(&Source::new("src/x.rs", &long_file)).len(), 1);
    assert!(tidy::without_purpose(&Source::new("src/x.rs", "fn f() {}")).is_some());
    for word in tidy::words() {
        let text = format!("//! X.\n// {word}: later\n");
        assert_eq!(tidy::left_for_later(&Source::new("src/x.rs", &text)).len(), 1, "{word}");
    }
    let ignored =
        "//! X.\n#[test]\n#[ignore]\nfn a() {}\n#[test]\n#[ignore = \"slow\"]\nfn b() {}\n";
    assert_eq!(tidy::ignored_without_reason(&Source::new("src/x.rs", ignored)).len(), 1);
}
