//! The targets under libFuzzer: `cargo xtask fuzz` builds this with its instrumentation and runs it once for each target, which the variable
//! `FUZZ_TARGET` names. With `--seeds DIR` it writes the target's seeds there instead.

#![cfg_attr(fuzzing, no_main)]
#![cfg_attr(
    fuzzing,
    allow(unsafe_code, missing_docs, reason = "libFuzzer calls a C function of a certain name")
)]

#[cfg(fuzzing)]
mod libfuzzer {
    use std::sync::LazyLock;

    static RUN: LazyLock<fn(&[u8])> = LazyLock::new(|| {
        let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
        fuzz::target(&name).expect("FUZZ_TARGET names a target").run
    });

    libfuzzer_sys::fuzz_target!(|bytes: &[u8]| RUN(bytes));
}

#[cfg(not(fuzzing))]
fn main() {
    eprintln!("run `cargo xtask fuzz`: it builds this for libFuzzer");
    std::process::exit(2);
}
