//! The stops of one run on paper: written to a file, or handed to a printer.

use super::model::Model;
use super::update::Effect;
use crate::protocol::screens::Body;
use crate::protocol::views::RunView;
use crate::text;

/// The run at the cursor, to a file in the folder where the console was started.
pub fn write(model: &mut Model) -> Vec<Effect> {
    let Some(run) = meant(model) else { return Vec::new() };
    let name =
        format!("runsheet-{}-{}.txt", slug(&run.run_text), run.day.as_deref().unwrap_or("day"));
    let text = sheet(&run);
    model.say(format!("Run sheet written to {name}, the last stop first."));
    vec![Effect::Write { name, text }]
}

/// The run at the cursor, to the printer.
pub fn print(model: &mut Model) -> Vec<Effect> {
    let Some(run) = meant(model) else { return Vec::new() };
    let name = run.run_text.trim().to_owned();
    model.say(format!("Printing the sheet of {name} …"));
    vec![Effect::Print { name, text: sheet(&run) }]
}

fn meant(model: &Model) -> Option<RunView> {
    let (index, _) = model.stop()?;
    match model.body() {
        Some(Body::Runs(runs)) => runs.get(index).cloned(),
        _ => None,
    }
}

fn slug(text: &str) -> String {
    let letters = text.chars().filter_map(|c| match c {
        c if c.is_ascii_alphanumeric() => Some(c.to_ascii_lowercase()),
        ' ' | '-' => Some('-'),
        _ => None,
    });
    letters.take(30).collect()
}

/// The stops of a run in loading order.
fn sheet(run: &RunView) -> String {
    let parts =
        [run.day.as_deref(), run.depot.as_deref(), run.vehicle.as_deref(), run.driver.as_deref()];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    let mut sheet = format!(
        "{}  {}\nLoading order: the last stop is loaded first.\n\n",
        text::clean(&run.run_text),
        text::clean(&parts.join("  "))
    );
    for stop in run.stops.iter().rev() {
        let place = stop.sequence.map_or_else(|| "-".to_owned(), |place| place.to_string());
        let line = format!(
            "{}  {}  {}  {}  {}",
            text::right(&place, 3),
            text::right(&stop.number.to_string(), 8),
            text::left(&stop.postcode, 9),
            text::left(&stop.reference, 20),
            text::clean(stop.problem.as_deref().unwrap_or(""))
        );
        sheet.push_str(line.trim_end());
        sheet.push('\n');
    }
    sheet
}
