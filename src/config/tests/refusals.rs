//! The words of a refusal: the value and what is wanted, once for each mistake.

use super::problem;

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
