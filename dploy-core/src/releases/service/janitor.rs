use futures::StreamExt;

use crate::{
    artifact::ArtifactKey,
    json::Json,
    releases::{
        access::{Caller, Scope},
        application::AppRef,
        error::Error,
        name::VersionId,
        ports::RecordError,
        version::Version,
    },
};

use super::{Releases, archive::draft_key};

/// How many drafts are removed before others get a turn.
const PORTION: u32 = 100;
/// Seconds in a day.
const DAY: i64 = 86_400;

impl Releases {
    /// Removes drafts that were not published in time, and uploads that belong to no draft; how many of both. It can be
    /// interrupted and repeated at will, and by several replicas at once.
    ///
    /// # Errors
    /// Where records or artifacts do not answer.
    pub async fn sweep(&self) -> Result<u64, Error> {
        let before = self.parts.clock.now().plus_seconds(-DAY * i64::from(self.options.draft_days));
        let mut removed = 0;
        for draft in self.parts.records.expired_drafts(before, PORTION).await? {
            removed += u64::from(self.expire(&draft).await?);
        }
        let drafts = ArtifactKey::parse("drafts").map_err(|error| Error::Internal(Box::new(error)))?;
        let mut uploads = self.parts.artifacts.list(&drafts);
        while let Some(upload) = uploads.next().await {
            let upload = upload?;
            if upload.written_at < before || self.is_orphan(&upload.key).await? {
                self.parts.artifacts.remove(&upload.key).await?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    async fn expire(&self, draft: &Version) -> Result<bool, Error> {
        let janitor = Caller::new("janitor", Scope::all());
        let object = format!("version/{}", draft.version);
        let event = self.event_of(&janitor, &draft.app, "version.expire", object, Json::object());
        match self.parts.records.remove_draft(draft, &event).await {
            Err(RecordError::Conflict) => Ok(false),
            other => {
                other?;
                self.parts.artifacts.remove(&draft_key(draft)?).await?;
                Ok(true)
            }
        }
    }

    /// Whether an upload belongs to a version that is published: somebody used an old URL once more.
    async fn is_orphan(&self, key: &ArtifactKey) -> Result<bool, Error> {
        let mut segments = key.as_str().split('/').skip(1);
        let (Some(app), Some(version)) = (segments.next(), segments.next()) else { return Ok(false) };
        let Ok(version) = VersionId::parse(version) else { return Ok(false) };
        let Some(app) = self.parts.records.find_application(&AppRef::new(app)).await? else { return Ok(false) };
        let version = self.parts.records.find_version(&app.id, &version).await?;
        Ok(version.is_some_and(|version| version.published.is_some()))
    }
}
