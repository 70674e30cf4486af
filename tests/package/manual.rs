//! Manual pages and completions, as the program makes them.

use std::process::Command;

use super::{ran, said, tool};

fn linnstream(arguments: &[&str]) -> std::process::Output {
    let output = Command::new(env!("CARGO_BIN_EXE_linnstream")).args(arguments).output();
    output.expect("the program runs")
}

#[test]
fn the_pages_are_good_roff_and_read_as_they_should() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("man");
    let made = linnstream(&["man", "--out", &out.display().to_string()]);
    assert!(made.status.success() && made.stdout.is_empty(), "{}", said(&made));
    for (page, reads) in [
        ("linnstream.1", "linnstream orders [--state STATE]"),
        ("linnstream.toml.5", "poll_interval = \"60s\""),
        ("linnstream.8", "systemctl restart linnstream"),
    ] {
        let file = out.join(page).display().to_string();
        let arguments = ["-man", "-Tutf8", "-ww", "-P-c", "-rLL=110n", &file];
        let Some(output) = tool("groff", &arguments) else { return };
        assert!(output.status.success() && output.stderr.is_empty(), "{page}: {}", said(&output));
        let text = plain(&String::from_utf8_lossy(&output.stdout));
        assert!(text.contains(reads), "{page}: {reads}\n{text}");
        assert!(text.contains("linnstream manual"), "{page}: its first line\n{text}");
        for heading in ["NAME", "SYNOPSIS", "SEE ALSO"] {
            assert!(text.contains(&format!("\n{heading}\n")), "{page}: {heading}\n{text}");
        }
        if let Some(output) = tool("mandoc", &["-T", "lint", "-W", "error", &file]) {
            assert!(output.status.success(), "{}", said(&output));
        }
    }
}

/// Without the overstriking by which a terminal shows bold, and with plain hyphens.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for letter in text.chars() {
        match letter {
            '\u{8}' => drop(plain.pop()),
            '\u{2010}' | '\u{2212}' => plain.push('-'),
            other => plain.push(other),
        }
    }
    plain
}

#[test]
fn man_alone_prints_the_page_of_the_commands() {
    let page = linnstream(&["man"]);
    assert!(page.status.success());
    assert!(said(&page).contains(".TH LINNSTREAM 1"), "{}", said(&page));
}

#[test]
fn bash_completes_commands_and_their_options() {
    let script = linnstream(&["completions", "bash"]);
    assert!(script.status.success() && script.stderr.is_empty());
    let asks = "complete -p linnstream >/dev/null || exit 1\n\
                complete_words() { COMP_WORDS=(linnstream \"$@\"); COMP_CWORD=$#; COMPREPLY=(); \
                _linnstream linnstream \"${!#}\" \"\"; printf '%s\\n' \"${COMPREPLY[@]}\"; }\n\
                complete_words sta\ncomplete_words demo --until\ncomplete_words config sh\n";
    let shell = format!("{}\n{asks}", String::from_utf8_lossy(&script.stdout));
    let mut bash = Command::new("bash");
    bash.args(["--norc", "--noprofile", "-c", &shell]);
    let Some(output) = ran(&mut bash, "bash") else { return };
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "status\n--until-sent\nshow\n",
        "{}",
        said(&output)
    );
}

#[test]
fn zsh_and_fish_take_their_scripts() {
    for shell in ["zsh", "fish"] {
        let script = linnstream(&["completions", shell]);
        assert!(script.status.success() && !script.stdout.is_empty(), "{shell}");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("script");
        std::fs::write(&file, &script.stdout).expect("written");
        if let Some(output) = tool(shell, &["-n", &file.display().to_string()]) {
            assert!(output.status.success(), "{shell}: {}", said(&output));
        }
    }
    let unknown = linnstream(&["completions", "csh"]);
    assert_eq!(unknown.status.code(), Some(2));
}
