//! What the service manager is told, over a socket that stands in for its own.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use linnstream::clock::{Clock as _, SystemClock, monotonic_usec};
use linnstream::domain::time::{Delay, Moment};
use linnstream::sandbox::{Api, Fault, FaultKind, Mix, WorldOptions};

use super::{DEADLINE, Daemon, Site, moment};

/// Stands in for the service manager.
struct Manager(UnixDatagram);

impl Manager {
    fn of(site: &Site) -> Self {
        let socket = UnixDatagram::bind(site.path("notify")).expect("bound");
        socket.set_read_timeout(Some(DEADLINE)).expect("set");
        Self(socket)
    }

    fn next(&self) -> String {
        let mut bytes = [0; 4096];
        let length = self.0.recv(&mut bytes).expect("told in time");
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    }

    /// The next that begins like this; pings and status lines before it are passed over, anything else is not.
    fn awaited(&self, begin: &str) -> String {
        loop {
            let told = self.next();
            if told.starts_with(begin) {
                return told;
            }
            let passing = told == "WATCHDOG=1" || told.starts_with("STATUS=");
            assert!(passing, "{told} came before {begin}");
        }
    }

    /// Whether nothing at all comes for so long.
    fn is_silent(&self, within: Duration) -> bool {
        self.0.set_nonblocking(true).expect("set");
        let mut bytes = [0; 4096];
        while self.0.recv(&mut bytes).is_ok() {}
        self.0.set_nonblocking(false).expect("set");
        self.0.set_read_timeout(Some(within)).expect("set");
        let silent = self.0.recv(&mut bytes).is_err();
        self.0.set_read_timeout(Some(DEADLINE)).expect("set");
        silent
    }
}

/// Pings are wanted each second, so they come twice as often.
fn served(site: &Site) -> (Manager, Daemon) {
    let manager = Manager::of(site);
    let socket = site.path("notify");
    let environment =
        [("NOTIFY_SOCKET", socket.to_str().expect("text")), ("WATCHDOG_USEC", "1000000")];
    let daemon = site.run_in(&environment);
    (manager, daemon)
}

#[test]
fn ready_means_that_it_answers_and_the_status_says_how_it_is() {
    let site = Site::new(WorldOptions::default(), "");
    let (manager, mut daemon) = served(&site);
    assert_eq!(manager.next(), "READY=1");
    let status = site.ask(&["status"]);
    assert_eq!(status.status.code(), Some(0), "it answers as soon as it is ready: {status:?}");
    let told = manager.awaited("STATUS=sending on; Linnworks ");
    assert!(told.ends_with("; 0 waiting, 0 need a person"), "{told}");
    for _ in 0..3 {
        manager.awaited("WATCHDOG=1");
    }
    let now = SystemClock::continuing(Moment(0)).now();
    let bad = Mix { missing_postcode: 100, ..Mix::default() };
    site.world(|world| world.add_orders(now, 1, &bad));
    while !manager.awaited("STATUS=").ends_with(", 1 needs a person") {}
    daemon.signal("TERM");
    manager.awaited("STOPPING=1\nSTATUS=stopping");
    let ended = daemon.ended(Duration::from_secs(5));
    assert_eq!(ended.and_then(|status| status.code()), Some(0), "{}", site.log());
}

#[test]
fn a_reload_is_told_from_beginning_to_end_also_of_a_file_with_mistakes() {
    let site = Site::new(WorldOptions::default(), "");
    let (manager, daemon) = served(&site);
    manager.awaited("READY=1");
    for spoilt in [false, true] {
        if spoilt {
            site.edit("orders = \"on\"", "orders = \"loud\"");
        }
        let before = monotonic_usec();
        daemon.signal("HUP");
        let told = manager.awaited("RELOADING=1\nMONOTONIC_USEC=");
        let usec: u64 = told.rsplit('=').next().and_then(|n| n.parse().ok()).expect("a number");
        assert!((before..=monotonic_usec()).contains(&usec), "{before} {told}");
        manager.awaited("READY=1");
    }
    assert!(site.log().contains("is not used; the one before still holds"), "{}", site.log());
}

#[test]
fn a_process_that_stands_still_feeds_no_watchdog() {
    let site = Site::new(WorldOptions::default(), "");
    let (manager, daemon) = served(&site);
    manager.awaited("READY=1");
    manager.awaited("WATCHDOG=1");
    daemon.signal("STOP");
    let stands = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", daemon.0.id()));
        stat.is_ok_and(|stat| stat.contains(") T "))
    };
    while !stands() {
        moment(Duration::from_millis(1));
    }
    assert!(manager.is_silent(Duration::from_secs(2)), "four pings were due");
    daemon.signal("CONT");
    manager.awaited("WATCHDOG=1");
}

#[test]
fn one_that_does_not_start_is_never_ready_and_says_why() {
    let site = Site::new(WorldOptions::default(), "");
    std::fs::write(site.path("linnstream.redb.installed"), "").expect("written");
    let (manager, mut daemon) = served(&site);
    let told = manager.next();
    assert!(told.starts_with("STATUS=did not start: the database "), "{told}");
    assert_eq!(daemon.ended(DEADLINE).and_then(|status| status.code()), Some(4));
    assert!(manager.is_silent(Duration::from_millis(1)));
}

#[test]
fn a_socket_without_a_file_is_told_and_without_a_watchdog_nobody_pings() {
    let site = Site::new(WorldOptions::default(), "");
    let name = format!("linnstream-it-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).expect("a name");
    let manager = Manager(UnixDatagram::bind_addr(&address).expect("bound"));
    manager.0.set_read_timeout(Some(DEADLINE)).expect("set");
    // That of another process is not ours to feed.
    let environment = [
        ("NOTIFY_SOCKET", format!("@{name}")),
        ("WATCHDOG_USEC", "200000".to_owned()),
        ("WATCHDOG_PID", "1".to_owned()),
    ];
    let environment = environment.each_ref().map(|(key, value)| (*key, value.as_str()));
    let mut daemon = site.run_in(&environment);
    assert_eq!(manager.next(), "READY=1");
    assert!(manager.next().starts_with("STATUS="));
    assert!(manager.is_silent(Duration::from_secs(1)), "ten pings were due to somebody else");
    daemon.signal("TERM");
    manager.awaited("STOPPING=1");
    assert!(daemon.ended(Duration::from_secs(5)).is_some());
}

/// A daemon whose poller waits for an answer that takes a minute.
fn in_a_call(site: &Site) -> Daemon {
    let fault =
        Fault::once(Api::Linnworks, "Orders/GetAllOpenOrders", FaultKind::Delay(Delay::secs(55)));
    site.world(|world| world.add_fault(fault));
    let daemon = site.run();
    site.wait_for("the call is out", |world| world.faults_waiting() == 0);
    daemon
}

#[test]
fn a_second_signal_ends_it_at_once_though_a_call_is_out() {
    let site = Site::new(WorldOptions::default(), "");
    let mut daemon = in_a_call(&site);
    daemon.signal("TERM");
    site.wait_for_log("stopping");
    assert!(daemon.ended(Duration::from_secs(2)).is_none(), "the call may finish");
    daemon.signal("TERM");
    let ended = daemon.ended(Duration::from_secs(2));
    assert_eq!(ended.and_then(|status| status.code()), Some(0), "{}", site.log());
}

#[test]
fn however_long_a_call_takes_it_stops_within_twenty_five_seconds() {
    let site = Site::new(WorldOptions::default(), "");
    let mut daemon = in_a_call(&site);
    daemon.signal("TERM");
    let ended = daemon.ended(Duration::from_secs(25));
    assert_eq!(ended.and_then(|status| status.code()), Some(0), "{}", site.log());
    assert!(site.log().contains("calls are still under way after 20 s: interrupted"));
}
