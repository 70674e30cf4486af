//! `linnstream inspect`: a copy, or the database of a stopped daemon, looked through whole.

use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::restore::failed;
use super::{Exit, Failed, json as documents};
use crate::domain::time::Timestamp;
use crate::runtime::offline;
use crate::store::Inspection;

/// Prints what is in it; `No` when something is damaged.
pub(super) fn execute(config: &Path, as_json: bool, file: Option<&Path>) -> Result<Exit, Failed> {
    let (path, found) = offline::inspect(config, file).map_err(|error| failed(&error))?;
    let mut out = io::stdout().lock();
    if as_json {
        documents::print(&mut out, &document(&path, &found))?;
    } else {
        page(&mut out, &path, &found)?;
    }
    Ok(if found.damaged > 0 { Exit::No } else { Exit::Done })
}

/// What is in it as one document.
pub(super) fn document(path: &Path, found: &Inspection) -> Value {
    let time = |at: Option<Timestamp>| at.map(Timestamp::rfc3339);
    let orders: serde_json::Map<String, Value> =
        found.orders.iter().map(|(word, n)| (word.word().to_owned(), json!(n))).collect();
    let jobs: serde_json::Map<String, Value> =
        found.jobs.iter().map(|(word, n)| (word.word().to_owned(), json!(n))).collect();
    let tables: Vec<Value> = found
        .tables
        .iter()
        .map(|table| json!({ "name": table.name, "rows": table.rows, "bytes": table.bytes }))
        .collect();
    let damage: Vec<Value> = found
        .damage
        .iter()
        .map(|one| json!({ "table": one.table, "key": one.key, "what": one.what }))
        .collect();
    json!({
        "file": path.display().to_string(),
        "ok": found.damaged == 0,
        "schema": found.schema,
        "bytes": found.file_bytes,
        "live_bytes": found.live_bytes(),
        "installed_at": time(found.installed_at),
        "made_at": time(found.copied_at),
        "newest_at": time(found.newest),
        "quarantine_before": time(found.quarantine),
        "orders": orders,
        "jobs": jobs,
        "webhooks": found.webhooks.values().sum::<u64>(),
        "tables": tables,
        "damaged": found.damaged,
        "damage": damage,
    })
}

/// Whether it is sound, in a sentence.
pub(super) fn verdict(found: &Inspection) -> String {
    if found.damaged == 0 {
        let rows: u64 = found.tables.iter().map(|table| table.rows).sum();
        return format!("Checked whole: all {rows} records are as they were written.");
    }
    let mut text = format!("DAMAGED in {} places:", found.damaged);
    for one in &found.damage {
        text.push_str(&format!("\n  {} {}: {}", one.table, one.key, one.what));
    }
    let more = found.damaged - found.damage.len() as u64;
    if more > 0 {
        text.push_str(&format!("\n  and {more} more"));
    }
    text.push_str("\nRestore a backup that is sound; see: linnstream restore");
    text
}

fn page(out: &mut impl io::Write, path: &Path, found: &Inspection) -> io::Result<()> {
    let time = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), Timestamp::rfc3339);
    writeln!(out, "{}\n", path.display())?;
    for (name, value) in [
        ("Format", found.schema.to_string()),
        ("Bytes", format!("{} in the file, {} in use", found.file_bytes, found.live_bytes())),
        ("Installed", time(found.installed_at)),
        ("Copy made", time(found.copied_at)),
        ("Newest", time(found.newest)),
    ] {
        writeln!(out, "  {name:<12} {value}")?;
    }
    if let Some(at) = found.quarantine {
        let at = at.rfc3339();
        writeln!(out, "  {:<12} orders received before {at} are looked up first", "Quarantine")?;
    }
    writeln!(out, "\n  ORDERS")?;
    for (word, count) in &found.orders {
        writeln!(out, "  {:<24} {count:>10}", word.word())?;
    }
    writeln!(out, "\n  TABLES")?;
    for table in &found.tables {
        writeln!(out, "  {:<24} {:>10} rows {:>14} bytes", table.name, table.rows, table.bytes)?;
    }
    writeln!(out, "\n{}", verdict(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Damage, Filled};

    #[test]
    fn damage_is_named_by_table_and_key_and_what_is_not_named_is_counted() {
        let one = Damage { table: "orders".into(), key: "aa01".into(), what: "too short".into() };
        let table = Filled { name: "orders", rows: 3, bytes: 900 };
        let mut found = Inspection { tables: vec![table], schema: 2, ..Inspection::default() };
        assert_eq!(verdict(&found), "Checked whole: all 3 records are as they were written.");
        let sound = document(Path::new("/a"), &found);
        assert_eq!((&sound["ok"], &sound["live_bytes"]), (&json!(true), &json!(900)));
        found.damage.push(one);
        found.damaged = 5;
        let text = verdict(&found);
        assert!(text.contains("5 places") && text.contains("orders aa01: too short"), "{text}");
        assert!(text.contains("and 4 more"), "{text}");
        let damaged = document(Path::new("/a"), &found);
        assert_eq!((&damaged["ok"], &damaged["damage"][0]["key"]), (&json!(false), &json!("aa01")));
        let mut page_text = Vec::new();
        page(&mut page_text, Path::new("/a"), &found).expect("printed");
        assert!(String::from_utf8_lossy(&page_text).contains("900 bytes"));
    }
}
