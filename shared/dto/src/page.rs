//! A page of contacts, as the bytes that will be sent.
//!
//! The stored part is `"contacts":[…],"pagination":{…}`. Answering writes `{"success":true,"data":{`, the stored part,
//! and a freshly rendered `_cache` object. Nothing is parsed.

use cache_key::ListParams;

use crate::cache_status::{CacheStatus, Source};

/// What an answer begins with, in front of the stored part.
pub const OPENING: &[u8] = br#"{"success":true,"data":{"#;

/// What `_cache` says.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CacheInfo<'a> {
    /// How the cache dealt with the request.
    pub status: CacheStatus,
    /// Which tier answered.
    pub source: Source,
    /// The nominal lifetime, in seconds.
    #[cfg_attr(feature = "openapi", schema(rename = "ttl"))]
    pub ttl_secs: u32,
    /// The edge location's code (`LAX`); unset at the origin.
    pub edge_location: Option<&'a str>,
    /// How long answering took, in milliseconds.
    pub response_time_ms: u64,
    /// How old the page is, in seconds.
    #[cfg_attr(feature = "openapi", schema(rename = "age"))]
    pub age_secs: u64,
    /// The page's stamp, as a token.
    pub generation: &'a str,
}

/// Builds the stored part from a JSON array of contacts.
#[must_use]
pub fn stored_part(contacts_json: &[u8], params: &ListParams, total: u64) -> Vec<u8> {
    stored_list("contacts", contacts_json, params.page, params.per_page, total)
}

/// Where the JSON array of contacts begins in a stored part; more follows it.
#[must_use]
pub fn contacts_json(stored_part: &[u8]) -> Option<&[u8]> {
    stored_part.strip_prefix(br#""contacts":"#)
}

/// Builds the stored part of a page of a list: `"{name}":[…],"pagination":{…}`.
#[must_use]
pub fn stored_list(name: &'static str, items_json: &[u8], page: u32, per_page: u32, total: u64) -> Vec<u8> {
    let per_page = u64::from(per_page);
    let mut out = Vec::with_capacity(items_json.len() + 128);
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(br#"":"#);
    out.extend_from_slice(items_json);
    out.extend_from_slice(br#","pagination":{"page":"#);
    integer(&mut out, u64::from(page));
    out.extend_from_slice(br#","per_page":"#);
    integer(&mut out, per_page);
    out.extend_from_slice(br#","total":"#);
    integer(&mut out, total);
    out.extend_from_slice(br#","total_pages":"#);
    integer(&mut out, total.div_ceil(per_page));
    out.push(b'}');
    out
}

/// Renders the whole answer around a stored part.
#[must_use]
pub fn render(stored_part: &[u8], info: &CacheInfo<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(OPENING.len() + stored_part.len() + closing_len(info));
    out.extend_from_slice(OPENING);
    out.extend_from_slice(stored_part);
    render_closing(&mut out, info);
    out
}

/// What an answer ends with, behind the stored part: for who sends the three one after the other, and copies no page.
#[must_use]
pub fn closing(info: &CacheInfo<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(closing_len(info));
    render_closing(&mut out, info);
    out
}

/// Enough for what [`render_closing`] writes.
const fn closing_len(info: &CacheInfo<'_>) -> usize {
    224 + info.generation.len()
}

fn render_closing(out: &mut Vec<u8>, info: &CacheInfo<'_>) {
    render_cache_info(out, info);
    out.extend_from_slice(b"}}");
}

/// Writes `,"_cache":{…}`.
fn render_cache_info(out: &mut Vec<u8>, info: &CacheInfo<'_>) {
    out.extend_from_slice(br#","_cache":{"status":""#);
    out.extend_from_slice(info.status.as_str().as_bytes());
    out.extend_from_slice(br#"","source":""#);
    out.extend_from_slice(info.source.as_str().as_bytes());
    out.extend_from_slice(br#"","ttl":"#);
    integer(out, u64::from(info.ttl_secs));
    if let Some(location) = info.edge_location {
        out.extend_from_slice(br#","edge_location":""#);
        out.extend(location.bytes().filter(u8::is_ascii_alphanumeric));
        out.push(b'"');
    }
    out.extend_from_slice(br#","response_time_ms":"#);
    integer(out, info.response_time_ms);
    out.extend_from_slice(br#","age":"#);
    integer(out, info.age_secs);
    // A token is made of ids, digits and `:=,`: nothing that JSON would escape.
    out.extend_from_slice(br#","generation":""#);
    out.extend_from_slice(info.generation.as_bytes());
    out.extend_from_slice(br#""}"#);
}

fn integer(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_json_of_the_documented_shape() {
        let part = stored_part(br#"[{"id":"contact_123"}]"#, &ListParams::default(), 191_663);
        let info = CacheInfo {
            status: CacheStatus::Hit,
            source: Source::CloudflareKv,
            ttl_secs: 180,
            edge_location: Some("LAX"),
            response_time_ms: 12,
            age_secs: 3,
            generation: "workspace=1,board:b=2",
        };
        assert_eq!(
            String::from_utf8(render(&part, &info)).unwrap(),
            concat!(
                r#"{"success":true,"data":{"contacts":[{"id":"contact_123"}],"#,
                r#""pagination":{"page":1,"per_page":50,"total":191663,"total_pages":3834},"#,
                r#""_cache":{"status":"HIT","source":"cloudflare_kv","ttl":180,"edge_location":"LAX","#,
                r#""response_time_ms":12,"age":3,"generation":"workspace=1,board:b=2"}}}"#,
            )
        );
        assert_eq!([OPENING, &part, &closing(&info)].concat(), render(&part, &info));
    }

    #[test]
    fn an_empty_list_has_no_pages() {
        let part = stored_part(b"[]", &ListParams::default(), 0);
        assert!(String::from_utf8(part).unwrap().ends_with(r#""total":0,"total_pages":0}"#));
    }
}
