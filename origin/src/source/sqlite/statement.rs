//! A statement under construction.
//!
//! Its text is made of fragments that are in this program's source and nothing else: [`Statement::push`] takes
//! `&'static str`, and every value, whoever it comes from, is bound.

use rusqlite::types::Value;

/// The text of a statement and the values of its `?`, in order.
#[derive(Debug, Default)]
pub(super) struct Statement {
    sql: String,
    values: Vec<Value>,
}

impl Statement {
    /// Adds a fragment of the program's own.
    pub(super) fn push(&mut self, fragment: &'static str) -> &mut Self {
        self.sql.push_str(fragment);
        self
    }

    /// Adds a place for a value.
    pub(super) fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.sql.push('?');
        self.values.push(value.into());
        self
    }

    /// The text: the same for the same form of query, so that a connection finds it prepared.
    pub(super) fn sql(&self) -> &str {
        &self.sql
    }

    /// The values.
    pub(super) fn values(&self) -> &[Value] {
        &self.values
    }
}
