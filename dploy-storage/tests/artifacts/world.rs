//! What surrounds a store: time and randomness.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use dploy_core::{
    random::Random,
    time::{Clock, Timestamp},
};

#[derive(Debug)]
struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64)
    }
}

pub(crate) fn wall_clock() -> Arc<dyn Clock> {
    Arc::new(WallClock)
}

/// Bytes that tell who drew them.
#[derive(Debug)]
pub(crate) struct Drawn(pub(crate) u8);

impl Random for Drawn {
    fn bytes(&self) -> [u8; 32] {
        [self.0; 32]
    }
}
