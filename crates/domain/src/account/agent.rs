//! What a browser says it is, cut down to what a person recognises. It is shown and never believed: anybody can send any.

/// Browsers by what only their own `User-Agent` holds; the first that fits, because each names those before it too.
const BROWSERS: [(&str, &str); 6] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
];

const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
];

/// `Firefox on Windows` of a `User-Agent` (RFC 9110, 10.1.5); empty when neither is known.
pub fn describe(agent: &str) -> String {
    let find =
        |list: &[(&str, &'static str)]| list.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::describe;

    #[test]
    fn a_browser_is_named_as_people_name_it() {
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        for (agent, words) in [
            (format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit}"), "Chrome on Windows"),
            (format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Edg/140.0.0.0"), "Edge on Windows"),
            (format!("Mozilla/5.0 (Linux; Android 15) {webkit}"), "Chrome on Android"),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned(), "Firefox on Linux"),
            (
                "Mozilla/5.0 (iPad; CPU OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1"
                    .to_owned(),
                "Safari on iPad",
            ),
            ("curl/8.5".to_owned(), ""),
            (String::new(), ""),
            ("<script>".to_owned(), ""),
        ] {
            assert_eq!(describe(&agent), words, "{agent}");
        }
    }
}
