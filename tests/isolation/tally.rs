//! What was seen, and what of it must not be.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

macro_rules! tally {
    ($($name:ident: $what:literal,)*) => {
        #[derive(Default)]
        pub struct Tally {
            $(pub $name: AtomicU64,)*
            /// The longest time after an acknowledged removal at which a read began that was still answered.
            last_seen_ms: AtomicU64,
            /// The same, after an acknowledged admission, that was still refused.
            last_refused_ms: AtomicU64,
        }

        impl Tally {
            pub fn print(&self, secs: u64) {
                println!("isolation, {secs} s:");
                $(println!("  {:>7} {}", self.$name.load(Ordering::Relaxed), $what);)*
                let ms = |figure: &AtomicU64| figure.load(Ordering::Relaxed);
                println!("  {:>7} ms after a removal was acknowledged the last read began that was answered", ms(&self.last_seen_ms));
                println!("  {:>7} ms after an admission was acknowledged the last read began that was refused", ms(&self.last_refused_ms));
            }
        }
    };
}

tally! {
    edge_reads: "reads through the edge",
    origin_reads: "reads past it, at one of two origins",
    pages: "pages answered",
    cached: "of them from a cache",
    rows: "rows looked at",
    foreign_rows: "rows of another workspace",
    refused: "reads refused (403)",
    not_found: "boards of another workspace not found (404)",
    removals: "members removed",
    admissions: "members admitted",
    leaks: "pages for somebody who had been removed for longer than the bound",
    lockouts: "refusals of somebody who had been a member for longer than the bound",
    odd: "answers of another status, or of the wrong board",
}

impl Tally {
    pub fn add(figure: &AtomicU64, n: usize) {
        figure.fetch_add(n as u64, Ordering::Relaxed);
    }

    pub fn seen_after(&self, removal: Duration) {
        self.last_seen_ms.fetch_max(removal.as_millis() as u64, Ordering::Relaxed);
    }

    pub fn refused_after(&self, admission: Duration) {
        self.last_refused_ms.fetch_max(admission.as_millis() as u64, Ordering::Relaxed);
    }

    /// Fails unless enough was seen, and nothing of what must not be.
    pub fn judge(&self) {
        let get = |figure: &AtomicU64| figure.load(Ordering::Relaxed);
        assert_eq!(get(&self.foreign_rows), 0, "rows of another workspace were answered");
        assert_eq!(get(&self.leaks), 0, "somebody was let in who was no member any more");
        assert_eq!(get(&self.lockouts), 0, "a member was shut out");
        assert_eq!(get(&self.odd), 0, "see above");
        for (what, figure, least) in [
            ("edge reads", &self.edge_reads, 200),
            ("origin reads", &self.origin_reads, 50),
            ("pages", &self.pages, 100),
            ("cached pages", &self.cached, 20),
            ("refusals", &self.refused, 50),
            ("foreign boards", &self.not_found, 10),
            ("removals", &self.removals, 5),
            ("admissions", &self.admissions, 5),
        ] {
            assert!(get(figure) >= least, "too few {what} to mean anything: {}", get(figure));
        }
    }
}
