//! Compiles the Worker: Rust to WebAssembly, the glue of wasm-bindgen, one bundled module, optimised WebAssembly.
//!
//! It does what the `worker-build` tool does, without the tool: that one must be installed first, a minute and a half
//! of compiling against dependencies of its own, and fetches its helpers from places that a build machine may not
//! reach. Here the helpers are packages of this workspace and of `package.json`, at locked versions.
//!
//! Nothing is done twice: when neither the compiled code nor a tool has changed, the last output stands.

mod fingerprint;
pub mod size;
mod variant;

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs::{self, File},
    path::Path,
    process::ExitCode,
};

use anyhow::{Context, Result, ensure};
use clap::Args;
use stack::guard;
use tokio::process::Command;

pub use self::variant::Variant;
use crate::{install, paths, progress::step};

/// The profile in `Cargo.toml` that the Worker is compiled with.
const PROFILE: &str = "release-edge";

/// What rustc emits and workerd supports. Named one by one: with `--all-features` a newer wasm-opt might use an
/// encoding that the runtime cannot read.
const WASM_FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-exception-handling",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// The two files that make up the Worker.
const OUTPUTS: [&str; 2] = ["index.js", "worker_bg.wasm"];

/// Options of `cargo xtask build-edge`.
#[derive(Args)]
pub struct Options {
    /// Fail if the Worker is larger than 300 KB gzipped.
    #[arg(long)]
    check_size: bool,
}

/// Installs what is missing, builds, prints the size.
pub async fn run(options: Options) -> Result<ExitCode> {
    install::rust::wasm_target().await?;
    install::npm::packages().await?;
    let gzipped_bytes = build_and_measure().await?;
    let limit = size::human(size::LIMIT_BYTES);
    println!("The Worker is {} gzipped (limit {limit}).", size::human(gzipped_bytes));
    ensure!(
        !options.check_size || gzipped_bytes <= size::LIMIT_BYTES,
        "the Worker is larger than {limit} gzipped"
    );
    Ok(ExitCode::SUCCESS)
}

/// Builds, and says how large the Worker is, in bytes, gzipped.
pub async fn build_and_measure() -> Result<u64> {
    // Measured before another build may write to the files.
    let lock = lock(&Variant::Deployed.work_dir()).await?;
    build_under(&lock, Variant::Deployed).await?;
    size::gzipped_bytes(&Variant::Deployed.output_files())
}

/// Brings `edge-worker/build`, or what a variant has in its place, up to date.
pub async fn build(variant: Variant) -> Result<()> {
    build_under(&lock(&variant.work_dir()).await?, variant).await
}

/// Waits until no other build is under way: `wrangler dev` may run this while we do. It is held for as long as the
/// file is open, so whoever asks for it must keep that.
async fn lock(work_dir: &Path) -> Result<File> {
    fs::create_dir_all(work_dir)?;
    let file = File::create(work_dir.join("lock"))?;
    Ok(tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await??)
}

/// Builds; the caller keeps the lock.
async fn build_under(_lock: &File, variant: Variant) -> Result<()> {
    let work_dir = variant.work_dir();
    compile(variant).await?;
    let compiled = variant.compiled(PROFILE);
    let bindgen = paths::in_target("debug/bindgen");
    let entry = entry_module()?;
    let fingerprint = fingerprint::of(&compiled, &bindgen, &entry)?;
    let fingerprint_file = work_dir.join("fingerprint");
    let is_current = fs::read_to_string(&fingerprint_file).is_ok_and(|last| last == fingerprint);
    if is_current && variant.output_files().iter().all(|file| file.exists()) {
        return Ok(());
    }

    let staging = work_dir.join("staging");
    if staging.exists() {
        fs::remove_dir_all(&staging)?;
    }
    fs::create_dir_all(&staging)?;
    link(&staging, &compiled, &bindgen, &entry).await?;
    let build_dir = variant.output_dir();
    fs::create_dir_all(&build_dir)?;
    // If we are ended between the copies, the next build must not take them for the last one's.
    if fingerprint_file.exists() {
        fs::remove_file(&fingerprint_file)?;
    }
    for output in OUTPUTS {
        fs::copy(staging.join(output), build_dir.join(output))?;
    }
    fs::write(fingerprint_file, fingerprint)?;
    Ok(())
}

async fn compile(variant: Variant) -> Result<()> {
    let mut bindgen = cargo();
    bindgen.args(["build", "--package", "bindgen"]);
    step("compiling wasm-bindgen", "bindgen-build", bindgen).await?;
    let mut worker = cargo();
    // Only the `cdylib`: beside an `rlib`, Cargo would leave out the optimisation at link time.
    worker.args(["rustc", "--package", "edge-worker", "--lib", "--crate-type", "cdylib"]);
    worker.args(["--profile", PROFILE, "--target", install::rust::WASM_TARGET]);
    variant.put_on(&mut worker);
    step(&format!("compiling {}", variant.name()), "edge-compile", worker).await?;
    Ok(())
}

fn cargo() -> Command {
    let mut command = guard::command("cargo");
    command.current_dir(paths::root());
    command
}

/// The module that workerd loads: our part of it, and one class for each Durable Object that `wrangler.toml` names.
fn entry_module() -> Result<String> {
    let objects = stack::worker_config::read()?.durable_objects.bindings;
    let exports = objects.iter().map(|object| &object.class_name).collect::<BTreeSet<_>>().into_iter();
    let mut module = include_str!("build_edge/entry.mjs").to_owned();
    for class in exports {
        writeln!(module, "export const {class} = durableObject(\"{class}\");")?;
    }
    Ok(module)
}

/// Makes `index.js` and `worker_bg.wasm` in `staging`.
async fn link(staging: &Path, compiled: &Path, bindgen: &Path, entry: &str) -> Result<()> {
    let mut glue = guard::command(bindgen);
    glue.arg(compiled).arg(staging);
    step("generating the Worker's JavaScript", "bindgen", glue).await?;

    // workerd gives a module for a plain import of WebAssembly; esbuild and it do not know `import source` yet.
    let glue_file = staging.join("worker.js");
    let glue = fs::read_to_string(&glue_file).context("wasm-bindgen wrote no worker.js")?;
    fs::write(&glue_file, glue.replace("import source ", "import "))?;
    fs::write(staging.join("entry.mjs"), entry)?;
    fs::write(staging.join("microtask.mjs"), include_str!("build_edge/microtask.mjs"))?;

    let mut bundle = npm_tool("esbuild", staging);
    bundle.args([
        "entry.mjs",
        "--bundle",
        "--inject:microtask.mjs",
        "--minify",
        "--format=esm",
        "--outfile=index.js",
        "--log-level=warning",
    ]);
    bundle.args(["--external:./worker_bg.wasm", "--external:cloudflare:*"]);
    step("bundling the Worker's JavaScript", "esbuild", bundle).await?;

    let mut optimise = npm_tool("wasm-opt", staging);
    // Without the names of functions: a seventh of the size, and a panic says its file and line anyway. For size
    // and speed alike `-O3` did best on what rustc had optimised for size.
    optimise.args(["worker_bg.wasm", "-o", "worker_bg.wasm", "-O3"]).args(WASM_FEATURES);
    step("optimising the Worker's WebAssembly", "wasm-opt", optimise).await
}

fn npm_tool(name: &str, dir: &Path) -> Command {
    let mut command = guard::command(paths::npm_bin(name));
    command.current_dir(dir).env("PATH", paths::path_with_npm_bin());
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_build_keeps_the_others_waiting_until_it_has_ended() {
        let dir = std::env::temp_dir().join(format!("build-edge-test-{}", std::process::id()));
        let held = lock(&dir).await.expect("nobody else holds it");
        let other = File::open(dir.join("lock")).expect("it is there");
        assert!(other.try_lock().is_err(), "held for as long as the build goes on");
        drop(held);
        // A process that another test has just forked holds the file too, until it executes its program.
        let free = tokio::task::spawn_blocking(move || other.lock());
        let free = tokio::time::timeout(std::time::Duration::from_secs(10), free).await;
        assert!(free.expect("it is free at once, or nearly").expect("no panic").is_ok());
        let _ = fs::remove_dir_all(dir);
    }
}
