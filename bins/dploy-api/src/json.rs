//! What is said of a JSON body that cannot be read.

use serde::de::DeserializeOwned;

/// A field that cannot be read.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Unreadable {
    /// Where it is, such as `metadata.gitSha`.
    pub(crate) field: String,
    /// What it accepts.
    pub(crate) accepted: String,
}

/// Reads a body that is one JSON value.
///
/// # Errors
/// The field that cannot be read; `None` where it is the body as a whole.
pub(crate) fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, Option<Unreadable>> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| unreadable(&error))?;
    json.end().map(|()| value).map_err(|_| None)
}

/// The field that an error of serde is about; `None` where it is the body as a whole.
pub(crate) fn unreadable(error: &serde_path_to_error::Error<serde_json::Error>) -> Option<Unreadable> {
    let (path, cause) = (error.path().to_string(), error.inner());
    if !cause.is_data() {
        return None;
    }
    let text = cause.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    let quoted = |begin: &str| Some(text.strip_prefix(begin)?.split_once('`')?.0.to_owned());
    if let Some(name) = quoted("missing field `") {
        let field = if path == "." { name } else { format!("{path}.{name}") };
        return Some(Unreadable { field, accepted: "given".to_owned() });
    }
    let accepted = text.rsplit_once(", expected ").map_or(text, |(_, accepted)| accepted);
    if let Some(name) = quoted("unknown field `") {
        return Some(Unreadable { field: format!("field \"{name}\" of the body"), accepted: accepted.to_owned() });
    }
    (path != ".").then(|| Unreadable { field: path, accepted: in_words(accepted).to_owned() })
}

/// What serde expects, for people who do not know its types.
fn in_words(expected: &str) -> &str {
    match expected {
        "i64" | "i32" | "u64" | "u32" | "u16" | "usize" => "a whole number",
        "a sequence" => "a list",
        "a map" => "an object",
        expected if expected.starts_with("struct ") => "an object",
        expected => expected,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rstest::rstest;
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Outer {
        name: String,
        count: Option<u32>,
        inner: Option<Inner>,
        list: Option<Vec<bool>>,
        map: Option<BTreeMap<String, String>>,
    }

    #[derive(Deserialize, Debug)]
    #[expect(dead_code, reason = "only read")]
    struct Inner {
        flag: bool,
    }

    #[rstest]
    #[case(r#"{}"#, "name", "given")]
    #[case(r#"{"name": 7}"#, "name", "a string")]
    #[case(r#"{"name": "x", "count": -1}"#, "count", "a whole number")]
    #[case(r#"{"name": "x", "count": "many"}"#, "count", "a whole number")]
    #[case(r#"{"name": "x", "inner": 7}"#, "inner", "an object")]
    #[case(r#"{"name": "x", "inner": {}}"#, "inner.flag", "given")]
    #[case(r#"{"name": "x", "inner": {"flag": "yes"}}"#, "inner.flag", "a boolean")]
    #[case(r#"{"name": "x", "list": {}}"#, "list", "a list")]
    #[case(r#"{"name": "x", "list": [true, 1]}"#, "list[1]", "a boolean")]
    #[case(r#"{"name": "x", "map": []}"#, "map", "an object")]
    #[case(
        r#"{"name": "x", "other": 1}"#,
        "field \"other\" of the body",
        "one of `name`, `count`, `inner`, `list`, `map`"
    )]
    fn a_field_is_named_with_what_it_accepts(#[case] body: &str, #[case] field: &str, #[case] accepted: &str) {
        let expected = Unreadable { field: field.to_owned(), accepted: accepted.to_owned() };
        assert_eq!(read::<Outer>(body.as_bytes()).unwrap_err(), Some(expected));
    }

    #[rstest]
    #[case("")]
    #[case("[]")]
    #[case("{")]
    #[case(r#"{"name": "x"} {}"#)]
    fn a_body_that_is_none_names_no_field(#[case] body: &str) {
        assert_eq!(read::<Outer>(body.as_bytes()).unwrap_err(), None);
    }
}
