use std::time::{SystemTime, UNIX_EPOCH};

use dploy_core::time::{Clock, Timestamp};

/// The wall clock of the machine, in whole seconds: the resolution of the dates in a token.
#[derive(Clone, Copy, Default, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_unix_seconds(i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX))
    }
}
