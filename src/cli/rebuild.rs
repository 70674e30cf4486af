//! `linnstream rebuild`: a new database for one that is lost, by looking everything up.

use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;

use super::run::{chain, exit_of};
use super::{Exit, Failed, json};
use crate::domain::order::StateWord;
use crate::runtime::rebuild::{self, RebuildError, Rebuilt};

/// Tells on stderr how far it is, and prints what came of it; `No` when not everything was looked up.
pub(super) fn execute(config: &Path, as_json: bool) -> Result<Exit, Failed> {
    let mut tell = |text: &str| {
        let _ = writeln!(io::stderr(), "rebuild: {text}");
    };
    let rebuilt = rebuild::rebuild(config, &mut tell)
        .map_err(|error| Failed::new(exit(&error), chain(&error)))?;
    let mut out = io::stdout().lock();
    if as_json {
        json::print(&mut out, &Document::of(&rebuilt))?;
    } else {
        print(&mut out, &rebuilt)?;
    }
    Ok(if rebuilt.complete { Exit::Done } else { Exit::No })
}

fn exit(error: &RebuildError) -> Exit {
    match error {
        RebuildError::Run(error) => exit_of(error),
        RebuildError::Running { .. } | RebuildError::Sound { .. } => Exit::Refused,
        RebuildError::NoCredentials { .. } => Exit::Usage,
    }
}

/// What the lost database alone knew, and what to do about each.
const AGAIN: [&str; 5] = [
    "The integration in Linnworks: remove it there (Settings > Shipping > Integrations) and add it anew. Its token was \
     known to the lost database alone; until then label requests are refused.",
    "What was typed in its wizard, the Stream client secret included: enter it again, or put it into the configuration \
     file.",
    "Depot and method chosen for a service in Linnworks are learned again from the first label of that service. Until \
     then its orders are refused unless a [[services]] entry or the service's name says where they go.",
    "If sending was paused, or the integration had been removed in Linnworks so that nothing was sent: run linnstream \
     pause as soon as it runs, or set sync.orders = \"off\" before.",
    "Orders that are no longer open in Linnworks are not in the new database. If one was cancelled there in the minutes \
     before the loss, see in Stream whether its shipment is still there.",
];

fn print(out: &mut impl io::Write, rebuilt: &Rebuilt) -> io::Result<()> {
    let of = |word| count(rebuilt, word);
    writeln!(out, "The database {} is built anew.", rebuilt.database.display())?;
    if let Some(kept) = &rebuilt.kept {
        writeln!(out, "The damaged one is kept as {}.", kept.display())?;
    }
    let rows = [
        ("with Stream", rebuilt.found),
        ("to be sent", of(StateWord::Waiting)),
        ("refused", of(StateWord::Refused)),
        ("held", of(StateWord::Held)),
        ("need a person", of(StateWord::Attention)),
        ("not settled", rebuilt.unsettled),
    ];
    writeln!(out, "\nOpen orders:\n")?;
    for (name, count) in rows {
        writeln!(out, "  {name:<14} {count:>8}")?;
    }
    if !rebuilt.attention.is_empty() {
        writeln!(out, "\nThese need a person:\n")?;
        for (number, why) in &rebuilt.attention {
            writeln!(out, "  {number}: {why}")?;
        }
        if of(StateWord::Attention) > rebuilt.attention.len() as u64 {
            writeln!(out, "  and more; see: linnstream orders --state attention")?;
        }
    }
    if rebuilt.off {
        writeln!(
            out,
            "\nsync.orders is off: orders that carry identifiers of linnstream were looked up; the others are looked \
             up when they are to be sent."
        )?;
    }
    writeln!(out, "\nTo be done again, because only the lost database knew it:\n")?;
    for one in AGAIN {
        writeln!(out, "- {one}")?;
    }
    if rebuilt.complete {
        writeln!(
            out,
            "\nEverything was looked up. Nothing was sent: start linnstream (systemctl start linnstream)."
        )
    } else {
        writeln!(
            out,
            "\nNot everything could be looked up, because a system does not answer. Run linnstream rebuild again to go \
             on, or start linnstream: it looks up the rest before it sends anything."
        )
    }
}

fn count(rebuilt: &Rebuilt, word: StateWord) -> u64 {
    rebuilt.orders.iter().find(|(one, _)| *one == word).map_or(0, |(_, count)| *count)
}

#[derive(Serialize)]
struct Document {
    complete: bool,
    database: String,
    kept: Option<String>,
    found: u64,
    to_send: u64,
    refused: u64,
    held: u64,
    attention: Vec<Attention>,
    attention_count: u64,
    unsettled: u64,
    again: [&'static str; 5],
}

#[derive(Serialize)]
struct Attention {
    number: u64,
    text: String,
}

impl Document {
    fn of(rebuilt: &Rebuilt) -> Self {
        let one =
            |(number, text): &(u64, String)| Attention { number: *number, text: text.clone() };
        Self {
            complete: rebuilt.complete,
            database: rebuilt.database.display().to_string(),
            kept: rebuilt.kept.as_ref().map(|kept| kept.display().to_string()),
            found: rebuilt.found,
            to_send: count(rebuilt, StateWord::Waiting),
            refused: count(rebuilt, StateWord::Refused),
            held: count(rebuilt, StateWord::Held),
            attention: rebuilt.attention.iter().map(one).collect(),
            attention_count: count(rebuilt, StateWord::Attention),
            unsettled: rebuilt.unsettled,
            again: AGAIN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rebuilt(complete: bool) -> Rebuilt {
        Rebuilt {
            database: "/var/lib/linnstream/linnstream.redb".into(),
            kept: Some("/var/lib/linnstream/linnstream.redb.damaged-20261129T041700Z".into()),
            complete,
            off: false,
            orders: vec![
                (StateWord::Waiting, 3),
                (StateWord::Refused, 2),
                (StateWord::Attention, 1),
            ],
            found: 96,
            attention: vec![(104_512, "Stream has the order twice".into())],
            unsettled: u64::from(!complete),
        }
    }

    #[test]
    fn the_summary_says_what_was_found_and_everything_that_is_to_be_done_again() {
        let mut out = Vec::new();
        print(&mut out, &rebuilt(true)).expect("written");
        let text = String::from_utf8(out).expect("text");
        for words in [
            "with Stream          96",
            "104512: Stream has the order twice",
            "damaged-20261129T041700Z",
            "remove it there",
            "client secret",
            "systemctl start linnstream",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        let mut out = Vec::new();
        print(&mut out, &rebuilt(false)).expect("written");
        let text = String::from_utf8(out).expect("text");
        assert!(text.contains("Run linnstream rebuild again"), "{text}");
    }

    #[test]
    fn scripts_find_every_key_in_the_document() {
        let document = serde_json::to_value(Document::of(&rebuilt(true))).expect("JSON");
        let keys: Vec<&String> = document.as_object().expect("an object").keys().collect();
        assert_eq!(
            keys,
            [
                "again",
                "attention",
                "attention_count",
                "complete",
                "database",
                "found",
                "held",
                "kept",
                "refused",
                "to_send",
                "unsettled"
            ]
        );
        assert_eq!(document["attention"][0]["number"], 104_512);
    }
}
