use std::{
    net::{IpAddr, Ipv4Addr},
    ops::RangeInclusive,
    str::FromStr,
    time::Duration,
};

use dploy_auth::access::parse_boolean;
use dploy_core::name::is_label;
use http::Uri;
use tracing_subscriber::EnvFilter;

use super::{Error, Origins, VARIABLES, Variable};

/// The longest time that a create may wait: well below the time after which a request is given up.
const CLAIM_WAIT_MAX: Duration = Duration::from_secs(20);

/// How often something is done again and again.
const INTERVALS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(86_400);

const URL: &str = "an http or https URL";
const TEXT: &str = "one line of text in UTF-8";
pub(super) const BOOLEAN: &str = "one of 1, t, T, TRUE, true, True, 0, f, F, FALSE, false, False";

/// Looks a variable up by its name.
pub(super) type Get<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// Reads variables; what a variable means is its own business.
pub(super) struct Reader<'a> {
    get: &'a Get<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(get: &'a Get<'a>) -> Self {
        Self { get }
    }

    /// What the variable itself says.
    pub(super) fn given(&self, variable: &Variable) -> Option<String> {
        self.named(variable.name)
    }

    /// Whether the variable of that name says something itself.
    pub(super) fn is_given(&self, name: &str) -> bool {
        self.named(name).is_some()
    }

    fn named(&self, name: &str) -> Option<String> {
        (self.get)(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// What counts for the variable, and the name of the one that says so.
    fn told(&self, variable: &Variable) -> Option<(&'static str, String)> {
        if let Some(value) = self.given(variable) {
            return Some((variable.name, value));
        }
        let default = variable.default.filter(|default| !default.is_empty())?;
        match default.strip_prefix('$') {
            Some(other) => self.told(VARIABLES.iter().find(|variable| variable.name == other)?),
            None => Some((variable.name, default.to_owned())),
        }
    }

    /// What counts for the variable; `None` where nothing does.
    pub(super) fn effective(&self, variable: &Variable) -> Option<String> {
        self.told(variable).map(|(_, value)| value)
    }

    pub(super) fn text(&self, variable: &Variable) -> Result<String, Error> {
        self.parsed(variable, TEXT, line)
    }

    /// As [`Self::text`]; `None` where nothing counts.
    pub(super) fn optional_text(&self, variable: &Variable) -> Result<Option<String>, Error> {
        self.optional(variable, TEXT, line)
    }

    pub(super) fn parsed<T>(
        &self,
        variable: &Variable,
        accepted: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Error> {
        self.optional(variable, accepted, parse)?.ok_or_else(|| Error::missing(variable))
    }

    /// As [`Self::parsed`]; `None` where nothing counts.
    pub(super) fn optional<T>(
        &self,
        variable: &Variable,
        accepted: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let Some((name, value)) = self.told(variable) else { return Ok(None) };
        judged(name, accepted, value, parse).map(Some)
    }

    pub(super) fn boolean(&self, variable: &Variable) -> Result<bool, Error> {
        self.parsed(variable, BOOLEAN, parse_boolean)
    }

    /// What is logged.
    pub(super) fn directives(&self, variable: &Variable) -> Result<Option<String>, Error> {
        let parse = |text: &str| EnvFilter::try_new(text).ok().map(|_| text.to_owned());
        self.optional(variable, "levels by comma such as info or warn,dploy_k8s=debug", parse)
    }

    pub(super) fn url(&self, variable: &Variable) -> Result<String, Error> {
        self.parsed(variable, URL, web_url)
    }

    pub(super) fn optional_url(&self, variable: &Variable) -> Result<Option<String>, Error> {
        self.optional(variable, URL, |text| web_url(text).map(|url| url.trim_end_matches('/').to_owned()))
    }

    pub(super) fn choice(&self, variable: &Variable, known: &[&str], accepted: &'static str) -> Result<String, Error> {
        self.parsed(variable, accepted, |text| known.contains(&text).then(|| text.to_owned()))
    }

    pub(super) fn number<T: FromStr + PartialOrd>(
        &self,
        variable: &Variable,
        range: RangeInclusive<T>,
        accepted: &'static str,
    ) -> Result<T, Error> {
        self.parsed(variable, accepted, |text| text.parse().ok().filter(|number| range.contains(number)))
    }

    /// The URL in the variable, else `default`, which is another variable's and is not judged here.
    pub(super) fn url_or(&self, variable: &Variable, default: &str) -> Result<String, Error> {
        match self.given(variable) {
            Some(value) => judged(variable.name, URL, value, web_url),
            None => Ok(default.to_owned()),
        }
    }

    pub(super) fn address(&self, variable: &Variable) -> Result<IpAddr, Error> {
        self.parsed(variable, "an IP address or localhost", |text| match text {
            "localhost" => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            text => text.trim_start_matches('[').trim_end_matches(']').parse().ok(),
        })
    }

    pub(super) fn port(&self, variable: &Variable) -> Result<u16, Error> {
        self.parsed(variable, "a port from 0 to 65535", |text| text.parse().ok())
    }

    pub(super) fn label(&self, variable: &Variable) -> Result<String, Error> {
        let label = |text: &str| is_label(text).then(|| text.to_owned());
        self.parsed(variable, "the name of a namespace", label)
    }

    pub(super) fn claim_wait(&self, variable: &Variable) -> Result<Duration, Error> {
        let bounded = |text: &str| duration(text).filter(|duration| *duration <= CLAIM_WAIT_MAX);
        self.parsed(variable, "a time up to 20s such as 2s, 500ms or a number of seconds", bounded)
    }

    /// A time between two passes.
    pub(super) fn interval(&self, variable: &Variable) -> Result<Duration, Error> {
        let bounded = |text: &str| duration(text).filter(|interval| INTERVALS.contains(interval));
        self.parsed(variable, "a time from 1s to 86400s such as 60s or a number of seconds", bounded)
    }

    pub(super) fn scopes(&self, variable: &Variable) -> Result<Vec<String>, Error> {
        let given: Vec<_> = self.parsed(variable, "scopes by comma or space, in ASCII without \" and \\", |text| {
            words(text).map(|word| is_scope(word).then(|| word.to_owned())).collect::<Option<_>>()
        })?;
        let others = given.into_iter().filter(|scope| scope != "openid");
        Ok(["openid".to_owned()].into_iter().chain(others).collect())
    }

    pub(super) fn origins(&self, variable: &Variable) -> Result<Option<Origins>, Error> {
        self.optional(variable, "* or origins such as https://ctf.example.org", |text| {
            if text == "*" {
                return Some(Origins::Any);
            }
            words(text).map(origin).collect::<Option<Vec<_>>>().map(Origins::Listed)
        })
    }
}

/// What a variable says, unless it is refused. What was not UTF-8 has a replacement character.
fn judged<T>(
    name: &'static str,
    accepted: &'static str,
    value: String,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, Error> {
    let parsed = parse(&value).filter(|_| !value.contains(char::REPLACEMENT_CHARACTER));
    parsed.ok_or_else(|| Error::invalid(name, accepted, value))
}

pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ', '\t', '\n']).filter(|word| !word.is_empty())
}

pub(super) fn line(text: &str) -> Option<String> {
    (!text.contains(char::is_control)).then(|| text.to_owned())
}

/// Whether it can be a scope (RFC 6749 §3.3).
fn is_scope(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}

fn web_url(text: &str) -> Option<String> {
    let uri: Uri = text.parse().ok()?;
    let web = matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty());
    web.then(|| text.to_owned())
}

/// An origin as browsers write it (RFC 6454 §6.2): scheme, host and port, nothing after them.
fn origin(text: &str) -> Option<String> {
    let uri: Uri = web_url(text)?.parse().ok()?;
    let bare = uri.path_and_query().is_none_or(|rest| rest.as_str() == "/") && !text.ends_with('/');
    bare.then(|| text.to_ascii_lowercase())
}

fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    match unit {
        "" | "s" => Some(Duration::from_secs(number)),
        "ms" => Some(Duration::from_millis(number)),
        _ => None,
    }
}
