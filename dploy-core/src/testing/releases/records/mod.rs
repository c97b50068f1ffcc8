mod applications;
mod audit;
mod deployments;
mod drafts;
mod keys;
mod leases;
mod policies;
mod queue;
mod state;
mod targets;
mod versions;

use std::sync::{Arc, Mutex, PoisonError};

use crate::{
    releases::{audit::AuditEvent, ports::RecordError},
    time::Clock,
};

use self::state::State;

/// Records in memory; leases are timed by the clock it is made with.
#[derive(Debug)]
pub struct MemoryRecords {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

impl MemoryRecords {
    /// No records at all.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default() }
    }

    fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Does `work`, which looks at everything before it changes anything.
    fn write<T>(&self, work: impl FnOnce(&mut State) -> Result<T, RecordError>) -> Result<T, RecordError> {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Does `work` and stores the event, or neither.
    fn change<T>(
        &self,
        event: &AuditEvent,
        work: impl FnOnce(&mut State) -> Result<T, RecordError>,
    ) -> Result<T, RecordError> {
        self.write(|state| {
            if state.events.contains_key(&event.id) {
                return Err(RecordError::Conflict);
            }
            let done = work(state)?;
            state.events.insert(event.id.clone(), event.clone());
            Ok(done)
        })
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use crate::{
        testing::{FixedClock, contract},
        time::Timestamp,
    };

    use super::*;

    #[tokio::test]
    async fn memory_records_keep_the_contract() {
        let clock = Arc::new(FixedClock::at(Timestamp::from_unix_seconds(1_700_000_000)));
        let records = MemoryRecords::new(clock.clone());
        let elapse = move |duration: std::time::Duration| {
            clock.advance(i64::try_from(duration.as_secs()).unwrap());
            std::future::ready(()).boxed()
        };
        contract::records(&[&records, &records], &elapse).await.unwrap();
    }
}
