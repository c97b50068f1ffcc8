use std::collections::BTreeMap;

use dploy_core::environments::settings::Settings;
use rstest::rstest;

use super::*;

fn read(given: &[(&str, &str)]) -> Result<Config, Error> {
    let mut variables = BTreeMap::from([
        ("JWKS_URL".to_owned(), "https://id.example.org/jwks".to_owned()),
        ("JWT_ISSUER".to_owned(), "https://id.example.org".to_owned()),
    ]);
    variables.extend(given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Config::read(|name| variables.get(name).cloned())
}

#[test]
fn defaults_are_those_of_the_table() {
    let config = read(&[]).unwrap();
    assert_eq!(config.tokens.audience, "dploy");
    assert_eq!((config.tokens.username_claim.as_str(), config.tokens.owner_claim.as_str()), ("name", "sub"));
    assert_eq!(config.tokens.admin, AdminRule::default());
    assert_eq!(config.login.issuer, "https://id.example.org");
    assert_eq!(config.login.public_issuer, "https://id.example.org");
    assert_eq!(config.login.scopes, ["openid", "profile", "email"]);
    assert_eq!(config.address.to_string(), "0.0.0.0:8080");
    assert_eq!(config.namespace, "dploy-system");
    assert_eq!((config.features, config.cors.clone()), (Features::default(), Origins::Any));
    assert_eq!((config.claim_wait, config.legacy_owners, config.debug), (Duration::from_secs(2), false, false));
}

#[test]
fn the_defaults_of_environments_are_the_built_in_ones() {
    let settings = Settings::default();
    let of = |name: &str| VARIABLES.iter().find(|variable| variable.name == name).unwrap().default.unwrap();
    assert_eq!(of("DEFAULT_TTL"), settings.ttl_seconds.to_string());
    assert_eq!(of("EXTEND_TTL"), settings.extend_seconds.to_string());
    assert_eq!(of("MAX_ENVIRONMENTS_PER_USER"), settings.max_instances_per_user.to_string());
    assert_eq!(read(&[("DEFAULT_TTL", "-1")]).unwrap().fallbacks.ttl_seconds, Some(-1));
}

#[test]
fn an_empty_value_means_unset() {
    let blank: Vec<_> = VARIABLES.iter().filter(|variable| variable.default.is_some()).map(|v| (v.name, " ")).collect();
    assert_eq!(read(&blank).unwrap(), read(&[]).unwrap());
}

#[test]
fn required_variables_are_named() {
    for name in ["JWKS_URL", "JWT_ISSUER"] {
        let error = read(&[(name, "")]).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{name} must be set: ")), "{error}");
    }
}

#[rstest]
#[case("JWKS_URL", "id.example.org/jwks", "an http or https URL")]
#[case("OIDC_ISSUER", "ftp://id", "an http or https URL")]
#[case("OIDC_PUBLIC_ISSUER", "id", "an http or https URL")]
#[case("OIDC_REDIRECT_URL", "/auth/callback", "an http or https URL")]
#[case("DPLOY_NAMESPACE", "Dploy System", "the name of a namespace")]
#[case("MAX_ENVIRONMENTS_PER_USER", "many", "a whole number")]
#[case("DEFAULT_TTL", "1h", "a whole number of seconds")]
#[case("EXTEND_TTL", "-1", "a whole number of seconds")]
#[case("SERVER_HOST", "example.org", "an IP address or localhost")]
#[case("SERVER_PORT", "65536", "a port from 0 to 65535")]
#[case("CATALOG_ENABLED", "no", "one of 1, t, T, TRUE, true, True, 0, f, F, FALSE, false, False, not \"no\"")]
#[case("INSTANCES_LIST_ENABLED", "off", "1, t, T")]
#[case("MANAGER_ENABLED", "disabled", "1, t, T")]
#[case("COMPAT_GET_CREATES", "yes", "1, t, T")]
#[case("LEGACY_OWNERS", "maybe", "1, t, T")]
#[case("DEBUG", "on", "1, t, T")]
#[case("CLAIM_WAIT", "2m", "a time up to 20s")]
#[case("CLAIM_WAIT", "21s", "a time up to 20s")]
#[case("CLAIM_WAIT", "soon", "a time up to 20s")]
#[case("CORS_ORIGINS", "https://a.example.org/path", "* or origins")]
#[case("CORS_ORIGINS", "*, https://a.example.org", "* or origins")]
#[case("ADMIN_VALUE", "yes", "1, t, T")]
fn s14_an_unreadable_value_is_refused_by_name_with_what_is_accepted(
    #[case] name: &str,
    #[case] value: &str,
    #[case] accepted: &str,
) {
    let error = read(&[(name, value)]).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{name} must be ")) && error.contains(accepted), "{error}");
}

#[test]
fn values_are_read_as_documented() {
    let config = read(&[
        ("SERVER_HOST", "::1"),
        ("SERVER_PORT", "0"),
        ("CATALOG_ENABLED", "F"),
        ("COMPAT_GET_CREATES", "0"),
        ("CLAIM_WAIT", "500ms"),
        ("CORS_ORIGINS", "https://A.example.org, http://localhost:3000"),
        ("OIDC_SCOPES", "email openid,groups"),
        ("ADMIN_CLAIM", "roles"),
        ("ADMIN_VALUE", "platform-admin"),
    ])
    .unwrap();
    assert_eq!(config.address.to_string(), "[::1]:0");
    assert_eq!((config.features.catalog, config.features.get_creates), (false, false));
    assert_eq!(config.claim_wait, Duration::from_millis(500));
    let origins = vec!["https://a.example.org".to_owned(), "http://localhost:3000".to_owned()];
    assert_eq!(config.cors, Origins::Listed(origins));
    assert_eq!(config.login.scopes, ["openid", "email", "groups"]);
    assert_eq!(config.tokens.admin, AdminRule::parse(Some("roles"), Some("platform-admin")).unwrap());
}

#[test]
fn the_boolean_words_are_those_of_go() {
    assert_eq!(super::read::BOOLEAN, format!("one of {}", dploy_auth::access::BOOLEAN_WORDS));
}

#[test]
fn secrets_are_not_shown() {
    let config = read(&[("OIDC_CLIENT_SECRET", "hunter2")]).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
    assert_eq!(config.login.client_secret.reveal(), "hunter2");
}

#[test]
fn the_table_has_every_variable_once() {
    let table = table();
    for variable in VARIABLES {
        assert_eq!(table.matches(&format!("| `{}` |", variable.name)).count(), 1, "{}", variable.name);
    }
}
