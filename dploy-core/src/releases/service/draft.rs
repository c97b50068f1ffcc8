use serde_json::json;

use crate::{
    artifact::{ExactBytes, SignedUpload, Upload},
    releases::{
        access::{Action, Caller},
        application::{AppRef, Application},
        error::Error,
        name::VersionId,
        ports::RecordError,
        version::{Version, VersionMetadata},
    },
    time::Timestamp,
};

use super::{Releases, archive::draft_key};

/// The longest text of a version's metadata, in characters.
const TEXT_MAX: usize = 300;

/// A version that is to be drafted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DraftRequest {
    /// What to call it.
    pub version: VersionId,
    /// Where it comes from.
    pub metadata: VersionMetadata,
    /// The only bytes that its upload may be.
    pub exact: Option<ExactBytes>,
}

/// A draft and where to upload its archive to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Drafted {
    /// The draft.
    pub version: Version,
    /// Where to upload to.
    pub upload: SignedUpload,
    /// Until when.
    pub upload_expires: Timestamp,
}

impl Releases {
    /// Drafts a version and gives a URL to upload its archive to; needs `publish`. Drafting a draft anew with the same
    /// metadata (its time aside) gives a fresh URL.
    ///
    /// # Errors
    /// [`Error::Conflict`] where the version is published, or drafted with other metadata; [`Error::Invalid`];
    /// [`Error::NotFound`], [`Error::Forbidden`], and where records or artifacts do not answer.
    pub async fn draft(&self, caller: &Caller, app: &AppRef, request: DraftRequest) -> Result<Drafted, Error> {
        let application = self.permitted(caller, app, Action::Publish, "version.draft").await?;
        check(&request, self.options.archive_limit)?;
        let now = self.parts.clock.now();
        let version = match self.parts.records.find_version(&application.id, &request.version).await? {
            Some(known) => self.renewed(caller, known, request, now).await?,
            None => self.drafted(caller, &application, request, now).await?,
        };
        let expires_in = self.options.upload_expires_in;
        let upload = Upload { key: draft_key(&version)?, expires_in, exact: version.exact.clone() };
        let upload = self.parts.uploads.sign(&upload).await?;
        let seconds = i64::try_from(expires_in.as_secs()).unwrap_or(i64::MAX);
        Ok(Drafted { version, upload, upload_expires: now.plus_seconds(seconds) })
    }

    async fn drafted(
        &self,
        caller: &Caller,
        application: &Application,
        request: DraftRequest,
        now: Timestamp,
    ) -> Result<Version, Error> {
        let version = Version {
            id: self.id(),
            app_id: application.id.clone(),
            app: application.name.clone(),
            version: request.version.clone(),
            metadata: request.metadata.clone(),
            exact: request.exact.clone(),
            drafted_at: now,
            created_at: now,
            published: None,
            rejection: None,
        };
        let event = self.draft_event(caller, &version);
        match self.parts.records.create_draft(&version, &event).await {
            // Another request was first: it is a repetition then.
            Err(RecordError::Conflict) => {
                let known = self.parts.records.find_version(&application.id, &request.version).await?;
                let known =
                    known.ok_or_else(|| Error::Conflict("the version was drafted and removed meanwhile".to_owned()))?;
                self.renewed(caller, known, request, now).await
            }
            result => Ok(result.map(|()| version)?),
        }
    }

    async fn renewed(
        &self,
        caller: &Caller,
        known: Version,
        request: DraftRequest,
        now: Timestamp,
    ) -> Result<Version, Error> {
        if known.published.is_some() {
            return Err(published(&known));
        }
        if !known.metadata.same_origin(&request.metadata) {
            let text =
                format!("version \"{}\" is drafted with other metadata; draft it under another id", known.version);
            return Err(Error::Conflict(text));
        }
        let version = Version { drafted_at: now, exact: request.exact, ..known };
        let event = self.draft_event(caller, &version);
        match self.parts.records.renew_draft(&version, &event).await {
            Err(RecordError::Conflict) => Err(published(&version)),
            result => Ok(result.map(|()| version)?),
        }
    }

    fn draft_event(&self, caller: &Caller, version: &Version) -> crate::releases::audit::AuditEvent {
        let origin = &version.metadata;
        let detail = json!({ "gitSha": origin.git_sha, "gitBranch": origin.git_branch, "gitTag": origin.git_tag });
        self.event_of(caller, &version.app, "version.draft", format!("version/{}", version.version), detail.into())
    }
}

pub(super) fn published(version: &Version) -> Error {
    Error::Conflict(format!("version \"{}\" is already published", version.version))
}

fn check(request: &DraftRequest, archive_limit: u64) -> Result<(), Error> {
    let origin = &request.metadata;
    let texts = [
        ("metadata.gitSha", Some(&origin.git_sha), true),
        ("metadata.gitBranch", Some(&origin.git_branch), true),
        ("metadata.gitTag", origin.git_tag.as_ref(), true),
        ("metadata.gitCommitter", origin.git_committer.as_ref(), false),
        ("metadata.buildNumber", origin.build_number.as_ref(), false),
    ];
    for (field, text, required) in texts {
        let Some(text) = text else { continue };
        let fits = text.chars().count() <= TEXT_MAX && !text.contains(char::is_control);
        if !fits || (required && text.trim().is_empty()) {
            let least = if required { 1 } else { 0 };
            return Err(Error::invalid(field, format!("{least} to {TEXT_MAX} characters without control characters")));
        }
    }
    let Some(exact) = &request.exact else { return Ok(()) };
    if exact.size == 0 || exact.size > archive_limit {
        return Err(Error::invalid("artifact.size", format!("1 to {archive_limit} bytes")));
    }
    let hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
    if exact.sha256.len() != 64 || !exact.sha256.bytes().all(hex) {
        return Err(Error::invalid("artifact.sha256", "64 lower-case hex digits"));
    }
    Ok(())
}
