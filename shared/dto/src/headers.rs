//! Header names and constant values, as the contract spells them.

/// The workspace that a request is about.
pub const WORKSPACE_ID: &str = "X-Workspace-ID";
/// The user who asks; if sent, it must equal the token's `sub`.
pub const USER_ID: &str = "X-User-ID";
/// The internal key, for callers that cannot use `Authorization`.
pub const INTERNAL_AUTH: &str = "X-Internal-Auth";
/// Between the tiers: the sender's signature, with the internal key. See `identity::RequestHead`.
pub const INTERNAL_SIGNATURE: &str = "X-Internal-Signature";
/// From the edge to the origin: nothing that is cached or remembered will do, since it may have missed what only the ledger knows.
pub const CACHE_BYPASS: &str = "X-Cache-Bypass";
/// From a reader: a floor. From a tier: the generations that it knows. In an answer: the entry's stamp.
pub const CACHE_GENERATION: &str = "X-Cache-Generation";
/// From the edge to the origin: the reader's floor, passed on as untrusted as it came.
pub const READER_GENERATION: &str = "X-Reader-Generation";
/// From the origin to the edge: which tier of the origin answered.
pub const CACHE_SOURCE: &str = "X-Cache-Source";
/// From the origin to the edge: how the origin dealt with the request, as `_cache.status` says it.
pub const CACHE_OUTCOME: &str = "X-Cache-Status";
/// RFC 9211.
pub const CACHE_STATUS: &str = "Cache-Status";
/// What this cache takes from the source as the type of an entry in the encoding of the `coherence` crate.
pub const ENTRY_CONTENT_TYPE: &str = "application/vnd.boardcache.entry";
/// The type of every other answer.
pub const JSON_CONTENT_TYPE: &str = "application/json; charset=utf-8";
/// `Cache-Control` of a page: a browser may keep it and must ask each time.
pub const PAGE_CACHE_CONTROL: &str = "private, no-cache";
/// `Cache-Control` of everything else.
pub const NO_STORE: &str = "no-store";
/// `Vary` of a page.
pub const PAGE_VARY: &str = "Origin, Authorization";

#[cfg(test)]
mod tests {
    #[test]
    fn what_the_origin_goes_by_is_signed() {
        let known =
            [super::WORKSPACE_ID, super::CACHE_GENERATION, super::READER_GENERATION, super::CACHE_BYPASS];
        assert_eq!(identity::SIGNED_HEADERS[0], "Authorization");
        assert_eq!(identity::SIGNED_HEADERS[1..], known);
    }
}
