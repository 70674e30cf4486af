//! `alarms.command`: a program of the site's own is told of each warning that is raised or cleared, as JSON on its
//! stdin. One at a time, on a thread of its own: a program that hangs holds up nothing but the next one.
//!
//! What stands is in the database, so a warning that stood before a restart is not told again. One that was raised
//! in the last moment before a crash may not have been told; it stands in `status` all the same.

use std::io::{self, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::fs::{OFlags, fcntl_setfl};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::json;

use super::RunError;
use super::live::Live;
use crate::clock::Clock;
use crate::domain::alarm::Raised;
use crate::domain::time::Delay;
use crate::poll::watch::Herald;

/// Warnings that wait for the program: when all are raised at once.
pub(super) const WAITING_MAX: usize = 128;

/// The program is ended after this: it sends a mail or opens a ticket.
pub(super) const RUN_WITHIN: Delay = Delay::secs(30);

/// Bytes of what it prints that stand in the log.
pub(super) const OUTPUT_BYTES_MAX: usize = 2048;

/// Longest text handed over. The whole document fits what a pipe holds, so that writing it never waits.
const TEXT_CHARS_MAX: usize = 4000;

/// How often a running program is looked after.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Where it finds other programs. It gets no other variable: ours name credentials.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Tells the program.
pub(super) struct Crier {
    tell: SyncSender<Vec<u8>>,
    ended: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Crier {
    pub(super) fn start(live: &Arc<Live>) -> Result<Self, RunError> {
        let (tell, told) = sync_channel(WAITING_MAX);
        let ended = Arc::new(AtomicBool::new(false));
        let (live, over) = (Arc::clone(live), Arc::clone(&ended));
        let thread = std::thread::Builder::new()
            .name("alarms".to_owned())
            .spawn(move || serve(&live, &told, &over))
            .map_err(|source| RunError::System { what: "a thread", source })?;
        Ok(Self { tell, ended, thread })
    }

    /// For those who raise and clear. Never waits.
    pub(super) fn teller(&self, live: &Arc<Live>) -> Herald {
        let (tell, live) = (self.tell.clone(), Arc::clone(live));
        Box::new(move |alarm, raised| {
            let config = live.config();
            if config.alarms.command.is_empty() {
                return;
            }
            match tell.try_send(document(alarm, raised, &config.site.name)) {
                Ok(()) | Err(TrySendError::Disconnected(_)) => {}
                Err(TrySendError::Full(_)) => log::error!(
                    alarm = alarm.code.word();
                    "alarms.command is not told of \"{}\": {WAITING_MAX} others wait for it",
                    alarm.code.word()
                ),
            }
        })
    }

    /// Ends it. A program that runs is ended too.
    pub(super) fn end(self) {
        self.ended.store(true, Ordering::Release);
        // It waits for the next one to be told of, or looks after a program every moment.
        let _ = self.tell.try_send(Vec::new());
        drop(self.tell);
        if self.thread.join().is_err() {
            log::error!("the thread of alarms.command ended with a defect");
        }
    }
}

fn document(alarm: &Raised, raised: bool, site: &str) -> Vec<u8> {
    let text: String = alarm.text.chars().take(TEXT_CHARS_MAX).collect();
    let document = json!({
        "event": if raised { "raised" } else { "cleared" },
        "code": alarm.code.word(),
        "about": alarm.about,
        "text": text,
        "since": alarm.since.rfc3339(),
        "site": site,
    });
    format!("{document}\n").into_bytes()
}

fn serve(live: &Live, told: &Receiver<Vec<u8>>, ended: &AtomicBool) {
    while let Ok(document) = told.recv() {
        if ended.load(Ordering::Acquire) {
            return;
        }
        let command = live.config().alarms.command;
        if command.is_empty() {
            continue;
        }
        let program = command.first().map_or("", String::as_str).to_owned();
        match run(&command, &document, &*live.clock, ended) {
            Ok((ended, printed)) => say(&program, ended, &printed),
            Err(error) => log::error!("alarms.command: {program} cannot be run: {error}"),
        }
    }
}

fn say(program: &str, ended: Ended, printed: &[u8]) {
    let printed = String::from_utf8_lossy(printed);
    let printed = printed.trim();
    let colon = if printed.is_empty() { "" } else { ": " };
    match ended {
        Ended::Itself(status) if status.success() && printed.is_empty() => {
            log::debug!("alarms.command: {program} was told");
        }
        Ended::Itself(status) if status.success() => {
            log::info!("alarms.command: {program}: {printed}");
        }
        Ended::Itself(status) => {
            log::error!("alarms.command: {program} failed with {status}{colon}{printed}");
        }
        Ended::Late => log::error!(
            "alarms.command: {program} was ended after {} s{colon}{printed}",
            RUN_WITHIN.0 / 1000
        ),
        Ended::Stopped => {
            log::warn!("alarms.command: {program} was ended because linnstream stops");
        }
    }
}

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Itself(ExitStatus),
    Late,
    Stopped,
}

/// Runs the program without a shell, in a process group of its own, and answers how it ended and the beginning of
/// what it printed.
fn run(
    command: &[String],
    document: &[u8],
    clock: &dyn Clock,
    ended: &AtomicBool,
) -> io::Result<(Ended, Vec<u8>)> {
    let (program, arguments) = command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let (mut reader, writer) = io::pipe()?;
    fcntl_setfl(&reader, OFlags::NONBLOCK)?;
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", PATH)
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that does not read it has ended, or does not care.
        let _ = stdin.write_all(document);
    }
    let until = clock.now().mono.after(RUN_WITHIN);
    let mut printed = Vec::new();
    loop {
        drain(&mut reader, &mut printed);
        if let Some(status) = child.try_wait()? {
            drain(&mut reader, &mut printed);
            return Ok((Ended::Itself(status), printed));
        }
        let stopped = ended.load(Ordering::Acquire);
        if stopped || clock.now().mono >= until {
            end(&mut child);
            drain(&mut reader, &mut printed);
            return Ok((if stopped { Ended::Stopped } else { Ended::Late }, printed));
        }
        std::thread::park_timeout(LOOK_EVERY);
    }
}

/// Takes what was printed; what is beyond the limit is read and dropped, so that the program does not wait.
fn drain(reader: &mut io::PipeReader, printed: &mut Vec<u8>) {
    let mut part = [0; 4096];
    // A program that prints without end is looked after all the same.
    for _ in 0..64 {
        match reader.read(&mut part) {
            Ok(0) | Err(_) => return,
            Ok(read) => {
                let room = OUTPUT_BYTES_MAX.saturating_sub(printed.len());
                printed.extend_from_slice(&part[..read.min(room)]);
            }
        }
    }
}

/// Ends the program and what it started.
fn end(child: &mut Child) {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // Its group may be gone already; then so is it.
        let _ = kill_process_group(pid, Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
mod tests;
