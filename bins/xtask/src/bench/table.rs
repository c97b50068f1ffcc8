//! The figures and what they say.

/// The targets: this many times Go's renders, and this part of its memory.
const SPEED: f64 = 3.0;
const MEMORY: f64 = 0.5;

/// Figures of one row in one mode: ours, then Go's.
pub(super) struct Measured {
    pub(super) row: &'static str,
    pub(super) mode: &'static str,
    /// Length of what is rendered
    pub(super) bytes: usize,
    /// Renders a second
    pub(super) rates: [f64; 2],
    /// Peak resident sets in KiB
    pub(super) memory: [u64; 2],
}

impl Measured {
    fn speed(&self) -> f64 {
        let [ours, theirs] = self.rates;
        ours / theirs
    }

    #[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
    fn part(&self) -> f64 {
        let [ours, theirs] = self.memory;
        ours as f64 / theirs.max(1) as f64
    }

    fn missed(&self) -> bool {
        self.speed() < SPEED || self.part() > MEMORY
    }

    /// One line of the table.
    pub(super) fn line(&self) -> String {
        let Self { row, mode, bytes, rates: [ours, theirs], memory: [our_memory, their_memory] } = self;
        let (speed, part) = (self.speed(), self.part());
        let missed = if self.missed() { "  missed" } else { "" };
        format!(
            "{row:<11} {mode:<15} {bytes:>7} B   {ours:>9.1} : {theirs:>8.1} renders/s = {speed:>5.2}   \
             {our_memory:>6} : {their_memory:>6} KiB = {part:.2}{missed}",
        )
    }
}

/// The middle one, the upper of two.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Whether the targets are met.
pub(super) fn verdict(table: &[Measured]) -> String {
    let missed = table.iter().filter(|measured| measured.missed()).count();
    format!(
        "ours : Go's. The same bytes in all {} rows; at least {SPEED} times the renders and at most {MEMORY} of the \
         memory in {} of them",
        table.len(),
        table.len() - missed,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_missed_by_speed_or_by_memory() {
        let row =
            |rate, memory| Measured { row: "r", mode: "render", bytes: 1, rates: [rate, 1.0], memory: [memory, 10] };
        assert!(!row(3.0, 5).missed());
        assert!(row(2.9, 5).missed());
        assert!(row(3.0, 6).missed());
    }

    #[test]
    fn the_median_is_the_middle_one() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    }
}
