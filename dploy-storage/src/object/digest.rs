//! SHA-256 as hexadecimal text.

use dploy_core::artifact::ArtifactError;

/// How many bytes a digest has.
const LENGTH: usize = 32;

/// The caller gave something else than a digest to bind an upload to.
#[derive(Debug, thiserror::Error)]
#[error("the digest of an upload must be a SHA-256 as 64 lower-case hex digits")]
struct NotADigest;

/// The bytes of a digest of 64 lower-case hex digits.
pub(crate) fn parse(hex: &str) -> Result<Vec<u8>, ArtifactError> {
    let digits = hex.bytes().map(|byte| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    });
    let digits: Option<Vec<u8>> = digits.collect();
    let pairs = digits.iter().flat_map(|digits| digits.chunks_exact(2));
    let bytes: Vec<u8> = pairs.map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
    let whole = bytes.len() == LENGTH && hex.len() == 2 * LENGTH;
    if whole { Ok(bytes) } else { Err(ArtifactError::Unavailable(NotADigest.into())) }
}

#[cfg(test)]
mod tests {
    use dploy_core::id::hex;

    use super::*;

    #[test]
    fn a_digest_is_64_lower_case_hex_digits() {
        let text = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex(&parse(text).unwrap()), text);
        for wrong in [
            "",
            "e3",
            &text.to_uppercase(),
            &text[1..],
            &format!("{text}0"),
            &format!("{text}00"),
            &text.replace('e', "g"),
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
