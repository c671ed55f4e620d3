//! Rebuilds when a migration is added, whose list is read at compile time, and for a release when the web pages are built anew:
//! a debug binary reads those from the disk. Building them is npm's business (`make web`), never cargo's.

use std::path::Path;

#[expect(clippy::disallowed_methods, reason = "how cargo speaks to build scripts")]
fn main() {
    println!("cargo:rerun-if-changed=migrations");
    if std::env::var_os("PROFILE").is_some_and(|profile| profile == "release") {
        println!("cargo:rerun-if-changed=web/dist");
        if !Path::new("web/dist/index.html").exists() {
            println!("cargo:warning=web/dist is not there: this binary has no dashboard; `make web` builds it");
        }
    }
}
