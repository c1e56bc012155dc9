//! Takes one step so many times: what valgrind is run on. Without arguments it prints the names of the steps.

#![allow(clippy::print_stdout, reason = "its output is read by a test")]

use anyhow::{Context as _, Result};

/// The origin's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut steps = hot_path::steps()?;
    let Some(name) = arguments.next() else {
        for step in steps {
            println!("{}", step.name);
        }
        return Ok(());
    };
    let times: u32 = arguments.next().context("how many times?")?.parse()?;
    let step = steps.iter_mut().find(|step| step.name == name).context("there is no such step")?;
    for _ in 0..times {
        (step.take)();
    }
    Ok(())
}
