//! The random bytes of the machine.

use dploy_core::random::Random;

/// Draws from the generator of the thread, which the system seeds.
#[derive(Clone, Copy, Default, Debug)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn bytes(&self) -> [u8; 32] {
        rand::random()
    }
}
