//! Signing in, nonces, and what refusals look like.

use serde_json::Value;

use super::{Bench, MeasureError, PREFIX};
use crate::http::Method;

const DEPOTS: &str = "/depots/depots";

/// Without a session there is nothing to find out.
pub(super) fn sign_in(bench: &mut Bench<'_>) -> Result<(), MeasureError> {
    let got = bench.caller.sign_in();
    if got.json["access_token"].as_str().is_none() {
        return Err(MeasureError::SignIn(got.shape()));
    }
    let life = match got.json["expires_in"].as_f64() {
        Some(seconds) => format!("{seconds:.0} s"),
        None => "it does not say".to_owned(),
    };
    bench.tell(
        "session-life",
        "How long does a session live?",
        life,
        "It is renewed when four fifths of that have passed, or of an hour when nothing is said.",
    );
    Ok(())
}

/// The same nonce twice, on a read that changes nothing.
pub(super) fn nonces(bench: &mut Bench<'_>) {
    let nonce = bench.caller.nonce();
    let first = bench.caller.call_with(Method::Get, DEPOTS, &Value::Null, &nonce);
    let second = bench.caller.call_with(Method::Get, DEPOTS, &Value::Null, &nonce);
    let (answer, means) = match (first.is_yes(), second.is_yes()) {
        (false, _) => {
            (format!("the depots could not be read: {}", first.shape()), "It says nothing.")
        }
        (true, true) => (
            "taken both times".to_owned(),
            "A nonce tells no repetition apart: after an unknown outcome Stream is asked first, as it is.",
        ),
        (true, false) => (
            format!("the second is refused: {}", second.shape()),
            "Every request has a fresh one, as it is; a repeated one is never sent.",
        ),
    };
    bench.tell("nonce-twice", "Is the same Stream-Nonce taken twice?", answer, means);
}

/// Not there, not allowed, no such path: they must be told apart.
pub(super) fn shapes(bench: &mut Bench<'_>) {
    let nothing = format!("{PREFIX}NONE");
    let path = format!("/orders/orders/{nothing}");
    let absent = bench.caller.call(Method::Get, &path, &Value::Null);
    let seen = bench.caller.client_sees_absence(&nothing);
    let means = match &seen {
        Ok(true) => "It is taken for \"not there\": nothing to set.".to_owned(),
        Ok(false) => "An order of that number is there, which nobody made.".to_owned(),
        Err(why) => {
            let word = absent.words().unwrap_or_default();
            format!("It is not understood ({why}): add words of \"{word}\" to stream.not_found.")
        }
    };
    let question = "What is the answer about an order that is not there?";
    bench.tell_of(Some("stream.not_found"), "not-found", question, absent.shape(), means);
    let refused = bench.caller.call_as_nobody(&path);
    let means = match refused.status {
        Some(401 | 403) => {
            "It is told from \"not there\": a new session is opened, then an alarm is raised."
        }
        _ => {
            "It is not told from other failures: nothing is sent twice, but no alarm names the credentials."
        }
    };
    let question = "What is the answer to a session that is none?";
    bench.tell("unauthorised", question, refused.shape(), means);
    let nowhere = bench.caller.call(Method::Get, "/orders/nowhere", &Value::Null);
    let question = "What is the answer to a path that does not exist?";
    let means = "A wrong stream.base_url looks like this; it is never taken for \"not there\".";
    bench.tell_of(Some("stream.base_url"), "wrong-path", question, nowhere.shape(), means);
}

/// What all answers told beside their content.
pub(super) fn in_passing(bench: &mut Bench<'_>) {
    let caller = &bench.caller;
    let slowest = caller.slowest.0 as f64 / 1000.0;
    let answered = caller.answered;
    let limits: Vec<String> =
        caller.limits.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let ahead = caller.ahead;
    let (answer, means) = if limits.is_empty() {
        (
            format!(
                "no header tells of one in {answered} answers; the slowest took {slowest:.1} s"
            ),
            "Our own pace is what keeps us within it: ask Stream before it is raised.",
        )
    } else {
        (
            format!("{} in {answered} answers; the slowest took {slowest:.1} s", limits.join(", ")),
            "Set our pace below it.",
        )
    };
    let question = "Do answers tell of a limit of requests?";
    bench.tell_of(Some("stream.requests_per_second"), "rate-limit", question, answer, means);
    let (answer, means) = match ahead {
        None => ("answers have no Date".to_owned(), "Set this machine's clock by a time server."),
        Some(ahead) if ahead.abs() <= 5 => {
            (format!("{ahead} s ahead of ours"), "Both agree: nothing to set.")
        }
        Some(ahead) => {
            (format!("{ahead} s ahead of ours"), "Set this machine's clock by a time server.")
        }
    };
    bench.tell("clock", "Does Stream's clock agree with ours?", answer, means);
}
