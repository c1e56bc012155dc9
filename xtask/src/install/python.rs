//! The Python program that makes requests from the origin's description, for the end-to-end tests.

use anyhow::Result;
use stack::schemathesis;

use crate::progress;

/// Installs schemathesis in its pinned versions unless it is there.
pub async fn packages() -> Result<()> {
    let steps = schemathesis::steps()?;
    if steps.is_empty() {
        return Ok(());
    }
    for (name, log, command) in steps {
        progress::step(name, log, command).await?;
    }
    schemathesis::confirm().map(drop)
}
