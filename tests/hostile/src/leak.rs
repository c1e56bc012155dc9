//! The leak detector: does an answer hold a row of a workspace that its reader may not see?
//!
//! It knows all demo contacts: their ids (and those of messages) name their workspace, and e-mail addresses and telephone numbers are looked up. It
//! also knows the sizes of boards and workspaces. It looks at bytes, not at JSON, so that it makes no difference where they stand.

use std::collections::HashSet;
use std::time::SystemTime;

use demo_data::{Anchor, BIG_WORKSPACE_ID, VARIED_WORKSPACE_ID};

/// What a reader may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sees {
    /// The rows of one workspace.
    Only(&'static str),
    /// No row at all.
    Nothing,
}

/// What is known of one workspace and of no other.
struct Rows {
    workspace: &'static str,
    /// Beginnings of ids.
    ids: [String; 2],
    /// E-mail addresses and telephone numbers.
    contacts: HashSet<String>,
    /// How many contacts it and its boards have, as answers write it.
    totals: &'static [&'static str],
}

/// The detector.
pub struct Detector(Vec<Rows>);

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}

impl Detector {
    /// Learns the demo data as it is today.
    pub fn new() -> Self {
        let now_secs = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let anchor = Anchor::of_day_containing(now_secs.cast_signed());
        let contacts = |workspace: &str| -> HashSet<String> {
            demo_data::contacts_of_workspace(anchor, workspace)
                .flat_map(|contact| [contact.email, contact.phone])
                .flatten()
                .collect()
        };
        let (big, varied) = (contacts(BIG_WORKSPACE_ID), contacts(VARIED_WORKSPACE_ID));
        let rows = |workspace: &'static str, own: &HashSet<String>, other: &HashSet<String>, totals| Rows {
            workspace,
            ids: [format!("contact_{workspace}_"), format!("message_{workspace}_")],
            contacts: own.difference(other).cloned().collect(),
            totals,
        };
        Self(vec![
            rows(BIG_WORKSPACE_ID, &big, &varied, &["\"total\":191663"]),
            rows(VARIED_WORKSPACE_ID, &varied, &big, &["\"total\":20000,", "\"total\":60000,"]),
        ])
    }

    /// The first row that the reader may not see.
    pub fn foreign(&self, bytes: &[u8], sees: Sees) -> Option<String> {
        let text = String::from_utf8_lossy(bytes);
        let hidden = self.0.iter().filter(|rows| sees != Sees::Only(rows.workspace));
        hidden.into_iter().find_map(|rows| rows.found_in(&text))
    }
}

impl Rows {
    fn found_in(&self, text: &str) -> Option<String> {
        let fixed = self.ids.iter().map(String::as_str).chain(self.totals.iter().copied());
        let found = fixed.filter_map(|mark| {
            let at = text.find(mark)?;
            Some(text[at..].chars().take(24).collect())
        });
        found.into_iter().next().or_else(|| {
            let is_apart = |c: char| !(c.is_alphanumeric() || "@.+-_".contains(c));
            text.split(is_apart).find(|word| self.contacts.contains(*word)).map(ToOwned::to_owned)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_the_other_workspace_are_found_wherever_they_stand_and_ones_own_are_not() {
        let detector = Detector::new();
        let now_secs = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let anchor = Anchor::of_day_containing(now_secs.cast_signed());
        for (own, other) in [(BIG_WORKSPACE_ID, VARIED_WORKSPACE_ID), (VARIED_WORKSPACE_ID, BIG_WORKSPACE_ID)]
        {
            let row = demo_data::contacts_of_workspace(anchor, other)
                .skip(100)
                .find(|row| row.email.is_some() && row.phone.is_some())
                .unwrap();
            let (email, phone) = (row.email.unwrap(), row.phone.unwrap());
            for text in [
                format!(r#"{{"contacts":[{{"id":"{}"}}]}}"#, row.id),
                format!(r#"{{"email":"{email}"}}"#),
                format!("X-Whatever: {phone}\r\n"),
                format!("x,{email};"),
            ] {
                assert!(detector.foreign(text.as_bytes(), Sees::Only(own)).is_some(), "{text}");
                assert!(detector.foreign(text.as_bytes(), Sees::Nothing).is_some(), "{text}");
                assert_eq!(detector.foreign(text.as_bytes(), Sees::Only(other)), None, "{text}");
            }
            assert_eq!(detector.foreign(br#"{"success":false}"#, Sees::Nothing), None);
        }
    }
}
