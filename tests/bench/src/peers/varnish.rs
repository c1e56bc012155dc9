//! Varnish, from its Debian package, with the page in its memory.
//!
//! It is told to ignore `Authorization`, so it does less than we do: no token is verified, no membership, no generation.

use std::fs;

use anyhow::Result;
use stack::{ServerProcess, StackDirs, guard, ports};

/// A running Varnish.
pub struct Varnish {
    process: ServerProcess,
    port: u16,
}

impl Varnish {
    /// Starts it in front of a backend on this machine.
    pub async fn start(dirs: &StackDirs, backend_port: u16) -> Result<Self> {
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
        let mut process = ServerProcess::start("varnish", command, &dirs.log("varnish"), "TERM")?;
        crate::ready(&mut process, port).await?;
        Ok(Self { process, port })
    }

    /// The number of its first process.
    pub fn process_id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
