//! The binary: one line of wiring, and the last word when something fails.

use std::process::ExitCode;

use clap::Parser;
use switchboard::cli::Cli;

/// Frames are made on one thread and freed on another, a thousand times for each event: the system's allocator was measured to
/// take a quarter of the fan-out for that (`docs/decisions/0011-allocator.md`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    // reqwest leaves the choice of cryptography to the process; a second call would only say that it is made
    let _ = rustls::crypto::ring::default_provider().install_default();
    match Cli::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("switchboard: {error}");
            ExitCode::FAILURE
        }
    }
}
