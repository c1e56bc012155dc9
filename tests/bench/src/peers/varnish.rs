//! Varnish, from its Debian package, with the page in its memory.
//!
//! It is told to ignore `Authorization`, so it does less than we do: no token is verified, no membership, no generation.

use std::fs;

use anyhow::Result;
use stack::{StackDirs, guard, ports};

use super::Peer;

/// Starts it in front of a backend on this machine.
pub async fn start(dirs: &StackDirs, backend_port: u16) -> Result<Peer> {
    let port = ports::free_port()?;
    let folder = super::folder("varnish")?;
    let vcl = folder.join("cache.vcl");
    fs::write(
        &vcl,
        format!(
            r#"vcl 4.1;
backend default {{ .host = "127.0.0.1"; .port = "{backend_port}"; }}
sub vcl_recv {{ return (hash); }}
sub vcl_hash {{ hash_data(req.http.X-Workspace-ID); }}
sub vcl_backend_response {{ set beresp.ttl = 1h; unset beresp.http.Cache-Control; unset beresp.http.Vary; return (deliver); }}
"#
        ),
    )?;
    let mut command = guard::command("varnishd");
    command
        .args(["-F", "-j", "none", "-a", &format!("127.0.0.1:{port}"), "-T", "none"])
        .args(["-s", "malloc,256m", "-p", "thread_pool_min=50"])
        .arg("-f")
        .arg(&vcl)
        .arg("-n")
        .arg(&folder);
    Peer::start("varnish", command, &dirs.log("varnish"), "TERM", port).await
}
