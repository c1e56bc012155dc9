//! The steps of a hit in time: `cargo bench -p hot-path`.

#![allow(missing_docs, reason = "criterion's macros write undocumented functions")]

use criterion::{Criterion, criterion_group, criterion_main};

fn hot_path(criterion: &mut Criterion) {
    for mut step in hot_path::steps().unwrap_or_default() {
        criterion.bench_function(step.name, |bencher| bencher.iter(|| (step.take)()));
    }
}

criterion_group!(benches, hot_path);
criterion_main!(benches);
