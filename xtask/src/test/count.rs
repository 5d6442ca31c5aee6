//! Counting tests from what their runners print, so that the last line can say how many ran.

/// Tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// How many passed.
    pub(super) passed: usize,
    /// How many failed.
    pub(super) failed: usize,
}

impl Counts {
    /// Adds the numbers in one line of output, if it is a runner's closing line.
    pub(super) fn line(&mut self, line: &str) {
        let (passed, failed) = if let Some(rest) = line.strip_prefix("test result: ") {
            (before(rest, " passed"), before(rest, " failed"))
        } else if let Some(number) = line.strip_prefix("# pass ") {
            (number.trim().parse().unwrap_or(0), 0)
        } else if let Some(number) = line.strip_prefix("# fail ") {
            (0, number.trim().parse().unwrap_or(0))
        } else {
            plain(line)
        };
        self.add(passed, failed);
    }

    /// Adds tests that somebody else counted.
    pub(super) fn add(&mut self, passed: usize, failed: usize) {
        self.passed += passed;
        self.failed += failed;
    }
}

/// The number that stands right before a word.
fn before(text: &str, word: &str) -> usize {
    let Some((head, _)) = text.split_once(word) else { return 0 };
    head.rsplit(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// `N passed, N failed` alone on its line.
fn plain(line: &str) -> (usize, usize) {
    let read = || {
        let (passed, failed) = line.trim().split_once(" passed, ")?;
        Some((passed.parse().ok()?, failed.strip_suffix(" failed")?.parse().ok()?))
    };
    read().unwrap_or((0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&str], passed: usize, failed: usize) {
        let mut counts = Counts::default();
        for line in lines {
            counts.line(line);
        }
        assert_eq!(counts, Counts { passed, failed });
    }

    #[test]
    fn closing_lines_of_every_runner_are_summed() {
        check(
            &[
                "running 3 tests",
                "test cents::adds ... ok",
                "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
                "test result: FAILED. 11 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
                "# tests 5",
                "# pass 4",
                "# fail 1",
                "7 passed, 1 failed",
            ],
            25,
            4,
        );
    }

    #[test]
    fn talk_about_passing_is_not_counted() {
        check(&["9 passed, as far as we know", "# pass the salt", "all 12 tests passed"], 0, 0);
    }
}
