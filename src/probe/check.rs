//! One thing that was looked at: a line, and what to do when it is not as it should be.

/// What came out of looking at one thing. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Short and stable, for scripts.
    pub name: &'static str,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was seen.
    pub text: String,
    /// What to do: of every fault, and where a hint helps.
    pub remedy: Option<String>,
}

impl Check {
    /// It is as it should be.
    pub fn good(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, ok: true, text: text.into(), remedy: None }
    }

    /// It is not, and this is to be done.
    pub fn fault(name: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name, ok: false, text: text.into(), remedy: Some(remedy.into()) }
    }

    /// No fault, but worth doing.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.remedy = Some(hint.into());
        self
    }
}

/// Some of many names, in quotes; the rest is counted.
pub fn listed<T: AsRef<str>>(names: &[T]) -> String {
    /// Enough to know what it is about; a line stays readable.
    const SHOWN_MAX: usize = 5;
    let shown: Vec<String> =
        names.iter().take(SHOWN_MAX).map(|name| format!("\"{}\"", name.as_ref())).collect();
    match names.len().saturating_sub(SHOWN_MAX) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// `1 depot`, `3 depots`.
pub fn counted(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_cut_and_says_how_much_is_left_out() {
        assert_eq!(listed(&["a", "b"]), "\"a\", \"b\"");
        assert_eq!(
            listed(&["1", "2", "3", "4", "5", "6", "7"]),
            "\"1\", \"2\", \"3\", \"4\", \"5\" and 2 more"
        );
        assert_eq!(
            (counted(1, "depot"), counted(0, "depot")),
            ("1 depot".into(), "0 depots".into())
        );
    }
}
