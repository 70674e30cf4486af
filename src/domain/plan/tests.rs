//! The guide's rules on runs, days and places, case by case.

use super::*;

fn plan(text: &str) -> Plan {
    Plan {
        run: RunId("RUN0031184".into()),
        text: text.into(),
        day: Day::parse("2026-11-26"),
        sequence: Some(7),
        driver: "somebody".into(),
        vehicle: "Luton 3".into(),
        leaves: "2026-11-26T07-00Z".into(),
        dispatched: false,
        completed: false,
    }
}

#[test]
fn r81_r86_a_run_is_recognised_in_each_form_that_was_decided_on() {
    for (text, number) in [
        ("RUN 01", 1),
        ("run 1", 1),
        ("Run01", 1),
        ("RUN-001", 1),
        ("RUN  7", 7),
        ("RUN 01 - North", 1),
        ("RUN 01 North", 1),
        ("RUN 2: vans", 2),
        ("  RUN 20", 20),
        ("RUN#5", 5),
        ("RUN_6", 6),
    ] {
        assert_eq!(RunText::read(text), RunText::Number(number), "{text}");
    }
}

#[test]
fn r84_r85_no_other_text_gives_a_run_and_none_is_invented() {
    for text in [
        "RUN 3A",
        "RUN 26/11",
        "RUN - 01",
        "RUN ONE",
        "RUN",
        "7",
        "Route 7",
        "North RUN 01",
        "",
        "RUN 0001",
        "RÜN 1",
        "ru",
        "RUN\u{a0}1",
        "Van A",
    ] {
        assert_eq!(RunText::read(text), RunText::Unreadable, "{text:?}");
        assert_eq!(plan(text).run_number(), None);
    }
    assert_eq!(RunText::read("RUN 0"), RunText::Beyond(0));
    assert_eq!(RunText::read("RUN 21"), RunText::Beyond(21));
    assert_eq!(RunText::read("RUN 999"), RunText::Beyond(999));
}

#[test]
fn r84_a_run_without_an_identifier_still_gives_day_and_place_and_says_what_is_wanted() {
    for text in ["RUN 21", "Van A", ""] {
        let marks: Vec<Mark> = plan(text).marks(true).collect();
        assert_eq!(marks, [Mark::Day(3), Mark::Sequence(7)], "{text}");
        let warning = plan(text).warning(true).expect("warned");
        assert!(warning.contains("RUN 01"), "{warning}");
    }
    assert_eq!(plan("RUN 03").warning(true), None);
}

#[test]
fn r90_places_are_shown_only_when_that_is_wanted_and_r89_only_up_to_twenty() {
    let mut run = plan("RUN 03");
    let marks = |run: &Plan, sequence| run.marks(sequence).collect::<Vec<_>>();
    assert_eq!(marks(&run, false), [Mark::Run(3), Mark::Day(3)]);
    assert_eq!(marks(&run, true), [Mark::Run(3), Mark::Day(3), Mark::Sequence(7)]);
    for place in [Some(0), Some(21), Some(300), None] {
        run.sequence = place;
        assert_eq!(marks(&run, true), [Mark::Run(3), Mark::Day(3)], "{place:?}");
    }
    run.sequence = Some(21);
    assert!(run.warning(true).expect("warned").contains("place 21"));
    assert_eq!(run.warning(false), None);
}

#[test]
fn r110_an_order_is_delivered_only_when_nothing_contradicts_it() {
    let goods = |arrived, lines| Goods { arrived, lines };
    assert_eq!(arrival("DELIVERED", false, goods(3, 3)), Arrival::Whole);
    assert_eq!(arrival("delivered ", false, goods(0, 3)), Arrival::Whole, "lines say nothing");
    assert_eq!(arrival("DELIVERED", false, goods(2, 3)), Arrival::Part);
    assert_eq!(arrival("COMPLETED", false, goods(0, 0)), Arrival::Whole);
    assert_eq!(arrival("PARTDELVRD", false, goods(3, 3)), Arrival::Part);
    assert_eq!(arrival("COLLECTED", false, goods(0, 1)), Arrival::Open);
    assert_eq!(arrival("COLLECTED", true, goods(1, 1)), Arrival::Whole);
    assert_eq!(arrival("FAILEDDEL", false, goods(0, 1)), Arrival::Failed);
    assert_eq!(arrival("DELIVERYFAILED", false, goods(0, 1)), Arrival::Failed);
    assert_eq!(arrival("CANCELLED", false, goods(0, 1)), Arrival::Cancelled);
    for word in ["UNCONFIRMED", "HELD", "RELEASED", "", "SOMETHINGNEW"] {
        assert_eq!(arrival(word, false, goods(0, 1)), Arrival::Open, "{word}");
    }
}

#[test]
fn r109_an_order_is_sent_then_planned_then_dispatched_then_delivered() {
    let mut run = plan("RUN 03");
    let open = |status: &str, plan: Option<&Plan>| stage(Arrival::Open, status, plan);
    assert_eq!(open("CONFIRMED", None), Stage::Sent);
    assert_eq!(open("PLANNED", Some(&run)), Stage::Planned);
    assert_eq!(open("RELEASED", Some(&run)), Stage::Dispatched);
    assert_eq!(open("RELEASED", None), Stage::Sent, "off its run again");
    run.dispatched = true;
    assert_eq!(open("PLANNED", Some(&run)), Stage::Dispatched);
    assert_eq!(stage(Arrival::Whole, "DELIVERED", None), Stage::Delivered);
    assert!(Stage::Sent < Stage::Planned && Stage::Dispatched < Stage::Delivered);
}

#[test]
fn r96_the_day_is_the_one_that_stream_wrote_in_winter_and_summer() {
    for (text, name) in [("2026-11-26", "Thu"), ("2026-07-05", "Sun"), ("2026-07-06", "Mon")] {
        assert_eq!(Day::parse(text).expect("a day").short_name(), name);
    }
    let day = |text: &str| Day::as_written(text).map(|day| day.to_string());
    for text in ["2026-07-05T23-59Z", "2026-07-05T23:59Z", "2026-07-05T23:59:00Z", "2026-07-05"] {
        assert_eq!(day(text).as_deref(), Some("2026-07-05"), "{text}");
    }
    for text in ["0", "", "soon", "2026-13-01", "2026-07-0"] {
        assert_eq!(day(text), None, "{text}");
    }
}

#[test]
fn a_run_leaves_at_the_local_time_that_stream_wrote() {
    let london = Zone::named("Europe/London").expect("known");
    let mut run = plan("RUN 03");
    let leaves = |run: &Plan| run.leaves_at(&london).map(Timestamp::rfc3339);
    assert_eq!(leaves(&run).as_deref(), Some("2026-11-26T07:00:00.000Z"));
    run.leaves = "2026-07-05T07-00Z".into();
    assert_eq!(leaves(&run).as_deref(), Some("2026-07-05T06:00:00.000Z"), "summer time");
    run.leaves = "0".into();
    assert_eq!(leaves(&run), None);
}

#[test]
fn a_plan_reads_as_a_planner_would_say_it() {
    assert_eq!(plan("RUN 03").to_string(), "RUN 03, Thu 2026-11-26, place 7");
    assert!(!format!("{:?}", plan("RUN 03")).contains("somebody"));
}
