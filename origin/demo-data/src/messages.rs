//! What was written to and by some thousands of the contacts.
//!
//! Every tenth contact of the varied workspace and every hundredth of the big one has messages; a few of them have more than two
//! hundred, so that there is something to page through. All others have none.

use crate::{
    Anchor, BIG_BOARD_CONTACTS, BIG_WORKSPACE_ID, Channel, Direction, MessageRow, VARIED_BOARD_CONTACTS,
    VARIED_BOARD_IDS, VARIED_WORKSPACE_ID, anchor::DAY_SECS, splitmix::SplitMix64,
};

/// A workspace, and which of its contacts have messages, by their number.
struct Talk {
    workspace_id: &'static str,
    /// Tells this workspace's numbers from the other's, and messages from contacts.
    salt: u64,
    contacts: u64,
    /// One contact in so many has messages.
    one_in: u64,
    /// One contact in so many has more than two hundred.
    busy_one_in: u64,
    /// The most messages of a contact that is not busy.
    at_most: u64,
}

const TALKS: [Talk; 2] = [
    Talk {
        workspace_id: BIG_WORKSPACE_ID,
        salt: 15_213_001,
        contacts: BIG_BOARD_CONTACTS,
        one_in: 100,
        busy_one_in: 50_000,
        at_most: 12,
    },
    Talk {
        workspace_id: VARIED_WORKSPACE_ID,
        salt: 20_771_001,
        contacts: VARIED_BOARD_CONTACTS * VARIED_BOARD_IDS.len() as u64,
        one_in: 10,
        busy_one_in: 2_000,
        at_most: 15,
    },
];

/// The messages, contact by contact in the order of their ids, which is not that of time.
pub(crate) fn messages(anchor: Anchor) -> impl Iterator<Item = MessageRow> {
    TALKS.iter().flat_map(move |talk| {
        (1..=talk.contacts / talk.one_in).flat_map(move |place| of_contact(anchor, talk, place * talk.one_in))
    })
}

fn of_contact(anchor: Anchor, talk: &'static Talk, contact: u64) -> impl Iterator<Item = MessageRow> {
    let mut stream = SplitMix64::for_row(talk.salt, contact);
    let count = if contact.is_multiple_of(talk.busy_one_in) {
        201 + stream.below(60)
    } else {
        1 + stream.below(talk.at_most)
    };
    let mut created_at = anchor.minus_days(300);
    (1..=count).map(move |number| {
        // Some are of the same second as the one before: ties that the id has to break.
        if !stream.percent(20) {
            created_at = stream.minute_between(anchor.minus_days(300), anchor.unix_secs() - DAY_SECS);
        }
        let body = if stream.percent(12) { stream.pick(&AWKWARD).to_owned() } else { sentence(&mut stream) };
        MessageRow {
            id: format!("message_{}_{contact:06}_{number:03}", talk.workspace_id),
            workspace_id: talk.workspace_id,
            contact_id: format!("contact_{}_{contact:06}", talk.workspace_id),
            direction: stream.pick(Direction::ALL),
            channel: stream.pick(Channel::ALL),
            body,
            created_at,
        }
    })
}

const GREETINGS: [&str; 6] = ["Hello", "Hi there", "Good morning", "Grüezi", "Bonjour", "Thanks for calling"];
const MATTERS: [&str; 8] = [
    "the delivery has not arrived yet",
    "could you send me the invoice once more?",
    "we would like to move our appointment",
    "the new price list is attached",
    "your order left the warehouse today",
    "nobody picked up when I called",
    "the contract is signed and on its way",
    "is the blue one back in stock?",
];

fn sentence(stream: &mut SplitMix64) -> String {
    let (greeting, matter) = (stream.pick(&GREETINGS), stream.pick(&MATTERS));
    match stream.below(10) {
        0 => format!("{greeting},\n\n{matter}\n\n-- \nSent from a phone"),
        1 => format!("{greeting}, {matter} {}", "It is about the order from last week. ".repeat(12)),
        _ => format!("{greeting}, {matter}"),
    }
}

/// Bodies that are hard on quoting, escaping and counting.
const AWKWARD: [&str; 14] = [
    "",
    " ",
    "He said \"no\" and 'never'",
    "C:\\temp\\new\tfile",
    "first\r\nsecond\rthird\nfourth",
    "\n",
    "{\"json\": [true, null]}, \n {\"more\": 1}",
    "<script>alert('x')</script> &amp; <b>",
    "Smile 😀 family 👨‍👩‍👧‍👦 flag 🇨🇭",
    "東京は晴れです。Ζωή, Übermaß, İstanbul",
    "e\u{301} is é, and \u{200f}this goes from the right",
    "\u{1}\u{8}\u{c}\u{1f}\u{7f}\u{85}\u{2028}\u{feff}",
    "null",
    "50% off; DROP TABLE messages; --",
];
