//! Paths of the repository that a document names must exist.

use super::sources::root;

/// What a path of the repository begins with.
const FOLDERS: [&str; 6] = ["src/", "tui/", "tests/", "systemd/", ".ci/", ".cargo/"];

/// Files at the root that a document may name.
const FILES: [&str; 9] = [
    "Cargo.toml",
    "Cargo.lock",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    ".deny.toml",
    ".clippy.toml",
    ".rustfmt.toml",
    ".gitignore",
];

/// The paths that do not exist, each with its document. A document that is not there names none.
pub fn missing_paths(documents: &[&str]) -> Vec<String> {
    let mut missing = Vec::new();
    for document in documents {
        let text = std::fs::read_to_string(root().join(document)).unwrap_or_default();
        missing.extend(
            missing_in(&text).into_iter().map(|path| format!("{document}: {path} does not exist")),
        );
    }
    missing
}

/// The paths of a text that do not exist.
pub fn missing_in(text: &str) -> Vec<String> {
    named_paths(text).into_iter().filter(|path| !root().join(path).exists()).collect()
}

/// The paths that a text names: in backticks, or first in a line of a fenced block.
pub fn named_paths(text: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            paths.extend(line.split_whitespace().next().and_then(path));
        } else {
            paths.extend(line.split('`').skip(1).step_by(2).filter_map(path));
        }
    }
    paths
}

/// A path of the repository, without the line number that may follow it.
fn path(word: &str) -> Option<String> {
    let named = FOLDERS.iter().any(|folder| word.starts_with(folder)) || FILES.contains(&word);
    let pattern = word.contains(['*', '{', '<', ' ', '$', '…']);
    let bare = word.split(':').next().unwrap_or(word);
    (named && !pattern).then(|| bare.to_owned())
}

/// Screens that the README shows and the console no longer draws.
pub fn outdated_screens() -> Vec<String> {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap_or_default();
    let shown = ["overview", "orders", "order", "errors", "runs"];
    let outdated = |screen: &&&str| {
        let name = format!("tui/tests/screens/{screen}-busy-80.txt");
        let drawn = std::fs::read_to_string(root().join(name)).unwrap_or_default();
        // Of several empty lines the README has one.
        let lines: Vec<&str> = drawn.trim_end().lines().collect();
        let kept = lines.iter().enumerate().filter(|(at, line)| {
            !line.is_empty() || lines.get(at + 1).is_some_and(|next| !next.is_empty())
        });
        let kept: Vec<&str> = kept.map(|(_, line)| *line).collect();
        kept.is_empty() || !readme.contains(&kept.join("\n"))
    };
    shown.iter().filter(outdated).map(|screen| (*screen).to_owned()).collect()
}
