//! Reads the text of a scrape, strictly: <https://prometheus.io/docs/specs/om/open_metrics_spec/>, as far as it is used here.

use std::collections::{BTreeMap, BTreeSet};

/// The samples of a scrape.
#[derive(Debug, Default)]
pub struct Exposition {
    /// By name and labels, as they are written.
    pub samples: BTreeMap<String, f64>,
    /// Names of samples, suffixes included.
    pub names: BTreeSet<String>,
    /// Values of labels, by name.
    pub label_values: BTreeSet<(String, String)>,
}

impl Exposition {
    /// Reads a scrape; panics where it is not well-formed.
    pub fn read(text: &str) -> Self {
        let body = text.strip_suffix("# EOF\n").expect("ends with EOF");
        assert!(!body.contains("# EOF"), "EOF comes once");
        let mut read = Self::default();
        let mut families = BTreeSet::new();
        let mut family = Family::default();
        for line in body.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').unwrap();
                family.check();
                assert!(is_name(name) && !help.is_empty(), "{line}");
                assert!(families.insert(name.to_owned()), "{name} is announced twice");
                family = Family { name: name.to_owned(), ..Family::default() };
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').unwrap();
                assert_eq!(name, family.name, "{line}");
                assert!(["counter", "gauge", "histogram", "info"].contains(&kind), "{line}");
                kind.clone_into(&mut family.kind);
            } else if let Some(rest) = line.strip_prefix("# UNIT ") {
                let (name, unit) = rest.split_once(' ').unwrap();
                assert!(name == family.name && name.ends_with(&format!("_{unit}")), "{line}");
                assert!(["seconds", "bytes"].contains(&unit), "{line}");
            } else {
                read.sample(line, &mut family);
            }
        }
        family.check();
        read
    }

    /// The value of a series, written as it is in the scrape but for the prefix.
    pub fn get(&self, series: &str) -> f64 {
        let series = format!("boardcache_origin_{series}");
        *self.samples.get(&series).unwrap_or_else(|| panic!("no {series}"))
    }

    fn sample(&mut self, line: &str, family: &mut Family) {
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
        let (name, labels) = match series.split_once('{') {
            Some((name, labels)) => (name, labels.strip_suffix('}').expect("labels are closed")),
            None => (series, ""),
        };
        assert!(is_name(name), "{line}");
        let labels: Labels = labels
            .split(',')
            .filter(|label| !label.is_empty())
            .map(|label| {
                let (name, value) = label.split_once('=').unwrap_or_else(|| panic!("{line}"));
                let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap();
                assert!(is_name(name) && !value.contains(['"', '\\', '\n']), "{line}");
                (name.to_owned(), value.to_owned())
            })
            .collect();
        family.sample(name, &labels, value);
        self.label_values.extend(labels);
        self.names.insert(name.to_owned());
        assert!(self.samples.insert(series.to_owned(), value).is_none(), "{series} comes twice");
    }
}

type Labels = Vec<(String, String)>;

#[derive(Default)]
struct Family {
    name: String,
    kind: String,
    /// The last bucket and the count, by the labels that are not `le`.
    histograms: BTreeMap<Labels, (f64, Option<f64>)>,
}

impl Family {
    fn sample(&mut self, name: &str, labels: &[(String, String)], value: f64) {
        let suffix = name.strip_prefix(&self.name).unwrap_or_else(|| panic!("{name} is in {}", self.name));
        let allowed: &[&str] = match self.kind.as_str() {
            "counter" => &["_total"],
            "gauge" => &[""],
            "histogram" => &["_bucket", "_count", "_sum"],
            "info" => &["_info"],
            _ => panic!("{name} has no type"),
        };
        assert!(allowed.contains(&suffix), "{name} is a {}", self.kind);
        assert!(value >= 0.0, "{name} is {value}");
        let of: Vec<_> = labels.iter().filter(|(name, _)| name != "le").cloned().collect();
        match suffix {
            "_count" => drop(self.histograms.entry(of).or_default().1.replace(value)),
            "_bucket" => {
                let last = &mut self.histograms.entry(of).or_default().0;
                assert!(value >= *last, "{name} is not cumulative");
                *last = value;
            }
            _ => {}
        }
    }

    fn check(&self) {
        for (labels, (last, count)) in &self.histograms {
            assert_eq!(Some(*last), *count, "{} {labels:?}: the last bucket holds all", self.name);
        }
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[test]
#[should_panic(expected = "comes twice")]
fn a_series_that_comes_twice_is_noticed() {
    Exposition::read("# HELP a b.\n# TYPE a counter\na_total{x=\"1\"} 1\na_total{x=\"1\"} 2\n# EOF\n");
}
