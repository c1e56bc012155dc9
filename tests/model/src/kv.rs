//! Workers KV, at its worst: any location may be given any page that was ever stored, or nothing.
//!
//! That covers slow spreading, per-location read caches, cached negative look-ups and refused writes, and more. The
//! isolate's own memory holds nothing else, so it is covered as well.

use crate::gens::Gens;
use crate::state::Page;

/// Stores a page. A page that shows no more than another, under a stamp that is behind it, need not be kept: whatever
/// could go wrong with it can go wrong with the other.
pub fn put(pages: &mut Vec<Page>, page: Page) {
    let page = Page { incarnation: 0, ..page };
    if pages.iter().any(|known| is_no_better(*known, page)) {
        return;
    }
    pages.retain(|known| !is_no_better(page, *known));
    pages.push(page);
    pages.sort_unstable();
}

/// Whether `worse` can be served whenever `better` can, and shows no more.
fn is_no_better(worse: Page, better: Page) -> bool {
    let Gens(ours) = worse.stamp;
    let Gens(theirs) = better.stamp;
    worse.version <= better.version && ours[0] >= theirs[0] && ours[1] >= theirs[1]
}
