//! Pax records (POSIX.1-2001): what they say of an entry that counts here.

/// What records say of the next entry.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Records<'d> {
    pub(super) path: Option<&'d [u8]>,
    pub(super) size: Option<u64>,
}

const UNREADABLE: &str = "described by records that are not pax";
const TWICE: &str = "described twice";

/// Records about one entry. The error says what the entry is.
pub(super) fn local(data: &[u8]) -> Result<Records<'_>, &'static str> {
    let mut records = Records::default();
    for record in each(data) {
        let (key, value) = record?;
        match key {
            b"path" if records.path.is_some() => return Err(TWICE),
            b"path" => records.path = Some(value),
            b"size" if records.size.is_some() => return Err(TWICE),
            b"size" => records.size = Some(number(value).ok_or(UNREADABLE)?),
            key => harmless(key, value)?,
        }
    }
    Ok(records)
}

/// Records about all entries that follow: a comment, as `git archive` writes the commit, and the like.
pub(super) fn global(data: &[u8]) -> Result<(), &'static str> {
    for record in each(data) {
        let (key, value) = record?;
        if matches!(key, b"path" | b"size") {
            return Err("a name or size for all entries that follow");
        }
        harmless(key, value)?;
    }
    Ok(())
}

/// Owners, times and comments change nothing that is read here; links, holes and other alphabets would.
fn harmless(key: &[u8], value: &[u8]) -> Result<(), &'static str> {
    match key {
        b"linkpath" => Err("a link"),
        b"hdrcharset" if value != b"ISO-IR 10646 2000 UTF-8" => Err("named in something else than UTF-8"),
        key if key.starts_with(b"GNU.sparse.") || key == b"SCHILY.realsize" => Err("a sparse file"),
        _ => Ok(()),
    }
}

/// The records `length key=value\n`, their length counting themselves. (The one of crate tar ends at an empty line and
/// leaves what follows unread.)
fn each(data: &[u8]) -> impl Iterator<Item = Result<(&[u8], &[u8]), &'static str>> {
    let mut rest = data;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let record = split(rest);
        rest = record.map_or(&[][..], |(_, rest)| rest);
        Some(record.map(|(record, _)| record).ok_or(UNREADABLE))
    })
}

/// The first record and what follows it.
#[expect(clippy::type_complexity, reason = "a key, its value, and the rest")]
fn split(data: &[u8]) -> Option<((&[u8], &[u8]), &[u8])> {
    let digits = data.iter().position(|byte| *byte == b' ')?;
    let length = usize::try_from(number(data.get(..digits)?)?).ok()?;
    let (record, rest) = data.split_at_checked(length)?;
    let pair = record.get(digits + 1..)?.strip_suffix(b"\n")?;
    let equals = pair.iter().position(|byte| *byte == b'=')?;
    let (key, value) = pair.split_at_checked(equals)?;
    Some(((key, value.get(1..)?), rest))
}

/// A decimal number of digits only.
fn number(text: &[u8]) -> Option<u64> {
    let digits = text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(b"", None, None)]
    #[case(b"12 path=a/b\n", Some(&b"a/b"[..]), None)]
    #[case(b"13 comment=x\n9 size=7\n", None, Some(7))]
    #[case(b"14 comment=x\n\n12 path=a/b\n", Some(&b"a/b"[..]), None)]
    #[case(b"30 mtime=1777777777.123456789\n", None, None)]
    #[case(b"38 hdrcharset=ISO-IR 10646 2000 UTF-8\n", None, None)]
    fn records_tell_name_and_size(#[case] data: &[u8], #[case] path: Option<&[u8]>, #[case] size: Option<u64>) {
        assert_eq!(local(data), Ok(Records { path, size }));
    }

    #[rstest]
    #[case(b"12 path=a/b\n12 path=a/c\n", TWICE)]
    #[case(b"9 size=7\n9 size=7\n", TWICE)]
    #[case(b"11 path=a/b\n", UNREADABLE)]
    #[case(b"13 path=a/b\n", UNREADABLE)]
    #[case(b"12 path=a/b", UNREADABLE)]
    #[case(b"12 path a/b\n", UNREADABLE)]
    #[case(b"99999999999999999999 path=a\n", UNREADABLE)]
    #[case(b"+12 path=a/b\n", UNREADABLE)]
    #[case(b"3 \n", UNREADABLE)]
    #[case(b"0 a=b\n", UNREADABLE)]
    #[case(b"12 path=a/b\n\n12 path=a/c\n", UNREADABLE)]
    #[case(b"10 size=-7\n", UNREADABLE)]
    #[case(b"14 linkpath=x\n", "a link")]
    #[case(b"22 GNU.sparse.major=1\n", "a sparse file")]
    #[case(b"21 hdrcharset=BINARY\n", "named in something else than UTF-8")]
    fn records_that_could_be_read_in_two_ways_are_refused(#[case] data: &[u8], #[case] problem: &str) {
        assert_eq!(local(data), Err(problem));
    }

    #[test]
    fn global_records_may_only_comment() {
        assert_eq!(global(b"13 comment=x\n"), Ok(()));
        assert!(global(b"12 path=a/b\n").is_err());
        assert!(global(b"9 size=7\n").is_err());
    }
}
