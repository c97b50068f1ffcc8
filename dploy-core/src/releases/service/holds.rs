use serde_json::json;

use crate::releases::{
    access::{Action, Caller},
    application::AppRef,
    error::Error,
    name::TargetName,
    target::Hold,
};

use super::{Releases, versions::checked_reason};

impl Releases {
    /// Keeps policies from deploying an application to a target; needs `deploy`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a target that is not declared or an empty reason; [`Error::NotFound`], [`Error::Forbidden`], and
    /// where the records do not answer.
    pub async fn hold(&self, caller: &Caller, app: &AppRef, target: &TargetName, reason: &str) -> Result<Hold, Error> {
        let reason = checked_reason(reason)?;
        let hold = Hold { reason, by: caller.actor.clone(), at: self.parts.clock.now(), deployment: None };
        self.set_hold(caller, app, target, Some(&hold), "hold.set").await?;
        Ok(hold)
    }

    /// Lets policies deploy an application to a target again; needs `deploy`. Without a hold it changes nothing.
    ///
    /// # Errors
    /// As [`Releases::hold`].
    pub async fn resume(&self, caller: &Caller, app: &AppRef, target: &TargetName) -> Result<(), Error> {
        self.set_hold(caller, app, target, None, "hold.lift").await
    }

    async fn set_hold(
        &self,
        caller: &Caller,
        app: &AppRef,
        target: &TargetName,
        hold: Option<&Hold>,
        verb: &'static str,
    ) -> Result<(), Error> {
        let application = self.permitted(caller, app, Action::Deploy, verb).await?;
        self.declared("environment", target).await?;
        let detail = json!({ "environment": target.as_str(), "reason": hold.map(|hold| &hold.reason) });
        let event = self.event_of(caller, &application.name, verb, format!("target/{target}"), detail.into());
        Ok(self.parts.records.set_hold(&application.id, target, hold, &event).await?)
    }
}
