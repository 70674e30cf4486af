//! Where things are: the database, the admin socket, and the files that hold secrets. For those who move an
//! installation or work on it while the daemon is stopped.

use std::path::{Path, PathBuf};

use super::{Config, Problem, Problems, document, file_text, keys, read};

/// Where an installation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The database.
    pub database: PathBuf,
    /// Where the daemon is asked.
    pub socket: PathBuf,
}

impl Config {
    /// Where an installation is. Of the file only `store.path` and `admin.socket` count: what is stopped can
    /// be repaired whatever else is missing, also its secrets.
    ///
    /// # Errors
    /// What is wrong with these keys, or that the file cannot be read.
    pub fn places_of(path: &Path) -> Result<Places, Problems> {
        let problem = |text| Problem { key: String::new(), line: None, text };
        let named = |list| Problems { file: Some(path.to_owned()), list };
        let text = file_text(path).map_err(|text| named(vec![problem(text)]))?;
        let mut document = document::Document::parse(&text);
        let database = read::store(&mut document).path;
        let socket = read::admin(&mut document).socket;
        let ours = |one: &Problem| {
            ["store.path", "admin.socket"].contains(&one.key.as_str()) || one.key.is_empty()
        };
        let list: Vec<Problem> = document.into_problems().into_iter().filter(ours).collect();
        if list.is_empty() { Ok(Places { database, socket }) } else { Err(named(list)) }
    }

    /// The files that hold secrets: those that the configuration names, and credentials that are used.
    pub fn secret_files(&self) -> Vec<PathBuf> {
        let (text, environment) = self.source.read_from();
        let mut document = document::Document::parse(text);
        let credentials = environment.credentials_directory.as_ref();
        let one = |secret: &keys::SecretKey| {
            let named = document.text(secret.file).map(PathBuf::from);
            named.or_else(|| {
                let credential = credentials?.join(secret.credential);
                credential.exists().then_some(credential)
            })
        };
        keys::SECRETS.iter().filter_map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    #[test]
    fn the_places_of_an_installation_are_found_whatever_else_is_wrong_with_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("config.toml");
        let database = folder.path().join("db.redb");
        let write = |text: String| std::fs::write(&file, text).expect("written");
        write(format!(
            "store.path = {database:?}\nadmin.socket = \"/run/x.sock\"\nstream.batch = 99\n\
             stream.client_secret_file = \"/gone\"\n"
        ));
        let places = Config::places_of(&file).expect("found");
        assert_eq!(places, Places { database, socket: "/run/x.sock".into() });
        write("store.path = \"/nowhere/at/all/db.redb\"\n".to_owned());
        let problems = Config::places_of(&file).expect_err("no folder");
        assert!(problems.to_string().contains("/nowhere/at/all"), "{problems}");
        assert!(Config::places_of(&folder.path().join("none")).is_err());
    }

    #[test]
    fn files_of_secrets_are_those_named_and_credentials_that_are_there() {
        use std::os::unix::fs::OpenOptionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let secret = |name: &str| {
            let mut options = std::fs::File::options();
            let path = folder.path().join(name);
            let mut file = options.write(true).create(true).mode(0o600).open(&path).expect("made");
            std::io::Write::write_all(&mut file, b"abc").expect("written");
            path
        };
        let (mine, credential) = (secret("mine"), secret("linnworks-token"));
        let env = Environment {
            credentials_directory: Some(folder.path().to_owned()),
            ..Environment::default()
        };
        let text = format!("stream.client_id = \"c\"\nstream.client_secret_file = {mine:?}\n");
        let config = Config::parse(&text, &env).expect("right");
        assert_eq!(config.secret_files(), [credential, mine]);
    }
}
