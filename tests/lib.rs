//! What the end-to-end tests have in common; the tests live beside this file, one file a subject.

pub mod answer;
mod console_env;
pub mod world;

pub use answer::Answer;
pub use world::{BOARD, Shape, WORKSPACE, World};
