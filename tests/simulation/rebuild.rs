//! The database is lost while a hundred orders are on their way, and built anew; or one from before is put in
//! its place. Nothing is sent twice, nothing is lost, and every order carries what it carried.

use linnstream::domain::ids::OrderNumber;
use linnstream::domain::order::StateWord;
use linnstream::domain::rules::Mode;
use linnstream::domain::time::{Delay, Now};
use linnstream::flow::{FlowError, quarantine};
use linnstream::poll::audit;
use linnstream::runtime;
use linnstream::sandbox::{Api, Fault, FaultKind};
use linnstream::store::{Changes, Setting, Store};
use serde_json::json;

use crate::bench::told;
use crate::checks;
use crate::disk::Disk;
use crate::net::{Weather, lock};
use crate::post::Mail;
use crate::sim::{Plan, Sim, rules};

const SENT: &str = "SENT TO STREAM";

/// Of a new database, before anybody acts on it; on a real disk it has another name until this is written.
pub fn mark(store: &Store, now: Now) -> bool {
    match store.read(|view| view.quarantine()) {
        Ok(Some(_)) => true,
        Ok(None) => set(store, now, quarantine::mark(now).into()),
        Err(_) => false,
    }
}

fn set(store: &Store, now: Now, settings: Vec<Setting>) -> bool {
    let written = store.write(now, move |_| {
        let mut changes = Changes::new();
        for setting in settings {
            changes.set(setting);
        }
        Ok::<_, FlowError>((changes, ()))
    });
    written.is_ok()
}

impl Sim {
    /// The daemon is killed, its database deleted, and one built anew.
    fn lose_database(&mut self) {
        self.disk = Disk::default();
        self.rebuild();
    }

    /// As `linnstream rebuild` does, until it is done or the power fails for good.
    fn rebuild(&mut self) {
        self.plan.rebuilding = true;
        self.rules.set(runtime::rebuild::rules(rules()));
        self.cut();
    }

    fn progress(&self) -> quarantine::Progress {
        quarantine::progress(&self.daemon.store).expect("readable")
    }

    fn rebuild_to_the_end(&mut self) {
        self.run_till(Delay::mins(40), |sim| sim.progress().is_done());
        assert!(quarantine::rebuilt(&self.daemon.store, self.now()).expect("written"));
    }

    /// The daemon is started again.
    fn start(&mut self) {
        self.plan.rebuilding = false;
        self.rules.set(rules());
        self.cut();
    }

    /// A backup is put in place of the database.
    fn restore(&mut self, backup: &Disk) {
        self.disk = backup.copy();
        self.cut();
        let since = self.now().wall;
        assert!(set(&self.daemon.store, self.now(), vec![Setting::Quarantine { since }]));
        self.cut();
    }

    fn live_no(&self, number: u32) -> String {
        let world = lock(&self.net.world);
        let live = world.live_shipments(number);
        live.first().map(|shipment| shipment.order_no.clone()).unwrap_or_default()
    }

    fn waits_for(&mut self, number: u32, word: StateWord) {
        self.run_till(Delay::mins(20), |sim| sim.state(number) == Some(word));
    }
}

/// Everything that writes to either system.
const WRITES: [&str; 9] = [
    "POST orders/orders",
    "PATCH orders/orders",
    "DELETE orders/orders",
    "OpenOrders/SaveIdentifier",
    "OpenOrders/AssignOrderIdentifier",
    "OpenOrders/UnassignOrderIdentifier",
    "Orders/AddOrdersNote",
    "Orders/SetOrderShippingInfo",
    "Orders/ProcessOrdersInBatch",
];

fn writes(sim: &Sim) -> Vec<u64> {
    WRITES.iter().map(|method| sim.calls(method)).collect()
}

/// What a hundred orders are like when the database is lost.
struct Lost {
    sim: Sim,
    /// On runs, with what they show.
    planned: Vec<u32>,
    /// Edited after they were sent, and sent anew as generation 2.
    renewed: Vec<u32>,
    refused: Vec<u32>,
    /// Not one of them is being changed at that moment.
    quiet: Vec<u32>,
}

/// Forty orders are sent, planned, renewed or refused; sixty more are on their way, with answers that are lost
/// and creates that land up to a minute later.
fn lost(seed: u64) -> Lost {
    let mut plan = Plan::quiet(seed, 0);
    plan.options.late_application = Delay::secs(60);
    plan.options.deleted_is_cancelled = seed.is_multiple_of(2);
    plan.mail = (!seed.is_multiple_of(3)).then_some(Mail::GOOD);
    let mut sim = Sim::new(plan);
    let sent = sim.good_orders(32);
    let bad: Vec<u32> = (0..5).map(|_| sim.order(json!({"postcode": ""}))).collect();
    sim.run_for(Delay::mins(5));
    let turned_down = sim.order(json!({}));
    sim.refuse_next_create();
    sim.run_for(Delay::mins(3));
    let day = json!({"run": "RUN 03", "day": "2026-11-24", "sequence": 1});
    sim.planner("plan", &sent[..12], day);
    sim.planner("dispatch", &sent[..3], json!({}));
    for number in &sent[12..18] {
        sim.edit(*number, &json!({"address1": format!("{number} New Street")}));
    }
    sim.run_for(Delay::mins(25));
    let renewed = sent[12..18].to_vec();
    for number in &renewed {
        assert_eq!(sim.live_no(*number), format!("{number}-2"), "seed {seed}");
    }
    let before = sim.calls("POST orders/orders");
    for after in [3, 1, 4] {
        let fault = Fault::once(Api::Stream, "/api/orders/orders", FaultKind::DropAfter);
        assert!(lock(&sim.net.world).add_fault(fault));
        sim.good_orders(20);
        let until = before + after * 5;
        sim.run_till(Delay::mins(5), |sim| sim.calls("POST orders/orders") >= until);
    }
    // In the midst of being taken back and sent anew.
    for number in &sent[28..32] {
        sim.edit(*number, &json!({"address1": "1 Other Street"}));
    }
    let moment = Delay(sim.random.u64(0..4_000));
    sim.run_for(moment);
    let mut refused = bad;
    refused.push(turned_down);
    Lost { planned: sent[..12].to_vec(), renewed, refused, quiet: sent[..28].to_vec(), sim }
}

/// After it was built anew, the daemon runs: everything is as it was, and the rest is sent once.
fn goes_on(lost: &mut Lost, seed: u64) {
    let sim = &mut lost.sim;
    sim.start();
    let shown: Vec<Vec<String>> = lost.planned.iter().map(|number| sim.tags(*number)).collect();
    assert!(shown.iter().all(|tags| tags.len() == 4), "seed {seed}: {shown:?}");
    for _ in 0..120 {
        sim.run_for(Delay::secs(2));
        let now: Vec<Vec<String>> = lost.planned.iter().map(|number| sim.tags(*number)).collect();
        assert_eq!(now, shown, "seed {seed}: what an order shows is never taken off it");
        checks::at_every_step(sim);
    }
    sim.run_for(Delay::mins(40));
    checks::at_every_step(sim);
    checks::at_rest(sim);
    for number in &lost.quiet {
        let state = sim.state(*number);
        let with_stream = [StateWord::Sent, StateWord::Planned, StateWord::Dispatched];
        assert!(
            state.is_some_and(|state| with_stream.contains(&state)),
            "seed {seed}: {number} is {state:?}: {}",
            sim.reason(*number)
        );
    }
    for number in &lost.renewed {
        assert_eq!(sim.live_no(*number), format!("{number}-2"), "seed {seed}");
        assert_eq!(sim.known(*number).expect("known").generation.0, 2, "seed {seed}");
    }
    for number in &lost.refused {
        assert_eq!(sim.notes(*number).len(), 1, "seed {seed}: {:?}", sim.notes(*number));
    }
    let account = audit::local(&sim.daemon.store, Mode::On).expect("readable");
    assert!(account.unexplained.is_empty() && account.double.is_empty(), "{account:?}");
    assert_eq!(account.shipped + account.refused + account.attention, 98, "seed {seed}");
}

#[test]
fn i1_i2_i5_a_lost_database_is_built_anew_and_nothing_is_sent_twice_or_lost() {
    for seed in 1..=4 {
        let mut lost = lost(seed);
        lost.sim.lose_database();
        let before = writes(&lost.sim);
        lost.sim.rebuild_to_the_end();
        assert_eq!(writes(&lost.sim), before, "seed {seed}: nothing is written while it is built");
        goes_on(&mut lost, seed);
    }
}

#[test]
fn i1_i2_i5_a_database_is_built_anew_through_faults_and_power_cuts() {
    for seed in 11..=14 {
        let mut lost = lost(seed);
        lost.sim.lose_database();
        let before = writes(&lost.sim);
        *lock(&lost.sim.net.weather) = Weather { faults: 80, cuts: 60 };
        lost.sim.plan.cut_every = 300;
        lost.sim.run_till(Delay::mins(120), |sim| sim.progress().is_done());
        *lock(&lost.sim.net.weather) = Weather::default();
        lock(&lost.sim.net.world).clear_faults();
        lost.sim.plan.cut_every = 0;
        assert!(lost.sim.cuts > 2, "seed {seed}: the power failed in between");
        assert_eq!(writes(&lost.sim), before, "seed {seed}: nothing is written while it is built");
        goes_on(&mut lost, seed);
    }
}

#[test]
fn i1_i2_a_rebuilding_that_was_killed_is_gone_on_with_by_the_daemon_which_sends_nothing_blind() {
    for seed in 21..=24 {
        let mut lost = lost(seed);
        lost.sim.lose_database();
        let killed = Delay(lost.sim.random.u64(0..40_000));
        lost.sim.run_for(killed);
        goes_on(&mut lost, seed);
    }
}

#[test]
fn an_order_shown_as_sent_that_stream_does_not_have_is_asked_about_and_then_sent_once() {
    let mut sim = told(Mail::GOOD);
    let number = sim.order(json!({}));
    sim.run_for(Delay::mins(4));
    assert_eq!(sim.tags(number), [SENT]);
    sim.planner("delete", &[number], json!({}));
    sim.lose_database();
    sim.rebuild_to_the_end();
    sim.start();
    sim.run_for(Delay::mins(10));
    assert_eq!(sim.state(number), Some(StateWord::Attention), "{}", sim.reason(number));
    assert!(sim.reason(number).contains("resend"), "{}", sim.reason(number));
    assert_eq!(sim.calls("POST orders/orders"), 1, "nothing is sent before somebody says so");
    let _ = sim.resend(number);
    sim.waits_for(number, StateWord::Sent);
    assert_eq!((sim.shipments(number), sim.live_no(number)), (1, format!("{number}-2")));
}

#[test]
fn after_a_rebuilding_an_edit_of_a_shipment_of_before_is_followed() {
    let mut sim = told(Mail::GOOD);
    let number = sim.order(json!({}));
    sim.run_for(Delay::mins(4));
    sim.lose_database();
    sim.rebuild_to_the_end();
    sim.start();
    sim.waits_for(number, StateWord::Sent);
    sim.run_for(Delay::mins(8));
    sim.edit(number, &json!({"address1": "9 New Street"}));
    sim.run_till(Delay::mins(20), |sim| sim.live_no(number) == format!("{number}-2"));
    sim.run_for(Delay::mins(5));
    checks::at_every_step(&sim);
    checks::at_rest(&sim);
}

#[test]
fn the_subscriptions_that_stood_before_are_replaced_and_not_doubled() {
    let mut sim = told(Mail::GOOD);
    sim.run_for(Delay::mins(3));
    let standing = lock(&sim.net.world).subscription_count();
    assert_eq!(standing, 4);
    sim.lose_database();
    sim.rebuild_to_the_end();
    assert_eq!(lock(&sim.net.world).subscription_count(), 4);
    sim.start();
    sim.run_for(Delay::mins(5));
    assert_eq!(lock(&sim.net.world).subscription_count(), 4);
}

#[test]
fn with_synchronisation_off_what_was_sent_is_followed_again_and_the_rest_is_held() {
    let mut sim = told(Mail::GOOD);
    let sent = sim.order(json!({}));
    sim.run_for(Delay::mins(4));
    let waiting = sim.order(json!({}));
    let bad = sim.order(json!({"postcode": ""}));
    sim.lose_database();
    sim.set_rules(|rules| rules.mode = Mode::Off);
    sim.cut();
    sim.rebuild_to_the_end();
    sim.start();
    sim.set_rules(|rules| rules.mode = Mode::Off);
    sim.run_for(Delay::mins(10));
    assert_eq!(sim.state(sent), Some(StateWord::Sent));
    assert_eq!(sim.state(waiting), Some(StateWord::Held));
    assert_eq!((sim.state(bad), sim.notes(bad).len()), (Some(StateWord::Held), 0));
    assert_eq!(sim.calls("POST orders/orders"), 1);
    sim.set_rules(|rules| rules.mode = Mode::On);
    sim.waits_for(waiting, StateWord::Sent);
    assert_eq!((sim.shipments(sent), sim.shipments(waiting)), (1, 1));
}

#[test]
fn i2_a_backup_of_before_orders_were_sent_sends_none_of_them_again() {
    for seed in 31..=33 {
        let mut plan = Plan::quiet(seed, 0);
        plan.options.late_application = Delay::secs(60);
        plan.mail = Some(Mail::GOOD);
        let mut sim = Sim::new(plan);
        sim.run_for(Delay::mins(2));
        let numbers = sim.good_orders(80);
        sim.run_till(Delay::mins(5), |sim| sim.calls("POST orders/orders") >= 20);
        let backup = sim.disk.copy();
        sim.run_till(Delay::mins(5), |sim| sim.calls("POST orders/orders") >= 60);
        sim.restore(&backup);
        sim.run_for(Delay::mins(40));
        checks::at_every_step(&sim);
        checks::at_rest(&sim);
        for number in numbers {
            assert_eq!((sim.shipments(number), sim.state(number)), (1, Some(StateWord::Sent)));
        }
    }
}

#[test]
fn a_shipment_that_an_old_backup_knows_and_that_was_sent_anew_since_is_followed_under_its_new_number()
 {
    let mut sim = told(Mail::GOOD);
    let (renewed, deleted) = (sim.order(json!({})), sim.order(json!({})));
    sim.run_for(Delay::mins(4));
    let backup = sim.disk.copy();
    sim.edit(renewed, &json!({"address1": "9 New Street"}));
    sim.run_till(Delay::mins(20), |sim| sim.live_no(renewed) == format!("{renewed}-2"));
    sim.planner("delete", &[deleted], json!({}));
    sim.run_for(Delay::mins(2));
    sim.restore(&backup);
    sim.run_for(Delay::mins(40));
    let known = sim.known(renewed).expect("known");
    assert_eq!(
        (known.state.word(), known.generation.0),
        (StateWord::Sent, 2),
        "{:?}",
        sim.timeline(renewed)
    );
    assert_eq!(sim.state(deleted), Some(StateWord::Attention));
    assert_eq!(sim.calls("POST orders/orders"), 3);
    checks::at_every_step(&sim);
    checks::at_rest(&sim);
}

#[test]
fn a_number_that_was_used_after_an_old_backup_is_found_before_the_next_one_is_used() {
    let mut sim = told(Mail::GOOD);
    let number = sim.order(json!({}));
    sim.run_for(Delay::mins(4));
    sim.planner("delete", &[number], json!({}));
    sim.waits_for(number, StateWord::Attention);
    let backup = sim.disk.copy();
    let _ = sim.resend(number);
    sim.waits_for(number, StateWord::Sent);
    sim.run_for(Delay::mins(2));
    assert_eq!(sim.live_no(number), format!("{number}-2"));
    // The backup knows of a deleted first shipment; somebody asks for it once more.
    sim.restore(&backup);
    sim.run_for(Delay::mins(2));
    assert_eq!(sim.known(number).expect("known").number, OrderNumber(u64::from(number)));
    let _ = sim.resend(number);
    sim.waits_for(number, StateWord::Sent);
    assert_eq!((sim.shipments(number), sim.calls("POST orders/orders")), (1, 2));
    assert_eq!(sim.known(number).expect("known").generation.0, 2);
}
