//! Rebuilds when a migration is added, whose list is read at compile time, and for a release when the web pages are built anew:
//! a debug binary reads those from the disk. Building them is npm's business (`make web`), never cargo's.

use std::fs::{self, File};
use std::path::Path;
use std::time::SystemTime;

#[expect(clippy::disallowed_methods, reason = "how cargo speaks to build scripts")]
fn main() {
    println!("cargo:rerun-if-changed=migrations");
    if std::env::var_os("PROFILE").is_some_and(|profile| profile == "release") {
        println!("cargo:rerun-if-changed=web/dist");
        // what is watched and not there is changed for cargo, each time; where this fails it stays so
        if !Path::new("web/dist").exists() {
            let made = fs::create_dir("web/dist").and_then(|()| File::open("web/dist"));
            made.and_then(|made| made.set_modified(SystemTime::UNIX_EPOCH)).ok();
        }
        if !Path::new("web/dist/index.html").exists() {
            println!("cargo:warning=web/dist is empty: this binary has no dashboard; `make web` builds it");
        }
    }
}
