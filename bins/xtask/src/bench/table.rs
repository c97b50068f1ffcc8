//! The figures and what they say.

use super::side::Turn;

/// The targets: this many times Go's renders, and this part of its memory.
const SPEED: f64 = 3.0;
const MEMORY: f64 = 0.5;

pub(super) const HEAD: &str = "\
row         mode              bytes       ours :     Go renders/s  ratio   by processor time       ours :     Go KiB  ratio";

/// Figures of one row in one mode: ours, then Go's.
pub(super) struct Measured {
    pub(super) row: &'static str,
    pub(super) mode: &'static str,
    /// Length of what is rendered
    pub(super) bytes: usize,
    pub(super) turns: [Vec<Turn>; 2],
    /// Peak resident sets in KiB
    pub(super) memory: [u64; 2],
}

impl Measured {
    /// Renders a second, the median of all turns.
    fn rates(&self) -> [f64; 2] {
        self.turns.each_ref().map(|turns| median(turns.iter().map(|turn| turn.renders / turn.seconds).collect()))
    }

    fn speed(&self) -> f64 {
        let [ours, theirs] = self.rates();
        ours / theirs
    }

    /// The ratio of renders in a second of processor time.
    fn thrift(&self) -> f64 {
        let [ours, theirs] = self.turns.each_ref().map(|turns| {
            let renders: f64 = turns.iter().map(|turn| turn.renders).sum();
            renders / turns.iter().map(|turn| turn.processor).sum::<f64>()
        });
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
        let Self { row, mode, bytes, memory: [our_memory, their_memory], .. } = self;
        let ([ours, theirs], missed) = (self.rates(), if self.missed() { "  missed" } else { "" });
        let (speed, thrift, part) = (self.speed(), self.thrift(), self.part());
        format!(
            "{row:<11} {mode:<15} {bytes:>7}  {ours:>9.0} : {theirs:>6.0}            {speed:>6.1}              \
             {thrift:>6.1}     {our_memory:>6} : {their_memory:>6}       {part:>5.2}{missed}",
        )
    }
}

/// The middle one, the upper of two.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Whether the targets are met.
pub(super) fn verdict(table: &[Measured]) -> String {
    let missed = table.iter().filter(|measured| measured.missed()).count();
    format!(
        "The same bytes in all {} rows; at least {SPEED} times Go's renders and at most {MEMORY} of its memory in {} \
         of them. On a busy machine the ratio by processor time says more.",
        table.len(),
        table.len() - missed,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_missed_by_speed_or_by_memory() {
        let turns = |renders| vec![Turn { renders, seconds: 1.0, processor: 1.0 }];
        let row = |rate, memory| Measured {
            row: "r",
            mode: "render",
            bytes: 1,
            turns: [turns(rate), turns(1.0)],
            memory: [memory, 10],
        };
        assert!(!row(3.0, 5).missed());
        assert!(row(2.9, 5).missed());
        assert!(row(3.0, 6).missed());
    }

    #[test]
    fn the_median_is_the_middle_one() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    }
}
