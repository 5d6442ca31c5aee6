//! The browser's scripts, styles and icons, built by `crates/web/assets/build.mjs` and embedded in the binary.
//!
//! A file's name carries its content's hash, so it is served as immutable; a page names it through [`url`]. The files
//! are public: they hold nothing about anybody.

use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, StatusCode};

/// One embedded file.
struct Asset {
    name: &'static str,
    url: &'static str,
    mime: &'static str,
    etag: &'static str,
    plain: &'static [u8],
    gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets_table.rs"));

/// What to do when the binary was built without them.
const NOT_BUILT: &str = "the browser assets are not in this binary: run `cargo xtask build` and build again\n";

/// True when the assets are in this binary. `serve` should say so at start when they are not.
pub fn embedded() -> bool {
    !ASSETS.is_empty()
}

/// The address of the asset called `name` in the manifest (`app.css`), with its content's hash in it.
///
/// Without built assets this is an address that answers 503 with what to do.
pub fn url(name: &'static str) -> &'static str {
    ASSETS.iter().find(|a| a.name == name).map_or("/assets/not-built", |a| a.url)
}

/// `GET /assets/{file}`.
pub async fn get(Path(file): Path<String>, headers: HeaderMap) -> Response {
    serve(&file, &headers)
}

/// Answers for one asset: 304 for a known `ETag`, gzip where it is accepted, 404 for any other name.
pub fn serve(file: &str, headers: &HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|a| a.url.strip_prefix("/assets/") == Some(file)) else {
        return if embedded() {
            plain(StatusCode::NOT_FOUND, "no such asset\n")
        } else {
            plain(StatusCode::SERVICE_UNAVAILABLE, NOT_BUILT)
        };
    };
    let gzip = accepts_gzip(headers);
    let known = headers.get(IF_NONE_MATCH).and_then(|v| v.to_str().ok()).is_some_and(|v| knows(v, asset.etag));

    let mut response = Response::new(match (known, gzip) {
        (true, _) => Body::empty(),
        (false, true) => Body::from(asset.gzip),
        (false, false) => Body::from(asset.plain),
    });
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let out = response.headers_mut();
    let mut set = |name, value| out.insert(name, http::HeaderValue::from_static(value));
    set(CONTENT_TYPE, asset.mime);
    set(CACHE_CONTROL, "public, max-age=31536000, immutable");
    set(ETAG, asset.etag);
    set(VARY, "Accept-Encoding");
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    if gzip && !known {
        set(CONTENT_ENCODING, "gzip");
    }
    response
}

/// RFC 9110, 12.5.3: `gzip` or `*` is listed and not refused by a weight of zero.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0));
        matches!(name.trim(), "gzip" | "*") && !refused
    })
}

/// RFC 9110, 13.1.2: the list is compared weakly.
fn knows(if_none_match: &str, etag: &str) -> bool {
    if_none_match.split(',').map(str::trim).any(|t| t == "*" || t.strip_prefix("W/").unwrap_or(t) == etag)
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: http::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn gzip_is_sent_only_where_it_is_accepted() {
        for (value, accepted) in [
            ("gzip, br", true),
            ("br;q=1.0, *", true),
            ("gzip;q=0", false),
            ("br", false),
            ("", false),
            ("gzip;q=0.5", true),
        ] {
            assert_eq!(accepts_gzip(&with(ACCEPT_ENCODING, value)), accepted, "{value}");
        }
    }

    #[test]
    fn a_known_etag_is_recognised_weak_or_in_a_list() {
        assert!(knows(r#"W/"a", "b""#, r#""a""#));
        assert!(knows(r#""x", "a""#, r#""a""#));
        assert!(!knows(r#""ab""#, r#""a""#));
    }

    #[test]
    fn an_unknown_name_is_no_asset() {
        let response = serve("../Cargo.toml", &HeaderMap::new());
        assert_eq!(response.status(), if embedded() { StatusCode::NOT_FOUND } else { StatusCode::SERVICE_UNAVAILABLE });
    }

    #[test]
    fn an_embedded_file_is_served_as_it_was_built() {
        let Some(asset) = ASSETS.iter().find(|a| a.name == "app.css") else { return };
        let file = asset.url.strip_prefix("/assets/").unwrap();
        let zipped = serve(file, &with(ACCEPT_ENCODING, "gzip"));
        assert_eq!(zipped.headers()[CONTENT_ENCODING], "gzip");
        assert_eq!(serve(file, &HeaderMap::new()).headers().get(CONTENT_ENCODING), None);
        assert_eq!(serve(file, &with(IF_NONE_MATCH, asset.etag)).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(url("app.css"), asset.url);
    }
}
