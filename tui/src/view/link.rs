//! Where on the screen an address stands that a terminal can open (OSC 8), and how it is told. The address
//! comes from another system: only a plain `http` address is ever handed to the terminal.

use ratatui::style::Modifier;

use super::lines;
use crate::app::Model;
use crate::app::model::Screen;
use crate::protocol::screens::Body;

/// Longer addresses are not handed to the terminal; some refuse them whole (VTE's limit is 2,083).
const ADDRESS_BYTES_MAX: usize = 2_000;

/// An address on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its first column, from 0.
    pub column: usize,
    /// Its row, from 0.
    pub row: usize,
    /// As it stands there.
    pub text: String,
    /// Where it leads.
    pub address: String,
}

/// The tracking page of the order that is shown, as far as it is on the screen.
pub fn find(model: &Model) -> Option<Link> {
    let (Screen::Order(_), Some(Body::Order(one))) = (model.screen, model.body()) else {
        return None;
    };
    let address = one.detail.order.tracking_url.clone().filter(|address| is_plain(address))?;
    let (columns, rows) = model.size;
    lines(model, columns, rows).iter().enumerate().find_map(|(row, line)| {
        let at = line
            .spans
            .iter()
            .position(|span| span.style.add_modifier.contains(Modifier::UNDERLINED))?;
        let column = line.spans[..at].iter().map(|span| span.width()).sum();
        let text = line.spans[at].content.clone().into_owned();
        Some(Link { column, row, text, address: address.clone() })
    })
}

/// Nothing in it ends the sequence or is taken for another one.
fn is_plain(address: &str) -> bool {
    (address.starts_with("https://") || address.starts_with("http://"))
        && address.len() <= ADDRESS_BYTES_MAX
        && address.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Writes it over itself: the cursor goes there and back, the letters stay the same.
pub fn sequence(link: &Link) -> String {
    let Link { column, row, text, address } = link;
    format!(
        "\x1b7\x1b[{};{}H\x1b[0;4m\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\\x1b[0m\x1b8",
        row + 1,
        column + 1
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::world::{self, State};

    fn order(state: State, size: (u16, u16)) -> Model {
        world::model(Screen::Order(104_512), state, size)
    }

    #[test]
    fn the_tracking_page_is_found_where_it_stands_and_handed_to_the_terminal() {
        for size in [(80, 24), (120, 40), (50, 24)] {
            let model = order(State::Busy, size);
            let link = find(&model).expect("it is on the screen");
            let picture = crate::view::tests::picture(&model, size);
            let line = picture.lines().nth(link.row).expect("the row");
            assert_eq!(&line[link.column..], link.text, "{size:?}");
            let told = sequence(&link);
            assert!(told.contains("\x1b]8;;https://track.example/TRK481000SDBD8\x1b\\https://"));
            assert!(told.ends_with("\x1b]8;;\x1b\\\x1b[0m\x1b8"), "closed, and the cursor is back");
        }
    }

    #[test]
    fn no_other_screen_and_no_order_without_a_page_has_a_link() {
        assert_eq!(find(&order(State::Empty, (80, 24))), None);
        assert_eq!(find(&order(State::Busy, (80, 7))), None, "it is below the screen");
        assert_eq!(find(&world::model(Screen::Orders, State::Busy, (80, 24))), None);
        let mut model = order(State::Busy, (80, 24));
        model.exchanges = true;
        assert_eq!(find(&model), None);
    }

    #[test]
    fn an_address_that_could_be_anything_else_stays_text() {
        for bad in [
            "javascript:alert(1)",
            "file:///etc/passwd",
            "https://x.example/\x1b]0;owned\x07",
            "https://x.example/a b",
            "https://x.example/é",
            &format!("https://x.example/{}", "a".repeat(ADDRESS_BYTES_MAX)),
        ] {
            assert!(!is_plain(bad), "{bad:?}");
            let mut model = order(State::Busy, (80, 24));
            if let Some(Body::Order(one)) = model.bodies.get_mut(&Screen::Order(104_512)) {
                one.detail.order.tracking_url = Some(bad.to_owned());
            }
            assert_eq!(find(&model), None);
        }
    }
}
