//! What the operator is told by flags and environment variables.

use std::{
    ffi::{OsStr, OsString},
    fmt::Display,
    net::SocketAddr,
    ops::RangeInclusive,
    str::FromStr,
};

use clap::{Arg, Command, CommandFactory, FromArgMatches, Parser, builder::Resettable};
use dploy_core::{environments::settings::Fallbacks, name::is_label};
use dploy_k8s::{cluster::LeaseConfig, controller::Clock, environments::convert::seconds};
use tracing_subscriber::EnvFilter;

use crate::Error;

/// The name of the lease, as the original has it.
const LEASE_NAME: &str = "dploy-operator.dploy.dev";
/// The name of the program, where a variable is read as its flag.
const PROGRAM: &str = "dploy-operator";

/// The operator of dploy: binds claims, keeps pools, installs, expires and tears down environments.
#[derive(Clone, Debug, Parser)]
#[command(name = PROGRAM, version)]
pub struct Config {
    /// The namespace that the platform itself lives in; the lease is kept there.
    #[arg(long, env = "DPLOY_NAMESPACE", default_value = "dploy-system", value_parser = label)]
    pub namespace: String,
    /// Where metrics are served as plain HTTP at /metrics; `0` turns them off.
    #[arg(long, env = "METRICS_BIND_ADDRESS", default_value = "127.0.0.1:8443")]
    pub metrics_bind_address: Address,
    /// Where /livez, /readyz and /healthz are served; `0` turns them off.
    #[arg(long, env = "HEALTH_PROBE_BIND_ADDRESS", default_value = ":8081")]
    pub health_probe_bind_address: Address,
    /// Whether this process competes for leadership; without it, it must be the only one.
    #[arg(long, env = "LEADER_ELECT", default_value = "true", num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set, value_parser = boolean)]
    pub leader_elect: bool,
    /// How many objects of a kind are worked on at once.
    #[arg(long, env = "CONCURRENCY", default_value = "32", value_parser = within::<u16>(1..=1024))]
    pub concurrency: u16,
    /// Seconds after which everything is looked at again though nothing has changed.
    #[arg(long, env = "RESYNC_PERIOD", default_value = "600", value_parser = within::<u32>(1..=86_400))]
    pub resync_period: u32,
    /// Seconds after which others may take the lease of a leader that went silent.
    #[arg(long, env = "LEASE_DURATION", default_value = "15", value_parser = within::<u16>(3..=600))]
    pub lease_duration: u16,
    /// Whether objects without owner id count for everybody whose readable name they carry, as for dploy-api.
    #[arg(long, env = "LEGACY_OWNERS", default_value = "false", num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set, value_parser = boolean)]
    pub legacy_owners: bool,
    /// How long an object that no instance owns is left before it is removed, as a duration such as 90s, 15m or 1h.
    #[arg(long, env = "ORPHAN_GRACE", default_value = "1h", value_parser = grace)]
    pub orphan_grace: Grace,
    /// Whether debug messages are logged.
    #[arg(long, env = "DEBUG", default_value = "false", num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set, value_parser = boolean)]
    pub debug: bool,
    /// What is logged whatever `--debug` says, as levels by comma, each of a module or of all: `warn,dploy_k8s=debug`.
    #[arg(long, env = "RUST_LOG", value_name = "LEVELS", value_parser = directives)]
    pub log: Option<String>,
    /// The defaults of environments where OperatorConfig is silent, from the variables that the API reads too.
    #[arg(skip)]
    pub fallbacks: Fallbacks,
    /// What tells the time of deadlines; the system's clock unless a program that embeds the operator has another.
    #[arg(skip = Clock::system())]
    pub clock: Clock,
}

impl Config {
    /// The configuration of this process: its flags, then its environment variables; an empty variable is unset.
    ///
    /// # Errors
    /// The first variable that cannot be read. A flag that cannot be read ends the process with clap's message.
    pub fn from_process() -> Result<Self, Error> {
        Self::with_arguments(std::env::args_os())
    }

    /// As [`Self::from_process`], with these arguments, the program's name first.
    ///
    /// # Errors
    /// As [`Self::from_process`].
    pub fn with_arguments(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> Result<Self, Error> {
        // What is not UTF-8 has a replacement character from here on, which no variable accepts.
        let get = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        let command = with_variables(Self::command(), &get)?;
        let matches = command.get_matches_from(arguments);
        let mut config = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        config.fallbacks = Fallbacks::read(get)?;
        Ok(config)
    }

    /// What is logged, as directives of `tracing_subscriber::EnvFilter`.
    #[must_use]
    pub fn directives(&self) -> &str {
        let level = if self.debug { "debug,kube=info,hyper=info,tower=info" } else { "info" };
        self.log.as_deref().unwrap_or(level)
    }

    /// The election's times: those of client-go, in proportion to the lease duration.
    #[must_use]
    pub fn lease(&self) -> LeaseConfig {
        let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "dploy-operator".to_owned());
        let duration = std::time::Duration::from_secs(self.lease_duration.into());
        LeaseConfig {
            lease_duration: duration,
            renew_deadline: duration.mul_f64(2.0 / 3.0),
            retry_period: duration.mul_f64(2.0 / 15.0),
            call_timeout: duration.mul_f64(4.0 / 15.0),
            ..LeaseConfig::new(&self.namespace, LEASE_NAME, host)
        }
    }
}

/// The command with the environment variables that say something; each of them can be read.
fn with_variables(command: Command, get: &dyn Fn(&str) -> Option<String>) -> Result<Command, Error> {
    let given = |arg: &Arg| {
        let name = arg.get_env().and_then(OsStr::to_str)?.to_owned();
        let value = get(&name)?.trim().to_owned();
        (!value.is_empty()).then_some((name, value))
    };
    let bare = command.clone().mut_args(|arg| arg.env(Resettable::Reset));
    for arg in command.get_arguments() {
        let (Some((name, value)), Some(flag)) = (given(arg), arg.get_long()) else { continue };
        let read = bare.clone().try_get_matches_from([PROGRAM.to_owned(), format!("--{flag}={value}")]);
        read.map_err(|error| Error::setting(name, &error))?;
    }
    Ok(command.mut_args(|arg| if given(&arg).is_some() { arg } else { arg.env(Resettable::Reset) }))
}

/// Reads the name of a namespace.
fn label(text: &str) -> Result<String, String> {
    let text = text.trim();
    if is_label(text) { Ok(text.to_owned()) } else { Err("must be the name of a namespace".to_owned()) }
}

/// Reads a whole number of that range.
fn within<N>(range: RangeInclusive<N>) -> impl Fn(&str) -> Result<N, String> + Clone + Send + Sync + 'static
where
    N: FromStr + PartialOrd + Display + Clone + Send + Sync + 'static,
{
    move |text| {
        let number = text.trim().parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| format!("must be a whole number from {} to {}", range.start(), range.end()))
    }
}

/// Reads a boolean as Go's `strconv.ParseBool` does.
fn boolean(text: &str) -> Result<bool, String> {
    match text.trim() {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("must be one of 1, t, T, true, TRUE, True, 0, f, F, false, FALSE, False".to_owned()),
    }
}

/// Reads what is logged.
fn directives(text: &str) -> Result<String, String> {
    let read = EnvFilter::try_new(text).ok().filter(|_| !text.contains(char::REPLACEMENT_CHARACTER));
    read.map(|_| text.to_owned())
        .ok_or_else(|| "must be levels by comma such as info or warn,dploy_k8s=debug".to_owned())
}

/// Whole seconds, as a Go duration says them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Grace(pub u32);

fn grace(text: &str) -> Result<Grace, String> {
    seconds(text.trim())
        .map(Grace)
        .ok_or_else(|| "must be a duration of at least a second such as 90s, 15m or 1h".to_owned())
}

/// An address to listen on, as Go writes it: `:8081` means every interface, `0` means none at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Address {
    /// Nothing is served.
    Off,
    /// It is served here.
    At(SocketAddr),
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text == "0" {
            return Ok(Self::Off);
        }
        let whole =
            if text.starts_with(':') { format!("0.0.0.0{text}") } else { text.replace("localhost:", "127.0.0.1:") };
        let parsed = whole.parse().map(Self::At);
        parsed.map_err(|_| {
            "must be ADDRESS:PORT such as 127.0.0.1:8443, :PORT for every interface, or 0 for none".to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("0", Address::Off)]
    #[case(":8081", Address::At(([0, 0, 0, 0], 8081).into()))]
    #[case("127.0.0.1:8443", Address::At(([127, 0, 0, 1], 8443).into()))]
    fn addresses_read_as_go_writes_them(#[case] text: &str, #[case] expected: Address) {
        assert_eq!(text.parse(), Ok(expected));
    }

    #[test]
    fn a_bad_flag_is_named_with_what_it_accepts() {
        let error = Config::try_parse_from(["dploy-operator", "--leader-elect=yes"]).unwrap_err().to_string();
        assert!(error.contains("--leader-elect") && error.contains("must be one of 1, t, T"), "{error}");
        for wrong in ["3600", "0s", "soon", "-1h"] {
            let error = Config::try_parse_from(["dploy-operator", &format!("--orphan-grace={wrong}")]).unwrap_err();
            let error = error.to_string();
            assert!(error.contains("--orphan-grace") && error.contains("such as 90s, 15m or 1h"), "{error}");
        }
        assert_eq!(Config::try_parse_from(["dploy-operator"]).unwrap().orphan_grace, Grace(3600));
        let error = Config::try_parse_from(["dploy-operator", "--metrics-bind-address=8443"]).unwrap_err().to_string();
        assert!(error.contains("--metrics-bind-address") && error.contains("ADDRESS:PORT"), "{error}");
    }

    #[test]
    fn a_period_out_of_range_is_named_with_what_it_accepts() {
        let error = Config::try_parse_from(["dploy-operator", "--resync-period=0"]).unwrap_err().to_string();
        assert!(error.contains("--resync-period") && error.contains("a whole number from 1 to 86400"), "{error}");
    }

    #[test]
    fn leader_election_is_on_and_can_be_turned_off() {
        assert!(Config::try_parse_from(["dploy-operator"]).unwrap().leader_elect);
        assert!(!Config::try_parse_from(["dploy-operator", "--leader-elect=false"]).unwrap().leader_elect);
    }

    const REFUSED: &[(&str, &str, &str)] = &[
        ("DPLOY_NAMESPACE", "Dploy System", "the name of a namespace"),
        ("METRICS_BIND_ADDRESS", "8443", "ADDRESS:PORT such as 127.0.0.1:8443, :PORT for every interface, or 0"),
        ("HEALTH_PROBE_BIND_ADDRESS", "everywhere", "ADDRESS:PORT such as 127.0.0.1:8443"),
        ("LEADER_ELECT", "yes", "one of 1, t, T, true, TRUE, True, 0, f, F, false, FALSE, False"),
        ("CONCURRENCY", "many", "a whole number from 1 to 1024"),
        ("CONCURRENCY", "0", "a whole number from 1 to 1024"),
        ("RESYNC_PERIOD", "10m", "a whole number from 1 to 86400"),
        ("LEASE_DURATION", "2", "a whole number from 3 to 600"),
        ("LEGACY_OWNERS", "no", "one of 1, t, T"),
        ("ORPHAN_GRACE", "3600", "a duration of at least a second such as 90s, 15m or 1h"),
        ("DEBUG", "verbose", "one of 1, t, T"),
        ("DEBUG", "\u{fffd}", "one of 1, t, T"),
        ("RUST_LOG", "dploy_k8s=loud", "levels by comma such as info or warn,dploy_k8s=debug"),
        ("RUST_LOG", "\u{fffd}", "levels by comma such as info or warn,dploy_k8s=debug"),
    ];

    #[test]
    fn s14_every_variable_has_a_value_that_is_refused_by_name_with_what_is_accepted() {
        for (name, value, accepted) in REFUSED {
            let get = |asked: &str| (asked == *name).then(|| (*value).to_owned());
            let error = with_variables(Config::command(), &get).unwrap_err().to_string();
            assert!(error.starts_with(&format!("the environment variable {name} must be {accepted}")), "{error}");
        }
        for name in Config::command().get_arguments().filter_map(Arg::get_env) {
            assert!(REFUSED.iter().any(|(refused, ..)| name == *refused), "{name:?} refuses nothing");
        }
    }

    #[test]
    fn an_empty_variable_is_unset() {
        let command = with_variables(Config::command(), &|_| Some(" ".to_owned())).unwrap();
        assert!(command.get_arguments().all(|arg| arg.get_env().is_none()));
        let command = with_variables(Config::command(), &|name| (name == "DEBUG").then(|| " 1 ".to_owned())).unwrap();
        let read: Vec<_> = command.get_arguments().filter_map(Arg::get_env).collect();
        assert_eq!(read, ["DEBUG"]);
    }
}
