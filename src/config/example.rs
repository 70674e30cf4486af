//! The example configuration of the package, taken apart: every key with its default and what it is for.
//! The manual page linnstream.toml(5) is made of it.
//!
//! Its form: `# ` begins prose, `[name]` or `#[[name]]` a section, `#key = value` a key that is not set.
//! Prose belongs to what comes right below it. `# example` at the end of a line says that the value is no
//! default.

/// The text, as it is installed.
pub const EXAMPLE: &str = include_str!("../../systemd/config.example.toml");

/// What ends the line of a key that has no default.
const NO_DEFAULT: &str = "# example";

/// One section of the example.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExampleSection {
    /// Its name; empty for what stands above all of them.
    pub name: String,
    /// Whether there may be several: `[[name]]`.
    pub is_list: bool,
    /// What it is for, in paragraphs.
    pub about: Vec<String>,
    /// Its keys.
    pub keys: Vec<ExampleKey>,
}

/// One key of the example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleKey {
    /// Its name within the section.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// As it stands behind the equals sign.
    pub value: String,
    /// Whether the value holds when the key is not set.
    pub is_default: bool,
    /// Line of the key, from 1.
    pub line: usize,
}

/// The example in its parts: first what stands above all sections, then the sections in their order.
pub fn example() -> Vec<ExampleSection> {
    let mut sections = vec![ExampleSection::default()];
    let mut prose: Vec<&str> = Vec::new();
    for (line, number) in EXAMPLE.lines().zip(1..) {
        let list = line.strip_prefix("#[[").and_then(|rest| rest.strip_suffix("]]"));
        let table = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        if let Some(name) = list.or(table) {
            let about = paragraphs(&std::mem::take(&mut prose));
            let (name, is_list) = (name.to_owned(), list.is_some());
            sections.push(ExampleSection { name, is_list, about, keys: Vec::new() });
        } else if let Some(text) = line.strip_prefix("# ").or((line == "#").then_some("")) {
            prose.push(text);
        } else if let Some((name, value)) =
            line.strip_prefix('#').and_then(|rest| rest.split_once(" = "))
        {
            let about = std::mem::take(&mut prose).join(" ");
            let (value, is_default) = match value.trim_end().strip_suffix(NO_DEFAULT) {
                Some(value) => (value.trim_end(), false),
                None => (value, true),
            };
            let (name, value) = (name.to_owned(), value.to_owned());
            let key = ExampleKey { name, about, value, is_default, line: number };
            sections.last_mut().expect("never empty").keys.push(key);
        } else if let [first] = &mut sections[..]
            && line.is_empty()
        {
            first.about.extend(paragraphs(&std::mem::take(&mut prose)));
        }
    }
    sections
}

/// Lines as paragraphs; an empty one parts them.
fn paragraphs(lines: &[&str]) -> Vec<String> {
    let parts = lines.split(|line| line.is_empty());
    parts.map(|part| part.join(" ")).filter(|text| !text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::config::{Config, Environment, keys};

    fn dotted(section: &ExampleSection, key: &ExampleKey) -> String {
        format!("{}.{}", section.name, key.name)
    }

    fn sections(is_list: bool) -> impl Iterator<Item = ExampleSection> {
        example().into_iter().skip(1).filter(move |section| section.is_list == is_list)
    }

    /// The example with these lines no longer behind their `#`.
    fn uncommented(lines: &[usize]) -> String {
        let line = |(text, number): (&str, usize)| {
            let set = lines.contains(&number).then(|| text.strip_prefix('#')).flatten();
            format!("{}\n", set.unwrap_or(text))
        };
        EXAMPLE.lines().zip(1..).map(line).collect()
    }

    fn of(text: &str) -> Config {
        Config::parse(text, &Environment::default())
            .unwrap_or_else(|problems| panic!("{problems}\n{text}"))
    }

    #[test]
    fn every_key_stands_in_the_example_and_no_other_does() {
        let mut named: Vec<String> = sections(false)
            .flat_map(|section| {
                section.keys.iter().map(|key| dotted(&section, key)).collect::<Vec<_>>()
            })
            .collect();
        named.extend(sections(true).map(|section| section.name));
        named.sort();
        assert_eq!(named, keys::KEYS);
        let mut of_services: Vec<String> =
            sections(true).flat_map(|section| section.keys).map(|key| key.name).collect();
        of_services.sort();
        assert_eq!(of_services, keys::SERVICE_KEYS);
    }

    #[test]
    fn every_section_and_every_key_says_what_it_is_for_and_no_line_is_passed_over() {
        for section in example() {
            assert!(!section.about.is_empty(), "[{}]", section.name);
            for key in &section.keys {
                assert!(key.about.len() > 8, "{}", dotted(&section, key));
                assert!(key.about.ends_with('.') || key.about.ends_with("\"on\"."), "{key:?}");
            }
        }
        let keys: usize = example().iter().map(|section| section.keys.len()).sum();
        let behind = EXAMPLE.lines().filter(|line| {
            line.starts_with('#')
                && !line.starts_with("# ")
                && !line.starts_with("#[[")
                && *line != "#"
        });
        assert_eq!(behind.count(), keys);
    }

    #[test]
    fn the_example_as_it_is_sets_nothing() {
        assert_eq!(of(EXAMPLE).values(), of("").values());
    }

    #[test]
    fn every_default_that_is_shown_is_the_default() {
        let defaults = of("").values();
        let mut seen = 0;
        for section in sections(false) {
            for key in section.keys.iter().filter(|key| key.is_default) {
                let name = dotted(&section, key);
                if name == "store.path" {
                    // Its folder is made by the package: without it the value alone can be compared.
                    assert_eq!(key.value, defaults["store.path"].to_string());
                } else {
                    let text = uncommented(&[key.line]);
                    assert_eq!(of(&text).values(), defaults, "{name} = {}", key.value);
                    let read = Config::parse_with_lines(&text, &Environment::default());
                    assert_eq!(read.expect("good").1.get(&name), Some(&key.line), "{name}");
                }
                seen += 1;
            }
        }
        assert!(seen > 50, "{seen}");
    }

    #[test]
    fn a_key_without_a_default_has_none_and_its_example_is_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        std::fs::write(&file, "secret\n").expect("written");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("set");
        let defaults = of("").values();
        let mut seen = 0;
        for section in sections(false) {
            for key in section.keys.iter().filter(|key| !key.is_default) {
                let name = dotted(&section, key);
                let mut text = uncommented(&[key.line]);
                if name.ends_with("_file") {
                    text =
                        text.replacen(&key.value, &format!("{:?}", file.display().to_string()), 1);
                }
                let values = of(&text).values();
                assert_ne!(values[name.as_str()], defaults[name.as_str()], "{name}");
                let none = ["not set".into(), serde_json::Value::Null];
                let is_none = none.contains(&defaults[name.as_str()]) || name == "site.name";
                assert!(is_none, "{name} has the default {}", defaults[name.as_str()]);
                seen += 1;
            }
        }
        assert!(seen > 20, "{seen}");
        let mut lines: Vec<usize> =
            sections(true).flat_map(|section| section.keys).map(|key| key.line).collect();
        let head = EXAMPLE.lines().position(|line| line == "#[[services]]").expect("there") + 1;
        lines.push(head);
        let services = of(&uncommented(&lines)).services;
        assert_eq!(services.len(), 1);
        assert!(services[0].skip_composite_parent.is_some() && services[0].kind.is_some());
    }
}
