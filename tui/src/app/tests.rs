//! Keys and answers, and what becomes of the model.

pub(crate) mod world;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::model::{Link, Model, Overlay, Screen};
use super::update::{Effect, Message, update};
use crate::protocol::Action;
use crate::protocol::screens::{Body, Query};
use crate::protocol::views::ActedView;
use world::{State, model, shown};

fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for key in keys.chars() {
        let code = match key {
            '\n' => KeyCode::Enter,
            '\u{1b}' => KeyCode::Esc,
            '\u{8}' => KeyCode::Backspace,
            key => KeyCode::Char(key),
        };
        effects = update(model, Message::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }
    effects
}

fn busy(screen: Screen) -> Model {
    model(screen, State::Busy, (80, 24))
}

#[test]
fn four_keys_lead_to_why_an_order_is_stuck_and_one_sends_it_again() {
    let mut model = busy(Screen::Overview);
    press(&mut model, "\n");
    assert_eq!(model.screen, Screen::Order(104_512));
    model.shown(shown(&model, State::Busy));
    assert_eq!(press(&mut model, "r"), [Effect::Act(Action::Resend { numbers: vec![104_512] })]);
    press(&mut model, "\u{1b}");
    assert_eq!(model.screen, Screen::Overview, "Esc leads back");
}

#[test]
fn many_orders_are_sent_again_only_after_their_number_was_typed() {
    let mut model = busy(Screen::Errors);
    assert_eq!(press(&mut model, "R"), []);
    let Some(Overlay::Ask(question)) = model.overlay.clone() else { panic!("it asks") };
    assert!(question.text.contains("15 orders"), "{}", question.text);
    assert_eq!(press(&mut model, "\n"), [], "Enter alone does nothing");
    assert!(model.overlay.is_none());
    press(&mut model, "R15");
    let effects = press(&mut model, "\n");
    assert!(
        matches!(&effects[..], [Effect::Act(Action::Resend { numbers })] if numbers.len() == 15)
    );
}

#[test]
fn a_cancellation_asks_and_every_key_but_y_means_no() {
    let mut model = busy(Screen::Order(104_512));
    for no in ["Xn", "X\n", "X\u{1b}", "X "] {
        assert_eq!(press(&mut model, no), [], "{no:?}");
        assert!(model.overlay.is_none());
    }
    assert_eq!(press(&mut model, "Xy"), []);
    assert!(model.pending.is_some(), "y means yes, and there is a moment to think again");
}

/// The local clock moves on by so much.
fn pass(model: &mut Model, ms: i64) -> Vec<Effect> {
    let local = model.local + ms;
    update(model, Message::Tick(local))
}

fn cancelled(number: u64) -> [Effect; 1] {
    [Effect::Act(Action::Cancel { numbers: vec![number] })]
}

#[test]
fn a_cancellation_goes_out_after_five_seconds_and_not_before() {
    let mut model = busy(Screen::Order(104_512));
    press(&mut model, "Xy");
    assert_eq!(pass(&mut model, 4_999), []);
    press(&mut model, "e");
    assert_eq!(pass(&mut model, 1), cancelled(104_512), "other keys do not stop it");
    assert_eq!(pass(&mut model, 60_000), [], "once");
}

#[test]
fn escape_stops_a_cancellation_whatever_else_is_open_and_leaving_does_too() {
    for keys in ["\u{1b}", "?\u{1b}", "q"] {
        let mut model = busy(Screen::Order(104_512));
        press(&mut model, "Xy");
        assert_eq!(press(&mut model, keys), [], "{keys:?}");
        let said = model.toast.clone().expect("said").text;
        assert_eq!(said, "Stopped: order 104512 stays as it is.");
        assert_eq!(model.screen, Screen::Order(104_512), "and one is where one was");
        assert_eq!(pass(&mut model, 60_000), []);
        assert_eq!(
            press(&mut model, if keys == "q" { "q" } else { "" }).len(),
            usize::from(keys == "q")
        );
    }
}

#[test]
fn a_second_cancellation_sends_the_first_and_waits_itself() {
    let mut model = busy(Screen::Order(104_512));
    press(&mut model, "Xy");
    model.screen = Screen::Order(7);
    assert_eq!(press(&mut model, "Xy"), cancelled(104_512));
    assert_eq!(pass(&mut model, 5_000), cancelled(7));
}

#[test]
fn a_cancellation_is_not_sent_to_a_daemon_that_has_gone_meanwhile() {
    let mut model = busy(Screen::Order(104_512));
    press(&mut model, "Xy");
    update(&mut model, Message::Lost("it ended".into(), 1));
    assert_eq!(pass(&mut model, 5_000), []);
    assert!(model.toast.expect("said").text.contains("was not cancelled"));
}

#[test]
fn the_last_answers_about_an_order_are_one_key_away_and_escape_leads_back_to_it() {
    let mut model = busy(Screen::Order(104_512));
    press(&mut model, "e");
    assert!(model.exchanges);
    press(&mut model, "\u{1b}");
    assert_eq!((model.exchanges, model.screen), (false, Screen::Order(104_512)));
    press(&mut model, "e");
    press(&mut model, "2");
    assert!(!model.exchanges, "another screen is not that page");
    let mut nothing = model_of_nothing();
    press(&mut nothing, "e");
    assert!(!nothing.exchanges, "there is nothing to show");
}

#[test]
fn an_order_that_is_not_in_stream_is_neither_cancelled_nor_read_there() {
    let mut model = model_of_nothing();
    for key in ["X", "f"] {
        assert_eq!(press(&mut model, key), []);
        assert!(model.overlay.is_none(), "{key}");
    }
    assert!(!crate::view::tests::picture(&model, (80, 24)).contains("cancel"));
}

fn model_of_nothing() -> Model {
    model(Screen::Order(104_512), State::Empty, (80, 24))
}

#[test]
fn a_peer_that_may_only_look_has_no_key_that_changes_anything() {
    for screen in
        [Screen::Overview, Screen::Orders, Screen::Errors, Screen::Queue, Screen::Order(1)]
    {
        let mut model = busy(screen);
        model.head.operator = false;
        for key in ["r", "R", "X", "P", "v"] {
            assert_eq!(press(&mut model, key), [], "{screen:?} {key}");
            assert!(model.overlay.is_none(), "{screen:?} {key}");
        }
        let mut model = busy(screen);
        model.options.read_only = true;
        assert!(!press(&mut model, "r").iter().any(|one| matches!(one, Effect::Act(_))));
    }
}

#[test]
fn a_filter_is_asked_for_as_it_is_typed_and_escape_clears_it() {
    let mut model = busy(Screen::Orders);
    assert_eq!(press(&mut model, "/ls1"), [Effect::Watch]);
    let Query::Orders(listing) = model.watch().query else { panic!("orders") };
    assert_eq!((listing.filter.as_str(), listing.offset, listing.focus), ("ls1", 0, None));
    assert_eq!(press(&mut model, "\u{8}"), [Effect::Watch]);
    assert_eq!(model.list().filter, "ls");
    press(&mut model, "\n");
    assert!(model.overlay.is_none());
    assert_eq!(model.list().filter, "ls", "it stays and is shown");
    press(&mut model, "\u{1b}");
    assert_eq!(model.list().filter, "");
}

#[test]
fn letters_typed_into_a_filter_do_nothing_else() {
    let mut model = busy(Screen::Orders);
    assert!(press(&mut model, "/qrX").iter().all(|one| *one == Effect::Watch));
    assert_eq!(model.list().filter, "qrX");
}

#[test]
fn the_row_one_is_at_is_found_again_when_rows_come_and_go() {
    let mut model = busy(Screen::Orders);
    press(&mut model, "jj");
    model.shown(shown(&model, State::Busy));
    let focus = model.list().focus;
    assert!(focus.is_some());
    let mut snapshot = shown(&model, State::Busy);
    if let Body::Orders(page) = &mut snapshot.body {
        page.focus = Some(7);
    }
    model.shown(snapshot);
    assert_eq!(model.list().cursor, 7, "the daemon says where it stands now");
}

#[test]
fn an_answer_to_another_question_changes_nothing_but_the_head() {
    let mut model = busy(Screen::Orders);
    let mut late = shown(&model, State::Empty);
    late.asked = 999;
    late.head.errors = 77;
    let before = model.bodies.clone();
    assert_eq!(update(&mut model, Message::Shown(Box::new(late))), []);
    assert_eq!((model.bodies, model.head.errors), (before, 77));
}

#[test]
fn a_daemon_that_goes_and_comes_keeps_screen_filter_sort_and_row() {
    let mut model = busy(Screen::Orders);
    press(&mut model, "oj/ls\n");
    let (list, screen) = (model.list(), model.screen);
    update(&mut model, Message::Lost("it ended".into(), 1));
    assert!(matches!(&model.link, Link::Lost { attempt: 1, .. }));
    update(&mut model, Message::Lost("nobody answers".into(), 2));
    assert_eq!((model.list().filter, model.list().sort), (list.filter, list.sort));
    assert_eq!(model.watch().seen, 0, "everything is asked for anew");
    let snapshot = shown(&model, State::Busy);
    update(&mut model, Message::Shown(Box::new(snapshot)));
    assert_eq!((model.link.clone(), model.screen), (Link::Live, screen));
}

#[test]
fn the_activity_is_held_without_losing_lines() {
    let mut model = busy(Screen::Activity);
    let first = model.lines.len();
    press(&mut model, "f");
    let mut more = shown(&model, State::Busy);
    if let Body::Activity(lines) = &mut more.body {
        lines.iter_mut().for_each(|line| line.seq += 1_000);
    }
    update(&mut model, Message::Shown(Box::new(more)));
    assert_eq!(model.lines.len(), 2 * first);
    assert_eq!(model.unread, Some(first));
    press(&mut model, "f");
    assert_eq!((model.unread, model.scroll), (None, 0));
}

#[test]
fn every_key_is_in_the_help_once_and_the_palette_reaches_what_works() {
    let mut seen = std::collections::BTreeSet::new();
    for binding in super::keys::BINDINGS {
        assert!(seen.insert(binding.name), "{} twice", binding.name);
        assert!(!binding.codes.is_empty() && !binding.keys.is_empty());
    }
    let mut model = busy(Screen::Overview);
    press(&mut model, ":errors");
    press(&mut model, "\n");
    assert_eq!(model.screen, Screen::Errors);
}

#[test]
fn the_last_key_of_the_help_is_reached_on_a_small_screen() {
    let mut model = busy(Screen::Overview);
    press(&mut model, "?");
    let shown = |model: &Model| crate::view::tests::picture(model, (80, 24));
    assert!(shown(&model).contains("shows more") && !shown(&model).contains("mouse on or off"));
    update(&mut model, Message::Key(KeyEvent::new(KeyCode::Down, KeyModifiers::NONE)));
    assert!(shown(&model).contains("mouse on or off"), "{}", shown(&model));
    press(&mut model, "x");
    assert!(shown(&model).contains("cancel in Stream"), "what is typed finds from the top");
}

#[test]
fn no_two_keys_mean_different_things_at_once() {
    for screen in Screen::TABS.into_iter().chain([Screen::Order(104_512)]) {
        let model = busy(screen);
        let works = super::keys::BINDINGS.iter().filter(|one| (one.works)(&model));
        let mut taken = std::collections::BTreeMap::new();
        for binding in works {
            for code in binding.codes {
                if let Some(other) = taken.insert(format!("{code:?}"), binding.name) {
                    panic!("{screen:?}: {code:?} means {other} and {}", binding.name);
                }
            }
        }
    }
}

#[test]
fn what_became_of_many_is_told_in_one_line() {
    let row = |number, result: &str| ActedView {
        number: Some(number),
        id: None,
        result: result.into(),
        text: "it is held".into(),
    };
    let mut model = busy(Screen::Orders);
    let action = Action::Resend { numbers: vec![1, 2, 3] };
    let rows = vec![row(1, "queued"), row(2, "queued"), row(3, "refused")];
    assert_eq!(update(&mut model, Message::Acted(action, rows)), [Effect::Watch]);
    let said = model.toast.expect("said").text;
    assert_eq!(said, "sent again: 2 orders, refused 1: 3 it is held");
}

#[test]
fn personal_data_is_shown_only_after_it_was_asked_for_and_recorded() {
    let mut model = busy(Screen::Orders);
    assert!(!model.watch().reveal);
    assert_eq!(press(&mut model, "v"), []);
    assert_eq!(press(&mut model, "y"), [Effect::Act(Action::Reveal)]);
    assert!(!model.watch().reveal, "not before the daemon has recorded it");
    let row = ActedView {
        number: None,
        id: Some("reveal".into()),
        result: "done".into(),
        text: "ok".into(),
    };
    update(&mut model, Message::Acted(Action::Reveal, vec![row]));
    assert!(model.watch().reveal);
    press(&mut model, "v");
    assert!(!model.watch().reveal, "masked again at once");
}

#[test]
fn a_run_sheet_is_written_with_the_last_stop_first() {
    let mut model = busy(Screen::Runs);
    let effects = press(&mut model, "s");
    let [Effect::Write { name, text }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(name, "runsheet-run-03-2026-11-24.txt");
    let places: Vec<&str> =
        text.lines().skip(3).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(places, ["2", "1"]);
}

#[test]
fn a_run_sheet_is_printed_where_there_is_a_printer_and_what_became_of_it_is_told() {
    let mut model = busy(Screen::Runs);
    assert_eq!(press(&mut model, "S"), [], "no command that prints");
    model.options.printer = true;
    let effects = press(&mut model, "S");
    let [Effect::Print { name, text }] = &effects[..] else { panic!("{effects:?}") };
    assert!(name == "RUN 03" && text.contains("104381"), "{name} {text}");
    assert!(model.toast.clone().expect("said").text.contains("Printing"));
    let done = "The sheet of RUN 03 went to the printer.";
    update(&mut model, Message::Printed(done.into()));
    assert_eq!(model.toast.expect("said").text, done);
}
