//! `linnstream support`: one file for a support case. It has what somebody elsewhere needs to understand an
//! installation, and nothing that is secret or points at a customer. It is made with and without a daemon, and
//! with a configuration that cannot be read: that is when it is needed.
//!
//! - `words`: free text without what points at a person
//! - `settings`: the configuration
//! - `place`: files, their modes, the platform
//! - `daemon`: what the daemon says

mod daemon;
mod place;
mod settings;
mod words;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tui::client::Client;

use super::{Exit, Failed, json as documents};
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, Environment};
use crate::domain::time::Moment;
use crate::logging::Redactor;

/// Number of the file's form.
const FORM: u32 = 1;

/// Writes the file.
pub(super) fn execute(
    config: &Path,
    socket: Option<PathBuf>,
    as_json: bool,
    file: &Path,
) -> Result<Exit, Failed> {
    if file.symlink_metadata().is_ok() {
        return Err(already_there(file));
    }
    let redactor = Redactor::default();
    let document = gathered(config, socket, &redactor);
    write(file, &document)?;
    let mut out = io::stdout().lock();
    if as_json {
        documents::print(&mut out, &json!({ "file": file.display().to_string() }))?;
    } else {
        writeln!(
            out,
            "{} is written, for nobody else to read. Secrets and personal data were left out; look through it \
             before you send it.",
            file.display()
        )?;
    }
    Ok(Exit::Done)
}

/// Everything, and through the redactor as a whole at the end.
fn gathered(config: &Path, socket: Option<PathBuf>, redactor: &Redactor) -> Value {
    let environment = Environment::of_process();
    let loaded = Config::load(config, &environment).ok();
    if let Some(loaded) = &loaded {
        settings::register(loaded, redactor);
        place::register(&loaded.store.path, redactor);
    }
    let database = loaded.as_ref().map(|loaded| loaded.store.path.clone());
    let socket = socket
        .map_or_else(|| Config::socket_of(config).map_err(|problems| problems.to_string()), Ok);
    let client = socket.clone().and_then(|socket| {
        Client::connect(&socket, env!("CARGO_PKG_VERSION")).map_err(|error| error.to_string())
    });
    let now = SystemClock::continuing(Moment(0)).now().wall;
    let mut document = json!({
        "form": FORM,
        "made_at": now.rfc3339(),
        "version": env!("CARGO_PKG_VERSION"),
        "protocol": tui::protocol::VERSION,
        "platform": place::platform(),
        "configuration": settings::shown(config, &environment),
        "store": database.as_deref().map(place::store),
        "files": database.as_deref().map(place::files),
        "socket": socket.ok().map(|socket| place::file(&socket)),
        "daemon": daemon::said(client),
    });
    clean(&mut document, redactor);
    document
}

/// Each text on its own, so that what is masked never spoils the document.
fn clean(value: &mut Value, redactor: &Redactor) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) => *text = redactor.clean(text).into_owned(),
        Value::Array(list) => list.iter_mut().for_each(|one| clean(one, redactor)),
        Value::Object(members) => members.values_mut().for_each(|one| clean(one, redactor)),
    }
}

fn already_there(file: &Path) -> Failed {
    let text = format!("{} is there already: name another file", file.display());
    Failed::new(Exit::Usage, text)
}

/// Whole or not at all, for nobody else, and never over another file.
fn write(file: &Path, document: &Value) -> Result<(), Failed> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let failed = |error: io::Error| {
        Failed::new(Exit::Internal, format!("{} cannot be written: {error}", file.display()))
    };
    let mut draft = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    documents::print(&mut draft, document).map_err(failed)?;
    draft.as_file().sync_all().map_err(failed)?;
    match draft.persist_noclobber(file) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(already_there(file))
        }
        Err(error) => Err(failed(error.error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_file_is_for_its_owner_alone_and_one_that_is_there_stays_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("case.json");
        let none = folder.path().join("none.toml");
        assert_eq!(execute(&none, None, true, &file).expect("written"), Exit::Done);
        let mode = std::fs::metadata(&file).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let before = std::fs::read(&file).expect("read");
        let error = execute(&none, None, true, &file).expect_err("refused");
        assert_eq!(error.exit, Exit::Usage);
        assert!(error.text.contains("is there already"), "{}", error.text);
        assert!(write(&file, &Value::Null).is_err(), "also when it came meanwhile");
        assert_eq!(std::fs::read(&file).expect("read"), before);
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1, "no draft stays");
        let nowhere = folder.path().join("none/case.json");
        let error = execute(&none, None, true, &nowhere).expect_err("no folder");
        assert!(error.text.contains("none/case.json cannot be written"), "{}", error.text);
    }

    #[test]
    fn without_configuration_and_daemon_it_says_why_there_is_so_little() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("broken.toml");
        std::fs::write(&file, "sync.order = \"on\"\nstore.path = \"/nowhere/x.redb\"\n")
            .expect("written");
        let socket = Some(folder.path().join("none.sock"));
        let document = gathered(&file, socket, &Redactor::default());
        let problems = document["configuration"]["problems"].as_array().expect("a list").clone();
        assert!(
            problems.iter().any(|one| one["key"] == "sync.order" && one["line"] == 1),
            "{problems:?}"
        );
        assert_eq!(document["daemon"]["answers"], false);
        let why = document["daemon"]["why"].as_str().expect("a sentence");
        assert!(why.contains("no linnstream daemon answers"), "{why}");
        assert_eq!(document["version"], env!("CARGO_PKG_VERSION"));
    }
}
