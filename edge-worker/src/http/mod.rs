//! HTTP at the edge: routes, requests, responses, CORS and conditional requests. No I/O.

pub mod conditional;
pub mod cors;
pub mod request;
pub mod response;
pub mod route;
