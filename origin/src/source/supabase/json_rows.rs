//! The rows of an answer, in the opposite order, each as it was printed.

use serde_json::value::RawValue;

/// What PostgreSQL's `json_agg` prints between two rows: a page has the same bytes whichever end it was read from.
const BETWEEN: &[u8] = b", \n ";

/// Rows in the opposite order.
pub(super) struct Reversed {
    /// A JSON array.
    pub(super) json: Vec<u8>,
    /// How many there are.
    pub(super) count: usize,
}

/// Turns a JSON array around; `None` for what is none.
pub(super) fn reversed(json: &[u8]) -> Option<Reversed> {
    let rows: Vec<&RawValue> = serde_json::from_slice(json).ok()?;
    let mut out = Vec::with_capacity(json.len() + BETWEEN.len());
    out.push(b'[');
    for (index, row) in rows.iter().rev().enumerate() {
        if index > 0 {
            out.extend_from_slice(BETWEEN);
        }
        out.extend_from_slice(row.get().as_bytes());
    }
    out.push(b']');
    Some(Reversed { json: out, count: rows.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_turned_around_and_not_touched() {
        let printed = b"[{\"a\":1.50,\"b\":\"[,]\"}, \n {\"a\":[2, 3]}, \n null]";
        let turned = reversed(printed).unwrap();
        assert_eq!(turned.json, b"[null, \n {\"a\":[2, 3]}, \n {\"a\":1.50,\"b\":\"[,]\"}]");
        assert_eq!(turned.count, 3);
        assert_eq!(reversed(&turned.json).unwrap().json, printed);
        assert_eq!(reversed(b"[]").unwrap().json, b"[]");
    }

    #[test]
    fn what_is_no_array_is_refused() {
        for bad in [&b"{}"[..], b"", b"[1", b"[1] 2"] {
            assert!(reversed(bad).is_none());
        }
    }
}
