//! Every path that a file names: in uses and re-exports, in types, patterns and bodies, inside
//! macros. What stands under `cfg(test)` is left out.

use std::collections::BTreeSet;

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, ItemUse, Meta, UseTree, Visibility};

use super::sources::Source;
use super::table::{self, Unit};

/// What is forbidden in a file, each as `FILE:LINE: …`.
pub fn check(file: &Source) -> Vec<String> {
    let Some(unit) = Unit::of_file(&file.path) else { return Vec::new() };
    if unit.name == "lib" {
        return more_than_modules(file);
    }
    let mut names = Names {
        unit,
        module: match unit.name {
            "main" => Vec::new(),
            _ => table::module_of(&file.path),
        },
        in_protocol: unit.name == "tui::protocol",
        own: BTreeSet::new(),
        found: Vec::new(),
    };
    if let Some(last) = names.module.last()
        && file.path == "tui/src/lib.rs"
        && last == "lib"
    {
        names.module.clear();
    }
    names.own = own_names(&file.syntax.items);
    names.visit_file(&file.syntax);
    let mut found: Vec<_> = names
        .found
        .into_iter()
        .map(|(line, text)| (line, format!("{}:{line}: {text}", file.path)))
        .collect();
    found.sort();
    found.dedup();
    found.into_iter().map(|(_, text)| text).collect()
}

/// Whatever stands in the root beside its list of modules.
fn more_than_modules(file: &Source) -> Vec<String> {
    let others = file.syntax.items.iter().filter(|item| !matches!(item, syn::Item::Mod(_)));
    others
        .map(|item| {
            let line = item.span().start().line;
            format!("{}:{line}: the root holds nothing but modules", file.path)
        })
        .collect()
}

/// Files that exist under `cfg(test)` alone: `#[cfg(test)] mod tests;`.
pub fn test_only_files(files: &[Source]) -> BTreeSet<String> {
    let mut folders = Vec::new();
    for file in files {
        let stem = file.path.trim_end_matches(".rs");
        let stem = stem.trim_end_matches("/mod").trim_end_matches("/lib").trim_end_matches("/main");
        for item in &file.syntax.items {
            if let syn::Item::Mod(module) = item
                && module.content.is_none()
                && is_test_only(&module.attrs)
            {
                folders.push(format!("{stem}/{}", module.ident));
            }
        }
    }
    let within = |path: &str| {
        let stem = path.trim_end_matches(".rs");
        folders.iter().any(|f| {
            stem.strip_prefix(f.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('/'))
        })
    };
    files.iter().map(|file| file.path.clone()).filter(|path| within(path)).collect()
}

/// `cfg(test)`, or `cfg(all(test, …))`.
fn is_test_only(attributes: &[Attribute]) -> bool {
    fn needs_test(tokens: TokenStream) -> bool {
        match syn::parse2::<Meta>(tokens) {
            Ok(Meta::Path(path)) => path.is_ident("test"),
            Ok(Meta::List(list)) if list.path.is_ident("all") => list
                .tokens
                .into_iter()
                .collect::<Vec<_>>()
                .split(|token| matches!(token, TokenTree::Punct(p) if p.as_char() == ','))
                .any(|part| needs_test(part.iter().cloned().collect())),
            _ => false,
        }
    }
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => needs_test(list.tokens.clone()),
        _ => false,
    })
}

/// Names that the file itself brings in: modules and imports. A path that begins with one of them
/// leads no further than the import, which is checked where it stands.
fn own_names(items: &[syn::Item]) -> BTreeSet<String> {
    fn of_tree(tree: &UseTree, names: &mut BTreeSet<String>) {
        match tree {
            UseTree::Path(path) => of_tree(&path.tree, names),
            UseTree::Name(name) => {
                names.insert(name.ident.to_string());
            }
            UseTree::Rename(rename) => {
                names.insert(rename.rename.to_string());
            }
            UseTree::Glob(_) => {}
            UseTree::Group(group) => group.items.iter().for_each(|tree| of_tree(tree, names)),
        }
    }
    let mut names = BTreeSet::new();
    for item in items {
        match item {
            syn::Item::Mod(module) => {
                names.insert(module.ident.to_string());
            }
            // `use tui;` brings in the crate under its own name and hides nothing.
            syn::Item::Use(item) if matches!(&item.tree, UseTree::Path(_)) => {
                of_tree(&item.tree, &mut names)
            }
            _ => {}
        }
    }
    names
}

struct Names {
    unit: Unit,
    /// The module that is being read, below the crate.
    module: Vec<String>,
    in_protocol: bool,
    own: BTreeSet<String>,
    found: Vec<(usize, String)>,
}

impl Names {
    fn report(&mut self, span: Span, text: String) {
        self.found.push((span.start().line, text));
    }

    /// Checks one path as written. `imported`: it stands in a `use`.
    fn path(&mut self, parts: &[String], span: Span, imported: bool, exported: bool) {
        let Some(first) = parts.first().map(String::as_str) else { return };
        if parts.len() == 1 && !imported {
            return;
        }
        match first {
            "crate" | "self" | "super" => {
                if let Some(resolved) = self.resolve(parts) {
                    self.inside(&resolved, parts, span, exported);
                }
            }
            // The library, as the binary beside it sees it.
            "linnstream" => self.inside(&parts[1..], parts, span, exported),
            _ if imported || !self.own.contains(first) => {
                self.outside(parts, span, imported);
            }
            _ => {}
        }
    }

    /// The path below the crate, or `None` when it leads above it.
    fn resolve(&self, parts: &[String]) -> Option<Vec<String>> {
        let mut at = if parts[0] == "crate" { Vec::new() } else { self.module.clone() };
        let mut rest = parts.iter().skip(usize::from(parts[0] == "crate" || parts[0] == "self"));
        let mut names = Vec::new();
        for part in rest.by_ref() {
            if part == "super" {
                at.pop()?;
            } else if part != "self" {
                names.push(part.clone());
            }
        }
        at.extend(names);
        Some(at)
    }

    fn inside(&mut self, resolved: &[String], written: &[String], span: Span, exported: bool) {
        let shown = written.join("::");
        if self.unit.name.starts_with("tui") {
            let stays = resolved.first().is_some_and(|first| first == "protocol");
            if self.in_protocol && !stays {
                self.report(span, format!("{shown}: the protocol knows nothing else of tui"));
            }
            return;
        }
        if resolved.is_empty() || resolved[0] == "*" {
            return self.report(span, format!("{shown}: names everything: name the module"));
        }
        let Some(to) = Unit::of_path(resolved) else {
            return self
                .report(span, format!("{shown}: {} has no place in the table", resolved[0]));
        };
        if let Some(why) = table::refusal(self.unit, to, resolved) {
            self.report(span, format!("{} may not name {shown}: {why}", self.unit.name));
        } else if exported && to != self.unit && self.unit.name != "main" {
            // Else a third module could reach `to` under the name of this one.
            self.report(
                span,
                format!("{} may not hand on {shown}: name it where it lives", self.unit.name),
            );
        }
    }

    fn outside(&mut self, parts: &[String], span: Span, imported: bool) {
        // In a body a path may begin with a type; only crates have lower-case names.
        let is_crate =
            parts[0].chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        let local = self.own.contains(&parts[0]) && imported && self.in_protocol && parts.len() > 1;
        if !is_crate || local {
            return;
        }
        // Primitive types have functions too: `u16::from`.
        let primitive = [
            "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize",
            "f32", "f64", "bool", "char", "str",
        ];
        if primitive.contains(&parts[0].as_str()) {
            return;
        }
        if let Some(why) = table::outside_refusal(self.unit, parts) {
            self.report(
                span,
                format!("{} may not name {}: {why}", self.unit.name, parts.join("::")),
            );
        }
    }

    fn tree(&mut self, tree: &UseTree, above: &[String], exported: bool) {
        let with = |ident: &syn::Ident| {
            let mut parts = above.to_vec();
            parts.push(ident.to_string());
            parts
        };
        match tree {
            UseTree::Path(path) => self.tree(&path.tree, &with(&path.ident), exported),
            UseTree::Name(name) => self.path(&with(&name.ident), name.ident.span(), true, exported),
            UseTree::Rename(name) => {
                self.path(&with(&name.ident), name.ident.span(), true, exported)
            }
            UseTree::Glob(glob) => {
                let mut parts = above.to_vec();
                parts.push("*".to_owned());
                self.path(&parts, glob.star_token.spans[0], true, exported);
            }
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.tree(tree, above, exported));
            }
        }
    }

    /// Paths inside a macro, whose syntax is its own: names joined by `::`.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let colon =
            |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == ':');
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(ident) => {
                    let mut parts = vec![ident.to_string()];
                    while colon(at + 1) && colon(at + 2) {
                        let Some(TokenTree::Ident(next)) = tokens.get(at + 3) else { break };
                        parts.push(next.to_string());
                        at += 3;
                    }
                    if parts.len() > 1 {
                        self.path(&parts, ident.span(), false, false);
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Fn(item) => &item.attrs,
            syn::Item::Impl(item) => &item.attrs,
            syn::Item::Mod(item) => &item.attrs,
            syn::Item::Struct(item) => &item.attrs,
            syn::Item::Enum(item) => &item.attrs,
            syn::Item::Use(item) => &item.attrs,
            syn::Item::Const(item) => &item.attrs,
            syn::Item::Macro(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !is_test_only(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.attrs.iter().any(|attribute| attribute.path().is_ident("path")) {
            self.report(
                module.ident.span(),
                "a module lives where its name says, without #[path]".into(),
            );
        }
        self.module.push(module.ident.to_string());
        let outer = self.own.clone();
        if let Some((_, items)) = &module.content {
            self.own.extend(own_names(items));
        }
        visit::visit_item_mod(self, module);
        self.own = outer;
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let exported = !matches!(item.vis, Visibility::Inherited);
        self.tree(&item.tree, &[], exported);
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        self.path(&[item.ident.to_string(), "*".to_owned()], item.ident.span(), true, false);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<_> = path.segments.iter().map(|part| part.ident.to_string()).collect();
        if let Some(first) = path.segments.first() {
            self.path(&parts, first.ident.span(), false, false);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invoked: &'ast syn::Macro) {
        if invoked.path.is_ident("include") {
            self.report(invoked.bang_token.spans[0], "include! hides what a file names".to_owned());
        }
        self.tokens(invoked.tokens.clone());
        visit::visit_macro(self, invoked);
    }
}
