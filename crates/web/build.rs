//! Embeds the built browser assets: writes a table of `include_bytes!` from `assets/dist/manifest.tsv`.
//!
//! The assets come from npm, and somebody who works on Rust alone should need no Node. So where they are not built, a
//! development build gets an empty table, and the server answers 503 with the command to run; a release build, or any
//! build with `WELLKEPT_REQUIRE_ASSETS=1`, stops here.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, process};

const HOW: &str = "the browser assets are not built: run `cargo xtask build`";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=assets/dist");
    println!("cargo::rerun-if-env-changed=WELLKEPT_REQUIRE_ASSETS");
    if let Err(error) = run() {
        println!("cargo::error={error}");
        process::exit(1);
    }
}

fn run() -> Result<(), String> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(|e| e.to_string())?;
    let out = env::var("OUT_DIR").map_err(|e| e.to_string())?;
    let dist = Path::new(&root).join("assets/dist");
    let required = env::var("PROFILE").is_ok_and(|p| p == "release")
        || env::var("WELLKEPT_REQUIRE_ASSETS").is_ok_and(|v| v == "1");

    let manifest = match fs::read_to_string(dist.join("manifest.tsv")) {
        Ok(text) => text,
        Err(_) if required => return Err(HOW.to_owned()),
        Err(_) => {
            // Cargo takes a watched path that is missing for a change, and would rebuild this crate every time.
            fs::create_dir_all(&dist).map_err(|e| format!("cannot create `{}`: {e}", dist.display()))?;
            String::new()
        }
    };
    let table = table(&dist, &manifest)?;
    fs::write(Path::new(&out).join("assets_table.rs"), table)
        .map_err(|e| format!("cannot write the table of assets: {e}"))
}

/// One `Asset` a line of the manifest: name, file, media type, SHA-256.
fn table(dist: &Path, manifest: &str) -> Result<String, String> {
    let mut text = String::from("static ASSETS: &[Asset] = &[\n");
    for line in manifest.lines() {
        let mut parts = line.split('\t');
        let (Some(name), Some(file), Some(mime), Some(sha256)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(format!("the line `{line}` of assets/dist/manifest.tsv is not whole: {HOW}"));
        };
        let plain = dist.join(file);
        let gzip = dist.join(format!("{file}.gz"));
        if !plain.exists() || !gzip.exists() {
            return Err(format!("`{}` or its .gz is missing: {HOW}", plain.display()));
        }
        writeln!(
            text,
            "    Asset {{ name: {name:?}, url: {url:?}, mime: {mime:?}, etag: {etag:?}, plain: include_bytes!({plain:?}), gzip: include_bytes!({gzip:?}) }},",
            url = format!("/assets/{file}"),
            plain = plain.display().to_string(),
            gzip = gzip.display().to_string(),
            etag = format!("\"{sha256}\""),
        )
        .map_err(|e| e.to_string())?;
    }
    text.push_str("];\n");
    Ok(text)
}
