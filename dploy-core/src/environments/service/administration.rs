use crate::{
    environments::{
        audit::{Act, Deed, Subject},
        claim::Claim,
        error::Error,
        marks::{Mark, Marks},
    },
    identity::Identity,
};

use super::{Address, Environments, catalog::require_admin, refused_by_store};

impl Environments {
    /// Sets a mark on a template or takes it off, and gives the marks that it has then.
    ///
    /// # Errors
    /// [`Error::AdminRequired`]; [`Error::NotFound`]; [`Error::TemplatesFixed`] where templates cannot be marked.
    pub async fn mark(&self, identity: &Identity, template: &str, mark: Mark, set: bool) -> Result<Marks, Error> {
        require_admin(identity)?;
        let marker = self.marker.as_ref().ok_or(Error::TemplatesFixed)?;
        let marked = marker.mark(template, mark, set).await.map_err(refused_by_store)?;
        let marked = marked.ok_or_else(|| Error::NotFound(template.to_owned()))?;
        if marked.changed {
            self.record(identity, Deed::Marked(mark, set), Subject::Template(template.to_owned()));
        }
        Ok(marked.marks)
    }

    /// Keeps what the caller did to an environment, as an owner or as an administrator.
    pub(super) fn record_of(&self, identity: &Identity, address: Address<'_>, deeds: [Deed; 2], claim: &Claim) {
        let [own, administrator] = deeds;
        let deed = if matches!(address, Address::AnyId(_)) { administrator } else { own };
        self.record(identity, deed, Subject::Environment(claim.reference(), claim.template.clone()));
    }

    pub(super) fn record(&self, identity: &Identity, deed: Deed, subject: Subject) {
        self.audit.record(&Act { actor: identity.username.clone(), deed, subject });
    }
}
