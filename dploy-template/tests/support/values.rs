//! Random constants and data.

use serde_json::{Value as Json, json};

use super::{random::Random, signatures::Kind};

const WORDS: &[&str] = &[
    "",
    "a",
    "b",
    "x",
    "web",
    "hello world",
    "Foo Bar",
    "fooBar",
    "foo-bar_baz",
    "HTTPServer",
    "1",
    "42",
    "-7",
    "0x1f",
    "010",
    "1.5",
    "1e3",
    "true",
    "no",
    "null",
    "~",
    " pad ",
    "\t",
    "\n",
    "one\ntwo\n\nthree",
    "a,b,,c",
    "a.b.c",
    "é",
    "héllo wörld ✓",
    "日本語",
    "ß",
    "İ",
    "ǆ",
    "\u{1f600}",
    "\u{a0}x",
    "<b>&\"'</b>",
    "it's",
    "\"q\"",
    "a: b",
    "- x",
    "# c",
    "{{ x }}",
    "%d",
    "$1",
    "\\",
    "/usr/lib/x.tar.gz",
    "1.2.3",
    "v1.2",
    "aGVsbG8=",
    "[1,2]",
    "{\"a\":1}",
    "https://u:p@h:80/p?q=1#f",
    "2020-01-02",
    "2020-01-02T03:04:05Z",
    "15:04",
    "1h30m",
    "abcdefghijklmnopqrstuvwxyz",
    "The quick brown fox jumps over it",
];
const SEPARATORS: &[&str] = &[",", "", "-", " ", "a", ".", "\n", "o", "xx", "ll", "é", "/", "fo"];
const PATTERNS: &[&str] = &[
    "a",
    ".",
    "[a-z]+",
    "\\d+",
    "(\\w+) (\\w+)",
    "^h",
    "o$",
    "a*",
    "",
    "(?i)FOO",
    "[^a]",
    "\\s",
    "(a|b)",
    "(?P<n>o)",
    "\\bfoo",
    "x{2,3}",
    "[[:alpha:]]",
    "\\pL",
    "(?s).",
    "(?m)^t",
    "[",
    "(",
    "a{2,1}",
    "\\Q.\\E",
    "o+?",
    "\\z",
    "(?U)o+",
    "é",
    "(?:ab)?c",
];
const REPLACEMENTS: &[&str] = &["", "x", "$1", "${1}y", "$0", "$n", "${n}", "$1x", "$$", "$", "${", "<$2>"];
const LAYOUTS: &[&str] = &[
    "2006-01-02",
    "2006-01-02T15:04:05Z07:00",
    "Mon Jan _2 15:04:05 MST 2006",
    "3:04PM",
    "Monday, January 2",
    "06 1 2 3 4 5",
    "002",
    "15:04:05.000",
    "15h04,999",
    "-0700 -07 -07:00",
    "",
    "x",
    "Z07:00",
    "__2",
];
const ZONES: &[&str] = &["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Local", "", "Nowhere"];
const LASTING: &[&str] =
    &["1h", "-1.5h", "2h45m", "300ms", "1us", "0", "x", "-24h", "8760h", "1d", "100", "+5m", "1h1", ".5s", "2160h"];
const VERSIONS: &[&str] = &[
    "1.2.3",
    "v1.2",
    "1",
    "1.2.3-rc.1",
    "1.2.3+b5",
    "2.0.0-alpha",
    "0.1.0",
    "x",
    "",
    "1.02.3",
    "10.20.30",
    "1.2.3-01",
];
const CONSTRAINTS: &[&str] = &[
    "^1.2",
    "~1.2.3",
    ">=1.0 <2.0",
    "1.x",
    "*",
    "=1.2.3",
    "!=1",
    ">1.2.3-0",
    "1.2 - 2.0",
    "^0.1 || >3",
    "x",
    "",
    "< 2.0.0, > 0.5",
    "~> 1.2",
    "=> 1",
];
const JSONS: &[&str] = &[
    "{\"a\":1,\"b\":[1.5,null,\"x\"]}",
    "[1,\"a\",{\"k\":true}]",
    "null",
    "12",
    "-1.50",
    "\"s\"",
    "{",
    "",
    "{\"a\":{\"b\":{\"c\":2}}}",
    "[]",
    "{\"b\":1,\"a\":1e3}",
    "1 2",
    "[1,]",
    " {} ",
];
const YAMLS: &[&str] = &[
    "a: 1\nb: [x, 2.5]",
    "- 1\n- a: b",
    "null",
    "x",
    "",
    "a: [",
    "{}",
    "a: yes\nb: 0x1f\nc: 1e3",
    "a:\n  b:\n    c: \"d\"",
];
const BASE64: &[&str] = &["aGVsbG8=", "", "YQ==", "YQ", "!", "YW\nI=", "_-8=", "/+8="];
const BASE32: &[&str] = &["ME======", "", "MFRGG===", "ME", "me======", "!", "74======"];
const URLS: &[&str] = &[
    "https://u:p@h.example:80/a/b?q=1&r=a%20b#f",
    "/p?x",
    "http://[::1]:8080/",
    "mailto:a@b",
    "h",
    "",
    "%zz",
    "http://h/%41%2F",
    "ftp://u@h",
    "//h/p",
    "http://a b/",
];
const KEYS: &[&str] = &["a", "b", "s", "i", "l", "d", "none", "x y", "", "é", "f"];
const PATHS: &[&str] =
    &["/usr/lib/x.tar.gz", "a/../b", "", ".", "/", "a//b/", "../x", "a.b/c", "/..", "./a/./b", "x.", ".hidden"];
const TYPE_NAMES: &[&str] = &[
    "string",
    "int",
    "int64",
    "float64",
    "bool",
    "[]interface {}",
    "map[string]interface {}",
    "[]string",
    "*semver.Version",
    "time.Time",
    "<nil>",
    "x",
];
const KIND_NAMES: &[&str] = &["string", "int", "int64", "float64", "bool", "slice", "map", "struct", "ptr", "invalid"];
const TEMPLATES: &[&str] = &[
    "{{ . }}",
    "x{{ len . }}",
    "{{ if . }}y{{ end }}",
    "{{ print 1 }}{{ define \"q\" }}q{{ end }}{{ template \"q\" }}",
    "{{ .a }}",
    "plain",
    "{{",
    "{{ .s | upper }}",
    "",
];
const INTS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "-1",
    "7",
    "10",
    "42",
    "-42",
    "100",
    "1000000",
    "0x1F",
    "0b101",
    "0o17",
    "017",
    "1_000",
    "'a'",
    "'\\n'",
    "'é'",
    "9223372036854775807",
    "-9223372036854775808",
    "+5",
    "255",
];
const FLOATS: &[&str] = &[
    "0.0",
    "1.5",
    "-2.25",
    "1e3",
    "1E-5",
    "3.14159",
    "1e21",
    "1e20",
    ".5",
    "1.",
    "123456789.125",
    "0x1p4",
    "-0.0",
    "1e-7",
    "2.5",
    "0.1",
];

/// A constant of a kind as a template writes it; none where there is no notation for it.
pub(crate) fn constant(kind: Kind, random: &mut Random) -> Option<String> {
    let from = match kind {
        Kind::Bool => return Some((*random.pick(&["true", "false"])).to_owned()),
        Kind::Int => return Some((*random.pick(INTS)).to_owned()),
        Kind::Count => return Some(random.between(-1, 12).to_string()),
        Kind::Float => return Some((*random.pick(FLOATS)).to_owned()),
        Kind::Number => return number(random),
        Kind::Str | Kind::Same => WORDS,
        Kind::Pattern => PATTERNS,
        Kind::Replacement => REPLACEMENTS,
        Kind::Layout => LAYOUTS,
        Kind::Zone => ZONES,
        Kind::Lasting => LASTING,
        Kind::VersionText => VERSIONS,
        Kind::Constraint => CONSTRAINTS,
        Kind::Json => JSONS,
        Kind::Yaml => YAMLS,
        Kind::Base64 => BASE64,
        Kind::Base32 => BASE32,
        Kind::Url => URLS,
        Kind::Separator => SEPARATORS,
        Kind::Key => KEYS,
        Kind::Path => PATHS,
        Kind::TypeName => TYPE_NAMES,
        Kind::Reflected => KIND_NAMES,
        Kind::Template => TEMPLATES,
        _ => return None,
    };
    let text = *random.pick(from);
    Some(quoted(text, random))
}

fn number(random: &mut Random) -> Option<String> {
    match random.below(5) {
        0 => constant(Kind::Float, random),
        1 => Some(
            (*random.pick(&["\"12\"", "\"1.5\"", "\"x\"", "\"0x1f\"", "\"-3\"", "true", "\"08\"", "\"1e2\"", "\"\""]))
                .to_owned(),
        ),
        _ => constant(Kind::Int, random),
    }
}

/// A string constant in one of its forms.
pub(crate) fn quoted(text: &str, random: &mut Random) -> String {
    if random.percent(15) && !text.contains(['`', '\r']) {
        return format!("`{text}`");
    }
    let escape = random.percent(5);
    let mut out = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if escape && c.is_ascii() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if escape => out.push_str(&format!("\\U{:08X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}

fn word(random: &mut Random) -> Json {
    if random.percent(4) {
        return json!({"$bytes": *random.pick(&["ff", "61ff62", "c3", "e282", "f09f98", "00", "0a", "c328"])});
    }
    json!(*random.pick(WORDS))
}

fn whole(random: &mut Random) -> Json {
    match random.below(8) {
        0 => json!(i64::MAX),
        1 => json!(i64::MIN),
        2 => json!(random.between(-1_000_000_000_000, 1_000_000_000_000)),
        _ => json!(random.between(-20, 60)),
    }
}

fn float(random: &mut Random) -> Json {
    let text = match random.below(4) {
        0 => random.between(-30, 30).to_string(),
        1 => format!("{}e{}", random.between(-99999, 99999), random.between(-30, 30)),
        _ => format!("{}.{}", random.between(-99, 99), random.between(0, 9999)),
    };
    json!({"$float64": text})
}

/// A value of any type.
fn any(random: &mut Random, depth: usize) -> Json {
    match random.below(if depth == 0 { 9 } else { 14 }) {
        0 => Json::Null,
        1 => json!(random.percent(50)),
        2 | 3 => whole(random),
        4 => float(random),
        5 => json!({"$int64": whole(random)}),
        6..=8 => word(random),
        9 | 10 => list(random, depth - 1),
        11 => strings(random),
        _ => dict(random, depth - 1),
    }
}

fn list(random: &mut Random, depth: usize) -> Json {
    (0..random.below(5)).map(|_| any(random, depth)).collect()
}

fn strings(random: &mut Random) -> Json {
    let items: Vec<&str> = (0..random.below(5)).map(|_| *random.pick(WORDS)).collect();
    json!({"$strings": items})
}

fn dict(random: &mut Random, depth: usize) -> Json {
    let entries = (0..random.below(5)).map(|_| ((*random.pick(KEYS)).to_owned(), any(random, depth)));
    entries.collect::<serde_json::Map<_, _>>().into()
}

fn time(random: &mut Random) -> Json {
    let at = jiff::Timestamp::new(
        random.between(-5_000_000_000, 9_000_000_000),
        i32::try_from(random.between(0, 3)).unwrap() * 1_500_000,
    );
    json!({"$time": at.unwrap().to_string()})
}

/// The fields of the root, with what they hold.
pub(crate) const ROOT: [(&str, Kind); 31] = [
    ("Params.a", Kind::Str),
    ("Params.b", Kind::Str),
    ("Claims.s", Kind::Str),
    ("Claims.l", Kind::List),
    ("s0", Kind::Str),
    ("s1", Kind::Str),
    ("s2", Kind::Str),
    ("i0", Kind::Int),
    ("i1", Kind::Int),
    ("i64", Kind::Int),
    ("u64", Kind::Int),
    ("n", Kind::Count),
    ("f0", Kind::Float),
    ("f1", Kind::Float),
    ("b0", Kind::Bool),
    ("b1", Kind::Bool),
    ("l0", Kind::List),
    ("l1", Kind::List),
    ("strs", Kind::Strs),
    ("ints", Kind::Ints),
    ("d0", Kind::Dict),
    ("d1", Kind::Dict),
    ("d0.s", Kind::Str),
    ("d0.i", Kind::Int),
    ("d0.d", Kind::Dict),
    ("d0.d.f", Kind::Float),
    ("sm", Kind::StrMap),
    ("t0", Kind::Time),
    ("t1", Kind::Time),
    ("nil", Kind::Any),
    ("any", Kind::Any),
];

/// Texts without characters that are special in YAML.
const PLAIN: &[&str] =
    &["web", "a", "5", "true", "no", "1.5", "v1.2", "Foo bar", "x-y", "0x1f", "null", "héllo", "1e3", "3.10"];

/// Replaces every text by one without special characters.
pub(crate) fn plain(data: &mut Json, random: &mut Random) {
    match data {
        Json::String(text) => (*random.pick(PLAIN)).clone_into(text),
        Json::Array(items) => items.iter_mut().for_each(|item| plain(item, random)),
        Json::Object(fields) => {
            fields.remove("$bytes").into_iter().for_each(drop);
            let kept = fields.iter_mut().filter(|(name, _)| !matches!(name.as_str(), "$time" | "$float64"));
            kept.for_each(|(_, value)| plain(value, random));
        }
        _ => {}
    }
}

/// Random data with the fields of [`ROOT`].
pub(crate) fn data(random: &mut Random) -> Json {
    let strings_map: serde_json::Map<String, Json> =
        (0..random.below(4)).map(|_| ((*random.pick(KEYS)).to_owned(), json!(*random.pick(WORDS)))).collect();
    let mut nested = dict(random, 1);
    nested["s"] = word(random);
    nested["i"] = whole(random);
    nested["d"] = dict(random, 0);
    nested["d"]["f"] = float(random);
    json!({
        "s0": word(random), "s1": word(random), "s2": word(random), "i0": whole(random), "i1": whole(random), "n": random.between(0, 9),
        "i64": {"$int64": whole(random)}, "u64": {"$uint64": *random.pick(&[0, 8, 1 << 40, (1_u64 << 63) + 5])}, "f0": float(random), "f1": float(random),
        "b0": random.percent(50), "b1": random.percent(50), "l0": list(random, 2), "l1": list(random, 1), "strs": strings(random),
        "ints": {"$ints": [3, random.between(-9, 9)]}, "d0": nested, "d1": dict(random, 2), "sm": {"$stringmap": strings_map},
        "Params": {"$stringmap": {"a": *random.pick(PLAIN), "b": *random.pick(PLAIN)}},
        "Claims": {"s": *random.pick(PLAIN), "l": [*random.pick(PLAIN), random.between(0, 9)]},
        "t0": time(random), "t1": time(random), "nil": null, "any": any(random, 2),
    })
}
