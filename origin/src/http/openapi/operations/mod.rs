//! Every public route, described; a file for each group of them.

mod boards;
mod cache_settings;
mod contacts;
mod invalidation;
mod live;
mod process;

use super::operation::Described;

/// All of them, in the order in which people read them.
pub fn all() -> Vec<Described> {
    let mut all = vec![boards::contacts(), contacts::details(), contacts::messages()];
    all.extend(cache_settings::all());
    all.push(invalidation::from_backend());
    all.extend(live::all());
    all.extend(process::all());
    all
}
