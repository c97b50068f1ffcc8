//! What an archive may ask for.

/// The limits of one archive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes as they were uploaded: 10 MiB.
    pub packed: u64,
    /// Bytes that come out of gzip, whatever they are, headers and padding too: 50 MiB.
    pub unpacked: u64,
    /// Bytes of one file: 5 MiB.
    pub file: u64,
    /// Regular files: 2,000.
    pub files: usize,
    /// Headers of any kind, for folders and extensions too: 10,000.
    pub entries: usize,
    /// How many bytes may come out for each that went in: 200.
    pub ratio: u64,
    /// What may come out before the ratio counts: 1 MiB.
    pub ratio_from: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1 << 20;
        Self {
            packed: 10 * MIB,
            unpacked: 50 * MIB,
            file: 5 * MIB,
            files: 2_000,
            entries: 10_000,
            ratio: 200,
            ratio_from: MIB,
        }
    }
}
