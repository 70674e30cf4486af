//! Repetitions, medians and goals, and the table that the README carries.

use std::process::Command;
use std::time::Duration;

/// How often each measurement is repeated; the median counts.
pub const REPEATS: usize = 5;

/// What was measured so far.
pub struct Report(Vec<String>);

impl Report {
    /// Says on what it is measured.
    pub fn begin() -> Self {
        let first = |program: &str, arguments: &[&str]| {
            let output = Command::new(program).args(arguments).output();
            output.map_or_else(
                |_| String::new(),
                |out| String::from_utf8_lossy(&out.stdout).into_owned(),
            )
        };
        let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpu.lines().find(|line| line.starts_with("model name")).unwrap_or_default();
        let cores = cpu.lines().filter(|line| line.starts_with("processor")).count();
        println!("{}, {cores} cores", model.split(':').next_back().unwrap_or_default().trim());
        print!("{}", first("uname", &["-sr"]));
        println!("{}", first("rustc", &["--version"]).trim());
        Self(Vec::new())
    }

    /// One line of the table: all repetitions are printed, the median stands for them.
    pub fn line(
        &mut self,
        what: &str,
        goal: &str,
        mut values: Vec<f64>,
        met: impl Fn(f64) -> bool,
    ) {
        values.sort_by(f64::total_cmp);
        let median = values[values.len() / 2];
        let shown: Vec<String> = values.iter().map(|value| format!("{value:.2}")).collect();
        println!("{what}: {} (goal {goal})", shown.join(" "));
        let verdict = if met(median) { "met" } else { "missed" };
        self.0.push(format!("| {what} | {goal} | {median:.2} | {verdict} |"));
    }

    /// Prints the table.
    pub fn end(self) {
        println!("\n| What | Goal | Measured | |\n|---|---|---|---|");
        for line in self.0 {
            println!("{line}");
        }
    }
}

/// The duration that a part of them is shorter than.
pub fn percentile(times: &mut [Duration], part: f64) -> Duration {
    times.sort();
    let at = ((times.len() - 1) as f64 * part) as usize;
    times[at]
}
