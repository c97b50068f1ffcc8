//! What functions want and give, finer than their Go signatures: a random
//! string is seldom a layout, an expression or a version.

/// What an operand is, or should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Any,
    Bool,
    Int,
    /// A whole number that is safe as a count
    Count,
    /// A number or a text that tells one
    Number,
    Float,
    Str,
    Strs,
    Ints,
    List,
    Dict,
    StrMap,
    Time,
    /// A time or the seconds since the epoch
    When,
    Version,
    Duration,
    /// Like the operand before it
    Same,
    /// Not a collection
    Scalar,
    /// A map that nothing else refers to: merging maps into each other would make endless ones
    Fresh,
    /// A list that is sorted where it is, if it is a slice of strings
    Sorted,
    /// Something with elements
    Items,
    Pattern,
    Replacement,
    Layout,
    Zone,
    Lasting,
    VersionText,
    Constraint,
    Json,
    Yaml,
    Base64,
    Base32,
    Url,
    Separator,
    Key,
    Path,
    TypeName,
    Reflected,
    Template,
    Defined,
}

/// Finer signatures than the listing's, one a line: name, wanted operands (`*`: any number of them), result.
const FINER: &str = "
and Any Any* Any|or Any Any* Any|not Any Bool|len Items Int|index List Count Any|index Dict Key Any|index Str Count Int
index Strs Count Str|slice List Count Count List|slice List Count List|slice Strs Count List|mustSlice List Count Count List|print Any* Str|println Any* Str|html Any* Str
js Any* Str|urlquery Any* Str|eq Int Same Bool|eq Str Same Same* Bool|eq Any Any Bool|ne Str Same Bool|ne Int Same Bool
lt Int Same Bool|le Float Same Bool|gt Str Same Bool|ge Int Same Bool
abbrev Count Str Str|abbrevboth Count Count Str Str|trunc Int Str Str|trim Str Str|upper Str Str|lower Str Str|title Str Str|untitle Str Str
substr Int Int Str Str|repeat Count Str Str|trimall Separator Str Str|trimAll Separator Str Str|trimSuffix Separator Str Str|trimPrefix Separator Str Str
nospace Str Str|initials Str Str|swapcase Str Str|snakecase Str Str|camelcase Str Str|kebabcase Str Str|wrap Count Str Str|wrapWith Count Separator Str Str
contains Separator Str Bool|hasPrefix Separator Str Bool|hasSuffix Separator Str Bool|quote Any* Str|squote Any* Str|cat Any* Str|indent Count Str Str|nindent Count Str Str
replace Separator Str Str Str|plural Str Str Int Str|sha1sum Str Str|sha256sum Str Str|sha512sum Str Str|adler32sum Str Str|toString Any Str
atoi Str Int|int64 Number Int|int Number Int|float64 Number Float|seq Count* Str|toDecimal Any Int
split Separator Str StrMap|splitList Separator Str Strs|splitn Separator Count Str StrMap|toStrings Items Strs|until Count Ints|untilStep Count Count Count Ints
add1 Number Int|add Number* Int|sub Number Number Int|div Number Number Int|mod Number Number Int|mul Number Number* Int
add1f Number Float|addf Number* Float|subf Number Number* Float|divf Number Number Float|mulf Number Number* Float
biggest Number Number* Int|max Number Number* Int|min Number Number* Int|maxf Number Number* Float|minf Number Number* Float
ceil Number Float|floor Number Float|round Number Count Float|round Number Count Float Float|join Separator Items Str|sortAlpha Sorted Strs
default Any Any Any|empty Any Bool|coalesce Any* Any|all Any* Bool|any Any* Bool|compact Items List|mustCompact Items List
fromJson Json Any|toJson Any Str|toPrettyJson Any Str|toRawJson Any Str|mustFromJson Json Any|mustToJson Any Str|mustToPrettyJson Any Str|mustToRawJson Any Str
ternary Any Any Bool Any|deepCopy Any Any|mustDeepCopy Any Any|typeOf Any Str|typeIs TypeName Any Bool|typeIsLike TypeName Any Bool|kindOf Any Str|kindIs Reflected Any Bool
deepEqual Any Any Bool|deepEqual List List Bool|base Path Str|dir Path Str|clean Path Str|ext Path Str|isAbs Path Bool|osBase Path Str|osClean Path Str|osDir Path Str|osExt Path Str|osIsAbs Path Bool
b64enc Str Str|b64dec Base64 Str|b32enc Str Str|b32dec Base32 Str|tuple Any* List|list Any* List|list Str* List|list Int* List
dict Key Any Dict|dict Key Any Key Str Dict|get Dict Key Any|set Dict Key Scalar Dict|unset Dict Key Dict|hasKey Dict Key Bool|pluck Key Dict Dict* List
keys Dict* Strs|pick Dict Key* Dict|omit Dict Key* Dict|merge Fresh Fresh* Dict|mergeOverwrite Fresh Fresh* Dict|mustMerge Fresh Fresh* Dict|mustMergeOverwrite Fresh Fresh* Dict|values Dict List
append List Any List|push List Any List|mustAppend List Any List|mustPush List Any List|prepend List Any List|mustPrepend List Any List
first Items Any|mustFirst Items Any|last Items Any|mustLast Items Any|rest Items List|mustRest Items List|initial Items List|mustInitial Items List
reverse Items List|mustReverse Items List|uniq Items List|mustUniq Items List|without List Any* List|mustWithout List Any* List|has Any List Bool|mustHas Any List Bool
concat Items Items* List|dig Key Any Dict Any|dig Key Key Any Dict Any|chunk Count Items List|mustChunk Count Items List
semver VersionText Version|semverCompare Constraint VersionText Bool|fail Str Any
regexMatch Pattern Str Bool|mustRegexMatch Pattern Str Bool|regexFindAll Pattern Str Int Strs|mustRegexFindAll Pattern Str Int Strs|regexFind Pattern Str Str|mustRegexFind Pattern Str Str
regexReplaceAll Pattern Str Replacement Str|mustRegexReplaceAll Pattern Str Replacement Str|regexReplaceAllLiteral Pattern Str Str Str|mustRegexReplaceAllLiteral Pattern Str Str Str
regexSplit Pattern Str Int Strs|mustRegexSplit Pattern Str Int Strs|regexQuoteMeta Str Str|urlParse Url Dict|urlJoin Dict Str
ago When Str|date Layout When Str|date_in_zone Layout When Zone Str|dateInZone Layout When Zone Str|date_modify Lasting Time Time|dateModify Lasting Time Time|must_date_modify Lasting Time Time|mustDateModify Lasting Time Time
duration Number Str|durationRound Lasting Str|durationRound Time Str|htmlDate When Str|htmlDateInZone When Zone Str|now Time|toDate Layout Str Time|mustToDate Layout Str Time|unixEpoch Time Str
toYaml Any Str|fromYaml Yaml Dict|fromYamlArray Yaml List|fromJsonArray Json List|required Str Any Any|include Defined Any Str|tpl Template Any Str|derivePassword Count Str Str Str Str Str
.Time.Year Time Int|.Time.Month Time Any|.Time.Day Time Int|.Time.Hour Time Int|.Time.Minute Time Int|.Time.Second Time Int|.Time.Nanosecond Time Int|.Time.Weekday Time Any|.Time.YearDay Time Int
.Time.Unix Time Int|.Time.UnixNano Time Int|.Time.UTC Time Time|.Time.Format Time Layout Str|.Time.String Time Str|.Time.AddDate Time Count Count Count Time|.Time.Before Time Time Bool|.Time.After Time Time Bool|.Time.Equal Time Time Bool|.Time.IsZero Time Bool
.Time.Sub Time Time Duration|.Time.Truncate Time Duration Time|.Time.Add Time Duration Time|.Duration.Hours Duration Float|.Duration.Seconds Duration Float|.Duration.String Duration Str|.Duration.Minutes Duration Float
.Version.Major Version Int|.Version.Minor Version Int|.Version.Patch Version Int|.Version.Prerelease Version Str|.Version.Metadata Version Str|.Version.Original Version Str|.Version.String Version Str
.Version.IncMajor Version Version|.Version.IncMinor Version Version|.Version.IncPatch Version Version|.Version.Compare Version Version Int|.Version.Equal Version Version Bool|.Version.LessThan Version Version Bool|.Version.GreaterThan Version Version Bool
";

/// A function, or a method if the name begins with a dot, with what it wants and gives.
#[derive(Clone, Debug)]
pub(crate) struct Signature {
    pub(crate) name: String,
    pub(crate) wants: Vec<Kind>,
    /// Any number of these more
    pub(crate) rest: Option<Kind>,
    pub(crate) gives: Kind,
}

impl Signature {
    /// The name behind the receiver's type, for a method.
    pub(crate) fn method(&self) -> Option<&str> {
        self.name.strip_prefix('.').and_then(|name| name.split_once('.')).map(|(_, name)| name)
    }
}

/// Functions whose answers are not to be compared.
const INCOMPARABLE: [(&str, &str); 10] = [
    ("call", "data holds no functions"),
    ("env", "hermetic"),
    ("expandenv", "hermetic"),
    ("getHostByName", "hermetic"),
    ("lookup", "hermetic"),
    ("hello", "undocumented"),
    ("buildCustomCert", "wants real keys"),
    ("decryptAES", "wants what encryptAES gave"),
    ("genCAWithKey", "random"),
    ("printf", "the grammar writes it with a format that fits"),
];

/// Every deterministic function; those without a finer signature have the one of the listing.
pub(crate) fn signatures(helm: bool) -> Vec<Signature> {
    let finer: Vec<Signature> = FINER.split(['\n', '|']).filter(|line| !line.is_empty()).map(parse).collect();
    let functions = dploy_template::functions(helm);
    let known = |name: &str| functions.iter().any(|function| function.name == name);
    let methods = finer.iter().filter(|signature| match signature.name.split('.').nth(1) {
        Some("Version") => known("semver"),
        receiver => receiver.is_some() && known("toDate"),
    });
    let mut all: Vec<Signature> = methods.cloned().collect();
    for function in &functions {
        if function.random || INCOMPARABLE.iter().any(|(name, _)| *name == function.name) {
            continue;
        }
        let known: Vec<&Signature> = finer.iter().filter(|signature| signature.name == function.name).collect();
        if known.is_empty() {
            all.push(listed(function.name, &function.parameters));
        }
        all.extend(known.into_iter().cloned());
    }
    all
}

fn parse(line: &str) -> Signature {
    let mut words = line.split(' ');
    let name = words.next().unwrap().to_owned();
    let mut wants: Vec<&str> = words.collect();
    let gives = kind(wants.pop().unwrap());
    let rest = wants.last().and_then(|last| last.strip_suffix('*')).map(kind);
    wants.truncate(wants.len() - usize::from(rest.is_some()));
    Signature { name, wants: wants.into_iter().map(kind).collect(), rest, gives }
}

fn listed(name: &str, parameters: &[String]) -> Signature {
    let rest = parameters.last().and_then(|last| last.strip_prefix("...")).map(go_kind);
    let fixed = &parameters[..parameters.len() - usize::from(rest.is_some())];
    let wants = fixed.iter().map(|parameter| go_kind(parameter)).collect();
    Signature { name: name.to_owned(), wants, rest, gives: Kind::Any }
}

fn go_kind(name: &str) -> Kind {
    match name {
        "bool" => Kind::Bool,
        "int" | "int64" | "uint32" => Kind::Count,
        "float64" => Kind::Float,
        "string" => Kind::Str,
        "[]string" => Kind::Strs,
        "[]interface {}" => Kind::List,
        "map[string]interface {}" => Kind::Dict,
        "time.Time" => Kind::Time,
        "time.Duration" => Kind::Duration,
        "*semver.Version" => Kind::Version,
        _ => Kind::Any,
    }
}

fn kind(name: &str) -> Kind {
    const ALL: [Kind; 40] = [
        Kind::Any,
        Kind::Bool,
        Kind::Int,
        Kind::Count,
        Kind::Number,
        Kind::Float,
        Kind::Str,
        Kind::Strs,
        Kind::Ints,
        Kind::List,
        Kind::Dict,
        Kind::StrMap,
        Kind::Time,
        Kind::When,
        Kind::Version,
        Kind::Duration,
        Kind::Same,
        Kind::Scalar,
        Kind::Fresh,
        Kind::Sorted,
        Kind::Items,
        Kind::Pattern,
        Kind::Replacement,
        Kind::Layout,
        Kind::Zone,
        Kind::Lasting,
        Kind::VersionText,
        Kind::Constraint,
        Kind::Json,
        Kind::Yaml,
        Kind::Base64,
        Kind::Base32,
        Kind::Url,
        Kind::Separator,
        Kind::Key,
        Kind::Path,
        Kind::TypeName,
        Kind::Reflected,
        Kind::Template,
        Kind::Defined,
    ];
    *ALL.iter().find(|kind| format!("{kind:?}") == name).unwrap_or_else(|| panic!("unknown kind {name}"))
}
