//! `linnstream runs` and `runsheet`: delivery runs, and the stops of one in loading order.

use std::io::{self, Write as _};

use tui::client::Client;
use tui::protocol::views::{RunView, StopView};
use tui::protocol::{Reply, Request};

use super::text::{Align, counted, table};
use super::{Exit, Failed, ask, json};

/// Prints the runs.
pub(super) fn execute(
    client: &mut Client,
    as_json: bool,
    day: Option<String>,
) -> Result<Exit, Failed> {
    let runs = fetch(client, day)?;
    let mut out = io::stdout().lock();
    if as_json {
        json::print(&mut out, &runs.iter().map(json::run).collect::<Vec<_>>())?;
    } else if runs.is_empty() {
        writeln!(out, "No order is on a run: planners put them there in Stream.")?;
    } else {
        out.write_all(list(&runs).as_bytes())?;
    }
    Ok(Exit::Done)
}

/// Prints the stops of one run, the last to be delivered first: it is loaded first.
pub(super) fn sheet(
    client: &mut Client,
    as_json: bool,
    run: &str,
    day: Option<String>,
) -> Result<Exit, Failed> {
    let all = fetch(client, day)?;
    let runs: Vec<&RunView> = all.iter().filter(|one| is_meant(one, run)).collect();
    let run = match runs.as_slice() {
        [] => {
            let text = format!("there is no run \"{run}\"; see: linnstream runs");
            return Err(Failed::new(Exit::No, text));
        }
        [one] => *one,
        several => {
            let days: Vec<String> = several
                .iter()
                .map(|one| one.day.clone().unwrap_or_else(|| "no day".into()))
                .collect();
            let text = format!(
                "there are {} runs \"{run}\" ({}): say which with --day",
                several.len(),
                days.join(", ")
            );
            return Err(Failed::new(Exit::Usage, text));
        }
    };
    let mut out = io::stdout().lock();
    if as_json {
        json::print(&mut out, &json::run(&loading(run)))?;
    } else {
        out.write_all(page(run).as_bytes())?;
    }
    Ok(Exit::Done)
}

fn fetch(client: &mut Client, day: Option<String>) -> Result<Vec<RunView>, Failed> {
    match client.ask(&Request::Runs { day })? {
        Reply::Runs(runs) => Ok(runs),
        other => Err(ask::unexpected(&other)),
    }
}

/// By number (`7`, `07`, `RUN 07`), by the text as Stream has it, or by id.
fn is_meant(run: &RunView, wanted: &str) -> bool {
    let wanted = wanted.trim();
    let digits = wanted.get(..3).filter(|word| word.eq_ignore_ascii_case("run"));
    let digits = digits.map_or(wanted, |_| wanted[3..].trim());
    let number = digits.parse::<u32>().ok();
    (number.is_some() && number == run.run)
        || run.run_text.trim().eq_ignore_ascii_case(wanted)
        || run.run_id == wanted
}

fn loading(run: &RunView) -> RunView {
    let mut run = run.clone();
    run.stops.reverse();
    run
}

fn title(run: &RunView) -> String {
    let text = if run.run_text.trim().is_empty() { &run.run_id } else { run.run_text.trim() };
    let more = [
        run.day.clone(),
        run.depot.clone(),
        run.vehicle.clone(),
        run.driver.clone(),
        Some(run.status.clone()),
    ];
    let more: Vec<String> = more.into_iter().flatten().collect();
    format!("{text}  {}", more.join("  "))
}

fn rows(stops: &[StopView]) -> Vec<Vec<String>> {
    let row = |stop: &StopView| {
        vec![
            stop.sequence.map_or("-".to_owned(), |place| place.to_string()),
            stop.number.to_string(),
            stop.reference.clone(),
            stop.postcode.clone(),
            stop.state.clone(),
            stop.problem.clone().unwrap_or_default(),
        ]
    };
    stops.iter().map(row).collect()
}

const HEADING: [(&str, Align); 6] = [
    ("SEQ", Align::Right),
    ("ORDER", Align::Right),
    ("REFERENCE", Align::Left),
    ("POSTCODE", Align::Left),
    ("STATE", Align::Left),
    ("NOT READY", Align::Left),
];

fn list(runs: &[RunView]) -> String {
    let mut text = String::new();
    for run in runs {
        text.push_str(&format!("{}\n", title(run)));
        text.push_str(&table(&HEADING, &rows(&run.stops)));
        text.push('\n');
    }
    text.push_str(&format!("{}\n", counted(runs.len() as u64, "run")));
    text
}

fn page(run: &RunView) -> String {
    let mut text = format!("{}\n", title(run));
    text.push_str("Loading order: the last stop is loaded first.\n\n");
    text.push_str(&table(&HEADING, &rows(&loading(run).stops)));
    let bad = run.stops.iter().filter(|stop| stop.problem.is_some()).count();
    text.push_str(&match bad {
        0 => format!("\n{}, all ready.\n", counted(run.stops.len() as u64, "stop")),
        bad => format!("\n{}, {bad} not ready.\n", counted(run.stops.len() as u64, "stop")),
    });
    text
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::cli) fn example() -> RunView {
        let stop = |sequence, number, problem: Option<&str>| StopView {
            sequence: Some(sequence),
            number,
            reference: format!("SO-{number}"),
            postcode: "LS18 4QB".into(),
            state: "planned".into(),
            problem: problem.map(str::to_owned),
        };
        RunView {
            run: Some(7),
            run_text: "RUN 07 - North".into(),
            run_id: "RUN0031184".into(),
            day: Some("2026-11-26".into()),
            depot: Some("Leeds Depot".into()),
            driver: None,
            vehicle: Some("Luton 3".into()),
            status: "planned".into(),
            leaves_at: Some(1_795_676_400_000),
            stops: vec![stop(1, 104_512, None), stop(2, 104_513, Some("it needs a person"))],
        }
    }

    #[test]
    fn a_run_is_named_by_its_number_its_text_or_its_id() {
        for wanted in ["7", "07", "RUN 07", "run 7", "run 07 - north", "RUN0031184"] {
            assert!(is_meant(&example(), wanted), "{wanted}");
        }
        for other in ["8", "RUN 17", "North", "", "run"] {
            assert!(!is_meant(&example(), other), "{other}");
        }
    }

    #[test]
    fn the_run_sheet_lists_the_last_stop_first_and_says_what_is_not_ready() {
        let text = page(&example());
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].contains("RUN 07 - North  2026-11-26  Leeds Depot  Luton 3"), "{text}");
        assert!(lines[4].trim_start().starts_with("2  104513"), "{text}");
        assert!(lines[5].trim_start().starts_with("1  104512"), "{text}");
        assert!(text.ends_with("2 stops, 1 not ready.\n"), "{text}");
        assert!(lines.iter().all(|line| line.len() <= 80), "{text}");
    }
}
