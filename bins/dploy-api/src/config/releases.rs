use std::{collections::BTreeSet, path::PathBuf};

use dploy_core::releases::{
    access::Action,
    name::{BranchName, TargetName},
    target::RepositoryUrl,
};

use super::{
    Error, Secret,
    read::{Reader, line, words},
    variables as v,
};

/// What the releases domain is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReleasesConfig {
    /// Keys that may do everything.
    pub keys: Vec<Secret>,
    /// What bearers of a token who are no administrators may do.
    pub token_actions: BTreeSet<Action>,
    /// Where records are kept.
    pub database: Database,
    /// Where archives are kept.
    pub artifacts: ArtifactsConfig,
    /// The repository that deployments are committed to.
    pub gitops: GitOpsConfig,
    /// The targets that are declared at the first start.
    pub targets: Vec<TargetName>,
    /// How much is accepted.
    pub limits: Limits,
}

/// Where records are kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Database {
    /// A SQLite file.
    File(PathBuf),
    /// A database by its URL, which may hold a password.
    Url(Secret),
}

/// Where archives are kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ArtifactsConfig {
    /// A bucket of S3, or of something that speaks its protocol.
    S3(S3Config),
    /// A folder of this machine; archives are uploaded to this server then.
    Folder {
        /// The folder.
        folder: PathBuf,
        /// This server as clients reach it.
        public_url: Option<String>,
    },
}

/// A bucket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct S3Config {
    /// Its name.
    pub bucket: String,
    /// Its region.
    pub region: String,
    /// The server, where it is not Amazon's.
    pub endpoint: Option<String>,
    /// The server as clients reach it.
    pub public_endpoint: Option<String>,
    /// The access key and its secret; without them as the AWS SDK finds them.
    pub credentials: Option<(String, Secret)>,
}

/// The repository that deployments are committed to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GitOpsConfig {
    /// Its address.
    pub repository: RepositoryUrl,
    /// Its branch; the one of its HEAD where none is given.
    pub branch: Option<BranchName>,
    /// The private key for ssh.
    pub ssh_key: Option<PathBuf>,
    /// The known host keys for ssh.
    pub known_hosts: Option<PathBuf>,
    /// The only accepted host key for ssh, `SHA256:…`.
    pub host_fingerprint: Option<String>,
    /// The token for https.
    pub token: Option<GitToken>,
    /// Certificates to trust for https, PEM.
    pub ca_file: Option<PathBuf>,
    /// Author and committer.
    pub user_name: String,
    /// Their mail address.
    pub user_email: String,
    /// The folder of local clones.
    pub data_folder: PathBuf,
}

/// A token for https.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GitToken {
    /// The token itself.
    Text(Secret),
    /// The file that holds it.
    File(PathBuf),
}

/// How much is accepted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limits {
    /// The largest archive, packed, in bytes.
    pub archive_bytes: u64,
    /// Days a draft is kept.
    pub draft_days: u32,
    /// Deployments that may be queued.
    pub queue_capacity: u64,
}

impl ReleasesConfig {
    /// Reads it; somebody has to be able to call, by a key or, where `tokens` are accepted, by a token.
    pub(super) fn read(from: &Reader<'_>, tokens: bool) -> Result<Self, Error> {
        let keys = keys(from)?;
        if keys.is_empty() && !tokens {
            return Err(Error::missing(&v::API_KEYS));
        }
        Ok(Self {
            keys,
            token_actions: from.list(
                &v::OIDC_ACTIONS,
                "read, publish, deploy, manage or admin, by comma",
                Action::parse,
            )?,
            gitops: GitOpsConfig::read(from)?,
            database: Database::read(from)?,
            artifacts: ArtifactsConfig::read(from)?,
            targets: from.list(&v::TARGETS, "DNS labels by comma", |name| TargetName::parse(name).ok())?,
            limits: Limits {
                archive_bytes: from.number(
                    &v::MAX_ARCHIVE_BYTES,
                    1..=1 << 30,
                    "a whole number from 1 to 1073741824",
                )?,
                draft_days: from.number(&v::DRAFT_DAYS, 1..=3650, "a whole number from 1 to 3650")?,
                queue_capacity: from.number(&v::QUEUE_CAPACITY, 1..=1_000_000, "a whole number from 1 to 1000000")?,
            },
        })
    }
}

fn keys(from: &Reader<'_>) -> Result<Vec<Secret>, Error> {
    let given = from.optional(&v::API_KEYS, "keys by comma, each in one line", |text| {
        let keys = text.split(',').map(str::trim).filter(|key| !key.is_empty());
        keys.map(|key| line(key).map(Secret::new)).collect()
    })?;
    Ok(given.unwrap_or_default())
}

impl Database {
    fn read(from: &Reader<'_>) -> Result<Self, Error> {
        let known =
            |url: &str| ["postgres://", "postgresql://", "sqlite:"].iter().any(|scheme| url.starts_with(scheme));
        let url =
            from.optional(&v::DATABASE_URL, "postgres://… or sqlite:…", |url| line(url).filter(|url| known(url)))?;
        if let Some(url) = url {
            return Ok(Self::Url(Secret::new(url)));
        }
        match from.choice(&v::DB_TYPE, &["sqlite", "postgres", "postgresql"], "sqlite or postgres")?.as_str() {
            "sqlite" => Ok(Self::File(PathBuf::from(from.text(&v::DB_PATH)?))),
            _ => Err(Error::missing(&v::DATABASE_URL)),
        }
    }
}

impl ArtifactsConfig {
    fn read(from: &Reader<'_>) -> Result<Self, Error> {
        let store = from.choice(&v::ARTIFACT_STORE, &["s3", "folder"], "s3 or folder")?;
        if store == "folder" {
            let folder = PathBuf::from(from.text(&v::ARTIFACT_FOLDER)?);
            return Ok(Self::Folder { folder, public_url: from.optional_url(&v::PUBLIC_URL)? });
        }
        let (id, secret) = (from.optional_text(&v::AWS_ACCESS_KEY_ID)?, from.optional_text(&v::AWS_SECRET_ACCESS_KEY)?);
        let credentials = match (id, secret) {
            (Some(id), Some(secret)) => Some((id, Secret::new(secret))),
            (None, None) => None,
            (Some(_), None) => return Err(Error::missing(&v::AWS_SECRET_ACCESS_KEY)),
            (None, Some(_)) => return Err(Error::missing(&v::AWS_ACCESS_KEY_ID)),
        };
        Ok(Self::S3(S3Config {
            bucket: from.text(&v::S3_BUCKET)?,
            region: from.text(&v::S3_REGION)?,
            endpoint: from.optional_url(&v::S3_ENDPOINT)?,
            public_endpoint: from.optional_url(&v::S3_PUBLIC_ENDPOINT)?,
            credentials,
        }))
    }
}

impl GitOpsConfig {
    fn read(from: &Reader<'_>) -> Result<Self, Error> {
        let path = |variable| Ok::<_, Error>(from.optional_text(variable)?.map(PathBuf::from));
        let address = "https://…, ssh://…, user@host:path, file://… or a path from the root, without a password";
        let repository = from.parsed(&v::GITOPS_REPO, address, RepositoryUrl::parse);
        let token = match (from.optional_text(&v::GITOPS_TOKEN)?, path(&v::GITOPS_TOKEN_FILE)?) {
            (Some(token), _) => Some(GitToken::Text(Secret::new(token))),
            (None, file) => file.map(GitToken::File),
        };
        Ok(Self {
            // An address that is refused may be so for its password.
            repository: repository.map_err(Error::without_value)?,
            branch: from.optional(&v::GITOPS_BRANCH, "the name of a branch", |text| BranchName::parse(text).ok())?,
            ssh_key: path(&v::GITOPS_SSH_KEY_PATH)?,
            known_hosts: path(&v::GITOPS_KNOWN_HOSTS)?,
            host_fingerprint: from.optional(&v::GITOPS_HOST_FINGERPRINT, "a fingerprint SHA256:…", fingerprint)?,
            token,
            ca_file: path(&v::GITOPS_CA_FILE)?,
            user_name: from.signature(&v::GITOPS_USER_NAME)?,
            user_email: from.signature(&v::GITOPS_USER_EMAIL)?,
            data_folder: PathBuf::from(from.text(&v::GITOPS_DATA_FOLDER)?),
        })
    }
}

/// The digest of a host key as OpenSSH writes it: SHA-256 in base64 without padding.
fn fingerprint(text: &str) -> Option<String> {
    let digest = text.strip_prefix("SHA256:")?;
    let base64 = digest.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'+' || c == b'/');
    (digest.len() == 43 && base64).then(|| text.to_owned())
}

impl Reader<'_> {
    /// What git can keep as a name or a mail address.
    fn signature(&self, variable: &v::Variable) -> Result<String, Error> {
        let plain = |text: &str| !text.contains(['<', '>']) && !text.contains(char::is_control);
        self.parsed(variable, "text without < and >", |text| plain(text).then(|| text.to_owned()))
    }

    fn list<T, C: FromIterator<T>>(
        &self,
        variable: &v::Variable,
        accepted: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<C, Error> {
        self.parsed(variable, accepted, |text| words(text).map(&parse).collect())
    }
}
