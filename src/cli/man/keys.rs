//! Section 5, from the example configuration.

use clap_mangen::roff::{Roff, bold, roman};

use super::begin;
use crate::config::{ExampleKey, ExampleSection, example};

/// The whole page.
pub(super) fn page() -> String {
    let mut page = begin("linnstream.toml", "5", "configuration of linnstream");
    let mut sections = example().into_iter();
    page.control("SH", ["SYNOPSIS"]).text([bold("/etc/linnstream/config.toml")]);
    page.control("SH", ["DESCRIPTION"]);
    for (number, text) in sections.next().unwrap_or_default().about.into_iter().enumerate() {
        if number > 0 {
            page.control("PP", []);
        }
        page.text([roman(text)]);
    }
    for section in sections {
        one(&mut page, &section);
    }
    page.control("SH", ["SEE ALSO"]).text([
        bold("linnstream"),
        roman("(1), "),
        bold("linnstream"),
        roman("(8). With every key: /usr/share/doc/linnstream/examples/config.toml"),
    ]);
    page.render()
}

fn one(page: &mut Roff, section: &ExampleSection) {
    let ExampleSection { name, is_list, about, keys } = section;
    let title = if *is_list { format!("[[{name}]]") } else { format!("[{name}]") };
    page.control("SH", [title.as_str()]);
    for text in about {
        page.text([roman(text.as_str())]);
    }
    for ExampleKey { name, about, value, is_default, line: _ } in keys {
        let without = if *is_default { "" } else { "   (no default; an example)" };
        page.control("TP", [])
            .text([bold(format!("{name} = {value}")), roman(without)])
            .text([roman(about.as_str())]);
    }
}
