//! The cache-settings API, contact details and messages, over the real servers: shapes to the letter, and what settings do.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::{Duration, Instant};

use anyhow::Result;
use end_to_end::{Answer, Shape, WORKSPACE, World};
use reqwest::Method;
use serde_json::{Value, json};

const MEMBER: &str = "user_member_15213";
const ADMIN: &str = "user_admin_15213";
const SETTINGS: &str = "/api/cache-settings/workspace/15213/settings";
const COUNTS: &str = "/api/cache-settings/workspace/15213/counts";

/// Asks the origin, as a user or with the internal key.
async fn ask(world: &World, who: &str, method: Method, path: &str, body: Option<&Value>) -> Result<Answer> {
    let url = format!("{}{path}", world.origins[0].url());
    let mut request = world.http.request(method, url);
    request = match who {
        "" => request,
        "service" => request.header("X-Internal-Auth", &world.secrets.internal_auth_key),
        user => request.bearer_auth(world.token(user)?),
    };
    if let Some(body) = body {
        request = request.json(body);
    }
    Answer::read(request.send().await?).await
}

async fn get(world: &World, who: &str, path: &str) -> Result<Answer> {
    ask(world, who, Method::GET, path, None).await
}

async fn post(world: &World, who: &str, path: &str, body: &Value) -> Result<Answer> {
    ask(world, who, Method::POST, path, Some(body)).await
}

/// The names of an object's members, in the order in which they were sent.
fn members(json: &str) -> Vec<String> {
    let names: serde_json::Map<String, Value> = serde_json::from_str(json).unwrap();
    // The map is sorted; the text is not. The last one: objects within come before what follows them.
    let mut names: Vec<String> = names.into_iter().map(|(name, _)| name).collect();
    names.sort_by_key(|name| json.rfind(&format!("\"{name}\":")).unwrap());
    names
}

/// The text of `data`.
fn data(answer: &Answer) -> &str {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.text.strip_prefix(r#"{"success":true,"data":"#).unwrap().strip_suffix('}').unwrap()
}

#[tokio::test]
async fn settings_are_read_and_written_in_the_shapes_of_the_contract() -> Result<()> {
    let world = World::start("cache_settings", Shape::default()).await?;
    let read = get(&world, MEMBER, SETTINGS).await?;
    assert_eq!(
        data(&read),
        concat!(
            r#"{"cacheEnabled":true,"features":{"contactCounts":true,"contactLists":true,"search":true,"messageHistory":true},"#,
            r#""cacheConfig":{"contactCountsTTL":300,"contactsTTL":180,"searchTTL":120,"messageHistoryTTL":300}}"#
        )
    );
    assert_eq!(read.header("cache-control"), "no-store");

    let example = json!({"cacheEnabled": true,
        "features": {"contactCounts": true, "contactLists": true, "search": false, "messageHistory": false},
        "cacheConfig": {"contactCountsTTL": 300, "contactsTTL": 180, "searchTTL": 120, "messageHistoryTTL": 300}});
    let written = post(&world, ADMIN, SETTINGS, &example).await?;
    let updated_at = written.json["data"]["updated_at"].as_str().unwrap().to_owned();
    assert_eq!(
        data(&written),
        format!(
            concat!(
                r#"{{"workspace_id":"15213","settings":{{"cache":{{"enabled":true,"#,
                r#""features":{{"contactCounts":true,"contactLists":true,"search":false,"messageHistory":false}},"#,
                r#""config":{{"contactCountsTTL":300,"contactsTTL":180,"searchTTL":120,"messageHistoryTTL":300}}}}}},"#,
                r#""updated_at":"{}"}}"#
            ),
            updated_at
        )
    );
    let again = get(&world, MEMBER, SETTINGS).await?;
    assert_eq!(again.json["data"], example);
    // They outlive every cache.
    let rows = world.supabase.client().await?;
    let row = rows
        .query_one("select settings::text from workspace_settings where workspace_id = '15213'", &[])
        .await?;
    let stored: Value = serde_json::from_str(row.get(0))?;
    assert_eq!(stored["cache"], written.json["data"]["settings"]["cache"]);

    // Who may.
    for (who, status) in [(MEMBER, 403), ("user_member_20771", 403), ("user_outsider", 403), ("", 401)] {
        let refused = post(&world, who, SETTINGS, &example).await?;
        assert_eq!(refused.status, status, "{who}: {}", refused.text);
        refused.failure()?;
    }
    assert_eq!(post(&world, "service", SETTINGS, &json!({"cacheEnabled": true})).await?.status, 200);
    let nowhere = "/api/cache-settings/workspace/no_such/settings";
    assert_eq!(post(&world, "service", nowhere, &example).await?.status, 404);

    // What may not be.
    for (body, field) in [
        (json!({"cacheConfig": {"contactsTTL": 59}}), "cacheConfig.contactsTTL"),
        (json!({"cacheConfig": {"contactsTTL": 86_401}}), "cacheConfig.contactsTTL"),
        (json!({"cacheConfig": {"contactsTTL": 60.5}}), "cacheConfig.contactsTTL"),
        (json!({"features": {"contactLists": "yes"}}), "features.contactLists"),
        (json!({"cacheEnabled": null}), "cacheEnabled"),
    ] {
        let refused = post(&world, ADMIN, SETTINGS, &body).await?;
        assert_eq!((refused.status, refused.failure()?.1), (400, Some(field)), "{body}");
    }
    for body in [json!({"unknown": true}), json!([]), json!("text")] {
        assert_eq!(post(&world, ADMIN, SETTINGS, &body).await?.status, 400, "{body}");
    }
    assert_eq!(get(&world, MEMBER, SETTINGS).await?.json["data"], example, "nothing of that was written");
    Ok(())
}

#[tokio::test]
async fn what_is_turned_off_is_bypassed_at_the_edge_within_the_bound_and_hit_again_when_it_is_on()
-> Result<()> {
    let world = World::start("cache_settings", Shape { origins: 2, ..Shape::default() }).await?;
    let until = async |wanted: &str| -> Result<Duration> {
        let began = Instant::now();
        loop {
            let page = world.read("per_page=5").await?;
            assert_eq!(page.status, 200, "{}", page.text);
            if page.cache().0 == wanted {
                return Ok(began.elapsed());
            }
            anyhow::ensure!(began.elapsed() < Duration::from_secs(5), "never {wanted}: {:?}", page.cache());
        }
    };
    until("HIT").await?;
    let lists = |on: bool| json!({"features": {"contactLists": on}});
    assert_eq!(post(&world, ADMIN, SETTINGS, &lists(false)).await?.status, 200);
    let took = until("BYPASS").await?;
    println!("off: BYPASS at the edge after {} ms", took.as_millis());
    assert!(took < Duration::from_secs(1), "the bound has passed: {took:?}");
    for _ in 0..5 {
        let page = world.read("per_page=5").await?;
        assert_eq!(page.cache(), ("BYPASS", "database"));
        assert!(page.header("cache-status").contains("fwd=bypass"), "{}", page.header("cache-status"));
    }
    // Its own toggle, on: a search is cached all the same.
    world.read("per_page=5&search=joan").await?;
    assert_eq!(world.read("per_page=5&search=joan").await?.cache().0, "HIT");

    assert_eq!(post(&world, ADMIN, SETTINGS, &lists(true)).await?.status, 200);
    let took = until("MISS").await?;
    println!("on: MISS at the edge after {} ms", took.as_millis());
    assert!(took < Duration::from_secs(1), "the bound has passed: {took:?}");
    assert_eq!(world.read("per_page=5").await?.cache().0, "HIT", "on the second read");

    // A new time to live holds from the next fill.
    assert_eq!(
        post(&world, ADMIN, SETTINGS, &json!({"cacheConfig": {"contactsTTL": 240}})).await?.status,
        200
    );
    let began = Instant::now();
    let mut per_page = 6;
    loop {
        let fresh = world.read(&format!("per_page={per_page}")).await?;
        if fresh.json["data"]["_cache"]["ttl"] == 240 {
            break;
        }
        anyhow::ensure!(began.elapsed() < Duration::from_secs(1), "the bound has passed");
        per_page += 1;
    }
    println!("a new time to live after {} ms", began.elapsed().as_millis());

    // Everything off at once.
    assert_eq!(post(&world, "service", SETTINGS, &json!({"cacheEnabled": false})).await?.status, 200);
    until("BYPASS").await?;
    assert_eq!(world.read("per_page=5&search=joan").await?.cache().0, "BYPASS");
    Ok(())
}

#[tokio::test]
async fn counts_equal_the_contract_and_say_where_they_come_from() -> Result<()> {
    let world = World::start("cache_settings", Shape::default()).await?;
    let counts = concat!(
        r#""unassigned":191623,"assignedToMe":0,"open":14,"closed":588,"total":191663,"highPriority":2,"#,
        r#""mediumPriority":191657,"lowPriority":4,"needsResponse":5,"followUp":0,"favorites":3,"#,
        r#""archived":4,"unhappyCustomers":0,"newCustomers":0,"recentActivity":0,"#
    );
    let first = get(&world, MEMBER, COUNTS).await?;
    assert!(data(&first).starts_with(&format!("{{{counts}")), "{}", first.text);
    assert_eq!(
        members(data(&first))[15..],
        ["_cached", "_source", "_timestamp", "_responseTimeMs", "_cacheEnabled"]
    );
    assert_eq!(first.json["data"]["_source"], "database");
    let second = get(&world, MEMBER, &format!("{COUNTS}?useCache=true")).await?;
    assert_eq!(
        members(data(&second))[15..],
        ["_cached", "_source", "_timestamp", "_retrievedAt", "_responseTimeMs", "_cacheEnabled"]
    );
    assert_eq!(second.json["data"]["_cached"], true);
    assert_eq!(second.json["data"]["_timestamp"], first.json["data"]["_timestamp"]);
    assert!(second.json["data"]["_responseTimeMs"].is_number());
    let direct = get(&world, MEMBER, &format!("{COUNTS}?useCache=false")).await?;
    assert_eq!(
        (&direct.json["data"]["_cached"], &direct.json["data"]["_source"]),
        (&json!(false), &json!("database"))
    );
    assert_eq!(direct.json["data"]["_cacheEnabled"], true);

    // "Assigned to me" is the caller's: the same workspace, another user.
    let agent = get(&world, "user_agent_15213", COUNTS).await?;
    assert_eq!(
        (&agent.json["data"]["assignedToMe"], &agent.json["data"]["_cached"]),
        (&json!(40), &json!(false))
    );
    assert_eq!(get(&world, "user_outsider", COUNTS).await?.status, 403);
    assert_eq!(
        get(&world, MEMBER, &format!("{COUNTS}?useCache=maybe")).await?.failure()?.1,
        Some("useCache")
    );

    // A change of a contact makes them old.
    world.supabase.sql("update contacts set status = 'closed' where id = (select id from contacts where workspace_id = '15213' and status = 'open' limit 1)").await?;
    world.contact_changed().await?;
    let after = get(&world, MEMBER, COUNTS).await?;
    assert_eq!((&after.json["data"]["open"], &after.json["data"]["closed"]), (&json!(13), &json!(589)));

    let off = post(&world, ADMIN, SETTINGS, &json!({"features": {"contactCounts": false}})).await?;
    assert_eq!(off.status, 200);
    for _ in 0..2 {
        let uncached = get(&world, MEMBER, COUNTS).await?;
        assert_eq!(uncached.json["data"]["_source"], "database");
        assert_eq!(uncached.json["data"]["_cacheEnabled"], false);
    }
    Ok(())
}

#[tokio::test]
async fn a_contact_and_its_messages_are_cached_and_go_with_their_changes() -> Result<()> {
    let world = World::start("cache_settings", Shape::default()).await?;
    let rows = world.supabase.client().await?;
    let row = rows
        .query_one(
            "select contact_id from messages where workspace_id = '15213' group by 1 having count(*) > 2 order by 1 limit 1",
            &[],
        )
        .await?;
    let id: String = row.get(0);
    let contact = async |workspace: &str, user: &str, rest: &str| -> Result<Answer> {
        let url = format!("{}/api/contacts/{id}{rest}", world.origins[0].url());
        let request = world.http.get(url).bearer_auth(world.token(user)?).header("X-Workspace-ID", workspace);
        Answer::read(request.send().await?).await
    };
    let first = contact(WORKSPACE, MEMBER, "").await?;
    assert_eq!(members(data(&first))[..1], ["contact"]);
    assert_eq!((first.cache(), &first.json["data"]["contact"]["id"]), (("MISS", "database"), &json!(id)));
    let second = contact(WORKSPACE, MEMBER, "").await?;
    assert_eq!(
        (second.cache(), second.json["data"]["_cache"]["ttl"].clone()),
        (("HIT", "origin_memory"), json!(600))
    );
    assert_eq!(second.header("etag"), first.header("etag"));

    let messages = contact(WORKSPACE, MEMBER, "/messages?per_page=2").await?;
    let first_message = &messages.json["data"]["messages"][0];
    let text = first_message.to_string();
    assert_eq!(messages.json["data"]["messages"].as_array().unwrap().len(), 2);
    for name in ["id", "contact_id", "direction", "channel", "body", "created_at"] {
        assert!(first_message.get(name).is_some(), "{name}: {text}");
    }
    assert_eq!(messages.json["data"]["pagination"]["per_page"], 2);
    assert_eq!(contact(WORKSPACE, MEMBER, "/messages?per_page=2").await?.cache().0, "HIT");
    assert_eq!(contact(WORKSPACE, MEMBER, "/messages?page=0").await?.failure()?.1, Some("page"));

    // Of another workspace: not there.
    let foreign = contact("20771", "user_member_20771", "").await?;
    assert_eq!((foreign.status, foreign.failure()?.0), (404, "not_found"));
    assert_eq!(contact("20771", "user_member_20771", "/messages").await?.status, 404);
    assert_eq!(contact(WORKSPACE, "user_outsider", "").await?.status, 403);

    // A change that names the contact makes both old; one of another contact leaves them.
    let changed = async |contact: &str| {
        world
            .invalidate(&json!({"boardId": "board_123", "contactId": contact, "action": "contact_updated"}))
            .await
    };
    let other = (0..1000).map(|n| format!("contact_{n}")).find(|other| {
        let bucket = |id: &str| coherence::ContactBucket::of(&ids::ContactId::parse(id).unwrap());
        bucket(other) != bucket(&id)
    });
    assert_eq!(changed(&other.unwrap()).await?.status, 200);
    assert_eq!(contact(WORKSPACE, MEMBER, "").await?.cache().0, "HIT");
    world.supabase.sql(&format!("update contacts set name = 'New Name' where id = '{id}'")).await?;
    assert_eq!(changed(&id).await?.status, 200);
    let after = contact(WORKSPACE, MEMBER, "").await?;
    assert_eq!((after.cache().0, &after.json["data"]["contact"]["name"]), ("MISS", &json!("New Name")));
    assert_eq!(contact(WORKSPACE, MEMBER, "/messages?per_page=2").await?.cache().0, "MISS");

    // Its toggle.
    let off = json!({"features": {"messageHistory": false}});
    assert_eq!(post(&world, ADMIN, SETTINGS, &off).await?.status, 200);
    for _ in 0..2 {
        assert_eq!(contact(WORKSPACE, MEMBER, "/messages?per_page=2").await?.cache().0, "BYPASS");
    }
    contact(WORKSPACE, MEMBER, "").await?;
    assert_eq!(contact(WORKSPACE, MEMBER, "").await?.cache().0, "HIT", "details go with the main switch");
    Ok(())
}

#[tokio::test]
async fn health_status_performance_and_invalidation_have_the_shapes_of_the_contract() -> Result<()> {
    let mut world = World::start("cache_settings", Shape::default()).await?;
    let stats = ["hits", "misses", "sets", "deletes", "errors", "hitRate", "total"];
    let health = get(&world, "", "/api/cache-settings/health").await?;
    assert_eq!(members(data(&health)), ["healthy", "stats", "timestamp"]);
    assert_eq!(members(&health.json["data"]["stats"].to_string()).len(), stats.len());
    let at = stats.map(|name| health.text.find(&format!("\"{name}\":")).unwrap());
    assert!(at.is_sorted(), "{}", health.text);
    assert_eq!(health.json["data"]["healthy"], true);
    let service = get(&world, "", "/api/cache-settings/status").await?;
    assert_eq!(members(data(&service)), ["cacheStats", "healthCheck", "redisEnabled", "timestamp"]);
    assert_eq!(service.json["data"]["redisEnabled"], true);

    let list = async || {
        let request = world.list(&world.origins[0].url(), MEMBER, WORKSPACE, "board_123?per_page=5")?;
        Answer::read(request.send().await?).await
    };
    list().await?;
    assert_eq!(list().await?.cache().0, "HIT");
    let body = json!({"workspaceId": "15213", "userId": MEMBER});
    let test = post(&world, MEMBER, "/api/cache-settings/test-performance", &body).await?;
    println!("{}", data(&test));
    let performance = &test.json["data"]["performance"];
    for (way, kind) in [("standard", "database"), ("redisCold", "redis_miss"), ("redisWarm", "redis_hit")] {
        assert_eq!(performance[way]["type"], kind);
        assert!(performance[way]["timeMs"].as_f64().unwrap() > 0.0);
    }
    assert!(performance["redisWarm"]["timeMs"].as_f64() < performance["standard"]["timeMs"].as_f64());
    assert!(performance["redisWarm"]["improvementPercent"].is_i64());
    assert_eq!(members(&test.json["data"]["cacheStats"].to_string()).len(), 3);
    assert_eq!(list().await?.cache().0, "HIT", "nobody's entries were disturbed");
    let stranger = json!({"workspaceId": "15213", "userId": ADMIN});
    assert_eq!(post(&world, MEMBER, "/api/cache-settings/test-performance", &stranger).await?.status, 403);
    assert_eq!(
        post(&world, "user_outsider", "/api/cache-settings/test-performance", &body).await?.status,
        403
    );

    let body = json!({"workspaceId": "15213"});
    assert_eq!(post(&world, "", "/api/cache-settings/invalidate", &body).await?.status, 401);
    assert_eq!(
        post(&world, MEMBER, "/api/cache-settings/invalidate", &json!({})).await?.failure()?.1,
        Some("workspaceId")
    );
    let invalidated = post(&world, MEMBER, "/api/cache-settings/invalidate", &body).await?;
    assert_eq!(members(data(&invalidated)), ["deletedEntries", "patterns", "generation"]);
    assert_eq!(
        invalidated.json["data"]["patterns"],
        json!(["counts:15213:*", "contacts:15213:*", "search:15213:*"])
    );
    assert!(invalidated.json["data"]["deletedEntries"].as_u64().unwrap() >= 1);
    assert_eq!(list().await?.cache().0, "MISS");

    world.redis.kill().await?;
    let health = get(&world, "", "/api/cache-settings/health").await?;
    assert_eq!((health.status, &health.json["data"]["healthy"]), (200, &json!(false)));
    assert_eq!(world.read("per_page=5").await?.status, 200, "reads go on");
    world.redis.restart().await?;
    let began = Instant::now();
    while get(&world, "", "/api/cache-settings/health").await?.json["data"]["healthy"] != true {
        anyhow::ensure!(began.elapsed() < Duration::from_secs(5), "not healthy again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

#[tokio::test]
async fn a_workspace_is_warmed_with_what_it_asks_for_most() -> Result<()> {
    let world = World::start("cache_settings", Shape::default()).await?;
    let list = async |query: &str| {
        let page = format!("board_123?{query}");
        let request = world.list(&world.origins[0].url(), MEMBER, WORKSPACE, &page)?;
        Answer::read(request.send().await?).await
    };
    for _ in 0..64 {
        list("per_page=7&filter=open").await?;
    }
    let body = json!({"workspaceId": "15213"});
    let warm = async || post(&world, MEMBER, "/api/cache-settings/warm-cache", &body).await;
    let began = Instant::now();
    loop {
        assert_eq!(post(&world, MEMBER, "/api/cache-settings/invalidate", &body).await?.status, 200);
        let warmed = warm().await?;
        assert_eq!(members(data(&warmed)), ["warmupTimeMs", "entriesWarmed", "boards", "counts"]);
        assert_eq!(
            (&warmed.json["data"]["boards"], &warmed.json["data"]["counts"]),
            (&json!(["board_123"]), &json!(true))
        );
        if list("per_page=7&filter=open").await?.cache().0 == "HIT" {
            println!("{}", data(&warmed));
            break;
        }
        // What was asked is told of in the background.
        anyhow::ensure!(began.elapsed() < Duration::from_secs(20), "never warm");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let counts = get(&world, MEMBER, COUNTS).await?;
    assert_eq!(counts.json["data"]["_cached"], true);
    assert_eq!(post(&world, "user_outsider", "/api/cache-settings/warm-cache", &body).await?.status, 403);
    Ok(())
}
