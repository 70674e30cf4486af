//! What came of setup: what was written, what would go, and what to register where.

use std::io::{self, Write as _};

use serde_json::{Value, json};

use crate::cli::text::counted;
use crate::cli::{Failed, json as documents};
use crate::console::answer::Endpoints;
use crate::runtime::setup::{DryRun, Written};

/// Causes in the document.
const CAUSES_MAX: usize = 50;

/// What came of it.
pub(super) struct Report {
    pub(super) written: Written,
    pub(super) created: usize,
    pub(super) predecessor: bool,
    pub(super) dry_run: Option<DryRun>,
    /// Why there is none.
    pub(super) failed: Option<String>,
    pub(super) sending: String,
    /// Whether the addresses can be reached from outside.
    pub(super) public: bool,
    pub(super) endpoints: Endpoints,
}

impl Report {
    pub(super) fn print(&self, as_json: bool) -> Result<(), Failed> {
        let mut out = io::stdout().lock();
        if as_json {
            documents::print(&mut out, &self.document())?;
        } else {
            out.write_all(self.page().as_bytes())?;
        }
        Ok(())
    }

    fn addresses(&self) -> Vec<(&str, &str)> {
        use secrecy::ExposeSecret as _;
        self.endpoints.linnworks.iter().map(|(key, url)| (*key, url.expose_secret())).collect()
    }

    fn hook(&self) -> Option<&str> {
        use secrecy::ExposeSecret as _;
        self.endpoints.stream_webhook.as_ref().map(|url| url.expose_secret())
    }

    fn document(&self) -> Value {
        let causes = |all: &[(u64, String)]| -> Vec<Value> {
            let some = all.iter().take(CAUSES_MAX);
            some.map(|(count, text)| json!({"count": count, "text": text})).collect()
        };
        let dry_run = self.dry_run.as_ref().map(|found| {
            json!({
                "open": found.open, "send": found.send, "looked_up": found.looked_up,
                "shipped": found.shipped, "refused": found.refused,
                "refused_for": causes(&found.refused_for), "held": found.held,
                "held_for": causes(&found.held_for),
            })
        });
        let linnworks: serde_json::Map<String, Value> =
            self.addresses().into_iter().map(|(key, url)| (key.to_owned(), json!(url))).collect();
        json!({
            "ok": self.failed.is_none(),
            "written": self.written.files,
            "kept": self.written.copy,
            "changed": self.written.changed,
            "identifiers_created": self.created,
            "predecessor": self.predecessor,
            "dry_run": dry_run,
            "problem": self.failed,
            "sync_orders": self.sending,
            "endpoints": {"linnworks": linnworks, "stream_webhook": self.hook()},
        })
    }

    fn page(&self) -> String {
        let mut text = String::from("\n");
        let mut line = |one: String| text.push_str(&format!("{one}\n"));
        match self.written.files.as_slice() {
            [] => line("Everything was set up like this already; nothing was written.".to_owned()),
            files => files.iter().for_each(|file| line(format!("Written: {}", file.display()))),
        }
        if let Some(copy) = &self.written.copy {
            line(format!("The configuration from before: {}", copy.display()));
        }
        line(match self.created {
            0 => "All 49 identifiers were in Linnworks already.".to_owned(),
            some => format!(
                "{} created in Linnworks; all 49 are there.",
                counted(some as u64, "identifier")
            ),
        });
        if self.predecessor {
            line(
                "Another integration worked in this account: stop it now. Every older order is looked up in Stream before \
                 anything is sent."
                    .to_owned(),
            );
        }
        match (&self.dry_run, &self.failed) {
            (Some(found), _) => line(format!("Dry run: {}.", found.sentence())),
            (None, Some(why)) => {
                line(format!("The dry run could not be made: {why}. Run setup again."))
            }
            (None, None) => {}
        }
        line(match self.sending.as_str() {
            "on" => "sync.orders is on: sending begins when the service starts.".to_owned(),
            "dry-run" => "sync.orders is dry-run: the service shows what it would send, and sends nothing.".to_owned(),
            _ => "sync.orders is off: nothing is sent by itself. When the dry run looks right, run setup again, or set \
                  sync.orders = \"on\" and run systemctl reload linnstream."
                .to_owned(),
        });
        self.register(&mut text);
        text.push_str(
            "\nNext:\n  systemctl enable --now linnstream\n  linnstream doctor\n  linnstream console\n",
        );
        text
    }

    fn register(&self, text: &mut String) {
        if self.addresses().is_empty() {
            text.push_str(
                "\nNothing listens (listener.bind), so there is no address to register.\n",
            );
            return;
        }
        text.push_str(
            "\nTo register in the developer portal of Linnworks, each in the field it names. The addresses hold a \
             secret: show them to nobody else.\n",
        );
        for (key, url) in self.addresses() {
            text.push_str(&format!("  {key:<30}  {url}\n"));
        }
        if !self.public {
            text.push_str(
                "These lead to this machine alone: Linnworks reaches them once listener.public_url is set.\n",
            );
        }
        match self.hook() {
            Some(hook) if self.public => text.push_str(&format!(
                "Stream's notifications, which linnstream subscribes to by itself:\n  {hook}\n"
            )),
            Some(_) | None => text
                .push_str("Nothing is to be registered in Stream: changes are found by asking.\n"),
        }
    }
}
