//! A database that was restored is older than the world: orders may have been sent, taken back and sent anew
//! since. It is marked so before it is first opened; what the mark means is in `quarantine`.

use super::FlowError;
use crate::domain::event::Event;
use crate::domain::order::StateWord;
use crate::domain::time::Now;
use crate::store::{Changes, Setting, Store};

/// Marks a database that was just restored. `by` and `from` are told in the journal. Answers how many orders
/// wait to be sent, each of which is looked for in Stream first.
///
/// # Errors
/// [`FlowError`]; the database must not be started with.
pub fn prepare(store: &Store, now: Now, by: &str, from: &str) -> Result<u64, FlowError> {
    let text = format!("the database was restored by {by} from {from}");
    Ok(store.write(now, move |view| {
        let orders = view.counts()?.orders;
        let under_way = [StateWord::Waiting, StateWord::Sending, StateWord::Unsure];
        let count = under_way.iter().filter_map(|word| orders.get(word)).sum();
        let mut changes = Changes::new();
        // A copy that was restored before is as old as that at least, and newer than its mark.
        let since = view.quarantine()?.map_or(now.wall, |before| before.max(now.wall));
        changes.set(Setting::Quarantine { since });
        changes.daemon(Event::Daemon(text));
        Ok::<_, FlowError>((changes, count))
    })?)
}
