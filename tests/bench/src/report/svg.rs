//! Plots as SVG text: bars with their spread, and lines over named places. Two shapes and no library: what they need is a scale and
//! some rectangles, and text in the reader's own font and colours.

use std::fmt::Write as _;

use super::Plot;

const WIDTH: f64 = 760.0;
const MARGIN: f64 = 16.0;
/// Where a plot's title ends.
const TOP: f64 = 44.0;
/// Told apart by those who do not see all colours (after Okabe and Ito).
const COLOURS: [&str; 7] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#777777"];

/// What a plot shows.
pub fn title(plot: &Plot) -> &str {
    match plot {
        Plot::Bars { title, .. } | Plot::Lines { title, .. } => title,
    }
}

/// The plot as a document.
pub fn render(plot: &Plot) -> String {
    let (height, content) = match plot {
        Plot::Bars { unit, bars, .. } => render_bars(unit, bars),
        Plot::Lines { places, unit, lines, .. } => render_lines(places, unit, lines),
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" font-family=\"system-ui, sans-serif\" font-size=\"13\">\n\
         <rect width=\"{WIDTH}\" height=\"{height:.0}\" fill=\"#ffffff\"/>\n\
         <text x=\"{MARGIN}\" y=\"26\" font-size=\"15\" font-weight=\"600\" fill=\"#222222\">{}</text>\n{content}</svg>\n",
        escape(title(plot))
    )
}

fn render_bars(unit: &str, bars: &[(String, f64, f64, f64)]) -> (f64, String) {
    let (row, left, right) = (30.0, 250.0, 110.0);
    let greatest = bars.iter().map(|(.., greatest)| *greatest).fold(f64::MIN_POSITIVE, f64::max);
    let scale = (WIDTH - left - right) / greatest;
    let mut out = String::new();
    for (index, (name, median, least, greatest)) in bars.iter().enumerate() {
        let y = TOP + row * index as f64;
        let colour = COLOURS[index % COLOURS.len()];
        let _ = writeln!(
            out,
            "<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#222222\">{}</text>\
             <rect x=\"{left}\" y=\"{:.1}\" width=\"{:.1}\" height=\"18\" fill=\"{colour}\"/>\
             <path d=\"M{:.1} {:.1}H{:.1}\" stroke=\"#222222\" stroke-width=\"1.5\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" fill=\"#222222\">{} {}</text>",
            left - 10.0,
            y + 14.0,
            escape(name),
            y,
            median * scale,
            left + least * scale,
            y + 9.0,
            left + greatest * scale,
            left + greatest * scale + 8.0,
            y + 14.0,
            number(*median),
            escape(unit)
        );
    }
    (TOP + row * bars.len() as f64 + MARGIN, out)
}

fn render_lines(places: &[String], unit: &str, lines: &[(String, Vec<f64>)]) -> (f64, String) {
    let (left, right, plot_height) = (70.0, 24.0, 260.0);
    let values = || lines.iter().flat_map(|(_, values)| values).copied().filter(|value| *value > 0.0);
    let lowest = values().fold(f64::MAX, f64::min).log10().floor();
    let highest = values().fold(f64::MIN_POSITIVE, f64::max).log10().ceil().max(lowest + 1.0);
    let x = |place: usize| left + (WIDTH - left - right) * place as f64 / (places.len().max(2) - 1) as f64;
    let y = |value: f64| TOP + plot_height * (1.0 - (value.log10() - lowest) / (highest - lowest));
    let mut out = String::new();
    for power in lowest as i32..=highest as i32 {
        let value = 10_f64.powi(power);
        let _ = writeln!(
            out,
            "<path d=\"M{left} {y:.1}H{:.1}\" stroke=\"#dddddd\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#555555\">{}</text>",
            WIDTH - right,
            left - 8.0,
            y(value) + 4.0,
            number(value),
            y = y(value)
        );
    }
    let _ =
        writeln!(out, "<text x=\"{MARGIN}\" y=\"{:.1}\" fill=\"#555555\">{}</text>", TOP - 4.0, escape(unit));
    for (place, name) in places.iter().enumerate() {
        let anchor = if place == 0 {
            "start"
        } else if place + 1 == places.len() {
            "end"
        } else {
            "middle"
        };
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\" fill=\"#555555\">{}</text>",
            x(place),
            TOP + plot_height + 18.0,
            escape(name)
        );
    }
    for (index, (name, values)) in lines.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let points: Vec<String> = values
            .iter()
            .enumerate()
            .filter(|(_, value)| **value > 0.0)
            .map(|(place, value)| format!("{:.1},{:.1}", x(place), y(*value)))
            .collect();
        let legend_y = TOP + plot_height + 42.0 + 20.0 * index as f64;
        let _ = writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\"/>\
             <rect x=\"{left}\" y=\"{:.1}\" width=\"14\" height=\"4\" fill=\"{colour}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" fill=\"#222222\">{}</text>",
            points.join(" "),
            legend_y - 6.0,
            left + 22.0,
            legend_y,
            escape(name)
        );
    }
    (TOP + plot_height + 42.0 + 20.0 * lines.len() as f64 + MARGIN, out)
}

/// A number as people read it: `41,200`, `3.4`, `0.012`.
pub fn number(value: f64) -> String {
    if value.is_nan() {
        return "–".to_owned();
    }
    if value.abs() < 0.995 {
        return format!("{value:.3}").trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    if value.abs() < 100.0 {
        return format!("{value:.1}").trim_end_matches(".0").to_owned();
    }
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_say_them() {
        for (value, text) in
            [(41_234.4, "41,234"), (999.6, "1,000"), (3.42, "3.4"), (7.0, "7"), (0.0125, "0.013"), (0.0, "0")]
        {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn what_is_shown_cannot_become_markup() {
        let plot = Plot::Bars {
            title: "a < b".into(),
            unit: "req/s".into(),
            bars: vec![("x & y".into(), 1.0, 0.5, 2.0)],
        };
        let svg = render(&plot);
        assert!(svg.contains("a &lt; b") && svg.contains("x &amp; y"));
    }

    #[test]
    fn a_line_has_a_point_for_each_place() {
        let plot = Plot::Lines {
            title: String::new(),
            places: vec!["p50".into(), "p99".into()],
            unit: "µs".into(),
            lines: vec![("one".into(), vec![100.0, 1000.0])],
        };
        assert!(render(&plot).contains("points=\"70.0,304.0 736.0,44.0\""));
    }
}
