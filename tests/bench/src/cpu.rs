//! How much processor time a process and all that it started have used.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

/// Linux counts in hundredths of a second, whatever its timer does (`USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// The time used so far by a process and its descendants.
pub fn used_by(root: u32) -> Duration {
    let processes: HashMap<u32, (u32, u64)> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let id = entry.file_name().to_str()?.parse().ok()?;
            Some((id, parse(&fs::read_to_string(entry.path().join("stat")).ok()?)?))
        })
        .collect();
    let belongs = |mut id: u32| loop {
        match processes.get(&id) {
            _ if id == root => return true,
            Some((parent, _)) if *parent > 1 => id = *parent,
            _ => return false,
        }
    };
    let ticks: u64 = processes.iter().filter(|(id, _)| belongs(**id)).map(|(_, (_, ticks))| ticks).sum();
    TICK * ticks as u32
}

/// Parent, and time in user and kernel, from `/proc/{id}/stat`.
fn parse(stat: &str) -> Option<(u32, u64)> {
    // The name stands in parentheses and may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some((number(1)? as u32, number(11)? + number(12)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_whatever_the_program_is_called() {
        let stat = "42 (a ) 7 (b) S 7 42 42 0 -1 4194304 1 0 0 0 120 30 0 0 20 0 1 0 1 1 1";
        assert_eq!(parse(stat), Some((7, 150)));
    }
}
