//! What the `wasm-bindgen` command line does, with the options a Worker needs and no others.
//!
//! A package of this workspace rather than an installed tool: its version is the one in `Cargo.lock`, beside that of
//! the `wasm-bindgen` library with which it must agree to the digit, and it compiles in a fraction of the time that
//! the command line takes, which brings a web server and a browser driver for tests. It is apart from `xtask` so that
//! `xtask` itself stays quick to compile.
//!
//! Usage: `bindgen INPUT.wasm OUT_DIR` writes `worker.js` and `worker_bg.wasm` (and `snippets/`) to `OUT_DIR`.

use std::{env, path::PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let (Some(input), Some(out_dir)) = (arguments.next(), arguments.next()) else {
        anyhow::bail!("usage: bindgen INPUT.wasm OUT_DIR");
    };
    Bindgen::new()
        .input_path(&input)
        .out_name("worker")
        .module(true)?
        .typescript(false)
        .keep_debug(false)
        // A panic aborts the instance. With these two the entry module may replace it by a fresh one.
        .reset_state_function(true)
        .force_enable_abort_handler(true)
        .generate(&out_dir)
        .with_context(|| format!("wasm-bindgen failed on {}", input.display()))
}
