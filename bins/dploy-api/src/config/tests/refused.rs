use super::*;

/// What else is set where a variable counts.
#[derive(Clone, Copy, Debug)]
enum Beside {
    /// What environments need.
    Environments,
    /// What environments without an operator need.
    Direct,
    /// What releases need, with a folder of archives.
    Releases,
    /// What releases need, with a bucket.
    Bucket,
}

use Beside::{Bucket, Direct, Environments, Releases};

const LINE: &str = "one line of text in UTF-8";
const LINES: &str = "two\nlines";
const URL: &str = "an http or https URL";
const WORDS: &str = "one of 1, t, T, TRUE, true, True, 0, f, F, FALSE, false, False";

/// A variable, a value that it refuses, and what the refusal says is accepted.
const REFUSED: &[(Beside, &str, &str, &str)] = &[
    (Environments, "DPLOY_DOMAINS", "release", "environments, releases or both, by comma"),
    (Environments, "SERVER_HOST", "example.org", "an IP address or localhost"),
    (Environments, "SERVER_PORT", "65536", "a port from 0 to 65535"),
    (Environments, "PORT", "http", "a port from 0 to 65535, not \"http\""),
    (Environments, "CORS_ORIGINS", "https://a.example.org/path", "* or origins such as https://"),
    (Environments, "CORS_ORIGINS", "*, https://a.example.org", "* or origins such as https://"),
    (Environments, "DEBUG", "on", WORDS),
    (Environments, "RUST_LOG", "dploy_k8s=loud", "levels by comma such as info or warn,dploy_k8s=debug"),
    (Environments, "JWKS_URL", "id.example.org/jwks", URL),
    (Environments, "JWT_ISSUER", LINES, LINE),
    (Environments, "JWT_AUDIENCE", LINES, LINE),
    (Environments, "JWT_AUDIENCE", "not UTF-\u{fffd}", LINE),
    (Environments, "JWT_USERNAME_CLAIM", LINES, LINE),
    (Environments, "OWNER_ID_CLAIM", LINES, LINE),
    (Environments, "ADMIN_CLAIM", LINES, LINE),
    (Environments, "ADMIN_VALUE", "yes", WORDS),
    (Environments, "OIDC_ISSUER", "ftp://id", URL),
    (Environments, "OIDC_ISSUER", "https://id/\u{fffd}", URL),
    (Environments, "OIDC_PUBLIC_ISSUER", "id", URL),
    (Environments, "OIDC_CLIENT_ID", LINES, LINE),
    (Environments, "OIDC_CLIENT_SECRET", LINES, LINE),
    (Environments, "OIDC_REDIRECT_URL", "/auth/callback", URL),
    (Environments, "OIDC_SCOPES", "openid, gro\u{fc}ps", "scopes by comma or space"),
    (Environments, "DPLOY_NAMESPACE", "Dploy System", "the name of a namespace"),
    (Environments, "MAX_ENVIRONMENTS_PER_USER", "many", "a whole number from 0"),
    (Environments, "DEFAULT_TTL", "1h", "a whole number of seconds, or -1"),
    (Environments, "DEFAULT_TTL", "-2", "a whole number of seconds, or -1"),
    (Environments, "EXTEND_TTL", "-1", "a whole number of seconds from 0"),
    (Environments, "FLUX_NAMESPACE", "Flux System", "the name of a namespace"),
    (Environments, "DEFAULT_ISOLATION", "strict", "one of none, privileged, baseline, restricted"),
    (Environments, "DPLOY_ENGINE", "helmfile", "flux, argocd or argocd-direct"),
    (Environments, "ARGOCD_NAMESPACE", "Argo CD", "the name of a namespace"),
    (Environments, "ARGOCD_PROJECT", "My Project", "the name of an AppProject"),
    (Environments, "ARGOCD_SERVER", "kubernetes", "the URL of an API server"),
    (Direct, "ENVIRONMENTS_FILE", LINES, LINE),
    (Direct, "BASE_DOMAIN", "https://env", "a domain in lower case such as env.example.org"),
    (Direct, "CLEANUP_INTERVAL", "0", "a time from 1s to 86400s"),
    (Direct, "CLEANUP_INTERVAL", "soon", "a time from 1s to 86400s"),
    (Environments, "CATALOG_ENABLED", "no", WORDS),
    (Environments, "INSTANCES_LIST_ENABLED", "off", WORDS),
    (Environments, "MANAGER_ENABLED", "disabled", WORDS),
    (Environments, "COMPAT_GET_CREATES", "yes", WORDS),
    (Environments, "CLAIM_WAIT", "21s", "a time up to 20s"),
    (Environments, "CLAIM_WAIT", "2m", "a time up to 20s"),
    (Environments, "LEGACY_OWNERS", "maybe", WORDS),
    (Releases, "API_KEYS", "hun\nter2", "keys by comma, each in one line"),
    (Releases, "OIDC_ACTIONS", "everything", "read, publish, deploy, manage or admin, by comma"),
    (Releases, "DATABASE_URL", "mysql://u:hunter2@x/y", "postgres://… or sqlite:…, not \"…\""),
    (Releases, "DB_TYPE", "mysql", "sqlite or postgres, not \"mysql\""),
    (Releases, "DB_PATH", LINES, LINE),
    (Releases, "ARTIFACT_STORE", "ftp", "s3 or folder"),
    (Releases, "ARTIFACT_FOLDER", LINES, LINE),
    (Releases, "PUBLIC_URL", "deploy.example.org", URL),
    (Bucket, "S3_BUCKET", LINES, LINE),
    (Bucket, "S3_REGION", LINES, LINE),
    (Bucket, "S3_ENDPOINT", "minio:9000", URL),
    (Bucket, "AWS_ENDPOINT", "minio:9000", URL),
    (Bucket, "S3_PUBLIC_ENDPOINT", "s3", URL),
    (Bucket, "AWS_ACCESS_KEY_ID", LINES, LINE),
    (Bucket, "AWS_SECRET_ACCESS_KEY", LINES, LINE),
    (Releases, "GITOPS_REPO", "https://u:hunter2@git/x", "without a password, not \"…\""),
    (Releases, "GITOPS_REPO", "/srv/\u{fffd}", "a path from the root"),
    (Releases, "GITOPS_BRANCH", "-x", "the name of a branch, not \"-x\""),
    (Releases, "GITOPS_SSH_KEY_PATH", LINES, LINE),
    (Releases, "GITOPS_KNOWN_HOSTS", LINES, LINE),
    (Releases, "GITOPS_HOST_FINGERPRINT", "MD5:00", "a fingerprint SHA256:…"),
    (Releases, "GITOPS_TOKEN", LINES, LINE),
    (Releases, "GITOPS_TOKEN_FILE", LINES, LINE),
    (Releases, "GITOPS_CA_FILE", LINES, LINE),
    (Releases, "GITOPS_USER_NAME", "a <b>", "text without < and >"),
    (Releases, "GITOPS_USER_EMAIL", "a@b>", "text without < and >"),
    (Releases, "GITOPS_DATA_FOLDER", LINES, LINE),
    (Releases, "TARGETS", "staging,../x", "DNS labels by comma, not \"staging,../x\""),
    (Releases, "MAX_ARCHIVE_BYTES", "10MB", "a whole number from 1 to 1073741824"),
    (Releases, "DRAFT_DAYS", "0", "a whole number from 1 to 3650"),
    (Releases, "QUEUE_CAPACITY", "0", "a whole number from 1 to 1000000"),
];

fn read_beside(beside: Beside, given: (&str, &str)) -> Result<Config, Error> {
    match beside {
        Environments => read(&[given]),
        Direct => read(&[&DIRECT[..], &[given]].concat()),
        Releases => releases(&[given]),
        Bucket => releases(&[("ARTIFACT_STORE", "s3"), ("S3_BUCKET", "b"), given]),
    }
}

#[test]
fn s14_s70_every_variable_has_a_value_that_is_refused_by_name_with_what_is_accepted() {
    for (beside, name, value, accepted) in REFUSED {
        let error = read_beside(*beside, (*name, *value)).expect_err(name).to_string();
        assert!(error.starts_with(&format!("{name} must be ")) && error.contains(accepted), "{error}");
        let secret = VARIABLES.iter().any(|variable| variable.name == *name && variable.secret);
        assert!(!secret || !error.contains(value), "{name} is told");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn no_variable_is_without_a_refused_value() {
    for variable in VARIABLES {
        assert!(REFUSED.iter().any(|(_, name, ..)| *name == variable.name), "{} refuses nothing", variable.name);
    }
}
