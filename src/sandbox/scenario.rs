//! Scenario files: control requests and when to make them.

use serde_json::Value;

use crate::domain::time::Delay;

/// Steps of one scenario.
const STEPS_MAX: usize = 100_000;

/// One control request.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// How long after the start.
    pub after: Delay,
    /// Path of the control endpoint: `/orders`.
    pub control: String,
    /// Its body.
    pub body: Value,
}

/// Control requests in the order of their times.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scenario {
    /// The steps.
    pub steps: Vec<Step>,
}

impl Scenario {
    /// Reads a JSON array of `{"after_ms","control","body"}`.
    ///
    /// # Errors
    /// A sentence that names the step and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value: Value =
            serde_json::from_str(text).map_err(|e| format!("the scenario is not JSON: {e}"))?;
        let steps = value.as_array().ok_or("a scenario is a JSON array of steps")?;
        if steps.len() > STEPS_MAX {
            return Err(format!("a scenario has at most {STEPS_MAX} steps"));
        }
        let steps = steps.iter().enumerate().map(|(at, step)| {
            read_step(step).map_err(|text| format!("step {} of the scenario: {text}", at + 1))
        });
        let mut steps = steps.collect::<Result<Vec<_>, String>>()?;
        steps.sort_by_key(|step| step.after);
        Ok(Self { steps })
    }
}

fn read_step(step: &Value) -> Result<Step, String> {
    const KNOWN: [&str; 3] = ["after_ms", "control", "body"];
    const CONTROLS: [&str; 4] = ["/orders", "/advance", "/faults", "/webhook"];
    let members = step.as_object().ok_or("it is not an object")?;
    if let Some(unknown) = members.keys().find(|key| !KNOWN.contains(&key.as_str())) {
        return Err(format!("unknown member {unknown}; known are {}", KNOWN.join(", ")));
    }
    let after = members.get("after_ms").map_or(Some(0), Value::as_u64);
    let after = Delay(after.ok_or("after_ms is not a whole number of milliseconds")?);
    let control = members.get("control").and_then(Value::as_str).unwrap_or_default();
    if !CONTROLS.contains(&control) {
        return Err(format!("control {control} is not one of {}", CONTROLS.join(", ")));
    }
    let body = members.get("body").cloned().ok_or("body is missing")?;
    Ok(Step { after, control: control.to_owned(), body })
}
