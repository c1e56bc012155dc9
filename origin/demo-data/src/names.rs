//! Names, mail addresses and telephone numbers of people who do not exist.

use crate::splitmix::SplitMix64;

const GIVEN: [&str; 40] = [
    "Ada", "Amir", "Anya", "Bruno", "Carla", "Chen", "Dina", "Edgar", "Elif", "Farid", "Grace", "Hugo",
    "Ines", "Ivan", "Jamal", "Joan", "John", "Kaito", "Lena", "Linh", "Maria", "Marek", "Maya", "Nadia",
    "Noah", "Olga", "Omar", "Paula", "Priya", "Quinn", "Rosa", "Samir", "Sofia", "Tariq", "Tessa", "Uma",
    "Victor", "Wanda", "Yusuf", "Zoe",
];

const FAMILY: [&str; 50] = [
    "Abbott", "Alvarez", "Bauer", "Bianchi", "Brown", "Castillo", "Cohen", "Costa", "Dubois", "Doe",
    "Eriksen", "Evans", "Fischer", "Fontaine", "Garcia", "Gupta", "Haddad", "Hansen", "Ito", "Ivanova",
    "Jansen", "Jones", "Kaya", "Kim", "Kowalski", "Larsen", "Lopez", "Mensah", "Moreau", "Nakamura",
    "Nguyen", "Novak", "Okafor", "Ortiz", "Park", "Petrov", "Quist", "Reyes", "Rossi", "Sato", "Schmidt",
    "Silva", "Singh", "Tanaka", "Torres", "Usman", "Varga", "Weber", "Yilmaz", "Zhang",
];

/// Given and family name; the case varies a little, since sorting and searching fold it.
pub(crate) fn person(stream: &mut SplitMix64) -> String {
    let (given, family) = (stream.pick(&GIVEN), stream.pick(&FAMILY));
    match stream.below(40) {
        0 => format!("{} {}", given.to_ascii_lowercase(), family.to_ascii_lowercase()),
        1 => format!("{} {}", given, family.to_ascii_uppercase()),
        _ => format!("{given} {family}"),
    }
}

/// A mail address in a domain that is reserved for examples (RFC 2606), unique by `number`.
pub(crate) fn email(name: &str, number: u64) -> String {
    let mut address = String::with_capacity(name.len() + 24);
    for character in name.chars().take(40) {
        if character.is_ascii_alphanumeric() {
            address.push(character.to_ascii_lowercase());
        } else if !address.is_empty() && !address.ends_with('.') {
            address.push('.');
        }
    }
    if !address.is_empty() && !address.ends_with('.') {
        address.push('.');
    }
    address.push_str(&number.to_string());
    address.push_str("@example.com");
    address
}

/// A North American number with the fictional exchange 555.
pub(crate) fn phone(stream: &mut SplitMix64) -> String {
    format!("+1{}555{:04}", 200 + stream.below(800), stream.below(10_000))
}

/// Names that are hard on quoting, patterns, folding and columns of a certain width; every varied board has all.
pub(crate) const AWKWARD: [&str; 24] = [
    "100% Wool Ltd",
    "under_score & Sons",
    "Doe, Jane (Sales)",
    "O'Brien \"Obie\" Patrick",
    "C:\\Program Files\\Nobody",
    "Five * Hotel",
    "Smile 😀 Dental",
    "Family 👨‍👩‍👧‍👦 Clinic",
    "[Square] {Curly} <Angle>",
    "a.b.c dotted",
    "plus+minus-equals=",
    "Question? Exclamation!",
    "hash#tag & ampersand",
    "caret^dollar$pipe|",
    "semi;colon:colon",
    "slash/back\\slash",
    "tilde~grave`at@",
    "  leading and trailing  ",
    "ÄRGER Österreich Übung",
    "ärger österreich übung",
    "İstanbul Iğdır ılıca",
    "東京 太郎",
    "Ζωή Παπαδοπούλου",
    "null",
];

/// A name of 240 characters, of which a search of 200 can be cut.
pub(crate) fn very_long() -> String {
    "The Honourable Company of Remarkably Long Names ".repeat(5)
}
