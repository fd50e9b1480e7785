//! Counts tests from the summary lines of the test runners: `cargo test`, Vitest, Node and Playwright.

/// What one runner said about its tests.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// The summary lines as the runner wrote them.
    pub(crate) lines: Vec<String>,
}

impl Tally {
    /// Takes in one line of a runner's output; a line that is no summary changes nothing.
    pub(crate) fn read(&mut self, line: &str) {
        let plain = without_colours(line);
        let Some(counts) = COUNTERS.iter().find_map(|count| count(&plain)) else {
            return;
        };
        self.passed += counts.passed;
        self.failed += counts.failed;
        self.lines.push(plain.trim_end().to_owned());
    }

    /// Adds the counts of another runner.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.lines.extend(other.lines);
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
}

const COUNTERS: [fn(&str) -> Option<Counts>; 4] = [cargo, vitest, node, playwright];

/// `test result: ok. 12 passed; 0 failed; 0 ignored; …`
fn cargo(line: &str) -> Option<Counts> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    Some(count(counts.split("; ")))
}

/// `      Tests  1 failed | 12 passed (13)`
fn vitest(line: &str) -> Option<Counts> {
    let counts = line.trim_start().strip_prefix("Tests  ")?;
    let counts = counts.split_once('(').map_or(counts, |(counts, _)| counts);
    Some(count(counts.split('|')))
}

/// `# pass 4`, `# fail 0`, `# cancelled 0`: one line each, in TAP.
fn node(line: &str) -> Option<Counts> {
    let (word, number) = line.strip_prefix("# ")?.split_once(' ')?;
    let number = number.parse().ok()?;
    match word {
        "pass" => Some(Counts { passed: number, failed: 0 }),
        "fail" | "cancelled" => Some(Counts { passed: 0, failed: number }),
        _ => None,
    }
}

/// `  12 passed (30.1s)`, `  1 failed`, `  1 did not run`: one line each, indented by two.
fn playwright(line: &str) -> Option<Counts> {
    let counts =
        line.strip_prefix("  ").filter(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))?;
    let (number, word) = counts.split_once(' ')?;
    let number: u64 = number.parse().ok()?;
    let word = word.split_once(" (").map_or(word, |(word, _)| word).trim_end();
    match word {
        "passed" => Some(Counts { passed: number, failed: 0 }),
        "failed" | "flaky" | "interrupted" | "did not run" => Some(Counts { passed: 0, failed: number }),
        "skipped" => Some(Counts::default()),
        _ => None,
    }
}

fn count<'a>(parts: impl Iterator<Item = &'a str>) -> Counts {
    parts.fold(Counts::default(), |counts, part| match part.trim().split_once(' ') {
        Some((number, "passed")) => Counts { passed: number.parse().unwrap_or(0), ..counts },
        Some((number, "failed")) => Counts { failed: number.parse().unwrap_or(0), ..counts },
        Some(_) | None => counts,
    })
}

/// Removes the escape sequences that set a colour.
fn without_colours(line: &str) -> String {
    let mut pieces = line.split('\u{1b}');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once('m').map_or(piece, |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_lines_are_counted() {
        check("test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out", Some((12, 0)));
        check("test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured", Some((3, 2)));
        check("      Tests  12 passed (12)", Some((12, 0)));
        check(
            "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[31m1 failed\u{1b}[39m | 7 passed (8)",
            Some((7, 1)),
        );
        check("  12 passed (30.1s)", Some((12, 0)));
        check("  1 failed", Some((0, 1)));
        check("  2 did not run", Some((0, 2)));
        check("  1 flaky", Some((0, 1)));
        check("  3 skipped", Some((0, 0)));
        check("# pass 4", Some((4, 0)));
        check("# cancelled 1", Some((0, 1)));
    }

    #[test]
    fn other_lines_are_not() {
        check("test tally::tests::summary ... ok", None);
        check(" Test Files  1 passed (1)", None);
        check("  12 passengers", None);
        check("    1) board.spec.ts:3:1 › failed", None);
        check("# tests 4", None);
        check("", None);
    }

    #[test]
    fn runners_add_up() {
        let mut all = tally("  2 passed (1s)");
        all.add(tally("test result: FAILED. 3 passed; 1 failed; 0 ignored"));
        assert_eq!((all.passed, all.failed, all.lines.len()), (5, 1, 2));
    }

    fn check(line: &str, expected: Option<(u64, u64)>) {
        let read = tally(line);
        let counted = (!read.lines.is_empty()).then_some((read.passed, read.failed));
        assert_eq!(counted, expected, "{line}");
    }

    fn tally(line: &str) -> Tally {
        let mut tally = Tally::default();
        tally.read(line);
        tally
    }
}
