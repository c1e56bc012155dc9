//! Values of `X-Cache-Generation`: from readers, and from the other tier.

use coherence::{Floor, Generation, MAX_TOKEN_LEN, View};

const NOW_MS: u64 = 1_795_000_000_000;

pub const WORDS: &[&str] = &[
    "workspace=",
    "board:",
    "contact:",
    "members=",
    "counts=",
    ",",
    "=",
    ":",
    "1795000000000",
    "9007199254740991",
    "0",
    " ",
    "\t",
    "-",
    "18446744073709551616",
];

pub fn seeds() -> Vec<Vec<u8>> {
    super::texts(&[
        "",
        "1794000000000",
        "workspace=1794000000000,board:board_123=1794000000001",
        "board:a=1, board:b=2 ,\tcounts=3,4",
        "workspace=9007199254740991",
        "members=0,workspace=0",
        "board:=1",
        ",,,",
    ])
}

pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(floor) = Floor::parse(text, NOW_MS) {
        assert!(text.len() <= MAX_TOKEN_LEN);
        let token = floor.to_token();
        assert_eq!(Floor::parse(&token, NOW_MS).as_ref(), Ok(&floor), "{token}");
        // A floor is a floor: what meets it is not below any of its generations.
        if let Ok(view) = View::from_token(&token) {
            let tags: Vec<_> = view.iter().map(|(tag, _)| tag.clone()).collect();
            assert!(tags.is_empty() || floor.is_met_by(&view.stamp(&tags)));
        }
    }
    if let Ok(view) = View::from_token(text) {
        let token = view.to_token();
        assert_eq!(View::from_token(&token).as_ref(), Ok(&view), "{token}");
        assert!(view.iter().all(|(_, generation)| generation <= Generation::MAX));
    }
}
