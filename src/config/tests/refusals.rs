//! The words of a refusal: the value and what is wanted, once for each mistake.

use super::{good, problem, problems};

#[test]
fn r31_a_refusal_names_the_value_and_what_is_wanted() {
    for (text, value, wanted) in [
        ("labels.copies = 9", "9", "1 to 5"),
        ("labels.dpi = -1", "-1", "203 or 300"),
        ("labels.format = \"wide\"", "\"wide\"", "\"compact\""),
        ("sync.poll_interval = \"10ms\"", "\"10ms\"", "\"1s\""),
        ("sync.poll_interval = \"soon\"", "\"soon\"", "\"60s\""),
        ("stream.requests_per_second = 0", "not 0", "0.1 to 1000"),
        ("stream.settle = [\"5s\", \"59s\"]", "\"59s\"", "\"30s\""),
        ("stream.base_url = \"http://stream.test\"", "http://stream.test", "https://"),
        ("listener.bind = \"somewhere\"", "\"somewhere\"", "127.0.0.1:PORT"),
        ("listener.bind = \"0.0.0.0:7780\"", "0.0.0.0:7780", "loopback"),
        ("site.time_zone = \"Leeds\"", "\"Leeds\"", "Europe/London"),
        ("sender.country = \"Atlantis\"", "\"Atlantis\"", "\"GB\""),
        ("stream.base_url = \"stream.test\"", "\"stream.test\"", "https://HOST"),
        ("listener.public_url = \"https://h:0\"", "\"https://h:0\"", "1 to 65535"),
        ("network.proxy = \"proxy:3128\"", "\"proxy:3128\"", "https://HOST"),
        ("stream.not_found = [\"no\"]", "\"no\"", "four letters"),
        ("stream.settle = [\"90s\", \"60s\", \"61s\"]", "\"1m\"", "later than"),
        ("labels.dpi = 0x10", "not 0x10", "203 or 300"),
        ("stream.requests_per_second = 0x7d0", "not 0x7d0", "0.1 to 1000"),
    ] {
        let problem = problem(text);
        assert!(problem.text.contains(value) && problem.text.contains(wanted), "{problem:?}");
    }
}

#[test]
fn a_mistake_is_not_counted_twice_where_another_key_depends_on_it() {
    problem("stream.timeout = \"soon\"\nstream.settle = [\"1s\", \"2s\"]");
    problem("stream.settle = 5\nstream.timeout = \"90s\"");
    problem("listener.bind = \"0.0.0.0:7780\"\nlistener.allow_remote = \"yes\"");
}

/// Keys and lines of what is wrong with a text.
fn places(text: &str) -> Vec<(String, Option<usize>)> {
    problems(text).into_iter().map(|problem| (problem.key, problem.line)).collect()
}

#[test]
fn r31_every_wrong_entry_of_a_list_is_named_on_its_own_line() {
    let text =
        "stream.settle = [\"soon\",\n\"5s\",\n7,\n\"9y\"]\nlinnworks.locations = [\"\", \"A\"]";
    let lines = [("stream.settle", 1), ("stream.settle", 3), ("stream.settle", 4)];
    let wanted = lines.into_iter().chain([("linnworks.locations", 5)]);
    let wanted: Vec<_> = wanted.map(|(key, line)| (key.to_owned(), Some(line))).collect();
    assert_eq!(places(text), wanted);
    let list = problems(text);
    assert!(list[0].text.starts_with("entry 1: \"soon\""), "{list:?}");
    assert!(list[2].text.starts_with("entry 4: \"9y\""), "{list:?}");
}

#[test]
fn r31_every_two_identifiers_of_one_name_are_named_with_the_later_key() {
    let text = "[identifiers.names]\nmonday = \"M\"\nsent = \"Run 01\"\nerror = \" tuesday\"\n\
                sequence = \"RUN\"\n";
    let wanted = [("sent", 3), ("error", 4), ("sequence", 5), ("sequence", 5)];
    let wanted = wanted.map(|(key, line)| (format!("identifiers.names.{key}"), Some(line)));
    assert_eq!(places(text), wanted, "{:?}", problems(text));
    let sent = &problems(text)[0].text;
    assert!(sent.contains("\"Run 01\"") && sent.contains("identifiers.names.run"), "{sent}");
    problem("[identifiers.names]\nerror = 5\nsent = \"error from stream\"");
}

#[test]
fn a_number_of_another_base_is_what_it_says() {
    assert_eq!(good("stream.burst = 0x10").stream.burst, 16);
    let rate = good("stream.requests_per_second = 0x10").stream.requests_per_second;
    assert!((rate - 16.0).abs() < f64::EPSILON, "{rate}");
}

#[test]
fn r31_a_country_is_known_by_its_name_and_by_its_code() {
    for name in ["United Kingdom", "GB", "ireland"] {
        let country = good(&format!("sender.country = {name:?}")).sender.country;
        assert_eq!(country.as_deref(), Some(name));
    }
}
