//! Labels: our own time for one, beside encoding an empty canvas of the same dots; and what GenerateLabel
//! adds when Stream itself takes no time.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use linnstream::clock::{Clock as _, SystemClock};
use linnstream::config::{Config, Environment};
use linnstream::domain::time::Moment;
use linnstream::label::{Dpi, Layout, draw, sample};
use linnstream::logging::Redactor;
use linnstream::runtime::{self, Daemon};
use linnstream::sandbox::caller::{Caller, Package};
use linnstream::sandbox::{Mix, Order, Server, WorldOptions};

use crate::report::{REPEATS, Report, percentile};

/// Packages that are printed one after the other: within Stream's burst, so that no pace is measured.
const PRINTS: usize = 25;

fn empty((width, height): (u32, u32)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_compression(png::Compression::Fast);
    let white = vec![0xff; width.div_ceil(8) as usize * height as usize];
    let mut writer = encoder.write_header().expect("to memory");
    writer.write_image_data(&white).expect("of that size");
    writer.finish().expect("to memory");
    bytes
}

/// Milliseconds for one, the mean of many.
fn each(times: u32, mut make: impl FnMut() -> Vec<u8>) -> f64 {
    let begin = Instant::now();
    for _ in 0..times {
        std::hint::black_box(make());
    }
    begin.elapsed().as_secs_f64() * 1000.0 / f64::from(times)
}

fn drawing(report: &mut Report, quick: bool) {
    let times = if quick { 20 } else { 200 };
    let label = sample();
    let (mut own, mut ratios) = (Vec::new(), Vec::new());
    for _ in 0..REPEATS {
        let ours = each(times, || draw(&label, Layout::Default, Dpi::Dpi203).expect("drawn").png());
        let blank = each(times, || empty(Layout::Default.dots(Dpi::Dpi203)));
        own.push(ours);
        ratios.push(ours / blank);
    }
    report.line("Label of 4 by 6 inches at 203 dpi, ms", "at most 15", own, |ms| ms <= 15.0);
    report.line("The same, times the PNG of an empty canvas", "", ratios, |_| true);
}

fn secret(path: &Path, text: &str) {
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.create(true).write(true).mode(0o600).open(path).expect("a file");
    std::io::Write::write_all(&mut file, text.as_bytes()).expect("written");
}

fn configuration(folder: &Path, server: &Server, world: &WorldOptions, port: u16) -> Config {
    let given = &world.credentials;
    secret(&folder.join("linnworks-secret"), &given.application_secret);
    secret(&folder.join("linnworks-token"), &given.token);
    secret(&folder.join("stream-secret"), &given.client_secret);
    secret(&folder.join("path-token"), "bench");
    let path = |name: &str| folder.join(name).display().to_string();
    let text = format!(
        "store.path = {:?}\nadmin.socket = {:?}\nlistener.bind = \"127.0.0.1:{port}\"\n[linnworks]\nauth_url = {:?}\n\
         application_id = {:?}\napplication_secret_file = {:?}\ntoken_file = {:?}\n[stream]\nbase_url = {:?}\n\
         client_id = {:?}\nclient_secret_file = {:?}\n[sync]\norders = \"off\"\n",
        path("db"),
        path("sock"),
        server.linnworks_auth(),
        given.application_id,
        path("linnworks-secret"),
        path("linnworks-token"),
        server.stream(),
        given.client_id,
        path("stream-secret"),
    );
    std::fs::write(folder.join("config.toml"), text).expect("written");
    Config::load(&folder.join("config.toml"), &Environment::default()).expect("good")
}

fn sender() -> BTreeMap<String, String> {
    let values = [
        ("NAME", "Goods Out"),
        ("COMPANY", "Warehouse Ltd"),
        ("ADDRESS1", "Unit 7"),
        ("CITY", "Leeds"),
        ("REGION", "West Yorkshire"),
        ("COUNTRY", "GB"),
        ("POSTCODE", "LS10 1RT"),
        ("TELEPHONE", "0113 496 0123"),
    ];
    values.map(|(id, value)| (id.to_owned(), value.to_owned())).into_iter().collect()
}

/// Asks until there is an answer, or a minute is over.
fn till<T>(mut there: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = there() {
            return found;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "in time");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Seconds of each GenerateLabel for an order that Stream does not have yet.
fn prints() -> Vec<f64> {
    let place = tempfile::tempdir_in(".").expect("a folder");
    let clock = Arc::new(SystemClock::continuing(Moment(0)));
    let world = WorldOptions::default();
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut server = Server::start(loopback, world.clone(), clock.clone()).expect("serves");
    let port = TcpListener::bind(loopback).and_then(|one| one.local_addr()).expect("a port").port();
    let config = configuration(place.path(), &server, &world, port);
    let redactor = Arc::new(Redactor::default());
    let quiet = Box::new(std::io::sink());
    let logger = runtime::install_log(
        log::LevelFilter::Error,
        linnstream::logging::Style::Plain,
        &redactor,
        quiet,
    );
    let daemon = Daemon::start(&config, &redactor, &logger).expect("starts");
    let mut caller = Caller::new(&format!("http://127.0.0.1:{port}/bench/linnworks"));
    caller.install("bench", &sender()).expect("installed");
    let offered = till(|| caller.services().ok());
    let services: BTreeMap<_, _> = offered.into_iter().map(|one| (one.name, one.id)).collect();
    let orders: Vec<Order> = {
        let world = server.world();
        let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
        let numbers = world.add_orders(clock.now(), PRINTS, &Mix::default());
        numbers.iter().filter_map(|number| world.order(*number).cloned()).collect()
    };
    let package = [Package { sequence: 0, grams: 12_500.0 }];
    let times = orders.iter().map(|order| {
        let begin = Instant::now();
        caller.print(order, &services[&order.service], &package, &[]).expect("printed");
        begin.elapsed().as_secs_f64()
    });
    let times = times.collect();
    daemon.shutdown();
    server.shutdown();
    times
}

/// Measures both.
pub fn run(report: &mut Report, quick: bool) {
    drawing(report, quick);
    let (mut middle, mut slow) = (Vec::new(), Vec::new());
    for _ in 0..if quick { 1 } else { REPEATS } {
        let mut times: Vec<Duration> = prints().into_iter().map(Duration::from_secs_f64).collect();
        middle.push(percentile(&mut times, 0.5).as_secs_f64() * 1000.0);
        slow.push(percentile(&mut times, 0.95).as_secs_f64() * 1000.0);
    }
    report.line("GenerateLabel of a new order, median ms", "at most 100", middle, |ms| ms <= 100.0);
    report.line("The same, p95 ms", "", slow, |_| true);
}
