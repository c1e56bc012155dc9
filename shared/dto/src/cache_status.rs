//! Where an answer came from.

use std::fmt::Write as _;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// Every word.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $text,)* } }

            /// Reads the word on the wire.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> { match text { $($text => Some(Self::$variant),)* _ => None } }
        }
    };
}

words!(
    /// How the cache dealt with a request: `_cache.status`.
    CacheStatus {
        /// A cache had it, fresh.
        Hit = "HIT",
        /// It was read from the source.
        Miss = "MISS",
        /// A cache had it, expired and not overtaken.
        Stale = "STALE",
        /// The caches were passed by.
        Bypass = "BYPASS",
    }
);

words!(
    /// Which tier the answer came from: `_cache.source`.
    Source {
        /// Memory of the edge isolate.
        EdgeMemory = "edge_memory",
        /// Workers KV.
        CloudflareKv = "cloudflare_kv",
        /// Memory of the origin process.
        OriginMemory = "origin_memory",
        /// Redis.
        Redis = "redis",
        /// Supabase, or the embedded SQLite.
        Database = "database",
    }
);

impl Source {
    /// The status of a fresh answer from this tier.
    #[must_use]
    pub const fn fresh_status(self) -> CacheStatus {
        match self {
            Self::Database => CacheStatus::Miss,
            _ => CacheStatus::Hit,
        }
    }
}

/// Why a cache did not answer: the `fwd` parameter of RFC 9211.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Forward {
    /// It was configured, or forced, not to handle the request.
    Bypass,
    /// It had nothing under the key.
    UriMiss,
    /// It had an entry that could not be served.
    Stale,
}

impl Forward {
    /// The token of RFC 9211.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bypass => "bypass",
            Self::UriMiss => "uri-miss",
            Self::Stale => "stale",
        }
    }
}

/// One member of `Cache-Status` (RFC 9211) for a tier that answered; `ttl_left_secs` is negative for a stale entry.
#[must_use]
pub fn hit_member(tier: &str, ttl_left_secs: i64) -> String {
    let mut member = String::with_capacity(64);
    member.push_str(tier);
    member.push_str("; hit; ttl=");
    member.push_str(itoa::Buffer::new().format(ttl_left_secs));
    member
}

/// One member of `Cache-Status` for a tier that asked the next one.
#[must_use]
pub fn forward_member(tier: &str, why: Forward, stored: bool) -> String {
    let mut member = format!("{tier}; fwd={}", why.as_str());
    if stored {
        let _ = write!(member, "; stored");
    }
    member
}
