//! The figures and what they say.

use super::figures::median;

pub(crate) const HEAD: &str = "\
row                                                        ours   in the same run                               ratio   goal                    the original";

/// What a figure counts.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Unit {
    Millis,
    PerSecond,
    Mib,
    /// A number of things.
    Count,
}

impl Unit {
    fn show(self, value: f64) -> String {
        match self {
            Self::Millis if value < 10.0 => format!("{value:.1} ms"),
            Self::Millis => format!("{value:.0} ms"),
            Self::PerSecond => format!("{value:.0} /s"),
            Self::Mib => format!("{value:.0} MiB"),
            Self::Count => format!("{value:.1}"),
        }
    }
}

/// What a row should reach.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    AtMost(f64),
    AtLeast(f64),
    /// The figure is at most so many times the other one.
    Times(f64),
    /// The other figure is at least so many times this one.
    Faster(f64),
}

/// One figure beside what it is compared with.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) unit: Unit,
    pub(crate) ours: f64,
    /// What was measured in the same run, and how much it was, in the same unit.
    pub(crate) other: (&'static str, f64),
    pub(crate) goal: Option<Goal>,
    /// What the original did, on a machine of two cores.
    pub(crate) original: &'static str,
    /// What did not happen that should have.
    pub(crate) failure: Option<String>,
}

impl Row {
    pub(crate) fn new(name: impl Into<String>, unit: Unit, ours: f64, other: (&'static str, f64)) -> Self {
        Self { name: name.into(), unit, ours, other, goal: None, original: "", failure: None }
    }

    pub(crate) fn goal(self, goal: Goal) -> Self {
        Self { goal: Some(goal), ..self }
    }

    pub(crate) fn original(self, original: &'static str) -> Self {
        Self { original, ..self }
    }

    /// Ours over the other: below one is less.
    fn ratio(&self) -> f64 {
        self.ours / self.other.1
    }

    pub(crate) fn missed(&self) -> bool {
        let reached = match self.goal {
            None => true,
            Some(Goal::AtMost(most)) => self.ours <= most,
            Some(Goal::AtLeast(least)) => self.ours >= least,
            Some(Goal::Times(times)) => self.ratio() <= times,
            Some(Goal::Faster(times)) => self.ratio() * times <= 1.0,
        };
        !reached || self.failure.is_some()
    }

    fn goal_text(&self) -> String {
        match self.goal {
            None => String::new(),
            Some(Goal::AtMost(most)) => format!("at most {}", self.unit.show(most)),
            Some(Goal::AtLeast(least)) => format!("at least {}", self.unit.show(least)),
            Some(Goal::Times(times)) => format!("ratio at most {times:.2}"),
            Some(Goal::Faster(times)) => format!("ratio at most 1/{times}"),
        }
    }

    /// One line of the table.
    pub(crate) fn line(&self) -> String {
        let Self { name, unit, ours, other: (what, other), original, failure, .. } = self;
        let (ours, other, goal, ratio) = (unit.show(*ours), unit.show(*other), self.goal_text(), self.ratio());
        let failure = failure.as_ref().map(|failure| format!("; {failure}")).unwrap_or_default();
        let missed = if self.missed() { "  MISSED" } else { "" };
        let line = format!("{name:<51} {ours:>11}   {what:<34} {other:>9} {ratio:>7.2}   {goal:<22}  {original}");
        format!("{}{missed}{failure}", line.trim_end())
    }
}

/// Of several runs of the same rows, each row with its median figures; a failure of any run stays.
pub(crate) fn medians(runs: Vec<Vec<Row>>) -> Vec<Row> {
    let mut columns: Vec<Vec<Row>> = Vec::new();
    for (at, row) in runs.into_iter().flat_map(|run| run.into_iter().enumerate()) {
        match columns.get_mut(at) {
            Some(column) => column.push(row),
            None => columns.push(vec![row]),
        }
    }
    let of = |rows: &[Row], figure: fn(&Row) -> f64| median(&rows.iter().map(figure).collect::<Vec<_>>());
    let rows = columns.into_iter().filter_map(|rows| {
        let (ours, other) = (of(&rows, |row| row.ours), of(&rows, |row| row.other.1));
        let failure = rows.iter().find_map(|row| row.failure.clone());
        let row = rows.into_iter().next()?;
        Some(Row { ours, other: (row.other.0, other), failure, ..row })
    });
    rows.collect()
}

/// Whether the goals are met.
pub(crate) fn verdict(rows: &[Row]) -> String {
    let goals = rows.iter().filter(|row| row.goal.is_some()).count();
    let missed = rows.iter().filter(|row| row.missed()).count();
    format!(
        "{} of {goals} goals are met. Ratios are ours over the other figure. On a busy machine they say more than the \
         figures do.",
        goals - missed.min(goals)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_misses_its_goal_by_its_figure_by_its_ratio_or_by_a_failure() {
        let row = |ours, goal| Row::new("r", Unit::Millis, ours, ("other", 30.0)).goal(goal);
        for (ours, goal, missed) in [
            (10.0, Goal::AtMost(10.0), false),
            (10.1, Goal::AtMost(10.0), true),
            (9.9, Goal::AtLeast(10.0), true),
            (90.0, Goal::Times(3.0), false),
            (91.0, Goal::Times(3.0), true),
            (10.0, Goal::Faster(3.0), false),
            (11.0, Goal::Faster(3.0), true),
        ] {
            assert_eq!(row(ours, goal).missed(), missed, "{}", row(ours, goal).line());
            assert_eq!(row(ours, goal).line().contains("MISSED"), missed);
        }
        let failed = Row { failure: Some("3 of 200 failed".to_owned()), ..row(1.0, Goal::AtMost(10.0)) };
        assert!(failed.missed() && failed.line().ends_with("MISSED; 3 of 200 failed"));
    }
}
