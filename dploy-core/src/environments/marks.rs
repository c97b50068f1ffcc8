//! What administrators set on a template beside its spec.

/// A state that administrators can put a template into and take it out of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Mark {
    /// New environments are refused; those that stand go on.
    Cordoned,
    /// Free members of the pool are removed and not made again; claimed ones go on.
    Drained,
}

/// The states that a template is in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Marks {
    /// Whether new environments are refused.
    pub cordoned: bool,
    /// Whether the pool is kept empty of free members.
    pub drained: bool,
}

impl Marks {
    /// Whether the mark is set.
    #[must_use]
    pub fn has(self, mark: Mark) -> bool {
        match mark {
            Mark::Cordoned => self.cordoned,
            Mark::Drained => self.drained,
        }
    }

    /// These with the mark set or not.
    #[must_use]
    pub fn with(self, mark: Mark, set: bool) -> Self {
        match mark {
            Mark::Cordoned => Self { cordoned: set, ..self },
            Mark::Drained => Self { drained: set, ..self },
        }
    }
}
