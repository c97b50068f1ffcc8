use std::time::Duration;

use async_trait::async_trait;

use crate::{
    releases::ports::{Lease, LeaseRecords, RecordError},
    time::Timestamp,
};

use super::MemoryRecords;

#[async_trait]
impl LeaseRecords for MemoryRecords {
    async fn acquire(&self, lease: &Lease, duration: Duration) -> Result<bool, RecordError> {
        let now = self.clock.now();
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        let end = Timestamp::from_unix_micros(now.unix_micros().saturating_add(micros));
        self.write(|state| {
            let free = state.leases.get(&lease.name).is_none_or(|(holder, end)| *holder == lease.holder || *end <= now);
            if free {
                state.leases.insert(lease.name.clone(), (lease.holder.clone(), end));
            }
            Ok(free)
        })
    }

    async fn release(&self, lease: &Lease) -> Result<(), RecordError> {
        self.write(|state| {
            state.leases.retain(|name, (holder, _)| *name != lease.name || *holder != lease.holder);
            Ok(())
        })
    }

    async fn ready(&self) -> Result<(), RecordError> {
        Ok(())
    }
}
