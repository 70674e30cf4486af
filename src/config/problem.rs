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

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.list.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            match &self.file {
                Some(file) => write!(f, "{}:", file.display())?,
                None => write!(f, "configuration:")?,
            }
            if let Some(line) = problem.line {
                write!(f, "{line}:")?;
            }
            if !problem.key.is_empty() {
                write!(f, " {}:", problem.key)?;
            }
            write!(f, " {}", problem.text)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
