//! What goes wrong: every kind of fault, and how often it was injected.

macro_rules! faults {
    ($($variant:ident = $text:literal;)*) => {
        /// A kind of fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Fault { $(#[doc = $text] $variant,)* }

        impl Fault {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// What happens.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $text,)* } }
        }
    };
}

faults!(
    IsolateEvicted = "edge: an isolate is thrown out with all it does";
    BackgroundCut = "edge: work in the background is cut off";
    ClientGone = "edge: a client goes away before its answer";
    KvError = "KV: a call fails";
    KvSlow = "KV: a call takes seconds";
    KvThrottled = "KV: a second write to a key within a second is refused";
    KvOldValue = "KV: a location's cache answers with an overwritten value";
    KvOldNothing = "KV: a location's cache denies a value that exists";
    LedgerUnreachable = "ledger: unreachable from a location, or for all";
    LedgerRestarted = "ledger: restarted, its storage kept";
    LedgerReplyLost = "ledger: an answer is lost after it recorded";
    LinkDown = "network: a location cannot reach an origin";
    RequestLost = "network: a request to an origin is lost";
    ReplyLost = "network: an origin's answer is lost";
    OriginCrashed = "origin: killed, its memory lost, started again";
    RedisEmptied = "Redis: killed, comes back empty";
    RedisRolledBack = "Redis: killed, comes back with an older snapshot";
    RedisRenamed = "Redis: another replication id, nothing closed";
    RedisCutOff = "Redis: cut off from one origin";
    RedisReplyLost = "Redis: an answer is lost after the command ran";
    PushBroken = "Redis: a push connection breaks";
    PushDelayed = "Redis: pushed messages are held back";
    GenerationsEvicted = "Redis: a workspace's generations are evicted";
    EntriesEvicted = "Redis: entries are evicted";
    SourceDown = "source: down";
    SourceSlow = "source: takes seconds";
    SourceFailed = "source: a question fails";
);

impl Fault {
    /// Whether it may make an origin load a page that it, or another one, has loaded already.
    pub(crate) const fn costs_loads(self) -> bool {
        !matches!(
            self,
            Self::IsolateEvicted
                | Self::BackgroundCut
                | Self::ClientGone
                | Self::KvError
                | Self::KvSlow
                | Self::KvThrottled
                | Self::KvOldValue
                | Self::KvOldNothing
                | Self::RequestLost
                | Self::ReplyLost
        )
    }
}

/// How often each kind was injected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultCounts([u64; Fault::ALL.len()]);

impl Default for FaultCounts {
    fn default() -> Self {
        Self([0; Fault::ALL.len()])
    }
}

impl FaultCounts {
    pub(crate) fn count(&mut self, fault: Fault) {
        if let Some(count) = self.0.get_mut(fault as usize) {
            *count += 1;
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (ours, theirs) in self.0.iter_mut().zip(other.0) {
            *ours += theirs;
        }
    }

    /// Each kind with its count.
    pub fn iter(&self) -> impl Iterator<Item = (Fault, u64)> {
        Fault::ALL.iter().copied().zip(self.0)
    }
}
