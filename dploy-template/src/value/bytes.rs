//! The bytes of a text.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// Longer ones are shared.
const SHORT: usize = 16;

/// Bytes at an address at which they are copied as fast as words are.
#[derive(Clone, Copy)]
#[repr(align(8))]
pub(super) struct Short([u8; SHORT]);

/// Immutable bytes that are cheap to clone. Short ones, as most texts in
/// templates are, need no memory of their own.
#[derive(Clone)]
pub(super) enum Bytes {
    Short(u8, Short),
    Long(Arc<[u8]>),
}

impl Bytes {
    pub(super) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Short(length, bytes) => bytes.0.get(..usize::from(*length)).unwrap_or_default(),
            Self::Long(bytes) => bytes,
        }
    }

    fn short(bytes: &[u8]) -> Option<Self> {
        let mut short = [0; SHORT];
        short.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Self::Short(u8::try_from(bytes.len()).ok()?, Short(short)))
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self::short(bytes).unwrap_or_else(|| Self::Long(Arc::from(bytes)))
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(bytes.as_slice())
    }
}

impl Default for Bytes {
    fn default() -> Self {
        Self::Short(0, Short([0; SHORT]))
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_slice(), f)
    }
}

impl Borrow<[u8]> for Bytes {
    fn borrow(&self) -> &[u8] {
        self.as_slice()
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Bytes {}

impl PartialOrd for Bytes {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Bytes {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            // What is behind the end of short bytes is zero, less than any other byte.
            (Self::Short(length, a), Self::Short(other_length, b)) => {
                u128::from_be_bytes(a.0).cmp(&u128::from_be_bytes(b.0)).then(length.cmp(other_length))
            }
            _ => self.as_slice().cmp(other.as_slice()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Text, Value};

    #[test]
    fn short_and_long_bytes_come_back_as_they_were() {
        for length in [0, 1, SHORT - 1, SHORT, SHORT + 1, 100] {
            let bytes: Vec<u8> = (0..length).map(|n| u8::try_from(n).unwrap_or(0)).collect();
            assert_eq!(Bytes::from(bytes.as_slice()).as_slice(), bytes);
        }
    }

    #[test]
    fn the_order_is_that_of_slices() {
        let all: [&[u8]; 8] = [b"", b"\0", b"a", b"a\0", b"a\0b", b"ab", b"0123456789abcdef", b"0123456789abcdefg"];
        for a in all {
            for b in all {
                assert_eq!(Bytes::from(a).cmp(&Bytes::from(b)), a.cmp(b));
            }
        }
    }

    #[test]
    fn values_are_small() {
        assert_eq!(size_of::<Bytes>(), 24);
        assert_eq!(size_of::<Text>(), 32);
        assert_eq!(size_of::<Value>(), 32);
    }
}
