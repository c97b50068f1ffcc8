use crate::environments::template::TtlSpec;

const ACCEPTED: &str = "must be SECONDS[,EXTEND[,MAX]]: a lifetime of at least one second or -1 for ever, seconds of one \
                        extension, and how many extensions (0 is any number)";

/// Reads `SECONDS[,EXTEND[,MAX]]`; nothing leaves all to the defaults.
pub(super) fn parse(text: &str) -> Result<TtlSpec, String> {
    let refused = || format!("{ACCEPTED}; not \"{text}\"");
    let mut parts = text.split(',').map(str::trim);
    let seconds = match parts.next().filter(|part| !part.is_empty()) {
        None if text.is_empty() => return Ok(TtlSpec::default()),
        None => return Err(refused()),
        Some(part) => part.parse::<i64>().ok().filter(|ttl| *ttl == -1 || (1..=i64::from(u32::MAX)).contains(ttl)),
    };
    let mut number = || match parts.next() {
        None => Ok(None),
        Some(part) => part.parse::<u32>().map(Some).map_err(|_| refused()),
    };
    let (extend_seconds, max_extends) = (number()?, number()?);
    match (seconds, parts.next()) {
        (Some(seconds), None) => Ok(TtlSpec { seconds: Some(seconds), extend_seconds, max_extends }),
        _ => Err(refused()),
    }
}
