use std::sync::atomic::{AtomicU64, Ordering};

use crate::random::Random;

/// Bytes that differ from call to call and are the same in every run.
#[derive(Debug, Default)]
pub struct SequentialRandom(AtomicU64);

impl Random for SequentialRandom {
    fn bytes(&self) -> [u8; 32] {
        let next = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(next.iter().cycle()).for_each(|(to, from)| *to = *from);
        bytes
    }
}
