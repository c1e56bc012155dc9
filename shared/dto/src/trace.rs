//! What follows a request through the tiers: its id, and the trace that it is part of (W3C Trace Context).
//!
//! Both come from outside, so both are read strictly: what is not well-formed is replaced, never repeated.

use std::fmt;

/// The header of a request's id. An answer has it as well.
pub const REQUEST_ID: &str = "X-Request-ID";
/// The header of Trace Context: <https://www.w3.org/TR/trace-context/#traceparent-header>.
pub const TRACEPARENT: &str = "traceparent";

const MAX_ID_LEN: usize = 64;
/// `00-{32}-{16}-{2}`.
const TRACEPARENT_LEN: usize = 55;

/// A request's id: 1 to 64 characters of `[A-Za-z0-9_-]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// Reads an id that somebody sent; `None` if it has any other form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=MAX_ID_LEN).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        fits.then(|| Self(text.to_owned()))
    }

    /// The id of a request that came without one: that of its trace.
    #[must_use]
    pub fn of_trace(trace: &TraceContext) -> Self {
        Self(trace.trace_id())
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A place in a trace. Printed, it is the value of `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: u128,
    span_id: u64,
    sampled: bool,
}

impl TraceContext {
    /// Reads `traceparent`; `None` means that a new trace is to be begun. Of a version later than this one, what is known of it is read.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (known, rest) = text.split_at_checked(TRACEPARENT_LEN)?;
        let mut parts = known.split('-');
        let mut part = |len| parts.next().filter(|part| part.len() == len && is_lower_hex(part));
        let (version, trace_id, span_id, flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
        let ends_well = match version {
            "ff" => false,
            "00" => rest.is_empty(),
            _ => rest.is_empty() || rest.starts_with('-'),
        };
        let trace_id = u128::from_str_radix(trace_id, 16).ok()?;
        let span_id = u64::from_str_radix(span_id, 16).ok()?;
        let sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
        (ends_well && trace_id != 0 && span_id != 0).then_some(Self { trace_id, span_id, sampled })
    }

    /// Begins a trace, with random numbers. It is marked as sampled: whether anything is recorded is for those to decide who can.
    #[must_use]
    pub const fn begin(random_trace: u128, random_span: u64) -> Self {
        Self { trace_id: not_zero_128(random_trace), span_id: not_zero(random_span), sampled: true }
    }

    /// The place of what this one causes, with a random number.
    #[must_use]
    pub const fn child(self, random_span: u64) -> Self {
        Self { span_id: not_zero(random_span), ..self }
    }

    /// The trace and the span, as numbers.
    #[must_use]
    pub const fn ids(&self) -> (u128, u64) {
        (self.trace_id, self.span_id)
    }

    /// Whether whoever began the trace wants it recorded.
    #[must_use]
    pub const fn is_sampled(&self) -> bool {
        self.sampled
    }

    /// The trace, in hexadecimal.
    #[must_use]
    pub fn trace_id(&self) -> String {
        hex(&self.trace_id.to_be_bytes())
    }

    /// The span, in hexadecimal.
    #[must_use]
    pub fn span_id(&self) -> String {
        hex(&self.span_id.to_be_bytes())
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace_id, self.span_id, u8::from(self.sampled))
    }
}

/// Zero means "none" in a trace.
const fn not_zero(number: u64) -> u64 {
    if number == 0 { 1 } else { number }
}

const fn not_zero_128(number: u128) -> u128 {
    if number == 0 { 1 } else { number }
}

/// In lower case. Every request has an id, so not by the formatter, which takes ten times as long.
fn hex(bytes: &[u8]) -> String {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 0xf)]);
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(*byte));
    }
    text
}

fn is_lower_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_is_read_and_printed() {
        let trace = TraceContext::parse(GOOD).unwrap();
        assert_eq!(trace.to_string(), GOOD);
        assert_eq!(trace.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        let child = trace.child(7);
        assert_eq!(child.to_string(), "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000007-01");
        // Flags that this version does not know are not passed on.
        let flags = TraceContext::parse(&GOOD.replace("-01", "-fe")).unwrap();
        assert!(flags.to_string().ends_with("-00"));
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        for later in [GOOD.replacen("00", "cc", 1), GOOD.replacen("00", "cc", 1) + "-what-else"] {
            assert_eq!(TraceContext::parse(&later).unwrap().to_string(), GOOD);
        }
    }

    #[test]
    fn what_is_not_well_formed_begins_a_new_trace() {
        for bad in [
            "",
            "00",
            &GOOD.replacen("00", "ff", 1),
            &format!("{GOOD}-"),
            &format!("{GOOD}-x"),
            &(GOOD.replacen("00", "cc", 1) + "x"),
            &GOOD.to_uppercase(),
            &GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            &GOOD.replace("00f067aa0ba902b7", &"0".repeat(16)),
            &GOOD.replace("-01", "-0g"),
            &GOOD.replace('-', "_"),
            &format!(" {GOOD}"),
            "00-4bf92f3577b34da6a3ce929d0e0e47360-0f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473é-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7+01",
        ] {
            assert_eq!(TraceContext::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_id_is_of_harmless_characters() {
        for good in ["a", "7c9e6679-7425-40de-944b-e07fc1f90ae7", &"x".repeat(64)] {
            assert_eq!(RequestId::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a\"b", "a\nb", "é", "a.b", &"x".repeat(65)] {
            assert_eq!(RequestId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_trace_is_never_zero() {
        assert!(TraceContext::parse(&TraceContext::begin(0, 0).to_string()).is_some());
        assert!(TraceContext::parse(&TraceContext::begin(9, 9).child(0).to_string()).is_some());
    }
}
