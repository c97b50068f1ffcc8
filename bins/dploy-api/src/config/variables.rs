/// An environment variable of the server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// The value where it is unset or empty; `None` where it must be set. `$NAME` is the value of another variable.
    pub default: Option<&'static str>,
    /// What it means.
    pub meaning: &'static str,
}

const fn required(name: &'static str, meaning: &'static str) -> Variable {
    Variable { name, default: None, meaning }
}

const fn optional(name: &'static str, default: &'static str, meaning: &'static str) -> Variable {
    Variable { name, default: Some(default), meaning }
}

macro_rules! variables {
    ($($constant:ident = $variable:expr;)*) => {
        $(pub(super) const $constant: Variable = $variable;)*
        /// Every variable that the server reads.
        pub const VARIABLES: &[Variable] = &[$($constant),*];
    };
}

variables! {
    JWKS_URL = required("JWKS_URL", "URL where the identity provider publishes its keys");
    JWT_ISSUER = required("JWT_ISSUER", "the only accepted `iss` claim");
    JWT_AUDIENCE = optional("JWT_AUDIENCE", "dploy", "what the `aud` claim has to be or to contain");
    JWT_USERNAME_CLAIM = optional("JWT_USERNAME_CLAIM", "name", "claim whose text is the user name");
    OWNER_ID_CLAIM = optional("OWNER_ID_CLAIM", "sub", "claim that identifies the person as an owner; the user name where a token has none");
    ADMIN_CLAIM = optional("ADMIN_CLAIM", "is_admin", "claim that makes its bearer an administrator");
    ADMIN_VALUE = optional("ADMIN_VALUE", "true", "what that claim has to be or to contain; a boolean word where the claim is `is_admin`");
    OIDC_ISSUER = optional("OIDC_ISSUER", "$JWT_ISSUER", "issuer as the server reaches it");
    OIDC_PUBLIC_ISSUER = optional("OIDC_PUBLIC_ISSUER", "$OIDC_ISSUER", "issuer as browsers reach it");
    OIDC_CLIENT_ID = optional("OIDC_CLIENT_ID", "dploy", "client id of the browser login");
    OIDC_CLIENT_SECRET = optional("OIDC_CLIENT_SECRET", "dploy-secret", "client secret of the browser login");
    OIDC_REDIRECT_URL = optional("OIDC_REDIRECT_URL", "http://localhost:8080/auth/callback", "where the provider sends the browser back to");
    OIDC_SCOPES = optional("OIDC_SCOPES", "openid,profile,email", "scopes by comma or space; `openid` is always asked for");
    DPLOY_NAMESPACE = optional("DPLOY_NAMESPACE", "dploy-system", "namespace of templates, claims and instances");
    MAX_ENVIRONMENTS_PER_USER = optional("MAX_ENVIRONMENTS_PER_USER", "5", "live environments an owner may have, where OperatorConfig is silent; read by the operator too");
    DEFAULT_TTL = optional("DEFAULT_TTL", "86400", "seconds an environment lives, -1 for ever, where template and OperatorConfig are silent; read by the operator too");
    EXTEND_TTL = optional("EXTEND_TTL", "7200", "seconds one extension adds, where template and OperatorConfig are silent; read by the operator too");
    FLUX_NAMESPACE = optional("FLUX_NAMESPACE", "", "namespace of Flux objects, where OperatorConfig is silent; read by the operator too");
    SERVER_HOST = optional("SERVER_HOST", "0.0.0.0", "address to listen on");
    SERVER_PORT = optional("SERVER_PORT", "8080", "port to listen on, 0 for any free one");
    CATALOG_ENABLED = optional("CATALOG_ENABLED", "true", "whether the public catalog is served");
    INSTANCES_LIST_ENABLED = optional("INSTANCES_LIST_ENABLED", "true", "whether callers can list their environments");
    MANAGER_ENABLED = optional("MANAGER_ENABLED", "true", "whether administrators can list everything");
    COMPAT_GET_CREATES = optional("COMPAT_GET_CREATES", "true", "whether `GET /api/run/{env}` creates as the original's does; `POST` always does");
    CLAIM_WAIT = optional("CLAIM_WAIT", "2s", "how long a create waits for the operator before it answers `pending`");
    LEGACY_OWNERS = optional("LEGACY_OWNERS", "false", "whether objects without owner id belong to everybody whose readable name they carry, the original's rule, under which `john.doe` and `john-doe` are one owner");
    CORS_ORIGINS = optional("CORS_ORIGINS", "*", "origins of web pages that may call the server, by comma or space");
    DEBUG = optional("DEBUG", "false", "whether debug messages are logged");
}
