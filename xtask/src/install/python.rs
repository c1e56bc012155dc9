//! Programs that come as Python packages: what makes requests from the origin's description, and what checks dependencies.

use std::path::PathBuf;

use anyhow::Result;
use stack::python_tool::{PythonTool, Step};

use crate::progress;

/// The program, installed in its pinned versions unless it is there.
pub async fn tool(tool: PythonTool) -> Result<PathBuf> {
    if let Some(program) = tool.program() {
        return Ok(program);
    }
    for Step { name, log, command } in tool.steps()? {
        progress::step(&name, &log, command).await?;
    }
    tool.confirm()
}
