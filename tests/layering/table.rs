//! The layers, and every exception to "only from a lower layer".

/// A part of the program that has a place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its name.
    pub name: &'static str,
    /// Its layer.
    pub layer: u8,
}

/// Name as a path below the crate, and layer.
const UNITS: [(&str, u8); 28] = [
    ("domain", 0),
    ("http", 1),
    ("clock", 1),
    ("config", 1),
    ("wake", 1),
    ("pulse", 1),
    ("tally", 1),
    ("actor", 2),
    ("logging", 1),
    ("store", 2),
    ("api", 2),
    ("api::linnworks", 2),
    ("api::stream", 2),
    ("label", 2),
    ("flow", 3),
    ("worker", 4),
    ("poll", 4),
    ("listener", 4),
    ("console", 4),
    ("probe", 4),
    ("runtime", 5),
    ("sandbox", 5),
    ("cli", 6),
    ("demo", 6),
    ("main", 7),
    ("lib", 7),
    ("tui", 7),
    ("tui::protocol", 7),
];

/// Outside crates that one part knows and no other: the storage engine, the network, the runtime of
/// the console, the configuration's format.
const OWNED: [(&str, &[&str]); 5] = [
    ("redb", &["store"]),
    ("tokio", &["console"]),
    ("ureq", &["http"]),
    ("toml", &["config"]),
    ("tiny_http", &["listener", "sandbox"]),
];

/// The only outside crates that the protocol may name.
const PROTOCOL_CRATES: [&str; 5] = ["std", "core", "alloc", "serde", "postcard"];

impl Unit {
    /// A unit by its name.
    pub fn named(name: &str) -> Option<Self> {
        let found = UNITS.iter().find(|(known, _)| *known == name)?;
        Some(Self { name: found.0, layer: found.1 })
    }

    /// The unit that a source file belongs to.
    pub fn of_file(path: &str) -> Option<Self> {
        if let Some(inner) = path.strip_prefix("tui/src/") {
            let protocol = inner == "protocol.rs" || inner.starts_with("protocol/");
            return Self::named(if protocol { "tui::protocol" } else { "tui" });
        }
        Self::of_path(&module_of(path))
    }

    /// The unit that a path below the crate leads into.
    pub fn of_path(path: &[String]) -> Option<Self> {
        let first = path.first()?;
        let two = path.get(1).and_then(|second| Self::named(&format!("{first}::{second}")));
        // A part of a split unit that is not listed belongs to the unit itself.
        two.or_else(|| Self::named(first))
    }
}

/// The module path of a source file below `src`: `src/api/stream/wire.rs` is `api::stream::wire`.
pub fn module_of(path: &str) -> Vec<String> {
    let inner = path.strip_prefix("tui/src/").or_else(|| path.strip_prefix("src/"));
    let inner = inner.unwrap_or(path).trim_end_matches(".rs");
    let mut parts: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

/// Why a file of `from` may not name `path`, a path below the crate that leads into `to`.
pub fn refusal(from: Unit, to: Unit, path: &[String]) -> Option<&'static str> {
    if from == to {
        return None;
    }
    if from.name == "sandbox" {
        return sandbox_refusal(to, path);
    }
    if to.name == "api" && from.name.starts_with("api::") {
        // What both systems have in common stands beside them and knows neither.
        return None;
    }
    if from.name == "cli" && to.name == "demo" {
        // The command of that name starts it.
        return None;
    }
    if to.layer >= from.layer {
        return Some(if to.layer == from.layer {
            "of the same layer"
        } else {
            "of a higher layer"
        });
    }
    let second = path.get(1).map(String::as_str);
    match (from.name, to.name) {
        ("flow" | "label" | "listener" | "console", "api" | "api::linnworks" | "api::stream") => {
            Some("only worker, poll, probe and what assembles them see the systems")
        }
        ("probe" | "label", "store") => Some("it is handed values and keeps none"),
        (_, "sandbox") if !matches!(from.name, "cli" | "demo") => {
            Some("the sandbox is for cli, demo and tests")
        }
        (_, "config") if second == Some("Config") && from.layer < 5 => {
            Some("only runtime takes the whole configuration apart")
        }
        _ => None,
    }
}

/// The sandbox shares no type with what it plays the other side of.
fn sandbox_refusal(to: Unit, path: &[String]) -> Option<&'static str> {
    let second = path.get(1).map_or("", String::as_str);
    let is_module = second.chars().next().is_some_and(char::is_lowercase);
    match to.name {
        "clock" => None,
        "http" if !is_module => None,
        "domain" if second == "time" => None,
        _ => Some("the sandbox knows the types of http, domain::time and clock, and nothing else"),
    }
}

/// Why a file of `from` may not name a path into an outside crate.
pub fn outside_refusal(from: Unit, path: &[String]) -> Option<String> {
    let name = path.first()?.as_str();
    if from.name == "tui::protocol" {
        return (!PROTOCOL_CRATES.contains(&name))
            .then(|| "the protocol knows std, serde and postcard alone".to_owned());
    }
    if from.name == "tui" {
        return None;
    }
    if name == "tui" {
        let second = path.get(1).map_or("", String::as_str);
        let allowed: &[&str] = match from.name {
            "main" => return None,
            "console" => &["protocol"],
            "cli" | "demo" => &["protocol", "client", "run"],
            _ => &[],
        };
        return (!allowed.contains(&second))
            .then(|| format!("it may name {allowed:?} of tui and nothing else"));
    }
    let (_, owners) = OWNED.iter().find(|(owned, _)| *owned == name)?;
    (!owners.contains(&from.name))
        .then(|| format!("{name} is known to {} alone", owners.join(", ")))
}
