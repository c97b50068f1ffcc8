use serde_json::json;

use crate::releases::{
    access::{Action, Caller},
    application::{AppRef, AppTarget, Application, ObjectRules},
    error::Error,
    name::AppName,
    page::{Page, Paged},
    ports::{ApplicationFilter, RecordError},
};

use super::{Releases, permission::Deed};

/// An application that is to be registered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewApplication {
    /// Its name.
    pub name: AppName,
    /// What its manifests may hold.
    pub rules: ObjectRules,
}

/// An application and how it stands at its targets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApplicationView {
    /// The application.
    pub application: Application,
    /// Its targets in the order of their names.
    pub targets: Vec<AppTarget>,
}

impl Releases {
    /// Registers an application; needs `manage` on its name.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::Forbidden`], and where the records do not answer.
    pub async fn register(&self, caller: &Caller, new: NewApplication) -> Result<Application, Error> {
        let NewApplication { name, rules } = new;
        let object = format!("application/{name}");
        let deed = Deed { verb: "application.register", object, app: Some(&name) };
        self.permit(caller, Action::Manage, &deed).await?;
        let event = self.event(caller, &deed, rules_detail(&rules));
        let now = self.parts.clock.now();
        let application = Application { id: self.id(), name: name.clone(), rules, created_at: now, updated_at: now };
        match self.parts.records.create_application(&application, &event).await {
            Err(RecordError::Conflict) => Err(Error::Exists { what: "application", name: name.to_string() }),
            result => Ok(result.map(|()| application)?),
        }
    }

    /// Changes what an application's manifests may hold; needs `manage`.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], and where the records do not answer.
    pub async fn update_application(
        &self,
        caller: &Caller,
        app: &AppRef,
        rules: ObjectRules,
    ) -> Result<Application, Error> {
        let found = self.permitted(caller, app, Action::Manage, "application.update").await?;
        let application = Application { rules, updated_at: self.parts.clock.now(), ..found };
        let (object, detail) = (format!("application/{}", application.name), rules_detail(&application.rules));
        let event = self.event_of(caller, &application.name, "application.update", object, detail);
        self.parts.records.update_application(&application, &event).await?;
        Ok(application)
    }

    /// The applications that the caller may look at, perhaps only the one of that name.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without `read`, and where the records do not answer.
    pub async fn applications(
        &self,
        caller: &Caller,
        name: Option<AppName>,
        page: Page,
    ) -> Result<Paged<Application>, Error> {
        self.may_read(caller)?;
        let filter = ApplicationFilter { name, among: caller.scope.applications.clone() };
        Ok(self.parts.records.list_applications(&filter, page).await?)
    }

    /// An application and how it stands at its targets; needs `read`.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], and where the records do not answer.
    pub async fn application(&self, caller: &Caller, app: &AppRef) -> Result<ApplicationView, Error> {
        let application = self.permitted(caller, app, Action::Read, "application.read").await?;
        let targets = self.stands(&application.id).await?;
        Ok(ApplicationView { application, targets })
    }

    /// Where the application has a current version or a hold.
    pub(super) async fn stands(&self, app_id: &str) -> Result<Vec<AppTarget>, Error> {
        let found = self.parts.records.app_targets(&[app_id.to_owned()]).await?;
        Ok(found.into_iter().map(|(_, stands)| stands).collect())
    }

    /// Whether the caller may look at anything at all; lists then hold what that is.
    pub(super) fn may_read(&self, caller: &Caller) -> Result<(), Error> {
        if caller.scope.actions.contains(&Action::Read) {
            return Ok(());
        }
        Err(Error::Forbidden { action: Action::Read.as_str(), object: "any application".to_owned() })
    }
}

fn rules_detail(rules: &ObjectRules) -> crate::json::Json {
    json!({ "kinds": rules.kinds, "namespaces": rules.namespaces }).into()
}
