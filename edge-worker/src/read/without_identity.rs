//! What identity costs is measured against a Worker that asks nobody who they are: whoever comes first is identified, and every later reader is taken
//! for that one.
//!
//! It exists with `--cfg measured_without_identity` alone. No feature of Cargo's can bring that about, so nothing that is built along with the Worker
//! can; `cargo xtask bench` sets it for a build that it keeps apart, and such a Worker answers nothing where it is not told that it is measured
//! (`config`).

use std::cell::RefCell;
use std::rc::Rc;

use identity::VerifiedWorkspace;

use super::answer::Stages;
use super::identified::{self, Identified, admit};
use super::list_request::ListRequest;
use crate::edge::Edge;
use crate::failure::Failure;
use crate::http::request::Inbound;
use crate::membership::Asker;
use crate::platform::{Allowance, Platform};

thread_local! {
    static FIRST: RefCell<Option<(Asker, VerifiedWorkspace)>> = const { RefCell::new(None) };
}

/// Takes whoever asks for the first who did. All else that [`identified::identify`] does is done here as well.
pub(super) async fn identify<P: Platform>(
    edge: &Rc<Edge>,
    platform: &Rc<P>,
    request: &impl Inbound,
    query: &str,
    stages: &mut Stages,
) -> Result<Identified, Failure> {
    let Some((first, workspace)) = FIRST.with_borrow(Clone::clone) else {
        let identified = identified::identify(edge, platform, request, query, stages).await?;
        FIRST.set(Some((identified.asker.clone(), identified.workspace.clone())));
        return Ok(identified);
    };
    let began_ms = stages.began_ms();
    let listed = ListRequest::read(request, query, began_ms)?;
    admit(edge, platform, Allowance::User, first.user.id().as_str()).await?;
    edge.generations.ensure(platform, &first.workspace, began_ms).await;
    stages.end("ledger", platform.now_ms());
    admit(edge, platform, Allowance::Workspace, workspace.id().as_str()).await?;
    stages.end("membership", platform.now_ms());
    Ok(Identified { listed, asker: Asker { began_ms, ..first }, workspace })
}
