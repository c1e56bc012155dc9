//! Tables and plots that several chapters have: ceilings, and tails at a rate.

use crate::report::svg::number;
use crate::report::{Chapter, Plot};
use crate::sample::{PERCENTILES, Sample, Series};

/// A table of ceilings, each compared with the first of the series, and a plot.
pub fn ceilings(chapter: &mut Chapter, series: &[Series], title: &str) {
    let Some(ours) = series.first() else { return };
    let rows = series
        .iter()
        .map(|one| {
            vec![
                one.name.clone(),
                number(one.median(|sample| sample.per_second)),
                ratio(ours, one, |sample| sample.per_second),
                micros(one, 50.0),
                micros(one, 99.0),
                number(one.median(|sample| sample.cpu_us.unwrap_or(f64::NAN))),
                number(one.errors() as f64),
            ]
        })
        .collect();
    let columns =
        ["closed loop", "req/s", "ours / this", "p50 µs", "p99 µs", "its CPU µs a request", "failed"];
    chapter.table(&columns, rows);
    let bars = series.iter().map(|one| {
        let spread = crate::sample::Spread::of(one.samples.iter().map(|sample| sample.per_second).collect());
        (one.name.clone(), spread.median, spread.least, spread.greatest)
    });
    chapter.plot(Plot::Bars { title: title.to_owned(), unit: "req/s".to_owned(), bars: bars.collect() });
    chapter.raw.push((title.to_owned(), series.to_vec()));
}

/// A table of tails at a rate, each compared with the first of the series, and a plot.
pub fn tails(chapter: &mut Chapter, series: &[Series], per_second: u32, title: &str) {
    let Some(ours) = series.first() else { return };
    let rows = series
        .iter()
        .map(|one| {
            let mut row = vec![one.name.clone()];
            row.extend([50.0, 90.0, 99.0, 99.9].map(|percentile| micros(one, percentile)));
            row.extend([ratio(ours, one, |sample| sample.latency_us(99.0)), number(one.errors() as f64)]);
            row
        })
        .collect();
    let head = format!("open loop, {} req/s", number(f64::from(per_second)));
    chapter.table(&[&head, "p50 µs", "p90 µs", "p99 µs", "p99.9 µs", "p99: ours / this", "failed"], rows);
    let lines = series
        .iter()
        .map(|one| {
            let at = |percentile: f64| one.median(|sample: &Sample| sample.latency_us(percentile));
            (one.name.clone(), PERCENTILES.map(at).to_vec())
        })
        .collect();
    let places = PERCENTILES.iter().map(|percentile| format!("p{percentile}")).collect();
    let title = format!("{title}, {} req/s", number(f64::from(per_second)));
    chapter.plot(Plot::Lines { title: title.clone(), places, unit: "µs".to_owned(), lines });
    chapter.raw.push((title, series.to_vec()));
}

fn ratio(ours: &Series, one: &Series, of: impl Fn(&Sample) -> f64) -> String {
    if one.name == ours.name { "1".to_owned() } else { ours.ratio(one, of).as_ratio() }
}

fn micros(series: &Series, percentile: f64) -> String {
    number(series.median(|sample| sample.latency_us(percentile)))
}
