//! HTTP at the edge: routes, requests, responses and CORS. No I/O.

pub mod cors;
pub mod request;
pub mod response;
pub mod route;
