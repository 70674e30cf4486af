//! The configuration in a support file: every value with where it comes from, or every problem; of secrets
//! only whether they are set, of people and addresses likewise.

use std::path::Path;

use serde_json::{Value, json};

use super::super::json::{check_config, origin};
use crate::config::{Config, Effective, Environment};
use crate::logging::Redactor;

/// Every secret of the configuration is masked from now on.
pub(super) fn register(config: &Config, redactor: &Redactor) {
    let secrets = [
        &config.listener.path_token,
        &config.listener.webhook_secret,
        &config.linnworks.application_secret,
        &config.linnworks.token,
        &config.stream.client_secret,
    ];
    secrets.into_iter().flatten().for_each(|secret| redactor.register(secret));
}

/// All of it.
pub(super) fn shown(file: &Path, environment: &Environment) -> Value {
    let path = file.display().to_string();
    match Config::effective(file, environment) {
        Ok(values) => {
            let one = |one: &Effective| {
                let origin = origin(&one.origin, file);
                json!({"key": one.key, "value": bare(one.key, &one.value), "origin": origin})
            };
            let values: Vec<Value> = values.iter().map(one).collect();
            json!({"file": path, "problems": [], "values": values})
        }
        Err(problems) => {
            let listed = serde_json::to_value(check_config(&problems.list)).unwrap_or_default();
            json!({"file": path, "problems": listed["problems"], "values": []})
        }
    }
}

/// A value without people, addresses and what commands may carry.
fn bare(key: &str, value: &Value) -> Value {
    if value.is_null() {
        return Value::Null;
    }
    match key {
        key if key.starts_with("sender.") && key != "sender.country" => json!("set"),
        "partner.name" | "partner.id" => json!("set"),
        "alarms.command" => {
            // The program and its arguments, as a list.
            let program = value.get(0).unwrap_or(value).as_str().unwrap_or_default();
            let program = program.split_whitespace().next().unwrap_or_default();
            json!(format!("{program} (arguments left out)"))
        }
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_origin_and_people_addresses_and_arguments_are_left_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("config.toml");
        let text = "site.name = \"Leeds DC\"\nstore.path = \"x.redb\"\nsender.contact_name = \"Jo Canary\"\n\
                    sender.address1 = \"1 Canary Street\"\nsender.phone = \"01632 960110\"\nsender.country = \"GB\"\n\
                    partner.name = \"Canary Ltd\"\nalarms.command = \"/bin/mail -s canary\"\n\
            ";
        std::fs::write(&file, text).expect("written");
        let environment = Environment::default();
        let shown = shown(&file, &environment);
        let text = shown.to_string().to_lowercase();
        assert!(!text.contains("canary") && !text.contains("960110"), "{text}");
        let value = |key: &str| {
            let all = shown["values"].as_array().expect("a list");
            all.iter().find(|one| one["key"] == key).expect(key).clone()
        };
        assert_eq!(value("site.name")["value"], "Leeds DC");
        assert!(value("site.name")["origin"].as_str().expect("text").ends_with(":1"));
        assert_eq!(value("alarms.command")["value"], "/bin/mail (arguments left out)");
        assert_eq!(value("sender.phone")["value"], "set");
        assert_eq!(value("sender.country")["value"], "GB");
        assert_eq!(value("stream.client_secret_file")["value"], "not set");
    }
}
