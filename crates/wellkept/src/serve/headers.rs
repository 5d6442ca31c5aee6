//! The headers that no answer leaves without: scripts and styles, health, and what the framework answers by itself too.
//! Pages and the API set their own, which stay as they are.

use axum::Router;
use axum::middleware::map_response;
use axum::response::Response;
use http::{HeaderName, HeaderValue};

const HEADERS: [(&str, &str); 5] = [
    // A year, and hosts below this one as well: a practice's server has a host name of its own.
    ("strict-transport-security", "max-age=31536000; includeSubDomains"),
    ("content-security-policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Puts what is missing on every answer of the router.
pub(super) fn on_all(router: Router) -> Router {
    router.layer(map_response(|mut response: Response| async move {
        for (name, value) in HEADERS {
            let (name, value) = (HeaderName::from_static(name), HeaderValue::from_static(value));
            response.headers_mut().entry(name).or_insert(value);
        }
        response
    }))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use http::Request;
    use tower::ServiceExt as _;

    use super::*;

    fn header(path: &str, name: &str) -> String {
        let own = get(|| async { [("content-security-policy", "default-src 'self'")] });
        let router = on_all(Router::new().route("/own", own).route("/plain", get(|| async { "live\n" })));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = runtime.block_on(router.oneshot(request)).unwrap();
        response.headers().get(name).map_or(String::new(), |value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn no_answer_leaves_without_them_and_a_page_keeps_its_own() {
        for path in ["/plain", "/own", "/nowhere"] {
            assert_eq!(header(path, "strict-transport-security"), "max-age=31536000; includeSubDomains", "{path}");
            assert_eq!(header(path, "x-content-type-options"), "nosniff", "{path}");
            assert!(header(path, "cross-origin-resource-policy").starts_with("same-"), "{path}");
        }
        assert!(header("/plain", "content-security-policy").contains("frame-ancestors 'none'"));
        assert_eq!(header("/own", "content-security-policy"), "default-src 'self'");
        assert_eq!(header("/plain", "content-type"), "text/plain; charset=utf-8");
    }
}
