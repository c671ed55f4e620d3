//! `load PATH-OF-SWITCHBOARD [--tiny | --large] [--write FOLDER] [NAME…]`: runs the benchmark and prints its table.
#![expect(clippy::print_stdout, reason = "the table is this program's result")]

use std::path::Path;
use std::process::ExitCode;

use load::bench::{LARGE, SMALL, TINY};
use load::machine::Machine;
use load::{Failure, report};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let known: Vec<&str> = load::names().collect();
    let usage =
        || format!("usage: load PATH-OF-SWITCHBOARD [--tiny | --large] [--write FOLDER] [{}]…", known.join(" | "));
    let mut arguments = std::env::args().skip(1);
    let binary = std::path::absolute(arguments.next().ok_or_else(usage)?)?;
    let (mut scale, mut folder, mut names) = (SMALL, None, Vec::new());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--tiny" => scale = TINY,
            "--large" => scale = LARGE,
            "--write" => folder = Some(arguments.next().ok_or_else(usage)?),
            name if known.contains(&name) => names.push(argument),
            _ => return Err(usage().into()),
        }
    }
    let bench = load::prepare(binary, scale).await?;
    let rows = load::run(&bench, &names).await?;
    let machine = Machine::look(&bench)?;
    println!("{}\n\n{}", machine.text(), report::text(&rows));
    folder.map_or(Ok(()), |folder| report::write(Path::new(&folder), &bench, &machine, &rows))
}
