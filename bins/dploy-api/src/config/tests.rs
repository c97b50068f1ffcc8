use std::{collections::BTreeMap, time::Duration};

use dploy_core::environments::{isolation::IsolationLevel, settings::Settings};
use rstest::rstest;

use super::*;

mod refused;

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
    let tokens = config.tokens.clone().unwrap();
    assert_eq!(tokens.audience, "dploy");
    assert_eq!((tokens.username_claim.as_str(), tokens.owner_claim.as_str()), ("name", "sub"));
    assert_eq!(tokens.admin, AdminRule::default());
    let domain = config.environments.unwrap();
    assert_eq!(domain.login.issuer, "https://id.example.org");
    assert_eq!(domain.login.public_issuer, "https://id.example.org");
    assert_eq!(domain.login.scopes, ["openid", "profile", "email"]);
    assert_eq!(config.address.to_string(), "0.0.0.0:8080");
    assert_eq!(domain.namespace, "dploy-system");
    assert_eq!((domain.features, config.cors.environments), (Features::default(), Origins::Any));
    assert_eq!((domain.claim_wait, domain.legacy_owners, config.debug), (Duration::from_secs(2), false, false));
}

#[test]
fn the_defaults_of_environments_are_the_built_in_ones() {
    let settings = Settings::default();
    let of = |name: &str| VARIABLES.iter().find(|variable| variable.name == name).unwrap().default.unwrap();
    assert_eq!(of("DEFAULT_TTL"), settings.ttl_seconds.to_string());
    assert_eq!(of("EXTEND_TTL"), settings.extend_seconds.to_string());
    assert_eq!(Some(of("DEFAULT_ISOLATION")), settings.isolation.level.map(IsolationLevel::as_str));
    assert_eq!(of("MAX_ENVIRONMENTS_PER_USER"), settings.max_instances_per_user.to_string());
    assert_eq!(read(&[("DEFAULT_TTL", "-1")]).unwrap().environments.unwrap().fallbacks.ttl_seconds, Some(-1));
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
    let domain = config.environments.unwrap();
    assert_eq!((domain.features.catalog, domain.features.get_creates), (false, false));
    assert_eq!(domain.claim_wait, Duration::from_millis(500));
    let origins = vec!["https://a.example.org".to_owned(), "http://localhost:3000".to_owned()];
    assert_eq!(config.cors, Cors::from(Origins::Listed(origins)));
    assert_eq!(domain.login.scopes, ["openid", "email", "groups"]);
    assert_eq!(config.tokens.unwrap().admin, AdminRule::parse(Some("roles"), Some("platform-admin")).unwrap());
}

#[test]
fn the_boolean_words_are_those_of_go() {
    assert_eq!(super::read::BOOLEAN, format!("one of {}", dploy_auth::access::BOOLEAN_WORDS));
}

#[test]
fn secrets_are_not_shown() {
    let config = read(&[("OIDC_CLIENT_SECRET", "hunter2")]).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
    assert_eq!(config.environments.unwrap().login.client_secret.reveal(), "hunter2");
}

#[test]
fn the_table_has_every_variable_once() {
    let table = table();
    for variable in VARIABLES {
        assert_eq!(table.matches(&format!("| `{}` |", variable.name)).count(), 1, "{}", variable.name);
    }
}

/// What releases need at least, with more.
fn releases(more: &[(&str, &str)]) -> Result<Config, Error> {
    let least = [("API_KEYS", "k1, k2,,"), ("GITOPS_REPO", "/srv/gitops.git"), ("ARTIFACT_STORE", "folder")];
    let given: BTreeMap<&str, &str> = least.into_iter().chain(more.iter().copied()).collect();
    Config::read(|name| given.get(name).map(|value| (*value).to_owned()))
}

#[rstest]
#[case(&[("API_KEYS", "k")], "releases")]
#[case(&[("DB_PATH", "x.db"), ("JWKS_URL", "http://id/jwks")], "releases")]
#[case(&[("TARGETS", "staging")], "releases")]
#[case(&[("DPLOY_NAMESPACE", "x")], "environments")]
#[case(&[("MANAGER_ENABLED", "true")], "environments")]
#[case(&[("API_KEYS", "k"), ("DEFAULT_TTL", "60")], "environments releases")]
#[case(&[("JWKS_URL", "http://id/jwks")], "environments")]
#[case(&[("PORT", "80")], "environments")]
#[case(&[("OIDC_ACTIONS", "read")], "environments")]
#[case(&[("DPLOY_DOMAINS", "releases"), ("DPLOY_NAMESPACE", "x")], "releases")]
#[case(&[("DPLOY_DOMAINS", "releases,environments")], "environments releases")]
fn the_domains_are_those_whose_variables_are_set(#[case] given: &[(&str, &str)], #[case] served: &str) {
    let given: BTreeMap<&str, &str> = given.iter().copied().collect();
    let get = |name: &str| given.get(name).map(|value| (*value).to_owned());
    let domains: Vec<_> = domains::served(&Reader::new(&get)).unwrap().iter().map(Domain::to_string).collect();
    assert_eq!(domains.join(" "), served);
}

#[test]
fn without_any_variable_both_minimal_sets_are_listed() {
    let error = Config::read(|_| None).unwrap_err().to_string();
    for name in ["JWKS_URL", "JWT_ISSUER", "API_KEYS", "GITOPS_REPO", "S3_BUCKET", "ARTIFACT_STORE=folder"] {
        assert!(error.contains(name), "{error}");
    }
}

#[rstest]
#[case(&[("API_KEYS", ", ")], "API_KEYS must be set")]
#[case(&[("GITOPS_REPO", "")], "GITOPS_REPO must be set")]
#[case(&[("ARTIFACT_STORE", "")], "S3_BUCKET must be set")]
#[case(&[("DB_TYPE", "postgres")], "DATABASE_URL must be set")]
#[case(&[("DPLOY_DOMAINS", "releases,environments")], "JWKS_URL must be set")]
#[case(&[("JWT_ISSUER", "http://id")], "JWKS_URL must be set")]
#[case(&[("ARTIFACT_STORE", "s3"), ("S3_BUCKET", "b"), ("AWS_ACCESS_KEY_ID", "x")], "AWS_SECRET_ACCESS_KEY must be set")]
#[case(&[("DATABASE_URL", "mysql://u:hunter2@x/y")], "DATABASE_URL must be postgres://… or sqlite:…, not \"…\"")]
#[case(&[("GITOPS_REPO", "https://u:hunter2@git/x")], "GITOPS_REPO must be https://…")]
fn s70_what_releases_lack_is_named(#[case] given: &[(&str, &str)], #[case] told: &str) {
    let error = releases(given).unwrap_err().to_string();
    assert!(error.starts_with(told) && !error.contains("hunter2"), "{error}");
}

#[test]
fn s02_keys_are_trimmed_and_blank_ones_are_none() {
    let config = releases(&[]).unwrap().releases.unwrap();
    assert_eq!(config.keys.iter().map(Secret::reveal).collect::<Vec<_>>(), ["k1", "k2"]);
}

#[test]
fn releases_need_neither_a_cluster_nor_a_provider() {
    let config = releases(&[("PORT", "9000")]).unwrap();
    assert_eq!(
        (config.address.port(), config.tokens.is_none(), config.domains()),
        (9000, true, vec![Domain::Releases])
    );
    assert_eq!(config.cors, Cors::default());
    let domain = config.releases.unwrap();
    assert_eq!(domain.database, Database::File("./data/dploy.db".into()));
    assert_eq!(domain.targets.iter().map(ToString::to_string).collect::<Vec<_>>(), ["staging", "production"]);
    assert_eq!(domain.token_actions.len(), 4);
    assert_eq!(releases(&[("PORT", "9000"), ("SERVER_PORT", "9001")]).unwrap().address.port(), 9001);
}

#[test]
fn an_identity_provider_does_instead_of_keys() {
    let given = [("API_KEYS", ""), ("JWKS_URL", "https://id/jwks"), ("JWT_ISSUER", "https://id")];
    let config = releases(&given).unwrap();
    assert!(config.tokens.is_some() && config.environments.is_none());
    assert_eq!(config.releases.unwrap().keys, []);
}

#[test]
fn s3_is_the_default_store_and_takes_the_names_of_the_original() {
    let given = [("ARTIFACT_STORE", ""), ("S3_BUCKET", "b"), ("AWS_ENDPOINT", "http://minio:9000/")];
    let ArtifactsConfig::S3(s3) = releases(&given).unwrap().releases.unwrap().artifacts else { panic!("not S3") };
    assert_eq!((s3.region.as_str(), s3.endpoint.as_deref()), ("us-east-1", Some("http://minio:9000")));
}

#[test]
fn the_check_shows_what_counts_and_no_secret() {
    let given = BTreeMap::from([
        ("API_KEYS", "hunter2"),
        ("GITOPS_REPO", "/srv/gitops.git"),
        ("GITOPS_TOKEN", "hunter2"),
        ("DATABASE_URL", "postgres://u:hunter2@db/x"),
        ("ARTIFACT_STORE", "folder"),
        ("PORT", "9000"),
    ]);
    let text = check_with(|name| given.get(name).map(|value| (*value).to_owned())).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    for line in [
        "# serves releases",
        "SERVER_PORT=9000  # default",
        "PORT=9000",
        "API_KEYS=********",
        "GITOPS_REPO=/srv/gitops.git",
        "GITOPS_USER_NAME=dploy  # default",
        "# GITOPS_BRANCH is unset",
        "# DB_TYPE is not read beside DATABASE_URL",
        "# DB_PATH is not read beside DATABASE_URL",
    ] {
        assert!(text.lines().any(|known| known == line), "{line}\nin\n{text}");
    }
    assert!(!text.contains("DPLOY_NAMESPACE"), "what is not served is not told");
}

const DIRECT: [(&str, &str); 3] = [
    ("DPLOY_ENGINE", "argocd-direct"),
    ("BASE_DOMAIN", "env.example.org"),
    ("ENVIRONMENTS_FILE", "/etc/dploy/environments.yaml"),
];

#[test]
fn an_installation_without_operator_is_told_its_file_its_domain_and_its_argo_cd() {
    let direct = |config: Config| config.environments.unwrap().direct;
    assert_eq!(direct(read(&[]).unwrap()), None);
    assert_eq!(direct(read(&[("DPLOY_ENGINE", "argocd")]).unwrap()), None, "that one has an operator");
    let told = direct(read(&DIRECT).unwrap()).unwrap();
    assert_eq!((told.base_domain.as_str(), told.cleanup_interval), ("env.example.org", Duration::from_secs(60)));
    assert_eq!(told.file.to_str(), Some("/etc/dploy/environments.yaml"));
    let given = [&DIRECT[..], &[("CLEANUP_INTERVAL", "5"), ("ARGOCD_PROJECT", "labs")]].concat();
    let domain = read(&given).unwrap().environments.unwrap();
    assert_eq!(domain.direct.unwrap().cleanup_interval, Duration::from_secs(5));
    assert_eq!(domain.fallbacks.argocd_project.as_deref(), Some("labs"));
}

#[rstest]
#[case("BASE_DOMAIN")]
#[case("ENVIRONMENTS_FILE")]
fn what_an_installation_without_operator_lacks_is_named(#[case] name: &str) {
    let error = read(&[&DIRECT[..], &[(name, "")]].concat()).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{name} must be set: ")), "{error}");
}
