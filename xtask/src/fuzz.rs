//! `cargo xtask fuzz`: the fuzz targets under libFuzzer, guided by coverage.
//!
//! It compiles with the stable toolchain: the passes that count coverage are part of it, and only sanitizers would need a nightly one. The code is safe Rust, so
//! what they would find cannot be there; overflows and assertions are checked. It needs a C++ compiler, for libFuzzer itself.

use std::{fs, process::ExitCode, time::Instant};

use anyhow::{Result, bail, ensure};
use clap::Args;
use stack::guard;
use tokio::process::Command;

use crate::{install, paths, progress};

/// What cargo-fuzz passes as well, without a sanitizer.
const INSTRUMENTATION: [&str; 9] = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
    "-Cdebug-assertions",
    "-Coverflow-checks",
];
/// The longest input that libFuzzer makes, in bytes.
const MAX_LEN: u32 = 4096;

/// Options of `cargo xtask fuzz`.
#[derive(Args)]
pub struct Options {
    /// How many executions of each target.
    #[arg(long, default_value_t = 1_000_000)]
    runs: u64,
    /// One target alone.
    #[arg(long)]
    target: Option<String>,
}

/// Runs the targets one after the other; the exit code says whether none has crashed.
pub async fn run(options: Options) -> Result<ExitCode> {
    install::apt::packages(&[stack::requirements::CPLUSPLUS]).await?;
    let host = host().await?;
    let mut build = guard::command("cargo");
    build
        .current_dir(paths::root())
        .args(["build", "--release", "--package", "fuzz", "--target", &host, "--target-dir"])
        .arg(paths::in_target("fuzz"))
        // Thin LTO would take the counters of crates apart.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_ENCODED_RUSTFLAGS", INSTRUMENTATION.join("\u{1f}"));
    progress::step("compiling the fuzz targets", "fuzz-build", build).await?;
    let program = paths::in_target("fuzz").join(&host).join("release/fuzz");

    let names: Vec<&str> = ::fuzz::TARGETS.iter().map(|target| target.name).collect();
    let wanted = |name: &str| options.target.as_deref().is_none_or(|only| only == name);
    ensure!(names.iter().any(|name| wanted(name)), "the targets are {}", names.join(", "));
    let mut crashes = 0;
    for target in ::fuzz::TARGETS.into_iter().filter(|target| wanted(target.name)) {
        let folder = paths::in_target("fuzz/corpus").join(target.name);
        fs::create_dir_all(&folder)?;
        for (index, seed) in (target.seeds)().into_iter().enumerate() {
            fs::write(folder.join(format!("seed-{index}")), seed)?;
        }
        let words = paths::in_target("fuzz/corpus").join(format!("{}.dict", target.name));
        fs::write(&words, target.words.iter().map(|word| dictionary_line(word)).collect::<String>())?;
        let began = Instant::now();
        let mut command = guard::command(&program);
        command
            .current_dir(paths::in_target("fuzz"))
            .env("FUZZ_TARGET", target.name)
            .arg(format!("-runs={}", options.runs))
            .arg(format!("-max_len={MAX_LEN}"))
            .arg(format!("-dict={}", words.display()))
            .arg(format!("-artifact_prefix={}-", target.name))
            .args(["-timeout=10", "-print_final_stats=1", "-verbosity=1"])
            .arg(&folder);
        let log_file = paths::in_target("logs").join(format!("fuzz-{}.log", target.name));
        let succeeded = progress::watch(&format!("fuzzing {}", target.name), &log_file, command).await?;
        let said = String::from_utf8_lossy(&fs::read(&log_file)?).into_owned();
        let executions = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
        let executions = executions.map_or("?", str::trim);
        let of_this = u32::from(!succeeded);
        crashes += of_this;
        let seconds = began.elapsed().as_secs_f64();
        println!("{}: {executions} executions, {of_this} crashes, {seconds:.1} s", target.name);
        if !succeeded {
            println!("{}", progress::tail(&log_file, 40));
        }
    }
    Ok(if crashes == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A word in libFuzzer's form: in quotes, every byte that is no letter or digit as `\xXX`.
fn dictionary_line(word: &str) -> String {
    use std::fmt::Write as _;
    let mut line = "\"".to_owned();
    for byte in word.bytes() {
        if byte.is_ascii_alphanumeric() {
            line.push(char::from(byte));
        } else {
            let _ = write!(line, "\\x{byte:02X}");
        }
    }
    line.push_str("\"\n");
    line
}

/// The machine's own triple: with a `--target` the instrumentation is left out of build scripts and macros.
async fn host() -> Result<String> {
    let output = Command::new("rustc").current_dir(paths::root()).arg("-vV").output().await?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    match said.lines().find_map(|line| line.strip_prefix("host: ")) {
        Some(host) => Ok(host.to_owned()),
        None => bail!("rustc does not say which machine this is"),
    }
}
