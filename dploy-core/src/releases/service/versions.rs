use std::collections::BTreeMap;

use serde_json::json;

use crate::releases::{
    access::{Action, Caller},
    application::{AppRef, Application},
    error::Error,
    name::{TargetName, VersionId},
    page::{Page, Paged},
    version::{Rejection, Version, VersionStatus},
};

use super::Releases;

/// The longest reason, in characters.
pub(super) const REASON_MAX: usize = 500;

/// A version and where it runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VersionView {
    /// The version.
    pub version: Version,
    /// The targets where it is the current version, sorted.
    pub deployed_to: Vec<TargetName>,
}

impl Releases {
    /// The versions of an application; needs `read`.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], and where the records do not answer.
    pub async fn versions(
        &self,
        caller: &Caller,
        app: &AppRef,
        status: Option<VersionStatus>,
        page: Page,
    ) -> Result<Paged<VersionView>, Error> {
        let application = self.permitted(caller, app, Action::Read, "version.list").await?;
        let running = self.running(&application).await?;
        let versions = self.parts.records.list_versions(&application.id, status, page).await?;
        Ok(versions.map(|version| view(version, &running)))
    }

    /// A version; needs `read`.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], and where the records do not answer.
    pub async fn version(&self, caller: &Caller, app: &AppRef, version: &VersionId) -> Result<VersionView, Error> {
        let application = self.permitted(caller, app, Action::Read, "version.read").await?;
        let running = self.running(&application).await?;
        Ok(view(self.known_version(&application, version).await?, &running))
    }

    /// Keeps a version from being deployed, or with `None` lets it be deployed again; needs `manage`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a reason that is empty or too long; [`Error::NotFound`], [`Error::Forbidden`], and where the
    /// records do not answer.
    pub async fn reject(
        &self,
        caller: &Caller,
        app: &AppRef,
        version: &VersionId,
        reason: Option<&str>,
    ) -> Result<Version, Error> {
        let verb = if reason.is_some() { "version.reject" } else { "version.accept" };
        let application = self.permitted(caller, app, Action::Manage, verb).await?;
        let version = self.known_version(&application, version).await?;
        let rejection = reason.map(|reason| self.rejection(caller, reason)).transpose()?;
        let (object, detail) = (format!("version/{}", version.version), json!({ "reason": reason }));
        let event = self.event_of(caller, &version.app, verb, object, detail.into());
        self.parts.records.reject(&version.id, rejection.as_ref(), &event).await?;
        Ok(Version { rejection, ..version })
    }

    fn rejection(&self, caller: &Caller, reason: &str) -> Result<Rejection, Error> {
        let reason = checked_reason(reason)?;
        Ok(Rejection { reason, by: caller.actor.clone(), at: self.parts.clock.now() })
    }

    pub(super) async fn known_version(&self, application: &Application, version: &VersionId) -> Result<Version, Error> {
        let found = self.parts.records.find_version(&application.id, version).await?;
        found.ok_or_else(|| Error::not_found("version", version.as_str()))
    }

    /// Where each version of the application runs.
    async fn running(&self, application: &Application) -> Result<BTreeMap<VersionId, Vec<TargetName>>, Error> {
        let mut running: BTreeMap<VersionId, Vec<TargetName>> = BTreeMap::new();
        for stands in self.stands(&application.id).await? {
            let Some(current) = stands.current else { continue };
            running.entry(current.version).or_default().push(stands.target);
        }
        Ok(running)
    }
}

fn view(version: Version, running: &BTreeMap<VersionId, Vec<TargetName>>) -> VersionView {
    VersionView { deployed_to: running.get(&version.version).cloned().unwrap_or_default(), version }
}

pub(super) fn checked_reason(reason: &str) -> Result<String, Error> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_MAX || reason.contains(char::is_control) {
        return Err(Error::invalid("reason", format!("1 to {REASON_MAX} characters without control characters")));
    }
    Ok(reason.to_owned())
}
