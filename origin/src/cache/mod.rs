//! The cache of one origin process: what it knows, what it holds, and how an answer is found.

pub mod answer;
mod asked;
mod claims;
pub mod flight;
pub mod invalidation;
mod judgement;
mod load;
pub mod membership;
pub mod memory;
pub mod page;
pub mod pipeline;
mod policy;
pub mod request;
pub mod shares;
mod spared;
pub mod trial;
pub mod views;
