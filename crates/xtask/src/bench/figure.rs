//! Figures: what was measured, what it should be, and what the plain equivalent took in the same run.

use serde::Serialize;

/// One measured value.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    what: String,
    value: f64,
    unit: &'static str,
    /// The value must stay below it.
    budget: Option<f64>,
    plain: Option<Plain>,
}

/// The same work without the product.
#[derive(Debug, Clone, Serialize)]
struct Plain {
    what: String,
    value: f64,
}

impl Figure {
    /// A value without a budget.
    pub(crate) fn new(what: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { what: what.into(), value, unit, budget: None, plain: None }
    }

    /// A number of things.
    pub(crate) fn count(what: impl Into<String>, count: usize) -> Self {
        Self::new(what, count as f64, "")
    }

    /// A duration in milliseconds.
    pub(crate) fn ms(what: impl Into<String>, duration: std::time::Duration) -> Self {
        Self::new(what, duration.as_secs_f64() * 1000.0, "ms")
    }

    /// Sets what the value must stay below.
    pub(crate) fn budget(mut self, budget: f64) -> Self {
        self.budget = Some(budget);
        self
    }

    /// Puts the plain equivalent beside it, in the same unit.
    pub(crate) fn beside(mut self, what: impl Into<String>, value: f64) -> Self {
        self.plain = Some(Plain { what: what.into(), value });
        self
    }

    fn is_within(&self) -> Option<bool> {
        self.budget.map(|budget| self.value < budget || (budget == 0.0 && self.value == 0.0))
    }

    fn row(&self) -> [String; 4] {
        let unit = |value: f64| format!("{} {}", rounded(value), self.unit).trim_end().to_owned();
        let budget = match (self.budget, self.is_within()) {
            (Some(budget), Some(true)) => format!("< {}", unit(budget)),
            (Some(budget), _) => format!("< {} MISSED", unit(budget)),
            (None, _) => String::new(),
        };
        let budget = if self.budget == Some(0.0) { budget.replace("< 0", "none") } else { budget };
        let plain = self.plain.as_ref().map(|plain| format!("{}: {}", plain.what, unit(plain.value)));
        [self.what.clone(), unit(self.value), budget, plain.unwrap_or_default()]
    }
}

/// The figures as a Markdown table, for the terminal and for the README.
pub(crate) fn table(figures: &[Figure]) -> String {
    let header = ["what", "measured", "budget", "plain equivalent"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(header).chain(figures.iter().map(Figure::row)).collect();
    let widths: [usize; 4] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
    let line = |row: &[String; 4]| {
        let cells: Vec<_> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        format!("| {} |", cells.join(" | "))
    };
    let rule = line(&widths.map(|width| "-".repeat(width)));
    let mut lines: Vec<_> = rows.iter().map(line).collect();
    lines.insert(1, rule);
    lines.join("\n")
}

fn rounded(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_budget_is_said() {
        assert!(table(&[Figure::new("a", 20.0, "ms").budget(10.0)]).contains("< 10 ms MISSED"));
        assert!(!table(&[Figure::new("a", 2.0, "ms").budget(10.0)]).contains("MISSED"));
        assert!(!table(&[Figure::count("missing", 0).budget(0.0)]).contains("MISSED"));
        assert!(table(&[Figure::count("missing", 1).budget(0.0)]).contains("MISSED"));
    }

    #[test]
    fn the_plain_equivalent_stands_beside() {
        let table = table(&[Figure::new("merge", 12.34, "ms").beside("git merge", 9.0)]);
        assert!(table.contains("| merge | 12.3 ms  |        | git merge: 9 ms  |"), "{table}");
    }
}
