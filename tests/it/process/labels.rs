//! The packing bench: the sandbox plays Linnworks and calls the real process.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Mutex;

use linnstream::sandbox::caller::{Caller, Labels, Package};
use linnstream::sandbox::{Api, Fault, FaultKind, Order};
use serde_json::{Value, json};

use super::{DEADLINE, Daemon, Site};

const ACCOUNT: &str = "B2F6A4D8-13C7-4E0F-8D25-6A90C1E47F33";

const ONE: [Package; 1] = [Package { sequence: 0, grams: 1_850.0 }];

fn sender() -> BTreeMap<String, String> {
    [
        ("NAME", "Jo Bloggs"),
        ("COMPANY", "Warehouse Ltd"),
        ("ADDRESS1", "Unit 7"),
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

fn caller(address: SocketAddr) -> Caller {
    Caller::new(&format!("http://{address}/test-segment/linnworks"))
}

/// An installed integration whose services are known.
fn installed(site: &Site, address: SocketAddr) -> (Caller, BTreeMap<String, String>) {
    let mut caller = caller(address);
    caller.install(ACCOUNT, &sender()).expect("installed");
    let services = till(site, "the services are known", || caller.services().ok());
    (caller, services.into_iter().map(|one| (one.name, one.id)).collect())
}

fn till<T>(site: &Site, what: &str, mut there: impl FnMut() -> Option<T>) -> T {
    let mut waited = std::time::Duration::ZERO;
    let pause = std::time::Duration::from_millis(50);
    loop {
        if let Some(found) = there() {
            return found;
        }
        assert!(waited < DEADLINE, "not in time: {what}\n{}", site.log());
        super::moment(pause);
        waited += pause;
    }
}

/// Orders that are sent only when somebody prints.
fn held(site: &Site) {
    let file = site.path("config.toml");
    let text = std::fs::read_to_string(&file).expect("read");
    std::fs::write(&file, text.replace("orders = \"on\"", "orders = \"off\"")).expect("written");
}

fn new_orders(site: &Site, count: usize) -> Vec<Order> {
    let clock = linnstream::clock::SystemClock::continuing(linnstream::domain::time::Moment(0));
    let now = linnstream::clock::Clock::now(&clock);
    site.world(|world| {
        let numbers = world.add_orders(now, count, &Default::default());
        numbers.iter().filter_map(|number| world.order(*number).cloned()).collect()
    })
}

fn running(site: &Site) -> Daemon {
    let daemon = site.run();
    site.wait_for_exit_code(&["status"], 0);
    daemon
}

/// Tracking number of the only live shipment.
fn tracking(site: &Site, number: u32) -> String {
    site.world(|world| {
        let live = world.live_shipments(number);
        assert_eq!(live.len(), 1, "order {number}");
        assert_eq!(live[0].creations, 1, "order {number}");
        live[0].tracking.clone()
    })
}

/// What the barcode of a picture says.
fn scanned(picture: &str) -> String {
    use base64::Engine as _;
    let png = base64::engine::general_purpose::STANDARD.decode(picture).expect("base64");
    let bitmap = linnstream::label::Bitmap::from_png(&png).expect("a label");
    let (width, height) = (bitmap.width(), bitmap.height());
    let dot = |n: u32| if bitmap.is_black(n % width, n / width) { 0 } else { 255 };
    let luma = (0..width * height).map(dot).collect();
    let format = Some(rxing::BarcodeFormat::CODE_128);
    let read = rxing::helpers::detect_in_luma(luma, width, height, format).expect("a barcode");
    read.getText().to_owned()
}

fn print(caller: &Caller, order: &Order, service: &str) -> Labels {
    caller.print(order, service, &ONE, &[]).expect("printed")
}

#[test]
fn r21_r38_r46_r47_r54_r55_r57_r61_r62_a_day_at_the_packing_bench_with_orders_sent_only_when_they_are_printed()
 {
    let (site, address) = Site::listening("", "");
    held(&site);
    let _daemon = running(&site);
    let (caller, services) = installed(&site, address);
    let orders = new_orders(&site, 4);
    let service = |order: &Order| services[&order.service].as_str();
    let (first, second) = (&orders[0], &orders[1]);

    let labels = print(&caller, first, service(first));
    assert_eq!(labels.tracking, tracking(&site, first.number));
    assert_eq!((labels.packages.len(), labels.size), (1, (4.0, 6.0)));
    let consignment = site.world(|w| w.live_shipments(first.number)[0].consignment.clone());
    assert_eq!(scanned(&labels.packages[0].1), format!("{consignment}-00001"));
    assert_eq!(print(&caller, first, service(first)), labels, "R57: pressed twice");
    let others = orders.iter().skip(1).map(|order| order.number);
    for number in others {
        assert!(site.world(|world| world.live_shipments(number).is_empty()), "R62: {number}");
    }

    let two = [Package { sequence: 7, grams: 900.0 }, Package { sequence: 3, grams: 0.0 }];
    let copies: BTreeMap<_, _> = [("LabelCopies".to_owned(), "3".to_owned())].into();
    caller.configure(&copies).expect("R54: three copies");
    let labels = caller.print(second, service(second), &two, &[]).expect("printed");
    let copies: Vec<usize> = labels.packages.iter().map(|(.., more)| more.len()).collect();
    assert_eq!(copies, [2, 2]);
    assert!(labels.packages.iter().all(|(_, one, more)| more.iter().all(|copy| copy == one)));
    let too_many: BTreeMap<_, _> = [("LabelCopies".to_owned(), "6".to_owned())].into();
    let refused = caller.configure(&too_many).expect_err("R54");
    assert!(refused.contains("Number of Labels"), "{refused}");

    let before = tracking(&site, first.number);
    caller.cancel(first.number).expect("R61: cancelled");
    assert!(site.world(|world| world.live_shipments(first.number).is_empty()));
    caller.cancel(first.number).expect("cancelled before is cancelled");
    let after = print(&caller, first, service(first)).tracking;
    assert_ne!(after, before, "R61: a new tracking number");
    assert_eq!(after, tracking(&site, first.number));

    let numbers = [first.number, second.number];
    let reference = caller.file(&numbers).expect("filed");
    assert_eq!(caller.file(&[second.number, first.number]).expect("again"), reference);
    assert!(caller.document(&reference).expect("a document").starts_with("JVBERi0"), "a PDF");
    let refused = caller.file(&[first.number, orders[3].number]).expect_err("not all have labels");
    assert!(refused.contains(&orders[3].number.to_string()), "{refused}");
    assert!(caller.document("STR-1").is_err());
    let quote = caller.call("Quote", json!({})).expect("a reply");
    assert_eq!(
        (quote["IsError"].as_bool(), quote["QuoteItems"].as_array().map(Vec::len)),
        (Some(true), Some(0))
    );
    let map = caller.good("ExtendedPropertyMapping", json!({})).expect("good");
    assert!(map["Items"].is_array());
    let mark = till(&site, "the identifier stands on the order", || {
        site.world(|world| world.order(first.number).map(|order| order.tags.clone()))
            .filter(|tags| !tags.is_empty())
    });
    assert_eq!(mark, ["SENT TO STREAM"]);
}

#[test]
fn r50_r57_r58_a_hundred_labels_by_eight_callers_while_every_tenth_answer_is_lost() {
    let (site, address) = Site::listening("", "");
    let _daemon = running(&site);
    let (caller, services) = installed(&site, address);
    let orders = new_orders(&site, 100);
    let queue = Mutex::new(orders.iter().collect::<Vec<_>>());
    let printed = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(order) = { queue.lock().expect("whole").pop() } {
                    if order.number % 10 == 0 {
                        let lost = Fault::once(Api::Stream, "orders/orders", FaultKind::DropAfter);
                        site.world(|world| world.add_fault(lost));
                    }
                    // A sentence that asks to print again is what a packer may get; then he does.
                    let labels = till(&site, "a label", || {
                        caller.print(order, &services[&order.service], &ONE, &[]).ok()
                    });
                    printed.lock().expect("whole").insert(order.number, labels);
                }
            });
        }
    });
    let printed = printed.into_inner().expect("whole");
    let mut numbers = BTreeSet::new();
    for order in &orders {
        let labels = &printed[&order.number];
        assert_eq!(labels.tracking, tracking(&site, order.number));
        let consignment = site.world(|w| w.live_shipments(order.number)[0].consignment.clone());
        assert_eq!(scanned(&labels.packages[0].1), format!("{consignment}-00001"));
        numbers.insert(labels.tracking.clone());
    }
    assert_eq!(numbers.len(), 100);
}

#[test]
fn r21_r25_r31_r32_r33_the_wizard_tries_credentials_hides_secrets_and_removing_stops_everything() {
    let (site, address) = Site::listening("", "");
    let file = site.path("config.toml");
    let text = std::fs::read_to_string(&file).expect("read");
    let kept = |line: &&str| !line.starts_with("client_");
    let text = text.lines().filter(kept).collect::<Vec<_>>().join("\n");
    std::fs::write(&file, text).expect("written");
    let _daemon = running(&site);
    let credentials = site.world(|world| world.options().credentials.clone());
    let mut caller = caller(address);
    let mut values = sender();
    values.insert("StreamClientId".into(), credentials.client_id.clone());
    values.insert("StreamClientSecret".into(), "canary-wrong-secret".into());
    let refused = caller.install(ACCOUNT, &values).expect_err("R25: a wrong secret");
    assert!(refused.contains("Client Secret"), "{refused}");
    let config = caller.good("UserConfig", json!({})).expect("shown");
    assert_eq!(config["ConfigStatus"], "API_CREDENTIALS", "still the first step");
    values.insert("StreamClientSecret".into(), credentials.client_secret.clone());
    values.insert("COUNTRY".into(), "Atlantis".into());
    let refused = caller.install(ACCOUNT, &values).expect_err("R31");
    assert!(refused.contains("Country"), "{refused}");
    values.insert("COUNTRY".into(), "GB".into());
    let shown = caller
        .install(&ACCOUNT.to_lowercase().replace('-', ""), &values)
        .expect("the same account goes on");
    assert_eq!(shown["StreamClientSecret"], "********");
    assert_eq!(shown["CITY"], "Leeds");
    assert!(!shown.values().any(|value| value.contains(&credentials.client_secret)));
    let other = Caller::new(&format!("http://{address}/test-segment/linnworks"))
        .install("another-account", &sender())
        .expect_err("one account");
    assert!(other.contains("another Linnworks account"), "{other}");

    let secrets: Vec<_> = std::fs::read_dir(site.place.path())
        .expect("a folder")
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("stream-secret-"))
        .collect();
    assert_eq!(secrets.len(), 1);
    let mode = secrets[0].metadata().expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!site.log().contains("canary") && !site.log().contains(&credentials.client_secret));

    let orders = new_orders(&site, 2);
    site.wait_for("R32: the credentials of the wizard send orders", |world| {
        orders.iter().all(|order| world.live_shipments(order.number).len() == 1)
    });
    caller.good("ConfigDelete", json!({})).expect("R33: removed");
    let late = new_orders(&site, 1).remove(0);
    let refused = caller.services().expect_err("the token is over");
    assert!(refused.contains("add it again"), "{refused}");
    let why = till(&site, "the new order is held", || {
        let output = site.ask(&["why", &late.number.to_string(), "--json"]);
        let why: Value = serde_json::from_slice(&output.stdout).ok()?;
        why["text"].as_str().filter(|text| text.contains("removed")).map(str::to_owned)
    });
    assert!(why.contains("integration was removed"), "{why}");
    assert!(site.world(|world| world.live_shipments(late.number).is_empty()));
    caller.install(ACCOUNT, &values).expect("added again");
    site.wait_for("it goes on", |world| world.live_shipments(late.number).len() == 1);
}

#[test]
fn every_refusal_a_packer_meets_is_a_sentence_and_nothing_is_sent() {
    let (site, address) = Site::listening("", "");
    held(&site);
    let _daemon = running(&site);
    let (caller, services) = installed(&site, address);
    let order = new_orders(&site, 1).remove(0);
    let service = services[&order.service].as_str();
    let refusal = |order: &Order, service: &str| {
        let refused = caller.print(order, service, &ONE, &[]).expect_err("refused");
        assert!(refused.ends_with('.') && refused.len() > 30, "{refused}");
        refused
    };
    let unknown = Order { number: 999_999, ..order.clone() };
    assert!(refusal(&unknown, service).contains("not among the open orders"));
    let foreign = "11111111-2222-5333-8444-555555555555";
    assert!(refusal(&order, foreign).contains("not one of this integration"));
    site.ask(&["pause"]);
    assert!(refusal(&order, service).contains("paused by"), "who and since when");
    site.ask(&["resume"]);
    let stranger = Caller::new(&format!("http://{address}/test-segment/linnworks"));
    let reply = stranger.call("GenerateLabel", json!({"OrderId": order.number})).expect("a reply");
    assert_eq!(
        (reply["IsError"].as_bool(), reply["Package"].as_array().map(Vec::len)),
        (Some(true), Some(0))
    );
    let cancel = caller.cancel(999_999).expect_err("nothing there");
    assert!(cancel.contains("999999"), "{cancel}");
    assert!(site.world(|world| world.shipments().is_empty()));
    assert_eq!(print(&caller, &order, service).tracking, tracking(&site, order.number));
}

#[test]
fn r3_r53_a_label_comes_again_at_the_terminal_as_it_was_printed_or_in_another_layout() {
    let (site, address) = Site::listening("", "");
    held(&site);
    let daemon = running(&site);
    let (caller, services) = installed(&site, address);
    let orders = new_orders(&site, 2);
    let (order, other) = (&orders[0], &orders[1]);
    let number = order.number.to_string();
    let label = |arguments: &[&str]| {
        let output = site.ask(&[&["label"], arguments].concat());
        (output.status.code(), output.stdout, String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, _, said) = label(&[&number, "--out", "-"]);
    assert!(code == Some(1) && said.contains("why"), "not in Stream yet: {said}");
    let two = [Package { sequence: 1, grams: 900.0 }, Package { sequence: 2, grams: 400.0 }];
    let printed = caller.print(order, &services[&order.service], &two, &[]).expect("printed");
    let encoded = |bytes: &[u8]| {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(bytes)
    };
    let again = |arguments: &[&str], name: &str| {
        let file = site.path(name);
        let out = file.to_string_lossy();
        let (code, stdout, said) = label(&[&[&*number], arguments, &["--out", &out]].concat());
        assert_eq!(code, Some(0), "{said}");
        let listed = String::from_utf8_lossy(&stdout).into_owned();
        let read = |path: &str| std::fs::read(path).expect("written");
        listed.lines().map(read).collect::<Vec<_>>()
    };
    let same: Vec<String> = again(&[], "again.png").iter().map(|png| encoded(png)).collect();
    let pictures: Vec<&String> = printed.packages.iter().map(|(_, png, _)| png).collect();
    assert_eq!(same.iter().collect::<Vec<_>>(), pictures, "byte for byte");
    let (code, _, said) = label(&[&number, "--out", "-"]);
    assert!(code == Some(2) && said.contains("2 labels"), "{said}");
    let compact: Vec<_> = again(&["--format", "compact"], "small.png");
    assert_eq!(compact.len(), 2);
    let consignment = site.world(|w| w.live_shipments(order.number)[0].consignment.clone());
    assert_eq!(scanned(&encoded(&compact[1])), format!("{consignment}-00002"));
    assert!(compact[0].len() < again(&[], "again.png")[0].len());
    assert!(again(&[], "again.pdf").iter().all(|pdf| pdf.starts_with(b"%PDF")));
    assert!(again(&["--format", "portrait"], "again.zpl")[0].starts_with(b"^XA"));

    site.ask(&["resend", &other.number.to_string()]);
    let text = std::fs::read_to_string(site.path("config.toml")).expect("read");
    std::fs::write(site.path("config.toml"), text.replace("orders = \"off\"", "orders = \"on\""))
        .expect("written");
    daemon.signal("HUP");
    let number = other.number.to_string();
    site.wait_for("sent by the poll", |world| world.live_shipments(other.number).len() == 1);
    let (png, said) = till(&site, "a label of an order that nobody printed", || {
        let (code, png, said) = label(&[&number, "--out", "-"]);
        (code == Some(0)).then_some((png, said))
    });
    assert!(said.is_empty(), "{said}");
    let consignment = site.world(|w| w.live_shipments(other.number)[0].consignment.clone());
    assert_eq!(scanned(&encoded(&png)), format!("{consignment}-00001"));
}
