//! What commands ask of the daemon. Nothing that cannot be taken back is done before its sentence was read.

use super::keys::Command;
use super::model::{Model, Overlay, Pending, Screen};
use super::update::Effect;
use crate::protocol::Action;
use crate::protocol::screens::Body;
use crate::protocol::views::ActedView;
use crate::text::counted;

/// A cancellation goes out after this, in milliseconds: time to see that it was the wrong order.
const GRACE_MS: i64 = 5_000;

/// More orders than this are confirmed by typing their number.
const TYPED_FROM: usize = 10;

/// Something is asked before it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What will happen, to what.
    pub text: String,
    /// What must be typed; empty: `y` is enough.
    pub word: String,
    /// Typed so far.
    pub typed: String,
    /// What is done then.
    pub action: Action,
}

/// Asks, or does at once what can do no harm.
pub fn act(model: &mut Model, command: Command) -> Vec<Effect> {
    let orders = model.orders();
    let what = counted(orders.len() as u64, "order");
    let named = match orders.as_slice() {
        [one] => format!("order {one}"),
        _ => what.clone(),
    };
    match command {
        Command::Resend if orders.len() == 1 => {
            vec![Effect::Act(Action::Resend { numbers: orders })]
        }
        Command::Resend => {
            let text = format!("Send {named} again? Each is looked up in Stream first.");
            ask(model, text, orders.len(), Action::Resend { numbers: orders })
        }
        Command::ResendAll => {
            let all = all_of(model);
            let count = counted(all.len() as u64, "order");
            let text =
                format!("Send all {count} of this list again? Each is looked up in Stream first.");
            ask(model, text, all.len(), Action::Resend { numbers: all })
        }
        Command::Refresh => vec![Effect::Act(Action::Refresh { numbers: orders })],
        Command::CancelOrder => {
            let text = format!(
                "Cancel the shipment of {named} in Stream? It comes off its run and stays cancelled until it is \
                 sent again."
            );
            ask(model, text, orders.len(), Action::Cancel { numbers: orders })
        }
        Command::Retry => job(model),
        Command::Replay => webhook(model),
        Command::Pause if model.head.paused.is_some() => vec![Effect::Act(Action::Resume)],
        Command::Pause => {
            let text = "Pause sending? No order is created in Stream until somebody resumes, also after a restart.";
            ask(model, text.to_owned(), 1, Action::Pause)
        }
        Command::Reveal if model.reveal => {
            model.reveal = false;
            model.asked += 1;
            model.seen = 0;
            vec![Effect::Watch]
        }
        Command::Reveal => {
            let text = "Show postcodes and answers in full for an hour? The activity records that you did.";
            ask(model, text.to_owned(), 1, Action::Reveal)
        }
        _ => Vec::new(),
    }
}

fn ask(model: &mut Model, text: String, count: usize, action: Action) -> Vec<Effect> {
    let word = if count > TYPED_FROM { count.to_string() } else { String::new() };
    model.overlay = Some(Overlay::Ask(Question { text, word, typed: String::new(), action }));
    Vec::new()
}

/// Done now, or in a moment when it cannot be taken back.
pub fn confirmed(model: &mut Model, question: Question) -> Vec<Effect> {
    let Action::Cancel { numbers } = &question.action else {
        return vec![Effect::Act(question.action)];
    };
    let what = match numbers.as_slice() {
        [one] => format!("order {one}"),
        several => counted(several.len() as u64, "order"),
    };
    // Whoever cancels another one has seen the one before.
    let before = model.pending.take().map(|pending| Effect::Act(pending.action));
    model.pending = Some(Pending { what, action: question.action, at: model.local + GRACE_MS });
    model.toast = None;
    before.into_iter().collect()
}

/// What was waiting for its moment, once it has come.
pub fn due(model: &mut Model) -> Vec<Effect> {
    let now = model.local;
    let pending = model.pending.take_if(|pending| pending.at <= now);
    match pending {
        Some(pending) if model.may_act() => vec![Effect::Act(pending.action)],
        Some(pending) => {
            model.say(format!("The daemon does not answer: {} was not cancelled.", pending.what));
            Vec::new()
        }
        None => Vec::new(),
    }
}

/// It is not done.
pub fn stop(model: &mut Model) -> Vec<Effect> {
    if let Some(pending) = model.pending.take() {
        model.say(format!("Stopped: {} stays as it is.", pending.what));
    }
    Vec::new()
}

/// All orders of the list of errors, as far as it is shown.
fn all_of(model: &Model) -> Vec<u64> {
    match model.body() {
        Some(Body::Errors(page)) => {
            page.rows.iter().flat_map(|row| row.numbers.iter().copied()).collect()
        }
        _ => Vec::new(),
    }
}

fn job(model: &Model) -> Vec<Effect> {
    let focus = model.list().focus;
    match model.body() {
        Some(Body::Queue(page)) => {
            let found = page.rows.iter().find(|row| Some(row.key) == focus);
            let jobs = found.map(|row| row.id.clone()).into_iter().collect();
            vec![Effect::Act(Action::Retry { jobs })]
        }
        _ => Vec::new(),
    }
}

fn webhook(model: &Model) -> Vec<Effect> {
    let focus = model.list().focus;
    match model.body() {
        Some(Body::Webhooks(page)) => {
            let found = page.rows.iter().find(|row| Some(row.key) == focus);
            found
                .map(|row| Effect::Act(Action::Replay { id: row.id.clone() }))
                .into_iter()
                .collect()
        }
        _ => Vec::new(),
    }
}

/// What became of it, in one line.
pub fn outcome(action: &Action, rows: &[ActedView]) -> String {
    let refused: Vec<&ActedView> = rows.iter().filter(|row| row.result == "refused").collect();
    let good = rows.len() - refused.len();
    match (rows, refused.first()) {
        ([], _) => "there was nothing to do".to_owned(),
        ([one], _) => match one.number {
            Some(number) => format!("{number}: {}", one.text),
            None => one.text.clone(),
        },
        (_, None) => format!("{}: {}", verb(action), counted(good as u64, "order")),
        (_, Some(first)) => format!(
            "{}: {}, refused {}: {} {}",
            verb(action),
            counted(good as u64, "order"),
            refused.len(),
            first.number.unwrap_or_default(),
            first.text
        ),
    }
}

fn verb(action: &Action) -> &'static str {
    match action {
        Action::Resend { .. } => "sent again",
        Action::Refresh { .. } => "read again",
        Action::Cancel { .. } => "being cancelled",
        Action::Retry { .. } | Action::RetryParked { .. } => "tried again",
        Action::Replay { .. } => "handled again",
        Action::Pause => "paused",
        Action::Resume => "resumed",
        Action::Reveal => "shown",
        Action::Forget { .. } => "forgotten",
    }
}

/// After the daemon did it.
pub fn acted(model: &mut Model, action: &Action, rows: &[ActedView]) -> Vec<Effect> {
    model.say(outcome(action, rows));
    let done = rows.iter().any(|row| row.result != "refused");
    if *action == Action::Reveal && done {
        model.reveal = true;
    }
    if model.screen == Screen::Orders {
        model.list_mut().picked.clear();
    }
    model.seen = 0;
    model.asked += 1;
    vec![Effect::Watch]
}
