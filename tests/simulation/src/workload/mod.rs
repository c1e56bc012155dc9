//! The workload: writers, readers, and the checks after the storm.

pub(crate) mod calm;
pub(crate) mod change;
pub(crate) mod check;
pub(crate) mod readers;
pub(crate) mod writers;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use crate::origin::process::Processes;
use crate::places::{ORIGINS, authorizations};
use crate::source::BoardChange;
use crate::system::{Page, System};
use crate::world::World;

/// A token that somebody holds, and what its holder must see.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) changes: Vec<BoardChange>,
}

/// What all readers and writers share.
pub(crate) struct Workload {
    pub(crate) world: Arc<World>,
    pub(crate) system: System,
    pub(crate) processes: Arc<Processes>,
    pub(crate) authorizations: Vec<Arc<str>>,
    /// The latest tokens.
    pub(crate) tokens: RefCell<VecDeque<Token>>,
    /// What readers have, by its entity tag.
    pub(crate) etags: RefCell<BTreeMap<String, Page>>,
    /// Writers that wait for their acknowledgement.
    pub(crate) writing: Cell<u32>,
    /// One invalidation at a time begins at each origin.
    pub(crate) at_origin: [tokio::sync::Mutex<()>; ORIGINS],
}

impl Workload {
    pub(crate) fn new(world: Arc<World>, system: System, processes: Arc<Processes>) -> Rc<Self> {
        Rc::new(Self {
            world,
            system,
            processes,
            authorizations: authorizations(),
            tokens: RefCell::default(),
            etags: RefCell::default(),
            writing: Cell::new(0),
            at_origin: Default::default(),
        })
    }

    pub(crate) fn authorization(&self, user: usize) -> &str {
        self.authorizations.get(user).map_or("", |authorization| authorization)
    }
}
