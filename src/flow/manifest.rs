//! Shipments filed at the end of the day. The same shipments filed again are the same manifest.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::FlowError;
use crate::domain::demand::{Manifest, ManifestRow};
use crate::domain::event::Event;
use crate::domain::ids::OrderNumber;
use crate::domain::rules::Rules;
use crate::domain::time::Now;
use crate::store::{Change, Changes, Store, View};

/// Orders of one manifest: a day of a large site.
pub const ORDERS_MAX: usize = 5_000;

/// Orders that are named in one sentence.
const NAMED_MAX: usize = 10;

/// Files the shipments of these orders and answers the reference, or why not, as the packer reads it.
///
/// # Errors
/// [`FlowError`]; nothing was filed.
pub fn file(
    store: &Store,
    now: Now,
    rules: Arc<Rules>,
    orders: Vec<OrderNumber>,
) -> Result<Result<String, String>, FlowError> {
    if orders.is_empty() {
        return Ok(Err("There is nothing to file: the manifest names no order.".to_owned()));
    }
    if orders.len() > ORDERS_MAX {
        let text = format!("A manifest takes at most {ORDERS_MAX} orders: file it in parts.");
        return Ok(Err(text));
    }
    Ok(store.write(now, move |view| {
        let mut changes = Changes::new();
        let rows = match rows(view, &orders)? {
            Ok(rows) => rows,
            Err(why) => return Ok((changes, Err(why))),
        };
        let set = set_of(&rows);
        if let Some(reference) = view.manifest_of(&set)? {
            return Ok((changes, Ok(reference)));
        }
        let reference = next_reference(view, now, &rules)?;
        let text = format!("manifest {reference} filed, {} orders", rows.len());
        changes.daemon(Event::Daemon(text));
        let manifest = Manifest { reference: reference.clone(), at: now.wall, set, rows };
        changes.push(Change::PutManifest(Box::new(manifest)));
        Ok::<_, FlowError>((changes, Ok(reference)))
    })?)
}

fn rows(
    view: &View<'_>,
    orders: &[OrderNumber],
) -> Result<Result<Vec<ManifestRow>, String>, FlowError> {
    let (mut rows, mut without) = (BTreeMap::new(), Vec::new());
    for number in orders {
        let order = view.order_by_number(*number)?;
        let Some((order, shipped)) = order.and_then(|o| o.shipped.clone().map(|s| (o, s))) else {
            without.push(number.to_string());
            continue;
        };
        let printed = view.labels(order.id)?.filter(|p| p.consignment == shipped.consignment);
        let row = ManifestRow {
            number: *number,
            consignment: shipped.consignment,
            tracking: shipped.tracking,
            postcode: order.postcode,
            depot: order.depot.unwrap_or_default(),
            method: order.method.unwrap_or_default(),
            packages: printed.map_or(0, |p| u32::try_from(p.pieces.len()).unwrap_or(u32::MAX)),
        };
        rows.insert(*number, row);
    }
    if without.is_empty() {
        return Ok(Ok(rows.into_values().collect()));
    }
    let more = without.len().saturating_sub(NAMED_MAX);
    without.truncate(NAMED_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let (noun, verb) = if without.len() == 1 { ("Order", "has") } else { ("Orders", "have") };
    Ok(Err(format!(
        "{noun} {}{more} {verb} no active label in this integration. Print or cancel them, then file again.",
        without.join(", ")
    )))
}

/// Which shipments they are, whatever order they were named in.
fn set_of(rows: &[ManifestRow]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for row in rows {
        hash.update(format!("{} {}\n", row.number, row.consignment));
    }
    hash.finalize().into()
}

/// `STR-20261123-0001`: the day it is filed, and a number that goes on.
fn next_reference(view: &View<'_>, now: Now, rules: &Rules) -> Result<String, FlowError> {
    let day = rules.shipping.zone.day(now.wall).to_string().replace('-', "");
    let prefix = format!("STR-{day}-");
    let last = view.last_manifest(&prefix)?;
    let number = last.and_then(|last| last[prefix.len()..].parse::<u32>().ok()).unwrap_or(0);
    Ok(format!("{prefix}{:04}", number.saturating_add(1)))
}

/// A manifest that was filed.
///
/// # Errors
/// When the store cannot be read.
pub fn find(store: &Store, reference: String) -> Result<Option<Manifest>, FlowError> {
    Ok(store.read(move |view| view.manifest(&reference))?)
}
