//! The packer of the demo: Linnworks' model installs the integration and prints the label of every order
//! that is in Stream.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::sandbox::caller::{Caller, Package};
use crate::sandbox::{Order, World};

/// Between two looks for the next parcel.
const PAUSE: Duration = Duration::from_millis(200);

/// What the packer's account is called.
const ACCOUNT: &str = "demo-account";

/// Weight of a parcel on the demo's scale, in grams.
const GRAMS: f64 = 12_500.0;

/// Packs until told to stop.
pub(super) struct Packer {
    ended: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Packer {
    /// Starts packing against the daemon's address; `token` is the file with the secret part of its path.
    pub(super) fn start(
        address: &str,
        token: &Path,
        world: Arc<Mutex<World>>,
    ) -> std::io::Result<Self> {
        let token = std::fs::read_to_string(token)?;
        let mut caller = Caller::new(&format!("{address}/{}/linnworks", token.trim()));
        let ended = Arc::new(AtomicBool::new(false));
        let flag = ended.clone();
        let thread = std::thread::Builder::new().name("packer".into()).spawn(move || {
            if let Err(why) = pack(&mut caller, &world, &flag) {
                log::error!("the packer of the demo gave up: {why}");
            }
        })?;
        Ok(Self { ended, thread })
    }

    /// Ends within a label.
    pub(super) fn stop(self) {
        self.ended.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
        if self.thread.join().is_err() {
            log::error!("the packer of the demo ended with a defect");
        }
    }
}

fn pack(caller: &mut Caller, world: &Mutex<World>, ended: &AtomicBool) -> Result<(), String> {
    let mut printed = BTreeSet::new();
    let mut services = BTreeMap::new();
    let mut installed = false;
    while !ended.load(Ordering::Relaxed) {
        if !installed {
            caller.install(ACCOUNT, &sender())?;
            installed = true;
        }
        // None are offered until depots and methods were read from Stream.
        if services.is_empty() {
            let offered = caller.services().unwrap_or_default();
            services = offered.into_iter().map(|one| (one.name, one.id)).collect();
        }
        let next = next(world, &printed).filter(|order| services.contains_key(&order.service));
        if let Some(order) = next {
            let package = [Package { sequence: 0, grams: GRAMS }];
            // A sentence is what a packer may get; the parcel stays where it is.
            if caller.print(&order, &services[&order.service], &package, &[]).is_ok() {
                printed.insert(order.number);
            }
        }
        std::thread::park_timeout(PAUSE);
    }
    Ok(())
}

/// The first parcel without a label.
fn next(world: &Mutex<World>, printed: &BTreeSet<u32>) -> Option<Order> {
    let world = world.lock().unwrap_or_else(PoisonError::into_inner);
    let ready = |order: &&Order| {
        order.is_open()
            && !printed.contains(&order.number)
            && !world.live_shipments(order.number).is_empty()
    };
    world.orders().find(ready).cloned()
}

fn sender() -> BTreeMap<String, String> {
    [
        ("NAME", "Goods Out"),
        ("COMPANY", "Demo Warehouse Ltd"),
        ("ADDRESS1", "Unit 7, Demo Park"),
        ("CITY", "Leeds"),
        ("REGION", "West Yorkshire"),
        ("COUNTRY", "GB"),
        ("POSTCODE", "LS10 1RT"),
        ("TELEPHONE", "0113 496 0123"),
    ]
    .into_iter()
    .map(|(id, value)| (id.to_owned(), value.to_owned()))
    .collect()
}
