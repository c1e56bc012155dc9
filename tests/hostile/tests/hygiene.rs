//! What the tiers write about what they do holds nothing of what they are told: no token, key, e-mail address, telephone number or search term in a log
//! line, a figure or a key of Redis, when things go well and when they do not.
//!
//! `cargo test -p hostile --test hygiene -- --nocapture` prints how much was looked through.

use anyhow::{Result, ensure};
use end_to_end::{Answer, BOARD, Shape, WORKSPACE, World};
use reqwest::RequestBuilder;
use serde_json::json;

const SEARCHES: [&str; 4] = ["zzhygieneterm", "zz.hygiene@example.com", "+12025550199", "zzhygiene lastname"];
const FORGED: &str = "eyJhbGciOiJIUzI1NiJ9.enpoeWdpZW5lLXBheWxvYWQ.enpoeWdpZW5lLXNpZ25hdHVyZQ";

/// What must be nowhere, with a name for it.
fn secrets(world: &World) -> Result<Vec<(String, String)>> {
    let mut secrets = vec![
        ("the internal key".to_owned(), world.secrets.internal_auth_key.clone()),
        ("the secret of tokens".to_owned(), world.secrets.jwt_secret.clone()),
        ("a key that was guessed".to_owned(), "zzhygiene-guessed-internal-key".to_owned()),
    ];
    let tokens = [
        ("a member's token", world.token("user_member_15213")?),
        ("an outsider's token", world.token("user_outsider")?),
        ("a forged token", FORGED.to_owned()),
        ("the anonymous key", world.supabase.anon_key().to_owned()),
        ("the service key", world.supabase.service_key().to_owned()),
    ];
    for (name, token) in tokens {
        // The first part is the same for all of them; each of the others is a secret.
        secrets.extend(token.split('.').skip(1).map(|part| (name.to_owned(), part.to_owned())));
    }
    for search in SEARCHES {
        secrets.push(("a search term".to_owned(), search.to_owned()));
        let encoded: String =
            reqwest::Url::parse_with_params("http://x", [("q", search)])?.query().unwrap_or_default()[2..]
                .to_owned();
        secrets.push(("an encoded search term".to_owned(), encoded));
    }
    Ok(secrets)
}

/// Addresses and numbers of people: whatever looks like those of the demo data.
fn people(text: &str) -> Vec<String> {
    let is_of_a_word = |c: char| c.is_ascii_alphanumeric() || "@.+_-".contains(c);
    let is_phone = |word: &str| {
        word.strip_prefix("+1")
            .is_some_and(|digits| digits.len() == 10 && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    text.split(|c| !is_of_a_word(c))
        .filter(|word| word.contains("@example.com") || is_phone(word))
        .map(ToOwned::to_owned)
        .collect()
}

/// Reads, changes and mistakes of every kind, at both tiers. Whether they succeed is for other tests.
async fn talk(world: &World) -> Result<usize> {
    let token = world.token("user_member_15213")?;
    let mut requests: Vec<RequestBuilder> = Vec::new();
    for base in [world.edge.url(), world.origins[0].url()] {
        let list = format!("{base}/api/boards/{BOARD}/contacts");
        let get = |url: &str| world.http.get(url).bearer_auth(&token).header("X-Workspace-ID", WORKSPACE);
        for search in SEARCHES {
            requests.push(get(&list).query(&[("search", search)]));
            requests.push(get(&list).query(&[("search", format!("{search}\u{0}"))]));
            requests.push(get(&list).query(&[("filter", search)]));
            requests.push(get(&list).header("X-User-ID", search));
            requests.push(get(&list).header("X-Cache-Generation", search));
            requests.push(get(&list).header("If-None-Match", search));
            requests.push(get(&format!("{base}/{search}")));
            requests.push(get(&format!("{base}/api/boards/{search}/contacts")));
            requests.push(world.http.get(&list).bearer_auth(&token).header("X-Workspace-ID", search));
        }
        requests.push(get(&list));
        requests.push(world.http.get(&list).bearer_auth(FORGED).header("X-Workspace-ID", WORKSPACE));
        requests.push(
            world.http.get(format!("{list}?access_token={FORGED}")).header("X-Workspace-ID", WORKSPACE),
        );
        requests.push(
            world
                .http
                .get(&list)
                .bearer_auth(world.token("user_outsider")?)
                .header("X-Workspace-ID", WORKSPACE),
        );
        requests.push(world.http.get(&list).header("X-Internal-Auth", "zzhygiene-guessed-internal-key"));
        let webhook = json!({"type": "UPDATE", "schema": "public", "table": "contacts", "old_record": null,
            "record": {"id": "contact_15213_000001", "workspace_id": WORKSPACE, "board_id": BOARD, "email": SEARCHES[1], "phone": SEARCHES[2],
                       "name": SEARCHES[3]}});
        for body in [
            webhook.to_string(),
            format!("{{\"boardId\":\"{}\",\"action\":\"x\"}}", SEARCHES[1]),
            format!("{} [", SEARCHES[0]),
        ] {
            for key in [&world.secrets.internal_auth_key, "zzhygiene-guessed-internal-key"] {
                let post = world.http.post(format!("{base}/api/cache/invalidate")).bearer_auth(key);
                requests.push(post.header("X-Workspace-ID", WORKSPACE).body(body.clone()));
            }
        }
    }
    let origin = world.origins[0].url();
    for path in [
        "api/contacts/contact_15213_000001",
        "api/contacts/contact_15213_000001/messages",
        "api/cache-settings/workspace/15213/counts",
    ] {
        requests.push(
            world
                .http
                .get(format!("{origin}/{path}"))
                .bearer_auth(&token)
                .header("X-Workspace-ID", WORKSPACE),
        );
    }
    let count = requests.len();
    for request in requests {
        request.send().await?;
    }
    Ok(count)
}

#[tokio::test]
async fn nothing_that_is_told_is_written_down() -> Result<()> {
    // More than anybody runs with.
    let mut world = World::start("hygiene", Shape { rust_log: Some("debug"), ..Shape::default() }).await?;
    let insert = format!(
        "update contacts set name = '{}', email = '{}', phone = '{}' where id = 'contact_15213_000001'",
        SEARCHES[3], SEARCHES[1], SEARCHES[2]
    );
    world.supabase.sql(&insert).await?;
    let mut asked = talk(&world).await?;
    let keys = redis_keys(&world).await?;
    ensure!(keys.lines().count() > 5, "nothing was kept in Redis:\n{keys}");

    world.supabase.gateway().set_down(true);
    asked += talk(&world).await?;
    world.redis.kill().await?;
    asked += talk(&world).await?;
    world.supabase.gateway().set_down(false);
    asked += talk(&world).await?;

    let mut written = vec![("Redis' keys", keys)];
    for (name, base) in
        [("the edge's figures", world.edge.url()), ("the origin's figures", world.origins[0].url())]
    {
        for path in ["/metrics", "/metrics?format=prometheus"] {
            let answer = Answer::read(world.http.get(format!("{base}{path}")).send().await?).await?;
            ensure!(answer.status == 200 && answer.text.len() > 200, "{}", answer.text);
            written.push((name, answer.text));
        }
    }
    world.origins[0].stop().await?;
    written.push(("the origin's log", world.origins[0].log()));
    written.push(("the edge's log", world.edge.log()));

    let (mut found, mut bytes) = (Vec::new(), 0);
    for (place, text) in &written {
        bytes += text.len();
        for (what, secret) in secrets(&world)? {
            if let Some(line) = text.lines().find(|line| line.contains(&secret)) {
                found.push(format!("{what} is in {place}: {line}"));
            }
        }
        found.extend(people(text).into_iter().take(3).map(|person| format!("{person} is in {place}")));
    }
    let lines: usize = written.iter().map(|(_, text)| text.lines().count()).sum();
    println!("{asked} requests, {lines} lines and {bytes} bytes looked through: {} found", found.len());
    ensure!(
        written.iter().any(|(place, text)| place.contains("origin's log") && text.contains("\"answered\"")),
        "the log is silent"
    );
    ensure!(
        written
            .iter()
            .any(|(place, text)| place.contains("edge's log") && text.contains("the origin answered")),
        "the edge's log is silent"
    );
    ensure!(found.is_empty(), "{}", found.join("\n"));
    Ok(())
}

async fn redis_keys(world: &World) -> Result<String> {
    let mut redis = redis::Client::open(world.redis.url())?.get_multiplexed_async_connection().await?;
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut redis).await?;
    Ok(keys.join("\n"))
}
