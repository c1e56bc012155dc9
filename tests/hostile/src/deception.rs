//! Cache deception: addresses that one server takes for a page of rows and another for a style sheet. Whatever is answered to them, nobody may keep it.

use crate::case::{Case, Expect, Tier};
use crate::leak::Sees;
use crate::target::{Party, SIDES, Target, list};

/// What is made of a path.
fn disguises(path: &str) -> Vec<String> {
    let (folder, last) = path.rsplit_once('/').unwrap_or(("", path));
    let mut disguises: Vec<String> = [
        ".css",
        ".js",
        ".json",
        "/",
        "//",
        "/.css",
        "/x.css",
        "/x.js",
        ";x.css",
        ";.css",
        ";",
        "%3b.css",
        "%2fx.css",
        "%2f",
        "%5cx.css",
        "\\x.css",
        "/..;/x.css",
        "/../x.css",
        "/%2e%2e/x.css",
        "/./x.css",
        "%00.css",
        "%0a.css",
        "%0d%0aX: y",
        "%20",
        "%23.css",
        "%3f.css",
        "%3fx=.css",
        "%26.css",
        "~",
        "!.css",
        "@x.css",
        ",x.css",
        "$x.css",
        "..",
        "%2e",
        "?.css",
        "?x.css",
        "?per_page=2;x.css",
        "?x=/../y.css",
        "?_=.css",
        "?utm_source=style.css",
        "#x.css",
    ]
    .iter()
    .map(|suffix| format!("{path}{suffix}"))
    .collect();
    for text in [
        format!("/{path}"),
        format!("//{}", path.trim_start_matches('/')),
        format!("/.{path}"),
        format!("/x/..{path}"),
        format!("/static/..{path}"),
        format!("/static/%2e%2e{path}"),
        format!("/static/..%2f{}", path.trim_start_matches('/')),
        format!("/x.css/..{path}"),
        format!("{folder}//{last}"),
        format!("{folder}/./{last}"),
        format!("{folder}/x/../{last}"),
        format!("{folder}%2f{last}"),
        format!("{folder}/%63{}", last.get(1..).unwrap_or_default()),
        format!("{folder};x=y/{last}"),
        path.to_ascii_uppercase(),
        path.replace("/api/", "/Api/"),
        path.replace("/api/", "/api%2f"),
    ] {
        disguises.push(text);
    }
    disguises
}

/// Every disguise of what has rows, at both tiers, by the victim whom a link was sent to, and by nobody.
pub fn cases(target: &Target<'_>) -> Vec<Case> {
    let mut cases = Vec::new();
    for (own, _) in SIDES {
        for tier in Tier::ALL {
            let Party { contact, workspace, .. } = own;
            let mut paths = vec![list(own)];
            if tier == Tier::Origin {
                paths.push(format!("/api/contacts/{contact}"));
                paths.push(format!("/api/cache-settings/workspace/{workspace}/counts"));
            }
            for path in paths {
                for disguise in disguises(&path) {
                    let name = format!("deception: {disguise}");
                    let request = target.as_member(own, &disguise);
                    let expect = Expect::Anything;
                    cases.push(Case { name, tier, request, sees: Sees::Only(own.workspace), expect });
                    let name = format!("deception, unsigned: {disguise}");
                    let request = crate::wire::Raw::new("GET", &disguise).with("X-Workspace-ID", workspace);
                    cases.push(Case { name, tier, request, sees: Sees::Nothing, expect: Expect::Refusal });
                }
            }
        }
    }
    cases
}
