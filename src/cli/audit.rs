//! `linnstream audit`: the no-loss account.

use std::io::{self, Write as _};

use tui::client::Client;
use tui::protocol::{Reply, Request};

use super::{Exit, Failed, ask, json};

/// Prints the account; `No` when it does not add up.
pub(super) fn execute(client: &mut Client, as_json: bool, local: bool) -> Result<Exit, Failed> {
    let audit = match client.ask(&Request::Audit { local })? {
        Reply::Audit(audit) => audit,
        other => return Err(ask::unexpected(&other)),
    };
    let mut out = io::stdout().lock();
    if as_json {
        json::print(&mut out, &json::audit(&audit))?;
    } else {
        let verdict =
            if audit.ok { "The account adds up." } else { "The account does not add up." };
        let scope = if local { "our own records" } else { "Linnworks and Stream, read now" };
        writeln!(out, "{verdict} Compared: {scope}.\n")?;
        for (name, count) in [
            ("shipped", audit.shipped),
            ("refused", audit.refused),
            ("waiting", audit.waiting),
            ("attention", audit.attention),
            ("eligible", audit.eligible),
        ] {
            writeln!(out, "  {name:<10} {count:>8}")?;
        }
        for (name, numbers) in
            [("Nobody accounts for", &audit.unexplained), ("Shipped more than once", &audit.double)]
        {
            if !numbers.is_empty() {
                let list: Vec<String> = numbers.iter().map(u64::to_string).collect();
                writeln!(out, "\n{name}: {}. See: linnstream order {}", list.join(", "), list[0])?;
            }
        }
    }
    Ok(if audit.ok { Exit::Done } else { Exit::No })
}
