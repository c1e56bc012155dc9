//! What `cargo xtask dev` prints when everything answers: where it is, and lines to paste.

use demo_data::{BIG_BOARD_ID, BIG_WORKSPACE_ID};

use stack::Secrets;

use stack::demo::User;

use super::Urls;

/// Prints the addresses and the lines.
pub fn print(urls: &Urls, secrets: &Secrets, users: &[User]) {
    let token = users
        .iter()
        .find(|user| user.workspace_id == Some(BIG_WORKSPACE_ID) && user.role == Some("member"))
        .map_or("", |user| user.token.as_str());
    let read = format!(
        "curl -s -w '\\n' '{}/api/boards/{BIG_BOARD_ID}/contacts?per_page=2' \
         -H 'X-Workspace-ID: {BIG_WORKSPACE_ID}' -H 'Authorization: Bearer {token}'",
        urls.edge
    );
    let body = format!(
        "{{\"boardId\":\"{BIG_BOARD_ID}\",\"contactId\":\"contact_15213_000001\",\"action\":\"contact_updated\"}}"
    );
    println!();
    println!("  edge    {}", urls.edge);
    println!("  origin  {}", urls.origin);
    println!("  console {}/console/", urls.origin);
    println!("  HTTP    {}/docs/", urls.origin);
    println!();
    println!("A MISS, which the database answers:");
    println!("{read}");
    println!();
    println!("The same again, a HIT at the edge:");
    println!("{read}");
    println!();
    println!("An invalidation:");
    println!(
        "curl -s -w '\\n' -X POST '{}/api/cache/invalidate' -H 'X-Workspace-ID: {BIG_WORKSPACE_ID}' \
         -H 'Authorization: Bearer {}' -H 'Content-Type: application/json' -d '{body}'",
        urls.edge, secrets.internal_auth_key
    );
    println!();
    println!("What was read before is old now, a MISS again:");
    println!("{read}");
    println!();
    println!("Users and their tokens: target/dev/env.json. Logs: target/dev/logs. Ctrl-C ends everything.");
}
