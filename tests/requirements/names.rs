//! The names of tests, and the requirements that a name begins with.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// The tests of a file, in modules and macros too, in their order.
pub fn tests(file: &syn::File) -> Vec<String> {
    let mut tests = Tests(Vec::new());
    tests.visit_file(file);
    tests.0
}

/// `r49_r50_batches_are_small` shows 49 and 50.
pub fn requirements(name: &str) -> Vec<u16> {
    name.split('_').map_while(|word| word.strip_prefix('r')?.parse().ok()).collect()
}

struct Tests(Vec<String>);

impl Tests {
    /// `#[test] fn name` inside a macro such as `proptest!`.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut marked = false;
        let mut after_fn = false;
        for token in tokens {
            match token {
                TokenTree::Group(group) => {
                    marked |= group.stream().to_string() == "test";
                    self.tokens(group.stream());
                }
                TokenTree::Ident(ident) if ident == "fn" => after_fn = true,
                TokenTree::Ident(ident) => {
                    if after_fn && marked {
                        self.0.push(ident.to_string());
                        marked = false;
                    }
                    after_fn = false;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Tests {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        let is_test = |attribute: &syn::Attribute| {
            attribute.path().segments.last().is_some_and(|last| last.ident == "test")
        };
        if function.attrs.iter().any(is_test) {
            self.0.push(function.sig.ident.to_string());
        }
        visit::visit_item_fn(self, function);
    }

    fn visit_macro(&mut self, invoked: &'ast syn::Macro) {
        self.tokens(invoked.tokens.clone());
    }
}
