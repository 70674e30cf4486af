//! Arguments become a role; the role ends with a documented exit code. Nothing else ends the process.

fn main() {
    let exit = linnstream::cli::main();
    #[expect(clippy::disallowed_methods, reason = "the one place that ends the process")]
    std::process::exit(exit as i32);
}
