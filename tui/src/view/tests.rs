//! Every screen at two sizes and in four states, each compared with a text file. To write them anew:
//! `cargo test -p linnstream-tui -- --ignored write_the_screens`

use std::fmt::Write as _;
use std::path::PathBuf;

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::draw;
use crate::app::model::{Link, Model, Options, Overlay, Pending, Screen};
use crate::app::tests::world::{self, State};
use crate::protocol::Action;

/// Columns and rows.
const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

const STATES: [State; 4] = [State::Empty, State::Busy, State::Disconnected, State::Overlong];

fn screens() -> Vec<Screen> {
    Screen::TABS.into_iter().chain([Screen::Order(104_512)]).collect()
}

pub(crate) fn picture(model: &Model, (columns, rows): (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("a terminal");
    terminal.draw(|frame| draw(model, frame)).expect("drawn");
    let buffer = terminal.backend().buffer();
    let mut text = String::new();
    for row in 0..rows {
        let line: String = (0..columns).map(|column| buffer[(column, row)].symbol()).collect();
        // A wide letter fills two columns; the second has nothing of its own.
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/screens").join(format!("{name}.txt"))
}

/// Name and picture of each.
fn all() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for screen in screens() {
        for state in STATES {
            for size in SIZES {
                let model = world::model(screen, state, size);
                let name = format!("{}-{}-{}", screen.name(), state.name(), size.0).to_lowercase();
                all.push((name, picture(&model, size)));
            }
        }
    }
    let mut model = world::model(Screen::Orders, State::Busy, SIZES[0]);
    model.overlay = Some(Overlay::Help(String::new()));
    all.push(("help-80".into(), picture(&model, SIZES[0])));
    model.overlay = Some(Overlay::Palette { input: "se".into(), at: 1 });
    all.push(("palette-80".into(), picture(&model, SIZES[0])));
    let mut model = world::model(Screen::Overview, State::Busy, SIZES[0]);
    model.options = Options { ascii: true, plain: true, read_only: true, printer: false };
    all.push(("overview-ascii-80".into(), picture(&model, SIZES[0])));
    for state in [State::Busy, State::Overlong] {
        for size in SIZES {
            let mut model = world::model(Screen::Order(104_512), state, size);
            model.exchanges = true;
            all.push((format!("answers-{}-{}", state.name(), size.0), picture(&model, size)));
        }
    }
    let mut model = world::model(Screen::Order(104_512), State::Busy, SIZES[0]);
    let action = Action::Cancel { numbers: vec![104_512] };
    model.pending = Some(Pending { what: "order 104512".into(), action, at: model.local + 4_200 });
    all.push(("cancelling-80".into(), picture(&model, SIZES[0])));
    all
}

#[test]
fn every_screen_looks_as_it_was_written_down() {
    for (name, picture) in all() {
        let wanted = std::fs::read_to_string(file(&name)).unwrap_or_default();
        assert!(picture == wanted, "{name} differs:\n{picture}\nwas:\n{wanted}");
    }
}

#[test]
#[ignore = "writes the screens, after somebody has looked at them"]
fn write_the_screens() {
    for (name, picture) in all() {
        std::fs::write(file(&name), picture).expect("written");
    }
}

#[test]
fn no_size_is_a_panic_and_a_small_one_keeps_the_verdict_and_the_list() {
    for screen in screens() {
        for state in STATES {
            for size in [(1, 1), (2, 40), (29, 6), (30, 6), (50, 10), (300, 3), (250, 90)] {
                let mut model = world::model(screen, state, size);
                assert!(!picture(&model, size).is_empty());
                model.exchanges = true;
                assert!(!picture(&model, size).is_empty());
            }
        }
    }
    let small = picture(&world::model(Screen::Overview, State::Busy, (50, 10)), (50, 10));
    assert!(small.contains("need you") && small.contains("104512"), "{small}");
    assert!(picture(&world::model(Screen::Overview, State::Busy, (9, 3)), (9, 3)).contains("linn"));
}

#[test]
fn nothing_is_left_to_colour_alone() {
    // Without colours every state is still named by its word, and the row one is at has its mark.
    let mut model = world::model(Screen::Orders, State::Busy, (80, 24));
    model.options.plain = true;
    let shown = picture(&model, (80, 24));
    for word in ["refused", "attention", "planned", "▸"] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
}

#[test]
fn with_ascii_alone_nothing_else_is_on_the_screen() {
    for screen in screens() {
        let mut model = world::model(screen, State::Busy, (80, 24));
        model.options.ascii = true;
        assert!(picture(&model, (80, 24)).is_ascii(), "{screen:?}");
        model.exchanges = true;
        assert!(picture(&model, (80, 24)).is_ascii(), "{screen:?}");
    }
}

#[test]
fn what_a_lost_daemon_showed_stays_and_is_marked_as_old() {
    let model = world::model(Screen::Orders, State::Disconnected, (80, 24));
    assert!(matches!(model.link, Link::Lost { .. }));
    let shown = picture(&model, (80, 24));
    assert!(shown.contains("OLD DATA") && shown.contains("104512"), "{shown}");
    assert!(shown.contains("does not answer"), "{shown}");
}
