use serde_json::json;

use crate::releases::{
    access::{Action, Caller},
    application::{AppRef, AppTarget, Application},
    deployment::{Deployment, DeploymentState, Trigger},
    error::Error,
    name::{TargetName, VersionId},
    page::{Page, Paged},
    plan::{
        deploy::{Direction, direction, hold, previous},
        publish::{Asked, queued},
    },
    ports::{DeploymentFilter, Enqueue, RecordError},
    version::Version,
};

use super::Releases;

/// The longest text that says who triggered a deployment, in characters.
const TRIGGERED_BY_MAX: usize = 200;
/// How many successful deployments are looked at to find what ran before.
const HISTORY: u32 = 100;

/// A deployment that somebody asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeployRequest {
    /// Where to.
    pub target: TargetName,
    /// Free text that says who is behind it.
    pub triggered_by: Option<String>,
}

/// Where a rollback goes to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RollbackTo {
    /// What ran before what runs now.
    Previous,
    /// That version.
    Version(VersionId),
}

/// Which deployments are asked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeploymentQuery {
    /// Of this application.
    pub app: Option<AppRef>,
    /// To this target.
    pub target: Option<TargetName>,
    /// Of this version.
    pub version: Option<VersionId>,
    /// In one of these states; empty is any.
    pub states: Vec<DeploymentState>,
}

impl Releases {
    /// Queues a version for a target; needs `deploy`. An earlier version than the one that runs sets a hold, a later one
    /// lifts it.
    ///
    /// # Errors
    /// [`Error::InvalidStatus`] for a version that is not published or is rejected; [`Error::Invalid`] for a target that is not
    /// declared; [`Error::QueueFull`], [`Error::NotFound`], [`Error::Forbidden`], and where the records do not answer.
    pub async fn deploy(
        &self,
        caller: &Caller,
        app: &AppRef,
        version: &VersionId,
        request: DeployRequest,
    ) -> Result<Deployment, Error> {
        let application = self.permitted(caller, app, Action::Deploy, "deployment.create").await?;
        self.declared("environment", &request.target).await?;
        let version = self.known_version(&application, version).await?;
        let stands = self.stands_at(&application, &request.target).await?;
        let direction = self.direction(&application, stands.as_ref(), &version).await?;
        let trigger = if direction == Direction::Back { Trigger::Rollback } else { Trigger::Manual };
        self.enqueue(caller, &version, request, trigger, direction, stands.as_ref()).await
    }

    /// Queues an earlier version for a target and keeps policies away from it; needs `deploy`.
    ///
    /// # Errors
    /// [`Error::Conflict`] where nothing runs there, or nothing ran before; else as [`Releases::deploy`].
    pub async fn rollback(
        &self,
        caller: &Caller,
        app: &AppRef,
        to: RollbackTo,
        request: DeployRequest,
    ) -> Result<Deployment, Error> {
        let application = self.permitted(caller, app, Action::Deploy, "deployment.rollback").await?;
        self.declared("environment", &request.target).await?;
        let stands = self.stands_at(&application, &request.target).await?;
        let version = match to {
            RollbackTo::Version(version) => version,
            RollbackTo::Previous => self.previous(&application, &request.target, stands.as_ref()).await?,
        };
        let version = self.known_version(&application, &version).await?;
        self.enqueue(caller, &version, request, Trigger::Rollback, Direction::Back, stands.as_ref()).await
    }

    /// Queues for a target what another target runs; needs `deploy`.
    ///
    /// # Errors
    /// [`Error::Conflict`] where the other target runs nothing; else as [`Releases::deploy`].
    pub async fn promote(
        &self,
        caller: &Caller,
        app: &AppRef,
        from: &TargetName,
        request: DeployRequest,
    ) -> Result<Deployment, Error> {
        let application = self.permitted(caller, app, Action::Deploy, "deployment.promote").await?;
        self.declared("from", from).await?;
        self.declared("to", &request.target).await?;
        let source = self.stands_at(&application, from).await?.and_then(|stands| stands.current);
        let source = source.ok_or_else(|| nothing_runs(&application, from))?;
        let version = self.known_version(&application, &source.version).await?;
        let stands = self.stands_at(&application, &request.target).await?;
        let direction = self.direction(&application, stands.as_ref(), &version).await?;
        let trigger = Trigger::Promotion { from: from.clone() };
        self.enqueue(caller, &version, request, trigger, direction, stands.as_ref()).await
    }

    /// Queues the removal of an application from a target, and keeps policies from bringing it back; needs `deploy`. The
    /// version may be one that was rejected.
    ///
    /// # Errors
    /// [`Error::Conflict`] where nothing runs there; [`Error::Invalid`] for a target that is not declared;
    /// [`Error::QueueFull`], [`Error::NotFound`], [`Error::Forbidden`], and where the records do not answer.
    pub async fn remove(&self, caller: &Caller, app: &AppRef, request: DeployRequest) -> Result<Deployment, Error> {
        let application = self.permitted(caller, app, Action::Deploy, "deployment.remove").await?;
        self.declared("environment", &request.target).await?;
        let stands = self.stands_at(&application, &request.target).await?;
        let current = stands.as_ref().and_then(|stands| stands.current.as_ref());
        let current = current.ok_or_else(|| nothing_runs(&application, &request.target))?;
        let version = self.known_version(&application, &current.version).await?;
        self.enqueue(caller, &version, request, Trigger::Removal, Direction::Away, stands.as_ref()).await
    }

    /// A deployment of an application that the caller may look at.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], and where the records do not answer.
    pub async fn deployment(&self, caller: &Caller, id: &str) -> Result<Deployment, Error> {
        self.may_read(caller)?;
        let found = self.parts.records.find_deployment(id).await?;
        let visible = found.filter(|found| caller.scope.allows(Action::Read, &found.app));
        visible.ok_or_else(|| Error::not_found("deployment", id))
    }

    /// The deployments that the caller may look at, the latest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an application, [`Error::Forbidden`] without `read`, and where the records do not answer.
    pub async fn deployments(
        &self,
        caller: &Caller,
        query: DeploymentQuery,
        page: Page,
    ) -> Result<Paged<Deployment>, Error> {
        self.may_read(caller)?;
        let app_id = match &query.app {
            Some(app) => Some(self.permitted(caller, app, Action::Read, "deployment.list").await?.id),
            None => None,
        };
        let DeploymentQuery { target, version, states, .. } = query;
        let among = caller.scope.applications.clone();
        let filter = DeploymentFilter { among, app_id, target, version, states };
        Ok(self.parts.records.list_deployments(&filter, page).await?)
    }

    async fn enqueue(
        &self,
        caller: &Caller,
        version: &Version,
        request: DeployRequest,
        trigger: Trigger,
        direction: Direction,
        stands: Option<&AppTarget>,
    ) -> Result<Deployment, Error> {
        if direction != Direction::Away {
            deployable(version)?;
        }
        let triggered_by = request.triggered_by.as_deref().map(checked_text).transpose()?.flatten();
        let now = self.parts.clock.now();
        let asked = Asked { target: &request.target, trigger, actor: &caller.actor, triggered_by };
        let deployment = queued(self.id(), version, asked, stands, now);
        let detail = json!({
            "version": version.version.as_str(),
            "environment": request.target.as_str(),
            "trigger": deployment.trigger.as_str(),
            "replaces": deployment.replaces.as_ref().map(VersionId::as_str),
        });
        let object = format!("deployment/{}", deployment.id);
        let event = self.event_of(caller, &version.app, "deployment.create", object, detail.into());
        let (hold, capacity) = (hold(&deployment, direction, now), self.options.queue_capacity);
        match self.parts.records.enqueue(&Enqueue { deployment, hold, capacity }, &event).await {
            Err(RecordError::Conflict) => Err(Error::QueueFull(capacity)),
            other => Ok(other?),
        }
    }

    async fn stands_at(&self, application: &Application, target: &TargetName) -> Result<Option<AppTarget>, Error> {
        Ok(self.stands(&application.id).await?.into_iter().find(|stands| stands.target == *target))
    }

    async fn direction(
        &self,
        application: &Application,
        stands: Option<&AppTarget>,
        wanted: &Version,
    ) -> Result<Direction, Error> {
        let current = match stands.and_then(|stands| stands.current.as_ref()) {
            Some(current) => self.parts.records.find_version(&application.id, &current.version).await?,
            None => None,
        };
        Ok(direction(current.as_ref(), wanted))
    }

    async fn previous(
        &self,
        application: &Application,
        target: &TargetName,
        stands: Option<&AppTarget>,
    ) -> Result<VersionId, Error> {
        let current = stands.and_then(|stands| stands.current.as_ref());
        let current = current.ok_or_else(|| nothing_runs(application, target))?;
        let filter = DeploymentFilter {
            app_id: Some(application.id.clone()),
            target: Some(target.clone()),
            states: vec![DeploymentState::Succeeded, DeploymentState::Unchanged],
            ..DeploymentFilter::default()
        };
        let page = Page { limit: HISTORY, offset: 0 };
        let history = self.parts.records.list_deployments(&filter, page).await?.items;
        previous(&history, &current.version)
            .cloned()
            .ok_or_else(|| Error::Conflict(format!("nothing ran in {target} before version \"{}\"", current.version)))
    }
}

fn deployable(version: &Version) -> Result<(), Error> {
    match &version.rejection {
        Some(rejection) => {
            Err(Error::InvalidStatus(format!("version \"{}\" is rejected: {}", version.version, rejection.reason)))
        }
        None if version.published.is_none() => Err(Error::InvalidStatus(format!(
            "version \"{}\" is a draft; only published versions can be deployed",
            version.version
        ))),
        None => Ok(()),
    }
}

fn nothing_runs(application: &Application, target: &TargetName) -> Error {
    Error::Conflict(format!("application \"{}\" runs nothing in {target}", application.name))
}

fn checked_text(text: &str) -> Result<Option<String>, Error> {
    let text = text.trim();
    if text.chars().count() > TRIGGERED_BY_MAX || text.contains(char::is_control) {
        let accepted = format!("at most {TRIGGERED_BY_MAX} characters without control characters");
        return Err(Error::invalid("triggeredBy", accepted));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}
