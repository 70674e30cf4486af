//! `linnstream label`: an order's label again, or one to try a printer with.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tui::client::Client;
use tui::protocol::{Reply, Request};

use super::{Exit, Failed, ask, json};
use crate::config::{Config, Environment, LabelFormat};
use crate::label::{self, Bitmap, Dpi};
use crate::listener::shipping;

/// The layout that a word names.
pub(super) fn layout(word: &str) -> Result<LabelFormat, String> {
    LabelFormat::parse(word).ok_or_else(|| format!("the layouts are {}", LabelFormat::words()))
}

/// Writes the labels of an order.
pub(super) fn execute(
    client: &mut Client,
    as_json: bool,
    number: u64,
    format: Option<LabelFormat>,
    out: Option<PathBuf>,
) -> Result<Exit, Failed> {
    // Said before anything is asked.
    let out = Target::of(out.unwrap_or_else(|| format!("label-{number}.png").into()))?;
    let request = Request::Label { number, format: format.map(|format| format.word().to_owned()) };
    let pictures = match client.ask(&request)? {
        Reply::Labels(pictures) => pictures,
        other => return Err(ask::unexpected(&other)),
    };
    out.write(as_json, &pictures)
}

/// Writes a label to try a printer with, at the resolution of the configuration where there is one.
pub(super) fn sample(
    config: &Path,
    as_json: bool,
    format: LabelFormat,
    out: Option<PathBuf>,
) -> Result<Exit, Failed> {
    let out = Target::of(out.unwrap_or_else(|| format!("label-{}.png", format.word()).into()))?;
    let dpi = match Config::load(config, &Environment::of_process()) {
        Ok(config) if config.labels.dpi == 300 => Dpi::Dpi300,
        Ok(_) | Err(_) => Dpi::Dpi203,
    };
    let drawn = label::draw(&label::sample(), shipping::layout(format), dpi);
    let bitmap = drawn.map_err(|error| Failed::new(Exit::Internal, error))?;
    out.write(as_json, &[bitmap.png()])
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Png,
    Pdf,
    Zpl,
}

/// Where to.
#[derive(Debug)]
enum Target {
    Stdout,
    File(PathBuf, Kind),
}

impl Target {
    fn of(path: PathBuf) -> Result<Self, Failed> {
        if path == Path::new("-") {
            return Ok(Self::Stdout);
        }
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let kind = match ending.as_deref() {
            Some("png") => Kind::Png,
            Some("pdf") => Kind::Pdf,
            Some("zpl") => Kind::Zpl,
            Some(_) | None => {
                let text = format!(
                    "{}: the name must end in .png, .pdf or .zpl, which says what is written",
                    path.display()
                );
                return Err(Failed::new(Exit::Usage, text));
            }
        };
        Ok(Self::File(path, kind))
    }

    fn write(&self, as_json: bool, pictures: &[Vec<u8>]) -> Result<Exit, Failed> {
        let mut out = io::stdout().lock();
        let (path, kind) = match (self, pictures) {
            (Self::File(path, kind), _) => (path, *kind),
            (Self::Stdout, [picture]) => {
                out.write_all(picture)?;
                return Ok(Exit::Done);
            }
            (Self::Stdout, several) => {
                let text = format!(
                    "there are {} labels, and one alone can go to stdout: give --out FILE",
                    several.len()
                );
                return Err(Failed::new(Exit::Usage, text));
            }
        };
        let mut files = Vec::new();
        for (at, picture) in pictures.iter().enumerate() {
            let file = numbered(path, at + 1);
            write_private(&file, &converted(picture, kind)?)?;
            files.push(file.display().to_string());
        }
        if as_json {
            json::print(&mut out, &serde_json::json!({ "files": files }))?;
        } else {
            for file in files {
                writeln!(out, "{file}")?;
            }
        }
        Ok(Exit::Done)
    }
}

fn converted(picture: &[u8], kind: Kind) -> Result<Vec<u8>, Failed> {
    // Byte for byte as it was printed.
    if kind == Kind::Png {
        return Ok(picture.to_vec());
    }
    let bitmap = Bitmap::from_png(picture).map_err(|error| Failed::new(Exit::Internal, error))?;
    Ok(match kind {
        Kind::Png => bitmap.png(),
        Kind::Pdf => label::pdf(&[bitmap]),
        Kind::Zpl => label::zpl(&[bitmap]).into_bytes(),
    })
}

/// `label.png`, `label-2.png`, `label-3.png`.
fn numbered(path: &Path, n: usize) -> PathBuf {
    if n == 1 {
        return path.to_owned();
    }
    let part = |part: Option<&std::ffi::OsStr>| {
        part.map(|part| part.to_string_lossy().into_owned()).unwrap_or_default()
    };
    path.with_file_name(format!("{}-{n}.{}", part(path.file_stem()), part(path.extension())))
}

/// Whole or not at all, and for nobody else: an address stands on it.
fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Failed> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut draft| {
        draft.write_all(bytes)?;
        draft.persist(path).map_err(|error| error.error)?;
        Ok(())
    });
    written.map_err(|error| {
        Failed::new(Exit::Internal, format!("{} cannot be written: {error}", path.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_ending_of_the_name_says_what_is_written() {
        for (name, kind) in [("a.png", Kind::Png), ("b/a.PDF", Kind::Pdf), ("a.b.zpl", Kind::Zpl)] {
            let Ok(Target::File(_, found)) = Target::of(name.into()) else { panic!("{name}") };
            assert_eq!(found, kind, "{name}");
        }
        assert!(matches!(Target::of("-".into()), Ok(Target::Stdout)));
        let error = Target::of("label.jpg".into()).expect_err("no kind");
        assert_eq!(error.exit, Exit::Usage);
        assert!(Target::of("label".into()).is_err());
    }

    #[test]
    fn further_pieces_are_numbered_before_the_ending_and_nobody_else_may_read_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = Target::of(folder.path().join("label.7.png")).expect("a name");
        target.write(false, &[vec![1], vec![2], vec![3]]).expect("written");
        for (name, byte) in [("label.7.png", 1), ("label.7-2.png", 2), ("label.7-3.png", 3)] {
            let path = folder.path().join(name);
            assert_eq!(std::fs::read(&path).expect(name), [byte]);
            let mode = std::fs::metadata(&path).expect(name).permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        assert!(Target::Stdout.write(false, &[vec![1], vec![2]]).is_err());
        let nowhere = Target::of(folder.path().join("none/label.png")).expect("a name");
        let error = nowhere.write(false, &[vec![1]]).expect_err("no folder");
        assert!(error.text.contains("none/label.png cannot be written"), "{}", error.text);
    }

    #[test]
    fn r56_a_label_to_try_a_printer_with_comes_as_png_pdf_and_zpl_in_every_layout() {
        let folder = tempfile::tempdir().expect("a folder");
        let none = folder.path().join("none.toml");
        for word in ["default", "portrait-without-qr", "portrait", "compact"] {
            for (ending, begin) in [("png", &b"\x89PNG"[..]), ("pdf", b"%PDF"), ("zpl", b"^XA")] {
                let file = folder.path().join(format!("{word}.{ending}"));
                let format = layout(word).expect("a layout");
                sample(&none, false, format, Some(file.clone())).expect("written");
                assert!(std::fs::read(&file).expect("read").starts_with(begin), "{word} {ending}");
            }
        }
        assert!(layout("A4").is_err());
    }
}
