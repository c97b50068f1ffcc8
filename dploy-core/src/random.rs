//! The port that draws random bytes, for ids and secrets.

use std::fmt;

/// Draws random bytes.
///
/// # Contract
/// The bytes come from a generator fit for secrets; tests may repeat theirs.
pub trait Random: Send + Sync + fmt::Debug {
    /// 32 bytes.
    fn bytes(&self) -> [u8; 32];
}

/// A version 4 UUID (RFC 9562) of random bytes, in its usual form.
#[must_use]
pub fn uuid(random: &dyn Random) -> String {
    let bytes = random.bytes();
    let nibble = |at: usize, byte: u8| match at {
        6 => (byte & 0x0f) | 0x40,
        8 => (byte & 0x3f) | 0x80,
        _ => byte,
    };
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().copied().take(16).enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{:02x}", nibble(at, byte)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Same(u8);

    impl Random for Same {
        fn bytes(&self) -> [u8; 32] {
            [self.0; 32]
        }
    }

    #[test]
    fn ids_are_version_4_uuids() {
        assert_eq!(uuid(&Same(0xff)), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(uuid(&Same(0)), "00000000-0000-4000-8000-000000000000");
    }
}
