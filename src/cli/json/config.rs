//! The documents about the configuration.

use serde::Serialize;

use crate::config::Problem;

#[derive(Serialize)]
pub(in crate::cli) struct Check {
    ok: bool,
    problems: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    /// Null for what belongs to no key: text that is not TOML, a file that cannot be read.
    key: Option<String>,
    line: Option<usize>,
    text: String,
}

/// What is wrong with a configuration.
pub(in crate::cli) fn check_config(problems: &[Problem]) -> Check {
    let shown = problems.iter().map(|problem| Shown {
        key: Some(problem.key.clone()).filter(|key| !key.is_empty()),
        line: problem.line,
        text: problem.text.clone(),
    });
    Check { ok: problems.is_empty(), problems: shown.collect() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_check_has_the_keys_scripts_rely_on() {
        let of = |list: &[Problem]| serde_json::to_value(check_config(list)).expect("JSON");
        assert_eq!(of(&[]), json!({"ok": true, "problems": []}));
        let problem = |key: &str, line| Problem { key: key.into(), line, text: "t".into() };
        let wanted = json!({"ok": false, "problems": [
            {"key": "sync.orders", "line": 7, "text": "t"}, {"key": null, "line": null, "text": "t"}]});
        assert_eq!(of(&[problem("sync.orders", Some(7)), problem("", None)]), wanted);
    }
}
