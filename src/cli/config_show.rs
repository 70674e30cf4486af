//! `linnstream config show`: the value of every key. For people as TOML that could be a
//! configuration; what cannot stand in one is a comment.

use std::io::{self, Write as _};
use std::path::Path;

use serde_json::Value;

use super::{Exit, Failed, json};
use crate::config::{Config, Effective, Environment};

/// Prints what holds, and with `origin` where it comes from.
pub(super) fn execute(config: &Path, as_json: bool, origin: bool) -> Result<Exit, Failed> {
    let all = Config::effective(config, &Environment::of_process())
        .map_err(|problems| Failed::new(Exit::Usage, problems))?;
    let origin_of = origin.then_some(config);
    let mut out = io::stdout().lock();
    if as_json {
        json::print(&mut out, &json::config_show(&all, origin_of))?;
    } else {
        out.write_all(page(&all, origin_of).as_bytes())?;
    }
    Ok(Exit::Done)
}

fn page(all: &[Effective], origin_of: Option<&Path>) -> String {
    let mut text = String::new();
    for one in all {
        if let Some(file) = origin_of {
            text.push_str(&format!("# {}\n", json::origin(&one.origin, file)));
        }
        let key = one.key;
        let line = match &one.value {
            Value::String(masked) if one.is_secret => format!("# {key} is {masked}"),
            Value::Null => format!("# {key} is not set"),
            value => format!("{key} = {}", toml(value)),
        };
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// A value as TOML: texts are quoted alike in both, and control characters were refused.
fn toml(value: &Value) -> String {
    match value {
        Value::Array(list) => {
            format!("[{}]", list.iter().map(toml).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => {
            let entries = map
                .iter()
                .map(|(key, value)| format!("{} = {}", Value::String(key.clone()), toml(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_to_people_is_a_configuration_with_the_same_values() {
        let folder = tempfile::tempdir().expect("a folder");
        let (first, second) = (folder.path().join("a.toml"), folder.path().join("b.toml"));
        let set = "store.path = \"x.redb\"\nsite.name = \"Depot \\\"North\\\"\"\nlog.level = \"debug\"\n\
                   alarms.command = \"/bin/mail -s x\"\nwarehouse.map = { \"North. shed\" = \"N\" }\n\
                   stream.requests_per_second = 3\n[[services]]\nname = \"A\"\ndepot = \"D\"\nmethod = \"M\"\n\
                   skip_composite_parent = true\n";
        // The default folder of the database need not exist here.
        std::fs::write(&first, set).expect("written");
        let env = Environment::default();
        let shown = Config::effective(&first, &env).expect("good");
        for origin_of in [None, Some(first.as_path())] {
            std::fs::write(&second, page(&shown, origin_of)).expect("written");
            let again = Config::effective(&second, &env).expect("good");
            let values = |all: Vec<Effective>| all.into_iter().map(|one| one.value);
            assert!(values(again).eq(values(shown.clone())), "{}", page(&shown, origin_of));
        }
        assert!(page(&shown, None).contains("\n# stream.client_secret_file is not set\n"));
        assert!(page(&shown, Some(Path::new("/c"))).contains("# /c:3\nlog.level = \"debug\"\n"));
    }
}
