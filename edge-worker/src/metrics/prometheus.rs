//! The location's figures in Prometheus' text format, version 0.0.4.

use std::fmt::Write as _;

use super::{Counter, Figures};

/// The content type of the format.
pub const PROMETHEUS_CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Upper bounds of the latency buckets that are shown: in milliseconds, and as the format wants them, in seconds.
const BUCKETS: [(u64, &str); 12] = [
    (1, "0.001"),
    (2, "0.002"),
    (5, "0.005"),
    (10, "0.01"),
    (25, "0.025"),
    (50, "0.05"),
    (100, "0.1"),
    (250, "0.25"),
    (500, "0.5"),
    (1000, "1"),
    (2500, "2.5"),
    (5000, "5"),
];

/// Renders the figures of a location. Its code is the only label: no workspace, board or user.
#[must_use]
pub fn render(figures: &Figures, location: &str) -> String {
    let location: String = location.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut text = String::with_capacity(4096);
    for counter in Counter::ALL {
        let name = format!("boardcache_edge_{}_total", counter.as_str());
        let _ = writeln!(text, "# HELP {name} {}", counter.help());
        let _ = writeln!(text, "# TYPE {name} counter");
        let _ = writeln!(text, "{name}{{location=\"{location}\"}} {}", figures.get(*counter));
    }
    let name = "boardcache_edge_response_time_seconds";
    let latency = figures.latency();
    let _ = writeln!(text, "# HELP {name} How long requests for pages took at the edge.");
    let _ = writeln!(text, "# TYPE {name} histogram");
    for (ms, seconds) in BUCKETS {
        let count = latency.count_up_to(ms);
        let _ = writeln!(text, "{name}_bucket{{location=\"{location}\",le=\"{seconds}\"}} {count}");
    }
    let _ = writeln!(text, "{name}_bucket{{location=\"{location}\",le=\"+Inf\"}} {}", latency.count());
    let (seconds, millis) = (latency.sum() / 1000, latency.sum() % 1000);
    let _ = writeln!(text, "{name}_sum{{location=\"{location}\"}} {seconds}.{millis:03}");
    let _ = writeln!(text, "{name}_count{{location=\"{location}\"}} {}", latency.count());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_metric_has_help_type_and_value() {
        let mut figures = Figures::default();
        figures.count(Counter::Requests);
        figures.record_latency(30);
        let text = render(&figures, "LAX");
        assert!(text.contains("# HELP boardcache_edge_requests_total Requests for pages.\n"), "{text}");
        assert!(text.contains("# TYPE boardcache_edge_requests_total counter\n"));
        assert!(text.contains("boardcache_edge_requests_total{location=\"LAX\"} 1\n"));
        assert!(text.contains("_bucket{location=\"LAX\",le=\"0.025\"} 0\n"));
        assert!(text.contains("_bucket{location=\"LAX\",le=\"0.05\"} 1\n"));
        assert!(text.contains("_sum{location=\"LAX\"} 0.030\n"));
        assert!(text.lines().all(|line| line.starts_with("# ") || line.split_whitespace().count() == 2));
    }
}
