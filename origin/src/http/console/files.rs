//! The built console in memory: each file as it is sent, by its name from the console's folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context as _, ensure};
use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};

use super::{INDEX, REVALIDATE};
use crate::http::gzip;

/// The folder whose files bear a digest of their content in their names, so that what has one name never changes.
const HASHED: &str = "assets/";
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// Smaller files fit into one packet as they are.
const COMPRESS_ABOVE_BYTES: usize = 1024;
/// More is no console.
const MAX_BYTES: u64 = 32 * 1024 * 1024;
/// More is no console either.
const MAX_FILES: usize = 1000;

/// Every file of the console.
#[derive(Debug)]
pub struct Files(HashMap<String, File>);

#[derive(Debug)]
struct File {
    bytes: Bytes,
    gzipped: Option<Bytes>,
    content_type: &'static str,
    cache_control: &'static str,
    etag: String,
}

impl Files {
    /// Reads the folder that was named, or looks where the console usually is. `None` where it is not built; an error where a folder that
    /// was named has no console.
    pub fn load(named: Option<&Path>) -> anyhow::Result<Option<Self>> {
        if let Some(dir) = named {
            ensure!(dir.join(INDEX).is_file(), "CONSOLE_DIR {} has no {INDEX}", dir.display());
            return Self::read(dir).map(Some);
        }
        match usual_places().find(|dir| dir.join(INDEX).is_file()) {
            Some(dir) => Self::read(&dir).map(Some),
            None => Ok(None),
        }
    }

    fn read(dir: &Path) -> anyhow::Result<Self> {
        let mut files = HashMap::new();
        let (mut folders, mut total_bytes) = (vec![dir.to_path_buf()], 0);
        while let Some(folder) = folders.pop() {
            let entries =
                fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
            for entry in entries {
                let entry = entry?;
                let (path, kind) = (entry.path(), entry.file_type()?);
                // A link may lead anywhere, and `_headers` and the like speak to another server.
                let is_ours = !entry.file_name().to_string_lossy().starts_with(['.', '_']);
                if kind.is_dir() && is_ours {
                    folders.push(path);
                } else if kind.is_file() && is_ours {
                    total_bytes += entry.metadata()?.len();
                    ensure!(
                        total_bytes <= MAX_BYTES && files.len() < MAX_FILES,
                        "{} is too large for a console",
                        dir.display()
                    );
                    let name = path.strip_prefix(dir)?.to_str().context("a file's name is no UTF-8")?;
                    files.insert(name.to_owned(), File::new(name, fs::read(&path)?)?);
                }
            }
        }
        Ok(Self(files))
    }

    /// The file of that name; `None` where there is none.
    #[must_use]
    pub fn answer(&self, name: &str, request: &HeaderMap) -> Option<Response> {
        self.0.get(name).map(|file| file.answer(request))
    }
}

fn usual_places() -> impl Iterator<Item = PathBuf> {
    let program = env::current_exe().ok();
    let beside = program.and_then(|program| Some(program.parent()?.join("console")));
    beside.into_iter().chain([PathBuf::from("web/console/dist")])
}

impl File {
    fn new(name: &str, bytes: Vec<u8>) -> anyhow::Result<Self> {
        let content_type = content_type(name);
        let is_text = content_type.starts_with("text/")
            || ["application/json", "image/svg+xml", "application/manifest+json"].contains(&content_type);
        let gzipped = if is_text && bytes.len() > COMPRESS_ABOVE_BYTES {
            Some(gzip::compress(&bytes)?.into())
        } else {
            None
        };
        let digest = Sha256::digest(&bytes);
        let etag =
            digest[..12].iter().fold(String::from("\""), |etag, byte| format!("{etag}{byte:02x}")) + "\"";
        let cache_control = if name.starts_with(HASHED) { IMMUTABLE } else { REVALIDATE };
        Ok(Self { bytes: bytes.into(), gzipped, content_type, cache_control, etag })
    }

    fn answer(&self, request: &HeaderMap) -> Response {
        let mut tags = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let mut response = if tags.any(|tags| dto::conditional::matches(tags, &self.etag)) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            match &self.gzipped {
                Some(gzipped) if gzip::is_taken(request) => {
                    let mut response = gzipped.clone().into_response();
                    response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                    response
                }
                _ => self.bytes.clone().into_response(),
            }
        };
        let fields = response.headers_mut();
        fields.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        fields.insert(CACHE_CONTROL, HeaderValue::from_static(self.cache_control));
        fields.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        super::respond::insert(fields, ETAG, &self.etag);
        response
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("txt") => "text/plain; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
