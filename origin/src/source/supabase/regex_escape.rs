//! A text as a regular expression that matches it and nothing else.
//!
//! Searching the table uses the operator `match` (`~`) because PostgREST turns every `*` of a LIKE pattern into `%`, so that LIKE
//! cannot ask for an asterisk. PostgreSQL's "advanced" regular expressions (PostgreSQL manual, 9.7.3) let a backslash before any
//! character that is not a letter or a digit mean that character, and give a meaning to a backslash before a letter or
//! a digit; so exactly the ASCII punctuation is escaped, and characters beyond ASCII, which mean themselves, are left alone.

/// Escapes a text. Each ASCII punctuation character becomes two characters; all others stay.
pub(super) fn escape(text: &str) -> String {
    let mut regex = String::with_capacity(text.len() * 2);
    for character in text.chars() {
        if character.is_ascii_punctuation() {
            regex.push('\\');
        }
        regex.push(character);
    }
    regex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ascii_punctuation_character_is_escaped_and_nothing_else() {
        for character in (0..=127_u8).map(char::from) {
            let escaped = escape(&character.to_string());
            if "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~".contains(character) {
                assert_eq!(escaped, format!("\\{character}"));
            } else {
                assert_eq!(escaped, character.to_string());
            }
        }
    }

    #[test]
    fn what_switches_the_syntax_is_escaped() {
        assert_eq!(escape("***=a"), r"\*\*\*\=a");
        assert_eq!(escape("(?i)a"), r"\(\?i\)a");
        assert_eq!(escape(r"\d"), r"\\d");
        assert_eq!(escape("a{2}"), r"a\{2\}");
    }

    #[test]
    fn characters_of_several_bytes_stay() {
        assert_eq!(escape("jörg 😀 太郎"), "jörg 😀 太郎");
        assert_eq!(escape("👨‍👩‍👧"), "👨‍👩‍👧");
    }

    #[test]
    fn two_hundred_characters_become_four_hundred_at_most() {
        assert_eq!(escape(&"%".repeat(200)), "\\%".repeat(200));
        assert_eq!(escape(&"😀".repeat(200)), "😀".repeat(200));
    }
}
