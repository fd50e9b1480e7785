//! Finding a commented line again after its file has changed. Pure.

use std::collections::HashMap;

use db::CommentContext;

/// Lines that are kept on either side of a commented one.
const CONTEXT_LINES: usize = 3;
/// How far from a line what stood around it may have gone.
const NEAR_LINES: usize = 5;
/// Longer lines are cut where they are kept, compared and told.
const LINE_CHARS_MAX: usize = 1_000;

/// A file before and after, for the lines of all comments on it.
pub(crate) struct Followed<'t> {
    after: Vec<&'t str>,
    before: Vec<&'t str>,
    /// Lines that stand once in either text: where before, and where after. In the order of the text before.
    fixed: Vec<(usize, usize)>,
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WantedLine<'c> {
    /// Its number then, from 1.
    pub(crate) line: usize,
    /// Its text.
    pub(crate) text: &'c str,
    /// What stood around it.
    pub(crate) context: &'c CommentContext,
}

/// The lines around a line, which is counted from 1.
pub(crate) fn context_of(lines: &[&str], line: usize) -> CommentContext {
    let at = line.saturating_sub(1).min(lines.len());
    let owned = |lines: &[&str]| lines.iter().map(|&line| line.to_owned()).collect();
    let rest = lines.get(at + 1..).unwrap_or_default();
    CommentContext {
        before: owned(&lines[at.saturating_sub(CONTEXT_LINES)..at]),
        after: owned(&rest[..rest.len().min(CONTEXT_LINES)]),
    }
}

fn lines_of(text: &str) -> Vec<&str> {
    text.lines().map(shown_line).collect()
}

/// As much of a line as is kept of it.
pub(crate) fn shown_line(line: &str) -> &str {
    let end = line.char_indices().nth(LINE_CHARS_MAX).map_or(line.len(), |(end, _)| end);
    &line[..end]
}

impl<'t> Followed<'t> {
    /// `before` may be unknown: then it is empty.
    pub(crate) fn new(before: &'t str, after: &'t str) -> Self {
        let (before, after): (Vec<_>, Vec<_>) = (lines_of(before), lines_of(after));
        let once_after = once(&after);
        let mut fixed: Vec<(usize, usize)> = once(&before)
            .into_iter()
            .filter_map(|(text, at)| once_after.get(text).map(|there| (at, *there)))
            .collect();
        fixed.sort_unstable();
        Self { after, before, fixed }
    }

    /// Where the line is now, from 1: the nearest line to where it should be that has its text and something of what
    /// stood around it. None where it is gone or changed.
    pub(crate) fn find_line(&self, wanted: WantedLine<'_>) -> Option<usize> {
        let expected = self.expected(wanted);
        let found: Vec<usize> = (0..self.after.len()).filter(|at| self.after[*at] == wanted.text).collect();
        let is_only_one = found.len() == 1 && is_telling(wanted.text);
        found
            .into_iter()
            .filter(|at| is_only_one || self.is_among_its_own(*at, wanted))
            .min_by_key(|at| at.abs_diff(expected))
            .map(|at| at + 1)
    }

    /// Where the line should be, from 0: as far from the nearest line that cannot be confused as it was before.
    fn expected(&self, wanted: WantedLine<'_>) -> usize {
        let at = wanted.line.saturating_sub(1);
        if self.before.get(at) != Some(&wanted.text) {
            return at;
        }
        let next = self.fixed.partition_point(|(before, _)| *before < at);
        let around = [next.checked_sub(1), Some(next)].into_iter().flatten();
        let nearest =
            around.filter_map(|index| self.fixed.get(index)).min_by_key(|(from, _)| from.abs_diff(at));
        match nearest {
            Some((from, to)) => (to + at).saturating_sub(*from),
            None => at,
        }
    }

    /// Whether one of the lines that stood around it still stands near it, or all of them in their places where none
    /// says anything.
    fn is_among_its_own(&self, at: usize, wanted: WantedLine<'_>) -> bool {
        let CommentContext { before, after } = wanted.context;
        let above = &self.after[at.saturating_sub(NEAR_LINES)..at];
        let below = self.after.get(at + 1..).unwrap_or_default();
        let below = &below[..below.len().min(NEAR_LINES)];
        let is_near = |context: &[String], lines: &[&str]| {
            context.iter().any(|text| is_telling(text) && lines.contains(&text.as_str()))
        };
        let says_anything = before.iter().chain(after).any(|text| is_telling(text));
        match says_anything {
            true => is_near(before, above) || is_near(after, below),
            false => {
                above.iter().rev().zip(before.iter().rev()).all(|(line, text)| line == text)
                    && below.iter().zip(after).all(|(line, text)| line == text)
                    && above.len() >= before.len()
                    && below.len() >= after.len()
            }
        }
    }
}

/// Brackets and empty lines stand everywhere.
fn is_telling(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphanumeric()).nth(1).is_some()
}

/// The lines that stand once, with their places.
fn once<'t>(lines: &[&'t str]) -> HashMap<&'t str, usize> {
    let mut places: HashMap<&str, Option<usize>> = HashMap::with_capacity(lines.len());
    for (at, line) in lines.iter().enumerate() {
        places.entry(line).and_modify(|place| *place = None).or_insert(Some(at));
    }
    places.into_iter().filter_map(|(line, place)| Some((line, place?))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn find(before: &str, after: &str, line: usize) -> Option<usize> {
        let lines: Vec<&str> = before.lines().collect();
        let context = context_of(&lines, line);
        Followed::new(before, after).find_line(WantedLine { line, text: lines[line - 1], context: &context })
    }

    #[test]
    fn lines_are_found_where_they_went() {
        let check = |before: &str, after: &str, line: usize, expected: Option<usize>| {
            assert_eq!(find(before, after, line), expected, "{before:?} → {after:?}");
        };
        let text = "fn one() {\n    1\n}\n\nfn two() {\n    2\n}\n";
        check(text, text, 6, Some(6));
        check(text, &format!("use x;\n{text}"), 6, Some(7));
        check(text, &text.replace("    1\n", ""), 6, Some(5));
        // Changed, gone, and a file that was emptied.
        check(text, &text.replace("    2", "    3"), 6, None);
        check(text, "fn one() {\n    1\n}\n", 6, None);
        check(text, "", 6, None);
        // A bracket goes with what stood before it.
        check(text, &format!("fn zero() {{\n    0\n}}\n\n{text}"), 7, Some(11));
        check(text, "fn one() {\n    1\n}\n\nfn two() {}\n", 7, None);
        // Moved as a whole below what followed it.
        check(text, "fn two() {\n    2\n}\n\nfn one() {\n    1\n}\n", 2, Some(6));
    }

    #[test]
    fn equal_blocks_are_told_apart_by_what_is_near() {
        let block = "    case {\n        go();\n    }\n";
        let before = format!("a {{\n{block}}}\nb {{\n{block}}}\n");
        let after = format!("top\nmore\nand\nmore\n{before}");
        assert_eq!(find(&before, &after, 3), Some(7));
        assert_eq!(find(&before, &after, 8), Some(12));
        // What was edited around it counts more than a copy elsewhere that was not.
        let edited = before.replacen("        go();", "        wait();\n        go();", 1);
        assert_eq!(find(&before, &edited, 3), Some(4));
    }

    #[test]
    fn without_the_old_text_what_stood_around_must_do() {
        let context = CommentContext { before: vec!["fn two() {".to_owned()], after: vec!["}".to_owned()] };
        let wanted = WantedLine { line: 2, text: "    x", context: &context };
        let after = "fn one() {\n    x\n}\nfn two() {\n    x\n}\n";
        assert_eq!(Followed::new("", after).find_line(wanted), Some(5));
        // A line that says little is nobody's without its surroundings.
        assert_eq!(Followed::new("", "fn one() {\n    x\n}\nfn two() {\n}\n").find_line(wanted), None);
    }

    fn lines() -> impl Strategy<Value = Vec<String>> {
        let line = prop_oneof![
            4 => "[a-c]{2,3}",
            2 => Just("}".to_owned()),
            2 => Just(String::new()),
            1 => "[d-z]{4}",
        ];
        prop::collection::vec(line, 1..40)
    }

    fn text(lines: &[String]) -> String {
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    proptest! {
        #[test]
        fn an_unchanged_file_moves_nothing(lines in lines(), pick in any::<prop::sample::Index>()) {
            let (text, line) = (text(&lines), pick.index(lines.len()) + 1);
            prop_assert_eq!(find(&text, &text, line), Some(line));
        }

        #[test]
        fn what_is_found_has_the_text(one in lines(), other in lines(), pick in any::<prop::sample::Index>()) {
            let line = pick.index(one.len()) + 1;
            if let Some(found) = find(&text(&one), &text(&other), line) {
                prop_assert_eq!(&other[found - 1], &one[line - 1]);
            }
        }

        #[test]
        fn a_text_that_is_gone_is_outdated(lines in lines(), pick in any::<prop::sample::Index>()) {
            let at = pick.index(lines.len());
            let left: Vec<String> = lines.iter().filter(|line| **line != lines[at]).cloned().collect();
            prop_assert_eq!(find(&text(&lines), &text(&left), at + 1), None);
        }

        #[test]
        fn a_line_of_its_own_is_followed_through_any_edit(
            above in lines(), below in lines(), new_above in lines(), new_below in lines(),
        ) {
            let with = |above: &[String], below: &[String]| {
                [text(above), "THE LINE\n".to_owned(), text(below)].concat()
            };
            let found = find(&with(&above, &below), &with(&new_above, &new_below), above.len() + 1);
            prop_assert_eq!(found, Some(new_above.len() + 1));
        }

        #[test]
        fn lines_that_come_and_go_elsewhere_shift_it(
            lines in lines(), added in prop::collection::vec("[A-Z]{5}", 0..30), pick in any::<prop::sample::Index>(),
        ) {
            // All lines differ, so that there is one right answer; the comment is on any of them.
            let lines: Vec<String> = lines.iter().enumerate().map(|(n, line)| format!("{line}{n}x")).collect();
            let line = pick.index(lines.len()) + 1;
            let after = format!("{}{}", text(&added), text(&lines));
            prop_assert_eq!(find(&text(&lines), &after, line), Some(line + added.len()));
        }
    }
}
