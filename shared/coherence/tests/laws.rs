//! The laws of the protocol, for all inputs.

#![allow(clippy::unwrap_used)] // strategies are built outside of test functions
use coherence::{
    ChangeLog, ContactBucket, Encoding, EntryHeader, Floor, Freshness, Generation, ItemSet, KeyDigest,
    Lifetime, Stamp, Tag, Unservable, View, decode, encode, judge,
};
use ids::{BoardId, ContactId};
use proptest::prelude::*;

fn tag() -> impl Strategy<Value = Tag> {
    prop_oneof![
        Just(Tag::Workspace),
        Just(Tag::Counts),
        Just(Tag::Members),
        Just(Tag::Contacts),
        (0..4u8).prop_map(|n| {
            Tag::Contact(ContactBucket::of(&ContactId::parse(&format!("contact_{n}")).unwrap()))
        }),
        (0..4u8).prop_map(|n| Tag::Board(BoardId::parse(&format!("board_{n}")).unwrap())),
    ]
}

fn generations() -> impl Strategy<Value = Vec<(Tag, Generation)>> {
    prop::collection::vec((tag(), (0..50u64).prop_map(Generation::new)), 1..8)
}

fn view() -> impl Strategy<Value = View> {
    generations().prop_map(View::from_iter)
}

fn stamp() -> impl Strategy<Value = Stamp> {
    generations().prop_map(Stamp::new)
}

fn lifetime() -> impl Strategy<Value = Lifetime> {
    (60..86_400u32, any::<u64>()).prop_map(|(ttl_secs, seed)| Lifetime::jittered(ttl_secs, seed))
}

proptest! {
    #[test]
    fn merging_is_commutative_associative_and_idempotent(a in view(), b in view(), c in view()) {
        let merged = |parts: &[&View]| {
            let mut all = View::new();
            for part in parts { all.merge_view(part); }
            all
        };
        prop_assert_eq!(merged(&[&a, &b]), merged(&[&b, &a]));
        prop_assert_eq!(merged(&[&merged(&[&a, &b]), &c]), merged(&[&a, &merged(&[&b, &c])]));
        prop_assert_eq!(merged(&[&a, &a]), a);
    }

    #[test]
    fn once_overtaken_an_entry_is_never_servable_again(
        stamp in stamp(), view in view(), more in view(), age in 0..10_000_000u64, lifetime in lifetime(),
    ) {
        prop_assume!(view.has_overtaken(&stamp));
        let mut later = view.clone();
        later.merge_view(&more);
        let verdict = judge(&stamp, 0, &lifetime, &later, &Floor::none(), age);
        prop_assert_eq!(verdict, Freshness::Unservable(Unservable::Overtaken));
    }

    #[test]
    fn a_fill_that_began_before_an_invalidation_is_never_served(view in view(), tags in prop::collection::vec(tag(), 1..4), now in 0..100u64, lifetime in lifetime()) {
        let stamp = view.stamp(&tags);
        let mut later = view.clone();
        later.merge(&tags[0], Generation::mint(view.get(&tags[0]), now));
        prop_assert!(matches!(judge(&stamp, 0, &lifetime, &later, &Floor::none(), 0), Freshness::Unservable(_)));
    }

    #[test]
    fn a_fill_that_began_after_every_known_invalidation_is_servable(view in view(), tags in prop::collection::vec(tag(), 1..4), lifetime in lifetime()) {
        prop_assert_eq!(judge(&view.stamp(&tags), 5, &lifetime, &view, &Floor::none(), 5), Freshness::Fresh);
    }

    #[test]
    fn an_entry_only_grows_older(stamp in stamp(), lifetime in lifetime(), a in 0..200_000_000u64, b in 0..200_000_000u64) {
        let rank = |age_ms| match judge(&stamp, 0, &lifetime, &View::new(), &Floor::none(), age_ms) {
            Freshness::Fresh => 0,
            Freshness::StaleWhileRevalidate => 1,
            Freshness::StaleIfError => 2,
            Freshness::Unservable(_) => 3,
        };
        prop_assert!(rank(a.min(b)) <= rank(a.max(b)));
    }

    #[test]
    fn a_view_survives_its_text_form(view in view()) {
        prop_assert_eq!(View::from_token(&view.to_token()).unwrap(), view);
    }

    #[test]
    fn a_reader_that_has_seen_a_stamp_is_met_by_it_and_by_nothing_older(stamp in stamp(), other in stamp()) {
        let floor = Floor::parse(&stamp.to_token(), 100).unwrap();
        prop_assert!(floor.is_met_by(&stamp));
        if other.is_older_than(&stamp) {
            prop_assert!(!floor.is_met_by(&other));
        }
    }

    #[test]
    fn a_stamp_is_behind_another_exactly_when_a_tier_that_knows_the_other_would_not_serve_it(
        stamp in stamp(), other in stamp(),
    ) {
        let mut view = View::new();
        view.merge_stamp(&other);
        prop_assert_eq!(stamp.is_behind_in_any(&other), view.has_overtaken(&stamp));
        prop_assert!(stamp.is_behind_in_any(&other) || !stamp.is_older_than(&other));
    }

    /// Changes of a tag, some of them on record. What is spared no change since has touched, and each of them is on record.
    #[test]
    fn what_a_log_spares_is_as_it_was(
        changes in prop::collection::vec((1..3u64, prop::option::weighted(0.8, 0..6u32)), 0..12),
        is_heard_of in any::<bool>(), loaded in 0..40u64, read in prop::collection::vec(0..6u32, 0..3), held in 0..40u64,
    ) {
        let (mut log, mut last, mut history) = (ChangeLog::default(), 10, Vec::new());
        for (step, written) in changes {
            // A generation that was heard of, and has no record of its own either.
            let before = if is_heard_of && step == 2 { last + 1 } else { last };
            let minted = before + step;
            if let Some(item) = written {
                log.record(Generation::new(before), Generation::new(minted), ItemSet::new(vec![item]).unwrap());
            }
            if before > last {
                history.push((before, None));
            }
            history.push((minted, written));
            last = minted;
        }
        let read_set = ItemSet::new(read.clone()).unwrap();
        if loaded < held && log.spares(&read_set, Generation::new(loaded), Generation::new(held)) {
            prop_assert!(loaded >= 10 && history.iter().any(|(generation, _)| *generation == held));
            for (generation, written) in history {
                if (loaded + 1..=held).contains(&generation) {
                    prop_assert!(written.is_some_and(|item| !read.contains(&item)), "{} of {}", generation, held);
                }
            }
        }
    }

    #[test]
    fn any_text_is_a_token_or_an_error(text in ".*") {
        let _ = Floor::parse(&text, 1_000);
        let _ = View::from_token(&text);
    }

    #[test]
    fn an_entry_survives_its_encoding(
        stamp in stamp(), lifetime in lifetime(), stored_at_ms in 0..u64::MAX / 4,
        key in any::<[u8; 16]>(), etag in any::<[u8; 16]>(), incarnation in any::<Option<[u8; 20]>>(),
        read in prop::option::of(prop::collection::vec(any::<u32>(), 0..255)),
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let read_set = read.and_then(ItemSet::new);
        let encoding = Encoding::Identity;
        let header =
            EntryHeader { key_digest: KeyDigest(key), etag, incarnation, stored_at_ms, lifetime, stamp, read_set, encoding };
        let bytes = encode(&header, &body).unwrap();
        let entry = decode(&bytes).unwrap();
        prop_assert_eq!(&entry.header, &header);
        prop_assert_eq!(entry.body, &body[..]);
        for cut in 0..bytes.len() - body.len() {
            prop_assert!(decode(&bytes[..cut]).is_err());
        }
    }

    #[test]
    fn any_bytes_are_an_entry_or_an_error(mut bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode(&bytes);
        if bytes.len() > 8 {
            bytes[..4].copy_from_slice(b"BCE1");
            bytes[5] = 0;
            let _ = decode(&bytes);
        }
    }
}

#[test]
fn a_token_of_many_tags_is_one_number_that_readers_may_send() {
    let board = |number: u64| Tag::Board(BoardId::parse(&format!("b{number}")).unwrap());
    let boards = |count| (0..count).map(|n| (board(n), Generation::new(100 + n))).collect::<View>();
    let others = View::from_iter([(Tag::Workspace, Generation::new(7)), (board(1), Generation::new(50))]);
    assert_eq!(Floor::token_of([&boards(2), &others]), "workspace=7,board:b0=100,board:b1=101");
    assert_eq!(Floor::token_of([&boards(200), &others]), "299");
    assert_eq!(Floor::token_of([]), "");
    for count in 0..200 {
        let floor = Floor::parse(&Floor::token_of([&boards(count)]), 1_000).unwrap();
        let stamp = |generation| Stamp::new(vec![(board(0), Generation::new(generation))]);
        assert!(floor.is_none() || !floor.is_met_by(&stamp(99)));
        assert!(floor.is_met_by(&stamp(1_000)));
    }
}

#[test]
fn a_bare_generation_is_a_floor_for_every_tag() {
    let floor = Floor::parse("30", 100).unwrap();
    let stamp = |board: u64| {
        Stamp::new(vec![(Tag::Workspace, Generation::new(40)), (Tag::Counts, Generation::new(board))])
    };
    assert!(!floor.is_met_by(&stamp(29)));
    assert!(floor.is_met_by(&stamp(30)));
}

#[test]
fn a_token_from_the_future_is_refused() {
    use coherence::{MAX_CLOCK_LEAD_MS, TokenError};
    let now_ms = 1_785_000_000_000;
    let ahead = now_ms + MAX_CLOCK_LEAD_MS;
    assert!(Floor::parse(&format!("counts={ahead}"), now_ms).is_ok());
    assert_eq!(Floor::parse(&format!("counts={}", ahead + 1), now_ms), Err(TokenError::FromTheFuture));
    assert_eq!(Floor::parse("9999999999999999999", now_ms), Err(TokenError::Malformed));
}

#[test]
fn what_was_so_at_a_time_is_overtaken_by_a_change_in_that_millisecond_and_by_none_before_it() {
    let changed_at = |ms| View::from_iter([(Tag::Members, Generation::new(ms))]);
    let stamp = Stamp::as_of(&[Tag::Members], 1_000);
    assert!(!changed_at(999).has_overtaken(&stamp));
    assert!(changed_at(1_000).has_overtaken(&stamp));
    assert!(
        !View::new().has_overtaken(&Stamp::as_of(&[Tag::Members], 0)),
        "before anything is before nothing"
    );
}
