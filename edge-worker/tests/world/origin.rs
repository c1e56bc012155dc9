//! An origin in memory, to the letter of the internal routes. Its source is one number: the version that pages show.

use std::collections::HashSet;

use cache_key::{ListParams, ListQuery};
use coherence::{Encoding, EntryHeader, Generation, Lifetime, Tag, View, encode};
use dto::headers;
use dto::internal::{InvalidationRecorded, LedgerUpdate, MembershipAnswer};
use edge_worker::platform::{OriginRequest, OriginResponse};
use identity::{CacheScope, InternalKeys, Membership, RequestHead, Role, TokenVerifier, VerifiedWorkspace};
use ids::{BoardId, WorkspaceId};
use sha2::{Digest as _, Sha256};

use super::INTERNAL_KEY;

pub struct FakeOrigin {
    /// What pages show.
    pub version: u32,
    /// The tier that answers.
    pub source: &'static str,
    /// What it says of a page that it had.
    pub outcome: &'static str,
    /// Whether its answers forbid storing them.
    pub no_store: bool,
    /// Who is a member of `w`.
    pub members: HashSet<&'static str>,
    /// Who shares its pages.
    pub scope: CacheScope,
    /// How many bytes a page has beside the version.
    pub padding: usize,
    /// Whose every bearer token is taken to be, if it is not to be looked at.
    pub any_bearer: Option<&'static str>,
    /// What it answers instead, whatever is asked.
    pub instead: Option<OriginResponse>,
    /// Under which board's key pages are sealed, if not their own.
    pub sealed_as: Option<&'static str>,
    /// Whether it merges what a question about a membership tells it only after it has answered, and answers until
    /// then what it remembers: that `user_1` is a member.
    pub remembers_members: bool,
    /// Whether it forgets to mint the board's generation.
    pub mints_too_little: bool,
    pub view: View,
}

impl FakeOrigin {
    pub fn new() -> Self {
        Self {
            version: 1,
            source: "database",
            outcome: "HIT",
            no_store: false,
            members: HashSet::from(["user_1", "user_2"]),
            scope: CacheScope::Workspace,
            padding: 0,
            any_bearer: None,
            instead: None,
            sealed_as: None,
            remembers_members: false,
            mints_too_little: false,
            view: View::new(),
        }
    }

    pub fn mint(&mut self, tag: &Tag, now_ms: u64) -> Generation {
        let generation = Generation::mint(self.view.get(tag), now_ms);
        self.view.merge(tag, generation);
        generation
    }

    pub fn answer(&mut self, request: &OriginRequest, now_ms: u64) -> OriginResponse {
        if let Some(instead) = &self.instead {
            return instead.clone();
        }
        let header =
            |name: &str| request.headers.iter().find(|(known, _)| *known == name).map(|(_, v)| v.as_str());
        assert!(is_signed(request, now_ms), "{request:?}");
        assert!(
            request.headers.iter().all(|(_, value)| !value.contains(INTERNAL_KEY)),
            "the key itself travels: {request:?}"
        );
        let before = self.view.clone();
        if let Some(known) = header(headers::CACHE_GENERATION) {
            self.view.merge_view(&View::from_token(known).unwrap());
        }
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match (request.method, parts.as_slice()) {
            ("GET", ["internal", "boards", board, "contacts"]) => {
                let owner = header("Authorization").filter(|_| self.scope == CacheScope::User);
                self.page(header(headers::WORKSPACE_ID).unwrap(), owner, board, query, now_ms)
            }
            ("GET", ["internal", "workspaces", _, "membership"])
                if self.remembers_members && before != self.view =>
            {
                let generation = before.stamp(&[Tag::Members, Tag::Workspace]).to_token();
                json(&MembershipAnswer { role: Some("member".to_owned()), generation })
            }
            ("GET", ["internal", "workspaces", _, "membership"]) => {
                self.membership(header("Authorization").unwrap())
            }
            ("POST", ["internal", "invalidate"]) => {
                let body = request.body.as_deref().unwrap_or_default();
                self.invalidate(body, header(headers::WORKSPACE_ID), now_ms)
            }
            _ => panic!("no such route: {request:?}"),
        }
    }

    /// `owner` is the `Authorization` of the reader whose own the page is, if it is one's.
    fn page(
        &self,
        workspace: &str,
        owner: Option<&str>,
        board: &str,
        query: &str,
        now_ms: u64,
    ) -> OriginResponse {
        if board == "no_board" {
            return failure(404, "not_found");
        }
        let proof = InternalKeys::parse(INTERNAL_KEY).unwrap().check(INTERNAL_KEY).unwrap();
        let workspace = WorkspaceId::parse(workspace).unwrap();
        let workspace = match owner {
            None => VerifiedWorkspace::of_internal(&proof, workspace),
            Some(bearer) => {
                let token = bearer.trim_start_matches("Bearer ");
                let user = TokenVerifier::hs256(super::SECRET).unwrap().verify(token, now_ms / 1000).unwrap();
                let membership = Membership::answered(workspace, user.id().clone(), Some(Role::Member));
                VerifiedWorkspace::of_member(&user, &membership).unwrap().in_scope(CacheScope::User)
            }
        };
        let key = |board: &str| {
            let params = ListParams::parse(query).unwrap();
            ListQuery::new(&workspace, BoardId::parse(board).unwrap(), params).unwrap().key()
        };
        let (key, sealed_key) = (key(board), key(self.sealed_as.unwrap_or(board)));
        let padding = "x".repeat(self.padding);
        let body =
            format!(r#""contacts":[{{"version":{},"padding":"{padding}"}}],"pagination":{{}}"#, self.version);
        let mut etag = [0; 16];
        etag.copy_from_slice(&Sha256::digest(&body)[..16]);
        let header = EntryHeader {
            key_digest: sealed_key.digest(),
            etag,
            incarnation: None,
            stored_at_ms: now_ms,
            lifetime: Lifetime::jittered(180, 0),
            stamp: self.view.stamp(key.tags()),
            read_set: None,
            encoding: Encoding::Identity,
        };
        let mut headers = vec![
            ("Content-Type", headers::ENTRY_CONTENT_TYPE.to_owned()),
            (headers::CACHE_SOURCE, self.source.to_owned()),
            (
                headers::CACHE_OUTCOME,
                if self.source == "database" { "MISS" } else { self.outcome }.to_owned(),
            ),
        ];
        if self.no_store {
            headers.push(("Cache-Control", headers::NO_STORE.to_owned()));
        }
        OriginResponse { status: 200, headers, body: encode(&header, body.as_bytes()).unwrap() }
    }

    fn membership(&self, authorization: &str) -> OriginResponse {
        let known = ["user_1", "user_2", "user_3"];
        let user = known.into_iter().find(|user| authorization == super::bearer(user));
        let user = self.any_bearer.or(user);
        let role = user.filter(|user| self.members.contains(user)).map(|_| "member".to_owned());
        let generation = self.view.stamp(&[Tag::Members, Tag::Workspace]).to_token();
        json(&MembershipAnswer { role, generation })
    }

    fn invalidate(&mut self, body: &[u8], workspace: Option<&str>, now_ms: u64) -> OriginResponse {
        let plans = dto::invalidate::parse(body, workspace).unwrap();
        let patterns = plans.iter().flat_map(|plan| plan.patterns().to_vec()).collect();
        let mut ledgers = Vec::new();
        for plan in plans {
            let mut minted = View::new();
            for tag in plan.tags() {
                if self.mints_too_little && *tag != Tag::Counts {
                    continue;
                }
                minted.merge(tag, self.mint(tag, now_ms));
            }
            ledgers.push(LedgerUpdate {
                workspace: plan.workspace().to_string(),
                generation: minted.to_token(),
            });
        }
        json(&InvalidationRecorded { invalidated: 3, patterns, ledgers })
    }
}

fn is_signed(request: &OriginRequest, now_ms: u64) -> bool {
    let header = |name: &'static str| {
        request.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    };
    let head = RequestHead { method: request.method, target: &request.target, header: &header };
    let signature = header(headers::INTERNAL_SIGNATURE).unwrap_or_default();
    let signed = InternalKeys::parse(INTERNAL_KEY).unwrap().check_signature(&head, &signature, now_ms);
    signed.is_some_and(|signed| signed.with_body(request.body.as_deref().unwrap_or_default()).is_some())
}

/// A failure in its envelope.
pub fn failure(status: u16, code: &str) -> OriginResponse {
    let body = format!(r#"{{"success":false,"error":{{"code":"{code}","message":"no"}}}}"#);
    OriginResponse { status, headers: Vec::new(), body: body.into_bytes() }
}

fn json(value: &impl serde::Serialize) -> OriginResponse {
    let headers = vec![("Content-Type", headers::JSON_CONTENT_TYPE.to_owned())];
    OriginResponse { status: 200, headers, body: serde_json::to_vec(value).unwrap() }
}
