//! Every component on a few pages, with invented people, under the policy that the product ships.
//!
//! `cargo run -p web --example gallery` serves it on loopback and prints the address; `-- --out DIR` writes the pages
//! as files. The browser checks in `crates/web/assets/browser` run against it.

mod pages;
mod schedule;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{self, Form, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, serve};
use maud::Markup;
use web::assets;
use web::components::{Nav, NavEntry, Nonce, PageContext, Preferences, Takes};

/// How long the gallery's session lasts, so that a check can watch it end.
const LOCKS_IN: u32 = 600;
const PASSWORD: &str = "correct horse";

type Day = &'static Mutex<schedule::Moves>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut listen: SocketAddr = ([127, 0, 0, 1], 0).into();
    while let Some(arg) = args.next() {
        let value = args.next().ok_or_else(|| format!("`{arg}` needs a value"))?;
        match arg.as_str() {
            "--out" => return write(Path::new(&value)),
            "--listen" => listen = value.parse()?,
            other => return Err(format!("unknown option `{other}`: --out DIR or --listen ADDRESS").into()),
        }
    }
    let day: Day = Box::leak(Box::new(Mutex::new(schedule::Moves::default())));
    let app = Router::new()
        .route("/assets/{file}", get(assets::get))
        .route("/", get(|| async { page("parts") }))
        .route("/{name}", get(named))
        .route("/schedule", get(show_day))
        .route("/schedule/move", post(move_card))
        .route("/schedule/undo", post(undo))
        .route("/find", post(find))
        .route(
            "/part",
            get(|| async {
                answer(&context().nonce, StatusCode::OK, maud::html! { span.sub { "Active, asked just now" } })
            }),
        )
        .route("/saved", get(|| async { page("saved") }).post(|| async { page("saved") }))
        .route("/session/keep", post(|| async { session(StatusCode::NO_CONTENT, None) }))
        .route("/session/lock", post(|| async { session(StatusCode::NO_CONTENT, None) }))
        .route("/session/unlock", post(unlock))
        .with_state(day);
    let listener = tokio::net::TcpListener::bind(listen).await?;
    println!("http://{}/", listener.local_addr()?);
    serve(listener, app).await?;
    Ok(())
}

/// The pages as files, for a look without a server.
fn write(dir: &Path) -> Result<(), Box<dyn std::error::Error>> {
    std::fs::create_dir_all(dir)?;
    for name in pages::NAMES {
        let html = pages::render(&context(), name).ok_or_else(|| format!("no page `{name}`"))?;
        std::fs::write(dir.join(format!("{name}.html")), html.into_string())?;
    }
    let day = schedule::page(&context(), &schedule::Moves::default());
    std::fs::write(dir.join("schedule.html"), day.into_string())?;
    Ok(())
}

fn context() -> PageContext {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let n = COUNT.fetch_add(1, Ordering::Relaxed);
    let waiting = |nav| match nav {
        Nav::Messages => Some(6),
        Nav::Claims => Some(148),
        Nav::AccessReviews => Some(1),
        Nav::Partners => Some(2),
        _ => None,
    };
    PageContext {
        // A gallery guards nothing: a counter is enough to see that each response has its own.
        nonce: Nonce::new(&format!("gallery{n:08}")),
        practice: "Northside Family Clinic".to_owned(),
        user: "Dana W.".to_owned(),
        role: "Front desk".to_owned(),
        nav: Nav::ALL.iter().map(|nav| NavEntry { nav: *nav, waiting: waiting(*nav) }).collect(),
        active: None,
        csrf: "gallery-token".to_owned(),
        locks_in: LOCKS_IN,
        preferences: Preferences::default(),
        takes: Takes { print: true, save: true },
        emergency: None,
    }
}

fn page(name: &str) -> Response {
    let cx = context();
    match pages::render(&cx, name) {
        Some(html) => answer(&cx.nonce, StatusCode::OK, html),
        None => answer(&cx.nonce, StatusCode::NOT_FOUND, pages::not_found(&cx)),
    }
}

async fn named(extract::Path(name): extract::Path<String>) -> Response {
    page(&name)
}

fn answer(nonce: &Nonce, status: StatusCode, html: Markup) -> Response {
    let mut response = (status, html.into_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(policy) = HeaderValue::from_str(&nonce.content_security_policy()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

async fn show_day(State(day): State<Day>) -> Response {
    let cx = context();
    let html = day.lock().map_or_else(|_| pages::not_found(&cx), |moves| schedule::page(&cx, &moves));
    answer(&cx.nonce, StatusCode::OK, html)
}

async fn move_card(State(day): State<Day>, headers: HeaderMap, Form(moved): Form<schedule::Moved>) -> Response {
    let cx = context();
    let token = headers.get("x-csrf-token").and_then(|v| v.to_str().ok());
    if token != Some(cx.csrf.as_str()) {
        return answer(&cx.nonce, StatusCode::FORBIDDEN, maud::html! { "no token" });
    }
    let html = day.lock().map_or_else(|_| pages::not_found(&cx), |mut moves| schedule::moved(&cx, &mut moves, moved));
    answer(&cx.nonce, StatusCode::OK, html)
}

async fn undo(State(day): State<Day>) -> Response {
    let cx = context();
    let html = day.lock().map_or_else(|_| pages::not_found(&cx), |mut moves| schedule::undone(&cx, &mut moves));
    answer(&cx.nonce, StatusCode::OK, html)
}

#[derive(serde::Deserialize)]
struct Asked {
    q: String,
}

async fn find(Form(asked): Form<Asked>) -> Response {
    answer(&context().nonce, StatusCode::OK, pages::find(&asked.q))
}

#[derive(serde::Deserialize)]
struct Unlock {
    password: String,
}

async fn unlock(Form(form): Form<Unlock>) -> Response {
    if form.password == PASSWORD {
        return session(StatusCode::NO_CONTENT, Some("session:unlocked"));
    }
    answer(&context().nonce, StatusCode::UNPROCESSABLE_ENTITY, maud::html! { "That did not unlock it. Try again." })
}

fn session(status: StatusCode, trigger: Option<&'static str>) -> Response {
    let mut response = answer(&context().nonce, status, maud::html! {});
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("wellkept-locks-in"), HeaderValue::from(LOCKS_IN));
    if let Some(event) = trigger {
        headers.insert(HeaderName::from_static("hx-trigger"), HeaderValue::from_static(event));
    }
    response
}
