use crate::{
    json::Json,
    releases::{
        access::{Action, Caller},
        application::{AppRef, Application},
        audit::{AuditEvent, Outcome},
        error::Error,
        name::AppName,
    },
};

use super::Releases;

/// Something that a caller does, as the audit tells it.
pub(super) struct Deed<'a> {
    /// Noun and verb, `version.publish`.
    pub(super) verb: &'static str,
    /// What it is done to, `version/1.0.0`.
    pub(super) object: String,
    pub(super) app: Option<&'a AppName>,
}

impl Releases {
    /// The application that a caller names, if they may do that with it.
    pub(super) async fn permitted(
        &self,
        caller: &Caller,
        app: &AppRef,
        action: Action,
        verb: &'static str,
    ) -> Result<Application, Error> {
        let found = self.parts.records.find_application(app).await?;
        // Who may not look at every application does not learn which names are free.
        let Some(found) = found.filter(|found| caller.scope.applications.is_none() || covers(caller, &found.name))
        else {
            return Err(Error::not_found("application", app.as_str()));
        };
        let object = format!("application/{}", found.name);
        self.permit(caller, action, &Deed { verb, object, app: Some(&found.name) }).await?;
        Ok(found)
    }

    /// Whether the caller may do it, which takes that action; what they may not is noted.
    pub(super) async fn permit(&self, caller: &Caller, action: Action, deed: &Deed<'_>) -> Result<(), Error> {
        let allowed = match deed.app {
            Some(app) => caller.scope.allows(action, app),
            None => caller.scope.allows_everywhere(action),
        };
        if allowed {
            return Ok(());
        }
        let denied = AuditEvent { outcome: Outcome::Denied, ..self.event(caller, deed, Json::object()) };
        self.parts.records.append_event(&denied).await?;
        let object = deed.app.map_or_else(|| "all applications".to_owned(), |app| format!("application \"{app}\""));
        Err(Error::Forbidden { action: action.as_str(), object })
    }

    /// What the audit says of a deed that is done.
    pub(super) fn event(&self, caller: &Caller, deed: &Deed<'_>, detail: Json) -> AuditEvent {
        AuditEvent {
            id: self.id(),
            at: self.parts.clock.now(),
            actor: caller.actor.clone(),
            action: deed.verb.to_owned(),
            object: deed.object.clone(),
            app: deed.app.cloned(),
            outcome: Outcome::Done,
            detail,
            request: caller.request.clone(),
            address: caller.address.clone(),
        }
    }

    /// What the audit says of something done to an application.
    pub(super) fn event_of(
        &self,
        caller: &Caller,
        app: &AppName,
        verb: &'static str,
        object: String,
        detail: Json,
    ) -> AuditEvent {
        self.event(caller, &Deed { verb, object, app: Some(app) }, detail)
    }
}

fn covers(caller: &Caller, app: &AppName) -> bool {
    caller.scope.applications.as_ref().is_none_or(|among| among.contains(app))
}
