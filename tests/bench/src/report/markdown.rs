//! `docs/performance.md`, from the chapters. No word of it is written by hand.

use std::fmt::Write as _;
use std::fs;

use anyhow::Result;
use stack::repo;

use super::{Block, Chapter, svg};

/// What a number here is worth.
const METHOD: &str = "\
All of it was measured on one machine, which also ran the load, and other programs besides. So nobody is measured for long at a time: \
contenders take turns, round after round, each round begins with another one, and what is compared is the **ratio within a round**, \
given as the median over the rounds with the least and the greatest. What disturbs a round disturbs all in it. Absolute numbers are \
those of this machine with the load on it, and stand beside the ratios.

*Closed loop*: each connection asks again as soon as it is answered; it shows the ceiling. *Open loop*: requests are due at fixed times \
whatever the server does, and a latency counts from when its request was due, so that a server that stalls is not asked less for it \
(no coordinated omission). The load generator is ours (`tests/bench/src/load`), one thread, raw HTTP/1.1 over kept connections. Every \
measurement of every round is in `docs/performance/*.json`, a file for each chapter.";

/// Writes the report and its plots, of the chapters that there are.
pub fn write(chapters: &[Chapter]) -> Result<()> {
    for entry in fs::read_dir(super::folder()?)? {
        let plot = entry?.path();
        if plot.extension().is_some_and(|extension| extension == "svg") {
            fs::remove_file(plot)?;
        }
    }
    let mut out = String::new();
    out.push_str("# Performance\n\n");
    out.push_str("<!-- Written by `cargo xtask bench`. Do not edit: the next run replaces it. -->\n\n");
    out.push_str("`cargo xtask bench` measures all of this again and writes this page: nothing in it is typed by hand. \
        `cargo xtask bench --quick` takes less time and less data, `--only NAME` measures one chapter anew.\n\n");
    out.push_str(METHOD);
    out.push_str("\n\n## Goals\n\n| chapter | wanted | measured | |\n|---|---|---|---|\n");
    for chapter in chapters {
        for goal in &chapter.goals {
            let met = if goal.met { "met" } else { "**not met**" };
            let _ = writeln!(
                out,
                "| [{}](#{}) | {} | {} | {met} |",
                chapter.id,
                anchor(&chapter.title),
                goal.wanted,
                goal.measured
            );
        }
    }
    for chapter in chapters {
        write_chapter(&mut out, chapter)?;
    }
    let file = repo::root().join("docs/performance.md");
    fs::write(&file, out)?;
    println!("wrote {}", file.display());
    Ok(())
}

fn write_chapter(out: &mut String, chapter: &Chapter) -> Result<()> {
    let of = &chapter.circumstances;
    let _ = write!(
        out,
        "\n## {}\n\n<sub>`cargo xtask bench --only {}{}` · {} UTC · commit {} · {} · {} · load average before it began: {:.1}</sub>\n",
        chapter.title,
        chapter.id,
        if of.mode == "quick" { " --quick" } else { "" },
        of.at,
        of.commit,
        of.machine,
        of.software,
        of.load_before
    );
    let mut plots = 0;
    for block in &chapter.blocks {
        out.push('\n');
        match block {
            Block::Text(text) => {
                let _ = writeln!(out, "{text}");
            }
            Block::Table { columns, rows } => write_table(out, columns, rows),
            Block::Plot(plot) => {
                plots += 1;
                let name = format!("{}-{plots}.svg", chapter.id);
                fs::write(repo::root().join("docs/performance").join(&name), svg::render(plot))?;
                let _ = writeln!(out, "![{}](performance/{name})", svg::title(plot));
            }
        }
    }
    Ok(())
}

fn write_table(out: &mut String, columns: &[String], rows: &[Vec<String>]) {
    let _ = writeln!(out, "| {} |", columns.join(" | "));
    let _ = writeln!(out, "|---{}|", "|---:".repeat(columns.len().saturating_sub(1)));
    for row in rows {
        let _ = writeln!(out, "| {} |", row.join(" | "));
    }
}

/// The anchor that a heading gets.
fn anchor(title: &str) -> String {
    let kept = title
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || [' ', '-'].contains(c))
        .collect::<String>();
    kept.replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_what_the_heading_gets() {
        assert_eq!(anchor("A hit in memory, beside Varnish"), "a-hit-in-memory-beside-varnish");
    }

    #[test]
    fn a_table_has_a_line_for_each_row() {
        let mut out = String::new();
        write_table(&mut out, &["who".into(), "req/s".into()], &[vec!["a".into(), "1".into()]]);
        assert_eq!(out, "| who | req/s |\n|---|---:|\n| a | 1 |\n");
    }
}
