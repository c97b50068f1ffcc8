//! The clock of the machine.

use dploy_core::time::{Clock, Timestamp};

/// The wall clock of the machine.
#[derive(Clone, Copy, Default, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        jiff::Timestamp::now().into()
    }
}
