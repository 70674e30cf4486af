//! A session written down as an asciicast (version 2), which other players know too, and played again. What
//! is written is what was on the screen, so personal data is masked as it is there; while it is shown in
//! full, nothing is written.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

/// Largest recording: hours of a busy screen.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Longest pause when it is played again.
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// A recording that is being made.
#[derive(Clone)]
pub(crate) struct Recording {
    file: Arc<Mutex<(File, u64)>>,
    held: Arc<AtomicBool>,
    clock: Arc<dyn Fn() -> i64 + Send + Sync>,
    began: i64,
}

impl Recording {
    /// Begins one.
    ///
    /// # Errors
    /// When the file cannot be made; one that is there is not overwritten.
    pub(crate) fn begin(
        path: &Path,
        (columns, rows): (u16, u16),
        clock: Arc<dyn Fn() -> i64 + Send + Sync>,
    ) -> io::Result<Self> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.create_new(true).write(true).mode(0o600).open(path)?;
        writeln!(file, "{}", json!({"version": 2, "width": columns, "height": rows}))?;
        let began = clock();
        Ok(Self { file: Arc::new(Mutex::new((file, 0))), held: Arc::default(), clock, began })
    }

    /// Whether nothing is written now.
    pub(crate) fn hold(&self, held: bool) {
        self.held.store(held, Ordering::Relaxed);
    }

    fn add(&self, bytes: &[u8]) {
        if self.held.load(Ordering::Relaxed) {
            return;
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if file.1 > BYTES_MAX {
            return;
        }
        let seconds = ((self.clock)() - self.began) as f64 / 1000.0;
        let line = json!([seconds, "o", String::from_utf8_lossy(bytes)]).to_string();
        file.1 += line.len() as u64;
        // A full disk ends the recording, not the console.
        let _ = writeln!(file.0, "{line}");
    }
}

/// Stdout, with a recording beside it.
pub(crate) struct Tee {
    out: io::Stdout,
    recording: Option<Recording>,
    frame: Vec<u8>,
}

impl Tee {
    pub(crate) fn new(recording: Option<Recording>) -> Self {
        Self { out: io::stdout(), recording, frame: Vec::new() }
    }
}

impl Write for Tee {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A frame goes out whole: half of one is seen as flicker over a slow line.
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some(recording) = self.recording.as_ref().filter(|_| !self.frame.is_empty()) {
            recording.add(&self.frame);
        }
        let frame = std::mem::take(&mut self.frame);
        self.out.write_all(&frame)?;
        self.out.flush()
    }
}

/// Plays a recording at its pace; long pauses are shortened.
///
/// # Errors
/// When it cannot be read, or is none.
pub(crate) fn play(path: &Path, out: &mut impl Write, pause: impl Fn(Duration)) -> io::Result<()> {
    let other = || io::Error::new(io::ErrorKind::InvalidData, "it is no recording of a console");
    let mut lines = BufReader::new(io::Read::take(File::open(path)?, 2 * BYTES_MAX)).lines();
    let head: Value = lines
        .next()
        .ok_or_else(other)?
        .map(|line| serde_json::from_str(&line).unwrap_or_default())?;
    if head["version"] != 2 {
        return Err(other());
    }
    let mut last = 0.0;
    for line in lines {
        let entry: Value = serde_json::from_str(&line?).map_err(|_| other())?;
        let (Some(at), Some(text)) = (entry[0].as_f64(), entry[2].as_str()) else {
            return Err(other());
        };
        let wait = Duration::try_from_secs_f64((at - last).max(0.0)).unwrap_or(PAUSE_MAX);
        pause(wait.min(PAUSE_MAX));
        last = at;
        out.write_all(text.as_bytes())?;
        out.flush()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicI64;

    #[test]
    fn a_session_plays_again_as_it_was_and_what_was_held_is_not_in_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("session.cast");
        let now = Arc::new(AtomicI64::new(0));
        let clock = {
            let now = now.clone();
            Arc::new(move || now.load(Ordering::Relaxed))
        };
        let recording = Recording::begin(&path, (80, 24), clock.clone()).expect("begun");
        recording.add(b"one \"quoted\" \x1b[1m");
        now.store(1_500, Ordering::Relaxed);
        recording.hold(true);
        recording.add("LS18 4QB".as_bytes());
        recording.hold(false);
        now.store(60_000, Ordering::Relaxed);
        recording.add("two…".as_bytes());
        let (mut out, waits) = (Vec::new(), Mutex::new(Vec::new()));
        play(&path, &mut out, |wait| waits.lock().expect("whole").push(wait)).expect("played");
        assert_eq!(String::from_utf8(out).expect("text"), "one \"quoted\" \x1b[1mtwo…");
        assert_eq!(waits.into_inner().expect("whole"), [Duration::ZERO, PAUSE_MAX]);
        assert!(Recording::begin(&path, (80, 24), clock).is_err(), "never overwritten");
        std::fs::write(&path, "nothing").expect("written");
        assert!(play(&path, &mut Vec::new(), |_| ()).is_err());
    }
}
