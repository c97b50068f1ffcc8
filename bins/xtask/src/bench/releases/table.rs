//! The figures and what they say.

pub(super) const HEAD: &str = "\
row                                                        ours   in the same run                               ratio   goal                    the original";

/// What a figure counts.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Unit {
    Millis,
    PerSecond,
    Mib,
}

impl Unit {
    fn show(self, value: f64) -> String {
        match self {
            Self::Millis if value < 10.0 => format!("{value:.1} ms"),
            Self::Millis => format!("{value:.0} ms"),
            Self::PerSecond => format!("{value:.0} /s"),
            Self::Mib => format!("{value:.0} MiB"),
        }
    }
}

/// What a row should reach.
#[derive(Clone, Copy)]
pub(super) enum Goal {
    AtMost(f64),
    AtLeast(f64),
    /// The figure is at most so many times the other one.
    Times(f64),
    /// The other figure is at least so many times this one.
    Faster(f64),
}

/// One figure beside what it is compared with.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) unit: Unit,
    pub(super) ours: f64,
    /// What was measured in the same run, and how much it was, in the same unit.
    pub(super) other: (&'static str, f64),
    pub(super) goal: Option<Goal>,
    /// What the original did, on a machine of two cores.
    pub(super) original: &'static str,
    /// What did not happen that should have.
    pub(super) failure: Option<String>,
}

impl Row {
    pub(super) fn new(name: impl Into<String>, unit: Unit, ours: f64, other: (&'static str, f64)) -> Self {
        Self { name: name.into(), unit, ours, other, goal: None, original: "", failure: None }
    }

    pub(super) fn goal(self, goal: Goal) -> Self {
        Self { goal: Some(goal), ..self }
    }

    pub(super) fn original(self, original: &'static str) -> Self {
        Self { original, ..self }
    }

    /// Ours over the other: below one is less.
    fn ratio(&self) -> f64 {
        self.ours / self.other.1
    }

    pub(super) fn missed(&self) -> bool {
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
    pub(super) fn line(&self) -> String {
        let Self { name, unit, ours, other: (what, other), original, failure, .. } = self;
        let (ours, other, goal, ratio) = (unit.show(*ours), unit.show(*other), self.goal_text(), self.ratio());
        let failure = failure.as_ref().map(|failure| format!("; {failure}")).unwrap_or_default();
        let missed = if self.missed() { "  MISSED" } else { "" };
        let line = format!("{name:<51} {ours:>11}   {what:<34} {other:>9} {ratio:>7.2}   {goal:<22}  {original}");
        format!("{}{missed}{failure}", line.trim_end())
    }
}

/// Whether the goals are met.
pub(super) fn verdict(rows: &[Row]) -> String {
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
