//! The report: what the scenarios found, as `docs/performance.md` with its plots.
//!
//! A scenario writes a [`Chapter`] to `docs/performance/{id}.json`, and the report is made of all that are there. So one scenario can be
//! measured again without the others, and on another machine; each chapter says when, on what and of which commit it was measured.

pub mod markdown;
pub mod svg;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use stack::repo;

use crate::machine::Circumstances;
use crate::sample::Series;

/// What one scenario found.
#[derive(Debug, Serialize, Deserialize)]
pub struct Chapter {
    /// The scenario.
    pub id: String,
    /// The heading.
    pub title: String,
    /// When and on what.
    pub circumstances: Circumstances,
    /// What was wanted and what was measured.
    pub goals: Vec<Goal>,
    /// Text, tables and plots, in order.
    pub blocks: Vec<Block>,
    /// Every measurement, by what it was of.
    pub raw: Vec<(String, Vec<Series>)>,
}

/// Something to be reached.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Goal {
    /// What was wanted.
    pub wanted: String,
    /// What was measured.
    pub measured: String,
    /// Whether that is enough.
    pub met: bool,
}

/// A part of a chapter.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Block {
    /// A paragraph.
    Text(String),
    /// A table; the first column is text, the others are numbers.
    Table {
        /// The heads of the columns.
        columns: Vec<String>,
        /// The rows.
        rows: Vec<Vec<String>>,
    },
    /// A picture.
    Plot(Plot),
}

/// A picture.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Plot {
    /// A bar for each contender.
    Bars {
        /// What is shown.
        title: String,
        /// Of what the numbers are.
        unit: String,
        /// Who, and the median with the least and the greatest.
        bars: Vec<(String, f64, f64, f64)>,
    },
    /// A line for each contender.
    Lines {
        /// What is shown.
        title: String,
        /// What goes to the right: a name for each place.
        places: Vec<String>,
        /// What goes up, on a logarithmic scale.
        unit: String,
        /// Who, and a value for each place.
        lines: Vec<(String, Vec<f64>)>,
    },
}

impl Chapter {
    /// A chapter with nothing in it yet.
    pub fn new(id: &str, title: &str, circumstances: Circumstances) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            circumstances,
            goals: Vec::new(),
            blocks: Vec::new(),
            raw: Vec::new(),
        }
    }

    /// Adds a paragraph.
    pub fn text(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Text(text.into()));
    }

    /// Adds a table.
    pub fn table(&mut self, columns: &[&str], rows: Vec<Vec<String>>) {
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        self.blocks.push(Block::Table { columns, rows });
    }

    /// Adds a picture.
    pub fn plot(&mut self, plot: Plot) {
        self.blocks.push(Block::Plot(plot));
    }

    /// Adds a goal.
    pub fn goal(&mut self, wanted: impl Into<String>, measured: impl Into<String>, met: bool) {
        self.goals.push(Goal { wanted: wanted.into(), measured: measured.into(), met });
    }

    /// Keeps what it found, for the report.
    pub fn save(&self) -> Result<()> {
        let file = file(&self.id)?;
        fs::write(&file, serde_json::to_vec(self)?)?;
        println!("  kept in {}", file.display());
        Ok(())
    }

    /// What a scenario found last, if it ever ran.
    pub fn load(id: &str) -> Result<Option<Self>> {
        let file = file(id)?;
        if !file.exists() {
            return Ok(None);
        }
        let chapter = serde_json::from_slice(&fs::read(&file)?);
        chapter.with_context(|| format!("{} is of another version: measure again", file.display())).map(Some)
    }
}

fn file(id: &str) -> Result<PathBuf> {
    Ok(folder()?.join(format!("{id}.json")))
}

/// Where chapters and plots are kept, along with the page.
fn folder() -> Result<PathBuf> {
    let folder = repo::root().join("docs/performance");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}
