//! Sizes, beginnings, and words that do not stay.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::sources::Source;

/// Longest file in lines.
const FILE_LINES_MAX: usize = 500;

/// Longest function in lines between its braces.
const FUNCTION_LINES_MAX: usize = 70;

/// The file itself and each of its functions that is longer than it may be.
pub fn too_long(file: &Source) -> Vec<String> {
    let mut functions = Functions { path: &file.path, found: Vec::new() };
    functions.visit_file(&file.syntax);
    let lines = file.text.lines().count();
    if lines > FILE_LINES_MAX {
        let text = format!(
            "{}: {lines} lines, at most {FILE_LINES_MAX}: find the missing concept",
            file.path
        );
        functions.found.push(text);
    }
    functions.found
}

struct Functions<'f> {
    path: &'f str,
    found: Vec<String>,
}

impl Functions<'_> {
    fn measure(&mut self, name: &syn::Ident, block: &syn::Block) {
        let braces = block.span();
        let lines = (braces.end().line - braces.start().line).saturating_sub(1);
        if lines > FUNCTION_LINES_MAX {
            let line = braces.start().line;
            self.found.push(format!(
                "{}:{line}: {name} has {lines} lines, at most {FUNCTION_LINES_MAX}",
                self.path
            ));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.measure(&function.sig.ident, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.measure(&function.sig.ident, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.measure(&function.sig.ident, block);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

/// A file that does not begin with what it is for.
pub fn without_purpose(file: &Source) -> Option<String> {
    (!file.text.starts_with("//! ")).then(|| format!("{}: does not begin with //!", file.path))
}

/// The words of work that is left for later, put together here so that this file has none.
pub fn words() -> [String; 5] {
    [["TO", "DO"], ["FIX", "ME"], ["XX", "X"], ["to", "do!"], ["unim", "plemented!"]]
        .map(|parts| parts.concat())
}

/// Lines with one of the words.
pub fn left_for_later(file: &Source) -> Vec<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let has = |line: &str, word: &str| {
        line.match_indices(word).any(|(at, _)| {
            let before = line[..at].chars().next_back().is_some_and(is_part);
            let after = line[at + word.len()..].chars().next().is_some_and(is_part);
            !before && !after
        })
    };
    let words = words();
    let lines = file.text.lines().zip(1..);
    lines
        .filter_map(|(line, number)| {
            let word = words.iter().find(|word| has(line, word))?;
            Some(format!("{}:{number}: {word}", file.path))
        })
        .collect()
}

/// Tests that are ignored and do not say why.
pub fn ignored_without_reason(file: &Source) -> Vec<String> {
    struct Ignored<'f>(&'f str, Vec<String>);
    impl<'ast> Visit<'ast> for Ignored<'_> {
        fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
            if let syn::Meta::Path(path) = &attribute.meta
                && path.is_ident("ignore")
            {
                let line = attribute.span().start().line;
                self.1.push(format!("{}:{line}: ignored without a reason", self.0));
            }
        }
    }
    let mut ignored = Ignored(&file.path, Vec::new());
    ignored.visit_file(&file.syntax);
    ignored.1
}
