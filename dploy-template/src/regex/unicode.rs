//! Classes of Unicode 15.0, as `\p{Name}` gives them in Go.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

use super::escape::part;
use super::fold::fold_class;
use super::parser::{Mistake, Parser, check_utf8, next_char};
use super::tables::negated;

/// Scripts that Go 1.26 knows by name. It does not find those of several words.
const SCRIPTS: &[&str] = &[
    "Adlam",
    "Ahom",
    "Arabic",
    "Armenian",
    "Avestan",
    "Balinese",
    "Bamum",
    "Batak",
    "Bengali",
    "Bhaiksuki",
    "Bopomofo",
    "Brahmi",
    "Braille",
    "Buginese",
    "Buhid",
    "Carian",
    "Chakma",
    "Cham",
    "Cherokee",
    "Chorasmian",
    "Common",
    "Coptic",
    "Cuneiform",
    "Cypriot",
    "Cyrillic",
    "Deseret",
    "Devanagari",
    "Dogra",
    "Duployan",
    "Elbasan",
    "Elymaic",
    "Ethiopic",
    "Georgian",
    "Glagolitic",
    "Gothic",
    "Grantha",
    "Greek",
    "Gujarati",
    "Gurmukhi",
    "Han",
    "Hangul",
    "Hanunoo",
    "Hatran",
    "Hebrew",
    "Hiragana",
    "Inherited",
    "Javanese",
    "Kaithi",
    "Kannada",
    "Katakana",
    "Kawi",
    "Kharoshthi",
    "Khmer",
    "Khojki",
    "Khudawadi",
    "Lao",
    "Latin",
    "Lepcha",
    "Limbu",
    "Lisu",
    "Lycian",
    "Lydian",
    "Mahajani",
    "Makasar",
    "Malayalam",
    "Mandaic",
    "Manichaean",
    "Marchen",
    "Medefaidrin",
    "Miao",
    "Modi",
    "Mongolian",
    "Mro",
    "Multani",
    "Myanmar",
    "Nabataean",
    "Nandinagari",
    "Newa",
    "Nko",
    "Nushu",
    "Ogham",
    "Oriya",
    "Osage",
    "Osmanya",
    "Palmyrene",
    "Phoenician",
    "Rejang",
    "Runic",
    "Samaritan",
    "Saurashtra",
    "Sharada",
    "Shavian",
    "Siddham",
    "Sinhala",
    "Sogdian",
    "Soyombo",
    "Sundanese",
    "Syriac",
    "Tagalog",
    "Tagbanwa",
    "Takri",
    "Tamil",
    "Tangsa",
    "Tangut",
    "Telugu",
    "Thaana",
    "Thai",
    "Tibetan",
    "Tifinagh",
    "Tirhuta",
    "Toto",
    "Ugaritic",
    "Vai",
    "Vithkuqi",
    "Wancho",
    "Yezidi",
    "Yi",
];

const CATEGORIES: &[&str] = &[
    "C", "Cc", "Cf", "Cn", "Co", "Cs", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl", "No",
    "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs",
];

/// Long names of categories.
const ALIASES: &[(&str, &str)] = &[
    ("Casedletter", "LC"),
    ("Closepunctuation", "Pe"),
    ("Cntrl", "Cc"),
    ("Combiningmark", "M"),
    ("Connectorpunctuation", "Pc"),
    ("Control", "Cc"),
    ("Currencysymbol", "Sc"),
    ("Dashpunctuation", "Pd"),
    ("Decimalnumber", "Nd"),
    ("Digit", "Nd"),
    ("Enclosingmark", "Me"),
    ("Finalpunctuation", "Pf"),
    ("Format", "Cf"),
    ("Initialpunctuation", "Pi"),
    ("Lc", "LC"),
    ("Letter", "L"),
    ("Letternumber", "Nl"),
    ("Lineseparator", "Zl"),
    ("Lowercaseletter", "Ll"),
    ("Mark", "M"),
    ("Mathsymbol", "Sm"),
    ("Modifierletter", "Lm"),
    ("Modifiersymbol", "Sk"),
    ("Nonspacingmark", "Mn"),
    ("Number", "N"),
    ("Openpunctuation", "Ps"),
    ("Other", "C"),
    ("Otherletter", "Lo"),
    ("Othernumber", "No"),
    ("Otherpunctuation", "Po"),
    ("Othersymbol", "So"),
    ("Paragraphseparator", "Zp"),
    ("Privateuse", "Co"),
    ("Punct", "P"),
    ("Punctuation", "P"),
    ("Separator", "Z"),
    ("Spaceseparator", "Zs"),
    ("Spacingmark", "Mc"),
    ("Surrogate", "Cs"),
    ("Symbol", "S"),
    ("Titlecaseletter", "Lt"),
    ("Unassigned", "Cn"),
    ("Uppercaseletter", "Lu"),
];

/// The class that an expression of `regex-syntax` stands for.
fn class(expression: &str) -> ClassUnicode {
    match regex_syntax::parse(expression).map(regex_syntax::hir::Hir::into_kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => class,
        // A class of one character.
        Ok(HirKind::Literal(literal)) => {
            let chars = String::from_utf8_lossy(&literal.0).into_owned();
            ClassUnicode::new(chars.chars().map(|c| ClassUnicodeRange::new(c, c)))
        }
        _ => ClassUnicode::empty(),
    }
}

static ASSIGNED: LazyLock<ClassUnicode> = LazyLock::new(|| class(r"[\p{age:15.0}&&\P{Cn}]"));

/// The classes that an expression has asked for so far.
#[derive(Debug, Default)]
pub(super) struct Tables(HashMap<(String, bool), ClassUnicode>);

impl Tables {
    /// The characters of Unicode 15.0.
    pub(super) fn assigned(&self) -> &'static ClassUnicode {
        &ASSIGNED
    }

    /// The class of a name in Go's canonical form; with `fold` also what
    /// differs from it only in case. And how much work it was.
    fn named(&mut self, name: &str, fold: bool) -> Option<(ClassUnicode, u64)> {
        if let Some(known) = self.0.get(&(name.to_owned(), fold)) {
            return Some((known.clone(), known.ranges().len() as u64));
        }
        let mut found = unfolded(name)?;
        // Go has no counterparts for these.
        let mut work = found.ranges().len() as u64;
        if fold && !matches!(name, "Any" | "Assigned" | "Cn" | "Unassigned" | "Lc" | "Casedletter") {
            let width = |range: &ClassUnicodeRange| u64::from(range.end()) - u64::from(range.start());
            work += found.ranges().iter().map(width).sum::<u64>() / 16;
            found = fold_class(self, &found);
        }
        self.0.insert((name.to_owned(), fold), found.clone());
        Some((found, work))
    }
}

fn unfolded(name: &str) -> Option<ClassUnicode> {
    let category = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, category)| *category);
    let mut found = match category {
        "Any" => return Some(class(r"\p{any}")),
        "Ascii" => return Some(ClassUnicode::new([ClassUnicodeRange::new('\0', '\u{7f}')])),
        "Assigned" => return Some(ASSIGNED.clone()),
        "Cn" => return Some(unassigned()),
        "Cs" => return Some(ClassUnicode::empty()),
        "LC" => class(r"[\p{Lu}\p{Ll}\p{Lt}]"),
        // U+1171E is a spacing mark only since Unicode 16.
        "Mc" => class(r"[\p{Mc}--\x{1171E}]"),
        "Mn" => class(r"[\p{Mn}\x{1171E}]"),
        script if SCRIPTS.contains(&script) => class(&format!(r"\p{{sc={script}}}")),
        category if CATEGORIES.contains(&category) => class(&format!(r"\p{{gc={category}}}")),
        _ => return None,
    };
    found.intersect(&ASSIGNED);
    if category == "C" {
        found.union(&unassigned());
    }
    Some(found)
}

fn unassigned() -> ClassUnicode {
    negated(&ASSIGNED)
}

/// A name without spaces, hyphens and underscores, with one capital in front.
fn canonical(name: &[u8]) -> String {
    let kept = name.iter().filter(|byte| !matches!(byte, b'_' | b'-' | b' '));
    let cased = kept.enumerate().map(|(index, byte)| match index {
        0 => byte.to_ascii_uppercase(),
        _ => byte.to_ascii_lowercase(),
    });
    String::from_utf8_lossy(&cased.collect::<Vec<u8>>()).into_owned()
}

impl Parser<'_> {
    /// Reads `\pL`, `\P{Greek}` and the like.
    pub(super) fn unicode_class(&mut self) -> Result<ClassUnicode, Mistake> {
        let text = self.rest;
        let mut is_negated = text.get(1) == Some(&b'P');
        let (first, mut rest) = next_char(text.get(2..).unwrap_or_default())?;
        let mut name = part(text, rest).get(2..).unwrap_or_default();
        if first == '{' {
            let Some(end) = text.iter().position(|byte| *byte == b'}') else {
                check_utf8(text)?;
                return Err(Mistake::new("invalid character class range", text));
            };
            name = text.get(3..end).unwrap_or_default();
            rest = text.get(end + 1..).unwrap_or_default();
            check_utf8(name)?;
        }
        if let Some(inner) = name.strip_prefix(b"^") {
            is_negated = !is_negated;
            name = inner;
        }
        let found = self.tables.named(&canonical(name), self.flags.fold);
        let Some((class, work)) = found else {
            return Err(Mistake::new("invalid character class range", part(text, rest)));
        };
        self.spend(work)?;
        self.rest = rest;
        Ok(if is_negated { negated(&class) } else { class })
    }
}
