//! The success envelope.

use serde::Serialize;

/// `{"success": true, "data": …}`.
#[derive(Debug, Serialize)]
pub struct Success<T> {
    success: bool,
    /// What was asked for.
    pub data: T,
}

/// Puts data into the success envelope.
#[must_use]
pub const fn success<T>(data: T) -> Success<T> {
    Success { success: true, data }
}
