//! The documents about the configuration.

use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::config::{Effective, Origin, Problem};

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

/// The value of every key, with where it comes from when that was asked for.
pub(in crate::cli) fn config_show(all: &[Effective], origin_of: Option<&Path>) -> Value {
    let entries = all.iter().map(|one| {
        let value = match origin_of {
            None => one.value.clone(),
            Some(file) => json!({ "value": one.value, "origin": origin(&one.origin, file) }),
        };
        (one.key.to_owned(), value)
    });
    Value::Object(entries.collect::<Map<_, _>>())
}

/// Where a value comes from, in words.
pub(in crate::cli) fn origin(origin: &Origin, file: &Path) -> String {
    match origin {
        Origin::Line(line) => format!("{}:{line}", file.display()),
        Origin::Credential(name) => format!("credential {name}"),
        Origin::Wizard => "linnworks".to_owned(),
        Origin::Default => "default".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_is_shown_by_key_with_or_without_where_it_comes_from() {
        let of = |key, value, origin| Effective { key, value, is_secret: false, origin };
        let all = [
            of("labels.copies", json!(2), Origin::Line(7)),
            of("linnworks.token_file", json!("set"), Origin::Credential("linnworks-token")),
            of("partner.id", Value::Null, Origin::Default),
        ];
        let plain = json!({"labels.copies": 2, "linnworks.token_file": "set", "partner.id": null});
        assert_eq!(config_show(&all, None), plain);
        let wanted = json!({
            "labels.copies": {"value": 2, "origin": "/c.toml:7"},
            "linnworks.token_file": {"value": "set", "origin": "credential linnworks-token"},
            "partner.id": {"value": null, "origin": "default"},
        });
        assert_eq!(config_show(&all, Some(Path::new("/c.toml"))), wanted);
    }

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
