//! Between HTTP and handlers: reads the request, knows the client by its token, runs the handler on a blocking thread.

use std::net::SocketAddr;
use std::sync::Arc;

use app::App;
use app::client::Opened;
use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use axum::routing::{MethodFilter, any, on};

use crate::problem::Problem;
use crate::request::{self, Ask};
use crate::respond::{Reply, respond};
use crate::route::{Gate, Route, Verb, routes};

/// The API over one practice.
pub struct Api {
    /// Its use cases.
    pub app: Arc<App>,
    /// The address of the token route as clients call it: the one `aud` that an assertion may have.
    pub audience: String,
}

/// Every route, ready to serve. The listener must provide `ConnectInfo<SocketAddr>`.
pub fn router(api: &Arc<Api>) -> Router {
    let mut router = Router::new();
    for route in routes() {
        let api = Arc::clone(api);
        let filter = match route.verb {
            Verb::Get => MethodFilter::GET,
            Verb::Post => MethodFilter::POST,
        };
        let answer = move |request: Request| serve(Arc::clone(&api), route, request);
        router = router.route(route.path, on(filter, answer));
    }
    // What is nowhere under /api is answered here, in JSON, and not by the pages.
    let missing = || async { respond(Err(Problem::not_found())) };
    router
        .method_not_allowed_fallback(|| async { respond(Err(Problem::method())) })
        .route("/api", any(missing))
        .route("/api/", any(missing))
        .route("/api/{*rest}", any(missing))
}

async fn serve(api: Arc<Api>, route: &'static Route, request: Request) -> Response {
    respond(answer(api, route, request).await)
}

/// The head, then who asks, then the body: nothing is read of a client that may not send it. Who asks is looked at again when
/// the body is there, which may take half a minute in which access can end.
async fn answer(api: Arc<Api>, route: &'static Route, mut request: Request) -> Result<Reply, Problem> {
    let source = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip().to_canonical().to_string());
    let ask = request::head(route, &mut request, source.unwrap_or_default()).await?;
    let door = Arc::clone(&api);
    let mut ask = apart(move || door.admit(route, ask)).await?;
    ask.body = request::body(route, request).await?;
    apart(move || {
        let ask = if route.body.is_some() { api.known(route, ask)? } else { ask };
        (route.handler)(&api, &ask).map_err(|problem| api.with_reference(problem))
    })
    .await
}

/// On a blocking thread. A panic there is a bug; the client gets an answer all the same.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(Problem::broken()))
}

impl Api {
    /// Knows the client, and counts its call.
    fn admit(&self, route: &Route, ask: Ask) -> Result<Ask, Problem> {
        let ask = self.known(route, ask)?;
        if let Some(cx) = &ask.client {
            self.app.client_pace(cx)??;
        }
        Ok(ask)
    }

    /// Knows the client by its token, on a route behind a scope.
    fn known(&self, route: &Route, mut ask: Ask) -> Result<Ask, Problem> {
        if let Gate::Scope(scope) = route.gate {
            let bearer = ask.bearer.as_ref().ok_or_else(Problem::no_token)?;
            match self.app.client_open(bearer, scope, &ask.source)? {
                Opened::In(cx) => ask.client = Some(*cx),
                Opened::Shut(shut) => return Err(shut.into()),
            }
        }
        Ok(ask)
    }

    /// Gives what is our own fault a reference, which the process's log has too.
    fn with_reference(&self, mut problem: Problem) -> Problem {
        if problem.status == 500 {
            let mut bytes = [0_u8; 16];
            self.app.entropy.fill(&mut bytes);
            let reference = hex::encode(bytes);
            tracing::error!(reference, "an API request failed");
            problem.reference = Some(reference);
        }
        problem
    }
}
