/// An environment variable of the server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it belongs to.
    pub group: Group,
    /// The value where it is unset or empty; `None` where it must be set. `$NAME` is the value of another variable.
    pub default: Option<&'static str>,
    /// What it means.
    pub meaning: &'static str,
    /// Whether its domain is served where `DPLOY_DOMAINS` is silent and this is set.
    pub selects: bool,
    /// Whether its value is never shown.
    pub secret: bool,
    /// The variable that takes its place where that is set.
    pub unless: Option<&'static str>,
}

/// What a variable belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Group {
    /// The server as a whole.
    Server,
    /// Who is calling, on every domain.
    Access,
    /// Environments from templates.
    Environments,
    /// Versions and their deployments.
    Releases,
}

impl Group {
    /// Every group.
    pub const ALL: [Self; 4] = [Self::Server, Self::Access, Self::Environments, Self::Releases];

    /// Its heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Server => "Server",
            Self::Access => "Who is calling",
            Self::Environments => "Environments",
            Self::Releases => "Releases",
        }
    }
}

const fn variable(group: Group, name: &'static str, default: Option<&'static str>, meaning: &'static str) -> Variable {
    Variable { name, group, default, meaning, selects: false, secret: false, unless: None }
}

impl Variable {
    const fn selecting(self) -> Self {
        Self { selects: true, ..self }
    }

    const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    const fn unless(self, other: &Self) -> Self {
        Self { unless: Some(other.name), ..self }
    }
}

macro_rules! variables {
    ($($constant:ident = $variable:expr;)*) => {
        $(pub(super) const $constant: Variable = $variable;)*
        /// Every variable that the server reads.
        pub const VARIABLES: &[Variable] = &[$($constant),*];
    };
}

variables! {
    DPLOY_DOMAINS = variable(Group::Server, "DPLOY_DOMAINS", Some(""), "what is served: `environments`, `releases` or both by comma; where unset, the domains with a variable of their own set");
    SERVER_HOST = variable(Group::Server, "SERVER_HOST", Some("0.0.0.0"), "address to listen on");
    SERVER_PORT = variable(Group::Server, "SERVER_PORT", Some("$PORT"), "port to listen on, 0 for any free one");
    PORT = variable(Group::Server, "PORT", Some("8080"), "the same where `SERVER_PORT` is unset");
    CORS_ORIGINS = variable(Group::Server, "CORS_ORIGINS", Some(""), "origins of web pages that may call the server, by comma or space, or `*`; where unset, `*` for environments and none for releases");
    DEBUG = variable(Group::Server, "DEBUG", Some("false"), "whether debug messages are logged");
    RUST_LOG = variable(Group::Server, "RUST_LOG", Some(""), "what is logged whatever `DEBUG` says, as levels by comma, each of a module or of all: `warn,dploy_k8s=debug`");
    JWKS_URL = variable(Group::Access, "JWKS_URL", None, "URL where the identity provider publishes its keys; releases do without where `API_KEYS` is set");
    JWT_ISSUER = variable(Group::Access, "JWT_ISSUER", None, "the only accepted `iss` claim; releases do without where `API_KEYS` is set");
    JWT_AUDIENCE = variable(Group::Access, "JWT_AUDIENCE", Some("dploy"), "what the `aud` claim has to be or to contain");
    JWT_USERNAME_CLAIM = variable(Group::Access, "JWT_USERNAME_CLAIM", Some("name"), "claim whose text is the user name");
    OWNER_ID_CLAIM = variable(Group::Access, "OWNER_ID_CLAIM", Some("sub"), "claim that identifies the person as an owner; the user name where a token has none");
    ADMIN_CLAIM = variable(Group::Access, "ADMIN_CLAIM", Some("is_admin"), "claim that makes its bearer an administrator");
    ADMIN_VALUE = variable(Group::Access, "ADMIN_VALUE", Some("true"), "what that claim has to be or to contain; a boolean word where the claim is `is_admin`");
    OIDC_ISSUER = variable(Group::Access, "OIDC_ISSUER", Some("$JWT_ISSUER"), "issuer as the server reaches it");
    OIDC_PUBLIC_ISSUER = variable(Group::Access, "OIDC_PUBLIC_ISSUER", Some("$OIDC_ISSUER"), "issuer as browsers reach it");
    OIDC_CLIENT_ID = variable(Group::Access, "OIDC_CLIENT_ID", Some("dploy"), "client id of the browser login");
    OIDC_CLIENT_SECRET = variable(Group::Access, "OIDC_CLIENT_SECRET", Some("dploy-secret"), "client secret of the browser login").secret();
    OIDC_REDIRECT_URL = variable(Group::Access, "OIDC_REDIRECT_URL", Some("http://localhost:8080/auth/callback"), "where the provider sends the browser back to");
    OIDC_SCOPES = variable(Group::Access, "OIDC_SCOPES", Some("openid,profile,email"), "scopes by comma or space; `openid` is always asked for");
    DPLOY_NAMESPACE = variable(Group::Environments, "DPLOY_NAMESPACE", Some("dploy-system"), "namespace of templates, claims and instances").selecting();
    MAX_ENVIRONMENTS_PER_USER = variable(Group::Environments, "MAX_ENVIRONMENTS_PER_USER", Some("5"), "live environments an owner may have, where OperatorConfig is silent; read by the operator too").selecting();
    DEFAULT_TTL = variable(Group::Environments, "DEFAULT_TTL", Some("86400"), "seconds an environment lives, -1 for ever, where template and OperatorConfig are silent; read by the operator too").selecting();
    EXTEND_TTL = variable(Group::Environments, "EXTEND_TTL", Some("7200"), "seconds one extension adds, where template and OperatorConfig are silent; read by the operator too").selecting();
    FLUX_NAMESPACE = variable(Group::Environments, "FLUX_NAMESPACE", Some(""), "namespace of Flux objects, where OperatorConfig is silent; read by the operator too");
    DEFAULT_ISOLATION = variable(Group::Environments, "DEFAULT_ISOLATION", Some("baseline"), "what keeps environments to themselves, `none`, `privileged`, `baseline` or `restricted`, where template and OperatorConfig are silent; read by the operator too");
    DPLOY_ENGINE = variable(Group::Environments, "DPLOY_ENGINE", Some(""), "engine of templates that name none, where OperatorConfig is silent: `flux` or `argocd`, read by the operator too; or `argocd-direct`, with which there is no operator and this server makes Argo CD Applications of `ENVIRONMENTS_FILE`").selecting();
    ARGOCD_NAMESPACE = variable(Group::Environments, "ARGOCD_NAMESPACE", Some("argocd"), "namespace of Applications, where OperatorConfig is silent; read by the operator too");
    ARGOCD_PROJECT = variable(Group::Environments, "ARGOCD_PROJECT", Some("dploy"), "AppProject of Applications, where OperatorConfig is silent; read by the operator too");
    ARGOCD_SERVER = variable(Group::Environments, "ARGOCD_SERVER", Some("https://kubernetes.default.svc"), "API server that Argo CD deploys to, where OperatorConfig is silent; read by the operator too");
    ENVIRONMENTS_FILE = variable(Group::Environments, "ENVIRONMENTS_FILE", Some(""), "file of the environments that can be asked for; required with `argocd-direct`, else not read");
    BASE_DOMAIN = variable(Group::Environments, "BASE_DOMAIN", Some(""), "domain that hosts of environments end with; required with `argocd-direct`, else not read: OperatorConfig says it");
    CLEANUP_INTERVAL = variable(Group::Environments, "CLEANUP_INTERVAL", Some("60s"), "how often ended environments and their namespaces are removed with `argocd-direct`");
    CATALOG_ENABLED = variable(Group::Environments, "CATALOG_ENABLED", Some("true"), "whether the public catalog is served").selecting();
    INSTANCES_LIST_ENABLED = variable(Group::Environments, "INSTANCES_LIST_ENABLED", Some("true"), "whether callers can list their environments").selecting();
    MANAGER_ENABLED = variable(Group::Environments, "MANAGER_ENABLED", Some("true"), "whether administrators can list everything").selecting();
    COMPAT_GET_CREATES = variable(Group::Environments, "COMPAT_GET_CREATES", Some("true"), "whether `GET /api/run/{env}` creates as the original's does; `POST` always does");
    CLAIM_WAIT = variable(Group::Environments, "CLAIM_WAIT", Some("2s"), "how long a create waits for the operator before it answers `pending`");
    LEGACY_OWNERS = variable(Group::Environments, "LEGACY_OWNERS", Some("false"), "whether objects without owner id belong to everybody whose readable name they carry, the original's rule, under which `john.doe` and `john-doe` are one owner");
    API_KEYS = variable(Group::Releases, "API_KEYS", Some(""), "keys that may do everything, by comma; required unless `JWKS_URL` and `JWT_ISSUER` are set").selecting().secret();
    OIDC_ACTIONS = variable(Group::Access, "OIDC_ACTIONS", Some("read,publish,deploy,manage"), "what bearers of a token who are no administrators may do, by comma: `read`, `publish`, `deploy`, `manage`, `admin`");
    DATABASE_URL = variable(Group::Releases, "DATABASE_URL", Some(""), "database of the records, `postgres://…` or `sqlite:…`; without it `DB_TYPE` and `DB_PATH` count").selecting().secret();
    DB_TYPE = variable(Group::Releases, "DB_TYPE", Some("sqlite"), "`sqlite`; `postgres` needs `DATABASE_URL`").selecting().unless(&DATABASE_URL);
    DB_PATH = variable(Group::Releases, "DB_PATH", Some("./data/dploy.db"), "file of the SQLite database; its folder is made").selecting().unless(&DATABASE_URL);
    ARTIFACT_STORE = variable(Group::Releases, "ARTIFACT_STORE", Some("s3"), "where archives are kept: `s3` or `folder`").selecting();
    ARTIFACT_FOLDER = variable(Group::Releases, "ARTIFACT_FOLDER", Some("./data/artifacts"), "folder of the archives where `ARTIFACT_STORE` is `folder`");
    PUBLIC_URL = variable(Group::Releases, "PUBLIC_URL", Some(""), "address of this server as clients reach it, for upload URLs where `ARTIFACT_STORE` is `folder`; `http://localhost` and the port where unset");
    S3_BUCKET = variable(Group::Releases, "S3_BUCKET", Some(""), "bucket of the archives; required where `ARTIFACT_STORE` is `s3`").selecting();
    S3_REGION = variable(Group::Releases, "S3_REGION", Some("us-east-1"), "region of the bucket").selecting();
    S3_ENDPOINT = variable(Group::Releases, "S3_ENDPOINT", Some("$AWS_ENDPOINT"), "address of an S3-compatible server; buckets are part of the path then").selecting();
    AWS_ENDPOINT = variable(Group::Releases, "AWS_ENDPOINT", Some(""), "the same where `S3_ENDPOINT` is unset");
    S3_PUBLIC_ENDPOINT = variable(Group::Releases, "S3_PUBLIC_ENDPOINT", Some(""), "address of that server as clients reach it, for upload URLs").selecting();
    AWS_ACCESS_KEY_ID = variable(Group::Releases, "AWS_ACCESS_KEY_ID", Some(""), "access key of the bucket; where unset, as the AWS SDK finds it");
    AWS_SECRET_ACCESS_KEY = variable(Group::Releases, "AWS_SECRET_ACCESS_KEY", Some(""), "secret of that access key").secret();
    GITOPS_REPO = variable(Group::Releases, "GITOPS_REPO", Some(""), "repository that deployments are committed to: `https://…`, `ssh://…`, `user@host:path`, `file://…` or a path; required").selecting();
    GITOPS_BRANCH = variable(Group::Releases, "GITOPS_BRANCH", Some(""), "its branch; the one that its HEAD names where unset").selecting();
    GITOPS_SSH_KEY_PATH = variable(Group::Releases, "GITOPS_SSH_KEY_PATH", Some(""), "private key for ssh").selecting();
    GITOPS_KNOWN_HOSTS = variable(Group::Releases, "GITOPS_KNOWN_HOSTS", Some(""), "file of known host keys for ssh").selecting();
    GITOPS_HOST_FINGERPRINT = variable(Group::Releases, "GITOPS_HOST_FINGERPRINT", Some(""), "the only accepted host key for ssh, as `SHA256:…`").selecting();
    GITOPS_TOKEN = variable(Group::Releases, "GITOPS_TOKEN", Some(""), "token for https").selecting().secret();
    GITOPS_TOKEN_FILE = variable(Group::Releases, "GITOPS_TOKEN_FILE", Some(""), "file that holds the token for https").selecting();
    GITOPS_CA_FILE = variable(Group::Releases, "GITOPS_CA_FILE", Some(""), "certificates to trust for https, as PEM").selecting();
    GITOPS_USER_NAME = variable(Group::Releases, "GITOPS_USER_NAME", Some("dploy"), "author and committer of commits").selecting();
    GITOPS_USER_EMAIL = variable(Group::Releases, "GITOPS_USER_EMAIL", Some("dploy@localhost"), "mail address of author and committer").selecting();
    GITOPS_DATA_FOLDER = variable(Group::Releases, "GITOPS_DATA_FOLDER", Some("./data/gitops"), "folder of local clones; they can be deleted at any time").selecting();
    TARGETS = variable(Group::Releases, "TARGETS", Some("staging,production"), "targets that are declared at the first start, by comma").selecting();
    MAX_ARCHIVE_BYTES = variable(Group::Releases, "MAX_ARCHIVE_BYTES", Some("10485760"), "largest archive, packed, in bytes");
    DRAFT_DAYS = variable(Group::Releases, "DRAFT_DAYS", Some("7"), "days a draft is kept");
    QUEUE_CAPACITY = variable(Group::Releases, "QUEUE_CAPACITY", Some("10000"), "deployments that may be queued");
}
