//! Tests as pages name them: `store::it::audit::tampering_is_seen`, the crate, the modules, the function.

use super::source::{Function, Source, Tree};

/// What stands in backticks.
pub(super) fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// The tests that a page may mean by a name. A module inside of a file may stand between the file's and the function.
pub(super) fn tests_called<'t>(tree: &'t Tree, name: &'t str) -> impl Iterator<Item = (&'t Source, &'t Function)> {
    let (place, last) = name.rsplit_once("::").unwrap_or(("", name));
    let inside = move |source: &&Source| {
        let rest = place.strip_prefix(module(&source.path).as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    tree.rust.iter().filter(inside).flat_map(move |source| {
        let named = source.functions.iter().filter(move |f| f.name == last && source.is_test(f.line));
        named.map(move |function| (source, function))
    })
}

/// `crates/app/src/claim/mod.rs` is `app::claim`, and `crates/app/tests/it/claims.rs` is `app::it::claims`.
fn module(path: &str) -> String {
    let path = path.strip_prefix("crates/").unwrap_or(path);
    let mut parts: Vec<&str> = path.strip_suffix(".rs").unwrap_or(path).split('/').collect();
    if let Some(at) = parts.iter().position(|part| matches!(*part, "src" | "tests")) {
        parts.remove(at);
    }
    parts.pop_if(|last| matches!(*last, "mod" | "lib" | "main"));
    parts.join("::")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_module() {
        for (path, name) in [
            ("crates/app/src/lib.rs", "app"),
            ("crates/app/src/claim/mod.rs", "app::claim"),
            ("crates/app/src/account/tests/sign_in.rs", "app::account::tests::sign_in"),
            ("crates/store/tests/it/money/books.rs", "store::it::money::books"),
            ("xtask/src/tidy/mod.rs", "xtask::tidy"),
        ] {
            assert_eq!(module(path), name);
        }
    }

    #[test]
    fn a_name_means_a_test_in_its_own_place() {
        let text = "fn helps() {}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn it_holds() {}\n}\n";
        let tree = Tree { texts: Vec::new(), rust: vec![Source::parse("crates/web/src/claims/mod.rs", text)] };
        let found = |name: &str| tests_called(&tree, name).count();
        assert_eq!((found("web::claims::tests::it_holds"), found("web::claims::it_holds")), (1, 1));
        for name in ["web::claim::tests::it_holds", "app::claims::it_holds", "it_holds", "web::claims::helps"] {
            assert_eq!(found(name), 0, "{name}");
        }
    }
}
