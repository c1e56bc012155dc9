//! nginx, from its Debian package: as a cache, and as what stands for Supabase's gateway in front of PostgREST.

use std::fs;
use std::path::Path;

use anyhow::Result;
use stack::{StackDirs, guard, ports};

use super::Peer;

/// With `proxy_cache` in front of a backend. Its files are in the page cache of the kernel, and sent from there. Like Varnish
/// it verifies nothing.
pub async fn cache(dirs: &StackDirs, backend_port: u16) -> Result<Peer> {
    let server = |folder: &Path| {
        let folder = folder.display();
        format!(
                "proxy_cache_path {folder}/cache levels=1:2 keys_zone=pages:10m max_size=256m inactive=1h use_temp_path=off;
  open_file_cache max=1000 inactive=1h;
  upstream backend {{ server 127.0.0.1:{backend_port}; keepalive 16; }}
  server {{
    listen 127.0.0.1:@PORT@ backlog=1024;
    location / {{
      proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection \"\";
      proxy_cache pages; proxy_cache_key $http_x_workspace_id$request_uri; proxy_cache_valid 200 1h;
      proxy_ignore_headers Cache-Control Vary Expires;
    }}
  }}"
            )
    };
    start(dirs, "nginx-cache", server).await
}

/// In front of PostgREST, where Supabase has its gateway: strips `/rest/v1` and passes on.
pub async fn gateway(dirs: &StackDirs, postgrest_url: &str) -> Result<Peer> {
    let backend = postgrest_url.trim_start_matches("http://").to_owned();
    let server = move |_: &Path| {
        format!(
                "upstream postgrest {{ server {backend}; keepalive 32; }}
  server {{
    listen 127.0.0.1:@PORT@;
    location /rest/v1/ {{
      proxy_pass http://postgrest/; proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_set_header Host $host;
      proxy_buffers 8 64k;
    }}
  }}"
            )
    };
    start(dirs, "nginx-gateway", server).await
}

async fn start(dirs: &StackDirs, name: &str, server: impl FnOnce(&Path) -> String) -> Result<Peer> {
    let port = ports::free_port()?;
    let folder = super::folder(name)?;
    let server = server(&folder).replace("@PORT@", &port.to_string());
    let place = folder.display();
    let temporary: Vec<String> = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("  {kind}_temp_path {place}/{kind};\n"))
        .collect();
    let temporary = temporary.concat();
    // As root it would give up its rights, and with them the way into the checkout.
    let user =
        if fs::metadata("/root").is_ok() && fs::read_dir("/root").is_ok() { "user root;\n" } else { "" };
    let config = format!(
        "{user}daemon off; worker_processes auto; pid {place}/nginx.pid; error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
{temporary}  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on;
  keepalive_requests 1000000000; keepalive_timeout 1h;
  {server}
}}
"
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, config)?;
    let mut command = guard::command("nginx");
    command.arg("-e").arg("stderr").arg("-p").arg(&folder).arg("-c").arg(&file);
    Peer::start(name, command, &dirs.log(name), "QUIT", port).await
}
