//! Both sources over the same rows, and the question that is put to both.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cache_key::{ListParams, ListQuery};
use identity::{InternalKeys, Membership, Role, TokenVerifier, VerifiedWorkspace};
use ids::{BoardId, UserId, WorkspaceId};
use origin::source::sqlite::{Anchor, SqliteSource};
use origin::source::supabase::{ServiceCredential, SupabaseConfig, SupabaseSource};
use origin::source::{Asker, ContactPage, ContactSource, SourceError};
use stack::{Secrets, StackDirs, Supabase, tokens};

use crate::oracle::Oracle;

/// Long enough for a slow machine: no answer here is measured against it.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A signed-in user in one workspace.
pub struct Caller {
    pub id: UserId,
    pub token: String,
    pub workspace: VerifiedWorkspace,
}

/// Who asks.
#[derive(Clone, Copy)]
pub enum Who<'a> {
    User(&'a Caller),
    /// The service itself, in this workspace.
    Service(&'a str),
}

/// What both sources said.
#[derive(Debug)]
pub struct Agreed {
    pub ids: Vec<String>,
    pub total: u64,
}

/// Both sources, filled with the same day's demo data.
pub struct World {
    pub secrets: Secrets,
    pub stack: Supabase,
    pub supabase: SupabaseSource,
    pub sqlite: SqliteSource,
    pub now_secs: u64,
    oracle: Oracle,
    questions: Arc<AtomicUsize>,
    contacts: Arc<AtomicUsize>,
}

impl World {
    pub async fn start() -> Self {
        let secrets = Secrets::generate().expect("secrets");
        let now_secs = unix_secs();
        let anchor = Anchor::of_day_containing(now_secs.cast_signed());
        let dirs = StackDirs::of_this_checkout("conformance");
        let (stack, sqlite) = tokio::join!(Supabase::start(dirs, &secrets), async {
            let source = SqliteSource::open_in_memory().expect("a database");
            source.seed_demo(anchor).await.expect("demo data");
            source
        });
        let stack = stack.expect("Supabase starts");
        let supabase = SupabaseSource::new(config(&stack, &secrets)).expect("a configuration");
        Self {
            secrets,
            stack,
            supabase,
            sqlite,
            now_secs,
            oracle: Oracle::new(anchor, now_secs),
            questions: Arc::default(),
            contacts: Arc::default(),
        }
    }

    /// Signs somebody in. The membership is claimed, not looked up: what the sources make of it is what is tested.
    pub fn sign_in(&self, user: &str, workspace: &str) -> Caller {
        let id = UserId::parse(user).unwrap();
        let token = tokens::mint(user, &self.secrets.jwt_secret, Duration::from_mins(30)).unwrap();
        let verifier = TokenVerifier::hs256(&self.secrets.jwt_secret).unwrap();
        let signed_in = verifier.verify(&token, self.now_secs).unwrap();
        let membership = Membership::answered(workspace_id(workspace), id.clone(), Some(Role::Member));
        let workspace = VerifiedWorkspace::of_member(&signed_in, &membership).unwrap();
        Caller { id, token, workspace }
    }

    /// Puts a question to both sources, which must give the same answer, to the byte but for the white space between contacts;
    /// on a board that the oracle knows, the right one.
    pub async fn agree(&self, who: Who<'_>, board: &str, params: ListParams) -> Agreed {
        let query = query(who, board, params.clone());
        let asker = asker(who);
        let (supabase, sqlite) = tokio::join!(
            self.supabase.list_contacts(asker, &query, self.now_secs),
            self.sqlite.list_contacts(asker, &query, self.now_secs)
        );
        let supabase = supabase.unwrap_or_else(|error| panic!("Supabase: {error}: {}", told(&params)));
        let sqlite = sqlite.unwrap_or_else(|error| panic!("SQLite: {error}: {}", told(&params)));
        assert_eq!(supabase.total, sqlite.total, "totals differ: {}", told(&params));
        same_contacts(&supabase, &sqlite, &params);

        let ids = ids_of(&sqlite);
        self.questions.fetch_add(1, Ordering::Relaxed);
        self.contacts.fetch_add(ids.len(), Ordering::Relaxed);
        let user = match who {
            Who::User(caller) => Some(caller.id.as_str()),
            Who::Service(_) => None,
        };
        if let Some(right) = self.oracle.answer(board, user, &params) {
            assert_eq!(sqlite.total, right.total, "both are wrong: {}", told(&params));
            assert_eq!(ids, right.ids, "both are wrong: {}", told(&params));
        }
        Agreed { ids, total: sqlite.total }
    }

    /// Both, for what is put to one after the other.
    pub fn sources(&self) -> [&dyn ContactSource; 2] {
        [&self.supabase, &self.sqlite]
    }

    /// How many questions were agreed upon, and how many contacts were in the answers.
    pub fn agreed_so_far(&self) -> (usize, usize) {
        (self.questions.load(Ordering::Relaxed), self.contacts.load(Ordering::Relaxed))
    }
}

pub fn config(stack: &Supabase, secrets: &Secrets) -> SupabaseConfig {
    SupabaseConfig {
        rest_url: format!("{}/rest/v1", stack.url()),
        anon_key: stack.anon_key().to_owned(),
        service: Some(ServiceCredential::Secret(secrets.jwt_secret.clone())),
        timeout: TIMEOUT,
    }
}

pub fn asker(who: Who<'_>) -> Asker<'_> {
    match who {
        Who::User(caller) => Asker::User { id: &caller.id, token: &caller.token },
        Who::Service(_) => Asker::Service,
    }
}

pub fn query(who: Who<'_>, board: &str, params: ListParams) -> ListQuery {
    ListQuery::new(&verified(who), BoardId::parse(board).unwrap(), params).unwrap()
}

/// The workspace that somebody asks about.
pub fn verified(who: Who<'_>) -> VerifiedWorkspace {
    match who {
        Who::User(caller) => caller.workspace.clone(),
        Who::Service(workspace) => {
            let keys = InternalKeys::parse("an-internal-key-for-tests").unwrap();
            let proof = keys.check("an-internal-key-for-tests").unwrap();
            VerifiedWorkspace::of_internal(&proof, workspace_id(workspace))
        }
    }
}

pub fn workspace_id(text: &str) -> WorkspaceId {
    WorkspaceId::parse(text).unwrap()
}

/// The question in words, with the search term, which `Debug` of the parameters leaves out.
fn told(params: &ListParams) -> String {
    format!("{params:?}, search {:?}", params.search.as_ref().map(cache_key::SearchTerm::as_str))
}

/// PostgreSQL's `json_agg` puts `, \n ` between rows. A line feed inside a text is escaped, so this finds nothing else.
fn same_contacts(supabase: &ContactPage, sqlite: &ContactPage, params: &ListParams) {
    let supabase = String::from_utf8(supabase.contacts_json.to_vec()).unwrap().replace(", \n ", ",");
    let sqlite = std::str::from_utf8(&sqlite.contacts_json).unwrap();
    if supabase != sqlite {
        let rows = |text: &str| serde_json::from_str::<Vec<serde_json::Value>>(text).unwrap();
        for (a, b) in rows(&supabase).iter().zip(&rows(sqlite)) {
            assert_eq!(a, b, "contacts differ: {}", told(params));
        }
        panic!("answers differ in length or in the order of columns: {}\n{supabase}\n{sqlite}", told(params));
    }
}

fn ids_of(page: &ContactPage) -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Row {
        id: String,
    }
    let rows: Vec<Row> = serde_json::from_slice(&page.contacts_json).unwrap();
    rows.into_iter().map(|row| row.id).collect()
}

fn unix_secs() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// The name of an outcome that should have been an error.
pub fn error_of<T>(outcome: Result<T, SourceError>) -> SourceError {
    match outcome {
        Ok(_) => panic!("an answer where an error was due"),
        Err(error) => error,
    }
}
