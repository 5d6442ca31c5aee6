use super::*;

#[test]
fn waiting_is_said_in_seconds_or_with_a_way_out() {
    assert!(wait_words(Some(1)).contains("a second"));
    assert!(wait_words(Some(17)).contains("17 seconds"));
    assert!(wait_words(None).contains("security official"));
}

#[test]
fn only_sign_in_and_enrolment_are_open() {
    let open: Vec<&str> =
        ROUTES.iter().filter(|route| matches!(route.gate, Gate::Open)).map(|route| route.path).collect();
    assert!(open.iter().all(|path| path.starts_with("/sign-in") || *path == "/enrol"), "{open:?}");
}
