//! From PostgREST's refusals to the source's errors.
//!
//! Only the status and the error code get into a text. PostgREST's `message`, `details` and `hint` may quote values of
//! rows, and the texts of the HTTP client quote the address.

use serde::Deserialize;

use crate::source::SourceError;

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    code: Option<String>,
}

/// What an answer that is not a success means. `body` may be anything.
pub(super) fn of_answer(status: u16, body: &[u8]) -> SourceError {
    let code = code(body);
    let text = || match &code {
        Some(code) => format!("HTTP {status}, {code}"),
        None => format!("HTTP {status}"),
    };
    match (status, code.as_deref()) {
        // Cancelled by `statement_timeout`, or no database connection became free in time.
        (_, Some("57014" | "PGRST003")) | (408 | 504, _) => SourceError::Timeout,
        // The token is missing, malformed, expired or not for this project, or its role may not do this.
        (401 | 403, _) | (_, Some("PGRST300" | "PGRST301" | "PGRST302" | "PGRST303" | "42501")) => {
            SourceError::Refused
        }
        (429 | 500..=599, _) => SourceError::Unreachable(text()),
        _ => SourceError::Failed(text()),
    }
}

/// What an answer to a write that is not a success means: as for a read, but that the database may know the asker and refuse the
/// change, or miss the workspace that it is of.
pub(super) fn of_write(status: u16, body: &[u8]) -> SourceError {
    match (status, code(body).as_deref()) {
        // A policy lets the asker not do this. Of somebody who is nobody PostgREST says 401.
        (403, Some("42501")) => SourceError::Forbidden,
        // The foreign key to the workspace.
        (_, Some("23503")) => SourceError::NotFound,
        _ => of_answer(status, body),
    }
}

/// What a request without an answer means.
pub(super) fn of_transport(error: &reqwest_postgrest::Error) -> SourceError {
    if error.is_timeout() {
        SourceError::Timeout
    } else if error.is_builder() {
        SourceError::Failed("the request cannot be made".to_owned())
    } else if error.is_connect() {
        SourceError::Unreachable("no connection".to_owned())
    } else {
        SourceError::Unreachable("the connection broke".to_owned())
    }
}

/// The error code: `PGRST` and digits, or an SQLSTATE. Anything else is left out, since it could be anything.
fn code(body: &[u8]) -> Option<String> {
    let refusal: Refusal = serde_json::from_slice(body).ok()?;
    let is_code = |code: &String| {
        (5..=8).contains(&code.len())
            && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    refusal.code.filter(is_code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, code: &str) -> String {
        let body =
            format!(r#"{{"code":"{code}","message":"secret@example.com","details":null,"hint":null}}"#);
        let error = of_answer(status, body.as_bytes());
        assert!(!error.to_string().contains("secret"), "{error}");
        format!("{error:?}")
    }

    #[test]
    fn a_bad_token_is_refused_in_old_and_new_words() {
        for (status, code) in
            [(401, "PGRST301"), (401, "PGRST303"), (401, "PGRST302"), (403, "42501"), (401, "x")]
        {
            assert_eq!(answer(status, code), "Refused", "{status} {code}");
        }
        assert!(matches!(of_answer(401, b"<html>"), SourceError::Refused));
    }

    #[test]
    fn a_write_that_a_policy_refuses_is_told_from_a_bad_token() {
        let of_write =
            |status, code: &str| of_write(status, format!(r#"{{"code":"{code}","message":"m"}}"#).as_bytes());
        assert!(matches!(of_write(403, "42501"), SourceError::Forbidden));
        assert!(matches!(of_write(401, "42501"), SourceError::Refused));
        assert!(matches!(of_write(401, "PGRST301"), SourceError::Refused));
        assert!(matches!(of_write(403, "x"), SourceError::Refused));
        assert!(matches!(of_write(409, "23503"), SourceError::NotFound));
        assert!(matches!(of_write(400, "23514"), SourceError::Failed(_)));
        assert!(matches!(of_write(503, "PGRST002"), SourceError::Unreachable(_)));
    }

    #[test]
    fn a_missing_table_is_a_failure_that_names_the_code() {
        assert_eq!(answer(404, "42P01"), r#"Failed("HTTP 404, 42P01")"#);
        assert_eq!(answer(404, "PGRST205"), r#"Failed("HTTP 404, PGRST205")"#);
        assert_eq!(answer(400, "not a code"), r#"Failed("HTTP 400")"#);
    }

    #[test]
    fn a_source_that_is_down_cannot_be_reached() {
        assert_eq!(answer(503, "PGRST002"), r#"Unreachable("HTTP 503, PGRST002")"#);
        assert!(matches!(of_answer(502, b""), SourceError::Unreachable(_)));
        assert!(matches!(of_answer(503, b"<html>"), SourceError::Unreachable(_)));
    }

    #[test]
    fn a_statement_that_was_cancelled_timed_out() {
        assert_eq!(answer(500, "57014"), "Timeout");
        assert_eq!(answer(504, "PGRST003"), "Timeout");
        assert!(matches!(of_answer(504, b""), SourceError::Timeout));
    }
}
