use serde_json::json;

use crate::{
    json::Json,
    releases::{
        access::{Action, Caller, Scope},
        error::Error,
        file::FilePath,
        name::{BranchName, TargetName},
        ports::RecordError,
        target::{RepositoryUrl, Target},
    },
};

use super::{Releases, permission::Deed};

/// A target that is to be declared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TargetRequest {
    /// Its name.
    pub name: TargetName,
    /// Its repository; `None` is the installation's own.
    pub repository: Option<RepositoryUrl>,
    /// Its branch; `None` is the installation's own.
    pub branch: Option<BranchName>,
    /// The folder that holds one folder for each application; `None` is `environments/{name}/apps`.
    pub folder: Option<FilePath>,
}

impl TargetRequest {
    /// The target of that name, everything else as the installation has it.
    #[must_use]
    pub fn named(name: TargetName) -> Self {
        Self { name, repository: None, branch: None, folder: None }
    }
}

impl Releases {
    /// Declares those targets that are not declared yet, in the name of the installation.
    ///
    /// # Errors
    /// Where the records do not answer.
    pub async fn ensure_targets(&self, names: &[TargetName]) -> Result<(), Error> {
        let known = self.parts.records.list_targets().await?;
        let installation = Caller::new("installation", Scope::all());
        for name in names.iter().filter(|name| known.iter().all(|known| known.name != **name)) {
            match self.create_target(&installation, TargetRequest::named(name.clone())).await {
                // Another replica was first.
                Ok(_) | Err(Error::Exists { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// All targets; needs `read`.
    ///
    /// # Errors
    /// [`Error::Forbidden`], and where the records do not answer.
    pub async fn targets(&self, caller: &Caller) -> Result<Vec<Target>, Error> {
        self.may_read(caller)?;
        Ok(self.parts.records.list_targets().await?)
    }

    /// Declares a target; needs `admin`.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::Conflict`] for a folder that is another target's, [`Error::Forbidden`], and where the
    /// records do not answer.
    pub async fn create_target(&self, caller: &Caller, request: TargetRequest) -> Result<Target, Error> {
        let deed = deed("target.create", &request.name);
        self.permit(caller, Action::Admin, &deed).await?;
        let target = self.target(request)?;
        self.apart(&target).await?;
        let event = self.event(caller, &deed, detail(&target));
        match self.parts.records.create_target(&target, &event).await {
            Err(RecordError::Conflict) => Err(Error::Exists { what: "target", name: target.name.to_string() }),
            other => Ok(other.map(|()| target)?),
        }
    }

    /// Changes where a target lies; needs `admin`. What was deployed stays where it is.
    ///
    /// # Errors
    /// [`Error::NotFound`], else as [`Releases::create_target`].
    pub async fn update_target(&self, caller: &Caller, request: TargetRequest) -> Result<Target, Error> {
        let deed = deed("target.update", &request.name);
        self.permit(caller, Action::Admin, &deed).await?;
        let target = self.target(request)?;
        self.apart(&target).await?;
        let event = self.event(caller, &deed, detail(&target));
        match self.parts.records.update_target(&target, &event).await {
            Err(RecordError::NotFound) => Err(Error::not_found("target", target.name.as_str())),
            other => Ok(other.map(|()| target)?),
        }
    }

    /// Removes a target; needs `admin`.
    ///
    /// # Errors
    /// [`Error::Conflict`] while a policy, a current version or an unfinished deployment names it; [`Error::NotFound`],
    /// [`Error::Forbidden`], and where the records do not answer.
    pub async fn remove_target(&self, caller: &Caller, name: &TargetName) -> Result<(), Error> {
        let deed = deed("target.delete", name);
        self.permit(caller, Action::Admin, &deed).await?;
        let event = self.event(caller, &deed, Json::object());
        match self.parts.records.remove_target(name, &event).await {
            Err(RecordError::NotFound) => Err(Error::not_found("target", name.as_str())),
            Err(RecordError::Conflict) => Err(Error::Conflict(format!(
                "target \"{name}\" is in use by a policy, a current version or an unfinished deployment"
            ))),
            other => Ok(other?),
        }
    }

    /// The declared target of that name, which the caller gave in `field`.
    pub(super) async fn declared(&self, field: &str, name: &TargetName) -> Result<Target, Error> {
        let targets = self.parts.records.list_targets().await?;
        if let Some(found) = targets.iter().find(|target| target.name == *name) {
            return Ok(found.clone());
        }
        let names: Vec<_> = targets.iter().map(|target| target.name.as_str()).collect();
        Err(Error::invalid(field, format!("one of the declared targets: {}", names.join(", "))))
    }

    fn target(&self, request: TargetRequest) -> Result<Target, Error> {
        let TargetRequest { name, repository, branch, folder } = request;
        let default = || FilePath::parse(&Target::default_folder(&name));
        let folder = folder.map_or_else(default, Ok).map_err(|error| Error::Internal(Box::new(error)))?;
        Ok(Target { folder, name, repository, branch, created_at: self.parts.clock.now() })
    }

    /// No two targets may share a folder, nor may one lie inside another: they would overwrite each other.
    async fn apart(&self, target: &Target) -> Result<(), Error> {
        let inside = |a: &str, b: &str| a == b || a.strip_prefix(b).is_some_and(|rest| rest.starts_with('/'));
        for other in self.parts.records.list_targets().await?.iter().filter(|other| other.name != target.name) {
            let (a, b) = (target.folder.as_str(), other.folder.as_str());
            let same_place = (&target.repository, &target.branch) == (&other.repository, &other.branch);
            if same_place && (inside(a, b) || inside(b, a)) {
                return Err(Error::Conflict(format!("folder `{a}` overlaps with that of target \"{}\"", other.name)));
            }
        }
        Ok(())
    }
}

fn deed(verb: &'static str, name: &TargetName) -> Deed<'static> {
    Deed { verb, object: format!("target/{name}"), app: None }
}

fn detail(target: &Target) -> Json {
    json!({
        "repository": target.repository.as_ref().map(RepositoryUrl::as_str),
        "branch": target.branch.as_ref().map(BranchName::as_str),
        "path": target.folder.as_str(),
    })
    .into()
}
