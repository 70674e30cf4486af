//! What is wrong with a configuration: all of it, each with its key and line.

use std::fmt;
use std::path::PathBuf;

/// One thing that is wrong. Its text never contains the value of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key, such as `sync.orders`; empty when the text is not TOML or the file is not readable.
    pub key: String,
    /// Line in the file, from 1; none for a key that is missing.
    pub line: Option<usize>,
    /// What is wrong and what to do, a lower-case fragment.
    pub text: String,
}

/// Everything that is wrong with one file, in the order of its lines. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    /// The file, when it was one.
    pub file: Option<PathBuf>,
    /// What is wrong.
    pub list: Vec<Problem>,
}

impl Problems {
    /// Each as `FILE:LINE: key: text`.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let file = self.file.as_ref();
        let file = file.map_or("configuration".to_owned(), |file| file.display().to_string());
        self.list.iter().map(move |problem| {
            let line = problem.line.map_or(String::new(), |line| format!("{line}:"));
            let key = match problem.key.as_str() {
                "" => String::new(),
                key => format!(" {key}:"),
            };
            format!("{file}:{line}{key} {}", problem.text)
        })
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().collect::<Vec<_>>().join("\n"))
    }
}

impl std::error::Error for Problems {}
