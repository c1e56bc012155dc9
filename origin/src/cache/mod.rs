//! The cache of one origin process: what it knows, what it holds, and how an answer is found.

pub mod flight;
pub mod invalidation;
pub mod membership;
pub mod memory;
pub mod page;
pub mod pipeline;
pub mod views;
